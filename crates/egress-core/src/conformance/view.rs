//! What of a World is compared: the stack's own things, without what changes by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::Fixture;
use crate::{
    CloudId, StackName, Tags, World,
    world::{FunctionState, InterfaceKind, NatAddress, NatAddressState, NatState, Readiness, UpdateState},
};

/// The stack's networks and all that is in them, its gateways and addresses, its functions and their roles.
///
/// Left out is what changes with no call made: how many addresses are free, whether a thing is ready yet, gateways that
/// are gone or never came to be, and the interfaces that functions share.
pub(super) fn of_stack(world: &World, fixture: &Fixture) -> World {
    let stack = &fixture.stack;
    let mut world = world.clone();
    let network = &mut world.network;
    network.networks.retain(|_, n| is_of(&n.tags, stack));
    let networks: BTreeSet<CloudId> = network.networks.keys().cloned().collect();
    network.subnets.retain(|_, s| networks.contains(&s.network));
    network.route_tables.retain(|_, t| networks.contains(&t.network));
    network.groups.retain(|_, g| networks.contains(&g.network));
    network.acls.retain(|_, a| networks.contains(&a.network));
    network.interfaces.retain(|_, i| networks.contains(&i.network) && i.kind != InterfaceKind::Function);
    network.endpoints.retain(|_, e| networks.contains(&e.network));
    network.peerings.clear();
    network.prefix_lists.clear();
    network.leases.retain(|_, l| is_of(&l.tags, stack));
    network.networks.values_mut().for_each(|n| n.state = Readiness::Available);
    for subnet in network.subnets.values_mut() {
        subnet.state = Readiness::Available;
        subnet.free_addresses = 0;
    }
    for table in network.route_tables.values_mut() {
        table.routes.sort_by(|a, b| a.destination.cmp(&b.destination));
        table.associations.sort_by(|a, b| a.id.cmp(&b.id));
    }

    let gateway = &mut world.gateway;
    gateway.internet_gateways.retain(|_, g| is_of(&g.tags, stack));
    gateway.nat_gateways.retain(|_, g| {
        networks.contains(&g.network) && !matches!(g.state, NatState::Deleted | NatState::Failed { .. })
    });
    gateway.addresses.retain(|_, a| is_of(&a.tags, stack));

    let function = &mut world.function;
    function.functions.retain(|id, f| is_of(&f.tags, stack) || fixture.function.as_ref() == Some(id));
    let roles: BTreeSet<_> = function.functions.values().filter_map(|f| f.role.clone()).collect();
    function.roles.retain(|id, r| is_of(&r.tags, stack) || roles.contains(id));
    world
}

/// Whether nothing of this is under way.
pub(super) fn at_rest(world: &World) -> bool {
    let under_way = |a: &NatAddress| matches!(a.state, NatAddressState::Associating | NatAddressState::Disassociating);
    let gateways = (world.gateway.nat_gateways.values())
        .all(|g| g.state == NatState::Available && !g.addresses.iter().any(under_way));
    let functions = (world.function.functions.values())
        .all(|f| f.state != FunctionState::Pending && f.update != UpdateState::InProgress);
    gateways && functions
}

/// The first thing in which two Worlds differ.
pub(super) fn difference(before: &World, after: &World) -> Option<String> {
    let (n, m) = (&before.network, &after.network);
    let (g, h) = (&before.gateway, &after.gateway);
    let (e, f) = (&before.function, &after.function);
    differ("place", Some(&n.place), Some(&m.place))
        .or_else(|| differ("zones", Some(&n.zones), Some(&m.zones)))
        .or_else(|| first("network", &n.networks, &m.networks))
        .or_else(|| first("subnet", &n.subnets, &m.subnets))
        .or_else(|| first("route table", &n.route_tables, &m.route_tables))
        .or_else(|| first("group", &n.groups, &m.groups))
        .or_else(|| first("acl", &n.acls, &m.acls))
        .or_else(|| first("interface", &n.interfaces, &m.interfaces))
        .or_else(|| first("endpoint", &n.endpoints, &m.endpoints))
        .or_else(|| first("lease", &n.leases, &m.leases))
        .or_else(|| first("internet gateway", &g.internet_gateways, &h.internet_gateways))
        .or_else(|| first("NAT gateway", &g.nat_gateways, &h.nat_gateways))
        .or_else(|| first("address", &g.addresses, &h.addresses))
        .or_else(|| first("function", &e.functions, &f.functions))
        .or_else(|| first("role", &e.roles, &f.roles))
}

fn first<T: PartialEq + std::fmt::Debug>(
    kind: &str,
    before: &BTreeMap<CloudId, T>,
    after: &BTreeMap<CloudId, T>,
) -> Option<String> {
    let ids: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    ids.into_iter().find_map(|id| differ(&format!("{kind} {id}"), before.get(id), after.get(id)))
}

fn differ<T: PartialEq + std::fmt::Debug>(what: &str, before: Option<&T>, after: Option<&T>) -> Option<String> {
    match (before, after) {
        (before, after) if before == after => None,
        (Some(_), None) => Some(format!("{what} is gone")),
        (None, _) => Some(format!("{what} is new")),
        (Some(before), Some(after)) => Some(format!("{what} was {before:?} and is {after:?}")),
    }
}

/// Whether these are the tags of a thing of this stack.
pub(super) fn is_of(tags: &Tags, stack: &StackName) -> bool {
    tags.get(crate::tags::STACK).is_some_and(|name| name == stack.as_str())
}
