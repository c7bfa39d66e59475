//! Moments as AWS writes them. The model counts from 1970.

use std::time::Duration;

use time::OffsetDateTime;

/// `2026-11-01T09:30:00Z`, as IAM and STS have it.
pub(crate) fn to_seconds(since_1970: Duration) -> String {
    let t = utc(since_1970);
    format!("{}Z", date_and_time(t))
}

/// `2026-11-01T09:30:00.250+0000`, as Lambda has it.
pub(crate) fn to_milliseconds(since_1970: Duration) -> String {
    let t = utc(since_1970);
    format!("{}.{:03}+0000", date_and_time(t), t.millisecond())
}

fn date_and_time(t: OffsetDateTime) -> String {
    let (year, month, day) = t.to_calendar_date();
    let (hour, minute, second) = t.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", u8::from(month))
}

/// What lies beyond the calendar is its end.
fn utc(since_1970: Duration) -> OffsetDateTime {
    let since = time::Duration::try_from(since_1970).unwrap_or(time::Duration::MAX);
    OffsetDateTime::UNIX_EPOCH.saturating_add(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_each_service_writes_them() {
        let t = Duration::from_millis(1_793_525_400_250);
        assert_eq!(to_seconds(t), "2026-11-01T09:30:00Z");
        assert_eq!(to_milliseconds(t), "2026-11-01T09:30:00.250+0000");
        assert_eq!(to_seconds(Duration::ZERO), "1970-01-01T00:00:00Z");
        assert_eq!(to_seconds(Duration::MAX), "9999-12-31T23:59:59Z");
    }
}
