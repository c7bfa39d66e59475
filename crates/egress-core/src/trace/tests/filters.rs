//! Security groups and ACLs, inside the network and on the way out.

use std::net::Ipv4Addr;

use super::super::{Query, RuleId, SourceAddress, To, Trace, Verdict, testing::*, trace};
use crate::world::*;

const OUT: Direction = Direction::Egress;
const IN: Direction = Direction::Ingress;
const ALL: (u16, u16) = (0, u16::MAX);

/// `prv1` alone, so that a path is a path.
fn one_subnet() -> World {
    let mut world = reference();
    world.attachment().subnets = ids(["prv1"]);
    world
}

fn details(trace: &Trace) -> Vec<&str> {
    trace.reasons().into_iter().map(|reason| reason.detail.as_str()).collect()
}

#[test]
fn a_partly_open_ephemeral_range_fails_some_connections() {
    let mut world = one_subnet();
    let acl = world.own_acl("prv1");
    acl.entries.retain(|e| e.direction == OUT);
    // 16,128 of 64,512 ports stay closed.
    acl.entries.push(entry(100, IN, (17_152, 65_535), "0.0.0.0/0", true));
    let trace = to_host(&world);
    let Verdict::Mixed { sources, .. } = &trace.verdict else { panic!("{trace:?}") };
    assert_eq!(sources, &fixed());
    assert_eq!(
        details(&trace),
        ["the last entry of acl-prv1 denies answers into prv1 from the destination for 25 % of the ephemeral ports"]
    );
    let verdicts: Vec<bool> = trace.paths.iter().map(|p| matches!(p.verdict, Verdict::Reaches { .. })).collect();
    assert_eq!(verdicts, [true, false]);
    assert_eq!(trace.paths[0].to, trace.paths[1].to);
    assert!(!trace.leaves_exactly(&ids(["eip"])));
}

#[test]
fn an_acl_that_tells_the_functions_addresses_apart_fails_some_connections() {
    let mut world = one_subnet();
    world.own_acl("pub").entries.push(entry(90, IN, ALL, "10.0.1.64/26", false));
    let trace = to_host(&world);
    assert!(matches!(trace.verdict, Verdict::Mixed { .. }));
    assert_eq!(
        details(&trace),
        [
            "entry 90 of acl-pub denies tcp 443 into pub from 10.0.1.0/24 for 25 % of the source addresses that are possible"
        ]
    );

    // Once the interface is there, its address decides.
    let at = |last| interface("eni", InterfaceKind::Function, "prv1", [10, 0, 1, last], ids(["sg"]));
    world.add_interface(at(9));
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });
    world.add_interface(at(70));
    assert!(matches!(to_host(&world).verdict, Verdict::Drops { .. }));
}

#[test]
fn each_of_the_six_checks_counts() {
    let checks = [
        ("prv1", OUT, (443, 443), "93.184.215.14/32", RuleId::NaclBlocksForward),
        ("pub", IN, (443, 443), "10.0.1.0/24", RuleId::NatNaclBlocks),
        ("pub", OUT, (443, 443), "93.184.215.14/32", RuleId::NatNaclBlocks),
        ("pub", IN, (1024, 65535), "93.184.215.14/32", RuleId::NatNaclBlocks),
        ("pub", OUT, (1024, 65535), "10.0.1.0/24", RuleId::NatNaclBlocks),
        ("prv1", IN, (1024, 65535), "93.184.215.14/32", RuleId::NaclBlocksReturn),
    ];
    for (subnet, direction, ports, peer, rule) in checks {
        let mut world = one_subnet();
        world.own_acl(subnet).entries.push(entry(50, direction, ports, peer, false));
        let trace = to_host(&world);
        assert!(matches!(trace.verdict, Verdict::Drops { .. }), "{subnet} {direction:?} {ports:?}");
        assert_eq!(rules(&trace), [rule], "{subnet} {direction:?} {ports:?}");
    }
}

#[test]
fn the_entry_with_the_lowest_number_decides() {
    let mut world = one_subnet();
    world.acl().entries = vec![
        entry(300, OUT, ALL, "0.0.0.0/0", true),
        entry(200, OUT, (443, 443), "0.0.0.0/0", false),
        entry(100, OUT, (443, 443), "93.184.0.0/16", true),
        entry(100, IN, ALL, "0.0.0.0/0", true),
    ];
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });
    let beside = trace(&world, &from_function(To::Ip(Ipv4Addr::new(93, 185, 0, 1).into())));
    assert_eq!(rules(&beside), [RuleId::NaclBlocksForward, RuleId::NatNaclBlocks]);
    let other_port = trace(&world, &Query { port: 80, ..from_function(To::Ip(Ipv4Addr::new(93, 185, 0, 1).into())) });
    assert_eq!(other_port.verdict, Verdict::Reaches { sources: fixed() });
}

#[test]
fn ports_of_a_protocol_without_ports_are_not_compared() {
    let mut world = one_subnet();
    world.group().egress = vec![Rule { protocol: Protocol::Icmp, ports: (8, 0), ..Rule::all_v4() }];
    let icmp_entry =
        |direction| AclEntry { protocol: Protocol::Icmp, ..entry(100, direction, (8, 0), "0.0.0.0/0", true) };
    world.acl().entries = vec![icmp_entry(OUT), icmp_entry(IN)];
    let ping = Query { protocol: Protocol::Icmp, ..from_function(To::Ip(HOST.into())) };
    assert_eq!(trace(&world, &ping).verdict, Verdict::Reaches { sources: fixed() });
    assert!(matches!(to_host(&world).verdict, Verdict::Drops { .. }));
}

#[test]
fn a_protocol_is_the_same_by_name_and_by_number() {
    let mut world = one_subnet();
    world.group().egress = vec![Rule { protocol: Protocol::Number(6), ports: (443, 443), ..Rule::all_v4() }];
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });
}

#[test]
fn groups_let_out_what_any_of_them_lets_out() {
    let mut world = one_subnet();
    world.attachment().groups = ids(["sg", "sg-2"]);
    world.group().egress = vec![rule((80, 80), Peer::Cidr(cidr("0.0.0.0/0")))];
    world.network.groups.insert(id("sg-2"), group("sg-2"));
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });

    // What a group that is not seen lets out does not matter then; else it does.
    world.attachment().groups = ids(["sg-2", "sg-gone"]);
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });
    world.attachment().groups = ids(["sg", "sg-gone"]);
    assert_eq!(
        to_host(&world).verdict,
        Verdict::Unknown { sources: fixed(), missing: vec!["the security group sg-gone".to_owned()] }
    );
    world.attachment().groups.clear();
    assert_eq!(rules(&to_host(&world)), [RuleId::SgEgressBlocks]);
}

#[test]
fn a_rule_for_a_prefix_list_is_for_its_ranges() {
    let mut world = one_subnet();
    world.group().egress = vec![rule((443, 443), Peer::PrefixList(id("pl")))];
    assert_eq!(to_host(&world).verdict.missing(), ["the ranges of the prefix list pl, which a rule of sg names"]);
    world.add_list(list("pl", Some(&["93.184.0.0/16"])));
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });
    world.add_list(list("pl", Some(&["94.184.0.0/16"])));
    assert_eq!(rules(&to_host(&world)), [RuleId::SgEgressBlocks]);
}

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 9);

/// A machine in `prv2` that lets in what its own group's rules say.
fn with_server(ingress: Vec<Rule>) -> World {
    let mut world = one_subnet();
    world.network.groups.insert(id("sg-server"), SecurityGroup { ingress, ..group("sg-server") });
    world.add_interface(interface("eni", InterfaceKind::Machine, "prv2", SERVER.octets(), ids(["sg-server"])));
    world
}

fn to_server(world: &World) -> Trace {
    trace(world, &from_function(To::Ip(SERVER.into())))
}

#[test]
fn inside_the_network_a_private_source_arrives() {
    let trace = to_server(&with_server(vec![rule((443, 443), Peer::Group(id("sg")))]));
    let sources = [SourceAddress::Private(cidr("10.0.1.0/24"))].into();
    assert_eq!(trace.verdict, Verdict::Reaches { sources });
    assert!(trace.paths[0].bypass);
}

#[test]
fn a_rule_for_a_group_is_for_the_addresses_of_its_members() {
    let mut world = with_server(vec![Rule::all_v4()]);
    world.group().egress = vec![rule((443, 443), Peer::Group(id("sg-server")))];
    assert!(matches!(to_server(&world).verdict, Verdict::Reaches { .. }));
    assert!(matches!(to_host(&world).verdict, Verdict::Drops { .. }));
    world.group().egress = vec![rule((443, 443), Peer::Group(id("sg-of-another-account")))];
    assert_eq!(
        to_server(&world).verdict.missing(),
        ["the members of the security group sg-of-another-account, which a rule of sg names"]
    );
    // Its members have private addresses: none of them is on the internet.
    assert!(matches!(to_host(&world).verdict, Verdict::Drops { .. }));
}

#[test]
fn a_destination_that_lets_in_some_of_the_possible_sources_is_mixed() {
    let trace = to_server(&with_server(vec![rule((443, 443), Peer::Cidr(cidr("10.0.1.0/25")))]));
    assert!(matches!(trace.verdict, Verdict::Mixed { .. }));
    assert_eq!(details(&trace), ["no ingress rule of sg-server lets tcp 443 in from 50 % of the possible sources"]);
}

#[test]
fn acls_stand_between_subnets_and_not_inside_one() {
    let mut world = with_server(vec![Rule::all_v4()]);
    world.own_acl("prv2").entries.clear();
    assert_eq!(rules(&to_server(&world)), [RuleId::NaclBlocksForward, RuleId::NaclBlocksReturn]);
    world.attachment().subnets = ids(["prv2"]);
    assert!(matches!(to_server(&world).verdict, Verdict::Reaches { .. }));
}

#[test]
fn an_address_that_nobody_holds_is_nowhere_and_one_that_nobody_is_seen_to_hold_is_unknown() {
    let mut world = one_subnet();
    let ask = |world: &World| trace(world, &from_function(To::Ip(SERVER.into())));
    assert_eq!(rules(&ask(&world)), [RuleId::NoSuchHost]);
    world.network.networks.get_mut(&id("vpc")).unwrap().owner = Some("999999999999".to_owned());
    assert_eq!(ask(&world).verdict.missing(), ["no interface in vpc holds the destination"]);
    world = one_subnet();
    world.network.unseen.add(Listing::Interfaces, "aws ec2 describe-network-interfaces");
    let missing = "the network interfaces: no answer of aws ec2 describe-network-interfaces";
    assert_eq!(ask(&world).verdict.missing(), [missing]);
}

#[test]
fn a_host_of_containers_holds_ranges_of_addresses() {
    let mut world = with_server(vec![Rule::all_v4()]);
    let server = world.network.interfaces.get_mut(&id("eni")).unwrap();
    server.private_ips = vec![[10, 0, 2, 200].into()];
    assert_eq!(rules(&to_server(&world)), [RuleId::NoSuchHost]);
    world.network.interfaces.get_mut(&id("eni")).unwrap().prefixes = vec![cidr("10.0.2.0/28")];
    assert!(matches!(to_server(&world).verdict, Verdict::Reaches { .. }));
}
