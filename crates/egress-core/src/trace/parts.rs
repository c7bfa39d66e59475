//! The destination in parts: each is treated alike from its first address to its last.

use std::{collections::BTreeSet, net::Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets};

use super::{
    To, filter,
    route::{known_ranges, ranges},
    walk::{Start, Walk, walk},
};
use crate::{
    World,
    world::{Peer, Subnet},
};

/// Ranges that are not globally routable: the special-purpose registry of IANA
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>), and multicast.
#[rustfmt::skip]
const NOT_GLOBAL: &[([u8; 4], u8)] = &[
    ([0, 0, 0, 0], 8),       // this network, RFC 791
    ([10, 0, 0, 0], 8),      // private use, RFC 1918
    ([100, 64, 0, 0], 10),   // shared address space, RFC 6598
    ([127, 0, 0, 0], 8),     // loopback, RFC 1122
    ([169, 254, 0, 0], 16),  // link local, RFC 3927
    ([172, 16, 0, 0], 12),   // private use, RFC 1918
    ([192, 0, 0, 0], 24),    // IETF protocol assignments, RFC 6890
    ([192, 0, 2, 0], 24),    // documentation, RFC 5737
    ([192, 88, 99, 0], 24),  // deprecated 6to4 relay anycast, RFC 7526
    ([192, 168, 0, 0], 16),  // private use, RFC 1918
    ([198, 18, 0, 0], 15),   // benchmarking, RFC 2544
    ([198, 51, 100, 0], 24), // documentation, RFC 5737
    ([203, 0, 113, 0], 24),  // documentation, RFC 5737
    ([224, 0, 0, 0], 4),     // multicast, RFC 5771
    ([240, 0, 0, 0], 4),     // reserved, RFC 1112, and broadcast
];

/// The walks to all parts of a destination. Parts with equal walks are one; their ranges are disjoint and ordered.
pub(super) fn walks(world: &World, start: &Start<'_>, to: &To) -> Vec<(Vec<Ipv4Net>, Walk)> {
    match to {
        To::Ip(ip) => vec![(whole(to), walk(world, start, *ip))],
        To::Internet => internet(world, start),
    }
}

/// A destination in its fewest ranges.
pub(super) fn whole(to: &To) -> Vec<Ipv4Net> {
    match to {
        To::Ip(ip) => vec![Ipv4Net::from(*ip)],
        To::Internet => nets(global_parts(&[]).into_iter()),
    }
}

fn internet(world: &World, start: &Start<'_>) -> Vec<(Vec<Ipv4Net>, Walk)> {
    let mut alike: Vec<(Vec<(u32, u32)>, Walk)> = Vec::new();
    for part in global_parts(&boundaries(world, start.subnet)) {
        let walk = walk(world, start, Ipv4Addr::from(part.0));
        match alike.iter_mut().find(|(_, known)| *known == walk) {
            Some((parts, _)) => parts.push(part),
            None => alike.push((vec![part], walk)),
        }
    }
    alike.into_iter().map(|(parts, walk)| (nets(parts.into_iter()), walk)).collect()
}

/// The globally routable space, split where any of the ranges begins or ends.
fn global_parts(splits: &[Ipv4Net]) -> Vec<(u32, u32)> {
    let special: Vec<Ipv4Net> =
        NOT_GLOBAL.iter().filter_map(|(ip, len)| Ipv4Net::new((*ip).into(), *len).ok()).collect();
    let ends = special.iter().chain(splits).map(|net| (u32::from(net.network()), u32::from(net.broadcast())));
    let mut parts = filter::split((0, u32::MAX), ends);
    parts.retain(|(first, _)| !special.iter().any(|net| net.contains(&Ipv4Addr::from(*first))));
    parts
}

/// Every range in the subnet's network that can make a difference.
fn boundaries(world: &World, subnet: &Subnet) -> Vec<Ipv4Net> {
    let network = &world.network;
    let here = |id| id == &subnet.network;
    let mut found: BTreeSet<Ipv4Net> = BTreeSet::new();
    found.extend(network.networks.get(&subnet.network).iter().flat_map(|n| &n.cidrs));
    found.extend(
        network
            .route_tables
            .values()
            .filter(|t| here(&t.network))
            .flat_map(|t| &t.routes)
            .flat_map(|r| ranges(world, r)),
    );
    found
        .extend(network.acls.values().filter(|a| here(&a.network)).flat_map(|a| &a.entries).filter_map(|e| v4(e.cidr)));
    for rule in network.groups.values().filter(|g| here(&g.network)).flat_map(|g| g.egress.iter().chain(&g.ingress)) {
        match &rule.peer {
            Peer::Cidr(cidr) => found.extend(v4(*cidr)),
            Peer::PrefixList(list) => found.extend(known_ranges(world, list).unwrap_or_default()),
            Peer::Group(_) => {}
        }
    }
    // A network may hold public ranges, whose addresses are told apart one by one.
    let inside = network.interfaces.values().filter(|i| here(&i.network)).flat_map(|i| &i.private_ips);
    found.extend(inside.map(|ip| Ipv4Net::from(*ip)));
    found.into_iter().collect()
}

fn v4(cidr: IpNet) -> Option<Ipv4Net> {
    match cidr {
        IpNet::V4(cidr) => Some(cidr),
        IpNet::V6(_) => None,
    }
}

/// The fewest ranges that hold exactly these parts.
fn nets(parts: impl Iterator<Item = (u32, u32)>) -> Vec<Ipv4Net> {
    let nets: Vec<Ipv4Net> = parts.flat_map(|(first, last)| Ipv4Subnets::new(first.into(), last.into(), 0)).collect();
    Ipv4Net::aggregate(&nets)
}
