//! Which things a `Describe*` shows: those of the ids, that fit the filters, a page of them.

use egress_core::Tags;

use super::{
    filter::{Filter, Row, check, fits},
    ids::IdKind,
};
use crate::cloud::{ApiError, Code, Model};

/// How one kind of thing is listed.
pub(super) struct Listing<T: 'static> {
    pub(super) kind: &'static IdKind,
    /// What its order and its pages go by: the things come in ascending order of it.
    pub(super) id: for<'a> fn(&'a T) -> &'a str,
    /// Its tags, where it can have any.
    pub(super) tags: Option<for<'a> fn(&'a Model, &'a T) -> &'a Tags>,
    pub(super) filters: &'static [Row<T>],
    pub(super) pages: Pages,
}

/// How many things a page may have, and what AWS says of other numbers. Sentences: mulgadc/spinifex's tests against what AWS
/// answers, a scan's log in a public repository (`DescribeRouteTables` takes 100 at most), aws/aws-sdk-ruby pull request 2575.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pages {
    pub(super) least: i64,
    pub(super) most: i64,
    /// How AWS's sentences spell the parameter of ids; empty where ids and pages go together.
    pub(super) ids: &'static str,
    pub(super) words: Words,
}

/// Two generations of AWS's sentences about pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// `MaxResults`, "smaller than or equal to".
    New,
    /// `maxResults`, "smaller than".
    Old,
}

impl Pages {
    /// 5 to 1000, not together with ids.
    pub(super) const fn usual(ids: &'static str) -> Self {
        Self { least: 5, most: 1_000, ids, words: Words::New }
    }
}

/// What was asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ask<'q> {
    pub(super) ids: &'q [String],
    pub(super) filters: &'q [Filter],
    pub(super) max_results: Option<i64>,
    pub(super) next_token: Option<&'q str>,
}

/// What is shown.
#[derive(Debug)]
pub(super) struct Page<'m, T> {
    pub(super) things: Vec<&'m T>,
    pub(super) next_token: Option<String>,
}

impl<T> Page<'_, T> {
    /// The things in their shape.
    pub(super) fn shaped<S, L: FromIterator<S>>(&self, shape: impl Fn(&T) -> S) -> L {
        self.things.iter().map(|thing| shape(thing)).collect()
    }
}

impl<T> Listing<T> {
    /// The things that are asked for, of all that calls see.
    pub(super) fn select<'m>(
        &self,
        model: &'m Model,
        all: impl Iterator<Item = &'m T>,
        ask: Ask<'_>,
    ) -> Result<Page<'m, T>, ApiError> {
        let after = self.pages.start(self.kind.prefix, ask)?;
        check(ask.filters, self.filters, self.tags.is_some())?;
        let things = self.of_ids(all, ask.ids)?.into_iter();
        let tags = |thing| self.tags.map(|tags| tags(model, thing));
        let mut things = things
            .filter(|thing| after.as_deref().is_none_or(|after| (self.id)(thing) > after))
            .filter(|thing| fits(ask.filters, self.filters, tags(thing), model, thing));
        let size = ask.max_results.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let page: Vec<&'m T> = things.by_ref().take(size).collect();
        let last = page.last().filter(|_| things.next().is_some());
        let next_token = last.map(|last| write_token(self.kind.prefix, (self.id)(last)));
        Ok(Page { things: page, next_token })
    }

    fn of_ids<'m>(&self, all: impl Iterator<Item = &'m T>, ids: &[String]) -> Result<Vec<&'m T>, ApiError> {
        if ids.is_empty() {
            return Ok(all.collect());
        }
        let found: Vec<&'m T> = all.filter(|thing| ids.iter().any(|id| id == (self.id)(thing))).collect();
        let missing = |id: &&str| !found.iter().any(|thing| (self.id)(thing) == *id);
        let missing: Vec<&str> = ids.iter().map(String::as_str).filter(missing).collect();
        if missing.is_empty() { Ok(found) } else { Err(self.kind.refuse(&missing)) }
    }
}

/// The parameters of a `Describe*` with ids, filters and pages; the ids' parameter has the name that is given.
macro_rules! describe_args {
    ($name:ident $ids:literal) => {
        #[derive(::serde::Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        struct $name {
            #[serde(default, rename = $ids)]
            ids: Vec<String>,
            #[serde(default)]
            filter: Vec<$crate::wire::ec2::filter::Filter>,
            max_results: Option<i64>,
            next_token: Option<String>,
        }

        impl $name {
            fn ask(&self) -> $crate::wire::ec2::listing::Ask<'_> {
                $crate::wire::ec2::listing::Ask {
                    ids: &self.ids,
                    filters: &self.filter,
                    max_results: self.max_results,
                    next_token: self.next_token.as_deref(),
                }
            }
        }
    };
}
pub(super) use describe_args;

/// The answer of a `Describe*`: a list under the name that is given, and the token of the next page.
macro_rules! describe_answer {
    ($name:ident $list:literal $shape:ty) => {
        #[derive(::serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct $name {
            #[serde(rename = $list)]
            list: $crate::wire::xml::Items<$shape>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_token: Option<String>,
        }
    };
}
pub(super) use describe_answer;

impl Pages {
    /// Checks the numbers, and gives the id after which the page begins.
    fn start(&self, what: &str, ask: Ask<'_>) -> Result<Option<String>, ApiError> {
        let invalid = |message| ApiError::new(Code::InvalidParameterValue, message);
        let (name, less) = match self.words {
            Words::New => ("MaxResults", "smaller than or equal to"),
            Words::Old => ("maxResults", "smaller than"),
        };
        if let Some(n) = ask.max_results {
            let bound = match n {
                n if n > self.most => Some(format!("{less} {}", self.most)),
                n if n < self.least && self.words == Words::Old => Some(format!("greater than {}", self.least)),
                n if n < self.least => Some(format!("greater than or equal to {}", self.least)),
                _ => None,
            };
            if let Some(bound) = bound {
                return Err(invalid(format!(
                    "Value ( {n} ) for parameter {name} is invalid. Expecting a value {bound}."
                )));
            }
            if !ask.ids.is_empty() && !self.ids.is_empty() {
                let message = format!("The parameter {} cannot be used with the parameter {name}", self.ids);
                return Err(ApiError::new(Code::InvalidParameterCombination, message));
            }
        }
        let Some(token) = ask.next_token.filter(|token| !token.is_empty()) else { return Ok(None) };
        read_token(what, token).map(Some).ok_or_else(|| match self.words {
            Words::New => {
                invalid(format!("Value ( {token} ) for parameter NextToken is invalid. The token is invalid."))
            }
            Words::Old => ApiError::new(Code::InvalidPaginationToken, format!("Next token '{token}' is invalid")),
        })
    }
}

/// A token: which kind of thing, and the last that was shown, in hexadecimal digits so that nobody reads more into it.
fn write_token(what: &str, last: &str) -> String {
    format!("{what}\n{last}").bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn read_token(what: &str, token: &str) -> Option<String> {
    let digits = token.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let text = String::from_utf8(digits.collect::<Option<Vec<u8>>>()?).ok()?;
    let last = text.strip_prefix(what)?.strip_prefix('\n')?.to_owned();
    (write_token(what, &last) == token).then_some(last)
}
