//! Which route of a table is for a destination.
//!
//! The rules are those of the VPC guide, «Route priority»
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>).

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::{
    CloudId, World,
    world::{Destination, Route, RouteOrigin, RouteTable, Subnet, Target},
};

/// The route that decides, where any matches.
///
/// The longest prefix wins; among equals a static route to a range, then one to a list, then a propagated one. The local
/// route beats propagated routes that are more specific; static ones that are more specific beat it.
pub(super) fn pick<'w>(world: &World, table: &'w RouteTable, to: Ipv4Addr) -> Option<&'w Route> {
    let matching = || table.routes.iter().filter_map(|route| Some((prefix(world, route, to)?, route)));
    let is_local = matching().any(|(_, route)| route.target == Target::Local);
    matching()
        .filter(|(_, route)| !(is_local && route.origin == RouteOrigin::Propagated))
        .max_by_key(|(prefix, route)| (*prefix, std::cmp::Reverse(rank(route))))
        .map(|(_, route)| route)
}

/// The length of the longest prefix of a route that holds an address.
fn prefix(world: &World, route: &Route, to: Ipv4Addr) -> Option<u8> {
    ranges(world, route).into_iter().filter(|range| range.contains(&to)).map(|range| range.prefix_len()).max()
}

/// The IPv4 ranges of a route; none where they are not known.
pub(super) fn ranges(world: &World, route: &Route) -> Vec<Ipv4Net> {
    match &route.destination {
        Destination::Cidr(IpNet::V4(range)) => vec![*range],
        Destination::Cidr(IpNet::V6(_)) => Vec::new(),
        Destination::PrefixList(list) => known_ranges(world, list).unwrap_or_default(),
    }
}

/// The IPv4 ranges of a list, where they are known.
pub(super) fn known_ranges(world: &World, list: &CloudId) -> Option<Vec<Ipv4Net>> {
    let cidrs = world.network.prefix_lists.get(list)?.cidrs.as_ref()?;
    let v4 = cidrs.iter().filter_map(|cidr| match cidr {
        IpNet::V4(cidr) => Some(*cidr),
        IpNet::V6(_) => None,
    });
    Some(v4.collect())
}

/// The lists of a subnet's routes whose ranges are not known: what goes to them leaves in another way.
pub(super) fn unreadable<'w>(world: &'w World, subnet: &'w Subnet) -> impl Iterator<Item = &'w CloudId> {
    let routes = world.network.table_of(subnet).into_iter().flat_map(|table| &table.routes);
    routes.filter_map(|route| match &route.destination {
        Destination::PrefixList(list) if known_ranges(world, list).is_none() => Some(list),
        Destination::PrefixList(_) | Destination::Cidr(_) => None,
    })
}

fn rank(route: &Route) -> u8 {
    match (&route.destination, route.origin) {
        (_, RouteOrigin::Propagated) => 2,
        (Destination::PrefixList(_), _) => 1,
        (Destination::Cidr(_), _) => 0,
    }
}
