//! A region that is like a big account's, of any size.

use std::net::Ipv4Addr;

use egress_core::{
    CloudId, Tags, World,
    ipnet::{IpNet, Ipv4Net},
    world::*,
};

/// A region with this many networks, in which the functions are spread evenly.
///
/// Each network has a public and two private subnets, a NAT gateway with its address, tables and an ACL; each function a group of
/// its own, and interfaces in both private subnets. So no two functions are alike, and each is followed by itself. Every tenth
/// network has a fault: its NAT gateway's route is a blackhole.
pub(super) fn region(networks: usize, functions: usize) -> World {
    let mut world = World::default();
    for n in 0..networks {
        network(&mut world, n);
    }
    for n in 0..functions {
        function(&mut world, n, n % networks.max(1), n / networks.max(1));
    }
    world
}

fn id(kind: &str, n: usize, part: &str) -> CloudId {
    CloudId::new(format!("{kind}-{n:08x}{part}"))
}

/// A /24 within 10.0.0.0/16: networks that are not joined may have the same ranges, as most accounts' do.
fn range(third: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(10, 0, third, 0), prefix)
}

fn network(world: &mut World, n: usize) {
    let vpc = id("vpc", n, "");
    let part = &mut world.network;
    part.networks.insert(
        vpc.clone(),
        Network {
            id: vpc.clone(),
            cidrs: vec![range(0, 16)],
            cidrs_v6: vec![],
            state: Readiness::Available,
            is_default: false,
            dns_support: true,
            dns_hostnames: true,
            name_servers: vec![],
            owner: None,
            tags: Tags::new(),
        },
    );
    for (subnet, third, zone) in [("c", 10, "a"), ("a", 1, "a"), ("b", 2, "b")] {
        let subnet = id("subnet", n, subnet);
        let found = Subnet {
            id: subnet.clone(),
            network: vpc.clone(),
            cidr: range(third, 24),
            cidr_v6: None,
            zone: zone.to_owned(),
            free_addresses: 240,
            state: Readiness::Available,
            owner: None,
            tags: Tags::new(),
        };
        part.subnets.insert(subnet, found);
    }
    let nat = id("nat", n, "");
    let igw = id("igw", n, "");
    let state = if n % 10 == 9 { RouteState::Blackhole } else { RouteState::Active };
    let all = Destination::default_v4();
    let to_nat =
        Route { destination: all.clone(), target: Target::NatGateway(nat.clone()), state, origin: RouteOrigin::Static };
    let to_igw = Route {
        destination: all,
        target: Target::InternetGateway(igw.clone()),
        state: RouteState::Active,
        origin: RouteOrigin::Static,
    };
    table(part, n, &vpc, "a", &["a", "b"], to_nat);
    table(part, n, &vpc, "c", &["c"], to_igw);
    part.acls.insert(id("acl", n, ""), acl(n, &vpc));
    gateways(&mut world.gateway, n, vpc, igw, nat);
}

fn gateways(part: &mut GatewayPart, n: usize, vpc: CloudId, igw: CloudId, nat: CloudId) {
    part.internet_gateways
        .insert(igw.clone(), InternetGateway { id: igw, network: Some(vpc.clone()), tags: Tags::new() });
    let eip = id("eipalloc", n, "");
    // From a public range of 2^24 addresses, so that no two gateways share one.
    let ip = Ipv4Addr::from(0x0300_0000 + n as u32);
    let address = NatAddress {
        address: Some(eip.clone()),
        public_ip: Some(ip),
        private_ip: Some(Ipv4Addr::new(10, 0, 10, 5)),
        interface: None,
        zone: None,
        association: None,
        primary: true,
        state: NatAddressState::InUse,
    };
    part.addresses.insert(
        eip.clone(),
        Address { id: eip, ip: Some(ip), interface: None, nat_gateway: Some(nat.clone()), tags: Tags::new() },
    );
    part.nat_gateways.insert(
        nat.clone(),
        NatGateway {
            id: nat,
            network: vpc,
            scope: NatScope::Subnet(id("subnet", n, "c")),
            public: true,
            state: NatState::Available,
            addresses: vec![address],
            tags: Tags::new(),
        },
    );
}

fn table(part: &mut NetworkPart, n: usize, vpc: &CloudId, name: &str, subnets: &[&str], default: Route) {
    let local = Route {
        destination: Destination::Cidr(IpNet::V4(range(0, 16))),
        target: Target::Local,
        state: RouteState::Active,
        origin: RouteOrigin::Table,
    };
    let link = |subnet: &&str| Association {
        id: id("rtbassoc", n, subnet),
        with: AssociatedWith::Subnet(id("subnet", n, subnet)),
        active: true,
    };
    let table = RouteTable {
        id: id("rtb", n, name),
        network: vpc.clone(),
        associations: subnets.iter().map(link).collect(),
        routes: vec![local, default],
        tags: Tags::new(),
    };
    part.route_tables.insert(table.id.clone(), table);
}

fn acl(n: usize, vpc: &CloudId) -> Acl {
    let everything = |direction| AclEntry {
        number: 100,
        direction,
        protocol: Protocol::All,
        ports: (0, u16::MAX),
        cidr: IpNet::V4(Ipv4Net::default()),
        allow: true,
    };
    Acl {
        id: id("acl", n, ""),
        network: vpc.clone(),
        is_default: true,
        subnets: [].into(),
        entries: vec![everything(Direction::Ingress), everything(Direction::Egress)],
        tags: Tags::new(),
    }
}

/// A function with a group of its own, and so with interfaces of its own; the `nth` of its network.
fn function(world: &mut World, n: usize, network: usize, nth: usize) {
    let vpc = id("vpc", network, "");
    let sg = id("sg", n, "");
    let group = SecurityGroup {
        id: sg.clone(),
        network: vpc.clone(),
        name: format!("function-{n}"),
        ingress: vec![],
        egress: vec![Rule::all_v4()],
        tags: Tags::new(),
    };
    world.network.groups.insert(sg.clone(), group);
    let subnets = [("a", 1), ("b", 2)].map(|(name, third)| (id("subnet", network, name), name, third));
    for (subnet, name, third) in &subnets {
        let eni = Interface {
            id: id("eni", n, name),
            network: vpc.clone(),
            subnet: subnet.clone(),
            kind: InterfaceKind::Function,
            in_use: true,
            groups: [sg.clone()].into(),
            private_ips: vec![Ipv4Addr::new(10, 0, *third, 20 + (nth % 200) as u8)],
            ipv6: vec![],
            prefixes: vec![],
            public_ip: None,
            instance: None,
            source_dest_check: true,
            description: "AWS Lambda VPC ENI".to_owned(),
            tags: Tags::new(),
        };
        world.network.interfaces.insert(eni.id.clone(), eni);
    }
    let name = CloudId::new(format!("function-{n:06}"));
    let attachment =
        Attachment { subnets: subnets.map(|(subnet, ..)| subnet).into(), groups: [sg].into(), ipv6: false };
    let function = Function {
        id: name.clone(),
        role: None,
        state: FunctionState::Active,
        update: UpdateState::Done,
        attachment: Some(attachment),
        network: Some(vpc),
        file_systems: vec![],
        revision: String::new(),
        versions: vec![],
        aliases: vec![],
        timeout: Some(30),
        concurrency: None,
        managed_by: None,
        tags: Tags::new(),
    };
    world.function.functions.insert(name, function);
}
