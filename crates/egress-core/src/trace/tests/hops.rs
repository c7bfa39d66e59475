//! Hops beyond the network's own gateways: one case per rule, as in [`super::drops`], and what sound ones say.

use std::net::{IpAddr, Ipv4Addr};

use super::{
    super::{RuleId, SourceAddress, To, Trace, Verdict, scenes::*, testing::*},
    drops::{Case, ask},
};
use crate::{CloudId, world::*};

/// The cases of this file's rules.
pub(super) fn cases() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::EigwNotAttached,
            faulty: |w, q| {
                with_v6(w, "vpc-2");
                q.to = To::Ip(FAR_HOST_V6.into());
            },
            nearly: |w, q| {
                with_v6(w, "vpc");
                q.to = To::Ip(FAR_HOST_V6.into());
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
                // At the far end the hub takes whatever zone there is, and answers find it in theirs.
                with_hub(w);
                for subnet in ["far-tgw", "far-pub"] {
                    w.network.subnets.get_mut(&id(subnet)).unwrap().zone = "b".to_owned();
                }
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

/// A question to a server in `far`, which is asked by the hub `tgw`.
fn ask_far_server(more: super::drops::Changes) -> Trace {
    let asked: super::drops::Changes = |w, q| {
        with_hub(w);
        add_far_server(w);
        q.to = To::Ip(FAR_SERVER.into());
    };
    ask(&[asked, more])
}

/// Leads all that `far` answers to `by`.
fn answer_by(w: &mut World, by: Target<CloudId>) {
    let routes = &mut w.table("rtb-far").routes;
    routes.retain(|route| route.target == Target::Local);
    routes.push(to("10.0.0.0/16", by));
}

/// A hub `tgw-2` beside `tgw`, with tables of its own; the one for what comes from `far` leads to `vpc`.
fn with_second_hub(w: &mut World) {
    let transit = &mut w.network.transit;
    let hub = TransitGateway { id: id("tgw-2"), ..transit.gateways[&id("tgw")].clone() };
    transit.gateways.insert(hub.id.clone(), hub);
    for (name, other) in [("att-2", "att"), ("att-far-2", "att-far")] {
        let (gateway, table) = (id("tgw-2"), Some(id("tgw-rtb-2")));
        let attachment = TransitAttachment { id: id(name), gateway, table, ..transit.attachments[&id(other)].clone() };
        transit.attachments.insert(id(name), attachment);
    }
    let routes = Some(vec![hub_route("10.0.0.0/16", "att-2")]);
    let table = TransitTable { id: id("tgw-rtb-2"), gateway: id("tgw-2"), routes, tags: Default::default() };
    transit.tables.insert(id("tgw-rtb-2"), table);
}

#[test]
fn answers_may_come_back_by_another_hub() {
    let trace = ask_far_server(|w, _| {
        with_second_hub(w);
        answer_by(w, Target::TransitGateway(id("tgw-2")));
        // Only the other hub's tables count for them.
        hub_routes(w, "tgw-rtb-far").clear();
    });
    assert_eq!(trace.verdict, private("10.0.1.0/24"));
    let lost = ask_far_server(|w, _| {
        with_second_hub(w);
        answer_by(w, Target::TransitGateway(id("tgw-2")));
        hub_routes(w, "tgw-rtb-2").clear();
    });
    assert_eq!(rules(&lost), [RuleId::TgwReturnRoute]);
}

#[test]
fn answers_may_come_back_by_a_peering() {
    let peering: super::drops::Changes = |w, _| {
        add_peering(w, true, "10.99.0.0/16", "10.9.0.0/16");
        w.network.peerings.get_mut(&id("pcx")).unwrap().accepter.network = id("far");
        answer_by(w, Target::Peering(id("pcx")));
    };
    assert_eq!(ask_far_server(peering).verdict, private("10.0.1.0/24"));
    let elsewhere = ask_far_server(|w, _| {
        add_peering(w, true, "10.99.0.0/16", "10.9.0.0/16");
        answer_by(w, Target::Peering(id("pcx")));
    });
    assert_eq!(rules(&elsewhere), [RuleId::TgwReturnRoute]);
}

#[test]
fn answers_are_routed_even_from_the_subnet_that_the_hub_is_in() {
    let trace = ask_far_server(|w, _| {
        let subnets = Some(ids(["far-app"]));
        attachment(w, "att-far").end = TransitEnd::Network { network: id("far"), subnets };
        w.table("rtb-far").routes.retain(|route| route.target == Target::Local);
    });
    assert_eq!(rules(&trace), [RuleId::TgwReturnRoute]);
}

#[test]
fn answers_find_a_hub_in_their_own_zone_only() {
    let trace = ask_far_server(|w, _| w.network.subnets.get_mut(&id("far-tgw")).unwrap().zone = "b".to_owned());
    assert_eq!(rules(&trace), [RuleId::TgwZoneNotAttached]);
}

#[test]
fn answers_that_a_hub_gives_to_a_tunnel_are_out_of_sight() {
    let trace = ask_far_server(|w, _| {
        let end = TransitEnd::Other { kind: "vpn".to_owned(), id: None };
        let tunnel = TransitAttachment { id: id("att-vpn"), end, ..attachment(w, "att").clone() };
        w.network.transit.attachments.insert(id("att-vpn"), tunnel);
        *hub_routes(w, "tgw-rtb-far") = vec![hub_route("10.0.0.0/16", "att-vpn")];
    });
    assert_eq!(trace.verdict.missing(), ["what becomes of answers that tgw-rtb-far gives to att-vpn"]);
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
        q.to = To::Ip(FAR_HOST_V6.into());
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
