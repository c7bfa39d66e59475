//! A whole account, read over the wire: all that a packet may meet, what may not be read, and what a stack does without.

use std::{collections::BTreeSet, sync::Arc};

use egress_core::{
    CloudExt, CloudId, ErrorKind, Op, Outcome, Scope, StackName, Tags, Token, World,
    clock::VirtualClock,
    op::{CreateGroup, CreateNetwork, CreateSubnet, NetworkOp},
    world::{
        Attachment, BlockMode, BlockPublicAccess, Destination, EgressOnlyGateway, Endpoint, EndpointKind, Exclusion,
        Interface, InterfaceKind, Machine, Peering, PeeringEnd, PrefixList, Route, RouteOrigin, RouteState, Target,
        TransitAttachment, TransitEnd, TransitGateway, TransitRoute, TransitTable, Unseen,
    },
};
use egress_mock::{
    FunctionSetup, MockCloud, Timing,
    wire::{Fault, Gives},
};

use super::{FUNCTION, account, connected};

/// Ids as the emulator reads them.
fn id(prefix: &str) -> CloudId {
    CloudId::new(format!("{prefix}-0aaaaaaaaaaaaaaaa"))
}

struct Stage {
    clock: VirtualClock,
    mock: MockCloud,
    network: CloudId,
}

/// An account with a network, a function in it, and one of everything that a packet may meet.
fn stage() -> Stage {
    let clock = VirtualClock::new();
    let mock = account(Timing::default(), Arc::new(clock.clone()));
    let make = |op: NetworkOp<CloudId>| {
        let Outcome::Done(effect) = clock.block_on(mock.apply(&Op::Network(op), &Token::new("t"))) else { panic!() };
        effect.id.unwrap()
    };
    let cidr = |text: &str| text.parse().unwrap();
    let network = make(NetworkOp::CreateNetwork(CreateNetwork { cidr: cidr("10.0.0.0/16"), tags: Tags::new() }));
    let subnet = make(NetworkOp::CreateSubnet(CreateSubnet {
        network: network.clone(),
        cidr: cidr("10.0.1.0/24"),
        zone: "ap-northeast-1a".to_owned(),
        tags: Tags::new(),
    }));
    let group = make(NetworkOp::CreateGroup(CreateGroup {
        network: network.clone(),
        name: "fn".to_owned(),
        description: "functions".to_owned(),
        tags: Tags::new(),
    }));
    let attachment = Attachment { subnets: [subnet.clone()].into(), groups: [group.clone()].into(), ipv6: false };
    let inside = FunctionSetup { attachment: Some(attachment), ..FunctionSetup::new("inside", FUNCTION.1) };
    mock.create_function(FunctionSetup { concurrency: Some(7), ..inside }).unwrap();
    mock.edit(|world| fill(world, &network, &subnet, &group));
    Stage { clock, mock, network }
}

fn fill(world: &mut World, network: &CloudId, subnet: &CloudId, group: &CloudId) {
    let named = |name: &str| Tags::from([("Name".to_owned(), name.to_owned())]);
    let part = &mut world.network;
    let vpc = part.networks.get_mut(network).unwrap();
    vpc.cidrs_v6 = vec!["2406:da14:1:100::/56".parse().unwrap()];
    vpc.name_servers = vec!["10.0.0.53".parse().unwrap()];
    vpc.dns_hostnames = true;
    let interface = |name: &str, kind, ip: &str| Interface {
        id: CloudId::new(format!("eni-0{}", name.repeat(16))),
        network: network.clone(),
        subnet: subnet.clone(),
        kind,
        in_use: true,
        groups: [group.clone()].into(),
        private_ips: vec![ip.parse().unwrap()],
        ipv6: Vec::new(),
        prefixes: Vec::new(),
        public_ip: None,
        instance: None,
        source_dest_check: true,
        description: String::new(),
        tags: Tags::new(),
    };
    let mut first = interface("a", InterfaceKind::Machine, "10.0.1.200");
    let mut second = interface("b", InterfaceKind::Machine, "10.0.1.201");
    (first.instance, second.instance) = (Some(id("i")), Some(id("i")));
    first.prefixes = ["10.0.1.64/28", "2406:da14:1:100:1::/80"].map(|range| range.parse().unwrap()).into();
    let of_endpoint = interface("c", InterfaceKind::Endpoint, "10.0.1.202");
    let machine = Machine { id: id("i"), running: true, interface: Some(first.id.clone()), tags: named("nat") };
    part.machines.insert(id("i"), machine);
    let route = |destination: &str, target| Route {
        destination: Destination::Cidr(destination.parse().unwrap()),
        target,
        state: RouteState::Active,
        origin: RouteOrigin::Static,
    };
    let lists = [
        ("pl-12345678", "com.amazonaws.ap-northeast-1.s3", "52.219.0.0/20"),
        ("pl-0aaaaaaaaaaaaaaaa", "own", "192.0.2.0/24"),
    ];
    for (list, name, cidr) in lists {
        let cidrs = Some(vec![cidr.parse().unwrap()]);
        part.prefix_lists.insert(list.into(), PrefixList { id: list.into(), name: name.to_owned(), cidrs });
    }
    let table = part.route_tables.values_mut().find(|t| t.network == *network).unwrap();
    table.routes.extend([
        route("10.1.0.0/16", Target::TransitGateway(id("tgw"))),
        route("10.2.0.0/16", Target::Peering(id("pcx"))),
        route("10.3.0.0/16", Target::Interface(second.id.clone())),
        route("::/0", Target::EgressOnlyGateway(id("eigw"))),
        Route {
            destination: Destination::PrefixList("pl-0aaaaaaaaaaaaaaaa".into()),
            ..route("0.0.0.0/0", Target::Interface(first.id.clone()))
        },
    ]);
    let endpoint = |id: &CloudId, service: &str, kind| Endpoint {
        id: id.clone(),
        network: network.clone(),
        service: format!("com.amazonaws.ap-northeast-1.{service}"),
        kind,
        available: true,
        tags: Tags::new(),
    };
    // On no table: nothing but the endpoint names its list.
    let by_route = EndpointKind::Gateway { prefix_list: Some("pl-12345678".into()), route_tables: BTreeSet::new() };
    let by_interface = EndpointKind::Interface {
        subnets: [subnet.clone()].into(),
        groups: [group.clone()].into(),
        private_dns: true,
        interfaces: [of_endpoint.id.clone()].into(),
        names: ["ssm.ap-northeast-1.amazonaws.com", "vpce-1.ssm.ap-northeast-1.vpce.amazonaws.com"]
            .map(str::to_owned)
            .into(),
    };
    for endpoint in
        [endpoint(&id("vpce"), "s3", by_route), endpoint(&"vpce-0bbbbbbbbbbbbbbbb".into(), "ssm", by_interface)]
    {
        part.endpoints.insert(endpoint.id.clone(), endpoint);
    }
    let end = |network: CloudId, cidr: &str| PeeringEnd { network, cidrs: vec![cidr.parse().unwrap()] };
    let (requester, accepter) = (end(network.clone(), "10.0.0.0/16"), end(id("vpc"), "10.2.0.0/16"));
    part.peerings.insert(id("pcx"), Peering { id: id("pcx"), requester, accepter, active: true, tags: named("peer") });
    for interface in [first, second, of_endpoint] {
        part.interfaces.insert(interface.id.clone(), interface);
    }
    part.block_public_access = BlockPublicAccess {
        mode: BlockMode::Ingress,
        exclusions: [(network.clone(), Exclusion::Egress), (subnet.clone(), Exclusion::Bidirectional)].into(),
    };
    fill_hub(world, network, subnet);
    let gateway = EgressOnlyGateway { id: id("eigw"), network: Some(network.clone()), tags: named("v6") };
    world.gateway.egress_only_gateways.insert(id("eigw"), gateway);
}

fn fill_hub(world: &mut World, network: &CloudId, subnet: &CloudId) {
    let hub = &mut world.network.transit;
    let attachment = |id: &str, end, available| TransitAttachment {
        id: id.into(),
        gateway: CloudId::new("tgw-0aaaaaaaaaaaaaaaa"),
        end,
        available,
        table: available.then(id_of_table),
        tags: Tags::new(),
    };
    let of_network = TransitEnd::Network { network: network.clone(), subnets: Some([subnet.clone()].into()) };
    let foreign = TransitEnd::Network { network: "vpc-0bbbbbbbbbbbbbbbb".into(), subnets: None };
    let tunnel = TransitEnd::Other { kind: "vpn".to_owned(), id: Some("vpn-0aaaaaaaaaaaaaaaa".into()) };
    for attachment in [
        attachment("tgw-attach-0aaaaaaaaaaaaaaaa", of_network, true),
        attachment("tgw-attach-0bbbbbbbbbbbbbbbb", foreign, true),
        attachment("tgw-attach-0cccccccccccccccc", tunnel, false),
    ] {
        hub.attachments.insert(attachment.id.clone(), attachment);
    }
    let route = |cidr: &str, to: &[&str], state, propagated| TransitRoute {
        cidr: cidr.parse().unwrap(),
        attachments: to.iter().map(|id| CloudId::new(*id)).collect(),
        state,
        propagated,
    };
    let both = ["tgw-attach-0aaaaaaaaaaaaaaaa", "tgw-attach-0bbbbbbbbbbbbbbbb"];
    let routes = vec![
        route("0.0.0.0/0", &both, RouteState::Active, false),
        route("10.0.0.0/16", &both[..1], RouteState::Active, true),
        route("10.9.0.0/16", &[], RouteState::Blackhole, false),
    ];
    let table = TransitTable { id: id_of_table(), gateway: id("tgw"), routes: Some(routes), tags: Tags::new() };
    hub.tables.insert(id_of_table(), table);
    hub.gateways
        .insert(id("tgw"), TransitGateway { id: id("tgw"), owner: Some("210987654321".to_owned()), tags: Tags::new() });
}

fn id_of_table() -> CloudId {
    id("tgw-rtb")
}

/// What has no order is ordered.
fn ordered(mut world: World) -> World {
    for acl in world.network.acls.values_mut() {
        acl.entries.sort_by_key(|entry| (entry.direction, entry.number));
    }
    world
}

#[test]
fn a_whole_account_is_read_as_it_is() {
    let Stage { clock, mock, .. } = stage();
    let cloud = connected(&mock, &clock);
    let read = ordered(clock.block_on(cloud.observe(&Scope::Everything)).unwrap());
    let held = ordered(clock.block_on(mock.observe(&Scope::Everything)).unwrap());
    assert_eq!(read.network, held.network);
    assert_eq!(read.gateway, held.gateway);
    assert_eq!(read.function, held.function);
    assert_eq!(read.function.functions[&CloudId::new("inside")].concurrency, Some(7));
}

#[test]
fn what_may_not_be_read_is_unseen_and_the_rest_is_read() {
    let Stage { clock, mock, .. } = stage();
    for action in [
        "DescribeRouteTables",
        "DescribeSecurityGroups",
        "DescribeNetworkAcls",
        "DescribeNetworkInterfaces",
        "DescribeInstances",
        "DescribeVpcEndpoints",
        "DescribeVpcPeeringConnections",
        "DescribeTransitGatewayAttachments",
        "DescribeTransitGatewayRouteTables",
        "DescribeVpcBlockPublicAccessOptions",
        "DescribeInternetGateways",
        "DescribeEgressOnlyInternetGateways",
        "DescribeNatGateways",
        "DescribeAddresses",
        "ListEntitiesForPolicy",
    ] {
        deny(&mock, action);
    }
    let world = clock.block_on(connected(&mock, &clock).observe(&Scope::Everything)).unwrap();
    let said = |unseen: &Unseen| unseen.iter().map(|(listing, why)| format!("{listing}: {why}")).collect::<Vec<_>>();
    let unseen = [said(&world.network.unseen), said(&world.gateway.unseen), said(&world.function.unseen)].concat();
    insta::assert_snapshot!(unseen.join("\n"));
    assert_eq!((world.network.networks.len(), world.function.functions.len()), (1, 2));
}

#[test]
fn without_its_networks_or_functions_an_account_is_not_read() {
    for action in ["DescribeVpcs", "DescribeSubnets", "ListFunctions"] {
        let Stage { clock, mock, .. } = stage();
        deny(&mock, action);
        let error = clock.block_on(connected(&mock, &clock).observe(&Scope::Everything)).unwrap_err();
        assert_eq!((error.kind, error.operation.as_str()), (ErrorKind::Denied, action));
    }
}

#[test]
fn a_hubs_routes_that_may_not_be_read_are_unknown() {
    let Stage { clock, mock, .. } = stage();
    deny(&mock, "SearchTransitGatewayRoutes");
    let world = clock.block_on(connected(&mock, &clock).observe(&Scope::Everything)).unwrap();
    assert_eq!(world.network.transit.tables[&id_of_table()].routes, None);
    assert_eq!(
        world.network.unseen.why(egress_core::world::Listing::TransitTables),
        Some("ec2:SearchTransitGatewayRoutes (denied)")
    );
}

#[test]
fn a_stack_reads_what_its_routes_lead_to_and_no_more() {
    let Stage { clock, mock, network } = stage();
    let scope = Scope::Stack { stack: StackName::new("s").unwrap(), functions: [].into(), networks: [network].into() };
    let cloud = connected(&mock, &clock);
    let read = clock.block_on(cloud.observe(&scope)).unwrap();
    assert_eq!(read.network.machines.keys().collect::<Vec<_>>(), [&id("i")]);
    assert_eq!(read.network.transit, mock.world().network.transit);
    assert_eq!((read.network.block_public_access.is_off(), read.gateway.egress_only_gateways.len()), (true, 0));
    mock.edit(|world| {
        world.network.route_tables.values_mut().for_each(|table| table.routes.truncate(1));
        world.network.endpoints.clear();
        world.network.interfaces.retain(|_, i| i.kind == InterfaceKind::Function);
    });
    let cloud = connected(&mock, &clock);
    clock.block_on(cloud.observe(&scope)).unwrap();
    let asked: BTreeSet<String> = cloud.calls().into_iter().map(|call| call.action).collect();
    let more = ["Instances", "Transit", "DhcpOptions", "BlockPublicAccess", "EgressOnly", "Endpoints", "VpcAttribute"];
    let found: Vec<_> = asked.iter().filter(|action| more.iter().any(|part| action.contains(part))).collect();
    assert_eq!(found, Vec::<&String>::new());
}

/// The caller may not do this, this once.
fn deny(mock: &MockCloud, action: &str) {
    let code = if action.starts_with("List") { "AccessDenied" } else { "UnauthorizedOperation" };
    let code = if action == "ListFunctions" { "AccessDeniedException" } else { code }.to_owned();
    let message = "You are not authorized to perform this operation.".to_owned();
    mock.befall(Fault::next(action, Gives::Error { status: 403, code, message }).without_effect());
}
