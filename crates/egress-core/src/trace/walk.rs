//! One packet to one address, hop by hop, and its answer back.
//!
//! All that can be checked is checked, also behind a hop that stops the packet: users want every setting that has to change.

use std::{collections::BTreeSet, net::Ipv4Addr, ops::RangeInclusive};

use ipnet::Ipv4Net;

use super::{
    Hop, Reason, Rule, SourceAddress,
    filter::{self, EPHEMERAL, Groups, Other, Passage},
    route,
};
use crate::{
    CloudId, World,
    world::{
        Direction, EndpointKind, Interface, InterfaceKind, NatGateway, NatScope, NatState, Protocol, Route, RouteState,
        Subnet, Target,
    },
};

/// Where a packet starts, and what it is.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    pub(super) subnet: &'a Subnet,
    /// The groups of its interface; `None` for one that lets everything out.
    pub(super) groups: Option<&'a BTreeSet<CloudId>>,
    pub(super) protocol: Protocol,
    pub(super) port: u16,
}

/// What became of the packet. It names no address of its destination, so that equal walks to other addresses are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Walk {
    pub(super) hops: Vec<Hop>,
    pub(super) bypass: bool,
    /// The sources that the destination sees, if it sees any.
    pub(super) sources: BTreeSet<SourceAddress>,
    /// What stops every such packet or its answer.
    pub(super) reasons: Vec<Reason>,
    /// What stops some of them.
    pub(super) sometimes: Vec<Reason>,
    pub(super) missing: Vec<String>,
}

impl Walk {
    fn hop(&mut self, kind: &str, id: Option<&CloudId>, detail: impl Into<String>) {
        self.hops.push(Hop { kind: kind.to_owned(), id: id.cloned(), detail: detail.into() });
    }

    fn stop(&mut self, rule: Rule, resource: &CloudId, detail: impl Into<String>, fix: impl Into<String>) {
        self.reasons.push(Reason { rule, resource: Some(resource.clone()), detail: detail.into(), fix: fix.into() });
    }

    fn lack(&mut self, what: impl Into<String>) {
        self.missing.push(what.into());
    }
}

/// Ranges that a network never forwards, also where a route says so
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>).
const NEVER_FORWARDED: ([u8; 4], u8) = ([169, 254, 168, 0], 22);

/// Ranges to which an internet gateway sends nothing: RFC 1918 and RFC 6598 (Reachability Analyzer's explanation codes).
const PRIVATE: &[([u8; 4], u8)] =
    &[([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16)];

/// Follows one packet.
pub(super) fn walk(world: &World, start: &Start<'_>, to: Ipv4Addr) -> Walk {
    let mut walk = Walk::default();
    let subnet = start.subnet;
    walk.hop("subnet", Some(&subnet.id), format!("source somewhere in {}", subnet.cidr));
    let inside = world.network.networks.get(&subnet.network).is_some_and(|n| n.cidrs.iter().any(|c| c.contains(&to)));
    egress_groups(world, start, to, &mut walk);
    let Some(table) = world.network.table_of(subnet) else {
        walk.lack(format!("the route table of {}", subnet.id));
        return walk;
    };
    if in_range(NEVER_FORWARDED, to) && !inside {
        walk.stop(
            Rule::NeverForwarded,
            &subnet.id,
            "the network keeps this range for itself and never forwards it",
            "use another destination",
        );
        return walk;
    }
    let Some(route) = route::pick(world, table, to) else {
        walk.hop("route-table", Some(&table.id), "no route matches");
        walk.stop(
            Rule::NoDefaultRoute,
            &table.id,
            format!("route table {} of {} has no route for it", table.id, subnet.id),
            format!("add a route 0.0.0.0/0 to a NAT gateway in {}", table.id),
        );
        return walk;
    };
    walk.hop("route-table", Some(&table.id), format!("{} → {}", route.destination, route.target));
    if blackholed(route, &table.id, &mut walk) {
        return walk;
    }
    match &route.target {
        Target::Local => inside_network(world, start, to, &mut walk),
        Target::InternetGateway(gateway) => internet_gateway(world, start, to, gateway, &table.id, &mut walk),
        Target::NatGateway(gateway) => {
            match world.gateway.nat_gateways.get(gateway).filter(|g| g.state != NatState::Deleted) {
                Some(nat) => nat_gateway(world, start, to, nat, &mut walk),
                None => walk.stop(
                    Rule::NatRouteBlackhole,
                    &table.id,
                    format!("{} leads to {gateway}, which is gone", route.destination),
                    "lead the route to a NAT gateway that is there",
                ),
            }
        }
        Target::Peering(peering) => {
            walk.bypass = true;
            walk.lack(format!("what is behind peering {peering}"));
        }
        Target::Endpoint(endpoint) => self::endpoint(world, start, to, endpoint, &mut walk),
        Target::EgressOnlyGateway(_)
        | Target::Interface(_)
        | Target::Instance(_)
        | Target::TransitGateway(_)
        | Target::PrivateGateway(_)
        | Target::Other(_) => walk.lack(format!("what {} does with it", route.target)),
    }
    walk
}

/// The source's own groups: all of them together, and what they let out is let back in.
fn egress_groups(world: &World, start: &Start<'_>, to: Ipv4Addr, walk: &mut Walk) {
    let Some(groups) = start.groups else { return };
    match filter::groups(world, groups, Direction::Egress, start.protocol, start.port, &Other::Address(to)) {
        Groups::Allow(id) => walk.hop("security-group", Some(&id), "lets it out"),
        Groups::Unknown(what) => walk.lack(what),
        Groups::Deny => {
            let named: Vec<&str> = groups.iter().map(CloudId::as_str).collect();
            walk.hop("security-group", groups.first(), "lets nothing of the kind out");
            walk.reasons.push(Reason {
                rule: Rule::SgEgressBlocks,
                resource: groups.first().cloned(),
                detail: format!("no egress rule of {} lets {} {} out", named.join(", "), start.protocol, start.port),
                fix: format!("add an egress rule for {} {} to one of them", start.protocol, start.port),
            });
        }
    }
}

/// A route whose target is gone drops what matches it; it never falls through to a less specific one.
fn blackholed(route: &Route, table: &CloudId, walk: &mut Walk) -> bool {
    if route.state == RouteState::Active {
        return false;
    }
    let rule =
        if matches!(route.target, Target::NatGateway(_)) { Rule::NatRouteBlackhole } else { Rule::RouteBlackhole };
    walk.stop(
        rule,
        table,
        format!("the route {} → {} in {table} is a black hole: its target is gone", route.destination, route.target),
        format!("lead {} in {table} to a target that is there", route.destination),
    );
    true
}

fn inside_network(world: &World, start: &Start<'_>, to: Ipv4Addr, walk: &mut Walk) {
    walk.bypass = true;
    walk.sources.insert(SourceAddress::Private(start.subnet.cidr));
    let Some(there) = world.network.interface_at(&start.subnet.network, to.into()) else {
        return walk.lack(format!("which interface of {} holds it", start.subnet.network));
    };
    walk.hop("interface", Some(&there.id), there.description.clone());
    let other = Other::Interface(start.subnet.cidr, start.groups);
    match filter::groups(world, &there.groups, Direction::Ingress, start.protocol, start.port, &other) {
        Groups::Allow(id) => walk.hop("security-group", Some(&id), "lets it in"),
        Groups::Unknown(what) => walk.lack(what),
        Groups::Deny => walk.stop(
            Rule::SgIngressBlocks,
            there.groups.first().unwrap_or(&there.id),
            format!("no ingress rule of {} lets {} {} in", there.id, start.protocol, start.port),
            "add an ingress rule for the function's group",
        ),
    }
    if there.subnet == start.subnet.id {
        return;
    }
    let Some(target) = world.network.subnets.get(&there.subnet) else {
        return walk.lack(format!("subnet {}", there.subnet));
    };
    let from = start.subnet.cidr;
    own_acl(world, start, Ipv4Net::from(to), walk);
    acl(world, target, start, &Leg::new(Rule::NaclBlocksForward, Direction::Ingress, port(start), from), walk);
    acl(world, target, start, &Leg::new(Rule::NaclBlocksReturn, Direction::Egress, EPHEMERAL, from), walk);
}

fn internet_gateway(
    world: &World,
    start: &Start<'_>,
    to: Ipv4Addr,
    gateway: &CloudId,
    table: &CloudId,
    walk: &mut Walk,
) {
    own_acl(world, start, Ipv4Net::from(to), walk);
    attached(world, start.subnet, gateway, table, walk);
    private_destination(to, gateway, walk);
    // Functions that share subnet and groups share one interface: an address that somebody mapped to it serves them all.
    let mapped = |i: &&Interface| {
        i.kind == InterfaceKind::Function && i.subnet == start.subnet.id && Some(&i.groups) == start.groups
    };
    match world.network.interfaces.values().filter(mapped).find_map(|i| i.public_ip) {
        Some(ip) => {
            walk.sources.insert(SourceAddress::Mapped(ip));
            walk.hop("internet-gateway", Some(gateway), format!("source becomes {ip}"));
            walk.hop("internet", None, "arrives");
        }
        None => walk.stop(
            Rule::LambdaPublicSubnet,
            &start.subnet.id,
            format!(
                "{} leads straight to {gateway}, and a function's interface has no public address",
                start.subnet.id
            ),
            "put the function into private subnets whose default route leads to a NAT gateway",
        ),
    }
}

fn nat_gateway(world: &World, start: &Start<'_>, to: Ipv4Addr, nat: &NatGateway, walk: &mut Walk) {
    if nat.state != NatState::Available {
        let (state, fix) = match &nat.state {
            NatState::Failed { code, message } => (format!("failed: {code}: {message}"), "make a new one"),
            NatState::Pending => ("still pending".to_owned(), "wait until it is available"),
            NatState::Deleting => ("being deleted".to_owned(), "lead the route to another one"),
            NatState::Available | NatState::Deleted => ("gone".to_owned(), "lead the route to another one"),
        };
        walk.stop(Rule::NatNotAvailable, &nat.id, format!("NAT gateway {} is {state}", nat.id), fix);
    }
    if !matches!(start.protocol, Protocol::Tcp | Protocol::Udp | Protocol::Icmp) {
        walk.stop(
            Rule::NatProtocol,
            &nat.id,
            format!("a NAT gateway does not translate protocol {}", start.protocol),
            "use TCP, UDP or ICMP",
        );
    }
    translate(nat, walk);
    match &nat.scope {
        NatScope::Subnet(id) => match world.network.subnets.get(id) {
            Some(subnet) => from_nat_subnet(world, start, to, nat, subnet, walk),
            None => walk.lack(format!("subnet {id} of NAT gateway {}", nat.id)),
        },
        NatScope::Region { automatic, .. } => {
            own_acl(world, start, Ipv4Net::from(to), walk);
            walk.lack(format!("the route table of regional NAT gateway {}", nat.id));
            if *automatic {
                walk.lack(format!("which addresses {} adds to {} by itself", "the cloud", nat.id));
            }
        }
    }
}

/// The source becomes any address of the gateway that takes new connections.
fn translate(nat: &NatGateway, walk: &mut Walk) {
    let usable = nat.addresses.iter().filter(|a| a.usable);
    let sources: BTreeSet<SourceAddress> =
        usable.filter_map(|a| Some(SourceAddress::Fixed { address: a.address.clone()?, ip: a.public_ip })).collect();
    if sources.is_empty() && nat.public {
        walk.stop(
            Rule::NatNotAvailable,
            &nat.id,
            format!("NAT gateway {} has no usable address", nat.id),
            "associate an address with it",
        );
    }
    let list: Vec<String> = sources.iter().map(ToString::to_string).collect();
    walk.hop("nat-gateway", Some(&nat.id), format!("source becomes {}", list.join(" or ")));
    walk.sources.extend(sources);
}

/// From the gateway's own subnet the packet goes on by that subnet's routes and filters.
fn from_nat_subnet(world: &World, start: &Start<'_>, to: Ipv4Addr, nat: &NatGateway, subnet: &Subnet, walk: &mut Walk) {
    nat_acls(world, start, to, subnet, walk);
    let Some(table) = world.network.table_of(subnet) else {
        return walk.lack(format!("the route table of {}", subnet.id));
    };
    let no_way = |walk: &mut Walk, detail: String| {
        let fix = format!(
            "give {} a route 0.0.0.0/0 to an internet gateway, or put the NAT gateway into a public subnet",
            subnet.id
        );
        walk.stop(Rule::NatInPrivateSubnet, &subnet.id, detail, fix);
    };
    let Some(route) = route::pick(world, table, to) else {
        return no_way(walk, format!("{} of NAT gateway {} has no route to the internet", subnet.id, nat.id));
    };
    walk.hop("route-table", Some(&table.id), format!("{} → {}", route.destination, route.target));
    if blackholed(route, &table.id, walk) {
        return;
    }
    match &route.target {
        Target::InternetGateway(gateway) => {
            attached(world, subnet, gateway, &table.id, walk);
            private_destination(to, gateway, walk);
            if !nat.public {
                walk.stop(
                    Rule::PrivateNatToIgw,
                    &nat.id,
                    format!("{} has private connectivity only, which an internet gateway drops", nat.id),
                    "make a public NAT gateway",
                );
            }
            walk.hop("internet-gateway", Some(gateway), "passes it on");
            walk.hop("internet", None, "arrives");
        }
        Target::NatGateway(next) if next == &nat.id => walk.stop(
            Rule::DefaultToSelfNat,
            &table.id,
            format!("{} of NAT gateway {} routes back to that gateway", subnet.id, nat.id),
            "put the NAT gateway into a subnet of its own that leads to an internet gateway",
        ),
        Target::NatGateway(next) => {
            no_way(walk, format!("{} of NAT gateway {} leads to another one, {next}", subnet.id, nat.id))
        }
        Target::Local => walk.lack("where inside the network it ends"),
        other => walk.lack(format!("what {other} does with it")),
    }
}

/// The six checks of a function behind a NAT gateway; two where both are in one subnet, inside which no ACL applies.
fn nat_acls(world: &World, start: &Start<'_>, to: Ipv4Addr, subnet: &Subnet, walk: &mut Walk) {
    let remote = Ipv4Net::from(to);
    let function = start.subnet.cidr;
    let apart = subnet.id != start.subnet.id;
    let nat = |direction, ports, other| Leg::new(Rule::NatNaclBlocks, direction, ports, other);
    if apart {
        own_acl(world, start, remote, walk);
        acl(world, subnet, start, &nat(Direction::Ingress, port(start), function), walk);
    }
    acl(world, subnet, start, &nat(Direction::Egress, port(start), remote), walk);
    acl(world, subnet, start, &nat(Direction::Ingress, EPHEMERAL, remote), walk);
    if apart {
        acl(world, subnet, start, &nat(Direction::Egress, EPHEMERAL, function), walk);
    }
}

/// Out of the source's subnet, and the answer into it.
fn own_acl(world: &World, start: &Start<'_>, remote: Ipv4Net, walk: &mut Walk) {
    acl(world, start.subnet, start, &Leg::new(Rule::NaclBlocksForward, Direction::Egress, port(start), remote), walk);
    acl(world, start.subnet, start, &Leg::new(Rule::NaclBlocksReturn, Direction::Ingress, EPHEMERAL, remote), walk);
}

/// One crossing of a subnet's edge.
struct Leg {
    rule: Rule,
    direction: Direction,
    ports: RangeInclusive<u16>,
    other: Ipv4Net,
}

impl Leg {
    fn new(rule: Rule, direction: Direction, ports: RangeInclusive<u16>, other: Ipv4Net) -> Self {
        Self { rule, direction, ports, other }
    }
}

fn port(start: &Start<'_>) -> RangeInclusive<u16> {
    start.port..=start.port
}

fn acl(world: &World, subnet: &Subnet, start: &Start<'_>, leg: &Leg, walk: &mut Walk) {
    let Some(acl) = world.network.acl_of(subnet) else {
        return walk.lack(format!("the network ACL of {}", subnet.id));
    };
    let passage = filter::acl(acl, leg.direction, start.protocol, &leg.ports, leg.other);
    let way = match leg.direction {
        Direction::Ingress => "into",
        Direction::Egress => "out of",
    };
    let ports = if leg.ports.start() == leg.ports.end() {
        format!("port {}", leg.ports.start())
    } else {
        format!("the ports {}–{} that answers come back to", leg.ports.start(), leg.ports.end())
    };
    if passage.stopped_ppm == 0 {
        return walk.hop("acl", Some(&acl.id), format!("lets {} {ports} {way} {}", start.protocol, subnet.id));
    }
    let by = passage.by.map_or_else(|| "its last, general entry".to_owned(), |number| format!("entry {number}"));
    let before = passage.by.map_or_else(String::new, |number| format!(" before number {number}"));
    let share = match passage.stopped_ppm {
        Passage::ALL_PPM => String::new(),
        ppm => format!(" for {} % of connections", percent(ppm)),
    };
    let reason = Reason {
        rule: leg.rule,
        resource: Some(acl.id.clone()),
        detail: format!("{by} of {} stops {} {ports} {way} {}{share}", acl.id, start.protocol, subnet.id),
        fix: format!("add an entry{before} that allows {} {ports} {way} {}", start.protocol, subnet.id),
    };
    if passage.stopped_ppm == Passage::ALL_PPM { walk.reasons.push(reason) } else { walk.sometimes.push(reason) }
}

/// Parts in a million as a percentage with two digits behind the point, rounded down but never to nothing.
fn percent(ppm: u32) -> String {
    let hundredths = (ppm / 100).max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn attached(world: &World, subnet: &Subnet, gateway: &CloudId, table: &CloudId, walk: &mut Walk) {
    let there = world.gateway.internet_gateways.get(gateway).and_then(|g| g.network.as_ref());
    if there != Some(&subnet.network) {
        walk.stop(
            Rule::IgwNotAttached,
            gateway,
            format!("{table} leads to internet gateway {gateway}, which is not attached to {}", subnet.network),
            format!("attach {gateway} to {}", subnet.network),
        );
    }
}

fn private_destination(to: Ipv4Addr, gateway: &CloudId, walk: &mut Walk) {
    if PRIVATE.iter().any(|range| in_range(*range, to)) {
        walk.stop(
            Rule::PrivateDestination,
            gateway,
            "an internet gateway sends nothing to private ranges",
            "lead the range to where it is",
        );
    }
}

fn endpoint(world: &World, start: &Start<'_>, to: Ipv4Addr, id: &CloudId, walk: &mut Walk) {
    let gateway = world.network.endpoints.get(id).filter(|e| matches!(e.kind, EndpointKind::Gateway { .. }));
    let Some(endpoint) = gateway else {
        return walk.lack(format!("what endpoint {id} does with it"));
    };
    walk.bypass = true;
    own_acl(world, start, Ipv4Net::from(to), walk);
    walk.sources.insert(SourceAddress::Private(start.subnet.cidr));
    walk.hop("endpoint", Some(id), format!("{} sees a private source", endpoint.service));
}

fn in_range((ip, len): ([u8; 4], u8), to: Ipv4Addr) -> bool {
    Ipv4Net::new(ip.into(), len).is_ok_and(|net| net.contains(&to))
}
