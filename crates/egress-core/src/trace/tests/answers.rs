//! What a Trace says where nothing is wrong, and where something is not known.

use std::{collections::BTreeSet, fmt::Write, net::Ipv4Addr};

use ipnet::IpNet;

use super::super::{
    Path, Query, Source, SourceAddress, To, Trace, Verdict, scenes::*, span, special, testing::*, trace,
};
use crate::world::*;

/// A Trace for people: its Verdict, and each path with its hops. Long lists of ranges are counted.
fn show(trace: &Trace) -> String {
    let mut text = format!("{:?}\n", trace.verdict);
    for Path { subnet, to, bypass, hops, verdict, warnings: _, assumed: _, open: _ } in &trace.paths {
        let to = match to.as_slice() {
            [one] => one.to_string(),
            many => format!("{} ranges from {}", many.len(), many[0]),
        };
        let subnet = subnet.as_ref().map_or("-", |id| id.as_str());
        writeln!(text, "{subnet} to {to}{}: {verdict:?}", if *bypass { " (bypass)" } else { "" }).unwrap();
        for hop in hops {
            writeln!(text, "  {} {}: {}", hop.kind, hop.id.as_ref().map_or("-", |id| id.as_str()), hop.detail).unwrap();
        }
    }
    text
}

fn unknown(trace: &Trace) -> Vec<&str> {
    trace.verdict.missing().iter().map(String::as_str).collect()
}

fn from_subnet(name: &str, to: To) -> Query {
    Query { source: Source::Subnet { subnet: id(name), groups: None }, to, protocol: Protocol::Tcp, port: 443 }
}

#[test]
fn a_function_of_the_reference_topology_leaves_from_its_one_address() {
    let mut world = reference();
    world.attachment().subnets = ids(["prv1"]);
    insta::assert_snapshot!(show(&to_host(&world)));
}

#[test]
fn the_internet_is_one_part_where_no_rule_splits_it() {
    let trace = to_internet(&reference());
    assert_eq!(trace.verdict, Verdict::Reaches { sources: fixed() });
    let subnets: Vec<_> = trace.paths.iter().map(|path| path.subnet.clone()).collect();
    assert_eq!(subnets, [Some(id("prv1")), Some(id("prv2"))]);
    assert!(trace.leaves_exactly(&ids(["eip"])));
    assert!(!trace.leaves_exactly(&ids(["eip", "eip-2"])));
    assert!(!trace.leaves_exactly(&BTreeSet::new()));
    assert_eq!(trace.fixed_ips(), [NAT_IP].into());
}

#[test]
fn the_internet_is_everything_but_the_special_ranges() {
    let trace = to_internet(&reference());
    let internet = &trace.paths[0].to;
    let special = special::NOT_GLOBAL.map(|(range, _)| IpNet::V4(range));
    let mut both = [internet.as_slice(), &special].concat();
    both.sort();
    assert_eq!(both.iter().map(|range| span::Span::of(range).len()).sum::<f64>(), 2_f64.powi(32));
    assert_eq!(IpNet::aggregate(&both), [cidr("0.0.0.0/0")]);
    assert!(internet.is_sorted());
}

#[test]
fn a_function_outside_every_network_leaves_from_any_address() {
    let mut world = reference();
    world.function.functions.get_mut(&id("fn")).unwrap().attachment = None;
    let trace = to_internet(&world);
    assert_eq!(trace.verdict, Verdict::Reaches { sources: [SourceAddress::Unfixed].into() });
    assert_eq!(trace.paths.iter().map(|path| path.subnet.clone()).collect::<Vec<_>>(), [None]);
    assert!(!trace.leaves_exactly(&ids(["eip"])));
}

#[test]
fn a_planned_address_without_its_ip_is_fixed() {
    let mut world = reference();
    world.nat().addresses[0].public_ip = None;
    world.gateway.addresses.get_mut(&id("eip")).unwrap().ip = None;
    let trace = to_internet(&world);
    let planned = SourceAddress::Fixed { address: id("eip"), ip: None };
    assert_eq!(trace.verdict, Verdict::Reaches { sources: [planned].into() });
    assert!(trace.leaves_exactly(&ids(["eip"])));
    assert_eq!(trace.fixed_ips(), BTreeSet::new());
}

#[test]
fn an_ip_that_the_gateway_does_not_tell_is_read_from_the_address() {
    let mut world = reference();
    world.nat().addresses[0].public_ip = None;
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });
}

#[test]
fn every_address_of_a_gateway_that_is_in_use_is_a_source() {
    let mut world = reference();
    let second = Ipv4Addr::new(198, 51, 100, 8);
    *world.nat() = nat("nat", "pub", &[("eip", NAT_IP), ("eip-2", second), ("eip-3", HOST)]);
    let failed = NatAddressState::Failed { message: "…".to_owned() };
    for state in [NatAddressState::Associating, NatAddressState::Disassociating, failed] {
        world.nat().addresses[2].state = state;
        let trace = to_internet(&world);
        assert_eq!(trace.fixed_ips(), [NAT_IP, second].into());
        assert!(trace.leaves_exactly(&ids(["eip", "eip-2"])));
        assert!(!trace.leaves_exactly(&ids(["eip"])));
    }
    world.nat().addresses[2].state = NatAddressState::InUse;
    assert!(to_internet(&world).leaves_exactly(&ids(["eip", "eip-2", "eip-3"])));
}

#[test]
fn an_address_on_the_functions_own_interface_is_mapped() {
    let mut world = reference();
    world.attachment().subnets = ids(["pub"]);
    let mut own = interface("eni", InterfaceKind::Function, "pub", [10, 0, 10, 9], ids(["sg"]));
    own.public_ip = Some(NAT_IP);
    world.add_interface(own.clone());
    let mapped = || [SourceAddress::Mapped(NAT_IP)].into();
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: mapped() });
    assert!(!to_host(&world).leaves_exactly(&ids(["eip"])));

    // A second interface of the same pair has none: some invocations fail.
    world.add_interface(Interface {
        id: id("eni-2"),
        public_ip: None,
        private_ips: vec![[10, 0, 10, 10].into()],
        ..own
    });
    let trace = to_host(&world);
    assert!(matches!(&trace.verdict, Verdict::Mixed { sources, .. } if sources == &mapped()), "{trace:?}");
}

#[test]
fn another_pairs_interface_says_nothing_about_the_function() {
    let mut world = reference();
    world.attachment().subnets = ids(["pub"]);
    let mut other = interface("eni", InterfaceKind::Function, "pub", [10, 0, 10, 9], ids(["sg-2"]));
    other.public_ip = Some(NAT_IP);
    let unused = Interface { id: id("eni-2"), groups: ids(["sg"]), in_use: false, ..other.clone() };
    world.add_interface(other);
    world.add_interface(unused);
    assert!(matches!(to_host(&world).verdict, Verdict::Drops { .. }));
}

#[test]
fn a_gateway_endpoint_takes_its_ranges_out_of_the_promise() {
    let mut world = reference();
    world.attachment().subnets = ids(["prv1"]);
    with_gateway_endpoint(&mut world);
    let trace = to_internet(&world);
    assert_eq!(trace.verdict, Verdict::Reaches { sources: fixed() });
    assert!(trace.leaves_exactly(&ids(["eip"])));
    let [bypass] = trace.bypasses()[..] else { panic!("{trace:?}") };
    assert_eq!(bypass.to, [cidr("3.5.0.0/19"), cidr("52.216.0.0/15")]);
    let private = || [SourceAddress::Private(cidr("10.0.1.0/24"))].into();
    assert_eq!(bypass.verdict, Verdict::Reaches { sources: private() });

    // For an address behind it the endpoint is the answer.
    let behind = super::super::trace(&world, &from_function(To::Ip(Ipv4Addr::new(3, 5, 0, 1).into())));
    assert_eq!(behind.verdict, Verdict::Reaches { sources: private() });
}

#[test]
fn targets_beyond_sight_are_unknown() {
    let targets: [(Target<_>, bool); 9] = [
        (Target::Interface(id("eni-nat")), false),
        (Target::Instance(id("i")), false),
        (Target::Peering(id("pcx")), true),
        (Target::TransitGateway(id("tgw")), false),
        (Target::Endpoint(id("vpce")), false),
        (Target::PrivateGateway(id("vgw")), false),
        (Target::EgressOnlyGateway(id("eigw")), false),
        (Target::InternetGateway(id("igw-2")), false),
        (Target::Other("core-network".into()), false),
    ];
    let mut missing = String::new();
    for (target, bypass) in targets {
        let mut world = reference();
        world.attachment().subnets = ids(["prv1"]);
        // An own public address, so that the internet gateway has something to map.
        let mut own = interface("eni", InterfaceKind::Function, "prv1", [10, 0, 1, 9], ids(["sg"]));
        own.public_ip = Some(HOST);
        world.add_interface(own);
        world.table("rtb-prv").routes.push(to("93.0.0.0/8", target.clone()));
        let trace = to_internet(&world);
        let part = trace.paths.iter().find(|path| path.to == [cidr("93.0.0.0/8")]).unwrap();
        assert_eq!(part.bypass, bypass, "{target}");
        // What bypasses the gateways does not spoil the promise; what may not does.
        assert_eq!(trace.leaves_exactly(&ids(["eip"])), bypass, "{target}");
        writeln!(missing, "{target}: {}", part.verdict.missing().join("; ")).unwrap();
    }
    insta::assert_snapshot!(missing);
}

#[test]
fn a_subnet_whose_every_path_bypasses_promises_nothing() {
    let mut world = reference();
    world.routes("rtb-prv", vec![to("0.0.0.0/0", Target::Peering(id("pcx")))]);
    let trace = to_internet(&world);
    assert_eq!(unknown(&trace), ["the peering pcx"]);
    assert!(!trace.leaves_exactly(&ids(["eip"])));
    assert!(!trace.leaves_exactly(&BTreeSet::new()));
}

#[test]
fn a_regional_gateway_gives_the_addresses_of_the_zone() {
    let mut world = reference();
    let in_zone = |zone: &str, address: &str, ip| NatAddress {
        address: Some(id(address)),
        public_ip: Some(ip),
        private_ip: None,
        interface: None,
        zone: Some(zone.to_owned()),
        association: None,
        primary: false,
        state: NatAddressState::InUse,
    };
    let second = Ipv4Addr::new(198, 51, 100, 8);
    let scope = |automatic| NatScope::Region { route_table: Some(id("rtb-pub")), automatic };
    world.nat().scope = scope(false);
    world.nat().addresses = vec![in_zone("a", "eip", NAT_IP), in_zone("b", "eip-2", second)];
    let of = |world: &World, name: &str| trace(world, &from_subnet(name, To::Internet));
    assert!(of(&world, "prv1").leaves_exactly(&ids(["eip"])));
    assert!(of(&world, "prv2").leaves_exactly(&ids(["eip-2"])));

    // A zone without addresses is served by the others.
    world.nat().addresses.truncate(1);
    assert!(of(&world, "prv2").leaves_exactly(&ids(["eip"])));

    world.nat().scope = scope(true);
    let open = of(&world, "prv2");
    assert_eq!(open.verdict, Verdict::Reaches { sources: fixed() });
    assert!(!open.leaves_exactly(&ids(["eip"])));

    world.nat().scope = NatScope::Region { route_table: None, automatic: false };
    assert_eq!(unknown(&of(&world, "prv1")), ["the route table of nat"]);
}

#[test]
fn what_a_world_lacks_is_named() {
    let without = |change: fn(&mut World)| {
        let mut world = reference();
        world.attachment().subnets = ids(["prv1"]);
        change(&mut world);
        unknown(&to_host(&world)).join("; ")
    };
    let missing = [
        without(|w| w.function.functions.clear()),
        without(|w| w.attachment().subnets.clear()),
        without(|w| w.attachment().subnets = ids(["gone"])),
        without(|w| w.network.route_tables.clear()),
        without(|w| w.network.route_tables.retain(|name, _| name == &id("rtb-prv"))),
        without(|w| w.network.acls.clear()),
        without(|w| w.network.groups.clear()),
        without(|w| drop(w.network.subnets.remove(&id("pub")))),
        without(|w| w.gateway.internet_gateways.clear()),
        without(|w| w.nat().network = id("vpc-2")),
        without(|w| (w.nat().addresses[0].address, w.nat().addresses[0].public_ip) = (None, None)),
    ];
    insta::assert_snapshot!(missing.join("\n"));
    let of_subnet = trace(&reference(), &from_subnet("gone", To::Internet));
    assert_eq!((unknown(&of_subnet), of_subnet.paths.len()), (vec!["the subnet gone"], 0));
    let of_anything = trace(&reference(), &Query { protocol: Protocol::All, ..from_function(To::Internet) });
    assert_eq!(unknown(&of_anything), ["a protocol: filters tell one from another"]);
}

#[test]
fn what_certainly_stops_a_packet_stops_it_whatever_is_missing() {
    let mut world = reference();
    world.network.groups.clear();
    world.routes("rtb-prv", vec![]);
    assert!(matches!(to_host(&world).verdict, Verdict::Drops { .. }));
}

#[test]
fn a_trace_survives_json() {
    let mut world = reference();
    world.routes("rtb-main", vec![]);
    world.table("rtb-prv").associations.pop();
    let trace = to_internet(&world);
    assert!(matches!(trace.verdict, Verdict::Mixed { .. }));
    let json = serde_json::to_string(&trace).unwrap();
    assert_eq!(serde_json::from_str::<Trace>(&json).unwrap(), trace);
}
