//! The parts of a destination: what is asked for, and where it must be split so that each part is treated alike.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::{
    Atlas, To, group, machine,
    path::Sender,
    resolver, route,
    span::{Cuts, Span},
    special,
};
use crate::{
    CloudId,
    world::{TransitAttachment, TransitEnd},
};

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
/// The cuts take in all tables and ACLs of the network and of those joined with it, whichever the packet meets: a cut too many does
/// no harm, as parts that turn out alike are joined again.
pub(super) fn pieces(world: &Atlas<'_>, sender: &Sender<'_>, spans: Vec<Span>) -> Vec<Span> {
    if spans.iter().all(|span| span.first == span.last) {
        return spans;
    }
    let of_network = of_network(world, &sender.subnet.network);
    let of_sender = of_groups(world, sender.groups.into_iter().flatten());
    spans.into_iter().flat_map(|span| Cuts::split(&[of_network, &of_sender], span)).collect()
}

/// Where destinations may be treated differently from the ones before, for everybody in a network.
fn of_network<'w>(world: &'w Atlas<'_>, network: &CloudId) -> &'w Cuts {
    const NONE: &Cuts = &Cuts::NONE;
    let Some(vicinity) = world.vicinity(network) else { return NONE };
    vicinity.cuts.get_or_init(|| {
        let mut cuts = Cuts::NONE;
        let mut forwarding = BTreeSet::new();
        for near in joined(world, network).into_iter().filter_map(|near| world.vicinity(near)) {
            for route in near.tables.iter().flat_map(|table| &table.routes) {
                let ranges = route::ranges(world, &route.destination).unwrap_or_default();
                ranges.iter().for_each(|net| cuts.around_net(net));
                forwarding.extend(machine::groups_behind(world, &route.target));
            }
            for entry in near.acls.iter().flat_map(|acl| &acl.entries) {
                cuts.around_net(&entry.cidr);
            }
            for subnet in &near.subnets {
                cuts.around_net(&IpNet::V4(subnet.cidr));
                subnet.cidr_v6.iter().for_each(|net| cuts.around_net(&IpNet::V6(*net)));
            }
            near.holders.keys().for_each(|ip| cuts.around_net(&IpNet::from(*ip)));
        }
        for peering in &vicinity.peerings {
            peering.requester.cidrs.iter().chain(&peering.accepter.cidrs).for_each(|net| cuts.around_net(net));
        }
        for route in world.network.transit.tables.values().filter_map(|table| table.routes.as_ref()).flatten() {
            cuts.around_net(&route.cidr);
        }
        cuts.extend(of_groups(world, forwarding.into_iter()));
        resolver::addresses(world.network.networks.get(network)).for_each(|ip| cuts.around_net(&ip));
        cuts
    })
}

/// The same for what groups let out.
fn of_groups<'a>(world: &Atlas<'_>, groups: impl Iterator<Item = &'a CloudId>) -> Cuts {
    let mut cuts = Cuts::NONE;
    for group in groups.filter_map(|id| world.network.groups.get(id)) {
        for rule in &group.egress {
            group::peer_ranges(world, &rule.peer).unwrap_or_default().iter().for_each(|net| cuts.around_net(net));
        }
    }
    cuts
}

/// A network and those that a packet from it may get into: by its peerings, and by the hubs that it hangs on.
fn joined<'w>(world: &'w Atlas<'_>, network: &'w CloudId) -> BTreeSet<&'w CloudId> {
    let peerings = world.vicinity(network).into_iter().flat_map(|vicinity| &vicinity.peerings);
    let peers = peerings.flat_map(|peering| [&peering.requester.network, &peering.accepter.network]);
    let behind = |attachment: &'w TransitAttachment| match &attachment.end {
        TransitEnd::Network { network, .. } => Some((&attachment.gateway, network)),
        TransitEnd::Other { .. } => None,
    };
    let joins = || world.network.transit.attachments.values().filter_map(behind);
    let hubs: BTreeSet<&CloudId> = joins().filter(|(_, joined)| *joined == network).map(|(hub, _)| hub).collect();
    let spokes = joins().filter(|(hub, _)| hubs.contains(hub)).map(|(_, joined)| joined);
    peers.chain(spokes).chain([network]).collect()
}
