//! The parts of a destination: what is asked for, and where it must be split so that each part is treated alike.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

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
        To::Internet => GLOBALLY_ROUTABLE.clone(),
    }
}

/// Every address of the internet: all but the special ranges.
static GLOBALLY_ROUTABLE: LazyLock<Vec<Span>> = LazyLock::new(|| {
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
});

/// What a query asks for, in lots of pieces: all addresses of a lot are treated alike, if they come from this sender.
///
/// Tables and filters ask of an address only whether it lies in their ranges. So it is cut around all of those, and pieces that lie
/// in the same ones make a lot. The ranges are those of all tables and ACLs of the network and of those joined with it, whichever
/// the packet meets: one too many does no harm, as lots that turn out alike are joined.
pub(super) fn lots(world: &Atlas<'_>, sender: &Sender<'_>, to: &To, spans: Vec<Span>) -> Vec<Vec<Span>> {
    let spans = reachable(sender, to, spans);
    if spans.iter().all(|span| span.first == span.last) {
        return spans.into_iter().map(|span| vec![span]).collect();
    }
    let of_sender = of_groups(world, sender.groups.into_iter().flatten());
    let mut cuts = vec![of_network(world, &sender.subnet.network), &of_sender];
    // The internet is hosts that nobody here knows.
    if *to != To::Internet {
        cuts.push(of_hosts(world));
    }
    let mut lots: Vec<Vec<Span>> = Vec::new();
    let mut known: BTreeMap<Vec<Span>, usize> = BTreeMap::new();
    for piece in spans.into_iter().flat_map(|span| Cuts::split(&cuts, span)) {
        let lot = *known.entry(Cuts::holding(&cuts, piece)).or_insert(lots.len());
        match lots.get_mut(lot) {
            Some(lot) => lot.push(piece),
            None => lots.push(vec![piece]),
        }
    }
    lots
}

/// What a query asks for, without the addresses of a name that the sender does not try, as it has none of their family; all of
/// them where it has none of any.
fn reachable(sender: &Sender<'_>, to: &To, spans: Vec<Span>) -> Vec<Span> {
    let tried = |span: &Span| sender.has_family_of(span.representative());
    match to {
        To::Name { .. } if spans.iter().any(tried) => spans.into_iter().filter(tried).collect(),
        _ => spans,
    }
}

/// Where hosts of this World stand, which have filters of their own.
fn of_hosts<'w>(world: &'w Atlas<'_>) -> &'w Cuts {
    world.host_cuts(|ips| {
        let mut cuts = Cuts::NONE;
        ips.for_each(|ip| cut(&mut cuts, &IpNet::from(ip)));
        cuts
    })
}

/// Cuts around a range, and around what stands for it at a NAT gateway.
fn cut(cuts: &mut Cuts, net: &IpNet) {
    cuts.around_net(net);
    if let IpNet::V4(net) = net {
        cuts.around_net(&IpNet::V6(special::as_nat64(net)));
    }
}

/// Where destinations may be treated differently from the ones before, for everybody in a network.
fn of_network<'w>(world: &'w Atlas<'_>, network: &CloudId) -> &'w Cuts {
    const NONE: &Cuts = &Cuts::NONE;
    let Some(vicinity) = world.vicinity(network) else { return NONE };
    vicinity.cuts.get_or_init(|| {
        let mut cuts = Cuts::NONE;
        special::boundaries().for_each(|net| cut(&mut cuts, &net));
        let mut forwarding = BTreeSet::new();
        for near in joined(world, network).into_iter().filter_map(|near| world.vicinity(near)) {
            for route in near.tables.iter().flat_map(|table| &table.routes) {
                let ranges = route::ranges(world, &route.destination).unwrap_or_default();
                ranges.iter().for_each(|net| cut(&mut cuts, net));
                forwarding.extend(machine::groups_behind(world, &route.target));
            }
            for entry in near.acls.iter().flat_map(|acl| &acl.entries) {
                cut(&mut cuts, &entry.cidr);
            }
            for subnet in &near.subnets {
                cut(&mut cuts, &IpNet::V4(subnet.cidr));
                subnet.cidr_v6.iter().for_each(|net| cut(&mut cuts, &IpNet::V6(*net)));
            }
            near.holders.keys().for_each(|ip| cut(&mut cuts, &IpNet::from(*ip)));
            near.holders_of_ranges.iter().for_each(|(range, _)| cut(&mut cuts, range));
        }
        for peering in &vicinity.peerings {
            peering.requester.cidrs.iter().chain(&peering.accepter.cidrs).for_each(|net| cut(&mut cuts, net));
        }
        for route in world.network.transit.tables.values().filter_map(|table| table.routes.as_ref()).flatten() {
            cut(&mut cuts, &route.cidr);
        }
        cuts.extend(of_groups(world, forwarding.into_iter()));
        resolver::addresses(world.network.networks.get(network)).for_each(|ip| cut(&mut cuts, &ip));
        cuts
    })
}

/// The same for what groups let out.
fn of_groups<'a>(world: &Atlas<'_>, groups: impl Iterator<Item = &'a CloudId>) -> Cuts {
    let mut cuts = Cuts::NONE;
    for group in groups.filter_map(|id| world.network.groups.get(id)) {
        for rule in &group.egress {
            group::peer_ranges(world, &rule.peer).unwrap_or_default().iter().for_each(|net| cut(&mut cuts, net));
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
