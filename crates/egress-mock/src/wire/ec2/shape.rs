//! Small things that many of EC2's answers have.

use std::time::Duration;

use egress_core::{CloudId, Tags, world::Readiness};
use serde::{Deserialize, Serialize};

use crate::{
    cloud::{ApiError, Code, Model, internal_domain},
    wire::xml::Items,
};

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct TagShape {
    key: String,
    value: String,
}

pub(super) type TagSet = Items<TagShape>;

pub(super) fn tag_set(tags: &Tags) -> TagSet {
    tags.iter().map(|(key, value)| TagShape { key: key.clone(), value: value.clone() }).collect()
}

/// `<state>…</state>` inside something of another name.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct StateShape {
    pub(super) state: &'static str,
}

/// `<groupId>…</groupId><groupName>…</groupName>`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupName {
    group_id: CloudId,
    group_name: String,
}

/// The groups of these ids with their names.
pub(super) fn group_set<'a>(model: &Model, ids: impl IntoIterator<Item = &'a CloudId>) -> Items<GroupName> {
    let name = |id: &CloudId| model.world.network.groups.get(id).map_or(String::new(), |g| g.name.clone());
    ids.into_iter().map(|id| GroupName { group_id: id.clone(), group_name: name(id) }).collect()
}

/// `EnableDnsSupport.Value=true`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BoolValue {
    pub(super) value: bool,
}

pub(super) fn readiness(state: Readiness) -> &'static str {
    match state {
        Readiness::Pending => "pending",
        Readiness::Available => "available",
    }
}

/// The account that owns everything here.
pub(super) fn owner(model: &Model) -> String {
    model.config.place.account.clone()
}

/// The account that shares something, or this one.
pub(super) fn owner_of(model: &Model, shared_from: Option<&String>) -> String {
    shared_from.cloned().unwrap_or_else(|| owner(model))
}

/// `arn:aws:ec2:region:account:subnet/subnet-…`.
pub(super) fn arn(model: &Model, kind: &str, id: impl std::fmt::Display) -> String {
    let place = &model.config.place;
    let partition = match place.region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if place.region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:ec2:{}:{}:{kind}/{id}", place.region, place.account)
}

/// What the names of endpoints end with in a region's partition.
pub(super) fn endpoint_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// The name that an address has inside a network: `ip-10-0-0-5.ap-northeast-1.compute.internal` [doc].
pub(super) fn private_name(model: &Model, ip: std::net::Ipv4Addr) -> String {
    let [a, b, c, d] = ip.octets();
    format!("ip-{a}-{b}-{c}-{d}.{}", internal_domain(&model.config.place.region))
}

/// The public name of an address: `ec2-54-1-2-3.ap-northeast-1.compute.amazonaws.com` [doc].
pub(super) fn public_name(model: &Model, ip: std::net::Ipv4Addr) -> String {
    let [a, b, c, d] = ip.octets();
    let region = &model.config.place.region;
    match region.as_str() {
        "us-east-1" => format!("ec2-{a}-{b}-{c}-{d}.compute-1.amazonaws.com"),
        region => format!("ec2-{a}-{b}-{c}-{d}.{region}.compute.amazonaws.com"),
    }
}

/// A moment of the model's time, which counts from 1970 where the clock does: `2026-11-25T04:20:10.000Z`.
pub(super) fn moment(at: Duration) -> String {
    let (days, seconds) = (at.as_secs() / 86_400, at.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", at.subsec_millis())
}

/// The date so many days after 1970-01-01, in years that begin in March (Hinnant, "chrono-compatible low-level date
/// algorithms").
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// Refuses a value that AWS takes and this cloud cannot do.
pub(super) fn only<T: PartialEq>(name: &str, given: Option<&T>, allowed: &[T]) -> Result<(), ApiError> {
    if given.is_none_or(|given| allowed.contains(given)) {
        return Ok(());
    }
    Err(unsupported(name))
}

/// Refuses texts that AWS takes and this cloud cannot do.
pub(super) fn only_text(name: &str, given: Option<&String>, allowed: &[&str]) -> Result<(), ApiError> {
    if given.is_none_or(|given| allowed.contains(&given.as_str())) {
        return Ok(());
    }
    Err(unsupported(name))
}

/// Refuses a parameter that AWS takes and this cloud cannot do.
pub(super) fn unsupported(name: &str) -> ApiError {
    let message = format!("This value of the parameter {name} is not supported by this emulator.");
    ApiError::new(Code::UnsupportedOperation, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::moment;

    #[test]
    fn a_moment_is_written_as_aws_writes_it() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_735_689_599_000, "2024-12-31T23:59:59.000Z"),
            (1_795_580_410_000, "2026-11-25T04:20:10.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(moment(Duration::from_millis(ms)), text);
        }
    }
}
