//! Keys: the stable names of resources within their stack.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What sort of resource a [`Key`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A private network.
    Network,
    /// The gateway between a network and the internet.
    InternetGateway,
    /// A subnet of a network, in one zone.
    Subnet,
    /// A route table.
    RouteTable,
    /// A public address that stays the same until it is released.
    Address,
    /// A gateway that translates private sources to a public address.
    NatGateway,
    /// A stateful filter on interfaces.
    SecurityGroup,
    /// A network interface.
    Interface,
    /// A serverless function of the user's.
    Function,
    /// The identity that a function runs as.
    Role,
    /// A function of egress's own that proves a path from one subnet.
    Probe,
    /// A mark that keeps two runs apart.
    Lease,
}

impl Kind {
    /// Every kind, in the order in which resources are listed to people.
    pub const ALL: [Self; 12] = [
        Self::Network,
        Self::InternetGateway,
        Self::Subnet,
        Self::RouteTable,
        Self::Address,
        Self::NatGateway,
        Self::SecurityGroup,
        Self::Interface,
        Self::Function,
        Self::Role,
        Self::Probe,
        Self::Lease,
    ];

    /// The word that stands in a Key before the slash.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::InternetGateway => "internet-gateway",
            Self::Subnet => "subnet",
            Self::RouteTable => "route-table",
            Self::Address => "address",
            Self::NatGateway => "nat-gateway",
            Self::SecurityGroup => "security-group",
            Self::Interface => "interface",
            Self::Function => "function",
            Self::Role => "role",
            Self::Probe => "probe",
            Self::Lease => "lease",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A resource's stable name within its stack, e.g. `subnet/lambda_prv1`.
///
/// It stands in the tags of the cloud resource from the moment of its creation. Keys, never list positions, identify
/// things, so adding a subnet never replaces another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key {
    /// What sort of resource it is.
    pub kind: Kind,
    /// Its name among those of its kind.
    pub name: String,
}

impl Key {
    /// The Key of the resource of this kind and name.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// A text that is no Key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key: expected KIND/NAME, e.g. subnet/lambda_prv1")]
pub struct BadKey(pub String);

impl FromStr for Key {
    type Err = BadKey;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadKey(text.to_owned());
        let (kind, name) = text.split_once('/').ok_or_else(bad)?;
        let kind = Kind::ALL.into_iter().find(|k| k.as_str() == kind).ok_or_else(bad)?;
        if name.is_empty() {
            return Err(bad());
        }
        Ok(Self::new(kind, name))
    }
}

impl TryFrom<String> for Key {
    type Error = BadKey;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_every_kind_survives_its_text() {
        for kind in Kind::ALL {
            let key = Key::new(kind, "a/b");
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn a_text_without_kind_or_name_is_no_key() {
        for text in ["", "subnet", "subnet/", "nonsense/x", "/x"] {
            assert_eq!(text.parse::<Key>(), Err(BadKey(text.to_owned())));
        }
    }
}
