//! One packet's way from a function's interface, and its answers' way back.

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use ipnet::IpNet;

use super::{
    Atlas, Reason, RuleId, SourceAddress,
    acl::{self, Crossing, Leg, Peer, has_ports},
    egress_only, elsewhere, endpoint,
    entry::Entry,
    gateway, group, inside, machine, nat, peering, resolver,
    route::{self, Choice, Lookup},
    special, transit,
    way::Way,
};
use crate::{
    CloudId,
    world::{Direction, Interface, InterfaceKind, Protocol, Route, RouteState, RouteTable, Subnet, Target},
};

/// One packet, for the destination that stands for its part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) protocol: Protocol,
    pub(super) port: u16,
    pub(super) to: IpAddr,
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

/// The interface that a packet comes from, as far as the World tells.
#[derive(Clone, Debug)]
pub(super) struct Sender<'w> {
    /// What the cloud calls it; `None` where it is not seen.
    pub(super) id: Option<&'w CloudId>,
    /// What it belongs to.
    pub(super) kind: InterfaceKind,
    /// The subnet that it is in.
    pub(super) subnet: &'w Subnet,
    /// Its groups; `None` where everything is let out.
    pub(super) groups: Option<&'w BTreeSet<CloudId>>,
    /// Every address of its own that it may have: those of the interface where it is seen, else all of the subnet.
    ranges: Vec<IpNet>,
    /// The public address that is mapped to it, if any: one item for each interface that may be the one.
    pub(super) public_ips: Vec<Option<Ipv4Addr>>,
}

impl<'w> Sender<'w> {
    /// An interface that there might be: no address of it is known, and no public one mapped to it.
    pub(super) fn imagined(subnet: &'w Subnet, groups: Option<&'w BTreeSet<CloudId>>) -> Self {
        Self {
            id: None,
            kind: InterfaceKind::Function,
            subnet,
            groups,
            ranges: ranges_of(subnet),
            public_ips: vec![None],
        }
    }

    /// A certain interface.
    pub(super) fn of(interface: &'w Interface, subnet: &'w Subnet) -> Self {
        Self {
            id: Some(&interface.id),
            kind: interface.kind,
            subnet,
            groups: Some(&interface.groups),
            ranges: interface.ips().map(IpNet::from).collect(),
            public_ips: vec![interface.public_ip],
        }
    }

    /// The interface that functions with these groups share in a subnet; an imagined one where it is not made yet.
    pub(super) fn shared(world: &'w Atlas<'_>, subnet: &'w Subnet, groups: &'w BTreeSet<CloudId>) -> Self {
        let (mut id, mut ips, mut public_ips) = (None, BTreeSet::new(), Vec::new());
        for interface in world.shared(&subnet.id, groups) {
            id = id.or(Some(&interface.id));
            ips.extend(interface.ips().map(IpNet::from));
            public_ips.push(interface.public_ip);
        }
        if ips.is_empty() {
            return Self::imagined(subnet, Some(groups));
        }
        let ranges = ips.into_iter().collect();
        Self { id, kind: InterfaceKind::Function, subnet, groups: Some(groups), ranges, public_ips }
    }

    /// The addresses that it may send a packet from: those of the destination's family.
    pub(super) fn ranges(&self, packet: &Packet) -> Vec<IpNet> {
        self.ranges.iter().copied().filter(|range| range.addr().is_ipv4() == packet.to.is_ipv4()).collect()
    }

    /// What a destination sees that gets its packets untranslated: those addresses, or the range that they are from.
    pub(super) fn private_sources(&self, packet: &Packet) -> impl Iterator<Item = SourceAddress> {
        self.ranges(packet).into_iter().map(SourceAddress::Private)
    }

    /// The same for people.
    pub(super) fn show_ranges(&self, packet: &Packet) -> String {
        let whole = |net: &IpNet| net.prefix_len() == net.max_prefix_len();
        let host = |net: &IpNet| if whole(net) { net.addr().to_string() } else { net.to_string() };
        self.ranges(packet).iter().map(host).collect::<Vec<_>>().join(" or ")
    }
}

fn ranges_of(subnet: &Subnet) -> Vec<IpNet> {
    [IpNet::V4(subnet.cidr)].into_iter().chain(subnet.cidr_v6.map(IpNet::V6)).collect()
}

/// Follows a packet from its interface to wherever it gets; `way` holds what was noted before it was sent.
pub(super) fn walk(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, mut way: Way) -> Way {
    let place = format!("sends from {} in {}", sender.show_ranges(packet), sender.subnet.id);
    way.hop("interface", sender.id, place);
    if resolver::answer(world, sender, packet, &mut way) {
        return way;
    }
    group::let_out(world, sender, packet, &mut way);
    if special::is_never_forwarded(packet.to) {
        let detail = "the destination is in 169.254.168.0/22, which is never forwarded";
        way.hop("route-table", None, detail);
        way.block(Reason::new(RuleId::ReservedDestination, None, detail));
        return way;
    }
    let Some(Lookup { table, choice }) = route::lookup(world, sender.subnet, packet.to) else {
        way.miss(sender.subnet.unseen("route table"));
        return way;
    };
    match choice {
        Choice::Route(route) => follow(world, sender, packet, table, Some(route), &mut way),
        Choice::None => follow(world, sender, packet, table, None, &mut way),
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
        _ => Reason::new(RuleId::NoDefaultRoute, Some(&table.id), detail)
            .fix(format!("add to {} a route 0.0.0.0/0 that leads to a NAT gateway", table.id)),
    });
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
