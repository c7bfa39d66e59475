//! Small words: durations, counts, money, columns.

use std::{fmt, time::Duration};

use anstyle::Style;

/// A text in a style.
pub(crate) fn paint(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A duration as people say it: `0s`, `38s`, `1m 38s`, `1h 02m`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = (duration.as_secs_f64()).round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

/// `1 change`, `2 changes`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Millionths of a currency unit, to the cent: `36.50 USD`.
pub(crate) fn money(micros: u64, currency: &str) -> String {
    let cents = (micros + 5_000) / 10_000;
    format!("{}.{:02} {currency}", cents / 100, cents % 100)
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Lines whose columns begin below each other, indented by `indent`. Cells may carry colours.
pub(crate) fn columns<const N: usize>(indent: usize, rows: &[[String; N]]) -> String {
    let widths: [usize; N] = std::array::from_fn(|i| rows.iter().map(|row| width(&row[i])).max().unwrap_or(0));
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).filter(|(_, width)| *width > 0);
        let padded: Vec<String> = cells.map(|(cell, to)| format!("{cell}{}", " ".repeat(to - width(cell)))).collect();
        format!("{}{}", " ".repeat(indent), padded.join("  ")).trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// A text in lines of at most `width` columns where its words allow that: the first line indented by `first`, the others by
/// `rest`. It may carry colours.
pub(crate) fn wrapped(text: &str, first: usize, rest: usize, width: usize) -> String {
    let mut lines = String::new();
    let mut line = " ".repeat(first);
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && self::width(&line) + 1 + self::width(word) > width {
            lines.push_str(&line);
            lines.push('\n');
            (line, empty) = (" ".repeat(rest), true);
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines + &line + "\n"
}

/// How many columns a text takes, without its colours.
fn width(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let of = |millis| duration(Duration::from_millis(millis));
        assert_eq!(
            [of(0), of(499), of(59_499), of(59_500), of(98_000), of(3_725_000)],
            ["0s", "0s", "59s", "1m 00s", "1m 38s", "1h 02m"]
        );
    }

    #[test]
    fn money_is_rounded_to_the_cent() {
        assert_eq!(
            [money(36_500_000, "USD"), money(4_999, "USD"), money(5_000, "USD")],
            ["36.50 USD", "0.00 USD", "0.01 USD"]
        );
    }

    #[test]
    fn a_text_is_broken_between_words_and_a_long_word_is_left_whole() {
        assert_eq!(wrapped("one two three", 2, 4, 9), "  one two\n    three\n");
        assert_eq!(wrapped("one subnet-0123456789", 0, 2, 8), "one\n  subnet-0123456789\n");
        assert_eq!(wrapped("", 0, 0, 8), "\n");
    }

    #[test]
    fn columns_stand_below_each_other_whatever_their_colours() {
        let rows = [[paint(crate::render::style::GOOD, "a"), "b".to_owned()], ["ccc".to_owned(), "d".to_owned()]];
        assert_eq!(anstream::adapter::strip_str(&columns(2, &rows)).to_string(), "  a    b\n  ccc  d\n");
    }
}
