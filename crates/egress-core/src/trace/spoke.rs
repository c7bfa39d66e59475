//! The network that a hub hands a packet to: mostly the one with the NAT gateways.
//!
//! The hub keeps a packet in its zone if it has an interface there, else it takes any of its interfaces. From there the table of
//! the interface's subnet says where it goes (source: transit gateway guide, "Availability Zones").

use super::{
    Atlas, Reason, RuleId,
    acl::{self, Crossing, Leg, Peer},
    entry::{Back, Entry},
    inside, machine, nat,
    path::{Packet, Sender, dead_route, describe},
    route::{self, Choice, Lookup},
    way::Way,
};
use crate::{
    CloudId,
    world::{
        Direction, NatScope, Route, RouteState, RouteTable, Subnet, Target, TransitAttachment, TransitEnd,
        TransitGateway,
    },
};

/// Where a hub hands a packet to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landing<'w> {
    /// The hub.
    pub(super) hub: &'w TransitGateway,
    /// The attachment that it leaves the hub by.
    pub(super) attachment: &'w TransitAttachment,
    /// The network behind it.
    pub(super) network: &'w CloudId,
}

/// The subnets that a hub has an interface in; what is missing where they are not seen.
pub(super) fn subnets_of<'w>(world: &'w Atlas<'_>, attachment: &TransitAttachment) -> Result<Vec<&'w Subnet>, String> {
    let TransitEnd::Network { subnets: Some(ids), .. } = &attachment.end else {
        return Err(format!("the subnets of {}", attachment.id));
    };
    let find = |id| world.network.subnets.get(id).ok_or_else(|| format!("the subnet {id} of {}", attachment.id));
    ids.iter().map(find).collect()
}

/// The subnets whose interface the hub takes for packets of a zone: those of that zone, if there are any.
pub(super) fn feasible<'w>(subnets: &[&'w Subnet], zone: &str) -> Vec<&'w Subnet> {
    let near: Vec<&Subnet> = subnets.iter().copied().filter(|subnet| subnet.zone == zone).collect();
    if near.is_empty() { subnets.to_vec() } else { near }
}

/// Follows a packet from the hub's interface in a network, and its answers back into the hub.
pub(super) fn land(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, landing: &Landing<'_>, way: &mut Way) {
    let subnets = match subnets_of(world, landing.attachment) {
        Ok(subnets) => subnets,
        Err(missing) => return way.miss(missing),
    };
    let attachment = &landing.attachment.id;
    let feasible = feasible(&subnets, &sender.subnet.zone);
    if feasible.len() < subnets.len() {
        way.assume(format!("appliance mode is off on {attachment}: packets stay in their zone"));
    }
    if feasible.is_empty() {
        return way.miss(format!("a subnet of {attachment}"));
    }
    let names = feasible.iter().map(|subnet| subnet.id.as_str()).collect::<Vec<_>>().join(" or ");
    let ways = feasible.iter().map(|subnet| {
        let mut way = way.clone();
        let detail = format!("hands the packet to {} in {}", landing.network, subnet.id);
        way.hop("transit-attachment", Some(attachment), detail);
        route_in(world, sender, packet, landing, subnet, &mut way);
        way
    });
    let ways = ways.collect();
    way.spread(ways, &format!("{attachment} has no subnet in {}: it takes {names}", sender.subnet.zone));
}

/// Follows a packet by the table of the subnet that the hub's interface is in.
fn route_in(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    landing: &Landing<'_>,
    subnet: &Subnet,
    way: &mut Way,
) {
    let Some(Lookup { table, choice }) = route::lookup(world, subnet, packet.to) else {
        return way.miss(subnet.unseen("route table"));
    };
    match choice {
        Choice::None => {
            let detail = format!("no route of {}, the table of {}, matches", table.id, subnet.id);
            way.hop("route-table", Some(&table.id), detail.clone());
            let fix = format!("add to {} a route 0.0.0.0/0 that leads to a NAT gateway", table.id);
            way.block(Reason::new(RuleId::TgwNoRoute, Some(&table.id), detail).fix(fix));
        }
        Choice::OneOf(_, missing) | Choice::Likely { missing, .. } => {
            missing.into_iter().for_each(|what| way.miss(what))
        }
        Choice::Route(route) => {
            way.hop("route-table", Some(&table.id), describe(route));
            if route.state != RouteState::Active {
                return dead_route(table, route, way);
            }
            let by = Target::TransitGateway(landing.hub.id.clone());
            let back = Some(Back { by, rule: RuleId::TgwReturnRoute });
            let entry = Entry { network: landing.network, subnet: Some(subnet), back };
            // What the hub hands to something in the same subnet meets no ACL (source: transit gateway guide, "Network ACLs").
            if taker(world, landing.network, packet, route) != Some(&subnet.id) {
                let crossing =
                    Crossing { subnet, direction: Direction::Egress, leg: Leg::There, peer: Peer::Destination };
                acl::cross(world, packet, &crossing, RuleId::TgwNaclBlocks, way);
            }
            hand_over(world, sender, packet, table, route, &entry, way);
        }
    }
}

/// The subnet of what a route hands the packet to; `None` where it is in none, or not seen.
fn taker<'w>(world: &'w Atlas<'_>, network: &CloudId, packet: &Packet, route: &Route) -> Option<&'w CloudId> {
    let part = &world.network;
    let interface = |id: &CloudId| part.interfaces.get(id).map(|interface| &interface.subnet);
    match &route.target {
        Target::Local => world.interface_at(network, packet.to).map(|interface| &interface.subnet),
        Target::Interface(id) => interface(id),
        Target::Instance(id) => interface(part.machines.get(id)?.interface.as_ref()?),
        Target::NatGateway(id) => match &world.gateway.nat_gateways.get(id)?.scope {
            NatScope::Subnet(subnet) => Some(subnet),
            NatScope::Region { .. } => None,
        },
        _ => None,
    }
}

/// Hands a packet to the target of an active route.
fn hand_over(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    table: &RouteTable,
    route: &Route,
    entry: &Entry<'_>,
    way: &mut Way,
) {
    match &route.target {
        Target::Local => inside::deliver(world, sender, packet, entry, way),
        Target::NatGateway(id) => nat::translate(world, sender, packet, id, table, entry, way),
        Target::Interface(_) | Target::Instance(_) => {
            machine::forward(world, sender, packet, &route.target, entry, way);
        }
        Target::InternetGateway(id) if packet.to.is_ipv4() => {
            let from = sender.show_ranges(packet);
            let detail = format!("{} leads what comes from {from} to {id} untranslated: {id} drops it", table.id);
            way.hop("internet-gateway", Some(id), detail.clone());
            let fix = format!("point the route {} of {} at a NAT gateway", route.destination, table.id);
            way.block(Reason::new(RuleId::TgwUntranslated, Some(&table.id), detail).fix(fix));
        }
        target => {
            way.hop("other", target.id(), format!("{target} leads out of sight"));
            way.miss(format!("what {target} does with packets that come from another network"));
        }
    }
}
