//! Worlds built by hand.

use std::{collections::BTreeSet, net::Ipv4Addr};

use egress_core::{
    CloudId, Key, Kind, Owner, StackName, Tags, World,
    world::{
        Address, AssociatedWith, Association, Attachment, Destination, Function, FunctionState, InternetGateway,
        NatAddress, NatAddressState, NatGateway, NatScope, NatState, Network, Place, Readiness, Route, RouteOrigin,
        RouteState, RouteTable, Subnet, Target, UpdateState,
    },
};

pub(super) const PUBLIC_IP: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

pub(super) fn stack() -> StackName {
    StackName::new("demo").unwrap()
}

/// The reference topology with two functions.
pub(super) fn reference() -> World {
    let mut world = empty();
    let vpc = add_network(&mut world, "lambda_vpc", "10.0.0.0/16");
    let igw = add_internet_gateway(&mut world, "lambda_igw", &vpc);
    let public = add_subnet(&mut world, "lambda_pub", &vpc, "10.0.10.0/24", "us-east-1a");
    let one = add_subnet(&mut world, "lambda_prv1", &vpc, "10.0.1.0/24", "us-east-1a");
    let two = add_subnet(&mut world, "lambda_prv2", &vpc, "10.0.2.0/24", "us-east-1b");
    let nat = add_nat(&mut world, "lambda_nat", &vpc, &public, PUBLIC_IP);
    add_table(&mut world, "lambda_pub_rt", &vpc, &[&public], Some(Target::InternetGateway(igw)));
    add_table(&mut world, "lambda_prv_rt", &vpc, &[&one, &two], Some(Target::NatGateway(nat)));
    add_function(&mut world, "notify-dingtalk", &[&one, &two]);
    add_function(&mut world, "sync-kintone", &[&one, &two]);
    world
}

/// The reference topology, its NAT route deleted.
pub(super) fn without_nat_route() -> World {
    let mut world = reference();
    let table = world.network.route_tables.get_mut(&id(Kind::RouteTable, "lambda_prv_rt")).unwrap();
    table.routes.retain(|r| r.target == Target::Local);
    world
}

/// The reference topology, its NAT gateway deleted and the route left behind.
pub(super) fn blackhole() -> World {
    let mut world = reference();
    world.gateway.nat_gateways.clear();
    let table = world.network.route_tables.get_mut(&id(Kind::RouteTable, "lambda_prv_rt")).unwrap();
    table.routes.iter_mut().filter(|r| r.target != Target::Local).for_each(|r| r.state = RouteState::Blackhole);
    world
}

/// The reference topology, and no function.
pub(super) fn without_functions() -> World {
    let mut world = reference();
    world.function.functions.clear();
    world
}

/// One gateway that leaves from two addresses, while a third one is being put on it.
pub(super) fn two_addresses() -> World {
    let mut world = reference();
    for nat in world.gateway.nat_gateways.values_mut() {
        for (n, state) in [(8, NatAddressState::InUse), (9, NatAddressState::Associating)] {
            let public_ip = Some(Ipv4Addr::new(203, 0, 113, n));
            let more = NatAddress { address: None, public_ip, primary: false, state, ..nat.addresses[0].clone() };
            nat.addresses.push(more);
        }
    }
    world
}

/// Three zones, each with a NAT gateway of its own, and three functions.
pub(super) fn three_zones() -> World {
    let mut world = empty();
    let vpc = add_network(&mut world, "prod", "10.20.0.0/16");
    let igw = add_internet_gateway(&mut world, "prod_igw", &vpc);
    let mut publics = Vec::new();
    let mut privates = Vec::new();
    for (number, zone) in ["a", "b", "c"].into_iter().enumerate() {
        let place = format!("eu-west-1{zone}");
        let ip = Ipv4Addr::new(198, 51, 100, 10 + u8::try_from(number).unwrap());
        let public = add_subnet(&mut world, &format!("public_{zone}"), &vpc, &format!("10.20.1{number}.0/24"), &place);
        let private = add_subnet(&mut world, &format!("private_{zone}"), &vpc, &format!("10.20.{number}.0/24"), &place);
        let nat = add_nat(&mut world, &format!("nat_{zone}"), &vpc, &public, ip);
        add_table(&mut world, &format!("private_{zone}_rt"), &vpc, &[&private], Some(Target::NatGateway(nat)));
        publics.push(public);
        privates.push(private);
    }
    add_table(&mut world, "public_rt", &vpc, &publics.iter().collect::<Vec<_>>(), Some(Target::InternetGateway(igw)));
    for name in ["charge-card", "refund-card", "settle-day"] {
        add_function(&mut world, name, &privates.iter().collect::<Vec<_>>());
    }
    world
}

/// Everything at once: a second network, a function in a public subnet, one in no network, a failed and a pending gateway,
/// a transit gateway.
pub(super) fn everything() -> World {
    let mut world = reference();
    let vpc = add_network(&mut world, "legacy", "172.16.0.0/16");
    let igw = add_internet_gateway(&mut world, "legacy_igw", &vpc);
    let public = add_subnet(&mut world, "legacy_pub", &vpc, "172.16.0.0/24", "us-east-1a");
    let hub = add_subnet(&mut world, "legacy_hub", &vpc, "172.16.1.0/24", "us-east-1a");
    let lost = add_subnet(&mut world, "legacy_lost", &vpc, "172.16.2.0/24", "us-east-1c");
    let fresh = add_subnet(&mut world, "legacy_fresh", &vpc, "172.16.3.0/24", "us-east-1c");
    let nat = add_nat(&mut world, "legacy_nat", &vpc, &public, Ipv4Addr::new(192, 0, 2, 50));
    let bad = add_nat(&mut world, "legacy_bad", &vpc, &public, Ipv4Addr::new(192, 0, 2, 51));
    world.gateway.nat_gateways.get_mut(&nat).unwrap().state = NatState::Pending;
    let gone = NatState::Failed { code: "InsufficientFreeAddressesInSubnet".into(), message: String::new() };
    world.gateway.nat_gateways.get_mut(&bad).unwrap().state = gone;
    add_table(&mut world, "legacy_pub_rt", &vpc, &[&public], Some(Target::InternetGateway(igw)));
    add_table(
        &mut world,
        "legacy_hub_rt",
        &vpc,
        &[&hub],
        Some(Target::TransitGateway(CloudId::new("tgw-0a1b2c3d4e5f"))),
    );
    add_table(&mut world, "legacy_lost_rt", &vpc, &[&lost], Some(Target::NatGateway(bad)));
    add_table(&mut world, "legacy_fresh_rt", &vpc, &[&fresh], Some(Target::NatGateway(nat)));
    add_function(&mut world, "in-public", &[&public]);
    add_function(&mut world, "in-hub", &[&hub]);
    add_function(&mut world, "in-lost", &[&lost, &fresh]);
    add_function(&mut world, "loose-one", &[]);
    add_function(&mut world, "loose-two", &[]);
    world
}

/// The reference topology with names that nobody should give.
pub(super) fn long_names() -> World {
    let mut world = reference();
    let rename = |tags: &mut Tags, name: &str| tags.insert("Name".to_owned(), name.to_owned());
    let subnets = &mut world.network.subnets;
    rename(&mut subnets.get_mut(&id(Kind::Subnet, "lambda_prv1")).unwrap().tags, &"a-very-long-name-".repeat(15));
    rename(
        &mut subnets.get_mut(&id(Kind::Subnet, "lambda_prv2")).unwrap().tags,
        "東京リージョンのプライベートサブネット二番目です",
    );
    rename(&mut subnets.get_mut(&id(Kind::Subnet, "lambda_pub")).unwrap().tags, "\"<public> & 'open'\"");
    let nat = world.gateway.nat_gateways.values_mut().next().unwrap();
    rename(&mut nat.tags, "بوابة الخروج \u{202e}evil\u{0}");
    add_function(
        &mut world,
        "payment-notification-handler-for-all-partners-of-the-northern-region-production",
        &[&id(Kind::Subnet, "lambda_prv1"), &id(Kind::Subnet, "lambda_prv2")],
    );
    world
}

pub(super) fn empty() -> World {
    let mut world = World::default();
    world.network.place = Place { account: "123456789012".into(), region: "us-east-1".into() };
    world
}

pub(super) fn add_network(world: &mut World, name: &str, cidr: &str) -> CloudId {
    let id = id(Kind::Network, name);
    let network = Network {
        id: id.clone(),
        cidrs: vec![cidr.parse().unwrap()],
        cidrs_v6: Vec::new(),
        state: Readiness::Available,
        is_default: false,
        dns_support: true,
        dns_hostnames: false,
        name_servers: vec![],
        owner: None,
        tags: tags(Kind::Network, name),
    };
    world.network.networks.insert(id.clone(), network);
    id
}

pub(super) fn add_internet_gateway(world: &mut World, name: &str, network: &CloudId) -> CloudId {
    let id = id(Kind::InternetGateway, name);
    let tags = tags(Kind::InternetGateway, name);
    let gateway = InternetGateway { id: id.clone(), network: Some(network.clone()), tags };
    world.gateway.internet_gateways.insert(id.clone(), gateway);
    id
}

pub(super) fn add_subnet(world: &mut World, name: &str, network: &CloudId, cidr: &str, zone: &str) -> CloudId {
    let id = id(Kind::Subnet, name);
    let subnet = Subnet {
        id: id.clone(),
        network: network.clone(),
        cidr: cidr.parse().unwrap(),
        cidr_v6: None,
        zone: zone.to_owned(),
        free_addresses: 251,
        state: Readiness::Available,
        owner: None,
        tags: tags(Kind::Subnet, name),
    };
    world.network.subnets.insert(id.clone(), subnet);
    id
}

pub(super) fn add_nat(world: &mut World, name: &str, network: &CloudId, subnet: &CloudId, ip: Ipv4Addr) -> CloudId {
    let nat = id(Kind::NatGateway, name);
    let address = id(Kind::Address, name);
    let nat_address = NatAddress {
        address: Some(address.clone()),
        public_ip: Some(ip),
        private_ip: None,
        interface: None,
        zone: None,
        association: None,
        primary: true,
        state: NatAddressState::InUse,
    };
    let gateway = NatGateway {
        id: nat.clone(),
        network: network.clone(),
        scope: NatScope::Subnet(subnet.clone()),
        public: true,
        state: NatState::Available,
        addresses: vec![nat_address],
        tags: tags(Kind::NatGateway, name),
    };
    let held = Address {
        id: address.clone(),
        ip: Some(ip),
        interface: None,
        nat_gateway: Some(nat.clone()),
        tags: tags(Kind::Address, name),
    };
    world.gateway.nat_gateways.insert(nat.clone(), gateway);
    world.gateway.addresses.insert(address, held);
    nat
}

pub(super) fn add_table(
    world: &mut World,
    name: &str,
    network: &CloudId,
    subnets: &[&CloudId],
    default: Option<Target<CloudId>>,
) -> CloudId {
    let id = id(Kind::RouteTable, name);
    let local = Route {
        destination: Destination::Cidr("10.0.0.0/8".parse().unwrap()),
        target: Target::Local,
        state: RouteState::Active,
        origin: RouteOrigin::Table,
    };
    let default = default.map(|target| Route {
        destination: Destination::default_v4(),
        target,
        state: RouteState::Active,
        origin: RouteOrigin::Static,
    });
    let associations = subnets.iter().map(|s| Association {
        id: CloudId::new(format!("rtbassoc-{s}")),
        with: AssociatedWith::Subnet((*s).clone()),
        active: true,
    });
    let table = RouteTable {
        id: id.clone(),
        network: network.clone(),
        associations: associations.collect(),
        routes: [local].into_iter().chain(default).collect(),
        tags: tags(Kind::RouteTable, name),
    };
    world.network.route_tables.insert(id.clone(), table);
    id
}

/// Adds a function to these subnets, or to no network where there are none.
pub(super) fn add_function(world: &mut World, name: &str, subnets: &[&CloudId]) {
    let subnets: BTreeSet<CloudId> = subnets.iter().copied().cloned().collect();
    let network = subnets.first().and_then(|s| Some(world.network.subnets.get(s)?.network.clone()));
    let attachment = (!subnets.is_empty()).then(|| Attachment {
        subnets,
        groups: BTreeSet::from([CloudId::new("sg-1")]),
        ipv6: false,
    });
    let function = Function {
        id: CloudId::new(name),
        role: None,
        state: FunctionState::Active,
        update: UpdateState::Done,
        attachment,
        network,
        file_systems: Vec::new(),
        revision: "1".to_owned(),
        versions: Vec::new(),
        aliases: Vec::new(),
        timeout: None,
        concurrency: None,
        managed_by: None,
        tags: Tags::new(),
    };
    world.function.functions.insert(function.id.clone(), function);
}

/// An id in the cloud's manner, the same for the same name.
pub(super) fn id(kind: Kind, name: &str) -> CloudId {
    let prefix = match kind {
        Kind::Network => "vpc",
        Kind::InternetGateway => "igw",
        Kind::Subnet => "subnet",
        Kind::RouteTable => "rtb",
        Kind::NatGateway => "nat",
        Kind::Address => "eipalloc",
        _ => "id",
    };
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    CloudId::new(format!("{prefix}-0{hash:016x}"))
}

fn tags(kind: Kind, name: &str) -> Tags {
    let stack = if name.starts_with("legacy") { "legacy" } else { "demo" };
    Owner { stack: StackName::new(stack).unwrap(), key: Key::new(kind, name) }.tags(&Tags::new())
}
