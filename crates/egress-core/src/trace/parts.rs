//! The parts of a destination: what is asked for, and where it must be split so that each part is treated alike.

use ipnet::IpNet;

use super::{
    To, group,
    path::Sender,
    route,
    span::{Cuts, Span},
    special,
};
use crate::world::World;

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
/// It takes in all tables and ACLs of the network, whichever the packet meets: a cut too many does no harm, as parts that turn
/// out alike are joined again.
pub(super) fn cuts(world: &World, sender: &Sender<'_>) -> Cuts {
    let part = &world.network;
    let network = &sender.subnet.network;
    let mut cuts = Cuts::default();
    for route in part.route_tables.values().filter(|t| &t.network == network).flat_map(|t| &t.routes) {
        let ranges = route::ranges(world, &route.destination).unwrap_or_default();
        ranges.iter().for_each(|net| cuts.around_net(net));
    }
    for entry in part.acls.values().filter(|a| &a.network == network).flat_map(|a| &a.entries) {
        cuts.around_net(&entry.cidr);
    }
    for group in sender.groups.into_iter().flatten().filter_map(|id| part.groups.get(id)) {
        for rule in &group.egress {
            group::peer_ranges(world, &rule.peer).unwrap_or_default().iter().for_each(|net| cuts.around_net(net));
        }
    }
    for peering in part.peerings.values() {
        peering.requester.cidrs.iter().chain(&peering.accepter.cidrs).for_each(|net| cuts.around_net(net));
    }
    for subnet in part.subnets.values().filter(|s| &s.network == network) {
        cuts.around_net(&IpNet::V4(subnet.cidr));
        subnet.cidr_v6.iter().for_each(|net| cuts.around_net(&IpNet::V6(*net)));
    }
    for interface in part.interfaces.values() {
        interface.ips().for_each(|ip| cuts.around_net(&IpNet::from(ip)));
    }
    cuts
}
