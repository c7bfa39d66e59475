//! Rules of what packets pass beside NAT gateways: egress-only gateways, NAT instances, endpoints, peerings.

use super::{
    beside::accept,
    cases::{Case, Mended, to_ip},
    paths::add_address,
};
use crate::{
    World,
    trace::{RuleId, To, scenes::*, testing::*},
    world::*,
};

pub(super) fn cases() -> Vec<Case> {
    [gateways(), machines(), endpoints(), peerings()].into_iter().flatten().collect()
}

fn network(w: &mut World) -> &mut Network {
    w.network.networks.get_mut(&id("vpc")).unwrap()
}

fn own_interface(w: &mut World, public: bool) {
    w.attachment().subnets = ids(["pub"]);
    let own = interface("eni", InterfaceKind::Function, "pub", [10, 0, 10, 9], ids(["sg"]));
    w.add_interface(Interface { public_ip: public.then_some(HOST), ..own });
}

fn regional(w: &mut World, automatic: bool) {
    w.nat().scope = NatScope::Region { route_table: Some(id("rtb-pub")), automatic };
}

fn gateways() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::EigwNotAttached,
            faulty: |w, e| {
                with_v6(w, "vpc-2");
                e.to = To::Ip(FAR_HOST_V6.into());
            },
            nearly: |w, e| {
                with_v6(w, "vpc");
                e.to = To::Ip(FAR_HOST_V6.into());
            },
            mended: Mended::Given(|w| {
                let (name, network) = (id("<egress-only internet gateway>"), Some(id("vpc")));
                let gateway = EgressOnlyGateway { id: name.clone(), network, tags: Default::default() };
                w.gateway.egress_only_gateways.insert(name, gateway);
            }),
        },
        Case {
            rule: RuleId::BpaBlocks,
            faulty: |w, _| block(w, BlockMode::Bidirectional),
            nearly: |w, _| block(w, BlockMode::Ingress),
            mended: Mended::ByMends,
        },
        // A NAT instance lets connections in, which only people can allow.
        Case {
            rule: RuleId::BpaBlocks,
            faulty: |w, _| {
                with_machine(w);
                block(w, BlockMode::Ingress);
            },
            nearly: |w, _| with_machine(w),
            mended: Mended::Decided(|w, _| {
                w.network.block_public_access.exclusions.insert(id("pub"), Exclusion::Bidirectional);
            }),
        },
        Case {
            rule: RuleId::EipOnLambdaEni,
            faulty: |w, _| own_interface(w, true),
            nearly: |w, _| own_interface(w, false),
            mended: Mended::Decided(|w, _| w.attachment().subnets = ids(["prv1"])),
        },
        Case {
            rule: RuleId::RegionalNatAutoIps,
            faulty: |w, _| regional(w, true),
            nearly: |w, _| regional(w, false),
            mended: Mended::Given(|w| add_address(w, "<Elastic IP address for a>")),
        },
    ]
}

fn machines() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::NatInstanceSrcdstCheck,
            faulty: |w, _| {
                with_machine(w);
                nat_interface(w).source_dest_check = true;
            },
            nearly: |w, _| with_machine(w),
            mended: Mended::ByMends,
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
            mended: Mended::Decided(|w, _| w.network.machines.get_mut(&id("i-nat")).unwrap().running = true),
        },
        Case {
            rule: RuleId::NatInstanceNoAddress,
            faulty: |w, _| {
                with_machine(w);
                nat_interface(w).public_ip = None;
            },
            nearly: |w, _| with_machine(w),
            mended: Mended::Decided(|w, _| nat_interface(w).public_ip = Some(MACHINE_IP)),
        },
        Case {
            rule: RuleId::NatNaclBlocks,
            faulty: |w, _| {
                with_machine(w);
                w.own_acl("pub").entries.push(entry(90, Direction::Ingress, (443, 443), "10.0.0.0/16", false));
            },
            nearly: |w, _| {
                with_machine(w);
                w.own_acl("pub").entries.push(entry(90, Direction::Ingress, (443, 443), "10.0.10.0/24", false));
            },
            mended: Mended::ByMends,
        },
    ]
}

fn endpoints() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::VpceSgBlocks,
            faulty: |w, e| {
                with_endpoint(w, vec![rule((80, 80), Peer::Cidr(cidr("10.0.0.0/16")))]);
                e.to = queue();
            },
            nearly: |w, e| {
                with_endpoint(w, vec![rule((443, 443), Peer::Group(id("sg")))]);
                e.to = queue();
            },
            mended: Mended::ByMends,
        },
        // Whoever asks for the internet is told of the endpoints of the network too.
        Case {
            rule: RuleId::VpceSgBlocks,
            faulty: |w, _| with_endpoint(w, vec![rule((80, 80), Peer::Cidr(cidr("10.0.0.0/16")))]),
            nearly: |w, _| {
                with_endpoint(w, vec![]);
                w.network.endpoints.get_mut(&id("vpce")).unwrap().network = id("vpc-2");
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::VpceDnsMismatch,
            faulty: |w, _| {
                with_endpoint(w, vec![Rule::all_v4()]);
                network(w).dns_hostnames = false;
            },
            nearly: |w, _| with_endpoint(w, vec![Rule::all_v4()]),
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::VpceDnsMismatch,
            faulty: |w, _| without_private_dns(w, "vpce"),
            nearly: |w, _| {
                // Another endpoint answers for the same service.
                without_private_dns(w, "vpce");
                let off = w.network.endpoints.remove(&id("vpce")).unwrap();
                with_endpoint(w, vec![Rule::all_v4()]);
                w.network.endpoints.insert(id("vpce-2"), Endpoint { id: id("vpce-2"), ..off });
            },
            mended: Mended::ByMends,
        },
        // Name servers of the network's own do not know of the endpoint.
        Case {
            rule: RuleId::VpceDnsMismatch,
            faulty: |w, _| {
                with_endpoint(w, vec![Rule::all_v4()]);
                network(w).name_servers = vec![HOST.into()];
            },
            nearly: |w, _| network(w).name_servers = vec![HOST.into()],
            mended: Mended::Decided(|w, _| network(w).name_servers.clear()),
        },
        Case {
            rule: RuleId::GatewayEndpointBypass,
            faulty: |w, _| with_gateway_endpoint(w),
            nearly: |w, e| {
                with_gateway_endpoint(w);
                to_ip(e, HOST.octets());
            },
            mended: Mended::Decided(|_, e| accept(e, RuleId::GatewayEndpointBypass, "vpce")),
        },
    ]
}

fn without_private_dns(w: &mut World, name: &str) {
    with_endpoint(w, vec![Rule::all_v4()]);
    let EndpointKind::Interface { private_dns, .. } = &mut w.network.endpoints.get_mut(&id(name)).unwrap().kind else {
        return;
    };
    *private_dns = false;
}

fn peerings() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::PeeringReturnRoute,
            faulty: |w, e| {
                with_peer(w, false);
                to_ip(e, FAR_SERVER.octets());
            },
            nearly: |w, e| {
                with_peer(w, true);
                to_ip(e, FAR_SERVER.octets());
            },
            mended: Mended::ByMends,
        },
        // A route that is there leads elsewhere.
        Case {
            rule: RuleId::PeeringReturnRoute,
            faulty: |w, e| {
                with_peer(w, true);
                w.table("rtb-far").routes.push(to("10.0.1.0/24", Target::TransitGateway(id("tgw"))));
                to_ip(e, FAR_SERVER.octets());
            },
            nearly: |w, e| {
                with_peer(w, true);
                w.table("rtb-far").routes.push(to("10.0.3.0/24", Target::TransitGateway(id("tgw"))));
                to_ip(e, FAR_SERVER.octets());
            },
            mended: Mended::ByMends,
        },
    ]
}
