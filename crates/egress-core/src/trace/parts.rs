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
    let spans = reachable(sender, to);
    if spans.iter().all(|span| span.first == span.last) {
        return spans;
    }
    let (of_network, of_groups) = (of_network(world, &sender.subnet.network), of_groups(world, sender));
    let of_hosts = of_hosts(world, to);
    spans.into_iter().flat_map(|span| Cuts::split(&[of_network, &of_groups, &of_hosts], span)).collect()
}

/// What a query asks for, without the addresses of a name that the sender does not try, as it has none of their family; all of
/// them where it has none of any.
fn reachable(sender: &Sender<'_>, to: &To) -> Vec<Span> {
    let spans = spans_of(to);
    let tried = |span: &Span| sender.has_family_of(span.representative());
    match to {
        To::Name { .. } if spans.iter().any(tried) => spans.into_iter().filter(tried).collect(),
        _ => spans,
    }
}

/// Where hosts of this World stand, which have filters of their own. The internet is hosts that nobody here knows.
fn of_hosts(world: &Atlas<'_>, to: &To) -> Cuts {
    let mut cuts = Cuts::NONE;
    if *to != To::Internet {
        world.public_ips().for_each(|ip| cut(&mut cuts, &IpNet::from(ip)));
    }
    cuts
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
        for route in vicinity.tables.iter().flat_map(|table| &table.routes) {
            let ranges = route::ranges(world, &route.destination).unwrap_or_default();
            ranges.iter().for_each(|net| cut(&mut cuts, net));
        }
        for entry in vicinity.acls.iter().flat_map(|acl| &acl.entries) {
            cut(&mut cuts, &entry.cidr);
        }
        for peering in &vicinity.peerings {
            peering.requester.cidrs.iter().chain(&peering.accepter.cidrs).for_each(|net| cut(&mut cuts, net));
        }
        for subnet in &vicinity.subnets {
            cut(&mut cuts, &IpNet::V4(subnet.cidr));
            subnet.cidr_v6.iter().for_each(|net| cut(&mut cuts, &IpNet::V6(*net)));
        }
        vicinity.holders.keys().for_each(|ip| cut(&mut cuts, &IpNet::from(*ip)));
        cuts
    })
}

/// The same for what the sender's groups let out.
fn of_groups(world: &Atlas<'_>, sender: &Sender<'_>) -> Cuts {
    let mut cuts = Cuts::NONE;
    for group in sender.groups.into_iter().flatten().filter_map(|id| world.network.groups.get(id)) {
        for rule in &group.egress {
            group::peer_ranges(world, &rule.peer).unwrap_or_default().iter().for_each(|net| cut(&mut cuts, net));
        }
    }
    cuts
}
