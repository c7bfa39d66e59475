//! The question: who sends what where.

use std::{collections::BTreeSet, net::IpAddr};

use ipnet::IpNet;
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
    /// One interface, whatever it belongs to.
    Interface(CloudId),
    /// A machine, from any of its interfaces.
    Machine(CloudId),
    /// Each subnet of a network, as [`Source::Subnet`] with a group that lets everything out.
    Network(CloudId),
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
    /// One address.
    Ip(IpAddr),
    /// Every address of a range, in parts that are treated alike.
    Net(IpNet),
    /// A host by its name, and the addresses that it has in the internet's own DNS. In a network whose endpoints claim the name,
    /// the cloud's resolver answers with their private addresses instead.
    Name {
        /// The name, in lower case, without a dot at its end.
        name: String,
        /// The addresses: none for a name that is private, or that nobody resolved.
        ips: BTreeSet<IpAddr>,
    },
    /// Every globally routable IPv4 address, in parts that are treated alike.
    Internet,
}
