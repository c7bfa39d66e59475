//! Filters: `Filter.1.Name=state&Filter.1.Value.1=pending`.
//!
//! Each resource has a table from a filter's name to the values that a thing has under it. The values of one filter are
//! alternatives; several filters must all fit. A value may have `*` for any text and `?` for any character, `\` before
//! either takes it literally, and case counts (EC2 user guide, "Filter resources").

use std::borrow::Cow;

use egress_core::Tags;
use serde::Deserialize;

use crate::cloud::{ApiError, Code, Model};

/// One filter as it is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Filter {
    name: String,
    #[serde(default)]
    value: Vec<String>,
}

impl Filter {
    /// Whether it asks for the value of a tag.
    pub(super) fn is_of_a_tag(&self) -> bool {
        self.name.starts_with("tag:")
    }

    /// Whether it asks for this tag.
    pub(super) fn is_of(&self, key: &str, value: &str) -> bool {
        self.name.strip_prefix("tag:") == Some(key) && self.value.iter().any(|pattern| matches(pattern, value))
    }
}

/// What a thing has under a filter's name.
pub(super) type Values<'a> = Vec<Cow<'a, str>>;

/// A row of a resource's table of filters.
pub(super) type Row<T> = (&'static str, for<'a> fn(&'a Model, &'a T) -> Values<'a>);

/// One text.
pub(super) fn one<'a>(value: impl Into<Cow<'a, str>>) -> Values<'a> {
    vec![value.into()]
}

/// One number, range, address or the like.
pub(super) fn shown<'a>(value: impl std::fmt::Display) -> Values<'a> {
    vec![Cow::Owned(value.to_string())]
}

/// Several texts, or none.
pub(super) fn each<'a, V: Into<Cow<'a, str>>>(values: impl IntoIterator<Item = V>) -> Values<'a> {
    values.into_iter().map(Into::into).collect()
}

/// Several numbers, ranges, addresses or the like, or none.
pub(super) fn each_shown<'a, V: std::fmt::Display>(values: impl IntoIterator<Item = V>) -> Values<'a> {
    values.into_iter().map(|value| Cow::Owned(value.to_string())).collect()
}

/// The most values of all filters of a call together [doc].
const MOST_VALUES: usize = 200;

/// Refuses filters that the resource does not have. The sentence is recorded (`The filter 'defaultVpc' is invalid`).
pub(super) fn check<T>(filters: &[Filter], table: &[Row<T>], tagged: bool) -> Result<(), ApiError> {
    let known = |name: &str| {
        table.iter().any(|(known, _)| *known == name)
            || (tagged && (name.starts_with("tag:") || matches!(name, "tag-key" | "tag-value")))
    };
    if let Some(filter) = filters.iter().find(|f| !known(&f.name)) {
        return Err(ApiError::new(Code::InvalidParameterValue, format!("The filter '{}' is invalid", filter.name)));
    }
    if filters.iter().map(|f| f.value.len()).sum::<usize>() > MOST_VALUES {
        let message = format!("The maximum number of filter values specified on a single call is {MOST_VALUES}");
        return Err(ApiError::new(Code::FilterLimit, message));
    }
    Ok(())
}

/// Whether a thing fits all filters, which have been checked.
pub(super) fn fits<'a, T>(
    filters: &[Filter],
    table: &[Row<T>],
    tags: Option<&'a Tags>,
    model: &'a Model,
    thing: &'a T,
) -> bool {
    filters.iter().all(|filter| {
        let row = table.iter().find(|(name, _)| *name == filter.name);
        let values = match (row, filter.name.as_str(), tags) {
            (Some((_, values)), _, _) => values(model, thing),
            (None, "tag-key", Some(tags)) => each(tags.keys().map(String::as_str)),
            (None, "tag-value", Some(tags)) => each(tags.values().map(String::as_str)),
            (None, name, Some(tags)) => {
                each(name.strip_prefix("tag:").and_then(|key| tags.get(key)).map(String::as_str))
            }
            (None, _, None) => Vec::new(),
        };
        filter.value.iter().any(|pattern| values.iter().any(|value| matches(pattern, value)))
    })
}

/// Whether a text is of a pattern.
fn matches(pattern: &str, text: &str) -> bool {
    if !pattern.contains(['*', '?', '\\']) {
        return pattern == text;
    }
    let (pattern, text) = (read(pattern), text.chars().collect::<Vec<char>>());
    // Where to go on from if what follows the last `*` does not fit: the place after it, and how much text it has taken.
    let mut back: Option<(usize, usize)> = None;
    let (mut at, mut done) = (0, 0);
    loop {
        match (pattern.get(at), text.get(done)) {
            (Some(Part::Any), _) => {
                at += 1;
                back = Some((at, done));
                continue;
            }
            (None, None) => return true,
            (Some(Part::One), Some(_)) => (at, done) = (at + 1, done + 1),
            (Some(Part::Char(wanted)), Some(c)) if wanted == c => (at, done) = (at + 1, done + 1),
            _ => match back {
                Some((after, taken)) if taken < text.len() => {
                    (at, done) = (after, taken + 1);
                    back = Some((after, taken + 1));
                }
                _ => return false,
            },
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Char(char),
    One,
    Any,
}

fn read(pattern: &str) -> Vec<Part> {
    let mut chars = pattern.chars();
    let mut parts = Vec::new();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '*' => Part::Any,
            '?' => Part::One,
            '\\' => Part::Char(chars.next().unwrap_or('\\')),
            c => Part::Char(c),
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;

    #[test]
    fn wildcards_stand_for_any_text_and_any_character() {
        let fit = [
            ("", ""),
            ("abc", "abc"),
            ("a*", "a"),
            ("*c", "abc"),
            ("a*c", "abbc"),
            ("*b*", "abc"),
            ("a?c", "abc"),
            ("**", "x"),
            ("*a*b", "aab"),
            ("\\*", "*"),
            ("a\\?*", "a?z"),
            ("?", "é"),
            ("*", ""),
        ];
        for (pattern, text) in fit {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        let differ =
            [("abc", "ABC"), ("a?c", "ac"), ("a*c", "abd"), ("?", ""), ("\\*", "x"), ("a*b*c", "acb"), ("", "a")];
        for (pattern, text) in differ {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_with_stars_put_in_fits_itself(parts in proptest::collection::vec("[ab]{0,3}", 1..5)) {
            prop_assert!(matches(&parts.join("*"), &parts.concat()));
            let (pattern, text) = (format!("*{}*", parts.join("*")), parts.join("x"));
            prop_assert!(matches(&pattern, &text));
        }

        #[test]
        fn patterns_agree_with_a_slow_reading(pattern in "[ab*?]{0,6}", text in "[ab]{0,6}") {
            fn slow(p: &[u8], t: &[u8]) -> bool {
                match (p, t) {
                    ([], t) => t.is_empty(),
                    ([b'*', p @ ..], t) => (0..=t.len()).any(|n| slow(p, &t[n..])),
                    ([b'?', p @ ..], [_, t @ ..]) => slow(p, t),
                    ([a, p @ ..], [b, t @ ..]) => a == b && slow(p, t),
                    _ => false,
                }
            }
            prop_assert_eq!(matches(&pattern, &text), slow(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
