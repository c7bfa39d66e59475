//! The reference topology as a World, for tests to break.

use std::{collections::BTreeSet, net::Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::{Query, RuleId, Source, SourceAddress, To, Trace, trace};
use crate::{CloudId, Tags, world::*};

/// The IP of the reference topology's one address.
pub(crate) const NAT_IP: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
/// Some host on the internet.
pub(crate) const HOST: Ipv4Addr = Ipv4Addr::new(93, 184, 215, 14);

/// The same in IPv6.
pub(crate) const HOST_V6: &str = "2606:2800:21f::14";

/// The names of everything in [`reference`].
pub(crate) fn id(name: &str) -> CloudId {
    CloudId::new(name)
}

pub(crate) fn ids<const N: usize>(names: [&str; N]) -> BTreeSet<CloudId> {
    names.into_iter().map(id).collect()
}

pub(crate) fn net(cidr: &str) -> Ipv4Net {
    cidr.parse().unwrap()
}

pub(crate) fn cidr(cidr: &str) -> IpNet {
    cidr.parse().unwrap()
}

/// `vpc` with `pub`, `prv1`, `prv2`, `igw`, `nat` (address `eip`), `rtb-pub`, `rtb-prv`, the main table `rtb-main` with nothing
/// but the local route, the default ACL `acl`, the group `sg` and the function `fn` in both private subnets.
pub(crate) fn reference() -> World {
    let mut world = World::default();
    let part = &mut world.network;
    part.networks.insert(id("vpc"), network());
    for (name, range, zone) in
        [("pub", "10.0.10.0/24", "a"), ("prv1", "10.0.1.0/24", "a"), ("prv2", "10.0.2.0/24", "b")]
    {
        part.subnets.insert(id(name), subnet(name, range, zone));
    }
    let tables = [
        ("rtb-main", vec![AssociatedWith::Main], vec![]),
        ("rtb-pub", vec![AssociatedWith::Subnet(id("pub"))], vec![to("0.0.0.0/0", Target::InternetGateway(id("igw")))]),
        (
            "rtb-prv",
            vec![AssociatedWith::Subnet(id("prv1")), AssociatedWith::Subnet(id("prv2"))],
            vec![to("0.0.0.0/0", Target::NatGateway(id("nat")))],
        ),
    ];
    for (name, with, routes) in tables {
        part.route_tables.insert(id(name), table(name, with, routes));
    }
    part.acls.insert(id("acl"), acl("acl", true));
    part.groups.insert(id("sg"), group("sg"));
    world
        .gateway
        .internet_gateways
        .insert(id("igw"), InternetGateway { id: id("igw"), network: Some(id("vpc")), tags: Tags::new() });
    world.gateway.nat_gateways.insert(id("nat"), nat("nat", "pub", &[("eip", NAT_IP)]));
    world.gateway.addresses.insert(
        id("eip"),
        Address { id: id("eip"), ip: Some(NAT_IP), interface: None, nat_gateway: Some(id("nat")), tags: Tags::new() },
    );
    world.function.functions.insert(id("fn"), function());
    world
}

fn network() -> Network {
    Network {
        id: id("vpc"),
        cidrs: vec![net("10.0.0.0/16")],
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

pub(crate) fn subnet(name: &str, range: &str, zone: &str) -> Subnet {
    Subnet {
        id: id(name),
        network: id("vpc"),
        cidr: net(range),
        cidr_v6: None,
        zone: zone.to_owned(),
        free_addresses: 251,
        state: Readiness::Available,
        owner: None,
        tags: Tags::new(),
    }
}

/// A table with the local route and more.
pub(crate) fn table(name: &str, with: Vec<AssociatedWith>, more: Vec<Route>) -> RouteTable {
    let local = Route {
        destination: Destination::Cidr(cidr("10.0.0.0/16")),
        target: Target::Local,
        state: RouteState::Active,
        origin: RouteOrigin::Table,
    };
    let link = |(n, with)| Association { id: id(&format!("{name}-assoc-{n}")), with, active: true };
    RouteTable {
        id: id(name),
        network: id("vpc"),
        associations: with.into_iter().enumerate().map(link).collect(),
        routes: [vec![local], more].concat(),
        tags: Tags::new(),
    }
}

/// An active static route.
pub(crate) fn to(range: &str, target: Target<CloudId>) -> Route {
    let destination = Destination::Cidr(cidr(range));
    Route { destination, target, state: RouteState::Active, origin: RouteOrigin::Static }
}

/// The same to a prefix list.
pub(crate) fn to_list(list: &str, target: Target<CloudId>) -> Route {
    Route { destination: Destination::PrefixList(id(list)), ..to("0.0.0.0/0", target) }
}

pub(crate) fn list(name: &str, ranges: Option<&[&str]>) -> PrefixList {
    let cidrs = ranges.map(|ranges| ranges.iter().map(|r| cidr(r)).collect());
    PrefixList { id: id(name), name: name.to_owned(), cidrs }
}

/// An ACL that allows everything, as a default one does.
pub(crate) fn acl(name: &str, is_default: bool) -> Acl {
    let everything = |direction| entry(100, direction, (0, u16::MAX), "0.0.0.0/0", true);
    Acl {
        id: id(name),
        network: id("vpc"),
        is_default,
        subnets: BTreeSet::new(),
        entries: vec![everything(Direction::Ingress), everything(Direction::Egress)],
        tags: Tags::new(),
    }
}

/// An entry for every protocol where it is for all ports, else for TCP.
pub(crate) fn entry(number: u16, direction: Direction, ports: (u16, u16), range: &str, allow: bool) -> AclEntry {
    let protocol = if ports == (0, u16::MAX) { Protocol::All } else { Protocol::Tcp };
    AclEntry { number, direction, protocol, ports, cidr: cidr(range), allow }
}

/// A group that lets everything out and nothing in.
pub(crate) fn group(name: &str) -> SecurityGroup {
    SecurityGroup {
        id: id(name),
        network: id("vpc"),
        name: name.to_owned(),
        ingress: vec![],
        egress: vec![Rule::all_v4()],
        tags: Tags::new(),
    }
}

/// A rule for TCP.
pub(crate) fn rule(ports: (u16, u16), peer: Peer) -> Rule {
    Rule { protocol: Protocol::Tcp, ports, peer }
}

pub(crate) fn nat(name: &str, subnet: &str, addresses: &[(&str, Ipv4Addr)]) -> NatGateway {
    let address = |(n, (address, ip)): (usize, &(&str, Ipv4Addr))| NatAddress {
        address: Some(id(address)),
        public_ip: Some(*ip),
        private_ip: Some(Ipv4Addr::new(10, 0, 10, 50 + n as u8)),
        interface: None,
        zone: None,
        association: None,
        primary: n == 0,
        state: NatAddressState::InUse,
    };
    NatGateway {
        id: id(name),
        network: id("vpc"),
        scope: NatScope::Subnet(id(subnet)),
        public: true,
        state: NatState::Available,
        addresses: addresses.iter().enumerate().map(address).collect(),
        tags: Tags::new(),
    }
}

fn function() -> Function {
    Function {
        id: id("fn"),
        role: None,
        state: FunctionState::Active,
        update: UpdateState::Done,
        attachment: Some(Attachment { subnets: ids(["prv1", "prv2"]), groups: ids(["sg"]), ipv6: false }),
        network: Some(id("vpc")),
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

/// An interface of a kind in a subnet, with groups.
pub(crate) fn interface(
    name: &str,
    kind: InterfaceKind,
    subnet: &str,
    ip: [u8; 4],
    groups: BTreeSet<CloudId>,
) -> Interface {
    Interface {
        id: id(name),
        network: id("vpc"),
        subnet: id(subnet),
        kind,
        in_use: true,
        groups,
        private_ips: vec![ip.into()],
        ipv6: vec![],
        prefixes: Vec::new(),
        public_ip: None,
        instance: None,
        source_dest_check: true,
        description: String::new(),
        tags: Tags::new(),
    }
}

/// Changes of a [`reference`] World in one line each.
pub(crate) trait Change {
    fn table(&mut self, name: &str) -> &mut RouteTable;
    fn routes(&mut self, table: &str, routes: Vec<Route>);
    fn acl(&mut self) -> &mut Acl;
    fn nat(&mut self) -> &mut NatGateway;
    fn group(&mut self) -> &mut SecurityGroup;
    fn attachment(&mut self) -> &mut Attachment<CloudId>;
    /// An ACL of its own for a subnet, which allows everything.
    fn own_acl(&mut self, subnet: &str) -> &mut Acl;
    /// IPv6 everywhere, straight out through the internet gateway.
    fn dual_stack(&mut self);
    fn add_interface(&mut self, interface: Interface);
    fn add_list(&mut self, list: PrefixList);
}

impl Change for World {
    fn table(&mut self, name: &str) -> &mut RouteTable {
        self.network.route_tables.get_mut(&id(name)).unwrap()
    }

    /// Sets the routes beside the local one.
    fn routes(&mut self, name: &str, routes: Vec<Route>) {
        let table = self.table(name);
        table.routes.truncate(1);
        table.routes.extend(routes);
    }

    fn acl(&mut self) -> &mut Acl {
        self.network.acls.get_mut(&id("acl")).unwrap()
    }

    fn nat(&mut self) -> &mut NatGateway {
        self.gateway.nat_gateways.get_mut(&id("nat")).unwrap()
    }

    fn group(&mut self) -> &mut SecurityGroup {
        self.network.groups.get_mut(&id("sg")).unwrap()
    }

    fn attachment(&mut self) -> &mut Attachment<CloudId> {
        self.function.functions.get_mut(&id("fn")).unwrap().attachment.as_mut().unwrap()
    }

    fn own_acl(&mut self, subnet: &str) -> &mut Acl {
        let name = format!("acl-{subnet}");
        let mut own = acl(&name, false);
        own.subnets.insert(id(subnet));
        self.network.acls.entry(id(&name)).or_insert(own)
    }

    fn dual_stack(&mut self) {
        self.network.networks.values_mut().for_each(|n| n.cidrs_v6 = vec!["2001:db8::/56".parse().unwrap()]);
        for (name, range) in
            [("prv1", "2001:db8:0:1::/64"), ("prv2", "2001:db8:0:2::/64"), ("pub", "2001:db8:0:a::/64")]
        {
            self.network.subnets.get_mut(&id(name)).unwrap().cidr_v6 = Some(range.parse().unwrap());
        }
        for table in self.network.route_tables.values_mut() {
            table.routes.push(Route { origin: RouteOrigin::Table, ..to("2001:db8::/56", Target::Local) });
        }
        for table in ["rtb-prv", "rtb-pub"] {
            self.table(table).routes.push(to("::/0", Target::InternetGateway(id("igw"))));
        }
        let everything = |direction| entry(101, direction, (0, u16::MAX), "::/0", true);
        self.acl().entries.extend([Direction::Ingress, Direction::Egress].map(everything));
        self.group().egress.push(Rule { peer: Peer::Cidr(cidr("::/0")), ..Rule::all_v4() });
    }

    fn add_interface(&mut self, interface: Interface) {
        self.network.interfaces.insert(interface.id.clone(), interface);
    }

    fn add_list(&mut self, list: PrefixList) {
        self.network.prefix_lists.insert(list.id.clone(), list);
    }
}

/// `fn` to somewhere, TCP 443.
pub(crate) fn from_function(to: To) -> Query {
    Query { source: Source::Function(id("fn")), to, protocol: Protocol::Tcp, port: 443 }
}

pub(crate) fn to_host(world: &World) -> Trace {
    trace(world, &from_function(To::Ip(HOST.into())))
}

pub(crate) fn to_internet(world: &World) -> Trace {
    trace(world, &from_function(To::Internet))
}

/// The source that the reference topology gives.
pub(crate) fn fixed() -> BTreeSet<SourceAddress> {
    [SourceAddress::Fixed { address: id("eip"), ip: Some(NAT_IP) }].into()
}

/// The rules that a Trace names, in order.
pub(crate) fn rules(trace: &Trace) -> Vec<RuleId> {
    trace.reasons().into_iter().map(|reason| reason.rule).collect()
}
