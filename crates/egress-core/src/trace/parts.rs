//! The parts of a destination: what is asked for, and where it must be split so that each part is treated alike.

use ipnet::IpNet;

use super::{
    Atlas, To, group,
    path::Sender,
    route,
    span::{Cuts, Span},
    special,
};
use crate::CloudId;

/// What a query asks for, as ordered and disjoint runs.
pub(super) fn spans_of(to: &To) -> Vec<Span> {
    match to {
        To::Ip(ip) => vec![Span::of(&IpNet::from(*ip))],
        To::Net(net) => vec![Span::of(net)],
        To::Name { ips, .. } => ips.iter().map(|ip| Span::of(&IpNet::from(*ip))).collect(),
        To::Internet => globally_routable(),
    }
}

/// Every address of the internet: all but the special ranges.
fn globally_routable() -> Vec<Span> {
    let mut special: Vec<Span> = special::NOT_GLOBAL.iter().map(|(range, _)| Span::of(&IpNet::V4(*range))).collect();
    special.sort();
    let mut free = Vec::new();
    let mut next = 0;
    for taken in special {
        if next < taken.first {
            free.push(Span { first: next, last: taken.first - 1, ..taken });
        }
        next = taken.last + 1;
    }
    free.extend(u32::try_from(next).map(|first| Span::of_v4(first, u32::MAX)));
    free
}

/// What a query asks for, in pieces: all addresses of one are treated alike, if they come from this sender.
///
/// The cuts take in all tables and ACLs of the network, whichever the packet meets: a cut too many does no harm, as parts that
/// turn out alike are joined again.
pub(super) fn pieces(world: &Atlas<'_>, sender: &Sender<'_>, to: &To) -> Vec<Span> {
    let spans = spans_of(to);
    if spans.iter().all(|span| span.first == span.last) {
        return spans;
    }
    let (of_network, of_groups) = (of_network(world, &sender.subnet.network), of_groups(world, sender));
    spans.into_iter().flat_map(|span| Cuts::split(&[of_network, &of_groups], span)).collect()
}

/// Where destinations may be treated differently from the ones before, for everybody in a network.
fn of_network<'w>(world: &'w Atlas<'_>, network: &CloudId) -> &'w Cuts {
    const NONE: &Cuts = &Cuts::NONE;
    let Some(vicinity) = world.vicinity(network) else { return NONE };
    vicinity.cuts.get_or_init(|| {
        let mut cuts = Cuts::NONE;
        for route in vicinity.tables.iter().flat_map(|table| &table.routes) {
            let ranges = route::ranges(world, &route.destination).unwrap_or_default();
            ranges.iter().for_each(|net| cuts.around_net(net));
        }
        for entry in vicinity.acls.iter().flat_map(|acl| &acl.entries) {
            cuts.around_net(&entry.cidr);
        }
        for peering in &vicinity.peerings {
            peering.requester.cidrs.iter().chain(&peering.accepter.cidrs).for_each(|net| cuts.around_net(net));
        }
        for subnet in &vicinity.subnets {
            cuts.around_net(&IpNet::V4(subnet.cidr));
            subnet.cidr_v6.iter().for_each(|net| cuts.around_net(&IpNet::V6(*net)));
        }
        vicinity.holders.keys().for_each(|ip| cuts.around_net(&IpNet::from(*ip)));
        cuts
    })
}

/// The same for what the sender's groups let out.
fn of_groups(world: &Atlas<'_>, sender: &Sender<'_>) -> Cuts {
    let mut cuts = Cuts::NONE;
    for group in sender.groups.into_iter().flatten().filter_map(|id| world.network.groups.get(id)) {
        for rule in &group.egress {
            group::peer_ranges(world, &rule.peer).unwrap_or_default().iter().for_each(|net| cuts.around_net(net));
        }
    }
    cuts
}
