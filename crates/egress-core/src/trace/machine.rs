//! Machines that forward packets: NAT instances.
//!
//! The cloud hands such a machine what is not for itself only where the source/destination check of its interface is off; its
//! security groups and the ACLs of its subnet count for both of its sides; and it gets out like any machine, by a public address
//! of its own (source: VPC guide, "NAT instances"). What the machine itself does with the packet nobody sees from outside.

use super::{
    Atlas, Reason, RuleId, SourceAddress,
    acl::{self, Crossing, Leg, Peer},
    block::{Exit, Ingress},
    entry::Entry,
    gateway, group, nat,
    path::{Packet, Sender, dead_route, describe},
    route::{self, Choice, Lookup},
    way::Way,
};
use crate::{
    CloudId,
    world::{Direction, Interface, InterfaceKind, Listing, Route, RouteState, RouteTable, Subnet, Target},
};

/// Follows a packet to the machine that a route leads to, on from there, and its answers back.
pub(super) fn forward(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    target: &Target<CloudId>,
    entry: &Entry<'_>,
    way: &mut Way,
) {
    let Some(interface) = interface_of(world, target, way) else { return };
    if interface.kind != InterfaceKind::Machine {
        way.hop("interface", Some(&interface.id), "is no machine's");
        return way.miss(format!("what {} does with packets: {}", interface.id, interface.description));
    }
    let Some(subnet) = world.network.subnets.get(&interface.subnet) else {
        return way.miss(format!("the subnet {} of {}", interface.subnet, interface.id));
    };
    if packet.to.is_ipv6() {
        way.hop("machine", interface.instance.as_ref(), "leads out of sight");
        return way.miss(format!("what the machine of {} makes of IPv6", interface.id));
    }
    // A packet that stays inside one subnet meets no ACL.
    let crosses = !entry.stays_in(subnet);
    let cross = |direction, leg, way: &mut Way| {
        if crosses {
            let crossing = Crossing { subnet, direction, leg, peer: Peer::Sender(sender) };
            acl::cross(world, packet, &crossing, RuleId::NatNaclBlocks, way);
        }
    };
    cross(Direction::Ingress, Leg::There, way);
    group::let_in(world, sender, packet, &group::Guest { interface, entry }, way);
    check(world, interface, way);
    let exits = interfaces_of_machine(world, interface);
    if let [exit] = exits.as_slice() {
        send_on(world, packet, exit, way);
    } else {
        let ways = exits.iter().map(|exit| {
            let mut way = way.clone();
            send_on(world, packet, exit, &mut way);
            way
        });
        let ways = ways.collect();
        way.one_of(ways, vec![format!("which of its interfaces the machine of {} sends on from", interface.id)]);
    }
    cross(Direction::Egress, Leg::Back, way);
    match world.table_of(subnet) {
        Some(table) => entry.lead_back(world, sender, packet, (Some(subnet), table), way),
        None => way.miss(subnet.unseen("route table")),
    }
}

/// The groups of the machine that a route leads to, if it leads to one: of every interface that it may send on from.
pub(super) fn groups_behind<'w>(world: &'w Atlas<'_>, target: &Target<CloudId>) -> impl Iterator<Item = &'w CloudId> {
    let part = &world.network;
    let id = match target {
        Target::Interface(id) => Some(id),
        Target::Instance(id) => part.machines.get(id).and_then(|machine| machine.interface.as_ref()),
        _ => None,
    };
    let interface = id.and_then(|id| part.interfaces.get(id));
    interface.into_iter().flat_map(|interface| interfaces_of_machine(world, interface)).flat_map(|i| &i.groups)
}

/// The interface that a route leads to.
fn interface_of<'w>(world: &'w Atlas<'_>, target: &Target<CloudId>, way: &mut Way) -> Option<&'w Interface> {
    let id = match target {
        Target::Interface(id) => Some(id),
        Target::Instance(id) => match world.network.machines.get(id) {
            Some(machine) => machine.interface.as_ref(),
            None => {
                way.hop("machine", Some(id), "leads out of sight");
                way.lack(world, Listing::Machines, format!("the machine {id}"));
                return None;
            }
        },
        _ => None,
    };
    let found = id.and_then(|id| world.network.interfaces.get(id));
    if found.is_none() {
        let what = id.map_or_else(|| format!("the first interface of {target}"), |id| format!("the interface {id}"));
        way.hop("interface", id, "leads out of sight");
        way.lack(world, Listing::Interfaces, what);
    }
    found
}

/// The interfaces that a machine may send on from.
fn interfaces_of_machine<'w>(world: &'w Atlas<'_>, interface: &'w Interface) -> Vec<&'w Interface> {
    let all = interface.instance.as_ref().map_or(&[][..], |machine| world.interfaces_of(machine));
    if all.is_empty() { vec![interface] } else { all.to_vec() }
}

/// Checks that there is a machine which takes what is not for itself.
fn check(world: &Atlas<'_>, interface: &Interface, way: &mut Way) {
    let id = &interface.id;
    let machine = interface.instance.as_ref().and_then(|machine| world.network.machines.get(machine));
    let down = match (&interface.instance, machine) {
        (None, _) => Some(format!("{id} belongs to no machine")),
        (Some(_), Some(machine)) if !machine.running => Some(format!("the machine {} does not run", machine.id)),
        (Some(machine), None) => {
            way.lack(world, Listing::Machines, format!("whether the machine {machine} runs"));
            None
        }
        (Some(_), Some(_)) => None,
    };
    if let Some(detail) = down {
        way.hop("machine", interface.instance.as_ref(), detail.clone());
        way.block(Reason::new(RuleId::NatInstanceDown, interface.instance.as_ref().or(Some(id)), detail));
    }
    if interface.source_dest_check {
        let detail = format!("{id} drops what is neither from nor to itself: its source/destination check is on");
        way.hop("machine", interface.instance.as_ref(), detail.clone());
        let fix = format!("turn the source/destination check of {id} off");
        way.block(Reason::new(RuleId::NatInstanceSrcdstCheck, Some(id), detail).fix(fix));
    }
    let name = interface.instance.as_ref().unwrap_or(id);
    way.hop("machine", Some(name), format!("takes the packet by {id}, and translates it"));
    way.assume(format!(
        "the machine {name} forwards and translates what it gets: its own packet filter cannot be seen"
    ));
}

/// Follows the translated packet from the machine's interface by its subnet's table.
fn send_on(world: &Atlas<'_>, packet: &Packet, interface: &Interface, way: &mut Way) {
    let Some(subnet) = world.network.subnets.get(&interface.subnet) else {
        return way.miss(format!("the subnet {} of {}", interface.subnet, interface.id));
    };
    let machine = Sender::of(interface, subnet);
    group::let_out(world, &machine, packet, way);
    let cross = |direction, leg, way: &mut Way| {
        let crossing = Crossing { subnet, direction, leg, peer: Peer::Destination };
        acl::cross(world, packet, &crossing, RuleId::NatNaclBlocks, way);
    };
    cross(Direction::Egress, Leg::There, way);
    match route::lookup(world, subnet, packet.to) {
        None => way.miss(subnet.unseen("route table")),
        Some(Lookup { table, choice: Choice::OneOf(_, missing) | Choice::Likely { missing, .. } }) => {
            way.hop("route-table", Some(&table.id), "one of several routes: nobody can tell which");
            missing.into_iter().for_each(|what| way.miss(what));
        }
        Some(Lookup { table, choice: Choice::None }) => {
            let detail = format!("no route of {}, the table of {}, matches", table.id, subnet.id);
            way.hop("route-table", Some(&table.id), detail.clone());
            way.block(in_private(table, subnet, detail));
        }
        Some(Lookup { table, choice: Choice::Route(route) }) => {
            way.hop("route-table", Some(&table.id), describe(route));
            if route.state == RouteState::Active {
                hand_on(world, &machine, packet, interface, table, route, way);
            } else {
                dead_route(table, route, way);
            }
        }
    }
    cross(Direction::Ingress, Leg::Back, way);
}

/// Hands the translated packet to the target of an active route.
fn hand_on(
    world: &Atlas<'_>,
    machine: &Sender<'_>,
    packet: &Packet,
    interface: &Interface,
    table: &RouteTable,
    route: &Route,
    way: &mut Way,
) {
    let subnet = machine.subnet;
    match &route.target {
        Target::InternetGateway(gateway) => {
            match interface.public_ip {
                Some(ip) => way.source(SourceAddress::Mapped(ip)),
                None => {
                    let detail = format!("{} has no public address: {gateway} drops what it sends", interface.id);
                    way.hop("internet-gateway", Some(gateway), detail.clone());
                    let fix = format!("put a public address on {}", interface.id);
                    way.block(Reason::new(RuleId::NatInstanceNoAddress, Some(&interface.id), detail).fix(fix));
                }
            }
            let exit = Exit { gateway, network: &subnet.network, subnet: Some(&subnet.id), ingress: Ingress::Open };
            gateway::leave(world, packet, &exit, "maps the machine's public address", way);
        }
        Target::NatGateway(id) => nat::translate(world, machine, packet, id, table, &Entry::own(machine), way),
        Target::Interface(_) | Target::Instance(_) if leads_back(world, &route.target, interface) => {
            let detail = format!("{} leads back to {}, which stands behind it", table.id, interface.id);
            way.hop("route-table", Some(&table.id), detail.clone());
            way.block(Reason::new(RuleId::DefaultToSelfNat, Some(&table.id), detail));
        }
        target => way.miss(format!("what becomes of packets that {} sends on to {target}", interface.id)),
    }
}

/// Whether a route leads to the machine that it is for.
fn leads_back(world: &Atlas<'_>, target: &Target<CloudId>, interface: &Interface) -> bool {
    match target {
        Target::Interface(id) => interfaces_of_machine(world, interface).iter().any(|own| &own.id == id),
        Target::Instance(id) => interface.instance.as_ref() == Some(id),
        _ => false,
    }
}

fn in_private(table: &RouteTable, subnet: &Subnet, detail: String) -> Reason {
    Reason::new(RuleId::NatInPrivateSubnet, Some(&table.id), detail).fix(format!(
        "add a route 0.0.0.0/0 to an internet gateway to {}, or move the machine from {} to a public subnet",
        table.id, subnet.id
    ))
}
