//! The question: who sends what where.

use std::{collections::BTreeSet, net::Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::{CloudId, world::Protocol};

/// What is asked: who sends what where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Who sends.
    pub source: Source,
    /// Where to.
    pub to: To,
    /// With which protocol: a certain one, as filters tell one from another. Of all of them nothing is known.
    pub protocol: Protocol,
    /// To which port; not compared where the protocol has none.
    pub port: u16,
}

/// Who sends a packet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A function, from any of its subnets.
    Function(CloudId),
    /// A function that would have an interface in this subnet, with these groups: no public address of its own.
    Subnet {
        /// The subnet.
        subnet: CloudId,
        /// The groups; `None` for one that lets everything out.
        groups: Option<BTreeSet<CloudId>>,
    },
}

/// Where a packet goes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum To {
    /// One IPv4 address.
    Ip(Ipv4Addr),
    /// Every globally routable IPv4 address, in parts that are treated alike.
    Internet,
}
