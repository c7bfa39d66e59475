//! One case per rule: a faulty World is told so, one that looks nearly the same is not, and the fix works.

use std::{fmt::Write, net::Ipv4Addr};

use super::super::{Query, RuleId, Severity, Source, To, Trace, Verdict, scenes::*, testing::*, trace};
use crate::world::*;

/// A change of the reference topology, and of the question: TCP 443 from `fn` to a host of the internet.
pub(super) type Changes = fn(&mut World, &mut Query);

/// A rule and what shows it.
pub(super) struct Case {
    pub(super) rule: RuleId,
    /// What breaks it.
    pub(super) faulty: Changes,
    /// What looks like it, and is not.
    pub(super) nearly: Changes,
    /// What mends the faulty one.
    pub(super) fix: Changes,
}

fn add_machine(w: &mut World, name: &str, running: bool) {
    let eni = id(&format!("eni-{name}"));
    let machine = Machine { id: id(name), running, interface: Some(eni.clone()), tags: Default::default() };
    w.network.machines.insert(id(name), machine);
    let own = interface("", InterfaceKind::Machine, "prv1", [10, 0, 1, 9], ids(["sg"]));
    w.add_interface(Interface { id: eni, instance: Some(id(name)), ..own });
}

/// An interface in `pub` that lets everything in.
fn add_open_interface(w: &mut World, kind: InterfaceKind) {
    w.network.groups.insert(id("sg-open"), SecurityGroup { ingress: vec![Rule::all_v4()], ..group("sg-open") });
    w.add_interface(interface("eni-open", kind, "pub", [10, 0, 10, 4], ids(["sg-open"])));
}

fn to_v6(w: &mut World, q: &mut Query) {
    w.dual_stack();
    q.to = To::Ip(HOST_V6.parse().unwrap());
}

/// A machine with a public address that lets everybody in, and the question how to get to that.
fn add_public_server(w: &mut World, q: &mut Query, subnet: &str) {
    let public_ip = Ipv4Addr::new(203, 0, 113, 80);
    add_server(w, vec![Rule::all_v4()]);
    let server = w.network.interfaces.get_mut(&id("eni-server")).unwrap();
    (server.subnet, server.public_ip) = (id(subnet), Some(public_ip));
    q.to = To::Ip(public_ip.into());
}

fn to_nat() -> Vec<Route> {
    vec![to("0.0.0.0/0", Target::NatGateway(id("nat")))]
}

fn to_igw() -> Vec<Route> {
    vec![to("0.0.0.0/0", Target::InternetGateway(id("igw")))]
}

fn in_state(route: Route, state: RouteState) -> Route {
    Route { state, ..route }
}

/// Keeps a subnet from using `rtb-prv`.
fn leave_table(w: &mut World, subnet: &str) {
    w.table("rtb-prv").associations.retain(|a| a.with != AssociatedWith::Subnet(id(subnet)));
}

const OUT: Direction = Direction::Egress;
const IN: Direction = Direction::Ingress;
const ALL: (u16, u16) = (0, u16::MAX);

fn cases() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::LambdaPublicSubnet,
            faulty: |w, _| w.attachment().subnets = ids(["pub"]),
            nearly: |w, _| {
                w.attachment().subnets = ids(["pub"]);
                let mut own = interface("eni", InterfaceKind::Function, "pub", [10, 0, 10, 9], ids(["sg"]));
                own.public_ip = Some(NAT_IP);
                w.add_interface(own);
            },
            fix: |w, _| w.attachment().subnets = ids(["prv1"]),
        },
        Case {
            rule: RuleId::NoDefaultRoute,
            faulty: |w, _| w.routes("rtb-prv", vec![]),
            nearly: |w, _| {
                let halves = ["0.0.0.0/1", "128.0.0.0/1"];
                w.routes("rtb-prv", halves.map(|half| to(half, Target::NatGateway(id("nat")))).into());
            },
            fix: |w, _| w.routes("rtb-prv", to_nat()),
        },
        Case {
            rule: RuleId::MainTableFallback,
            faulty: |w, _| leave_table(w, "prv2"),
            nearly: |w, _| {
                leave_table(w, "prv2");
                w.routes("rtb-main", to_nat());
            },
            fix: |w, _| {
                let with = AssociatedWith::Subnet(id("prv2"));
                w.table("rtb-prv").associations.push(Association { id: id("new"), with, active: true });
            },
        },
        Case {
            rule: RuleId::RouteBlackhole,
            faulty: |w, _| {
                let dead = in_state(to("93.0.0.0/8", Target::Peering(id("pcx"))), RouteState::Blackhole);
                w.table("rtb-prv").routes.push(dead);
            },
            nearly: |w, _| {
                let dead = in_state(to("94.0.0.0/8", Target::Peering(id("pcx"))), RouteState::Blackhole);
                w.table("rtb-prv").routes.push(dead);
            },
            fix: |w, _| drop(w.table("rtb-prv").routes.pop()),
        },
        Case {
            rule: RuleId::RouteFiltered,
            faulty: |w, _| {
                let refused = in_state(to("93.0.0.0/8", Target::NatGateway(id("nat"))), RouteState::Filtered);
                w.table("rtb-prv").routes.push(refused);
            },
            nearly: |w, _| w.table("rtb-prv").routes.push(to("93.0.0.0/8", Target::NatGateway(id("nat")))),
            fix: |w, _| drop(w.table("rtb-prv").routes.pop()),
        },
        Case {
            rule: RuleId::ReservedDestination,
            faulty: |w, q| {
                w.table("rtb-prv").routes.push(to("169.254.169.254/32", Target::NatGateway(id("nat"))));
                q.to = To::Ip(Ipv4Addr::new(169, 254, 169, 254).into());
            },
            nearly: |_, q| q.to = To::Ip(Ipv4Addr::new(169, 254, 172, 1).into()),
            fix: |_, q| q.to = To::Ip(HOST.into()),
        },
        Case {
            rule: RuleId::PrivateDestination,
            faulty: |_, q| q.to = To::Ip(Ipv4Addr::new(192, 168, 1, 1).into()),
            nearly: |_, q| q.to = To::Ip(Ipv4Addr::new(192, 169, 1, 1).into()),
            fix: |w, _| add_peering(w, true, "192.168.0.0/16", "192.168.0.0/16"),
        },
        Case {
            rule: RuleId::IgwNotAttached,
            faulty: |w, _| w.gateway.internet_gateways.get_mut(&id("igw")).unwrap().network = Some(id("vpc-2")),
            nearly: |w, _| {
                let other = InternetGateway { id: id("igw-2"), network: None, tags: Default::default() };
                w.gateway.internet_gateways.insert(id("igw-2"), other);
            },
            fix: |w, _| w.gateway.internet_gateways.get_mut(&id("igw")).unwrap().network = Some(id("vpc")),
        },
        Case {
            rule: RuleId::NatRouteBlackhole,
            faulty: |w, _| w.nat().state = NatState::Deleted,
            nearly: |w, _| {
                let mut old = nat("nat-old", "pub", &[]);
                old.state = NatState::Deleted;
                w.gateway.nat_gateways.insert(id("nat-old"), old);
            },
            fix: |w, _| {
                w.gateway.nat_gateways.insert(id("nat-2"), nat("nat-2", "pub", &[("eip", NAT_IP)]));
                w.routes("rtb-prv", vec![to("0.0.0.0/0", Target::NatGateway(id("nat-2")))]);
            },
        },
        Case {
            rule: RuleId::NatNotAvailable,
            faulty: |w, _| w.nat().state = NatState::Pending,
            nearly: |w, _| {
                let mut other = nat("nat-2", "pub", &[]);
                other.state = NatState::Pending;
                w.gateway.nat_gateways.insert(id("nat-2"), other);
            },
            fix: |w, _| w.nat().state = NatState::Available,
        },
        Case {
            rule: RuleId::NatNoAddress,
            faulty: |w, _| w.nat().addresses[0].state = NatAddressState::Associating,
            nearly: |w, _| {
                let state = NatAddressState::Disassociating;
                let leaving = NatAddress { state, address: Some(id("eip-2")), ..w.nat().addresses[0].clone() };
                w.nat().addresses.push(leaving);
            },
            fix: |w, _| w.nat().addresses[0].state = NatAddressState::InUse,
        },
        Case {
            rule: RuleId::NatProtocol,
            faulty: |_, q| q.protocol = Protocol::Number(47),
            nearly: |_, q| q.protocol = Protocol::Number(17),
            fix: |_, q| q.protocol = Protocol::Icmp,
        },
        Case {
            rule: RuleId::NatInPrivateSubnet,
            faulty: |w, _| w.routes("rtb-pub", vec![]),
            nearly: |w, _| w.routes("rtb-pub", vec![to("93.184.0.0/16", Target::InternetGateway(id("igw")))]),
            fix: |w, _| w.routes("rtb-pub", to_igw()),
        },
        Case {
            rule: RuleId::DefaultToSelfNat,
            faulty: |w, _| w.nat().scope = NatScope::Subnet(id("prv1")),
            nearly: |w, _| {
                w.network.subnets.insert(id("pub2"), subnet("pub2", "10.0.11.0/24", "b"));
                w.routes("rtb-main", to_igw());
                w.nat().scope = NatScope::Subnet(id("pub2"));
            },
            fix: |w, _| w.nat().scope = NatScope::Subnet(id("pub")),
        },
        Case {
            rule: RuleId::PrivateNatToIgw,
            faulty: |w, _| w.nat().public = false,
            nearly: |w, _| {
                let other = NatGateway { public: false, ..nat("nat-2", "pub", &[]) };
                w.gateway.nat_gateways.insert(id("nat-2"), other);
            },
            fix: |w, _| w.nat().public = true,
        },
        Case {
            rule: RuleId::SgEgressBlocks,
            faulty: |w, _| w.group().egress = vec![],
            nearly: |w, _| w.group().egress = vec![rule((443, 443), Peer::Cidr(cidr("93.184.215.14/32")))],
            fix: |w, _| w.group().egress = vec![rule((443, 443), Peer::Cidr(cidr("0.0.0.0/0")))],
        },
        Case {
            rule: RuleId::SgIngressBlocks,
            faulty: |w, q| {
                add_server(w, vec![rule((443, 443), Peer::Group(id("sg-server")))]);
                q.to = To::Ip(SERVER.into());
            },
            nearly: |w, q| {
                add_server(w, vec![rule((443, 443), Peer::Group(id("sg")))]);
                q.to = To::Ip(SERVER.into());
            },
            fix: |w, _| add_server(w, vec![Rule::all_v4()]),
        },
        Case {
            rule: RuleId::NaclBlocksForward,
            faulty: |w, _| w.own_acl("prv1").entries.push(entry(90, OUT, (443, 443), "93.184.215.0/24", false)),
            nearly: |w, _| w.own_acl("prv1").entries.push(entry(90, OUT, (443, 443), "93.184.214.0/24", false)),
            fix: |w, _| w.own_acl("prv1").entries.push(entry(80, OUT, (443, 443), "93.184.215.14/32", true)),
        },
        Case {
            rule: RuleId::NaclBlocksReturn,
            faulty: |w, _| {
                w.own_acl("prv1").entries.retain(|e| e.direction == OUT);
                w.own_acl("prv1").entries.push(entry(100, IN, (443, 443), "0.0.0.0/0", true));
            },
            nearly: |w, _| {
                w.own_acl("prv1").entries.retain(|e| e.direction == OUT);
                w.own_acl("prv1").entries.push(entry(100, IN, (1024, 65535), "0.0.0.0/0", true));
            },
            fix: |w, _| w.own_acl("prv1").entries.push(entry(110, IN, (1024, 65535), "0.0.0.0/0", true)),
        },
        Case {
            rule: RuleId::NatNaclBlocks,
            faulty: |w, _| w.own_acl("pub").entries.push(entry(90, IN, (443, 443), "10.0.0.0/16", false)),
            nearly: |w, _| w.own_acl("pub").entries.push(entry(90, IN, (443, 443), "10.0.10.0/24", false)),
            fix: |w, _| w.own_acl("pub").entries.push(entry(80, IN, ALL, "10.0.0.0/16", true)),
        },
        Case {
            rule: RuleId::PeeringNotActive,
            faulty: |w, _| add_peering(w, false, "93.0.0.0/8", "93.0.0.0/8"),
            nearly: |w, _| add_peering(w, false, "94.0.0.0/8", "94.0.0.0/8"),
            fix: |w, _| w.network.peerings.get_mut(&id("pcx")).unwrap().active = true,
        },
        Case {
            rule: RuleId::PeeringOutside,
            faulty: |w, _| add_peering(w, true, "93.0.0.0/8", "172.16.0.0/16"),
            nearly: |w, _| add_peering(w, true, "93.0.0.0/8", "93.184.0.0/16"),
            fix: |w, _| drop(w.table("rtb-prv").routes.pop()),
        },
        Case {
            rule: RuleId::NatIsNoHost,
            faulty: |w, q| {
                add_open_interface(w, InterfaceKind::NatGateway);
                q.to = To::Ip(Ipv4Addr::new(10, 0, 10, 4).into());
            },
            nearly: |w, q| {
                // What lies behind it is another matter.
                add_open_interface(w, InterfaceKind::NatGateway);
                q.to = To::Ip(HOST.into());
            },
            fix: |w, _| add_open_interface(w, InterfaceKind::Machine),
        },
        Case {
            rule: RuleId::NoSuchHost,
            faulty: |_, q| q.to = To::Ip(Ipv4Addr::new(10, 0, 10, 4).into()),
            nearly: |w, q| {
                add_open_interface(w, InterfaceKind::Machine);
                q.to = To::Ip(Ipv4Addr::new(10, 0, 10, 4).into());
            },
            fix: |w, _| add_open_interface(w, InterfaceKind::Machine),
        },
        Case {
            rule: RuleId::MachineStopped,
            faulty: |w, q| {
                add_machine(w, "i", false);
                q.source = Source::Machine(id("i"));
            },
            nearly: |w, q| {
                add_machine(w, "i", true);
                add_machine(w, "i-2", false);
                q.source = Source::Machine(id("i"));
            },
            fix: |w, _| add_machine(w, "i", true),
        },
        Case {
            rule: RuleId::Ipv6NotAllowed,
            faulty: to_v6,
            nearly: |w, q| {
                to_v6(w, q);
                q.to = To::Ip(HOST.into());
            },
            fix: |w, _| w.attachment().ipv6 = true,
        },
        Case {
            rule: RuleId::NoAddressOfFamily,
            faulty: |w, q| {
                to_v6(w, q);
                w.attachment().ipv6 = true;
                w.network.subnets.get_mut(&id("prv2")).unwrap().cidr_v6 = None;
            },
            nearly: |w, q| {
                to_v6(w, q);
                w.attachment().ipv6 = true;
                w.network.subnets.get_mut(&id("pub")).unwrap().cidr_v6 = None;
            },
            fix: |w, _| w.attachment().subnets = ids(["prv1"]),
        },
        Case {
            rule: RuleId::NoReturnRoute,
            faulty: |w, q| add_public_server(w, q, "prv2"),
            nearly: |w, q| add_public_server(w, q, "pub"),
            fix: |w, _| {
                w.attachment().subnets = ids(["prv1"]);
                leave_table(w, "prv2");
                w.routes("rtb-main", to_igw());
            },
        },
        Case {
            rule: RuleId::NotInVpc,
            faulty: |w, q| {
                w.function.functions.get_mut(&id("fn")).unwrap().attachment = None;
                q.to = To::Ip(SERVER.into());
            },
            nearly: |w, _| w.function.functions.get_mut(&id("fn")).unwrap().attachment = None,
            fix: |w, _| {
                w.function = reference().function;
                add_server(w, vec![Rule::all_v4()]);
            },
        },
    ]
}

pub(super) fn ask(changes: &[Changes]) -> Trace {
    let (mut world, mut query) = (reference(), from_function(To::Ip(HOST.into())));
    changes.iter().for_each(|change| change(&mut world, &mut query));
    trace(&world, &query)
}

/// The cases of this file and of [`super::hops`].
fn all_cases() -> impl Iterator<Item = Case> {
    cases().into_iter().chain(super::hops::cases())
}

/// What the doctor finds beside the paths: it has cases of its own.
const BESIDE_THE_PATHS: [RuleId; 3] = [RuleId::EniPermission, RuleId::MixedSubnets, RuleId::EipNotOwned];

#[test]
fn every_rule_that_stops_packets_has_a_case() {
    let mut shown: Vec<RuleId> = all_cases().map(|case| case.rule).collect();
    shown.sort();
    let stops = |rule: &RuleId| rule.severity() == Severity::Error && !BESIDE_THE_PATHS.contains(rule);
    let stopping: Vec<RuleId> = RuleId::ALL.iter().copied().filter(stops).collect();
    assert_eq!(shown, stopping);
}

#[test]
fn a_faulty_world_is_told_its_one_fault_and_a_sound_one_none() {
    for case in all_cases() {
        let faulty = ask(&[case.faulty]);
        let mut named = rules(&faulty);
        named.dedup();
        assert_eq!(named, [case.rule]);
        assert!(matches!(faulty.verdict, Verdict::Drops { .. } | Verdict::Mixed { .. }), "{}", case.rule);
        for (which, sound) in [("nearly", ask(&[case.nearly])), ("fixed", ask(&[case.faulty, case.fix]))] {
            assert!(rules(&sound).is_empty(), "{}: {which}", case.rule);
            let beyond_sight = sound.paths.iter().any(|path| path.bypass);
            assert!(beyond_sight || matches!(sound.verdict, Verdict::Reaches { .. }), "{}: {which}", case.rule);
        }
    }
}

#[test]
fn reasons_say_what_is_wrong_and_how_to_mend_it() {
    let mut text = String::new();
    for case in cases() {
        for reason in ask(&[case.faulty]).reasons() {
            let resource = reason.resource.as_ref().map_or("-", |id| id.as_str());
            writeln!(text, "{} ({resource})\n  {}\n  fix: {}", reason.rule, reason.detail, reason.fix).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn rules_are_written_in_json_as_everywhere() {
    for rule in RuleId::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
    }
}

#[test]
fn a_drop_names_every_setting_on_the_way() {
    let trace = ask(&[|w, _| {
        w.group().egress.clear();
        w.own_acl("prv1").entries.push(entry(90, OUT, ALL, "0.0.0.0/0", false));
        w.own_acl("prv1").entries.push(entry(90, IN, ALL, "0.0.0.0/0", false));
        w.own_acl("pub").entries.clear();
        w.nat().state = NatState::Failed { code: "Gateway.NotAttached".into(), message: "no gateway".into() };
        w.nat().public = false;
        w.gateway.internet_gateways.get_mut(&id("igw")).unwrap().network = None;
        w.attachment().subnets = ids(["prv1"]);
    }]);
    let Verdict::Drops { reasons } = &trace.verdict else { panic!("{trace:?}") };
    assert_eq!(reasons.iter().collect::<Vec<_>>(), trace.reasons());
    let shown: Vec<String> = reasons.iter().map(|r| format!("{}: {}", r.rule, r.detail)).collect();
    insta::assert_snapshot!(shown.join("\n"));
    // The packet itself gets no further than its interface.
    assert_eq!(
        trace.paths[0].hops.iter().map(|hop| hop.kind.as_str()).collect::<Vec<_>>(),
        ["interface", "security-group"]
    );
}

#[test]
fn a_path_that_one_subnet_lacks_is_mixed() {
    let trace = ask(&[|w, _| {
        leave_table(w, "prv2");
        w.routes("rtb-main", to_igw());
    }]);
    let Verdict::Mixed { sources, reasons } = &trace.verdict else { panic!("{trace:?}") };
    assert_eq!(sources, &fixed());
    assert_eq!(
        reasons.iter().map(|r| (r.rule, r.resource.clone())).collect::<Vec<_>>(),
        [(RuleId::LambdaPublicSubnet, Some(id("prv2")))]
    );
    let subnets: Vec<_> = trace.paths.iter().map(|path| path.subnet.clone().unwrap()).collect();
    assert_eq!(subnets, [id("prv1"), id("prv2")]);
}
