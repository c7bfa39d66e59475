//! Rules that packets die by, and what is fragile on their paths.

use super::cases::{Case, Mended, function, give_private_subnet, give_subnet, subnet_of, to_ip};
use crate::{
    CloudId, World,
    doctor::Examination,
    trace::{RuleId, To, scenes::*, testing::*},
    world::*,
};

const OUT: Direction = Direction::Egress;
const IN: Direction = Direction::Ingress;
const ALL: (u16, u16) = (0, u16::MAX);

fn to_nat() -> Vec<Route> {
    vec![to("0.0.0.0/0", Target::NatGateway(id("nat")))]
}

fn dead(range: &str, target: Target<CloudId>, state: RouteState) -> Route {
    Route { state, ..to(range, target) }
}

/// Keeps a subnet from using `rtb-prv`.
fn leave_table(w: &mut World, subnet: &str) {
    w.table("rtb-prv").associations.retain(|a| a.with != AssociatedWith::Subnet(id(subnet)));
}

fn igw(w: &mut World) -> &mut InternetGateway {
    w.gateway.internet_gateways.get_mut(&id("igw")).unwrap()
}

pub(super) fn add_address(w: &mut World, name: &str) {
    let ip = Some([198, 51, 100, 99].into());
    let address = Address { id: id(name), ip, interface: None, nat_gateway: None, tags: Default::default() };
    w.gateway.addresses.insert(id(name), address);
}

pub(super) fn give_address(w: &mut World) {
    add_address(w, "<Elastic IP address>");
}

/// A second NAT gateway in `pub`, which works.
fn add_nat(w: &mut World) {
    add_address(w, "eip-2");
    w.gateway.nat_gateways.insert(id("nat-2"), nat("nat-2", "pub", &[("eip-2", [198, 51, 100, 99].into())]));
}

pub(super) fn cases() -> Vec<Case> {
    [routes(), gateways(), filters(), elsewhere()].into_iter().flatten().collect()
}

fn routes() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::LambdaPublicSubnet,
            faulty: |w, _| w.attachment().subnets = ids(["pub", "prv1"]),
            nearly: |w, _| {
                w.attachment().subnets = ids(["pub", "prv1"]);
                let mut own = interface("eni", InterfaceKind::Function, "pub", [10, 0, 10, 9], ids(["sg"]));
                own.public_ip = Some(HOST);
                w.add_interface(own);
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::LambdaPublicSubnet,
            faulty: |w, _| w.attachment().subnets = ids(["pub"]),
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::LambdaPublicSubnet,
            faulty: |w, _| {
                w.attachment().subnets = ids(["pub"]);
                w.routes("rtb-prv", vec![]);
            },
            nearly: |_, _| {},
            mended: Mended::Given(|w| {
                w.routes("rtb-prv", to_nat());
                give_private_subnet(w);
            }),
        },
        Case {
            rule: RuleId::NoDefaultRoute,
            faulty: |w, _| w.routes("rtb-prv", vec![]),
            nearly: |w, _| {
                let halves = ["0.0.0.0/1", "128.0.0.0/1"];
                w.routes("rtb-prv", halves.map(|half| to(half, Target::NatGateway(id("nat")))).into());
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NoDefaultRoute,
            faulty: |w, _| {
                w.routes("rtb-prv", vec![]);
                w.gateway.nat_gateways.clear();
            },
            nearly: |_, _| {},
            mended: Mended::Given(give_address),
        },
        Case {
            rule: RuleId::MainTableFallback,
            faulty: |w, _| leave_table(w, "prv2"),
            nearly: |w, _| {
                leave_table(w, "prv2");
                w.routes("rtb-main", to_nat());
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::RouteBlackhole,
            faulty: |w, _| {
                let gone = dead("93.0.0.0/8", Target::Peering(id("pcx")), RouteState::Blackhole);
                w.table("rtb-prv").routes.push(gone);
            },
            nearly: |w, _| {
                let gone = dead("10.9.0.0/16", Target::Peering(id("pcx")), RouteState::Blackhole);
                w.table("rtb-prv").routes.push(gone);
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::RouteBlackhole,
            faulty: |w, _| {
                let gone = dead("0.0.0.0/0", Target::InternetGateway(id("igw")), RouteState::Blackhole);
                w.routes("rtb-pub", vec![gone]);
            },
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::RouteFiltered,
            faulty: |w, _| {
                let refused = dead("93.0.0.0/8", Target::NatGateway(id("nat")), RouteState::Filtered);
                w.table("rtb-prv").routes.push(refused);
            },
            nearly: |w, _| w.table("rtb-prv").routes.push(to("93.0.0.0/8", Target::NatGateway(id("nat")))),
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::ReservedDestination,
            faulty: |_, e| to_ip(e, [169, 254, 169, 254]),
            nearly: |_, e| to_ip(e, [169, 254, 172, 1]),
            mended: Mended::Decided(|_, e| to_ip(e, HOST.octets())),
        },
        Case {
            rule: RuleId::PrivateDestination,
            faulty: |_, e| to_ip(e, [192, 168, 1, 1]),
            nearly: |_, e| to_ip(e, [192, 169, 1, 1]),
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NoSuchHost,
            faulty: |_, e| to_ip(e, SERVER.octets()),
            nearly: |w, e| {
                add_server(w, vec![Rule::all_v4()]);
                to_ip(e, SERVER.octets());
            },
            mended: Mended::Decided(|w, _| add_server(w, vec![Rule::all_v4()])),
        },
        Case {
            rule: RuleId::NatIsNoHost,
            faulty: |w, e| {
                w.add_interface(interface("eni-nat", InterfaceKind::NatGateway, "pub", [10, 0, 10, 4], ids([])));
                to_ip(e, [10, 0, 10, 4]);
            },
            nearly: |w, e| {
                w.network
                    .groups
                    .insert(id("sg-open"), SecurityGroup { ingress: vec![Rule::all_v4()], ..group("sg-open") });
                w.add_interface(interface("eni-2", InterfaceKind::Machine, "pub", [10, 0, 10, 4], ids(["sg-open"])));
                to_ip(e, [10, 0, 10, 4]);
            },
            mended: Mended::Decided(|_, e| to_ip(e, HOST.octets())),
        },
        Case {
            rule: RuleId::NotInVpc,
            faulty: |w, e| {
                add_server(w, vec![Rule::all_v4()]);
                function(w).attachment = None;
                to_ip(e, SERVER.octets());
            },
            nearly: |w, e| {
                add_server(w, vec![Rule::all_v4()]);
                to_ip(e, SERVER.octets());
            },
            mended: Mended::Given(give_private_subnet),
        },
        Case {
            rule: RuleId::NotInVpc,
            faulty: |w, _| function(w).attachment = None,
            nearly: |_, _| {},
            mended: Mended::Given(give_private_subnet),
        },
    ]
}

fn gateways() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::IgwNotAttached,
            faulty: |w, _| igw(w).network = None,
            nearly: |w, _| {
                let other = InternetGateway { id: id("igw-2"), network: None, tags: Default::default() };
                w.gateway.internet_gateways.insert(id("igw-2"), other);
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::IgwNotAttached,
            faulty: |w, _| igw(w).network = Some(id("vpc-2")),
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NatRouteBlackhole,
            faulty: |w, _| {
                w.nat().state = NatState::Deleted;
                add_nat(w);
            },
            nearly: |w, _| {
                add_nat(w);
                w.gateway.nat_gateways.get_mut(&id("nat-2")).unwrap().state = NatState::Deleted;
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NatRouteBlackhole,
            faulty: |w, _| w.nat().state = NatState::Deleted,
            nearly: |_, _| {},
            mended: Mended::Given(give_address),
        },
        Case {
            rule: RuleId::NatNotAvailable,
            faulty: |w, _| w.nat().state = NatState::Pending,
            nearly: |w, _| {
                add_nat(w);
                w.gateway.nat_gateways.get_mut(&id("nat-2")).unwrap().state = NatState::Pending;
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NatNotAvailable,
            faulty: |w, _| {
                let (code, message) = ("InternalError".to_owned(), "something went wrong".to_owned());
                w.nat().state = NatState::Failed { code, message };
            },
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NatNoAddress,
            faulty: |w, _| w.nat().addresses[0].state = NatAddressState::Associating,
            nearly: |w, _| {
                let state = NatAddressState::Disassociating;
                let leaving = NatAddress { state, address: Some(id("eip-2")), ..w.nat().addresses[0].clone() };
                w.nat().addresses.push(leaving);
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NatNoAddress,
            faulty: |w, _| w.nat().addresses.clear(),
            nearly: |_, _| {},
            mended: Mended::Given(give_address),
        },
        Case {
            rule: RuleId::NatProtocol,
            faulty: |_, e| e.protocol = Protocol::Number(47),
            nearly: |_, e| e.protocol = Protocol::Number(17),
            mended: Mended::Decided(|_, e| e.protocol = Protocol::Icmp),
        },
        Case {
            rule: RuleId::NatInPrivateSubnet,
            faulty: |w, _| w.routes("rtb-pub", vec![]),
            nearly: |w, e| {
                w.routes("rtb-pub", vec![to("93.184.0.0/16", Target::InternetGateway(id("igw")))]);
                to_ip(e, HOST.octets());
            },
            mended: Mended::ByMends,
        },
        // The gateway's subnet is on the main table, as others are.
        Case {
            rule: RuleId::NatInPrivateSubnet,
            faulty: |w, _| {
                w.table("rtb-pub").associations.clear();
                give_subnet(w, "other");
                leave_table(w, "other");
            },
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::DefaultToSelfNat,
            faulty: |w, _| w.nat().scope = NatScope::Subnet(id("prv1")),
            nearly: |w, _| {
                w.network.subnets.insert(id("pub2"), subnet("pub2", "10.0.11.0/24", "a"));
                w.routes("rtb-main", vec![to("0.0.0.0/0", Target::InternetGateway(id("igw")))]);
                w.nat().scope = NatScope::Subnet(id("pub2"));
            },
            mended: Mended::Given(give_address),
        },
        // No function runs beside the gateway: its subnet only needs a table of its own.
        Case {
            rule: RuleId::DefaultToSelfNat,
            faulty: |w, _| {
                give_subnet(w, "prv3");
                w.nat().scope = NatScope::Subnet(id("prv3"));
            },
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::PrivateNatToIgw,
            faulty: |w, _| w.nat().public = false,
            nearly: |w, _| {
                let other = NatGateway { public: false, ..nat("nat-2", "pub", &[]) };
                w.gateway.nat_gateways.insert(id("nat-2"), other);
            },
            mended: Mended::Given(give_address),
        },
        Case {
            rule: RuleId::CrossZoneNat,
            faulty: |w, _| subnet_of(w, "prv2").zone = "b".to_owned(),
            nearly: |w, _| {
                for name in ["prv1", "prv2", "pub"] {
                    subnet_of(w, name).zone = "b".to_owned();
                }
            },
            mended: Mended::Given(|w| {
                let name = "<public subnet in b>";
                w.network.subnets.insert(id(name), subnet(name, "10.0.11.0/24", "b"));
                let with = AssociatedWith::Subnet(id(name));
                w.table("rtb-pub").associations.push(Association { id: id("given"), with, active: true });
                give_address(w);
            }),
        },
        // All that uses the table is in one zone, which has a gateway.
        Case {
            rule: RuleId::CrossZoneNat,
            faulty: |w, _| {
                add_nat(w);
                w.gateway.nat_gateways.get_mut(&id("nat-2")).unwrap().scope = NatScope::Subnet(id("pub2"));
                w.network.subnets.insert(id("pub2"), subnet("pub2", "10.0.11.0/24", "b"));
                w.routes("rtb-main", vec![to("0.0.0.0/0", Target::InternetGateway(id("igw")))]);
                for name in ["prv1", "prv2"] {
                    subnet_of(w, name).zone = "b".to_owned();
                }
            },
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
    ]
}

fn filters() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::SgEgressBlocks,
            faulty: |w, _| w.group().egress = vec![],
            nearly: |w, _| w.group().egress = vec![rule((443, 443), Peer::Cidr(cidr("0.0.0.0/0")))],
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::SgEgressBlocks,
            faulty: |w, e| {
                w.group().egress = vec![rule((443, 443), Peer::Cidr(cidr("93.184.214.0/24")))];
                to_ip(e, HOST.octets());
            },
            nearly: |w, e| {
                w.group().egress = vec![rule((443, 443), Peer::Cidr(cidr("93.184.215.14/32")))];
                to_ip(e, HOST.octets());
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::SgIngressBlocks,
            faulty: |w, e| {
                add_server(w, vec![rule((443, 443), Peer::Group(id("sg-server")))]);
                to_ip(e, SERVER.octets());
            },
            nearly: |w, e| {
                add_server(w, vec![rule((443, 443), Peer::Group(id("sg")))]);
                to_ip(e, SERVER.octets());
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NaclBlocksForward,
            faulty: |w, _| w.own_acl("prv1").entries.push(entry(90, OUT, (443, 443), "93.184.215.0/24", false)),
            nearly: |w, _| w.own_acl("prv1").entries.push(entry(110, OUT, (443, 443), "93.184.215.0/24", false)),
            mended: Mended::ByMends,
        },
        // At the other end, inside the network.
        Case {
            rule: RuleId::NaclBlocksForward,
            faulty: |w, e| {
                add_server(w, vec![Rule::all_v4()]);
                w.attachment().subnets = ids(["prv1"]);
                w.own_acl("prv2").entries.push(entry(1, IN, ALL, "10.0.0.0/8", false));
                w.own_acl("prv2").entries.push(entry(2, IN, ALL, "10.0.0.0/8", false));
                w.own_acl("prv2").entries.retain(|e| e.number != 1);
                to_ip(e, SERVER.octets());
            },
            nearly: |_, _| {},
            mended: Mended::ByMends,
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
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NatNaclBlocks,
            faulty: |w, _| {
                w.own_acl("pub").entries.push(entry(90, IN, (443, 443), "10.0.0.0/16", false));
                w.own_acl("pub").entries.push(entry(89, IN, (22, 22), "10.0.0.0/16", false));
            },
            nearly: |w, _| w.own_acl("pub").entries.push(entry(90, IN, (443, 443), "10.0.10.0/24", false)),
            mended: Mended::ByMends,
        },
    ]
}

/// The server in a subnet, with a public address, by which it is asked for.
fn add_public_server(w: &mut World, e: &mut Examination, subnet: &str) {
    let public_ip = [203, 0, 113, 80];
    add_server(w, vec![Rule::all_v4()]);
    let server = w.network.interfaces.get_mut(&id("eni-server")).unwrap();
    (server.subnet, server.public_ip) = (id(subnet), Some(public_ip.into()));
    to_ip(e, public_ip);
}

fn to_v6(w: &mut World, e: &mut Examination) {
    w.dual_stack();
    e.to = To::Ip("2606:2800:21f:cb07::1".parse().unwrap());
}

fn elsewhere() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::Ipv6NotAllowed,
            faulty: to_v6,
            nearly: |w, e| {
                to_v6(w, e);
                to_ip(e, HOST.octets());
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::NoAddressOfFamily,
            faulty: |w, e| {
                to_v6(w, e);
                w.attachment().ipv6 = true;
                subnet_of(w, "prv2").cidr_v6 = None;
            },
            nearly: |w, e| {
                to_v6(w, e);
                w.attachment().ipv6 = true;
                subnet_of(w, "pub").cidr_v6 = None;
            },
            mended: Mended::Decided(|_, e| to_ip(e, HOST.octets())),
        },
        Case {
            rule: RuleId::NoReturnRoute,
            faulty: |w, e| add_public_server(w, e, "prv2"),
            nearly: |w, e| add_public_server(w, e, "pub"),
            mended: Mended::Decided(|w, _| {
                w.network.interfaces.get_mut(&id("eni-server")).unwrap().subnet = id("pub");
            }),
        },
        Case {
            rule: RuleId::PeeringNotActive,
            faulty: |w, _| add_peering(w, false, "93.0.0.0/8", "93.0.0.0/8"),
            nearly: |w, _| add_peering(w, false, "10.9.0.0/16", "10.9.0.0/16"),
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::PeeringOutside,
            faulty: |w, _| add_peering(w, true, "93.0.0.0/8", "172.16.0.0/16"),
            nearly: |w, _| add_peering(w, true, "93.0.0.0/8", "93.0.0.0/8"),
            mended: Mended::ByMends,
        },
    ]
}
