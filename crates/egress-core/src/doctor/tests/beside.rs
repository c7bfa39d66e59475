//! Rules of what no packet shows, or only many together.

use std::net::Ipv4Addr;

use super::cases::{Case, Mended, function, give_private_subnet, subnet_of};
use crate::{
    Key, Kind, Owner, StackName, Tags, World,
    doctor::{Accepted, Examination},
    trace::{RuleId, testing::*},
    world::*,
};

const SECOND: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 8);

pub(super) fn cases() -> Vec<Case> {
    [functions(), addresses(), networks(), costs()].into_iter().flatten().collect()
}

pub(super) fn accept(examination: &mut Examination, rule: RuleId, resource: &str) {
    examination.accepted.insert(Accepted { rule, resource: Some(id(resource)) });
}

fn publish(world: &mut World, subnets: &str) {
    let attachment = Attachment { subnets: ids([subnets]), groups: ids(["sg"]), ipv6: false };
    function(world).versions.push(Version { version: "1".to_owned(), attachment: Some(attachment) });
}

fn functions() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::EniPermission,
            faulty: |w, _| w.function.roles.get_mut(&id("role")).unwrap().grants.clear(),
            nearly: |w, _| {
                w.function.roles.get_mut(&id("role")).unwrap().grants = [Grant::Other("own".to_owned())].into();
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::MixedSubnets,
            faulty: |w, _| w.attachment().subnets = ids(["prv1", "pub"]),
            nearly: |w, _| w.routes("rtb-prv", vec![]),
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::EniCapacity,
            faulty: |w, _| subnet_of(w, "prv2").free_addresses = 7,
            nearly: |w, _| {
                subnet_of(w, "prv2").free_addresses = 8;
                subnet_of(w, "pub").free_addresses = 0;
            },
            mended: Mended::Given(|w| super::cases::give_subnet(w, "<larger subnet in a>")),
        },
        Case {
            rule: RuleId::FunctionInactive,
            faulty: |w, _| function(w).state = FunctionState::Inactive,
            nearly: |w, _| function(w).state = FunctionState::Pending,
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::FunctionInactive,
            faulty: |w, _| function(w).state = FunctionState::Failed,
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::FunctionInactive,
            faulty: |w, _| {
                let (code, message) = ("SubnetOutOfIPAddresses".to_owned(), "the subnet is full".to_owned());
                function(w).update = UpdateState::Failed { code, message };
            },
            nearly: |w, _| function(w).update = UpdateState::InProgress,
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::PublishedVersionHoldsEni,
            faulty: |w, _| publish(w, "pub"),
            nearly: |w, _| publish(w, "prv1"),
            mended: Mended::ByMends,
        },
        // Callers come by an alias: only people can say that they may be led to another version.
        Case {
            rule: RuleId::PublishedVersionHoldsEni,
            faulty: |w, _| {
                publish(w, "pub");
                function(w).aliases.push(Alias { name: "live".to_owned(), versions: ["1".to_owned()].into() });
            },
            nearly: |_, _| {},
            mended: Mended::Decided(|w, _| {
                function(w).aliases.clear();
                function(w).versions.clear();
            }),
        },
        Case {
            rule: RuleId::NatIdle350,
            faulty: |w, _| function(w).timeout = Some(351),
            nearly: |w, _| function(w).timeout = Some(350),
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::PortExhaustionRisk,
            faulty: |w, _| function(w).concurrency = Some(55_001),
            nearly: |w, _| function(w).concurrency = Some(55_000),
            mended: Mended::Given(|_| {}),
        },
    ]
}

/// `nat` and its address are the stack `shop`'s, and another address is on it besides, or instead.
fn foreign_address(w: &mut World, primary: bool) {
    let owner = |kind| Owner { stack: StackName::new("shop").unwrap(), key: Key::new(kind, "nat") };
    w.nat().tags = owner(Kind::NatGateway).tags(&Tags::new());
    let own = w.gateway.addresses.get_mut(&id("eip")).unwrap();
    (own.tags, own.nat_gateway) = (owner(Kind::Address).tags(&Tags::new()), None);
    let held = &mut w.nat().addresses[0];
    (held.address, held.public_ip, held.primary) = (Some(id("eip-2")), Some(SECOND), primary);
    held.association = Some(id("eipassoc-2"));
    let foreign =
        Address { id: id("eip-2"), ip: Some(SECOND), interface: None, nat_gateway: Some(id("nat")), tags: Tags::new() };
    w.gateway.addresses.insert(id("eip-2"), foreign);
}

fn addresses() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::EipNotOwned,
            faulty: |w, _| foreign_address(w, true),
            nearly: |w, _| {
                // The stack's own address is there, and one more that somebody put beside it.
                foreign_address(w, false);
                let own = NatAddress { address: Some(id("eip")), ..w.nat().addresses[0].clone() };
                w.nat().addresses.push(own);
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::EipNotOwned,
            faulty: |w, _| foreign_address(w, false),
            nearly: |_, _| {},
            mended: Mended::ByMends,
        },
        // The file pins other addresses than the tags tell of.
        Case {
            rule: RuleId::EipNotOwned,
            faulty: |_, e| drop(e.pinned.insert(id("nat"), ids(["eip-2"]))),
            nearly: |_, e| drop(e.pinned.insert(id("nat"), ids(["eip"]))),
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::MultipleSourceIps,
            faulty: |w, _| *w.nat() = nat("nat", "pub", &[("eip", NAT_IP), ("eip-2", SECOND)]),
            nearly: |w, _| {
                *w.nat() = nat("nat", "pub", &[("eip", NAT_IP), ("eip-2", SECOND)]);
                w.nat().addresses[1].state = NatAddressState::Disassociating;
            },
            mended: Mended::Decided(|_, e| e.expected_ips = Some([NAT_IP.into(), SECOND.into()].into())),
        },
        Case {
            rule: RuleId::Ipv6Bypass,
            faulty: |w, _| {
                let everything = cidr("::/0");
                for (name, range) in [("prv1", "2600:1f18:0:1::/64"), ("prv2", "2600:1f18:0:2::/64")] {
                    subnet_of(w, name).cidr_v6 = Some(range.parse().unwrap());
                }
                w.group().egress.push(Rule { peer: Peer::Cidr(everything), ..Rule::all_v4() });
                for direction in [Direction::Ingress, Direction::Egress] {
                    w.acl().entries.push(entry(101, direction, (0, u16::MAX), "::/0", true));
                }
                w.table("rtb-prv").routes.push(to("::/0", Target::InternetGateway(id("igw"))));
                w.attachment().ipv6 = true;
            },
            nearly: |w, _| {
                // It may send IPv6, and has no way for it.
                w.attachment().ipv6 = true;
                subnet_of(w, "prv1").cidr_v6 = Some("2600:1f18:0:1::/64".parse().unwrap());
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::MoreSpecificBypass,
            faulty: |w, _| {
                w.gateway.nat_gateways.insert(id("nat-2"), nat("nat-2", "pub", &[("eip-2", SECOND)]));
                w.table("rtb-prv").routes.push(to("93.0.0.0/8", Target::NatGateway(id("nat-2"))));
            },
            nearly: |w, _| {
                // More specific routes to where the default route leads, and inside.
                w.table("rtb-prv").routes.push(to("93.0.0.0/8", Target::NatGateway(id("nat"))));
                w.table("rtb-prv").routes.push(to("10.9.0.0/16", Target::TransitGateway(id("tgw"))));
            },
            mended: Mended::ByMends,
        },
    ]
}

fn network_of(w: &mut World) -> &mut Network {
    w.network.networks.get_mut(&id("vpc")).unwrap()
}

/// A name server of the network's own, in `prv2`.
fn own_name_server(w: &mut World, ingress: Vec<Rule>) {
    let ip = [10, 0, 2, 53];
    network_of(w).name_servers = vec![ip.into()];
    w.network.groups.insert(id("sg-dns"), SecurityGroup { ingress, ..group("sg-dns") });
    w.add_interface(interface("eni-dns", InterfaceKind::Machine, "prv2", ip, ids(["sg-dns"])));
}

fn networks() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::DnsBroken,
            faulty: |w, _| network_of(w).dns_support = false,
            nearly: |w, _| {
                own_name_server(w, vec![Rule::all_v4()]);
                network_of(w).dns_support = false;
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::DnsBroken,
            faulty: |w, _| {
                own_name_server(w, vec![rule((53, 53), Peer::Group(id("sg")))]);
                w.group().egress = vec![rule((443, 443), Peer::Cidr(cidr("0.0.0.0/0")))];
            },
            nearly: |w, _| own_name_server(w, vec![Rule::all_v4()]),
            mended: Mended::ByMends,
        },
    ]
}

fn costs() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::UnusedNatCost,
            faulty: |w, _| drop(w.gateway.nat_gateways.insert(id("nat-2"), nat("nat-2", "pub", &[]))),
            nearly: |w, _| {
                let gone = NatGateway { state: NatState::Deleted, ..nat("nat-2", "pub", &[]) };
                w.gateway.nat_gateways.insert(id("nat-2"), gone);
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::UnattachedAddressCost,
            faulty: |w, _| {
                let free = Address { id: id("eip-2"), nat_gateway: None, ..w.gateway.addresses[&id("eip")].clone() };
                w.gateway.addresses.insert(id("eip-2"), free);
            },
            nearly: |w, _| {
                // What the address says is old: the gateway has it.
                w.gateway.addresses.get_mut(&id("eip")).unwrap().nat_gateway = None;
            },
            mended: Mended::Decided(|_, e| accept(e, RuleId::UnattachedAddressCost, "eip-2")),
        },
    ]
}

#[test]
fn a_private_subnet_is_given_by_the_name_that_mends_have_for_it() {
    let mut world = super::cases::healthy();
    function(&mut world).attachment = None;
    give_private_subnet(&mut world);
    let diagnosis = crate::doctor::examine(&world, &Examination::default());
    let [finding] = diagnosis.findings.as_slice() else { panic!("{diagnosis:?}") };
    finding.mend.iter().for_each(|mend| mend.apply(&mut world));
    let attachment = function(&mut world).attachment.clone().unwrap();
    assert_eq!(attachment.subnets, ids(["<private subnet with a NAT gateway>"]));
    assert_eq!(attachment.groups, ids(["<security group>"]));
}
