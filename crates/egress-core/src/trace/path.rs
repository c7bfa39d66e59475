//! One packet's way from its sender's interface, and its answers' way back.

use std::{fmt, net::IpAddr};

pub(super) use super::sender::Sender;
use super::{
    Atlas, Reason, RuleId,
    acl::{self, Crossing, Leg, Peer, has_ports},
    egress_only, elsewhere, endpoint,
    entry::Entry,
    gateway, group, inside, machine, nat, peering, resolver,
    route::{self, Choice, Lookup},
    special, transit,
    way::Way,
};
use crate::world::{Direction, Protocol, Route, RouteState, RouteTable, Target};

/// One packet, for the destination that stands for its part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) protocol: Protocol,
    pub(super) port: u16,
    pub(super) to: IpAddr,
    pub(super) host: Host,
}

/// Who may hold a packet's destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// Whoever does: where it is an interface of this World, its filters count.
    Whoever,
    /// Somebody on the internet of whom this World knows nothing.
    Stranger,
}

impl fmt::Display for Packet {
    /// Protocol and port. Never the destination: it only stands for its part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match has_ports(self.protocol) {
            true => write!(f, "{} {}", self.protocol, self.port),
            false => write!(f, "{}", self.protocol),
        }
    }
}

/// Follows a packet from its interface to wherever it gets; `way` holds what was noted before it was sent.
pub(super) fn walk(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, mut way: Way) -> Way {
    let place = format!("sends from {} in {}", sender.show_ranges(packet), sender.subnet.id);
    way.hop("interface", sender.id, place);
    sender.check(world, packet, &mut way);
    if resolver::answer(world, sender, packet, &mut way) {
        return way;
    }
    group::let_out(world, sender, packet, &mut way);
    if let Some(range) = special::never_forwarded(packet.to) {
        let detail = format!("the destination is in {range}, which is never forwarded");
        way.hop("route-table", None, detail.clone());
        way.block(Reason::new(RuleId::ReservedDestination, None, detail));
        return way;
    }
    let Some(Lookup { table, choice }) = route::lookup(world, sender.subnet, packet.to) else {
        way.miss(route::no_table(world, sender.subnet));
        return way;
    };
    match choice {
        Choice::Route(route) => follow(world, sender, packet, table, Some(route), &mut way),
        Choice::None => follow(world, sender, packet, table, None, &mut way),
        Choice::Likely { route, rivals, missing } => {
            let by = |route| {
                let mut way = way.clone();
                follow(world, sender, packet, table, Some(route), &mut way);
                way
            };
            let mut likely = by(route);
            let rivals: Vec<Way> = rivals.into_iter().map(by).collect();
            if !likely.is_blocked() {
                // A rival that leads to a service's endpoint is for that service's addresses: it gives no source to others.
                rivals.iter().filter(|rival| !rival.bypass).for_each(|rival| likely.may_be_seen_as(rival));
                missing.into_iter().for_each(|what| likely.miss(what));
                return likely;
            }
            // It dies there; only if it does so everywhere is that certain.
            way.hop("route-table", Some(&table.id), "one of several routes: nobody can tell which");
            way.one_of([vec![likely], rivals].concat(), missing);
        }
        Choice::OneOf(routes, missing) => {
            let ways = routes.into_iter().map(|route| {
                let mut way = way.clone();
                follow(world, sender, packet, table, route, &mut way);
                way
            });
            let ways = ways.collect();
            way.hop("route-table", Some(&table.id), "one of several routes: nobody can tell which");
            way.one_of(ways, missing);
        }
    }
    way
}

/// Follows a packet by one route of the sender's table, and its answers back.
fn follow(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    table: &RouteTable,
    route: Option<&Route>,
    way: &mut Way,
) {
    let stays = route.is_some_and(|r| r.target == Target::Local) && sender.subnet.holds(packet.to);
    let cross = |direction, leg, rule, way: &mut Way| {
        if !stays {
            acl::cross(
                world,
                packet,
                &Crossing { subnet: sender.subnet, direction, leg, peer: Peer::Destination },
                rule,
                way,
            );
        }
    };
    cross(Direction::Egress, Leg::There, RuleId::NaclBlocksForward, way);
    match route {
        None => no_route(world, sender, packet, table, way),
        Some(route) => {
            way.hop("route-table", Some(&table.id), describe(route));
            if route.state == RouteState::Active {
                hand_over(world, sender, packet, table, route, way);
            } else {
                dead_route(table, route, way);
            }
        }
    }
    if !route.is_some_and(|route| transit::comes_back_inside(world, sender.subnet, route)) {
        cross(Direction::Ingress, Leg::Back, RuleId::NaclBlocksReturn, way);
    }
}

/// Hands a packet to the target of an active route.
fn hand_over(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    table: &RouteTable,
    route: &Route,
    way: &mut Way,
) {
    let entry = Entry::own(sender);
    match &route.target {
        Target::Local => inside::deliver(world, sender, packet, &entry, way),
        Target::InternetGateway(id) => gateway::straight_out(world, sender, packet, id, way),
        Target::EgressOnlyGateway(id) => egress_only::let_out(world, sender, packet, id, way),
        Target::NatGateway(id) => nat::translate(world, sender, packet, id, table, &entry, way),
        Target::Interface(_) | Target::Instance(_) => {
            machine::forward(world, sender, packet, &route.target, &entry, way);
        }
        Target::Peering(id) => peering::into_peer(world, sender, packet, id, way),
        Target::TransitGateway(id) => transit::into_hub(world, sender, packet, id, way),
        Target::Endpoint(id) => endpoint::into_endpoint(world, sender, packet, route, id, way),
        Target::PrivateGateway(_) | Target::Other(_) => elsewhere::into_unknown(&route.target, way),
    }
}

/// Says why no route matches: the table lacks one, or the subnet fell back to a table that was not meant for it.
fn no_route(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, table: &RouteTable, way: &mut Way) {
    let subnet = &sender.subnet.id;
    let explicit = table.association_of(subnet).is_some();
    let detail = match explicit {
        true => format!("no route of {} matches the destination", table.id),
        false => format!("no route of {} matches, the main table, which {subnet} has for want of its own", table.id),
    };
    way.hop("route-table", Some(&table.id), detail.clone());
    let tables = world.vicinity(&sender.subnet.network).into_iter().flat_map(|vicinity| &vicinity.tables);
    let meant = tables.into_iter().find(|other| {
        matches!(
            route::choose(world, other, packet.to),
            Choice::Route(Route { target: Target::NatGateway(_), state: RouteState::Active, .. })
        )
    });
    way.block(match meant {
        Some(meant) if !explicit => {
            let fix = format!("associate {subnet} with {}, which has the route to the NAT gateway", meant.id);
            Reason::new(RuleId::MainTableFallback, Some(subnet), detail).fix(fix)
        }
        _ => Reason::new(RuleId::NoDefaultRoute, Some(&table.id), detail).fix(default_route_for(packet, table)),
    });
}

/// The default route that a table lacks: IPv6 is not translated.
fn default_route_for(packet: &Packet, table: &RouteTable) -> String {
    match packet.to {
        IpAddr::V4(_) => format!("add to {} a route 0.0.0.0/0 that leads to a NAT gateway", table.id),
        IpAddr::V6(_) => format!("add to {} a route ::/0 that leads to an egress-only gateway", table.id),
    }
}

/// Says why a route that matches drops. It never falls through to a less specific one.
pub(super) fn dead_route(table: &RouteTable, route: &Route, way: &mut Way) {
    let (rule, why) = match (route.state, &route.target) {
        (RouteState::Active, _) => return,
        (RouteState::Filtered, _) => (RuleId::RouteFiltered, "is refused by the cloud"),
        (RouteState::Blackhole, Target::NatGateway(_)) => (RuleId::NatRouteBlackhole, "is gone"),
        (RouteState::Blackhole, _) => (RuleId::RouteBlackhole, "is gone"),
    };
    let subject = match route.state {
        RouteState::Filtered => format!("the route {} of {} to {}", route.destination, table.id, route.target),
        _ => format!("the target {} of the route {} of {}", route.target, route.destination, table.id),
    };
    let detail = format!("{subject} {why}");
    way.hop("route-table", Some(&table.id), detail.clone());
    way.block(Reason::new(rule, Some(&table.id), detail));
}

/// A route, for people.
pub(super) fn describe(route: &Route) -> String {
    format!("{} → {}", route.destination, route.target)
}
