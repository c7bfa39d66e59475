//! Rules of networks, subnets, route tables and groups.

use egress_core::{
    CloudId, Kind, Tags,
    world::{AclEntry, Direction, Peer, Protocol, Readiness, RouteState, Rule, Target},
};

use super::bench::{Bench, ZONE, default_route, named, refusal};
use crate::cloud::{Code, CreateRouteTable, CreateSecurityGroup, CreateVpc};

super::rules![
    a_network_is_pending_and_then_available,
    a_network_comes_with_a_group_an_acl_and_a_table_and_they_go_with_it,
    a_network_has_between_16_and_28_bits,
    a_network_with_anything_inside_is_not_deleted,
    a_sixth_network_is_over_the_quota,
    a_subnet_lies_inside_its_network,
    subnets_do_not_overlap,
    a_subnet_stands_in_a_zone_that_exists,
    the_first_four_addresses_and_the_last_are_reserved,
    a_full_subnet_gives_no_address,
    a_subnet_with_an_interface_inside_is_not_deleted,
    a_deleted_subnet_takes_its_association_with_it,
    a_table_is_idempotent_by_its_token,
    the_main_table_is_not_deleted_nor_disassociated,
    a_table_in_use_is_not_deleted,
    a_subnet_has_one_association_that_can_be_replaced,
    table_and_subnet_are_of_one_network,
    a_route_to_the_same_destination_is_refused,
    only_an_existing_route_is_replaced_or_deleted,
    the_local_route_stays,
    a_route_needs_a_target_of_its_own_network,
    a_fifty_first_route_is_over_the_quota,
    a_groups_name_is_unique_in_its_network,
    a_groups_name_and_description_are_limited,
    the_default_group_cannot_be_made_nor_deleted,
    a_group_on_an_interface_or_referred_to_is_not_deleted,
    a_rule_stands_once,
    unknown_things_are_not_found_by_name,
    tags_are_limited,
    an_interface_in_use_is_not_deleted,
];

fn a_network_is_pending_and_then_available(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    assert_eq!(b.model.world.network.networks[&vpc].state, Readiness::Pending);
    b.wait(3);
    assert_eq!(b.model.world.network.networks[&vpc].state, Readiness::Available);
}

fn a_network_comes_with_a_group_an_acl_and_a_table_and_they_go_with_it(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let part = &b.model.world.network;
    let group = part.groups.values().next().unwrap();
    let from_itself = Rule { protocol: Protocol::All, ports: (0, 65535), peer: Peer::Group(group.id.clone()) };
    assert_eq!(
        (group.name.as_str(), &group.ingress, &group.egress),
        ("default", &vec![from_itself], &vec![Rule::all_v4()])
    );
    let acl = part.acls.values().next().unwrap();
    let entry = |direction, number, allow| AclEntry {
        number,
        direction,
        protocol: Protocol::All,
        ports: (0, 65535),
        cidr: "0.0.0.0/0".parse().unwrap(),
        allow,
    };
    let both = [Direction::Ingress, Direction::Egress];
    let entries: Vec<AclEntry> =
        both.into_iter().flat_map(|way| [entry(way, 100, true), entry(way, 32767, false)]).collect();
    assert_eq!((acl.is_default, &acl.entries), (true, &entries));
    let table = &part.route_tables[&b.main_table(&vpc)];
    let routes: Vec<(String, String)> =
        table.routes.iter().map(|r| (r.destination.to_string(), r.target.to_string())).collect();
    assert_eq!(routes, [("10.0.0.0/16".to_owned(), "local".to_owned())]);

    b.model.delete_vpc(&vpc).unwrap();
    let part = &b.model.world.network;
    assert_eq!((part.groups.len(), part.acls.len(), part.route_tables.len(), part.networks.len()), (0, 0, 0, 0));
}

fn a_network_has_between_16_and_28_bits(mut b: Bench) {
    for (cidr, fits) in [("10.0.0.0/15", false), ("10.0.0.0/16", true), ("10.0.0.0/28", true), ("10.0.0.0/29", false)] {
        let made = b.model.create_vpc(CreateVpc { cidr_block: cidr.parse().unwrap(), tags: Tags::new() });
        match fits {
            true => assert!(made.is_ok(), "{cidr}"),
            false => assert_eq!(refusal(made), (Code::VpcRange, format!("The CIDR '{cidr}' is invalid."))),
        }
    }
}

fn a_network_with_anything_inside_is_not_deleted(mut b: Bench) {
    type Put = fn(&mut Bench, &CloudId);
    let things: [(&str, Put); 4] = [
        ("a subnet", |b, vpc| drop(b.subnet(vpc, "10.0.0.0/24"))),
        ("a table", |b, vpc| drop(b.table(vpc))),
        ("a group", |b, vpc| drop(b.try_group(vpc, "g").unwrap())),
        ("an internet gateway", |b, vpc| drop(b.igw(vpc))),
    ];
    for (what, put) in things {
        let vpc = b.vpc("10.0.0.0/16");
        put(&mut b, &vpc);
        let sentence = format!("The vpc '{vpc}' has dependencies and cannot be deleted.");
        assert_eq!(refusal(b.model.delete_vpc(&vpc)), (Code::DependencyViolation, sentence), "{what}");
    }
}

fn a_sixth_network_is_over_the_quota(mut b: Bench) {
    for _ in 0..5 {
        b.vpc("10.0.0.0/16");
    }
    let sixth = b.model.create_vpc(CreateVpc { cidr_block: "10.0.0.0/16".parse().unwrap(), tags: Tags::new() });
    assert_eq!(refusal(sixth), (Code::VpcLimit, "The maximum number of VPCs has been reached.".to_owned()));
}

fn a_subnet_lies_inside_its_network(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    for cidr in ["10.1.0.0/24", "10.0.0.0/15", "10.0.0.0/29"] {
        let (code, message) = refusal(b.try_subnet(&vpc, cidr, ZONE));
        assert_eq!((code, message), (Code::SubnetRange, format!("The CIDR '{}' is invalid.", cidr)));
    }
    b.subnet(&vpc, "10.0.0.0/28");
}

fn subnets_do_not_overlap(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    b.subnet(&vpc, "10.0.1.0/24");
    for cidr in ["10.0.1.0/24", "10.0.1.128/25", "10.0.0.0/23"] {
        let sentence = format!("The CIDR '{cidr}' conflicts with another subnet");
        assert_eq!(refusal(b.try_subnet(&vpc, cidr, ZONE)), (Code::SubnetConflict, sentence));
    }
    b.subnet(&vpc, "10.0.2.0/24");
    let other = b.vpc("10.0.0.0/16");
    b.subnet(&other, "10.0.1.0/24");
}

fn a_subnet_stands_in_a_zone_that_exists(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (code, message) = refusal(b.try_subnet(&vpc, "10.0.0.0/24", "mars-1a"));
    assert_eq!(code, Code::InvalidParameterValue);
    assert!(message.starts_with("Value (mars-1a) for parameter availabilityZone is invalid."), "{message}");
}

fn the_first_four_addresses_and_the_last_are_reserved(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    b.igw(&vpc);
    let subnet = b.subnet(&vpc, "10.0.0.0/28");
    let free = |b: &Bench| b.model.world.network.subnets[&subnet].free_addresses;
    assert_eq!(free(&b), 11);
    b.model.config.quotas.addresses = 20;
    b.model.config.quotas.nat_gateways_per_zone = 20;
    for _ in 0..11 {
        let address = b.address();
        b.nat(&subnet, &address);
    }
    let mut ips: Vec<_> = b.model.world.network.interfaces.values().flat_map(|i| i.private_ips.clone()).collect();
    ips.sort();
    let expected: Vec<std::net::Ipv4Addr> = (4..15).map(|last| std::net::Ipv4Addr::new(10, 0, 0, last)).collect();
    assert_eq!((ips, free(&b)), (expected, 0));
}

fn a_full_subnet_gives_no_address(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    b.igw(&vpc);
    let subnet = b.subnet(&vpc, "10.0.0.0/28");
    b.model.config.quotas.addresses = 20;
    b.model.config.quotas.nat_gateways_per_zone = 20;
    for _ in 0..11 {
        let address = b.address();
        b.nat(&subnet, &address);
    }
    let address = b.address();
    let nat = b.nat(&subnet, &address);
    b.wait(300);
    let sentence = "Subnet has insufficient free addresses to create this NAT gateway";
    assert_eq!(b.failed_code(&nat), ("InsufficientFreeAddressesInSubnet", sentence));
}

fn a_subnet_with_an_interface_inside_is_not_deleted(mut b: Bench) {
    let t = b.topology();
    let sentence = format!("The subnet '{}' has dependencies and cannot be deleted.", t.public);
    assert_eq!(refusal(b.model.delete_subnet(&t.public)), (Code::DependencyViolation, sentence));
    b.model.delete_nat_gateway(&t.nat).unwrap();
    assert_eq!(refusal(b.model.delete_subnet(&t.public)).0, Code::DependencyViolation);
    b.wait(200);
    b.model.delete_subnet(&t.public).unwrap();
}

fn a_deleted_subnet_takes_its_association_with_it(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (subnet, table) = (b.subnet(&vpc, "10.0.0.0/24"), b.table(&vpc));
    b.model.associate_route_table(&table, &subnet).unwrap();
    b.model.delete_subnet(&subnet).unwrap();
    assert_eq!(b.model.world.network.route_tables[&table].associations, []);
    assert!(b.model.world.network.acls.values().all(|a| a.subnets.is_empty()));
    b.model.delete_route_table(&table).unwrap();
}

fn a_table_is_idempotent_by_its_token(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let mut make = |token: Option<&str>, name: &str| {
        let args = CreateRouteTable { vpc_id: vpc.clone(), client_token: token.map(str::to_owned), tags: named(name) };
        b.model.create_route_table(args)
    };
    let first = make(Some("t"), "a").unwrap();
    assert_eq!(make(Some("t"), "a").unwrap(), first);
    assert_eq!(refusal(make(Some("t"), "b")).0, Code::IdempotentParameterMismatch);
    assert_ne!(make(Some("u"), "a").unwrap(), first);
    assert_ne!(make(None, "a").unwrap(), make(None, "a").unwrap());
}

fn the_main_table_is_not_deleted_nor_disassociated(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let main = b.main_table(&vpc);
    let sentence = format!("The routeTable '{main}' has dependencies and cannot be deleted.");
    assert_eq!(refusal(b.model.delete_route_table(&main)), (Code::DependencyViolation, sentence));
    let association = b.model.world.network.route_tables[&main].associations[0].id.clone();
    let sentence = format!("cannot disassociate the main route table association {association}");
    assert_eq!(refusal(b.model.disassociate_route_table(&association)), (Code::InvalidParameterValue, sentence));
}

fn a_table_in_use_is_not_deleted(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (subnet, table) = (b.subnet(&vpc, "10.0.0.0/24"), b.table(&vpc));
    let association = b.model.associate_route_table(&table, &subnet).unwrap();
    assert_eq!(refusal(b.model.delete_route_table(&table)).0, Code::DependencyViolation);
    b.model.disassociate_route_table(&association).unwrap();
    b.model.delete_route_table(&table).unwrap();
}

fn a_subnet_has_one_association_that_can_be_replaced(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (subnet, one, two) = (b.subnet(&vpc, "10.0.0.0/24"), b.table(&vpc), b.table(&vpc));
    let association = b.model.associate_route_table(&one, &subnet).unwrap();
    let sentence = format!("the specified association for route table {two} conflicts with an existing association");
    let again = b.model.associate_route_table(&two, &subnet);
    assert_eq!(refusal(again), (Code::ResourceAlreadyAssociated, sentence));
    let replaced = b.model.replace_route_table_association(&association, &two).unwrap();
    assert_ne!(replaced, association);
    let tables = &b.model.world.network.route_tables;
    assert!(tables[&one].associations.is_empty());
    assert_eq!(tables[&two].association_of(&subnet).unwrap().id, replaced);
    assert_eq!(refusal(b.model.disassociate_route_table(&association)).0, Code::InvalidAssociationNotFound);
}

fn table_and_subnet_are_of_one_network(mut b: Bench) {
    let (here, there) = (b.vpc("10.0.0.0/16"), b.vpc("10.0.0.0/16"));
    let (subnet, table) = (b.subnet(&here, "10.0.0.0/24"), b.table(&there));
    let sentence = format!("route table {table} and subnet {subnet} belong to different networks");
    assert_eq!(refusal(b.model.associate_route_table(&table, &subnet)), (Code::InvalidParameterValue, sentence));
}

fn a_route_to_the_same_destination_is_refused(mut b: Bench) {
    let t = b.topology();
    let sentence = "The route identified by 0.0.0.0/0 already exists.".to_owned();
    let again = b.route(&t.table, Target::NatGateway(t.nat.clone()));
    assert_eq!(refusal(again), (Code::RouteAlreadyExists, sentence));
}

fn only_an_existing_route_is_replaced_or_deleted(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (igw, table) = (b.igw(&vpc), b.table(&vpc));
    let args = default_route(&table, Target::InternetGateway(igw));
    let sentence = "There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead.";
    let refused = refusal(b.model.replace_route(args.clone()));
    assert_eq!(refused, (Code::InvalidParameterValue, sentence.to_owned()));
    let sentence = format!("no route with destination-cidr-block 0.0.0.0/0 in route table {table}");
    assert_eq!(refusal(b.model.delete_route(&table, &args.destination)), (Code::RouteNotFound, sentence));
    b.model.create_route(args.clone()).unwrap();
    b.model.replace_route(args.clone()).unwrap();
    b.model.delete_route(&table, &args.destination).unwrap();
    assert_eq!(b.model.world.network.route_tables[&table].routes.len(), 1);
}

fn the_local_route_stays(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let table = b.table(&vpc);
    let local = b.model.world.network.route_tables[&table].routes[0].destination.clone();
    let sentence = format!("cannot remove local route 10.0.0.0/16 in route table {table}");
    assert_eq!(refusal(b.model.delete_route(&table, &local)), (Code::InvalidParameterValue, sentence));
}

fn a_route_needs_a_target_of_its_own_network(mut b: Bench) {
    let (here, there) = (b.vpc("10.0.0.0/16"), b.vpc("10.0.0.0/16"));
    let (table, igw) = (b.table(&here), b.igw(&there));
    let unknown = b.route(&table, Target::InternetGateway(CloudId::new("igw-1")));
    let sentence = "The gateway ID 'igw-1' does not exist".to_owned();
    assert_eq!(refusal(unknown), (Code::GatewayNotFoundForRoute, sentence));
    let sentence = format!("route table {table} and network gateway {igw} belong to different networks");
    let refused = refusal(b.route(&table, Target::InternetGateway(igw.clone())));
    assert_eq!(refused, (Code::InvalidParameterValue, sentence.clone()));
    // The same is said of a gateway that is attached to nothing.
    b.model.detach_internet_gateway(&igw, &there).unwrap();
    let refused = refusal(b.route(&table, Target::InternetGateway(igw.clone())));
    assert_eq!(refused, (Code::InvalidParameterValue, sentence));
    b.model.attach_internet_gateway(&igw, &here).unwrap();
    b.route(&table, Target::InternetGateway(igw)).unwrap();
    assert_eq!(b.route_state(&table), RouteState::Active);
}

fn a_fifty_first_route_is_over_the_quota(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (table, igw) = (b.table(&vpc), b.igw(&vpc));
    for n in 0..=50_u8 {
        let mut args = default_route(&table, Target::InternetGateway(igw.clone()));
        args.destination = egress_core::world::Destination::Cidr(format!("203.0.{n}.0/24").parse().unwrap());
        let made = b.model.create_route(args);
        match n {
            50 => assert_eq!(refusal(made).0, Code::RouteLimit),
            _ => made.unwrap(),
        }
    }
}

fn a_groups_name_is_unique_in_its_network(mut b: Bench) {
    let (here, there) = (b.vpc("10.0.0.0/16"), b.vpc("10.0.0.0/16"));
    b.try_group(&here, "g").unwrap();
    let sentence = format!("The security group 'g' already exists for VPC '{here}'");
    assert_eq!(refusal(b.try_group(&here, "g")), (Code::GroupDuplicate, sentence));
    b.try_group(&there, "g").unwrap();
}

fn a_groups_name_and_description_are_limited(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let mut said = |name: &str, description: &str| {
        let (group_name, description) = (name.to_owned(), description.to_owned());
        let args = CreateSecurityGroup { vpc_id: vpc.clone(), group_name, description, tags: Tags::new() };
        let (code, message) = refusal(b.model.create_security_group(args));
        assert_eq!(code, Code::InvalidParameterValue);
        message
    };
    let beyond_ascii =
        "Value (組) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.";
    assert_eq!(said("g", "組"), beyond_ascii);
    let like_an_id = "Value (sg-1) for parameter GroupName is invalid. Group names may not be in the format sg-*";
    assert_eq!(said("sg-1", "d"), like_an_id);
    let limits = |noun: &str| {
        format!(
            "Invalid security group {noun}. Valid {noun}s are strings less than 256 characters from the following set:  \
             a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
        )
    };
    for bad in ["", "it's", &"d".repeat(256)] {
        assert_eq!(said("g", bad), limits("description"));
        assert_eq!(said(bad, "d"), limits("name"));
    }
    b.try_group(&vpc, &"g".repeat(255)).unwrap();
}

fn the_default_group_cannot_be_made_nor_deleted(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    assert_eq!(refusal(b.try_group(&vpc, "default")).0, Code::InvalidParameterValue);
    let id = b.model.world.network.groups.keys().next().unwrap().clone();
    let sentence = format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
    assert_eq!(refusal(b.model.delete_security_group(&id)), (Code::CannotDelete, sentence));
}

fn a_group_on_an_interface_or_referred_to_is_not_deleted(mut b: Bench) {
    let t = b.topology();
    let f = b.function("f");
    b.update(&f, Some(super::bench::attachment(&[&t.private], &t.group))).unwrap();
    let sentence = format!("resource {} has a dependent object", t.group);
    let deleted = b.model.delete_security_group(&t.group);
    assert_eq!(refusal(deleted), (Code::DependencyViolation, sentence.clone()));
    b.wait(600);
    b.update(&f, None).unwrap();
    b.wait(600);
    let other = b.try_group(&t.vpc, "other").unwrap();
    let rule = Rule { protocol: Protocol::Tcp, ports: (443, 443), peer: Peer::Group(t.group.clone()) };
    b.model.authorize_egress(&other, rule).unwrap();
    assert_eq!(refusal(b.model.delete_security_group(&t.group)), (Code::DependencyViolation, sentence));
    b.model.delete_security_group(&other).unwrap();
    b.model.delete_security_group(&t.group).unwrap();
}

fn a_rule_stands_once(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let group = b.try_group(&vpc, "g").unwrap();
    let sentence = "the specified rule \"peer: 0.0.0.0/0, ALL, ALLOW\" already exists".to_owned();
    let again = b.model.authorize_egress(&group, Rule::all_v4());
    assert_eq!(refusal(again), (Code::PermissionDuplicate, sentence));
    let https = Rule { ports: (443, 443), protocol: Protocol::Tcp, ..Rule::all_v4() };
    b.model.authorize_egress(&group, https.clone()).unwrap();
    let sentence = "the specified rule \"peer: 0.0.0.0/0, TCP, from port: 443, to port: 443, ALLOW\" already exists";
    let again = b.model.authorize_egress(&group, https.clone());
    assert_eq!(refusal(again), (Code::PermissionDuplicate, sentence.to_owned()));
    assert_eq!(b.model.world.network.groups[&group].egress, [Rule::all_v4(), https]);
}

fn unknown_things_are_not_found_by_name(mut b: Bench) {
    let x = CloudId::new("x-1");
    let m = &mut b.model;
    let said = [
        refusal(m.delete_vpc(&x)),
        refusal(m.delete_subnet(&x)),
        refusal(m.delete_route_table(&x)),
        refusal(m.delete_security_group(&x)),
        refusal(m.delete_network_interface(&x)),
        refusal(m.delete_internet_gateway(&x)),
        refusal(m.release_address(&x)),
        refusal(m.delete_nat_gateway(&x)),
        refusal(m.delete_function(&x)),
        refusal(m.delete_role(&x)),
        refusal(m.set_tags(Kind::SecurityGroup, &x, &Tags::new(), &[])),
        refusal(m.set_tags(Kind::Address, &x, &Tags::new(), &[])),
    ];
    let said: Vec<String> = said
        .iter()
        .map(|(code, message)| format!("{} {} {:?} {message}", code.as_str(), code.status(), code.kind()))
        .collect();
    let expected = [
        "InvalidVpcID.NotFound 400 NotFound The vpc ID 'x-1' does not exist",
        "InvalidSubnetID.NotFound 400 NotFound The subnet ID 'x-1' does not exist",
        "InvalidRouteTableID.NotFound 400 NotFound The routeTable ID 'x-1' does not exist",
        "InvalidGroup.NotFound 400 NotFound The security group 'x-1' does not exist",
        "InvalidNetworkInterfaceID.NotFound 400 NotFound The networkInterface ID 'x-1' does not exist",
        "InvalidInternetGatewayID.NotFound 400 NotFound The internetGateway ID 'x-1' does not exist",
        "InvalidAllocationID.NotFound 400 NotFound The allocation ID 'x-1' does not exist",
        "NatGatewayNotFound 400 NotFound The Nat Gateway x-1 was not found",
        "ResourceNotFoundException 404 NotFound Function not found: \
         arn:aws:lambda:ap-northeast-1:123456789012:function:x-1",
        "NoSuchEntity 404 NotFound The role with name x-1 cannot be found.",
        "InvalidGroup.NotFound 400 NotFound The security group 'x-1' does not exist",
        "InvalidElasticIpID.NotFound 400 NotFound The elasticIp ID 'x-1' does not exist",
    ];
    assert_eq!(said, expected);
}

fn tags_are_limited(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let f = b.function("f");
    let many: Tags = (0..51).map(|n| (format!("k{n}"), String::new())).collect();
    let one = |name: &str, value: &str| Tags::from([(name.to_owned(), value.to_owned())]);
    let long = "v".repeat(257);
    for (kind, id, tags, code) in [
        (Kind::Network, &vpc, many.clone(), Code::TagLimit),
        (Kind::Network, &vpc, one("aws:x", ""), Code::InvalidParameterValue),
        (Kind::Network, &vpc, one("k", &long), Code::InvalidParameterValue),
        (Kind::Function, &f, many, Code::InvalidFunctionParameter),
        (Kind::Function, &f, one("k", "a,b"), Code::InvalidFunctionParameter),
        (Kind::Function, &f, one("k", &long), Code::InvalidFunctionParameter),
    ] {
        assert_eq!(refusal(b.model.set_tags(kind, id, &tags, &[])).0, code, "{tags:?}");
    }
    let sentence =
        "Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use";
    assert_eq!(refusal(b.model.set_tags(Kind::Network, &vpc, &one("aws:x", ""), &[])).1, sentence);
    // At the limit a value can still be changed.
    let full: Tags = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
    let subnet = b.subnet(&vpc, "10.0.0.0/24");
    b.model.set_tags(Kind::Subnet, &subnet, &full, &["Name".to_owned()]).unwrap();
    b.model.set_tags(Kind::Subnet, &subnet, &one("k0", "v"), &[]).unwrap();
    let refused = refusal(b.model.set_tags(Kind::Subnet, &subnet, &one("k50", "v"), &[]));
    assert_eq!(refused.0, Code::TagLimit);
    assert_eq!(b.model.world.network.networks[&vpc].tags, named("net"));
    b.model.set_tags(Kind::Network, &vpc, &one("k", "a,b"), &["Name".to_owned()]).unwrap();
    assert_eq!(b.model.world.network.networks[&vpc].tags, one("k", "a,b"));
    let revision = b.get(&f).revision.clone();
    b.model.set_tags(Kind::Function, &f, &one("k", &format!("{} _.:/=+-@", "v".repeat(246))), &[]).unwrap();
    assert_ne!(b.get(&f).revision, revision);
}

fn an_interface_in_use_is_not_deleted(mut b: Bench) {
    let t = b.topology();
    let id = b.gateway(&t.nat).addresses[0].interface.clone().unwrap();
    let sentence = format!("Network interface '{id}' is currently in use.");
    assert_eq!(refusal(b.model.delete_network_interface(&id)), (Code::InterfaceInUse, sentence));
}
