//! Who sends, as people name it, and what that is in a World.

use std::{borrow::Cow, collections::BTreeSet, fmt, str::FromStr};

use egress_core::{
    CloudId, World,
    trace::Source,
    world::{Attachment, Listing, Place},
};

use super::near::kind;

/// Who sends, as people name it: a function by its name or ARN, a subnet, an interface, a machine or a network by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SenderName {
    /// The function's name, or the id.
    pub(crate) name: String,
    /// The version or alias of the function.
    pub(crate) qualifier: Option<String>,
    /// The account that an ARN names.
    pub(crate) account: Option<String>,
    /// The region that an ARN names.
    pub(crate) region: Option<String>,
}

/// What a name means in a World.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a command makes one for each place that it looks into, and no more")]
pub(crate) enum Named<'w> {
    /// Nothing.
    Nothing,
    /// A function, but not in this version, in words.
    NoVersion(String),
    /// A source, and the World to ask: with a published version, that in which the function has that version's subnets.
    Sender(Source, Cow<'w, World>),
}

/// The longest name that is looked at, in bytes: an ARN of a function with its qualifier is shorter.
const LONGEST: usize = 512;

impl FromStr for SenderName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > LONGEST || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(
                "the name or ARN of a function, or the id of a subnet, interface, instance or VPC is expected".into()
            );
        }
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "lambda", region, account, "function", name] => Ok(Self::of_arn(name, None, account, region)),
            ["arn", _, "lambda", region, account, "function", name, qualifier] => {
                Ok(Self::of_arn(name, Some(qualifier), account, region))
            }
            ["arn", _, "ec2", region, account, thing] if thing.contains('/') => {
                let id = thing.rsplit_once('/').map_or(*thing, |(_, id)| id);
                Ok(Self::of_arn(id, None, account, region))
            }
            ["arn", ..] => {
                Err(format!("`{text}` is no ARN of a function, a subnet, an interface, an instance or a VPC"))
            }
            [account, "function", name] => Ok(Self { account: filled(account), ..Self::plain(name, None) }),
            [account, "function", name, qualifier] => {
                Ok(Self { account: filled(account), ..Self::plain(name, Some(qualifier)) })
            }
            [name] => Ok(Self::plain(name, None)),
            [name, qualifier] => Ok(Self::plain(name, Some(qualifier))),
            _ => Err(format!("`{text}` is no name of a function, and no id")),
        }
    }
}

impl SenderName {
    fn plain(name: &str, qualifier: Option<&str>) -> Self {
        Self { name: name.to_owned(), qualifier: qualifier.and_then(filled), account: None, region: None }
    }

    fn of_arn(name: &str, qualifier: Option<&str>, account: &str, region: &str) -> Self {
        Self { account: filled(account), region: filled(region), ..Self::plain(name, qualifier) }
    }

    /// Whether it may be in a place: what a place does not tell may be anything.
    pub(crate) fn may_be_in(&self, place: &Place) -> bool {
        let fits =
            |wanted: &Option<String>, is: &str| is.is_empty() || wanted.as_ref().is_none_or(|wanted| wanted == is);
        fits(&self.account, &place.account) && fits(&self.region, &place.region)
    }

    /// What it means in a World. What looks like an id is one where there is such a thing, and a function's name only where
    /// there is none.
    pub(crate) fn find<'w>(&self, world: &'w World) -> Named<'w> {
        if !self.may_be_in(&world.network.place) {
            return Named::Nothing;
        }
        let id = CloudId::new(&self.name);
        if let Some(source) = kind(&self.name).and_then(|_| of_id(world, &id)) {
            return Named::Sender(source, Cow::Borrowed(world));
        }
        if !world.function.functions.contains_key(&id) {
            return Named::Nothing;
        }
        match &self.qualifier {
            None => Named::Sender(Source::Function(id), Cow::Borrowed(world)),
            Some(qualifier) => match at_version(world, &id, qualifier) {
                Ok(world) => Named::Sender(Source::Function(id), world),
                Err(why) => Named::NoVersion(why),
            },
        }
    }

    /// What it means in a World that need not show all such things: nobody can tell then that it is not there.
    pub(crate) fn hidden_in(&self, world: &World) -> Option<Source> {
        if !self.may_be_in(&world.network.place) {
            return None;
        }
        let id = CloudId::new(&self.name);
        let (listing, source) = match kind(&self.name) {
            Some("subnet-") => (Listing::Subnets, Source::Subnet { subnet: id, groups: None }),
            Some("eni-") => (Listing::Interfaces, Source::Interface(id)),
            Some("i-") => (Listing::Interfaces, Source::Machine(id)),
            Some("vpc-") => (Listing::Subnets, Source::Network(id)),
            _ => (Listing::Functions, Source::Function(id)),
        };
        world.unseen(listing).map(|_| source)
    }
}

impl fmt::Display for SenderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.qualifier {
            Some(qualifier) => write!(f, ":{qualifier}"),
            None => Ok(()),
        }
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn of_id(world: &World, id: &CloudId) -> Option<Source> {
    let part = &world.network;
    if part.subnets.contains_key(id) {
        return Some(Source::Subnet { subnet: id.clone(), groups: None });
    }
    if part.interfaces.contains_key(id) {
        return Some(Source::Interface(id.clone()));
    }
    if part.machines.contains_key(id) || part.interfaces.values().any(|i| i.instance.as_ref() == Some(id)) {
        return Some(Source::Machine(id.clone()));
    }
    let holds_subnets = part.subnets.values().any(|subnet| &subnet.network == id);
    (part.networks.contains_key(id) || holds_subnets).then(|| Source::Network(id.clone()))
}

/// The World in which a function runs where one of its versions does: a published version keeps the network that it was
/// published with (source: Lambda guide, "Function versions").
fn at_version<'w>(world: &'w World, id: &CloudId, qualifier: &str) -> Result<Cow<'w, World>, String> {
    let Some(function) = world.function.functions.get(id) else { return Err(format!("there is no function {id}")) };
    if qualifier == "$LATEST" {
        return Ok(Cow::Borrowed(world));
    }
    let alias = function.aliases.iter().find(|alias| alias.name == qualifier);
    let wanted: BTreeSet<&str> =
        alias.map_or_else(|| [qualifier].into(), |alias| alias.versions.iter().map(String::as_str).collect());
    let attachment_of = |version: &&str| -> Option<&Option<Attachment<CloudId>>> {
        if *version == "$LATEST" {
            return Some(&function.attachment);
        }
        function.versions.iter().find(|known| known.version == **version).map(|known| &known.attachment)
    };
    let found: Option<BTreeSet<_>> = wanted.iter().map(attachment_of).collect();
    let Some(found) = found else { return Err(format!("{id} has no version or alias {qualifier}")) };
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(attachment), None) => {
            let mut world = world.clone();
            if let Some(function) = world.function.functions.get_mut(id) {
                function.attachment = attachment.clone();
            }
            Ok(Cow::Owned(world))
        }
        _ => {
            let versions: Vec<&str> = wanted.into_iter().collect();
            Err(format!(
                "the versions {} of {id}:{qualifier} run in different networks: name one",
                versions.join(" and ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, qualifier, account and region.
    type Parts = (String, Option<String>, Option<String>, Option<String>);

    fn read(text: &str) -> Option<Parts> {
        let name: SenderName = text.parse().ok()?;
        Some((name.name, name.qualifier, name.account, name.region))
    }

    #[test]
    fn a_sender_is_read_by_its_name_its_id_or_its_arn() {
        let some = |text: &str| Some(text.to_owned());
        let (account, region) = (some("123456789012"), some("eu-west-1"));
        let table = [
            ("pay", ("pay", None, None, None)),
            ("pay:live", ("pay", some("live"), None, None)),
            ("pay:$LATEST", ("pay", some("$LATEST"), None, None)),
            ("123456789012:function:pay", ("pay", None, account.clone(), None)),
            ("arn:aws:lambda:eu-west-1:123456789012:function:pay", ("pay", None, account.clone(), region.clone())),
            (
                "arn:aws-cn:lambda:eu-west-1:123456789012:function:pay:7",
                ("pay", some("7"), account.clone(), region.clone()),
            ),
            ("arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-1", ("subnet-1", None, account, region)),
            ("subnet-0bb82ae8b3ea5dc78", ("subnet-0bb82ae8b3ea5dc78", None, None, None)),
        ];
        for (text, (name, qualifier, account, region)) in table {
            assert_eq!(read(text), Some((name.to_owned(), qualifier, account, region)), "{text}");
        }
        for bad in ["", "a b", "arn:aws:s3:::bucket", "a:b:c", "arn:aws:lambda:eu-west-1:1:layer:x", "arn"] {
            assert!(bad == "arn" || read(bad).is_none(), "{bad}");
        }
    }
}
