//! The answer: the Verdict, and every path with its hops.

use std::{collections::BTreeSet, fmt, net::Ipv4Addr};

use ipnet::{IpNet, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::{RuleId, way::note};
use crate::CloudId;

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
    /// The sender's own IPv6 address, or the range that it is from: IPv6 is not translated.
    Own(Ipv6Net),
    /// A private IP or range: the destination is inside, or sees no translation.
    Private(IpNet),
    /// Any IP of the cloud's own pool; it changes.
    Unfixed,
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
    /// The destinations that it is for: disjoint ranges, ordered, as few as can be. Two paths have the same ones where some
    /// connections to them get through and others do not.
    pub to: Vec<IpNet>,
    /// Whether the destination is reached without leaving through a gateway to the internet: by an endpoint, a peering, or
    /// inside the network. Such parts are no part of a promise about egress IPs.
    pub bypass: bool,
    /// Whether sources may come to the known ones by themselves: the cloud may add addresses to a gateway on the path.
    #[serde(default)]
    pub open: bool,
    /// The places that the packet and its answers pass, in order, up to the one that stops them.
    pub hops: Vec<Hop>,
    /// What becomes of it; never `Mixed`.
    pub verdict: Verdict,
    /// What is fragile on it though it may work today, e.g. a gateway in another zone.
    #[serde(default)]
    pub warnings: Vec<Reason>,
    /// What no account's data can show and is taken for granted, e.g. that a machine translates what it forwards.
    #[serde(default)]
    pub assumed: Vec<String>,
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
    /// The rule, e.g. `NO_DEFAULT_ROUTE`.
    pub rule: RuleId,
    /// The resource whose setting it is.
    pub resource: Option<CloudId>,
    /// What is wrong, one lower-case sentence without its full stop.
    pub detail: String,
    /// How to mend it, likewise.
    pub fix: String,
}

impl Trace {
    /// Whether the internet sees these addresses, all of them and nothing else, from every subnet.
    ///
    /// Paths that bypass the gateways to the internet are no part of the promise; but each subnet must have one that does not.
    pub fn leaves_exactly(&self, addresses: &BTreeSet<CloudId>) -> bool {
        let leaving = || self.paths.iter().filter(|path| !path.bypass);
        let subnet_leaves = |path: &Path| leaving().any(|other| other.subnet == path.subnet);
        let mut seen = BTreeSet::new();
        for path in leaving() {
            let Verdict::Reaches { sources } = &path.verdict else { return false };
            if path.open {
                return false;
            }
            for source in sources {
                let SourceAddress::Fixed { address, .. } = source else { return false };
                seen.insert(address.clone());
            }
        }
        let each_has_a_source = leaving().all(|path| !path.verdict.sources().is_empty());
        !self.paths.is_empty() && self.paths.iter().all(subnet_leaves) && each_has_a_source && &seen == addresses
    }

    /// Every setting that would have to change, of all paths, in their order.
    pub fn reasons(&self) -> Vec<&Reason> {
        let mut reasons = Vec::new();
        self.paths.iter().flat_map(|path| path.verdict.reasons()).for_each(|reason| note(&mut reasons, reason));
        reasons
    }

    /// Whether sources may come to the known ones of the paths that leave by themselves.
    pub fn is_open(&self) -> bool {
        self.paths.iter().any(|path| path.open && !path.bypass)
    }

    /// The paths that reach their destinations without a gateway to the internet.
    pub fn bypasses(&self) -> Vec<&Path> {
        self.paths.iter().filter(|path| path.bypass).collect()
    }

    /// Every known IP of a fixed address that a destination may see on some path, whatever else is missing.
    pub fn fixed_ips(&self) -> BTreeSet<Ipv4Addr> {
        let sources = self.paths.iter().flat_map(|path| path.verdict.sources());
        sources.filter_map(SourceAddress::fixed_ip).collect()
    }
}

impl Verdict {
    /// The sources that the destination sees, or would see.
    pub fn sources(&self) -> &BTreeSet<SourceAddress> {
        const NONE: &BTreeSet<SourceAddress> = &BTreeSet::new();
        match self {
            Self::Reaches { sources } | Self::Mixed { sources, .. } | Self::Unknown { sources, .. } => sources,
            Self::Drops { .. } => NONE,
        }
    }

    /// Why packets die; empty where none does, or nobody knows.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Drops { reasons } | Self::Mixed { reasons, .. } => reasons,
            Self::Reaches { .. } | Self::Unknown { .. } => &[],
        }
    }

    /// What is missing to tell; empty where nothing is.
    pub fn missing(&self) -> &[String] {
        match self {
            Self::Unknown { missing, .. } => missing,
            Self::Reaches { .. } | Self::Drops { .. } | Self::Mixed { .. } => &[],
        }
    }
}

impl SourceAddress {
    /// The IP of a fixed address, once known.
    pub const fn fixed_ip(&self) -> Option<Ipv4Addr> {
        match self {
            Self::Fixed { ip, .. } => *ip,
            Self::Mapped(_) | Self::Own(_) | Self::Private(_) | Self::Unfixed => None,
        }
    }
}

impl fmt::Display for SourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { address, ip: Some(ip) } => write!(f, "{ip} ({address})"),
            Self::Fixed { address, ip: None } => write!(f, "the IP of {address}"),
            Self::Mapped(ip) => ip.fmt(f),
            Self::Own(net) => show_net(&IpNet::V6(*net), f),
            Self::Private(net) => show_net(net, f),
            Self::Unfixed => f.write_str("any IP of the cloud's own pool"),
        }
    }
}

/// A range, or the one address that it is.
fn show_net(net: &IpNet, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if net.prefix_len() == net.max_prefix_len() { write!(f, "{}", net.addr()) } else { write!(f, "{net}") }
}
