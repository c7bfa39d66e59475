//! Good files, and the Specs they become.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    CloudId, StackName,
    spec::{
        AddressSpec, FunctionSpec, InternetGatewaySpec, NatGatewaySpec, NetworkSpec, PRESETS, Parsed, Permission,
        SecurityGroupSpec, Spec, SubnetSpec, WayOut, ZoneChoice, parse, preset, template,
    },
};

/// The reference topology, as it is told to users.
pub(super) fn reference(stack: &str) -> Spec {
    let nat = || WayOut::NatGateway("lambda_nat".into());
    let subnet = |name: &str, cidr: &str, zone, way_out| SubnetSpec {
        name: name.into(),
        cidr: cidr.parse().unwrap(),
        zone: ZoneChoice::Nth(zone),
        way_out,
    };
    Spec {
        stack: StackName::new(stack).unwrap(),
        account: None,
        region: None,
        tags: [].into(),
        network: NetworkSpec { name: "lambda_vpc".into(), cidr: "10.0.0.0/16".parse().unwrap() },
        internet_gateway: InternetGatewaySpec { name: "lambda_igw".into(), route_table: "lambda_pub_rt".into() },
        subnets: vec![
            subnet("lambda_pub", "10.0.10.0/24", 1, WayOut::InternetGateway),
            subnet("lambda_prv1", "10.0.1.0/24", 1, nat()),
            subnet("lambda_prv2", "10.0.2.0/24", 2, nat()),
        ],
        nat_gateways: vec![NatGatewaySpec {
            name: "lambda_nat".into(),
            subnet: "lambda_pub".into(),
            route_table: "lambda_prv_rt".into(),
            address: None,
            more: vec![],
        }],
        security_group: SecurityGroupSpec { name: "lambda_sg".into() },
        functions: vec![],
        external: BTreeSet::new(),
        existing: BTreeMap::new(),
        routes_in: BTreeMap::new(),
        ports: [443].into(),
        echo_url: None,
    }
}

fn accepted(text: &str) -> Spec {
    let Parsed { spec, warnings } = parse(text).unwrap();
    assert_eq!(warnings, []);
    spec
}

fn function(name: &str, permission: Permission) -> FunctionSpec {
    FunctionSpec { name: CloudId::new(name), permission }
}

#[test]
fn the_preset_gives_exactly_the_reference_topology() {
    assert_eq!(accepted("stack = 'prod'\npreset = 'lambda-static-ip'"), reference("prod"));
}

#[test]
fn every_preset_is_complete_and_right() {
    for known in PRESETS {
        assert_eq!(preset(known.name), Some(&known));
        accepted(&format!("stack = 'prod'\npreset = '{}'", known.name));
        // Without the name of the preset, but with its text, the Spec is the same.
        assert_eq!(accepted(&format!("stack = 'prod'\n{}", known.text)), reference("prod"));
    }
    assert_eq!(preset("nonsense"), None);
}

#[test]
fn what_the_file_gives_overrides_that_piece_of_the_preset() {
    let text = "stack = 'prod'\npreset = 'lambda-static-ip'\nports = [8443, 443]\naccount = '123456789012'\n\
                [internet_gateway]\nroute_table = 'rt'\n[security_group]\nname = 'group'\n\
                [[nat_gateway]]\nname = 'nat'\nroute_table = 'nat_rt'\naddress = '203.0.113.7'\n\
                [[function]]\nname = 'f'\n[[function]]\nname = 'g'\npermission = 'inline'\n[tags]\nteam = '支付 a/b'";
    let mut expected = reference("prod");
    expected.ports = [443, 8443].into();
    expected.account = Some("123456789012".into());
    expected.internet_gateway.route_table = "rt".into();
    expected.security_group.name = "group".into();
    expected.nat_gateways = vec![NatGatewaySpec {
        name: "nat".into(),
        subnet: "lambda_pub".into(),
        route_table: "nat_rt".into(),
        address: Some([203, 0, 113, 7].into()),
        more: vec![],
    }];
    for subnet in &mut expected.subnets[1..] {
        subnet.way_out = WayOut::NatGateway("nat".into());
    }
    expected.functions = vec![function("f", Permission::Managed), function("g", Permission::Inline)];
    expected.tags = [("team".into(), "支付 a/b".into())].into();
    assert_eq!(accepted(text), expected);
}

#[test]
fn a_gateway_has_its_own_address_and_the_ones_that_are_listed_for_it() {
    let text = "stack = 'prod'\npreset = 'lambda-static-ip'\n\
                [[address]]\nname = 'second'\n[[address]]\nname = 'third'\nnat = 'lambda_nat'\nip = '203.0.113.8'";
    let mut expected = reference("prod");
    expected.nat_gateways[0].more = vec![
        AddressSpec { name: "second".into(), ip: None },
        AddressSpec { name: "third".into(), ip: Some([203, 0, 113, 8].into()) },
    ];
    let spec = accepted(text);
    assert_eq!(spec, expected);
    let keys: Vec<String> = spec.nat_gateways[0].address_keys().map(|key| key.to_string()).collect();
    assert_eq!(keys, ["address/lambda_nat", "address/second", "address/third"]);
    assert_eq!(accepted("stack = 'prod'\npreset = 'lambda-static-ip'\naddress = []"), reference("prod"));
}

#[test]
fn each_of_several_gateways_has_its_own_addresses() {
    let text = "stack = 'prod'\npreset = 'lambda-static-ip'\n\
                [[private_subnet]]\nname = 'x'\ncidr = '10.0.1.0/24'\nnat = 'a'\n\
                [[private_subnet]]\nname = 'y'\ncidr = '10.0.2.0/24'\nnat = 'b'\n\
                [[nat_gateway]]\nname = 'a'\nroute_table = 'ra'\n[[nat_gateway]]\nname = 'b'\nroute_table = 'rb'\n\
                [[address]]\nname = 'b2'\nnat = 'b'\n[[address]]\nname = 'a2'\nnat = 'a'\n[[address]]\nname = 'b3'\nnat = 'b'";
    let of = |n: usize| accepted(text).nat_gateways[n].address_keys().map(|key| key.name).collect::<Vec<_>>();
    assert_eq!((of(0), of(1)), (vec!["a".into(), "a2".into()], vec!["b".into(), "b2".into(), "b3".into()]));
}

#[test]
fn the_presets_subnets_move_along_into_another_network_of_the_same_size() {
    let mut expected = reference("prod");
    expected.network.cidr = "172.31.0.0/16".parse().unwrap();
    expected.subnets[0].cidr = "172.31.10.0/24".parse().unwrap();
    expected.subnets[1].cidr = "172.31.1.0/24".parse().unwrap();
    expected.subnets[2].cidr = "172.31.2.0/24".parse().unwrap();
    let text = "stack = 'prod'\npreset = 'lambda-static-ip'\n[network]\ncidr = '172.31.0.0/16'";
    assert_eq!(accepted(text), expected);
}

#[test]
fn named_subnets_stay_where_they_are_when_the_network_moves() {
    let text = "stack = 'prod'\npreset = 'lambda-static-ip'\n[network]\ncidr = '10.9.0.0/16'\n\
                [[public_subnet]]\nname = 'pub'\ncidr = '10.9.200.0/28'\nzone = 'eu-west-1c'";
    let subnets = accepted(text).subnets;
    let seen: BTreeSet<String> = subnets.iter().map(|s| format!("{} {} {:?}", s.name, s.cidr, s.zone)).collect();
    let expected =
        ["lambda_prv1 10.9.1.0/24 Nth(1)", "lambda_prv2 10.9.2.0/24 Nth(2)", "pub 10.9.200.0/28 Named(\"eu-west-1c\")"];
    assert_eq!(seen, expected.map(String::from).into());
}

#[test]
fn a_network_of_another_size_is_fine_when_all_subnets_are_named() {
    let text = "stack = 'prod'\npreset = 'lambda-static-ip'\n[network]\ncidr = '10.0.0.0/20'\n\
                [[public_subnet]]\nname = 'p'\ncidr = '10.0.0.0/24'\n\
                [[private_subnet]]\nname = 'a'\ncidr = '10.0.1.0/24'\n[[private_subnet]]\nname = 'b'\ncidr = '10.0.2.0/24'";
    assert_eq!(accepted(text).subnets.len(), 3);
}

#[test]
fn inline_tables_and_dotted_keys_are_the_same_file() {
    let text = "stack = 'prod'\npreset = 'lambda-static-ip'\nnetwork.cidr = '10.0.0.0/16'\nsecurity_group = { name = 'lambda_sg' }\n\
                private_subnet = [{ name = 'lambda_prv1', cidr = '10.0.1.0/24' }, { name = 'lambda_prv2', cidr = '10.0.2.0/24', zone = 0b10 }]";
    assert_eq!(accepted(text), reference("prod"));
}

#[test]
fn the_template_is_the_reference_topology_with_its_functions() {
    let stack = StackName::new("prod").unwrap();
    assert_eq!(accepted(&template(&stack, None, &[])), reference("prod"));
    let mut expected = reference("prod");
    expected.region = Some("eu-west-1".into());
    expected.functions = vec![function("a", Permission::Managed), function("b", Permission::Managed)];
    let text = template(&stack, Some("eu-west-1"), &["a", "b"]);
    assert_eq!(accepted(&text), expected);
    insta::assert_snapshot!(text);
}

#[test]
fn every_example_in_the_template_holds_when_uncommented() {
    let text = template(&StackName::new("prod").unwrap(), None, &[]);
    let uncommented: Vec<&str> =
        text.lines().map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line)).collect();
    let mut expected = reference("prod");
    expected.region = Some("eu-west-1".into());
    expected.account = Some("123456789012".into());
    expected.ports = [443, 8443].into();
    expected.echo_url = Some("https://checkip.amazonaws.com/".into());
    expected.tags = [("team".into(), "payments".into())].into();
    expected.functions = vec![function("my-function", Permission::Managed)];
    assert_eq!(accepted(&uncommented.join("\n")), expected);
}

#[test]
fn a_template_holds_odd_names_as_they_are() {
    let text = template(&StackName::new("s").unwrap(), Some("a\" b"), &["x\u{7f}\n\\"]);
    let error = parse(&text).unwrap_err();
    let messages: Vec<&str> = error.mistakes.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(messages, ["`a\" b` is no region", r"`x\u{7f}\n\` is no function's name"]);
}
