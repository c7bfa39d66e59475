//! Reads TOML values into what the file may hold. It is told by [`Read`], which also tells the JSON Schema, so that the
//! parser and the schema cannot drift apart. Nothing here stops at the first mistake.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use toml::de::{DeTable, DeValue};

use super::{
    file::File,
    mistake::{Mistake, Report, Span},
    words::{closest, did_you_mean, listed, quoted},
};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// What a file holds at a key.
#[derive(Clone, Debug, Default)]
pub(super) enum Entry<T> {
    /// Nothing.
    #[default]
    Absent,
    /// Something that is no `T`, which has been reported. Nothing more can be said about it.
    Wrong,
    /// A `T`.
    Given(At<T>),
}

impl<T> Entry<T> {
    pub(super) fn given(&self) -> Option<&At<T>> {
        match self {
            Self::Given(at) => Some(at),
            Self::Absent | Self::Wrong => None,
        }
    }

    pub(super) fn given_mut(&mut self) -> Option<&mut At<T>> {
        match self {
            Self::Given(at) => Some(at),
            Self::Absent | Self::Wrong => None,
        }
    }

    pub(super) fn at(self) -> Option<At<T>> {
        match self {
            Self::Given(at) => Some(at),
            Self::Absent | Self::Wrong => None,
        }
    }

    pub(super) fn value(self) -> Option<T> {
        self.at().map(|at| at.value)
    }

    /// The other, if this is absent.
    pub(super) fn or(self, other: Self) -> Self {
        match self {
            Self::Absent => other,
            Self::Wrong | Self::Given(_) => self,
        }
    }
}

/// What a value of the file can be read as.
pub(super) trait Read: Sized {
    /// What a JSON Schema says of it.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
    /// Reads it, reporting what is wrong. `None` if nothing can be made of it.
    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self>;
}

impl<T: Read> JsonSchema for Entry<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Entry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

/// Where a value stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The key that it is the value of; with its position where that is a list.
    pub(super) key: String,
    /// Its place in the file.
    pub(super) span: Span,
    /// The place that all that is inside it gets: for values that stand in a preset instead of the file.
    pub(super) instead: Option<Span>,
}

impl Place {
    /// The place of the file itself.
    pub(super) fn root(instead: Option<Span>) -> Self {
        Self { key: String::new(), span: instead.clone().unwrap_or(0..0), instead }
    }

    fn inside(&self, key: &str, span: Span) -> Self {
        Self { key: key.to_owned(), span: self.instead.clone().unwrap_or(span), instead: self.instead.clone() }
    }
}

/// A table of the file.
pub(super) trait Table: JsonSchema {
    /// How messages call it.
    const TITLE: &'static str;
    /// Asks for each of its keys. The keys that are asked for are the keys that there are.
    fn read(keys: &mut Keys<'_>) -> Self;
}

/// The keys of one table while it is read.
pub(super) struct Keys<'a> {
    title: &'static str,
    table: &'a DeTable<'a>,
    place: &'a Place,
    report: &'a mut Report,
    asked: Vec<Asked>,
    /// The keys that are there under another name, which is reported: they are neither missing nor known.
    misspelt: &'a [&'static str],
}

/// A key that a table knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    pub(super) key: &'static str,
    pub(super) need: Need,
}

/// Whether a key must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Required,
    Optional,
}

impl Keys<'_> {
    pub(super) fn required<T: Read>(&mut self, key: &'static str) -> Entry<T> {
        let entry = self.ask(key, Need::Required);
        if matches!(entry, Entry::Absent) {
            self.report.lacks(missing(self.title, key, &self.place.span));
        }
        entry
    }

    pub(super) fn optional<T: Read>(&mut self, key: &'static str) -> Entry<T> {
        self.ask(key, Need::Optional)
    }

    fn ask<T: Read>(&mut self, key: &'static str, need: Need) -> Entry<T> {
        self.asked.push(Asked { key, need });
        let Some(found) = self.table.get(key) else {
            return if self.misspelt.contains(&key) { Entry::Wrong } else { Entry::Absent };
        };
        let place = self.place.inside(key, found.span());
        match T::read(found.get_ref(), &place, self.report) {
            Some(value) => Entry::Given(At { value, span: place.span }),
            None => Entry::Wrong,
        }
    }
}

/// What to write for a key that is missing and whose name does not say it.
fn hint_for(key: &str) -> Option<String> {
    let hint = match key {
        "route_table" => "name the table of the subnets that leave through it, as in `route_table = \"lambda_prv_rt\"`",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// A key that must be there is not.
pub(super) fn missing(title: &str, key: &str, span: &Span) -> Mistake {
    Mistake::new(span, format!("{title} has no `{key}`")).maybe_hint(hint_for(key))
}

/// Reads a table and reports the keys that it does not know.
pub(super) fn table<T: Table>(table: &DeTable<'_>, place: &Place, report: &mut Report) -> T {
    let known: Vec<&'static str> = keys_of::<T>().iter().map(|a| a.key).collect();
    let mut misspelt = Vec::new();
    for key in table.keys().filter(|k| !known.contains(&k.get_ref().as_ref())) {
        let span = place.instead.clone().unwrap_or(key.span());
        let name = key.get_ref().as_ref();
        let meant = meant(name, &known);
        let hint = meant.as_ref().map_or_else(|| unknown_key_hint(name, &known), |(_, hint)| hint.clone());
        report.wrong(Mistake::new(&span, format!("{} has no key {}", T::TITLE, quoted(name))).hint(hint));
        misspelt.extend(meant.map(|(key, _)| key));
    }
    ask_all(table, place, &misspelt, report).0
}

/// The keys of a table, as it asks for them.
pub(super) fn keys_of<T: Table>() -> Vec<Asked> {
    ask_all::<T>(&DeTable::new(), &Place::root(None), &[], &mut Report::default()).1
}

fn ask_all<T: Table>(
    table: &DeTable<'_>,
    place: &Place,
    misspelt: &[&'static str],
    report: &mut Report,
) -> (T, Vec<Asked>) {
    let mut keys = Keys { title: T::TITLE, table, place, report, asked: Vec::new(), misspelt };
    (T::read(&mut keys), keys.asked)
}

/// What others call the things of this file.
const ELSEWHERE: [(&str, &str); 9] = [
    ("vpc", "network"),
    ("igw", "internet_gateway"),
    ("nat", "nat_gateway"),
    ("lambda", "function"),
    ("lambdas", "function"),
    ("sg", "security_group"),
    ("cidr_block", "cidr"),
    ("availability_zone", "zone"),
    ("name", "stack"),
];

/// The key that an unknown one probably stands for, and the hint that says so.
fn meant(name: &str, known: &[&'static str]) -> Option<(&'static str, String)> {
    if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, ours)| *theirs == name && known.contains(ours)) {
        return Some((ours, format!("here it is called `{ours}`")));
    }
    let near = closest(name, known)?;
    Some((near, did_you_mean(near)))
}

fn unknown_key_hint(name: &str, known: &[&str]) -> String {
    if keys_of::<File>().iter().any(|a| a.key == name) {
        return format!("`{name}` belongs to the file itself: move it above the first `[table]`");
    }
    format!("the keys are {}", listed(known.iter().copied()))
}

impl<T: Table> Read for T {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Table(inner) => Some(table(inner, place, report)),
            _ => mismatch(&Wanted::Table, value, place, report),
        }
    }
}

/// A list, of which every element must be readable.
impl<T: Read> Read for Vec<At<T>> {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": T::schema(generator) })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let DeValue::Array(elements) = value else {
            return mismatch(&Wanted::List, value, place, report);
        };
        let mut read = Vec::new();
        for (i, element) in elements.iter().enumerate() {
            let place = place.inside(&format!("{}[{i}]", place.key), element.span());
            let value = T::read(element.get_ref(), &place, report);
            read.push(value.map(|value| At { value, span: place.span }));
        }
        read.into_iter().collect()
    }
}

/// Which type of value a key wants; the texts say more.
pub(super) enum Wanted {
    Text(&'static str),
    Integer(&'static str),
    List,
    Table,
}

/// Reports a value of another type than the one wanted.
pub(super) fn mismatch<T>(wanted: &Wanted, value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<T> {
    let (expected, found) = (wanted_words(wanted), found_words(value));
    let message = format!("{} must be {expected}, and is {found}", quoted(&place.key));
    report.wrong(Mistake::new(&place.span, message).maybe_hint(mismatch_hint(wanted, value, &place.key)));
    None
}

fn wanted_words(wanted: &Wanted) -> &'static str {
    match wanted {
        Wanted::Text(words) | Wanted::Integer(words) => words,
        Wanted::List => "a list",
        Wanted::Table => "a table",
    }
}

fn found_words(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn mismatch_hint(wanted: &Wanted, value: &DeValue<'_>, key: &str) -> Option<String> {
    match (wanted, value) {
        (Wanted::Text(_), DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_)) => None,
        (Wanted::Text(_), _) => Some("put it in quotes".to_owned()),
        (Wanted::Integer(_), DeValue::String(text)) if text.parse::<u64>().is_ok() => {
            Some(format!("write {text} without quotes"))
        }
        (Wanted::List, DeValue::Table(_)) => Some(format!("write `[[{key}]]`: there can be several")),
        (Wanted::List, DeValue::String(_) | DeValue::Integer(_)) => Some(format!("write `{key} = […]`")),
        (Wanted::Table, DeValue::Array(_)) => Some(format!("write `[{key}]`: there is just one")),
        _ => None,
    }
}
