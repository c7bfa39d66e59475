//! The single values of the file: names, ranges, addresses, choices.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use schemars::{Schema, SchemaGenerator, json_schema};
use toml::de::{DeInteger, DeValue};

use super::{
    mistake::{Mistake, Report},
    model::{Attach, Permission, ZoneChoice},
    preset::{PRESETS, Preset, preset},
    read::{Place, Read, Wanted, mismatch},
    words::{closest, did_you_mean, listed, quoted},
};
use crate::{CloudId, StackName};

/// The longest name of a resource, in characters: with its kind before it, it fits into a tag's value of 256.
const NAME_LEN: usize = 128;
/// The longest name of a function, in characters (AWS Lambda API reference, CreateFunction).
const FUNCTION_NAME_LEN: usize = 140;
/// The longest id of a thing in the cloud, in characters.
const ID_LEN: usize = 128;
/// The longest account or region, in characters.
const WORD_LEN: usize = 64;
/// The highest number of a zone: zones end in one letter.
const LAST_ZONE: u8 = 26;

/// The name of the stack.
#[derive(Clone, Debug)]
pub(super) struct Stack(pub(super) StackName);

impl Read for Stack {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$" })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let name = text(value, "a string", place, report)?;
        match StackName::new(name) {
            Ok(name) => Some(Self(name)),
            Err(_) => refuse(
                place,
                report,
                format!("{} cannot name a stack", quoted(name)),
                "use 1 to 32 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
            ),
        }
    }
}

/// An account or a region: opaque, but one word.
#[derive(Clone, Debug)]
pub(super) struct Word(pub(super) String);

impl Read for Word {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[!-~]{1,64}$" })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let word = text(value, "a string", place, report)?;
        if (1..=WORD_LEN).contains(&word.len()) && word.chars().all(|c| c.is_ascii_graphic()) {
            return Some(Self(word.to_owned()));
        }
        let message = format!("{} is no {}", quoted(word), place.key);
        refuse(place, report, message, format!("use 1 to {WORD_LEN} visible ASCII characters, or leave the key out"))
    }
}

/// What the cloud calls something that is there already: opaque, but one word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(pub(super) CloudId);

impl Read for Id {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[!-~]{1,128}$" })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let id = text(value, "a string", place, report)?;
        if (1..=ID_LEN).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic()) {
            return Some(Self(CloudId::new(id)));
        }
        let hint = format!("write the id that the cloud gave it: 1 to {ID_LEN} visible ASCII characters");
        refuse(place, report, format!("{} is no id", quoted(id)), hint)
    }
}

/// The URL of an echo of the caller's IP.
#[derive(Clone, Debug)]
pub(super) struct EchoUrl(pub(super) String);

impl Read for EchoUrl {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uri", "pattern": r"^https?://[A-Za-z0-9\[][!-~]*$" })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let url = text(value, "a string", place, report)?;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let has_host = rest.is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['));
        if has_host && url.chars().all(|c| c.is_ascii_graphic()) {
            return Some(Self(url.to_owned()));
        }
        refuse(place, report, format!("{} is no URL", quoted(url)), "write `https://HOST/PATH`")
    }
}

/// The name of a resource. It becomes part of a Key, which stands in tags, so it is made of what every tag can hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(pub(super) String);

impl Read for Name {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_.:/=+@-]{1,128}$" })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let name = text(value, "a string", place, report)?;
        if is_name(name) {
            return Some(Self(name.to_owned()));
        }
        let hint = format!("names stand in tags: use 1 to {NAME_LEN} ASCII letters, digits and `_.:/=+@-`, no spaces");
        refuse(place, report, format!("{} is no name", quoted(name)), hint)
    }
}

/// Whether a text can be the name of a resource.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=NAME_LEN).contains(&text.len()) && text.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.:/=+@-".contains(c)
}

/// The name of a function; not its full resource name, and without a version.
#[derive(Clone, Debug)]
pub(super) struct FunctionName(pub(super) String);

impl Read for FunctionName {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_./=+@-]{1,140}$" })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let name = text(value, "a string", place, report)?;
        let fits = (1..=FUNCTION_NAME_LEN).contains(&name.len());
        if fits && name.chars().all(|c| is_name_char(c) && c != ':') {
            return Some(Self(name.to_owned()));
        }
        let message = format!("{} is no function's name", quoted(name));
        let hint = match bare_function_name(name) {
            Some(bare) => format!("give the name alone, without account and version: \"{bare}\""),
            None => format!("use 1 to {FUNCTION_NAME_LEN} ASCII letters, digits and `_./=+@-`"),
        };
        refuse(place, report, message, hint)
    }
}

/// The name in `arn:…:function:NAME:VERSION`, `ACCOUNT:function:NAME` or `NAME:VERSION`.
fn bare_function_name(text: &str) -> Option<&str> {
    let (before, after) = text.split_once(':')?;
    let bare = match text.split_once("function:") {
        Some((_, rest)) => rest.split(':').next()?,
        None if after.contains(':') => return None,
        None => before,
    };
    (!bare.is_empty() && bare.chars().all(is_name_char)).then_some(bare)
}

/// A range of IPv4 addresses, with no host bits set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr(pub(super) Ipv4Net);

impl Read for Cidr {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])/(1[6-9]|2[0-8])$",
        })
    }

    /// Goes on with the range that is probably meant, so that the other ranges can be compared with it.
    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let written = text(value, "a string such as \"10.0.0.0/16\"", place, report)?;
        let Ok(net) = written.parse::<Ipv4Net>() else {
            let message = format!("{} is no IPv4 range", quoted(written));
            return refuse(place, report, message, cidr_hint(written));
        };
        if net != net.trunc() {
            let message = format!("{net} is an address inside a range, not the range");
            report.wrong(Mistake::new(&place.span, message).hint(format!("the range is \"{}\"", net.trunc())));
        }
        if !super::range::PREFIXES.contains(&net.prefix_len()) {
            let size = if net.prefix_len() < *super::range::PREFIXES.start() { "large" } else { "small" };
            let message = format!("{net} is too {size} for a network or a subnet");
            report.wrong(Mistake::new(&place.span, message).hint("they are /16 to /28"));
        }
        Some(Self(net.trunc()))
    }
}

fn cidr_hint(written: &str) -> String {
    if written.parse::<Ipv4Addr>().is_ok() {
        return format!("add the length of its prefix, as in \"{written}/24\"");
    }
    if written.contains(':') {
        return "egress plans IPv4 networks: write it like \"10.0.0.0/16\"".to_owned();
    }
    "write it like \"10.0.0.0/16\"".to_owned()
}

/// The public address of a NAT gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PublicAddress(pub(super) Ipv4Addr);

impl Read for PublicAddress {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "ipv4" })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let written = text(value, "a string such as \"203.0.113.7\"", place, report)?;
        let Ok(address) = written.parse::<Ipv4Addr>() else {
            let message = format!("{} is no IPv4 address", quoted(written));
            return refuse(place, report, message, "write it like \"203.0.113.7\", or leave the key out for a new one");
        };
        if super::range::is_public(address) {
            return Some(Self(address));
        }
        let hint = "name a public address that the account holds, or leave the key out for a new one";
        refuse(place, report, format!("{address} is not a public address"), hint)
    }
}

impl Read for ZoneChoice {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "oneOf": [
            { "type": "integer", "minimum": 1, "maximum": LAST_ZONE },
            { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.:/=+@-]{0,127}$" },
        ]})
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let wanted = Wanted::Integer("an integer from 1 to 26, or the name of a zone");
        match value {
            DeValue::Integer(number) => match integer(number).filter(|n| (1..=LAST_ZONE).contains(n)) {
                Some(nth) => Some(Self::Nth(nth)),
                None => refuse(
                    place,
                    report,
                    format!("there is no zone number {}", quoted(&number.to_string())),
                    "zones are counted from 1 to 26, in the order of their names",
                ),
            },
            DeValue::String(text) if text.parse::<u64>().is_ok() => mismatch(&wanted, value, place, report),
            DeValue::String(name) => {
                let fits = name.len() <= NAME_LEN && name.chars().all(is_name_char);
                if fits && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                    return Some(Self::Named(name.to_string()));
                }
                let message = format!("{} is no zone's name", quoted(name));
                refuse(place, report, message, "write a number, as in `zone = 1`, or the cloud's name for the zone")
            }
            _ => mismatch(&wanted, value, place, report),
        }
    }
}

/// A TCP port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port(pub(super) u16);

impl Read for Port {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 65535 })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let DeValue::Integer(number) = value else {
            return mismatch(&Wanted::Integer("an integer from 1 to 65535"), value, place, report);
        };
        match integer(number).filter(|n| *n > 0) {
            Some(port) => Some(Self(port)),
            None => {
                let message = format!("{} is no TCP port", quoted(&number.to_string()));
                refuse(place, report, message, "ports are 1 to 65535")
            }
        }
    }
}

/// The choices for a function's permission.
const PERMISSIONS: [(&str, Permission); 3] =
    [("managed", Permission::Managed), ("inline", Permission::Inline), ("none", Permission::None)];

impl Read for Permission {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let word = text(value, "a string", place, report)?;
        if let Some((_, permission)) = PERMISSIONS.iter().find(|(name, _)| *name == word) {
            return Some(*permission);
        }
        let known = PERMISSIONS.map(|(name, _)| name);
        let hint = closest(word, &known).map(did_you_mean).unwrap_or_else(|| format!("it is one of {}", listed(known)));
        refuse(place, report, format!("{} is no permission", quoted(word)), hint)
    }
}

/// The choices for who attaches a function.
const ATTACHERS: [(&str, Attach); 2] = [("egress", Attach::Egress), ("external", Attach::External)];

impl Read for Attach {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let word = text(value, "a string", place, report)?;
        if let Some((_, attach)) = ATTACHERS.iter().find(|(name, _)| *name == word) {
            return Some(*attach);
        }
        let known = ATTACHERS.map(|(name, _)| name);
        let hint = closest(word, &known).map(did_you_mean).unwrap_or_else(|| format!("it is one of {}", listed(known)));
        refuse(place, report, format!("{} attaches no function", quoted(word)), hint)
    }
}

impl Read for &'static Preset {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": PRESETS.map(|p| p.name) })
    }

    fn read(value: &DeValue<'_>, place: &Place, report: &mut Report) -> Option<Self> {
        let name = text(value, "a string", place, report)?;
        if let Some(preset) = preset(name) {
            return Some(preset);
        }
        let known = PRESETS.map(|p| p.name);
        let hint =
            closest(name, &known).map(did_you_mean).unwrap_or_else(|| format!("known presets: {}", listed(known)));
        refuse(place, report, format!("there is no preset {}", quoted(name)), hint)
    }
}

fn text<'a>(value: &'a DeValue<'_>, wanted: &'static str, place: &Place, report: &mut Report) -> Option<&'a str> {
    match value {
        DeValue::String(text) => Some(text),
        _ => mismatch(&Wanted::Text(wanted), value, place, report),
    }
}

fn integer<T: TryFrom<i64>>(number: &DeInteger<'_>) -> Option<T> {
    T::try_from(i64::from_str_radix(number.as_str(), number.radix()).ok()?).ok()
}

fn refuse<T>(place: &Place, report: &mut Report, message: String, hint: impl Into<String>) -> Option<T> {
    report.wrong(Mistake::new(&place.span, message).hint(hint));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_written_as_it_is_serialised() {
        for (name, permission) in PERMISSIONS {
            assert_eq!(serde_json::to_value(permission).unwrap(), name);
        }
    }

    #[test]
    fn who_attaches_is_written_as_it_is_serialised() {
        for (name, attach) in ATTACHERS {
            assert_eq!(serde_json::to_value(attach).unwrap(), name);
        }
    }

    #[test]
    fn the_name_is_found_in_whatever_names_a_function() {
        let table = [
            ("arn:aws:lambda:eu-west-1:123456789012:function:pay", Some("pay")),
            ("arn:aws:lambda:eu-west-1:123456789012:function:pay:live", Some("pay")),
            ("123456789012:function:pay", Some("pay")),
            ("pay:live", Some("pay")),
            ("pay", None),
            (":", None),
            ("a:b:c", None),
            ("function:", None),
        ];
        for (text, expected) in table {
            assert_eq!(bare_function_name(text), expected, "{text}");
        }
    }
}
