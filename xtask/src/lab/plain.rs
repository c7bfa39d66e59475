//! Things of a World as plain as they can be, for the generator to alter.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use egress_core::{CloudId, Tags, world::*};
use ipnet::{IpNet, Ipv4Net};

/// A range that is written in this folder.
pub(super) fn net(range: &str) -> Ipv4Net {
    range.parse().unwrap_or_default()
}

fn cidr(range: &str) -> IpNet {
    IpNet::V4(net(range))
}

pub(super) fn network(id: &str, range: &str) -> Network {
    Network {
        id: id.into(),
        cidrs: vec![net(range)],
        cidrs_v6: vec![],
        state: Readiness::Available,
        is_default: false,
        dns_support: true,
        dns_hostnames: true,
        name_servers: vec![],
        owner: None,
        tags: Tags::new(),
    }
}

pub(super) fn subnet(id: &str, network: &str, range: &str, zone: &str) -> Subnet {
    Subnet {
        id: id.into(),
        network: network.into(),
        cidr: net(range),
        cidr_v6: None,
        zone: zone.to_owned(),
        free_addresses: 200,
        state: Readiness::Available,
        owner: None,
        tags: Tags::new(),
    }
}

/// A table with the local route, for what uses it.
pub(super) fn table(id: &str, network: &str, range: &str, with: AssociatedWith) -> RouteTable {
    let local = Route { origin: RouteOrigin::Table, ..route(range, Target::Local) };
    RouteTable {
        id: id.into(),
        network: network.into(),
        associations: vec![link(id, with, true)],
        routes: vec![local],
        tags: Tags::new(),
    }
}

pub(super) fn main_table(id: &str, network: &str, range: &str) -> RouteTable {
    table(id, network, range, AssociatedWith::Main)
}

pub(super) fn link(table: &str, with: AssociatedWith, active: bool) -> Association {
    Association { id: CloudId::new(format!("{table}-{active}-link")), with, active }
}

/// An active static route.
pub(super) fn route(range: &str, target: Target<CloudId>) -> Route {
    let destination = Destination::Cidr(cidr(range));
    Route { destination, target, state: RouteState::Active, origin: RouteOrigin::Static }
}

pub(super) fn default_to(target: Target<CloudId>) -> Route {
    route("0.0.0.0/0", target)
}

pub(super) fn list_route(list: &str, target: Target<CloudId>) -> Route {
    Route { destination: Destination::PrefixList(list.into()), ..default_to(target) }
}

pub(super) fn prefix_list(id: &str, ranges: &[&str]) -> PrefixList {
    PrefixList { id: id.into(), name: id.to_owned(), cidrs: Some(ranges.iter().map(|range| cidr(range)).collect()) }
}

/// An ACL that allows everything.
pub(super) fn acl(id: &str, network: &str, is_default: bool) -> Acl {
    let everything = |direction| entry(100, direction, None, "0.0.0.0/0", true);
    Acl {
        id: id.into(),
        network: network.into(),
        is_default,
        subnets: BTreeSet::new(),
        entries: vec![everything(Direction::Ingress), everything(Direction::Egress)],
        tags: Tags::new(),
    }
}

/// An entry for these ports of TCP; for everything where there are none.
pub(super) fn entry(
    number: u16,
    direction: Direction,
    ports: Option<(u16, u16)>,
    range: &str,
    allow: bool,
) -> AclEntry {
    let protocol = ports.map_or(Protocol::All, |_| Protocol::Tcp);
    AclEntry { number, direction, protocol, ports: ports.unwrap_or((0, u16::MAX)), cidr: cidr(range), allow }
}

/// A group that lets everything out and nothing in.
pub(super) fn group(id: &str, network: &str) -> SecurityGroup {
    SecurityGroup {
        id: id.into(),
        network: network.into(),
        name: id.to_owned(),
        ingress: vec![],
        egress: vec![Rule::all_v4()],
        tags: Tags::new(),
    }
}

/// A rule for a port of TCP.
pub(super) fn rule(port: u16, peer: Peer) -> Rule {
    Rule { protocol: Protocol::Tcp, ports: (port, port), peer }
}

/// A rule's other end: a range.
pub(super) fn peer(range: &str) -> Peer {
    Peer::Cidr(cidr(range))
}

/// The range of one address.
pub(super) fn only(ip: Ipv4Addr) -> Peer {
    Peer::Cidr(IpAddr::V4(ip).into())
}

/// A public NAT gateway that is available, without addresses.
pub(super) fn nat(id: &str, network: &str, subnet: &CloudId) -> NatGateway {
    NatGateway {
        id: id.into(),
        network: network.into(),
        scope: NatScope::Subnet(subnet.clone()),
        public: true,
        state: NatState::Available,
        addresses: vec![],
        tags: Tags::new(),
    }
}

/// An address that new connections leave from.
pub(super) fn nat_address(id: &str, public: Ipv4Addr, private: Ipv4Addr, primary: bool) -> NatAddress {
    NatAddress {
        address: Some(id.into()),
        public_ip: Some(public),
        private_ip: Some(private),
        interface: None,
        zone: None,
        association: None,
        primary,
        state: NatAddressState::InUse,
    }
}

pub(super) fn address(id: &str, ip: Ipv4Addr, nat: Option<&str>, interface: Option<&str>) -> Address {
    let of = |id: &str| CloudId::from(id);
    Address { id: id.into(), ip: Some(ip), interface: interface.map(of), nat_gateway: nat.map(of), tags: Tags::new() }
}

pub(super) fn interface(id: &str, network: &str, subnet: &CloudId, kind: InterfaceKind, ip: Ipv4Addr) -> Interface {
    Interface {
        id: id.into(),
        network: network.into(),
        subnet: subnet.clone(),
        kind,
        in_use: true,
        groups: BTreeSet::new(),
        private_ips: vec![ip],
        ipv6: vec![],
        prefixes: vec![],
        public_ip: None,
        instance: None,
        source_dest_check: true,
        description: String::new(),
        tags: Tags::new(),
    }
}

pub(super) fn function(id: &str, network: &str, attachment: Attachment<CloudId>) -> Function {
    Function {
        id: id.into(),
        role: None,
        state: FunctionState::Active,
        update: UpdateState::Done,
        attachment: Some(attachment),
        network: Some(network.into()),
        file_systems: vec![],
        revision: "1".to_owned(),
        versions: vec![],
        aliases: vec![],
        timeout: None,
        concurrency: None,
        managed_by: None,
        tags: Tags::new(),
    }
}
