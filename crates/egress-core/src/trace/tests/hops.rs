//! Hops beyond the network's own gateways: one case per rule, as in [`super::drops`], and what sound ones say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    super::{RuleId, SourceAddress, To, Trace, Verdict, testing::*},
    drops::{Case, SERVER, add_peering, add_server, ask},
};
use crate::world::*;

/// Some host on the IPv6 internet.
const HOST_V6: Ipv6Addr = Ipv6Addr::new(0x2606, 0x2800, 0, 0, 0, 0, 0, 1);
/// The public IP of a NAT instance.
const MACHINE_IP: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 40);

/// Gives `vpc` IPv6 and an egress-only gateway, and asks for a host there.
fn with_v6(w: &mut World, attached_to: &str) {
    for (name, range) in [("prv1", "2600:1f00:0:1::/64"), ("prv2", "2600:1f00:0:2::/64")] {
        w.network.subnets.get_mut(&id(name)).unwrap().cidr_v6 = Some(range.parse().unwrap());
    }
    w.attachment().ipv6 = true;
    w.group().egress.push(Rule { peer: Peer::Cidr(cidr("::/0")), ..Rule::all_v4() });
    for direction in [Direction::Ingress, Direction::Egress] {
        w.acl().entries.push(entry(101, direction, (0, u16::MAX), "::/0", true));
    }
    w.table("rtb-prv").routes.push(to("::/0", Target::EgressOnlyGateway(id("eigw"))));
    let gateway = EgressOnlyGateway { id: id("eigw"), network: Some(id(attached_to)), tags: Default::default() };
    w.gateway.egress_only_gateways.insert(id("eigw"), gateway);
}

/// Leads the private subnets through a machine in `pub`.
fn with_machine(w: &mut World) {
    let ingress = vec![rule((443, 443), Peer::Cidr(cidr("10.0.0.0/16")))];
    w.network.groups.insert(id("sg-nat"), SecurityGroup { ingress, ..group("sg-nat") });
    w.add_interface(Interface {
        public_ip: Some(MACHINE_IP),
        instance: Some(id("i-nat")),
        source_dest_check: false,
        ..interface("eni-nat", InterfaceKind::Machine, "pub", [10, 0, 10, 9], ids(["sg-nat"]))
    });
    let machine = Machine { id: id("i-nat"), running: true, interface: Some(id("eni-nat")), tags: Default::default() };
    w.network.machines.insert(id("i-nat"), machine);
    w.routes("rtb-prv", vec![to("0.0.0.0/0", Target::Instance(id("i-nat")))]);
}

fn nat_interface(w: &mut World) -> &mut Interface {
    w.network.interfaces.get_mut(&id("eni-nat")).unwrap()
}

/// An interface endpoint in `prv2`, whose address is [`SERVER`].
fn with_endpoint(w: &mut World, ingress: Vec<Rule>) {
    w.network.groups.insert(id("sg-vpce"), SecurityGroup { ingress, ..group("sg-vpce") });
    w.add_interface(interface("eni-vpce", InterfaceKind::Endpoint, "prv2", SERVER.octets(), ids(["sg-vpce"])));
    let kind = EndpointKind::Interface {
        subnets: ids(["prv2"]),
        groups: ids(["sg-vpce"]),
        private_dns: true,
        interfaces: ids(["eni-vpce"]),
        names: Default::default(),
    };
    let service = "com.amazonaws.eu-west-1.sqs".to_owned();
    let endpoint =
        Endpoint { id: id("vpce"), network: id("vpc"), service, kind, available: true, tags: Default::default() };
    w.network.endpoints.insert(id("vpce"), endpoint);
}

fn queue() -> To {
    To::Name { name: "sqs.eu-west-1.amazonaws.com".to_owned(), ips: [HOST.into()].into() }
}

/// A second network `far`, 10.9.0.0/16, with the subnet `far-app` on its main table `rtb-far`.
fn with_far(w: &mut World) {
    let far = Network { id: id("far"), cidrs: vec![net("10.9.0.0/16")], ..w.network.networks[&id("vpc")].clone() };
    w.network.networks.insert(id("far"), far);
    add_far_subnet(w, "far-app", "10.9.1.0/24");
    add_far_table(w, "rtb-far", AssociatedWith::Main, vec![]);
    w.network.acls.insert(id("acl-far"), Acl { network: id("far"), ..acl("acl-far", true) });
}

fn add_far_subnet(w: &mut World, name: &str, range: &str) {
    w.network.subnets.insert(id(name), Subnet { network: id("far"), ..subnet(name, range, "a") });
}

fn add_far_table(w: &mut World, name: &str, with: AssociatedWith, routes: Vec<Route>) {
    let mut table = RouteTable { network: id("far"), ..table(name, vec![with], routes) };
    table.routes[0].destination = Destination::Cidr(cidr("10.9.0.0/16"));
    w.network.route_tables.insert(id(name), table);
}

/// A machine in `far-app` that lets everything in.
const FAR_SERVER: Ipv4Addr = Ipv4Addr::new(10, 9, 1, 9);

fn add_far_server(w: &mut World) {
    w.network.groups.insert(id("sg-far"), SecurityGroup { ingress: vec![Rule::all_v4()], ..group("sg-far") });
    let server = interface("eni-far", InterfaceKind::Machine, "far-app", FAR_SERVER.octets(), ids(["sg-far"]));
    w.add_interface(Interface { network: id("far"), ..server });
}

fn with_peer(w: &mut World, back: bool) {
    with_far(w);
    add_far_server(w);
    add_peering(w, true, "10.9.0.0/16", "10.9.0.0/16");
    w.network.peerings.get_mut(&id("pcx")).unwrap().accepter.network = id("far");
    if back {
        w.table("rtb-far").routes.push(to("10.0.0.0/16", Target::Peering(id("pcx"))));
    }
}

fn by_hub(range: &str) -> Route {
    to(range, Target::TransitGateway(id("tgw")))
}

fn hub_route(range: &str, attachment: &str) -> TransitRoute {
    TransitRoute { cidr: cidr(range), attachments: ids([attachment]), state: RouteState::Active, propagated: false }
}

/// `prv1` leaves through the hub `tgw` and the NAT gateway `nat-far` (address `eip-far`) of `far`.
fn with_hub(w: &mut World) {
    with_far(w);
    add_far_subnet(w, "far-tgw", "10.9.2.0/28");
    add_far_subnet(w, "far-pub", "10.9.3.0/24");
    w.routes("rtb-far", vec![to("0.0.0.0/0", Target::NatGateway(id("nat-far"))), by_hub("10.0.0.0/16")]);
    let out = vec![to("0.0.0.0/0", Target::InternetGateway(id("igw-far"))), by_hub("10.0.0.0/16")];
    add_far_table(w, "rtb-far-pub", AssociatedWith::Subnet(id("far-pub")), out);
    let igw = InternetGateway { id: id("igw-far"), network: Some(id("far")), tags: Default::default() };
    w.gateway.internet_gateways.insert(id("igw-far"), igw);
    let far_nat = NatGateway { network: id("far"), ..nat("nat-far", "far-pub", &[("eip", NAT_IP)]) };
    w.gateway.nat_gateways.insert(id("nat-far"), far_nat);

    w.network.subnets.insert(id("tgw-a"), subnet("tgw-a", "10.0.20.0/28", "a"));
    w.attachment().subnets = ids(["prv1"]);
    w.routes("rtb-prv", vec![by_hub("0.0.0.0/0")]);
    let transit = &mut w.network.transit;
    let hub = TransitGateway { id: id("tgw"), owner: None, tags: Default::default() };
    transit.gateways.insert(id("tgw"), hub);
    for (name, network, subnet, table) in
        [("att", "vpc", "tgw-a", "tgw-rtb"), ("att-far", "far", "far-tgw", "tgw-rtb-far")]
    {
        let end = TransitEnd::Network { network: id(network), subnets: Some(ids([subnet])) };
        let (gateway, table) = (id("tgw"), Some(id(table)));
        let attachment =
            TransitAttachment { id: id(name), gateway, end, available: true, table, tags: Default::default() };
        transit.attachments.insert(id(name), attachment);
    }
    for (name, route) in
        [("tgw-rtb", hub_route("0.0.0.0/0", "att-far")), ("tgw-rtb-far", hub_route("10.0.0.0/16", "att"))]
    {
        let table =
            TransitTable { id: id(name), gateway: id("tgw"), routes: Some(vec![route]), tags: Default::default() };
        transit.tables.insert(id(name), table);
    }
}

fn attachment<'w>(w: &'w mut World, name: &str) -> &'w mut TransitAttachment {
    w.network.transit.attachments.get_mut(&id(name)).unwrap()
}

fn hub_routes<'w>(w: &'w mut World, table: &str) -> &'w mut Vec<TransitRoute> {
    w.network.transit.tables.get_mut(&id(table)).unwrap().routes.as_mut().unwrap()
}

fn block(w: &mut World, mode: BlockMode) {
    w.network.block_public_access.mode = mode;
}

/// The cases of this file's rules.
pub(super) fn cases() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::EigwNotAttached,
            faulty: |w, q| {
                with_v6(w, "vpc-2");
                q.to = To::Ip(HOST_V6.into());
            },
            nearly: |w, q| {
                with_v6(w, "vpc");
                q.to = To::Ip(HOST_V6.into());
            },
            fix: |w, _| w.gateway.egress_only_gateways.get_mut(&id("eigw")).unwrap().network = Some(id("vpc")),
        },
        Case {
            rule: RuleId::BpaBlocks,
            faulty: |w, _| block(w, BlockMode::Bidirectional),
            nearly: |w, _| block(w, BlockMode::Ingress),
            fix: |w, _| {
                w.network.block_public_access.exclusions.insert(id("pub"), Exclusion::Egress);
            },
        },
        Case {
            rule: RuleId::NatInstanceSrcdstCheck,
            faulty: |w, _| {
                with_machine(w);
                nat_interface(w).source_dest_check = true;
            },
            nearly: |w, _| with_machine(w),
            fix: |w, _| nat_interface(w).source_dest_check = false,
        },
        Case {
            rule: RuleId::NatInstanceDown,
            faulty: |w, _| {
                with_machine(w);
                w.network.machines.get_mut(&id("i-nat")).unwrap().running = false;
            },
            nearly: |w, _| {
                with_machine(w);
                let other = Machine { id: id("i-2"), running: false, interface: None, tags: Default::default() };
                w.network.machines.insert(id("i-2"), other);
            },
            fix: |w, _| w.network.machines.get_mut(&id("i-nat")).unwrap().running = true,
        },
        Case {
            rule: RuleId::NatInstanceNoAddress,
            faulty: |w, _| {
                with_machine(w);
                nat_interface(w).public_ip = None;
            },
            nearly: |w, _| {
                // Behind a NAT gateway a machine needs no public address.
                with_machine(w);
                nat_interface(w).public_ip = None;
                nat_interface(w).subnet = id("prv3");
                w.network.subnets.insert(id("prv3"), subnet("prv3", "10.0.3.0/24", "a"));
                w.routes("rtb-main", vec![to("0.0.0.0/0", Target::NatGateway(id("nat")))]);
            },
            fix: |w, _| nat_interface(w).public_ip = Some(MACHINE_IP),
        },
        Case {
            rule: RuleId::VpceSgBlocks,
            faulty: |w, q| {
                with_endpoint(w, vec![rule((80, 80), Peer::Cidr(cidr("10.0.0.0/16")))]);
                q.to = queue();
            },
            nearly: |w, q| {
                with_endpoint(w, vec![rule((443, 443), Peer::Group(id("sg")))]);
                q.to = queue();
            },
            fix: |w, _| with_endpoint(w, vec![rule((443, 443), Peer::Cidr(cidr("10.0.0.0/16")))]),
        },
        Case {
            rule: RuleId::DnsBroken,
            faulty: |w, q| {
                w.network.networks.get_mut(&id("vpc")).unwrap().dns_support = false;
                (q.to, q.port) = (To::Ip(Ipv4Addr::new(10, 0, 0, 2).into()), 53);
            },
            nearly: |w, q| {
                // No filter stops what goes to the cloud's own resolver.
                w.group().egress.clear();
                w.acl().entries.clear();
                (q.to, q.port) = (To::Ip(Ipv4Addr::new(169, 254, 169, 253).into()), 53);
            },
            fix: |w, _| w.network.networks.get_mut(&id("vpc")).unwrap().dns_support = true,
        },
        Case {
            rule: RuleId::PeeringReturnRoute,
            faulty: |w, q| {
                with_peer(w, false);
                q.to = To::Ip(FAR_SERVER.into());
            },
            nearly: |w, q| {
                with_peer(w, true);
                q.to = To::Ip(FAR_SERVER.into());
            },
            fix: |w, _| w.table("rtb-far").routes.push(to("10.0.0.0/16", Target::Peering(id("pcx")))),
        },
        Case {
            rule: RuleId::TgwNotAttached,
            faulty: |w, _| {
                with_hub(w);
                attachment(w, "att").available = false;
            },
            nearly: |w, _| with_hub(w),
            fix: |w, _| attachment(w, "att").available = true,
        },
        Case {
            rule: RuleId::TgwZoneNotAttached,
            faulty: |w, _| {
                with_hub(w);
                w.network.subnets.get_mut(&id("tgw-a")).unwrap().zone = "b".to_owned();
            },
            nearly: |w, _| {
                // At the far end the hub takes whatever zone there is.
                with_hub(w);
                w.network.subnets.get_mut(&id("far-tgw")).unwrap().zone = "b".to_owned();
            },
            fix: |w, _| w.network.subnets.get_mut(&id("tgw-a")).unwrap().zone = "a".to_owned(),
        },
        Case {
            rule: RuleId::TgwNoTable,
            faulty: |w, _| {
                with_hub(w);
                attachment(w, "att").table = None;
            },
            nearly: |w, _| {
                with_hub(w);
                attachment(w, "att").table = Some(id("tgw-rtb"));
            },
            fix: |w, _| attachment(w, "att").table = Some(id("tgw-rtb")),
        },
        Case {
            rule: RuleId::TgwNoRoute,
            faulty: |w, _| {
                with_hub(w);
                hub_routes(w, "tgw-rtb").clear();
            },
            nearly: |w, _| {
                with_hub(w);
                *hub_routes(w, "tgw-rtb") = vec![hub_route("93.184.0.0/16", "att-far")];
            },
            fix: |w, _| hub_routes(w, "tgw-rtb").push(hub_route("0.0.0.0/0", "att-far")),
        },
        Case {
            rule: RuleId::TgwRouteBlackhole,
            faulty: |w, _| {
                with_hub(w);
                let dead = TransitRoute { state: RouteState::Blackhole, ..hub_route("93.0.0.0/8", "att-far") };
                hub_routes(w, "tgw-rtb").push(dead);
            },
            nearly: |w, _| {
                with_hub(w);
                let dead = TransitRoute { state: RouteState::Blackhole, ..hub_route("94.0.0.0/8", "att-far") };
                hub_routes(w, "tgw-rtb").push(dead);
            },
            fix: |w, _| drop(hub_routes(w, "tgw-rtb").pop()),
        },
        Case {
            rule: RuleId::TgwNaclBlocks,
            faulty: |w, _| {
                with_hub(w);
                let deny = entry(90, Direction::Ingress, (443, 443), "10.0.1.0/24", false);
                w.own_acl("tgw-a").entries.push(deny);
            },
            nearly: |w, _| {
                // What goes into the hub meets the way in of its interface's subnet, not the way out.
                with_hub(w);
                let deny = entry(90, Direction::Egress, (443, 443), "0.0.0.0/0", false);
                w.own_acl("tgw-a").entries.push(deny);
            },
            fix: |w, _| {
                let allow = entry(80, Direction::Ingress, (443, 443), "10.0.1.0/24", true);
                w.own_acl("tgw-a").entries.push(allow);
            },
        },
        Case {
            rule: RuleId::TgwUntranslated,
            faulty: |w, _| {
                with_hub(w);
                w.routes("rtb-far", vec![to("0.0.0.0/0", Target::InternetGateway(id("igw-far")))]);
            },
            nearly: |w, _| with_hub(w),
            fix: |w, _| w.routes("rtb-far", vec![to("0.0.0.0/0", Target::NatGateway(id("nat-far")))]),
        },
        Case {
            rule: RuleId::TgwReturnRoute,
            faulty: |w, _| {
                with_hub(w);
                w.routes("rtb-far-pub", vec![to("0.0.0.0/0", Target::InternetGateway(id("igw-far")))]);
            },
            nearly: |w, _| {
                with_hub(w);
                let routes = vec![to("0.0.0.0/0", Target::InternetGateway(id("igw-far"))), by_hub("10.0.1.0/24")];
                w.routes("rtb-far-pub", routes);
            },
            fix: |w, _| w.table("rtb-far-pub").routes.push(by_hub("10.0.0.0/8")),
        },
    ]
}

fn warnings(trace: &Trace) -> Vec<RuleId> {
    trace.paths.iter().flat_map(|path| &path.warnings).map(|warning| warning.rule).collect()
}

fn private(range: &str) -> Verdict {
    Verdict::Reaches { sources: [SourceAddress::Private(cidr(range))].into() }
}

#[test]
fn behind_a_hub_the_far_networks_address_is_seen() {
    let trace = ask(&[|w, _| with_hub(w)]);
    assert_eq!(trace.verdict, Verdict::Reaches { sources: fixed() });
    assert!(trace.leaves_exactly(&ids(["eip"])));
}

#[test]
fn the_hubs_own_table_must_lead_answers_back_too() {
    let trace = ask(&[|w, _| {
        with_hub(w);
        hub_routes(w, "tgw-rtb-far").clear();
    }]);
    assert_eq!(rules(&trace), [RuleId::TgwReturnRoute]);
}

#[test]
fn what_a_hub_hides_is_missing() {
    let hidden = ask(&[|w, _| {
        with_hub(w);
        w.network.transit.tables.get_mut(&id("tgw-rtb")).unwrap().routes = None;
    }]);
    assert_eq!(hidden.verdict.missing(), ["the route table tgw-rtb of tgw that att is associated with"]);
    let tunnel = ask(&[|w, _| {
        with_hub(w);
        attachment(w, "att-far").end = TransitEnd::Other { kind: "vpn".to_owned(), id: Some(id("vpn-1")) };
    }]);
    assert_eq!(tunnel.verdict.missing(), ["what the vpn vpn-1 behind att-far does with packets"]);
}

#[test]
fn a_hub_leads_from_one_network_into_another() {
    let trace = ask(&[|w, q| {
        with_hub(w);
        add_far_server(w);
        q.to = To::Ip(FAR_SERVER.into());
    }]);
    assert_eq!(trace.verdict, private("10.0.1.0/24"));
    assert!(trace.paths[0].bypass);
}

#[test]
fn a_machine_that_translates_is_taken_at_its_word() {
    let trace = ask(&[|w, _| with_machine(w)]);
    assert_eq!(trace.verdict, Verdict::Reaches { sources: [SourceAddress::Mapped(MACHINE_IP)].into() });
    let assumed = ["the machine i-nat forwards and translates what it gets: its own packet filter cannot be seen"];
    assert!(trace.paths.iter().all(|path| path.assumed == assumed), "{trace:?}");
}

#[test]
fn an_egress_only_gateway_shows_the_senders_own_range() {
    let trace = ask(&[|w, q| {
        with_v6(w, "vpc");
        w.attachment().subnets = ids(["prv1"]);
        q.to = To::Ip(HOST_V6.into());
    }]);
    let own = SourceAddress::Own("2600:1f00:0:1::/64".parse().unwrap());
    assert_eq!(trace.verdict, Verdict::Reaches { sources: [own].into() });
}

#[test]
fn private_dns_leads_a_name_to_the_endpoint() {
    let trace = ask(&[|w, q| {
        with_endpoint(w, vec![Rule::all_v4()]);
        w.attachment().subnets = ids(["prv1"]);
        q.to = queue();
    }]);
    assert_eq!(trace.verdict, private("10.0.1.0/24"));
    assert_eq!(trace.paths[0].to, [IpAddr::V4(SERVER).into()]);
}

#[test]
fn a_name_goes_to_the_internet_where_private_dns_does_not_work() {
    for change in [
        (|w, _| w.network.networks.get_mut(&id("vpc")).unwrap().dns_support = false) as super::drops::Changes,
        |w, _| w.network.networks.get_mut(&id("vpc")).unwrap().dns_hostnames = false,
        |w, _| w.network.networks.get_mut(&id("vpc")).unwrap().name_servers = vec![SERVER.into()],
    ] {
        let endpoint: super::drops::Changes = |w, q| {
            with_endpoint(w, vec![Rule::all_v4()]);
            w.attachment().subnets = ids(["prv1"]);
            q.to = queue();
        };
        let trace = ask(&[endpoint, change]);
        assert_eq!(trace.verdict, Verdict::Reaches { sources: fixed() });
        assert_eq!(warnings(&trace), [RuleId::VpceDnsMismatch]);
    }
}

#[test]
fn block_ingress_cuts_off_what_has_a_public_address_of_its_own() {
    let trace = ask(&[|w, _| {
        with_machine(w);
        block(w, BlockMode::Ingress);
    }]);
    assert_eq!(rules(&trace), [RuleId::BpaBlocks]);
}

#[test]
fn an_automatic_regional_gateway_reaches_and_promises_nothing() {
    let trace = ask(&[|w, _| {
        w.nat().scope = NatScope::Region { route_table: Some(id("rtb-pub")), automatic: true };
        w.attachment().subnets = ids(["prv1"]);
    }]);
    assert_eq!(trace.verdict, Verdict::Reaches { sources: fixed() });
    assert_eq!(warnings(&trace), [RuleId::RegionalNatAutoIps]);
    assert!(trace.is_open() && !trace.leaves_exactly(&ids(["eip"])));
}

#[test]
fn a_server_inside_sees_the_senders_own_address_once_it_is_known() {
    let trace = ask(&[|w, q| {
        add_server(w, vec![Rule::all_v4()]);
        w.attachment().subnets = ids(["prv1"]);
        w.add_interface(interface("eni", InterfaceKind::Function, "prv1", [10, 0, 1, 7], ids(["sg"])));
        q.to = To::Ip(SERVER.into());
    }]);
    assert_eq!(trace.verdict, private("10.0.1.7/32"));
}
