//! What is asked of a trace, and what it answers.

use std::{collections::BTreeSet, fmt, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::Rule;
use crate::{CloudId, world::Protocol};

/// What is asked: who sends what where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Who sends.
    pub source: Source,
    /// Where to.
    pub to: To,
    /// With which protocol.
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

/// What becomes of the packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It arrives on every path, and answers come back.
    Reaches {
        /// The sources that the destination may see. Complete.
        sources: BTreeSet<SourceAddress>,
    },
    /// It dies on every path.
    Drops {
        /// Every setting that would have to change, of all paths.
        reasons: Vec<Reason>,
    },
    /// It arrives on some paths and dies on others: see the paths.
    Mixed {
        /// The sources that the destination may see, from the paths that arrive.
        sources: BTreeSet<SourceAddress>,
        /// Why the others die.
        reasons: Vec<Reason>,
    },
    /// The World does not hold enough to tell.
    Unknown {
        /// The sources that would be seen if nothing that is missing forbids it.
        sources: BTreeSet<SourceAddress>,
        /// What is missing.
        missing: Vec<String>,
    },
}

/// A source that a destination may see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceAddress {
    /// A fixed public address of the account's.
    Fixed {
        /// The address.
        address: CloudId,
        /// Its IP; absent only in the World that a Plan would lead to.
        ip: Option<Ipv4Addr>,
    },
    /// A public IP that is mapped to an interface.
    Mapped(Ipv4Addr),
    /// A private IP or range: the destination is inside, or sees no translation.
    Private(Ipv4Net),
    /// Any IP of the cloud's own pool; it changes.
    Unfixed,
}

impl fmt::Display for SourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { ip: Some(ip), .. } | Self::Mapped(ip) => ip.fmt(f),
            Self::Fixed { address, ip: None } => address.fmt(f),
            Self::Private(range) => range.fmt(f),
            Self::Unfixed => f.write_str("any address of the cloud's pool"),
        }
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Over all paths.
    pub verdict: Verdict,
    /// Every feasible path: per subnet, and per part of the destination that is treated alike.
    pub paths: Vec<Path>,
}

/// One feasible path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// The subnet that it starts in; `None` for a function in no network.
    pub subnet: Option<CloudId>,
    /// The destinations that it is for: disjoint ranges, ordered.
    pub to: Vec<Ipv4Net>,
    /// Whether the destination is reached without leaving through a gateway to the internet: by an endpoint, a peering, or
    /// inside the network. Such parts are no part of a promise about egress IPs.
    pub bypass: bool,
    /// The places that the packet passes, in order.
    pub hops: Vec<Hop>,
    /// What becomes of it; never `Mixed`.
    pub verdict: Verdict,
}

/// A place that a packet passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// What sort of place: `interface`, `security-group`, `acl`, `route-table`, `nat-gateway`, `internet-gateway`,
    /// `internet`, ….
    pub kind: String,
    /// What the cloud calls it.
    pub id: Option<CloudId>,
    /// What happens there, for people: the rule or route that let it pass or stopped it, addresses before and after.
    pub detail: String,
}

/// Why a packet dies: one setting that would have to change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// The rule that it breaks.
    pub rule: Rule,
    /// The resource whose setting it is.
    pub resource: Option<CloudId>,
    /// What is wrong, one lower-case sentence without its full stop.
    pub detail: String,
    /// How to mend it, likewise.
    pub fix: String,
}
