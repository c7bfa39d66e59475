//! Transit gateways: from the sender's network into the hub, through the hub's table, and back again.
//!
//! A network gets to a hub only from the zones that the hub has an interface in. The table that the network's attachment is
//! associated with says where the packet goes: the longest prefix wins, of equal ones a static route, and one that drops never
//! falls through (source: transit gateway guide, "How transit gateways work"). Answers need a route at every place again.

use std::net::IpAddr;

use super::{
    Atlas, Reason, RuleId,
    acl::{self, Crossing, Leg, Peer},
    entry::{Place, Reach},
    path::{Packet, Sender},
    span::{Cuts, Span},
    spoke,
    way::Way,
};
use crate::{
    CloudId,
    world::{
        Direction, Listing, Route, RouteState, Subnet, Target, TransitAttachment, TransitEnd, TransitGateway,
        TransitRoute, TransitTable,
    },
};

/// Follows a packet into a hub, out of it again, and its answers back through it.
pub(super) fn into_hub(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, id: &CloudId, way: &mut Way) {
    let Some(hub) = world.network.transit.gateways.get(id) else {
        way.hop("transit-gateway", Some(id), "leads out of sight");
        return way.lack(world, Listing::TransitGateways, format!("the transit gateway {id}"));
    };
    let Some(attachment) = enter(world, &sender.subnet.network, hub, way) else { return };
    if let Some(subnet) = interface_in(world, sender.subnet, attachment, way) {
        let (direction, leg) = (Direction::Ingress, Leg::There);
        let crossing = Crossing { subnet, direction, leg, peer: Peer::Sender(sender) };
        acl::cross(world, packet, &crossing, RuleId::TgwNaclBlocks, way);
    }
    way.hop("transit-gateway", Some(id), format!("takes the packet by {}", attachment.id));
    route_on(world, sender, packet, hub, attachment, way);
}

/// Answers on their way into a hub.
pub(super) struct Answers<'w> {
    /// The network that they come from.
    pub(super) network: &'w CloudId,
    /// The subnet there; a NAT gateway may be in none.
    pub(super) from: Option<&'w Subnet>,
    /// The addresses of the sender's that they are for.
    pub(super) pieces: Vec<Span>,
}

/// Follows answers from another network into a hub, which need not be the one that the packet came by, and out of it into the
/// sender's network.
pub(super) fn lead_back(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    answers: &Answers<'_>,
    id: &CloudId,
    way: &mut Way,
) {
    let Some(hub) = world.network.transit.gateways.get(id) else {
        return way.lack(world, Listing::TransitGateways, format!("the transit gateway {id}"));
    };
    let Some(attachment) = enter(world, answers.network, hub, way) else { return };
    if let Some(subnet) = answers.from.and_then(|from| interface_in(world, from, attachment, way)) {
        let (direction, leg) = (Direction::Ingress, Leg::Back);
        let crossing = Crossing { subnet, direction, leg, peer: Peer::Destination };
        acl::cross(world, packet, &crossing, RuleId::TgwNaclBlocks, way);
    }
    let Some((table, routes)) = table_of(world, hub, attachment, way) else { return };
    let mut cuts = Cuts::NONE;
    routes.iter().for_each(|route| cuts.around_net(&route.cidr));
    let mut reach = Reach::default();
    let mut home = None;
    for piece in answers.pieces.iter().flat_map(|piece| Cuts::split(&[&cuts], *piece)) {
        match end_of(world, routes, piece.representative(), &sender.subnet.network) {
            End::Home(found) => {
                home = Some(found);
                reach.count(piece, true);
            }
            End::Elsewhere => reach.count(piece, false),
            End::Hidden(id) => way.miss(format!("what becomes of answers that {} gives to {id}", table.id)),
        }
    }
    let home = home.or_else(|| attachment_of(world, &sender.subnet.network, id));
    let by = home.map_or_else(|| format!("an attachment of {}", sender.subnet.network), |home| home.id.to_string());
    let place = Place { kind: "transit-table", table: &table.id, by };
    reach.tell(&place, &sender.show_ranges(packet), RuleId::TgwReturnRoute, way);
    if let Some(home) = home {
        come_home(world, sender, packet, home, way);
    }
}

/// Where a hub's table leads answers.
enum End<'w> {
    /// To the sender's network.
    Home(&'w TransitAttachment),
    /// To another network, or nowhere.
    Elsewhere,
    /// To something that is not seen.
    Hidden(&'w CloudId),
}

fn end_of<'w>(world: &'w Atlas<'_>, routes: &'w [TransitRoute], ip: IpAddr, network: &CloudId) -> End<'w> {
    let Some(route) = choose(routes, ip).filter(|route| route.state == RouteState::Active) else {
        return End::Elsewhere;
    };
    let mut end = End::Elsewhere;
    for id in &route.attachments {
        match world.network.transit.attachments.get(id) {
            Some(found) if joins(found, network) => return End::Home(found),
            Some(TransitAttachment { end: TransitEnd::Network { .. }, .. }) => {}
            Some(_) | None => end = End::Hidden(id),
        }
    }
    end
}

/// Hands answers from a hub to the sender's subnet. What the hub hands to something in the same subnet meets no ACL (source:
/// transit gateway guide, "Network ACLs").
fn come_home(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, home: &TransitAttachment, way: &mut Way) {
    if !home.available {
        not_available(home, way);
    }
    let subnets = match spoke::subnets_of(world, home) {
        Ok(subnets) => subnets,
        Err(missing) => return way.miss(missing),
    };
    let ways = spoke::feasible(&subnets, &sender.subnet.zone).into_iter().map(|subnet| {
        let mut way = way.clone();
        if subnet.id != sender.subnet.id {
            let (direction, leg) = (Direction::Egress, Leg::Back);
            let crossing = Crossing { subnet, direction, leg, peer: Peer::Sender(sender) };
            acl::cross(world, packet, &crossing, RuleId::TgwNaclBlocks, &mut way);
        }
        way
    });
    let ways: Vec<Way> = ways.collect();
    if !ways.is_empty() {
        way.spread(ways, &format!("answers come from any interface of {}", home.id));
    }
}

/// Whether answers to a subnet come out of a hub's interface in that very subnet: they then meet no ACL (source: transit gateway
/// guide, "Network ACLs").
pub(super) fn comes_back_inside(world: &Atlas<'_>, subnet: &Subnet, route: &Route) -> bool {
    let Target::TransitGateway(hub) = &route.target else { return false };
    let attachment = attachment_of(world, &subnet.network, hub);
    attachment.and_then(interfaces).is_some_and(|mut subnets| subnets.any(|id| id == &subnet.id))
}

/// The attachment by which a network hangs on the hub.
fn enter<'w>(
    world: &'w Atlas<'_>,
    network: &CloudId,
    hub: &TransitGateway,
    way: &mut Way,
) -> Option<&'w TransitAttachment> {
    let Some(found) = attachment_of(world, network, &hub.id) else {
        let owner = world.network.networks.get(network).and_then(|network| network.owner.as_ref());
        if owner.is_some() || world.unseen(Listing::TransitAttachments).is_some() {
            let what = format!("the attachment of {network} to {}", hub.id);
            way.lack(world, Listing::TransitAttachments, what);
            return None;
        }
        let detail = format!("{network} is not attached to {}", hub.id);
        way.hop("transit-gateway", Some(&hub.id), detail.clone());
        let fix = format!("attach {network} to {}", hub.id);
        way.block(Reason::new(RuleId::TgwNotAttached, Some(&hub.id), detail).fix(fix));
        return None;
    };
    if !found.available {
        not_available(found, way);
    }
    Some(found)
}

/// Notes that an attachment carries no packets.
fn not_available(attachment: &TransitAttachment, way: &mut Way) {
    let detail = format!("{} is not available", attachment.id);
    way.hop("transit-attachment", Some(&attachment.id), detail.clone());
    let fix = format!("wait until {} is available, or accept it", attachment.id);
    way.block(Reason::new(RuleId::TgwNotAttached, Some(&attachment.id), detail).fix(fix));
}

/// The subnet that the hub has its interface in, in the zone of what sends: no other is used.
fn interface_in<'w>(
    world: &'w Atlas<'_>,
    from: &Subnet,
    attachment: &TransitAttachment,
    way: &mut Way,
) -> Option<&'w Subnet> {
    let subnets = match spoke::subnets_of(world, attachment) {
        Ok(subnets) => subnets,
        Err(missing) => {
            way.miss(missing);
            return None;
        }
    };
    let zone = &from.zone;
    let found = subnets.into_iter().find(|subnet| &subnet.zone == zone);
    if found.is_none() {
        let detail = format!("{} has no subnet in {zone}, the zone of {}", attachment.id, from.id);
        way.hop("transit-attachment", Some(&attachment.id), detail.clone());
        let fix = format!("add a subnet of {zone} to {}", attachment.id);
        way.block(Reason::new(RuleId::TgwZoneNotAttached, Some(&attachment.id), detail).fix(fix));
    }
    found
}

/// Follows a packet by the hub's table; equal ways share the packets.
fn route_on(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    hub: &TransitGateway,
    from: &TransitAttachment,
    way: &mut Way,
) {
    let Some((table, routes)) = table_of(world, hub, from, way) else { return };
    let Some(route) = choose(routes, packet.to) else {
        let detail = format!("no route of {} matches the destination", table.id);
        way.hop("transit-table", Some(&table.id), detail.clone());
        let fix =
            format!("add to {} a route that leads to the attachment of the network with the NAT gateway", table.id);
        return way.block(Reason::new(RuleId::TgwNoRoute, Some(&table.id), detail).fix(fix));
    };
    if route.state != RouteState::Active || route.attachments.is_empty() {
        let detail = format!("the route {} of {} drops packets", route.cidr, table.id);
        way.hop("transit-table", Some(&table.id), detail.clone());
        return way.block(Reason::new(RuleId::TgwRouteBlackhole, Some(&table.id), detail));
    }
    let targets = route.attachments.iter().map(CloudId::as_str).collect::<Vec<_>>().join(" or ");
    way.hop("transit-table", Some(&table.id), format!("{} → {targets}", route.cidr));
    let ways = route.attachments.iter().map(|id| {
        let mut way = way.clone();
        hand_to(world, sender, packet, hub, id, &mut way);
        way
    });
    let ways = ways.collect();
    way.spread(ways, &format!("{} shares packets between {targets}", hub.id));
}

/// Hands a packet to what hangs on the hub.
fn hand_to(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, hub: &TransitGateway, id: &CloudId, way: &mut Way) {
    let Some(to) = world.network.transit.attachments.get(id) else {
        way.hop("transit-attachment", Some(id), "leads out of sight");
        return way.lack(world, Listing::TransitAttachments, format!("the attachment {id} to {}", hub.id));
    };
    if !to.available {
        not_available(to, way);
    }
    match &to.end {
        TransitEnd::Network { network, .. } if world.network.networks.contains_key(network) => {
            spoke::land(world, sender, packet, &spoke::Landing { hub, attachment: to, network }, way);
        }
        TransitEnd::Network { network, .. } => {
            way.hop("transit-attachment", Some(id), format!("leads to {network}, out of sight"));
            way.miss(format!("what the network {network} behind {id} does with packets"));
        }
        TransitEnd::Other { kind, id: end } => {
            let end = end.as_ref().map_or_else(String::new, |end| format!(" {end}"));
            way.hop("transit-attachment", Some(id), format!("leads to a {kind}{end}, out of sight"));
            way.miss(format!("what the {kind}{end} behind {id} does with packets"));
        }
    }
}

/// The table for what comes in by an attachment, and its routes.
fn table_of<'w>(
    world: &'w Atlas<'_>,
    hub: &TransitGateway,
    attachment: &TransitAttachment,
    way: &mut Way,
) -> Option<(&'w TransitTable, &'w [TransitRoute])> {
    let found = attachment.table.as_ref().and_then(|id| world.network.transit.tables.get(id));
    if let Some((table, routes)) = found.and_then(|table| Some((table, table.routes.as_deref()?))) {
        return Some((table, routes));
    }
    let name = attachment.table.as_ref().map_or_else(String::new, |id| format!(" {id}"));
    let what = format!("the route table{name} of {} that {} is associated with", hub.id, attachment.id);
    match &hub.owner {
        Some(owner) => way.miss(format!("{what}: account {owner} owns it, and it cannot be seen from here")),
        None if attachment.table.is_some() || world.unseen(Listing::TransitTables).is_some() => {
            way.lack(world, Listing::TransitTables, what);
        }
        None => {
            let detail = format!("{} is associated with no route table of {}", attachment.id, hub.id);
            way.hop("transit-attachment", Some(&attachment.id), detail.clone());
            way.block(Reason::new(RuleId::TgwNoTable, Some(&attachment.id), detail));
        }
    }
    None
}

/// The route that wins.
fn choose(routes: &[TransitRoute], to: IpAddr) -> Option<&TransitRoute> {
    let matching = routes.iter().filter(|route| route.cidr.contains(&to));
    matching.max_by_key(|route| (route.cidr.prefix_len(), !route.propagated))
}

/// The attachment of a network to a hub; one that is available, if there are several.
pub(super) fn attachment_of<'w>(
    world: &'w Atlas<'_>,
    network: &CloudId,
    hub: &CloudId,
) -> Option<&'w TransitAttachment> {
    let all = world.network.transit.attachments.values().filter(|a| &a.gateway == hub && joins(a, network));
    all.max_by_key(|attachment| attachment.available)
}

/// Whether a network hangs on the hub by this attachment.
fn joins(attachment: &TransitAttachment, network: &CloudId) -> bool {
    matches!(&attachment.end, TransitEnd::Network { network: joined, .. } if joined == network)
}

fn interfaces(attachment: &TransitAttachment) -> Option<impl Iterator<Item = &CloudId>> {
    match &attachment.end {
        TransitEnd::Network { subnets: Some(subnets), .. } => Some(subnets.iter()),
        _ => None,
    }
}
