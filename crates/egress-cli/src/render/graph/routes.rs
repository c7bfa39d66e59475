//! Where the default routes of a World lead.

use std::{collections::BTreeMap, net::Ipv4Addr};

use egress_core::{
    CloudId, World,
    tags::{NAME, Tags},
    world::{
        Destination, InterfaceKind, InternetGateway, NatGateway, NatScope, NatState, Route, RouteState, RouteTable,
        Subnet, Target,
    },
};

/// Where packets for the internet go next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Out<'w> {
    /// To an internet gateway that is attached to their network.
    Gateway(&'w InternetGateway),
    /// To a NAT gateway that works or may come to.
    Nat(&'w NatGateway),
    /// To something that the picture does not follow.
    Elsewhere {
        /// What sort of thing.
        what: &'static str,
        /// What the cloud calls it.
        id: String,
    },
    /// Nowhere.
    Dead(String),
}

/// Where the routes of a subnet send packets for the internet.
pub(super) fn out_of_subnet<'w>(world: &'w World, subnet: &Subnet) -> Out<'w> {
    match world.network.table_of(subnet) {
        Some(table) => out_of_table(world, table),
        None => Out::Dead("no route table".to_owned()),
    }
}

/// Where packets go that a NAT gateway has translated. Never to another NAT gateway: nothing translates twice.
pub(super) fn out_of_nat<'w>(world: &'w World, nat: &NatGateway) -> Out<'w> {
    if let Some(why) = not_live(nat) {
        return Out::Dead(why);
    }
    if !nat.public {
        return Out::Dead("a private NAT gateway has no public address".to_owned());
    }
    let out = match &nat.scope {
        NatScope::Subnet(id) => match world.network.subnets.get(id) {
            Some(subnet) => out_of_subnet(world, subnet),
            None => Out::Dead(format!("its subnet {id} is not to be seen")),
        },
        NatScope::Region { route_table, .. } => match route_table.as_ref().map(|id| world.network.route_tables.get(id))
        {
            Some(Some(table)) => out_of_table(world, table),
            Some(None) | None => Out::Elsewhere { what: "route table not known", id: nat.id.to_string() },
        },
    };
    match out {
        Out::Nat(other) if other.id == nat.id => Out::Dead("its subnet routes to the NAT gateway itself".to_owned()),
        Out::Nat(_) => Out::Dead("its subnet routes to another NAT gateway".to_owned()),
        out => out,
    }
}

/// The public address that someone gave to a function's own interface in a subnet: it works, until the interface is remade.
pub(super) fn public_interface(world: &World, subnet: &CloudId) -> Option<Ipv4Addr> {
    let mut interfaces = world.network.interfaces.values();
    interfaces.find(|i| i.kind == InterfaceKind::Function && &i.subnet == subnet && i.public_ip.is_some())?.public_ip
}

/// What people call a thing: its tag, or else its id.
pub(super) fn name(tags: &Tags, id: &CloudId) -> String {
    tags.get(NAME).filter(|name| !name.is_empty()).map_or_else(|| id.to_string(), Clone::clone)
}

fn out_of_table<'w>(world: &'w World, table: &RouteTable) -> Out<'w> {
    let Some(route) = default_route(table) else { return Out::Dead("no default route".to_owned()) };
    match route.state {
        RouteState::Blackhole => return Out::Dead(format!("blackhole: {} is gone", route.target)),
        RouteState::Filtered => return Out::Dead("the default route is filtered".to_owned()),
        RouteState::Active => {}
    }
    let elsewhere = |what, id: &CloudId| Out::Elsewhere { what, id: id.to_string() };
    match &route.target {
        Target::InternetGateway(id) => match attached(&world.gateway.internet_gateways, id, &table.network) {
            Some(gateway) => Out::Gateway(gateway),
            None => Out::Dead(format!("{id} is not attached to this network")),
        },
        Target::NatGateway(id) => match world.gateway.nat_gateways.get(id) {
            None => Out::Dead(format!("blackhole: {id} is gone")),
            Some(nat) if nat.network != table.network => Out::Dead(format!("{id} is in another network")),
            Some(nat) => not_live(nat).map_or(Out::Nat(nat), Out::Dead),
        },
        Target::Local => Out::Dead("the default route stays in the network".to_owned()),
        Target::EgressOnlyGateway(_) => Out::Dead("an egress-only gateway passes IPv6 alone".to_owned()),
        Target::Interface(id) => elsewhere("interface", id),
        Target::Instance(id) => elsewhere("machine", id),
        Target::Peering(id) => elsewhere("peering", id),
        Target::TransitGateway(id) => elsewhere("transit gateway", id),
        Target::Endpoint(id) => elsewhere("endpoint", id),
        Target::PrivateGateway(id) => elsewhere("private gateway", id),
        Target::Other(id) => Out::Elsewhere { what: "other target", id: id.clone() },
    }
}

/// The route for everything in IPv4. A static one stands before a propagated one (VPC guide, route priority).
fn default_route(table: &RouteTable) -> Option<&Route> {
    let everything = Destination::default_v4();
    table.routes.iter().filter(|r| r.destination == everything).min_by_key(|r| r.origin)
}

fn attached<'w>(
    gateways: &'w BTreeMap<CloudId, InternetGateway>,
    id: &CloudId,
    network: &CloudId,
) -> Option<&'w InternetGateway> {
    gateways.get(id).filter(|g| g.network.as_ref() == Some(network))
}

fn not_live(nat: &NatGateway) -> Option<String> {
    match &nat.state {
        NatState::Pending | NatState::Available => None,
        NatState::Failed { code, .. } => Some(format!("{} failed: {code}", name(&nat.tags, &nat.id))),
        NatState::Deleting => Some(format!("{} is being deleted", name(&nat.tags, &nat.id))),
        NatState::Deleted => Some(format!("{} is deleted", name(&nat.tags, &nat.id))),
    }
}
