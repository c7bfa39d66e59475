//! Which route of which table a packet takes.
//!
//! The longest prefix wins. Of equally long ones a static route to a range comes before a static route to a prefix list, and
//! that before a propagated one. The local route beats every propagated route, however specific (source: VPC guide, "Route
//! priority"). Whether a route works plays no part: a packet that matches a dead route is dropped.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Atlas;
use crate::{
    CloudId,
    world::{Destination, Listing, Route, RouteOrigin, RouteTable, Subnet, Target},
};

/// The table of a subnet and what it says about a destination.
#[derive(Clone, Debug)]
pub(super) struct Lookup<'w> {
    pub(super) table: &'w RouteTable,
    pub(super) choice: Choice<'w>,
}

/// The route that wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice<'w> {
    /// This one.
    Route(&'w Route),
    /// No route matches.
    None,
    /// This one by all that is known; what is missing may give the packet to one of the rivals.
    Likely { route: &'w Route, rivals: Vec<&'w Route>, missing: Vec<String> },
    /// One of these, where `None` stands for no route at all.
    OneOf(Vec<Option<&'w Route>>, Vec<String>),
}

/// Looks a destination up in the table of a subnet; `None` where the World has no table for it.
pub(super) fn lookup<'w>(world: &'w Atlas<'_>, subnet: &Subnet, to: IpAddr) -> Option<Lookup<'w>> {
    let table = world.table_of(subnet)?;
    Some(Lookup { table, choice: choose(world, table, to) })
}

/// What is missing where a subnet has no table.
pub(super) fn no_table(world: &Atlas<'_>, subnet: &Subnet) -> String {
    world.lacking(Listing::RouteTables, subnet.unseen("route table"))
}

/// What is missing where nobody knows the ranges of a list.
pub(super) fn no_list(world: &Atlas<'_>, list: &CloudId) -> String {
    let ranges = format!("the ranges of the prefix list {list}");
    let known = world.network.prefix_lists.contains_key(list);
    if known { ranges } else { world.lacking(Listing::PrefixLists, ranges) }
}

/// Looks a destination up in a table.
pub(super) fn choose<'w>(world: &Atlas<'_>, table: &'w RouteTable, to: IpAddr) -> Choice<'w> {
    let mut known: Vec<(Rank, &Route)> =
        table.routes.iter().filter_map(|route| Some((rank(world, route, to)?, route))).collect();
    let has_local = known.iter().any(|(_, route)| route.target == Target::Local);
    known.retain(|(_, route)| !(has_local && route.origin == RouteOrigin::Propagated));
    known.sort_by_key(|(rank, _)| *rank);
    let best = known.first().copied();

    let mut candidates: Vec<Option<&Route>> = vec![best.map(|(_, route)| route)];
    let mut missing = Vec::new();
    for (_, rival) in known.iter().skip(1).filter(|(rank, route)| best.is_some_and(|best| ties(best, (*rank, route)))) {
        if !same_outcome(best.map(|(_, route)| route), rival) {
            candidates.push(Some(rival));
            missing.push(format!("which of the overlapping routes of {} wins", table.id));
        }
    }
    let tied = candidates.len() > 1;
    let mut rivals = Vec::new();
    for (list, rival) in unknown_lists(world, table) {
        let beaten = best.is_some_and(|(rank, _)| rank == STRONGEST);
        if !beaten && !same_outcome(best.map(|(_, route)| route), rival) {
            rivals.push(rival);
            missing.push(no_list(world, list));
        }
    }
    missing.dedup();
    match best {
        Some((_, route)) if missing.is_empty() => Choice::Route(route),
        None if missing.is_empty() => Choice::None,
        Some((_, route)) if !tied => Choice::Likely { route, rivals, missing },
        _ => Choice::OneOf(candidates.into_iter().chain(rivals.into_iter().map(Some)).collect(), missing),
    }
}

/// The ranges that a route is for; `None` where the World does not know its prefix list.
pub(super) fn ranges<'a>(world: &'a Atlas<'_>, destination: &'a Destination) -> Option<&'a [IpNet]> {
    match destination {
        Destination::Cidr(cidr) => Some(std::slice::from_ref(cidr)),
        Destination::PrefixList(id) => world.network.prefix_lists.get(id)?.cidrs.as_deref(),
    }
}

/// The order of routes that match: fewest free bits first, then the sort of route.
type Rank = (u8, Sort);

/// The rank that nothing beats: a static route to the one address.
const STRONGEST: Rank = (0, Sort::StaticRange);

/// The sorts of routes; of equally long prefixes the first wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    StaticRange,
    StaticList,
    Propagated,
}

/// The rank of a route for a destination; `None` where it does not match, or nobody knows.
fn rank(world: &Atlas<'_>, route: &Route, to: IpAddr) -> Option<Rank> {
    let matching = |net: &IpNet| net.contains(&to).then(|| net.max_prefix_len() - net.prefix_len());
    let free_bits = ranges(world, &route.destination)?.iter().filter_map(matching).min()?;
    let sort = match (route.origin, &route.destination) {
        (RouteOrigin::Propagated, _) => Sort::Propagated,
        (_, Destination::PrefixList(_)) => Sort::StaticList,
        (_, Destination::Cidr(_)) => Sort::StaticRange,
    };
    Some((free_bits, sort))
}

/// Whether nobody knows which of two routes wins: two prefix lists that overlap, of which the cloud takes either (source:
/// VPC guide), or two of one rank.
fn ties(best: (Rank, &Route), rival: (Rank, &Route)) -> bool {
    let both_lists = best.0.1 == Sort::StaticList && rival.0.1 == Sort::StaticList;
    both_lists || best.0 == rival.0
}

/// Whether it makes no difference which of two routes wins.
fn same_outcome(best: Option<&Route>, rival: &Route) -> bool {
    best.is_some_and(|best| best.target == rival.target && best.state == rival.state)
}

fn unknown_lists<'w>(world: &Atlas<'_>, table: &'w RouteTable) -> impl Iterator<Item = (&'w CloudId, &'w Route)> {
    table.routes.iter().filter_map(|route| match &route.destination {
        Destination::PrefixList(list) if ranges(world, &route.destination).is_none() => Some((list, route)),
        _ => None,
    })
}
