//! The parts of a destination: what is asked for, and where it must be split so that each part is treated alike.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::{
    To, group, machine,
    path::Sender,
    resolver, route,
    span::{Cuts, Span},
    special,
};
use crate::{
    CloudId,
    world::{Peering, RouteTable, TransitAttachment, TransitEnd, World},
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

/// Every place where a sender's destinations may be treated differently from the ones before.
///
/// It takes in all tables and ACLs of the network and of those joined with it, whichever the packet meets: a cut too many does no
/// harm, as parts that turn out alike are joined again.
pub(super) fn cuts(world: &World, sender: &Sender<'_>) -> Cuts {
    let part = &world.network;
    let network = &sender.subnet.network;
    let networks = joined(world, network);
    let tables: Vec<&RouteTable> = part.route_tables.values().filter(|t| networks.contains(&t.network)).collect();
    let mut cuts = Cuts::default();
    for route in tables.iter().flat_map(|t| &t.routes) {
        let ranges = route::ranges(world, &route.destination).unwrap_or_default();
        ranges.iter().for_each(|net| cuts.around_net(net));
    }
    for route in part.transit.tables.values().filter_map(|table| table.routes.as_ref()).flatten() {
        cuts.around_net(&route.cidr);
    }
    for entry in part.acls.values().filter(|a| networks.contains(&a.network)).flat_map(|a| &a.entries) {
        cuts.around_net(&entry.cidr);
    }
    let targets = tables.iter().flat_map(|t| &t.routes).map(|route| &route.target);
    let forwarding: BTreeSet<&CloudId> = targets.flat_map(|target| machine::groups_behind(world, target)).collect();
    let groups = sender.groups.into_iter().flatten().chain(forwarding);
    for group in groups.filter_map(|id| part.groups.get(id)) {
        for rule in &group.egress {
            group::peer_ranges(world, &rule.peer).unwrap_or_default().iter().for_each(|net| cuts.around_net(net));
        }
    }
    for peering in part.peerings.values() {
        peering.requester.cidrs.iter().chain(&peering.accepter.cidrs).for_each(|net| cuts.around_net(net));
    }
    for subnet in part.subnets.values().filter(|s| networks.contains(&s.network)) {
        cuts.around_net(&IpNet::V4(subnet.cidr));
        subnet.cidr_v6.iter().for_each(|net| cuts.around_net(&IpNet::V6(*net)));
    }
    for interface in part.interfaces.values() {
        interface.ips().for_each(|ip| cuts.around_net(&IpNet::from(ip)));
    }
    resolver::addresses(part.networks.get(network)).for_each(|ip| cuts.around_net(&ip));
    cuts
}

/// A network and those that a packet from it may get into: by its peerings, and by the hubs that it hangs on.
fn joined<'w>(world: &'w World, network: &'w CloudId) -> BTreeSet<&'w CloudId> {
    let part = &world.network;
    let ends = |peering: &'w Peering| [&peering.requester.network, &peering.accepter.network];
    let peers = part.peerings.values().map(ends).filter(|ends| ends.contains(&network)).flatten();
    let behind = |attachment: &'w TransitAttachment| match &attachment.end {
        TransitEnd::Network { network, .. } => Some((&attachment.gateway, network)),
        TransitEnd::Other { .. } => None,
    };
    let joins = || part.transit.attachments.values().filter_map(behind);
    let hubs: BTreeSet<&CloudId> = joins().filter(|(_, joined)| *joined == network).map(|(hub, _)| hub).collect();
    let spokes = joins().filter(|(hub, _)| hubs.contains(hub)).map(|(_, joined)| joined);
    peers.chain(spokes).chain([network]).collect()
}
