//! What a function had before egress attached it, kept in tags on the function itself.
//!
//! Tags are the only memory there is, and their values are narrow: see [`limits::TAG_VALUE`](crate::limits::TAG_VALUE). So
//! the attachment is written as one text with a checksum, cut into pieces: `egress:before`, `egress:before.1`, …
//!
//! ```text
//! 1:subnet-0a+subnet-0b:group-0c:4:f3a1b2c4
//! │ │                   │        │ └ CRC-32 of what stands before, in hexadecimal
//! │ │                   │        └ 4, or 6 where IPv6 was allowed
//! │ subnets             groups
//! version; `1:none:…` where the function was in no network
//! ```
//!
//! Bytes of ids that are not letters, digits, `-`, `_` or `.` are written as `=` and two hexadecimal digits.

use std::collections::BTreeSet;

use crate::{CloudId, Tags, limits::TAG_VALUE, world::Attachment};

/// The first of the tags that hold the attachment; the others add `.1`, `.2`, ….
pub(super) const BEFORE: &str = "egress:before";

/// Why saved tags cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// A piece is gone, or some text was changed.
    #[error("the tags `{BEFORE}…` are damaged: the checksum does not fit")]
    Damaged,
    /// It was written by another version of egress.
    #[error("the tags `{BEFORE}…` were written by another version of egress: format {0}")]
    Format(String),
}

/// Writes an attachment into tags.
pub(super) fn encode(before: Option<&Attachment<CloudId>>) -> Tags {
    let body = match before {
        None => "1:none".to_owned(),
        Some(attachment) => {
            let version = if attachment.ipv6 { 6 } else { 4 };
            format!("1:{}:{}:{version}", join(&attachment.subnets), join(&attachment.groups))
        }
    };
    let text = format!("{body}:{:08x}", crc32fast::hash(body.as_bytes()));
    // Everything in it is ASCII, so pieces of bytes are pieces of characters.
    let pieces = text.as_bytes().chunks(TAG_VALUE).map(|piece| String::from_utf8_lossy(piece).into_owned());
    pieces.enumerate().map(|(n, piece)| (tag_name(n), piece)).collect()
}

/// Reads it back: `None` where nothing was saved, `Some(None)` where the function was in no network.
pub(super) fn decode(tags: &Tags) -> Result<Option<Option<Attachment<CloudId>>>, SavedError> {
    if !tags.keys().any(|name| is_saved(name)) {
        return Ok(None);
    }
    let text: String = (0..).map_while(|n| tags.get(&tag_name(n))).map(String::as_str).collect();
    let (body, sum) = text.rsplit_once(':').ok_or(SavedError::Damaged)?;
    if sum != format!("{:08x}", crc32fast::hash(body.as_bytes())) {
        return Err(SavedError::Damaged);
    }
    let fields: Vec<&str> = body.split(':').collect();
    match fields.as_slice() {
        ["1", "none"] => Ok(Some(None)),
        ["1", subnets, groups, version] => {
            let attachment = Attachment { subnets: split(subnets)?, groups: split(groups)?, ipv6: *version == "6" };
            Ok(Some(Some(attachment)))
        }
        [format, ..] => Err(SavedError::Format((*format).to_owned())),
        [] => Err(SavedError::Damaged),
    }
}

/// Whether a tag is one of those that hold the attachment.
pub(super) fn is_saved(name: &str) -> bool {
    name == BEFORE || name.strip_prefix(BEFORE).is_some_and(|rest| rest.starts_with('.'))
}

fn tag_name(n: usize) -> String {
    if n == 0 { BEFORE.to_owned() } else { format!("{BEFORE}.{n}") }
}

fn join(ids: &BTreeSet<CloudId>) -> String {
    ids.iter().map(|id| escape(id.as_str())).collect::<Vec<_>>().join("+")
}

fn split(field: &str) -> Result<BTreeSet<CloudId>, SavedError> {
    field.split('+').filter(|id| !id.is_empty()).map(|id| Ok(CloudId::new(unescape(id)?))).collect()
}

fn escape(id: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    id.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("={b:02x}") }).collect()
}

fn unescape(text: &str) -> Result<String, SavedError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'=' {
            bytes.push(first);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2).ok_or(SavedError::Damaged)?;
        let digits = std::str::from_utf8(digits).map_err(|_| SavedError::Damaged)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| SavedError::Damaged)?);
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| SavedError::Damaged)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attachment() -> impl Strategy<Value = Option<Attachment<CloudId>>> {
        let ids = |most| prop::collection::btree_set("[ -~é]{1,30}".prop_map(CloudId::new), 0..=most);
        let subnets = prop::collection::btree_set("subnet-[0-9a-f]{17}".prop_map(CloudId::new), 0..=16);
        prop::option::of(
            (prop_oneof![subnets, ids(16)], ids(5), any::<bool>()).prop_map(|(subnets, groups, ipv6)| Attachment {
                subnets,
                groups,
                ipv6,
            }),
        )
    }

    proptest! {
        #[test]
        fn every_attachment_comes_back_from_tags_that_every_service_accepts(before in attachment()) {
            let tags = encode(before.as_ref());
            for (name, value) in &tags {
                prop_assert!(is_saved(name));
                prop_assert!(!value.is_empty() && value.len() <= 256);
                prop_assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || "_.:/=+-@".contains(c)), "{value}");
            }
            prop_assert_eq!(decode(&tags), Ok(Some(before)));
        }

        #[test]
        fn a_changed_or_missing_piece_is_noticed(before in attachment(), at in any::<prop::sample::Index>()) {
            let tags = encode(before.as_ref());
            let name = tags.keys().nth(at.index(tags.len())).unwrap().clone();
            let mut changed = tags.clone();
            changed.insert(name.clone(), format!("{}x", tags[&name]));
            prop_assert!(decode(&changed).is_err());
            let mut lost = tags.clone();
            lost.remove(&name);
            prop_assert!(lost.is_empty() || decode(&lost).is_err());
        }
    }

    #[test]
    fn sixteen_subnets_and_five_groups_fit_into_few_tags() {
        let ids = |kind: &str, n: u32| (0..n).map(|i| CloudId::new(format!("{kind}-{i:017x}"))).collect();
        let tags = encode(Some(&Attachment { subnets: ids("subnet", 16), groups: ids("sg", 5), ipv6: true }));
        assert_eq!(tags.keys().collect::<Vec<_>>(), [BEFORE, "egress:before.1", "egress:before.2"]);
    }

    #[test]
    fn no_tags_mean_that_nothing_was_saved() {
        assert_eq!(decode(&Tags::new()), Ok(None));
    }
}
