//! The `[tags]` of the file.

use schemars::{Schema, SchemaGenerator, json_schema};
use toml::de::DeValue;

use super::{
    mistake::{Mistake, Report, Span},
    read::{Place, Read, Wanted, mismatch},
    words::quoted,
};
use crate::{Tags, tags};

/// The most tags of the user's own: of the 50 that AWS admits on a resource, egress keeps some for itself, above all to
/// remember the configuration that a function had.
const TAGS: usize = 40;
/// The longest key of a tag, in characters (AWS tagging reference).
const KEY_LEN: usize = 128;
/// The longest value of a tag, in characters (AWS tagging reference).
const VALUE_LEN: usize = 256;
/// What tags hold beside letters, digits and spaces (IAM's rule, the strictest).
const PUNCTUATION: &str = "_.:/=+-@";
/// What no tag of the user's may begin with: egress's own tags, and those of AWS itself, in any case.
const RESERVED: [&str; 2] = [tags::PREFIX, "aws:"];

/// The tags for everything that is made.
#[derive(Clone, Debug, Default)]
pub(super) struct TagTable(pub(super) Tags);

impl Read for TagTable {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "maxProperties": TAGS,
            "propertyNames": { "type": "string", "pattern": r"^[\p{L}\p{N} _.:/=+@-]{1,128}$" },
            "additionalProperties": { "type": "string", "pattern": r"^[\p{L}\p{N} _.:/=+@-]{0,256}$" },
        })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let DeValue::Table(table) = value else {
            return mismatch(&Wanted::Table, value, place, report);
        };
        if table.len() > TAGS {
            let message = format!("{} tags are too many", table.len());
            report.wrong(Mistake::new(&place.span, message).hint(format!("at most {TAGS} fit beside egress's own")));
        }
        let mut read = Tags::new();
        for (key, value) in table.iter() {
            check_key(key.get_ref(), &key.span(), report);
            let place = Place { key: key.get_ref().to_string(), span: value.span(), instead: place.instead.clone() };
            let DeValue::String(text) = value.get_ref() else {
                mismatch::<()>(&Wanted::Text("a string"), value.get_ref(), &place, report);
                continue;
            };
            check_value(text, &place.span, report);
            read.insert(place.key, text.to_string());
        }
        Some(Self(read))
    }
}

fn check_key(key: &str, span: &Span, report: &mut Report) {
    if let Some(prefix) = RESERVED.iter().find(|p| key.to_ascii_lowercase().starts_with(**p)) {
        let message = format!("the tag {} begins with `{prefix}`, which is reserved", quoted(key));
        report.wrong(Mistake::new(span, message));
    }
    if key == tags::NAME {
        let message = "the tag `Name` gives everything in the stack the same name in the console";
        report.doubt(Mistake::new(span, message).hint("leave it out: egress names each resource by itself"));
    }
    check_text("key", key, 1, KEY_LEN, span, report);
}

fn check_value(value: &str, span: &Span, report: &mut Report) {
    check_text("value", value, 0, VALUE_LEN, span, report);
}

fn check_text(part: &str, text: &str, min: usize, max: usize, span: &Span, report: &mut Report) {
    let len = text.chars().count();
    if len < min {
        report.wrong(Mistake::new(span, format!("the {part} of a tag is empty")));
    }
    if len > max {
        let message = format!("the {part} of a tag is {len} characters long");
        report.wrong(Mistake::new(span, message).hint(format!("at most {max} fit")));
    }
    if let Some(bad) = text.chars().find(|c| !(c.is_alphanumeric() || *c == ' ' || PUNCTUATION.contains(*c))) {
        let message = format!("the {part} of a tag cannot hold {}", quoted(&bad.to_string()));
        report.wrong(Mistake::new(span, message).hint(format!("use letters, digits, spaces and `{PUNCTUATION}`")));
    }
}
