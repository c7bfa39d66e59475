//! How many things an account may hold, and how many it holds: what a Plan is held against before its first call.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::CloudId;

/// Something whose number a cloud limits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Counted {
    /// Private networks of the account in the region.
    Networks,
    /// Internet gateways of the account in the region.
    InternetGateways,
    /// Public addresses of the account in the region.
    Addresses,
    /// NAT gateways in one zone; those that are being deleted count.
    NatGateways {
        /// The zone's name.
        zone: String,
    },
    /// Functions' interfaces in one network: one for each pair of a subnet and a set of groups.
    FunctionInterfaces {
        /// The network; `None` for one that is still to be made.
        network: Option<CloudId>,
    },
}

impl Counted {
    /// So many of it, for people: `1 network`, `2 NAT gateways in us-east-1a`.
    pub fn count(&self, n: u32) -> String {
        let (one, many) = match self {
            Self::Networks => ("network", "networks"),
            Self::InternetGateways => ("internet gateway", "internet gateways"),
            Self::Addresses => ("address", "addresses"),
            Self::NatGateways { .. } => ("NAT gateway", "NAT gateways"),
            Self::FunctionInterfaces { .. } => ("functions' interface", "functions' interfaces"),
        };
        let noun = if n == 1 { one } else { many };
        match self {
            Self::NatGateways { zone } => format!("{n} {noun} in {zone}"),
            Self::FunctionInterfaces { network: Some(network) } => format!("{n} {noun} in {network}"),
            _ => format!("{n} {noun}"),
        }
    }
}

/// How well a limit is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The cloud says that this is the account's limit.
    Told,
    /// It is what the cloud gives every account at first; this one's may have been raised.
    Assumed,
}

/// How many of a thing there may be, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Room {
    /// Of what.
    pub what: Counted,
    /// How many there may be.
    pub limit: u32,
    /// How well that is known.
    pub basis: Basis,
    /// How many there are.
    pub used: u32,
    /// Which those are, where the cloud names them.
    pub by: Vec<CloudId>,
    /// How to have the limit raised, for people.
    pub raise: Option<String>,
}

/// What an account has room for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// In no particular order; what the cloud does not limit, or cannot tell, is not among them.
    pub rooms: Vec<Room>,
}

/// How many more of a thing a Plan needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Need {
    /// Of what.
    pub what: Counted,
    /// How many.
    pub count: u32,
}

/// A Plan needs more than there is room for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shortage {
    /// How many more it needs.
    pub needed: u32,
    /// What there is room for.
    pub room: Room,
}

/// The most ids that are named.
const NAMED: usize = 5;

impl Shortage {
    /// What the user can do.
    pub fn hint(&self) -> String {
        let other = "delete what is no longer needed";
        match &self.room.raise {
            Some(raise) => format!("{raise}, or {other}"),
            None => format!("have the limit raised, or {other}"),
        }
    }
}

/// One lower-case fragment: `it needs 1 network, and 5 of 5 are used: vpc-1, vpc-2, …`.
impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { needed, room: Room { what, limit, basis, used, by, .. } } = self;
        write!(f, "it needs {}, and {used} of {limit} are used", what.count(*needed))?;
        if *basis == Basis::Assumed {
            f.write_str(", if the account has the usual limit")?;
        }
        let named: Vec<&str> = by.iter().take(NAMED).map(CloudId::as_str).collect();
        if !named.is_empty() {
            write!(f, ": {}", named.join(", "))?;
        }
        if by.len() > NAMED {
            write!(f, " and {} more", by.len() - NAMED)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortage(what: Counted, needed: u32, used: u32, basis: Basis) -> Shortage {
        let by = (1..=used).map(|n| CloudId::new(format!("id-{n}"))).collect();
        Shortage { needed, room: Room { what, limit: 5, basis, used, by, raise: None } }
    }

    #[test]
    fn a_shortage_says_what_is_needed_what_is_used_and_by_what() {
        let zone = || Counted::NatGateways { zone: "us-east-1a".to_owned() };
        assert_eq!(
            shortage(Counted::Networks, 1, 5, Basis::Told).to_string(),
            "it needs 1 network, and 5 of 5 are used: id-1, id-2, id-3, id-4, id-5"
        );
        assert_eq!(
            shortage(zone(), 2, 7, Basis::Assumed).to_string(),
            "it needs 2 NAT gateways in us-east-1a, and 7 of 5 are used, if the account has the usual limit: \
             id-1, id-2, id-3, id-4, id-5 and 2 more"
        );
        assert_eq!(
            shortage(Counted::Addresses, 6, 0, Basis::Told).to_string(),
            "it needs 6 addresses, and 0 of 5 are used"
        );
    }

    #[test]
    fn the_hint_says_how_to_raise_the_limit_where_the_cloud_tells() {
        let mut shortage = shortage(Counted::Networks, 1, 5, Basis::Told);
        assert_eq!(shortage.hint(), "have the limit raised, or delete what is no longer needed");
        shortage.room.raise = Some("write to them".to_owned());
        assert_eq!(shortage.hint(), "write to them, or delete what is no longer needed");
    }
}
