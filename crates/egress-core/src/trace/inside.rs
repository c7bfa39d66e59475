//! Destinations inside a network: the sender's own, or one that it is joined with.

use super::{
    Atlas, Reason, RuleId,
    acl::{self, Crossing, Leg, Peer},
    entry::Entry,
    group,
    path::{Packet, Sender},
    sender::stopped,
    way::Way,
};
use crate::world::{Direction, Endpoint, EndpointKind, Interface, InterfaceKind, Listing, Subnet};

/// Delivers a packet to the interface that holds the destination: its subnet's ACL and its groups count, and the routes of its
/// subnet where answers have to leave the network.
pub(super) fn deliver(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, entry: &Entry<'_>, way: &mut Way) {
    way.bypass = true;
    sender.own_sources(packet).for_each(|source| way.source(source));
    let part = &world.network;
    let Some(interface) = world.interface_at(entry.network, packet.to) else {
        return nobody(world, packet, entry, way);
    };
    let Some(subnet) = part.subnets.get(&interface.subnet) else {
        return way.miss(format!("the subnet {} of {}", interface.subnet, interface.id));
    };
    let crosses = !entry.stays_in(subnet);
    let cross = |direction, leg, rule, way: &mut Way| {
        if crosses {
            acl::cross(world, packet, &Crossing { subnet, direction, leg, peer: Peer::Sender(sender) }, rule, way);
        }
    };
    cross(Direction::Ingress, Leg::There, RuleId::NaclBlocksForward, way);
    if is_host(interface, way) {
        group::let_in(world, sender, packet, &group::Guest { interface, entry }, way);
    }
    arrive(world, interface, subnet, way);
    check_runs(world, interface, way);
    cross(Direction::Egress, Leg::Back, RuleId::NaclBlocksReturn, way);
    match world.table_of(subnet) {
        Some(table) if crosses || entry.back.is_some() => {
            entry.lead_back(world, sender, packet, (Some(subnet), table), way);
        }
        // What stays inside one subnet is not routed.
        Some(_) => {}
        None if entry.back.is_some() => way.miss(subnet.unseen("route table")),
        None => {}
    }
}

/// Notes that nobody holds the destination. In a network or subnet of another account only the own interfaces are seen.
fn nobody(world: &Atlas<'_>, packet: &Packet, entry: &Entry<'_>, way: &mut Way) {
    let detail = format!("no interface in {} holds the destination", entry.network);
    let network = world.network.networks.get(entry.network);
    let subnets = world.vicinity(entry.network).into_iter().flat_map(|vicinity| &vicinity.subnets);
    let is_ours = network.is_some_and(|network| network.owner.is_none())
        && subnets.filter(|subnet| subnet.holds(packet.to)).all(|subnet| subnet.owner.is_none());
    if !is_ours || world.unread(Listing::Interfaces).is_some() {
        return way.lack(world, Listing::Interfaces, detail);
    }
    way.hop("interface", None, detail.clone());
    way.block(Reason::new(RuleId::NoSuchHost, Some(entry.network), detail));
}

/// Whether an interface takes connections at all: a NAT gateway only translates what it sends on.
pub(super) fn is_host(interface: &Interface, way: &mut Way) -> bool {
    if interface.kind == InterfaceKind::NatGateway {
        let detail = format!("{} is a NAT gateway's: it takes no connections", interface.id);
        way.hop("interface", Some(&interface.id), detail.clone());
        way.block(Reason::new(RuleId::NatIsNoHost, Some(&interface.id), detail));
        return false;
    }
    true
}

/// Checks that something is there to take packets, as far as the cloud tells: of machines it does.
pub(super) fn check_runs(world: &Atlas<'_>, interface: &Interface, way: &mut Way) {
    if interface.kind != InterfaceKind::Machine {
        return;
    }
    if !interface.in_use {
        let detail = format!("{}, which holds the destination, is attached to nothing", interface.id);
        return way.block(Reason::new(RuleId::NoSuchHost, Some(&interface.id), detail));
    }
    if let Some(machine) = interface.instance.as_ref().and_then(|id| world.network.machines.get(id))
        && !machine.running
    {
        way.block(stopped(&machine.id));
    }
}

/// Notes whose interface it is.
fn arrive(world: &Atlas<'_>, interface: &Interface, subnet: &Subnet, way: &mut Way) {
    way.hop("interface", Some(&interface.id), format!("holds the destination in {}", subnet.id));
    if interface.kind != InterfaceKind::Endpoint {
        return;
    }
    match world.network.endpoints.values().find(|endpoint| is_of(interface, endpoint)) {
        Some(endpoint) if endpoint.available => {
            way.hop("endpoint", Some(&endpoint.id), format!("{} sees a private source", endpoint.service));
        }
        Some(endpoint) => way.miss(format!("whether the endpoint {}, which is not available, serves", endpoint.id)),
        None => way.lack(world, Listing::Endpoints, format!("the endpoint that {} belongs to", interface.id)),
    }
}

fn is_of(interface: &Interface, endpoint: &Endpoint) -> bool {
    matches!(&endpoint.kind, EndpointKind::Interface { interfaces, .. } if interfaces.contains(&interface.id))
}
