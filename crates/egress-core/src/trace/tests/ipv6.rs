//! IPv6: nothing is translated, save what stands for IPv4.

use std::net::Ipv6Addr;

use super::super::{Query, RuleId, SourceAddress, To, Trace, Verdict, testing::*, trace};
use crate::world::*;

/// The reference topology in both families, `fn` in `prv1` alone and allowed IPv6.
fn dual_stack() -> World {
    let mut world = reference();
    world.dual_stack();
    world.attachment().ipv6 = true;
    world.attachment().subnets = ids(["prv1"]);
    world
}

fn to_ip(world: &World, ip: &str) -> Trace {
    trace(world, &from_function(To::Ip(ip.parse().unwrap())))
}

#[test]
fn the_internet_sees_the_interfaces_own_address() {
    let mut world = dual_stack();
    let own = |range: &str| Verdict::Reaches { sources: [SourceAddress::Own(range.parse().unwrap())].into() };
    assert_eq!(to_ip(&world, HOST_V6).verdict, own("2001:db8:0:1::/64"));
    let mut seen = interface("eni", InterfaceKind::Function, "prv1", [10, 0, 1, 9], ids(["sg"]));
    seen.ipv6 = vec![Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 9)];
    world.add_interface(seen);
    assert_eq!(to_ip(&world, HOST_V6).verdict, own("2001:db8:0:1::9/128"));
}

#[test]
fn filters_of_the_other_family_say_nothing() {
    let mut world = dual_stack();
    world.group().egress = vec![Rule::all_v4()];
    assert_eq!(rules(&to_ip(&world, HOST_V6)), [RuleId::SgEgressBlocks]);
    let mut world = dual_stack();
    world.acl().entries.retain(|entry| entry.cidr.addr().is_ipv4());
    assert_eq!(rules(&to_ip(&world, HOST_V6)), [RuleId::NaclBlocksForward, RuleId::NaclBlocksReturn]);
}

#[test]
fn what_stands_for_ipv4_is_translated_by_a_nat_gateway_and_nothing_else_is() {
    let mut world = dual_stack();
    world.table("rtb-prv").routes.push(to("64:ff9b::/96", Target::NatGateway(id("nat"))));
    assert_eq!(to_ip(&world, "64:ff9b::5db8:d70e").verdict, Verdict::Reaches { sources: fixed() });
    assert_eq!(rules(&to_ip(&world, "64:ff9b::a01:1")), [RuleId::PrivateDestination]);
    world.routes("rtb-prv", vec![to("::/0", Target::NatGateway(id("nat")))]);
    assert_eq!(rules(&to_ip(&world, HOST_V6)), [RuleId::NatProtocol]);
}

#[test]
fn private_and_reserved_destinations_die() {
    assert_eq!(rules(&to_ip(&dual_stack(), "fd12::1")), [RuleId::PrivateDestination]);
    assert_eq!(rules(&to_ip(&dual_stack(), "fd00:ec2::254")), [RuleId::ReservedDestination]);
}

#[test]
fn a_name_is_tried_in_the_families_that_the_sender_has() {
    let ips = [HOST.into(), HOST_V6.parse().unwrap()].into();
    let named = Query { ..from_function(To::Name { name: "example.com".to_owned(), ips }) };
    let mut world = dual_stack();
    let both = trace(&world, &named);
    assert_eq!(both.verdict.sources().len(), 2, "{both:?}");
    world.attachment().ipv6 = false;
    assert_eq!(trace(&world, &named).verdict, Verdict::Reaches { sources: fixed() });

    let nowhere = from_function(To::Name { name: "example.com".to_owned(), ips: [].into() });
    assert_eq!(trace(&world, &nowhere).verdict.missing(), ["the addresses of example.com"]);
}
