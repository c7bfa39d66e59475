//! NAT gateways: what they translate, and how the packet gets on from there.

use std::{collections::BTreeSet, net::IpAddr};

use ipnet::{IpNet, Ipv4Net};

use super::{
    Atlas, Reason, RuleId, SourceAddress,
    acl::{self, Crossing, Leg, Peer},
    block::{Exit, Ingress},
    entry::Entry,
    gateway,
    path::{Packet, Sender, dead_route, describe},
    route::{self, Choice},
    special,
    way::Way,
};
use crate::{
    CloudId,
    world::{
        Direction, Listing, NatAddress, NatGateway, NatScope, NatState, Protocol, Route, RouteState, RouteTable,
        Subnet, Target,
    },
};

/// Follows a packet that a route of `table` sends to a NAT gateway, and its answers back. It may come from another network by
/// a hub; by a peering it cannot (source: VPC guide, "NAT gateway basics").
pub(super) fn translate(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    nat: &CloudId,
    table: &RouteTable,
    entry: &Entry<'_>,
    way: &mut Way,
) {
    let Some(nat) = world.gateway.nat_gateways.get(nat).filter(|nat| nat.state != NatState::Deleted) else {
        if let Some(unread) = world.unread(Listing::NatGateways) {
            return way.miss(unread);
        }
        let detail = format!("{} routes to {nat}, which does not exist", table.id);
        way.hop("nat-gateway", Some(nat), detail.clone());
        return way.block(Reason::new(RuleId::NatRouteBlackhole, Some(&table.id), detail));
    };
    if &nat.network != entry.network {
        return way.miss(format!("how {} routes to {}, which serves another network", table.id, nat.id));
    }
    let subnet = match &nat.scope {
        NatScope::Subnet(id) => {
            let subnet = world.network.subnets.get(id);
            if subnet.is_none() {
                way.lack(world, Listing::Subnets, format!("the subnet {id} of {}", nat.id));
            }
            subnet
        }
        NatScope::Region { .. } => None,
    };
    // A packet that stays inside one subnet meets no ACL.
    let entered = subnet.filter(|subnet| !entry.stays_in(subnet));
    let inner = |direction, leg| entered.map(|subnet| Crossing { subnet, direction, leg, peer: Peer::Sender(sender) });
    let outer = |direction, leg| subnet.map(|subnet| Crossing { subnet, direction, leg, peer: Peer::Destination });
    let cross = |packet: &Packet, crossing: Option<Crossing<'_>>, way: &mut Way| {
        if let Some(crossing) = crossing {
            acl::cross(world, packet, &crossing, RuleId::NatNaclBlocks, way);
        }
    };
    let beyond = &beyond(packet);

    cross(packet, inner(Direction::Ingress, Leg::There), way);
    if let (Some(from), Some(own)) = (entry.subnet, subnet)
        && from.zone != own.zone
    {
        let detail = format!("{} is in {}, and {} in {}", from.id, from.zone, nat.id, own.zone);
        way.warn(Reason::new(RuleId::CrossZoneNat, Some(&from.id), detail));
    }
    serve(world, sender, packet, nat, entry, way);
    cross(beyond, outer(Direction::Egress, Leg::There), way);
    let own_table = table_of(world, nat, subnet);
    match own_table {
        Some(table) => go_on(world, beyond, nat, subnet, table, way),
        // Without its subnet nobody knows the table; that it is missing is noted.
        None if subnet.is_none() && matches!(nat.scope, NatScope::Subnet(_)) => {}
        None => way.lack(world, Listing::RouteTables, format!("the route table of {}", nat.id)),
    }
    cross(beyond, outer(Direction::Ingress, Leg::Back), way);
    cross(packet, inner(Direction::Egress, Leg::Back), way);
    if let Some(table) = own_table {
        entry.lead_back(world, sender, packet, (subnet, table), way);
    }
}

/// The packet as it leaves the gateway: what stands for IPv4 becomes IPv4 (source: VPC guide, "DNS64 and NAT64").
fn beyond(packet: &Packet) -> Packet {
    let embedded = match packet.to {
        IpAddr::V4(_) => None,
        IpAddr::V6(ip) => special::behind_nat64(ip),
    };
    let Some(ip) = embedded else { return *packet };
    let protocol = if acl::number(packet.protocol) == Some(58) { Protocol::Icmp } else { packet.protocol };
    Packet { to: ip.into(), protocol, ..*packet }
}

/// Checks the gateway itself, and notes the sources that it gives.
fn serve(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, nat: &NatGateway, entry: &Entry<'_>, way: &mut Way) {
    let state = match &nat.state {
        NatState::Available => None,
        NatState::Pending => Some("is still being made".to_owned()),
        NatState::Deleting | NatState::Deleted => Some("is being deleted".to_owned()),
        NatState::Failed { code, message } => Some(format!("failed with {code}: {message}")),
    };
    if let Some(state) = &state {
        let detail = format!("{} {state}", nat.id);
        way.hop("nat-gateway", Some(&nat.id), detail.clone());
        way.block(Reason::new(RuleId::NatNotAvailable, Some(&nat.id), detail));
    }
    let beyond = beyond(packet);
    let untranslated = match acl::number(beyond.protocol) {
        _ if beyond.to.is_ipv6() => Some("IPv6 to other destinations than 64:ff9b::/96".to_owned()),
        Some(1 | 6 | 17) => None,
        _ => Some(format!("protocol {}", packet.protocol)),
    };
    if let Some(what) = untranslated {
        let detail = format!("{} does not translate {what}", nat.id);
        way.hop("nat-gateway", Some(&nat.id), detail.clone());
        way.block(Reason::new(RuleId::NatProtocol, Some(&nat.id), detail));
    }
    let sources = sources(world, nat, entry, way);
    // A gateway that is not available has no address in use either: that is no setting of its own.
    if state.is_none() && !nat.addresses.iter().any(NatAddress::is_in_use) {
        let detail = format!("{} has no address that takes new connections", nat.id);
        way.hop("nat-gateway", Some(&nat.id), detail.clone());
        way.block(Reason::new(RuleId::NatNoAddress, Some(&nat.id), detail));
    }
    let after = sources.iter().map(|s| s.to_string()).collect::<Vec<_>>().join(" or ");
    way.hop("nat-gateway", Some(&nat.id), format!("source {} becomes {after}", sender.show_ranges(packet)));
    sources.into_iter().for_each(|source| way.source(source));
}

/// Every source that the gateway may give to a new connection.
fn sources(world: &Atlas<'_>, nat: &NatGateway, entry: &Entry<'_>, way: &mut Way) -> BTreeSet<SourceAddress> {
    let mut in_use: Vec<&NatAddress> = nat.addresses.iter().filter(|a| a.is_in_use()).collect();
    if let NatScope::Region { automatic, .. } = &nat.scope {
        // A zone without an address of its own is served from the others (source: regional NAT page).
        let from = entry.subnet.map(|subnet| &subnet.zone);
        let of_zone = |a: &&NatAddress| a.zone.is_none() || a.zone.as_ref() == from;
        if in_use.iter().any(of_zone) {
            in_use.retain(of_zone);
        }
        if *automatic {
            way.open = true;
            let detail = format!("{} is in automatic mode: the cloud may add addresses to it", nat.id);
            way.warn(Reason::new(RuleId::RegionalNatAutoIps, Some(&nat.id), detail));
        }
    }
    let source = if nat.public { public_source } else { private_source };
    let mut sources = BTreeSet::new();
    for address in in_use {
        match source(world, nat, address) {
            Some(source) => drop(sources.insert(source)),
            None => way.lack(world, Listing::Addresses, format!("the IP of an address of {}", nat.id)),
        }
    }
    sources
}

/// What the destination sees of an address: the address of the account, whose IP need not be known, or just an IP.
fn public_source(world: &Atlas<'_>, _: &NatGateway, address: &NatAddress) -> Option<SourceAddress> {
    let Some(id) = &address.address else { return address.public_ip.map(SourceAddress::Mapped) };
    let ip = address.public_ip.or_else(|| world.gateway.addresses.get(id)?.ip);
    // Of an address that only a Plan would make nobody knows the IP; of one that was not read neither, but then it is missing.
    if ip.is_none() && world.unread(Listing::Addresses).is_some() {
        return None;
    }
    Some(SourceAddress::Fixed { address: id.clone(), ip })
}

/// The same behind a private gateway: its private IP, or all of its subnet.
fn private_source(world: &Atlas<'_>, nat: &NatGateway, address: &NatAddress) -> Option<SourceAddress> {
    let subnet = match &nat.scope {
        NatScope::Subnet(id) => world.network.subnets.get(id),
        NatScope::Region { .. } => None,
    };
    let net = address.private_ip.map(Ipv4Net::from).or_else(|| subnet.map(|subnet| subnet.cidr))?;
    Some(SourceAddress::Private(IpNet::V4(net)))
}

/// The table that routes what the gateway has translated, and the answers that it has translated back.
fn table_of<'w>(world: &'w Atlas<'_>, nat: &NatGateway, subnet: Option<&Subnet>) -> Option<&'w RouteTable> {
    match &nat.scope {
        NatScope::Subnet(_) => world.table_of(subnet?),
        NatScope::Region { route_table, .. } => world.network.route_tables.get(route_table.as_ref()?),
    }
}

/// Follows the translated packet by the gateway's own table: it must lead to an internet gateway.
fn go_on(
    world: &Atlas<'_>,
    packet: &Packet,
    nat: &NatGateway,
    subnet: Option<&Subnet>,
    table: &RouteTable,
    way: &mut Way,
) {
    let place = subnet.map_or(&nat.id, |subnet| &subnet.id);
    match route::choose(world, table, packet.to) {
        Choice::None => {
            let detail = format!("no route of {}, the table of {place}, where {} stands, matches", table.id, nat.id);
            way.hop("route-table", Some(&table.id), detail.clone());
            way.block(in_private(nat, table, detail));
        }
        Choice::OneOf(_, missing) => missing.into_iter().for_each(|what| way.miss(what)),
        Choice::Likely { route, missing, .. } => {
            let mut likely = way.clone();
            take(world, packet, nat, subnet, table, route, &mut likely);
            // That it dies there is not certain.
            if !likely.is_blocked() || way.is_blocked() {
                *way = likely;
            }
            missing.into_iter().for_each(|what| way.miss(what));
        }
        Choice::Route(route) => take(world, packet, nat, subnet, table, route, way),
    }
}

/// Hands the translated packet to the target of a route.
fn take(
    world: &Atlas<'_>,
    packet: &Packet,
    nat: &NatGateway,
    subnet: Option<&Subnet>,
    table: &RouteTable,
    route: &Route,
    way: &mut Way,
) {
    way.hop("route-table", Some(&table.id), describe(route));
    // Where it leaves, if the target is an internet gateway.
    let exit = &Exit {
        gateway: route.target.id().unwrap_or(&nat.id),
        network: &nat.network,
        subnet: subnet.map(|subnet| &subnet.id),
        ingress: Ingress::Closed,
    };
    if route.target == Target::NatGateway(nat.id.clone()) {
        let detail = format!("{} leads back to {}, which stands behind it", table.id, nat.id);
        way.hop("nat-gateway", Some(&nat.id), detail.clone());
        return way.block(Reason::new(RuleId::DefaultToSelfNat, Some(&table.id), detail));
    }
    if route.state != RouteState::Active {
        return dead_route(table, route, way);
    }
    match &route.target {
        Target::InternetGateway(_) if nat.public => {
            gateway::leave(world, packet, exit, "passes what comes from the NAT gateway", way);
        }
        Target::InternetGateway(igw) => {
            let detail = format!("{} is private, and {} leads it to {igw}", nat.id, table.id);
            way.hop("internet-gateway", Some(igw), detail.clone());
            way.block(Reason::new(RuleId::PrivateNatToIgw, Some(&nat.id), detail));
            gateway::leave(world, packet, exit, "", way);
        }
        Target::NatGateway(other) => {
            let detail = format!("{} leads to {other}, not to an internet gateway", table.id);
            way.hop("nat-gateway", Some(other), detail.clone());
            way.block(in_private(nat, table, detail));
        }
        target => way.miss(format!("what becomes of packets that {} sends on to {target}", nat.id)),
    }
}

fn in_private(nat: &NatGateway, table: &RouteTable, detail: String) -> Reason {
    Reason::new(RuleId::NatInPrivateSubnet, Some(&table.id), detail).fix(format!(
        "add a route 0.0.0.0/0 to an internet gateway to {}, or move {} to a public subnet",
        table.id, nat.id
    ))
}
