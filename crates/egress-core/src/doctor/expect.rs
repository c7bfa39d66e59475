//! Whether functions can be seen from exactly the IPs that were promised.

use std::{collections::BTreeSet, net::IpAddr};

use serde::{Deserialize, Serialize};

use super::{Diagnosis, FunctionEgress};
use crate::{CloudId, trace::SourceAddress};

/// A function that cannot be seen from exactly the IPs that were expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unexpected {
    /// The function.
    pub function: CloudId,
    /// IPs that were expected, and that it is never seen from.
    pub missing: BTreeSet<IpAddr>,
    /// Sources that it may be seen from, and that were not expected.
    pub extra: BTreeSet<SourceAddress>,
    /// Whether other sources are possible that nobody can tell.
    pub open: bool,
}

impl Diagnosis {
    /// The functions that cannot be seen from exactly these IPs: from each of them, and from no other.
    pub fn unexpected(&self, ips: &BTreeSet<IpAddr>) -> Vec<Unexpected> {
        self.functions.iter().filter_map(|egress| unexpected(egress, ips)).collect()
    }
}

fn unexpected(egress: &FunctionEgress, ips: &BTreeSet<IpAddr>) -> Option<Unexpected> {
    let seen: BTreeSet<IpAddr> = egress.sources.iter().filter_map(ip_of).collect();
    let is_extra = |source: &&SourceAddress| ip_of(source).is_none_or(|ip| !ips.contains(&ip));
    let found = Unexpected {
        function: egress.function.clone(),
        missing: ips.difference(&seen).copied().collect(),
        extra: egress.sources.iter().filter(is_extra).cloned().collect(),
        open: egress.open,
    };
    let as_expected = found.missing.is_empty() && found.extra.is_empty() && !found.open;
    (!as_expected).then_some(found)
}

/// The one public IP that a source is, where it is one.
fn ip_of(source: &SourceAddress) -> Option<IpAddr> {
    match source {
        SourceAddress::Fixed { ip, .. } => ip.map(IpAddr::V4),
        SourceAddress::Mapped(ip) => Some(IpAddr::V4(*ip)),
        SourceAddress::Own(net) if net.prefix_len() == net.max_prefix_len() => Some(IpAddr::V6(net.addr())),
        SourceAddress::Own(_) | SourceAddress::Private(_) | SourceAddress::Unfixed => None,
    }
}
