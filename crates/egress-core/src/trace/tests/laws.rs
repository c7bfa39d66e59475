//! Laws over random Worlds: the parts of the internet are exact.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;

use super::super::{Atlas, Path, Query, Source, To, Trace, Verdict, span::Span, special, testing::*, trace};
use crate::{CloudId, world::*};

/// Ranges of few bits, so that random rules meet: most lie around 93.0.0.0, some anywhere.
fn range() -> impl Strategy<Value = IpNet> {
    let near = (0_u32..64, 4_u8..=32).prop_map(|(bits, prefix)| (0x5d00_0000 | bits << 18 | bits, prefix));
    let far = (any::<u32>(), 0_u8..=32);
    prop_oneof![3 => near, 1 => far]
        .prop_map(|(ip, prefix)| IpNet::V4(Ipv4Net::new(Ipv4Addr::from(ip), prefix).unwrap().trunc()))
}

fn ports() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![Just((0, u16::MAX)), Just((443, 443)), Just((1024, u16::MAX)), Just((30_000, 40_000)), Just((80, 80))]
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::All), Just(Protocol::Tcp), Just(Protocol::Udp)]
}

fn target() -> impl Strategy<Value = Target<CloudId>> {
    prop_oneof![
        4 => Just(Target::NatGateway(id("nat"))),
        1 => Just(Target::NatGateway(id("nat-2"))),
        2 => Just(Target::InternetGateway(id("igw"))),
        1 => Just(Target::Peering(id("pcx"))),
        1 => Just(Target::TransitGateway(id("tgw"))),
        1 => Just(Target::Endpoint(id("vpce"))),
        1 => Just(Target::Local),
    ]
}

fn route() -> impl Strategy<Value = Route> {
    let destination = prop_oneof![
        6 => range().prop_map(Destination::Cidr),
        1 => (0..3).prop_map(|n| Destination::PrefixList(id(&format!("pl-{n}")))),
    ];
    let state = prop_oneof![6 => Just(RouteState::Active), 1 => Just(RouteState::Blackhole)];
    let origin = prop_oneof![4 => Just(RouteOrigin::Static), 1 => Just(RouteOrigin::Propagated)];
    (destination, target(), state, origin).prop_map(|(destination, target, state, origin)| Route {
        destination,
        target,
        state,
        origin,
    })
}

fn routes() -> impl Strategy<Value = Vec<Route>> {
    prop::collection::vec(route(), 0..6)
}

fn entries() -> impl Strategy<Value = Vec<AclEntry>> {
    let direction = prop_oneof![Just(Direction::Ingress), Just(Direction::Egress)];
    let inside = Just(cidr("10.0.1.0/25"));
    let entry = (1_u16..100, direction, protocol(), ports(), prop_oneof![4 => range(), 1 => inside], any::<bool>())
        .prop_map(|(number, direction, protocol, ports, cidr, allow)| AclEntry {
            number,
            direction,
            protocol,
            ports,
            cidr,
            allow,
        });
    prop::collection::btree_map((1_u16..100, any::<bool>()), entry, 0..5).prop_map(|entries| {
        let numbered = entries.into_iter().map(|((number, _), entry)| AclEntry { number, ..entry });
        numbered.chain(acl("", false).entries).collect()
    })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let peer = prop_oneof![
        6 => range().prop_map(Peer::Cidr),
        1 => Just(Peer::Cidr(cidr("0.0.0.0/0"))),
        1 => Just(Peer::Group(id("sg-member"))),
        1 => (0..3).prop_map(|n| Peer::PrefixList(id(&format!("pl-{n}")))),
    ];
    let rule = (protocol(), ports(), peer).prop_map(|(protocol, ports, peer)| Rule { protocol, ports, peer });
    prop::collection::vec(rule, 0..5)
}

prop_compose! {
    fn world()(
        private in routes(), public in routes(), defaults in any::<(bool, bool)>(),
        private_acl in entries(), public_acl in entries(),
        egress in prop_oneof![2 => Just(vec![Rule::all_v4()]), 1 => rules()], ingress in rules(),
        lists in prop::collection::vec(prop::option::weighted(0.7, prop::collection::vec(range(), 0..4)), 3),
        peer_ranges in prop::collection::vec(range(), 0..3),
        wide in range(),
    ) -> World {
        let mut world = reference();
        for (table, routes, default) in [("rtb-prv", private, defaults.0), ("rtb-pub", public, defaults.1)] {
            let kept = if default { 2 } else { 1 };
            world.table(table).routes.truncate(kept);
            world.table(table).routes.extend(routes);
        }
        world.own_acl("prv1").entries = private_acl;
        world.own_acl("pub").entries = public_acl;
        world.group().egress = egress;
        for (n, cidrs) in lists.into_iter().enumerate() {
            let name = format!("pl-{n}");
            world.add_list(PrefixList { id: id(&name), name, cidrs });
        }
        let end = |name: &str, cidrs| PeeringEnd { network: id(name), cidrs };
        let (requester, accepter) = (end("vpc", vec![]), end("vpc-2", peer_ranges));
        let peering = Peering { id: id("pcx"), requester, accepter, active: true, tags: Default::default() };
        world.network.peerings.insert(id("pcx"), peering);
        // A network whose range is on the internet, with a machine in it.
        if let IpNet::V4(wide) = wide {
            world.network.subnets.insert(id("wide"), Subnet { cidr: wide, ..subnet("wide", "10.0.3.0/24", "a") });
            let around = wide.supernet().unwrap_or(wide);
            let link = Association { id: id("wide"), with: AssociatedWith::Subnet(id("wide")), active: true };
            world.table("rtb-prv").associations.push(link);
            let local = Route { origin: RouteOrigin::Table, ..to(&around.to_string(), Target::Local) };
            world.table("rtb-prv").routes.push(local);
            world.own_acl("prv1").subnets.insert(id("wide"));
            world.network.groups.insert(id("sg-member"), SecurityGroup { ingress, ..group("sg-member") });
            let ip = wide.network().octets();
            world.add_interface(interface("eni", InterfaceKind::Machine, "wide", ip, ids(["sg-member"])));
        }
        world.attachment().subnets = ids(["prv1"]);
        world
    }
}

/// The paths that a Trace gives for an address.
fn paths_for(trace: &Trace, ip: Ipv4Addr) -> Vec<Path> {
    trace.paths.iter().filter(|path| path.to.iter().any(|range| range.contains(&IpAddr::V4(ip)))).cloned().collect()
}

/// The different parts of a Trace's destination.
fn parts(trace: &Trace) -> BTreeSet<&[IpNet]> {
    trace.paths.iter().map(|path| path.to.as_slice()).collect()
}

/// From either subnet, with or without groups, to the internet.
fn query() -> impl Strategy<Value = Query> {
    (prop_oneof![2 => Just("prv1"), 1 => Just("wide")], any::<bool>()).prop_map(|(subnet, groups)| {
        let groups = groups.then(|| ids(["sg"]));
        Query { source: Source::Subnet { subnet: id(subnet), groups }, ..from_function(To::Internet) }
    })
}

proptest! {
    // Each case asks hundreds of questions: a hundred of them find every cut that is left out.
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_parts_are_disjoint_and_cover_the_internet(world in world(), query in query()) {
        let trace = trace(&world, &query);
        let parts: Vec<&[IpNet]> = parts(&trace).into_iter().collect();
        let special = special::NOT_GLOBAL.map(|(range, _)| IpNet::V4(range));
        let mut spans: Vec<Span> = parts.iter().copied().flatten().chain(&special).map(Span::of).collect();
        spans.sort();
        prop_assert_eq!(spans.iter().map(|span| span.len()).sum::<f64>(), 2_f64.powi(32));
        prop_assert!(spans.windows(2).all(|two| two[0].last < two[1].first));
        for part in parts {
            prop_assert_eq!(IpNet::aggregate(&part.to_vec()), part, "as few as can be, in order");
        }
    }

    #[test]
    fn an_address_is_treated_as_the_part_that_it_is_in(
        world in world(), query in query(), anywhere in prop::collection::vec(any::<u32>(), 20),
    ) {
        let internet = trace(&world, &query);
        // Where parts meet, mistakes are made: both ends of every part, and their neighbours.
        let ends = parts(&internet).into_iter().flatten().flat_map(|range| {
            let Span { first, last, .. } = Span::of(range);
            let (first, last) = (first as u32, last as u32);
            [first.wrapping_sub(1), first, last, last.wrapping_add(1)]
        });
        for ip in ends.chain(anywhere).map(Ipv4Addr::from) {
            let expected = paths_for(&internet, ip);
            if special::NOT_GLOBAL.iter().any(|(range, _)| range.contains(&ip)) {
                prop_assert_eq!(expected, vec![]);
                continue;
            }
            let alone = trace(&world, &Query { to: To::Ip(ip.into()), ..query.clone() });
            let expected: Vec<Path> = expected.into_iter().map(|path| Path { to: vec![IpAddr::V4(ip).into()], ..path }).collect();
            prop_assert_eq!(alone.paths, expected, "{}", ip);
        }
    }

    #[test]
    fn the_verdict_keeps_to_its_paths(world in world()) {
        let trace = trace(&world, &from_function(To::Internet));
        for path in &trace.paths {
            match &path.verdict {
                Verdict::Reaches { sources } => prop_assert!(!sources.is_empty()),
                Verdict::Drops { reasons } => prop_assert!(!reasons.is_empty()),
                Verdict::Unknown { missing, .. } => prop_assert!(!missing.is_empty()),
                Verdict::Mixed { .. } => prop_assert!(false, "a path is never mixed"),
            }
        }
        let leaving: Vec<&Path> = trace.paths.iter().filter(|path| !path.bypass).collect();
        let all = |is: fn(&Verdict) -> bool| !leaving.is_empty() && leaving.iter().all(|path| is(&path.verdict));
        let reaches = |verdict: &Verdict| matches!(verdict, Verdict::Reaches { .. });
        let drops = |verdict: &Verdict| matches!(verdict, Verdict::Drops { .. });
        if !leaving.is_empty() {
            prop_assert_eq!(reaches(&trace.verdict), all(reaches));
            prop_assert_eq!(drops(&trace.verdict), all(drops));
        }
        prop_assert_eq!(trace.leaves_exactly(&ids(["eip"])), all(|verdict| verdict == &Verdict::Reaches { sources: fixed() }));
    }

    #[test]
    fn a_range_is_treated_as_each_of_its_addresses(
        world in world(), more in routes_v6(), query in query(), anywhere in prop::collection::vec(any::<u128>(), 20),
    ) {
        let mut world = world;
        world.dual_stack();
        world.table("rtb-prv").routes.extend(more);
        let atlas = Atlas::of(&world);
        for whole in [cidr("0.0.0.0/0"), cidr("::/0")] {
            let trace = atlas.trace(&Query { to: To::Net(whole), ..query.clone() });
            let ends = parts(&trace).into_iter().flatten().flat_map(|range| [range.network(), range.broadcast()]);
            let anywhere = anywhere.iter().map(|number| match whole {
                IpNet::V4(_) => IpAddr::from(Ipv4Addr::from(*number as u32)),
                IpNet::V6(_) => IpAddr::from(Ipv6Addr::from(*number)),
            });
            for ip in ends.chain(anywhere) {
                let holds = |path: &&Path| path.to.iter().any(|range| range.contains(&ip));
                let expected: Vec<Path> =
                    trace.paths.iter().filter(holds).map(|path| Path { to: vec![ip.into()], ..path.clone() }).collect();
                // A fresh index must not answer otherwise than one that has answered much.
                let alone = super::super::trace(&world, &Query { to: To::Ip(ip), ..query.clone() });
                prop_assert_eq!(alone.paths, expected, "{}", ip);
            }
        }
    }

    #[test]
    fn what_was_not_read_never_lets_a_packet_arrive(world in world(), query in query()) {
        let whole = Query { to: To::Net(cidr("0.0.0.0/0")), ..query };
        let seen = trace(&world, &whole);
        for listing in Listing::ALL {
            let blind_world = without(&world, *listing);
            let blind = trace(&blind_world, &whole);
            for path in blind.paths.iter().filter(|path| matches!(path.verdict, Verdict::Reaches { .. })) {
                let ip = path.to[0].addr();
                let known = seen.paths.iter().filter(|path| path.to.iter().any(|range| range.contains(&ip)));
                let arrives = known.clone().any(|path| matches!(path.verdict, Verdict::Reaches { .. }));
                prop_assert!(arrives, "{} without {}: {:?}", ip, listing, known.collect::<Vec<_>>());
            }
        }
    }
}

/// The same World of which a listing was not read.
fn without(world: &World, listing: Listing) -> World {
    let mut world = world.clone();
    world.network.unseen.add(listing, "a call");
    match listing {
        Listing::Subnets => world.network.subnets.clear(),
        Listing::RouteTables => world.network.route_tables.clear(),
        Listing::SecurityGroups => world.network.groups.clear(),
        Listing::Acls => world.network.acls.clear(),
        Listing::Interfaces => world.network.interfaces.clear(),
        Listing::Endpoints => world.network.endpoints.clear(),
        Listing::Peerings => world.network.peerings.clear(),
        Listing::PrefixLists => world.network.prefix_lists.clear(),
        Listing::InternetGateways => world.gateway.internet_gateways.clear(),
        Listing::NatGateways => world.gateway.nat_gateways.clear(),
        Listing::Addresses => world.gateway.addresses.clear(),
        _ => {}
    }
    world
}

/// Routes of IPv6 that meet: around the internet's and around what stands for IPv4.
fn routes_v6() -> impl Strategy<Value = Vec<Route>> {
    let net = prop_oneof![
        (0_u16..4, 3_u8..=48).prop_map(|(n, prefix)| (Ipv6Addr::new(0x2606, 0x2800 + n, 0, 0, 0, 0, 0, 0), prefix)),
        (0_u16..4, 90_u8..=128)
            .prop_map(|(n, prefix)| (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0x5d00 + n, 0), prefix)),
    ];
    let net = net.prop_map(|(ip, prefix)| IpNet::V6(Ipv6Net::new(ip, prefix).unwrap().trunc()));
    let route = (net, route()).prop_map(|(net, route)| Route { destination: Destination::Cidr(net), ..route });
    prop::collection::vec(route, 0..5)
}
