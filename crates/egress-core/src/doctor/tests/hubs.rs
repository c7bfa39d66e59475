//! Rules of transit gateways.

use super::cases::{Case, Mended, subnet_of, to_ip};
use crate::{
    World,
    trace::{RuleId, scenes::*, testing::*},
    world::*,
};

pub(super) fn cases() -> Vec<Case> {
    [attachments(), routes(), behind()].into_iter().flatten().collect()
}

/// The far network's default route, from the hub's interface too.
fn far_default(w: &mut World, target: Target<crate::CloudId>) {
    w.routes("rtb-far", vec![to("0.0.0.0/0", target), by_hub("10.0.0.0/16")]);
}

/// An ACL of its own for the hub's subnet in the far network.
fn far_acl(w: &mut World) -> &mut Acl {
    let acl = w.own_acl("far-tgw");
    acl.network = id("far");
    acl
}

fn attachments() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::TgwNotAttached,
            faulty: |w, _| {
                with_hub(w);
                attachment(w, "att").available = false;
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::Decided(|w, _| attachment(w, "att").available = true),
        },
        Case {
            rule: RuleId::TgwZoneNotAttached,
            faulty: |w, _| {
                with_hub(w);
                subnet_of(w, "tgw-a").zone = "b".to_owned();
            },
            nearly: |w, _| {
                with_hub(w);
                subnet_of(w, "far-tgw").zone = "b".to_owned();
                subnet_of(w, "far-pub").zone = "b".to_owned();
            },
            mended: Mended::Decided(|w, _| subnet_of(w, "tgw-a").zone = "a".to_owned()),
        },
        Case {
            rule: RuleId::TgwNoTable,
            faulty: |w, _| {
                with_hub(w);
                attachment(w, "att").table = None;
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::Decided(|w, _| attachment(w, "att").table = Some(id("tgw-rtb"))),
        },
        Case {
            rule: RuleId::TgwNaclBlocks,
            faulty: |w, _| {
                with_hub(w);
                let deny = entry(90, Direction::Ingress, (443, 443), "10.0.1.0/24", false);
                w.own_acl("tgw-a").entries.push(deny);
            },
            nearly: |w, _| {
                with_hub(w);
                let deny = entry(90, Direction::Egress, (443, 443), "0.0.0.0/0", false);
                w.own_acl("tgw-a").entries.push(deny);
            },
            mended: Mended::ByMends,
        },
        // At the far end of the hub.
        Case {
            rule: RuleId::TgwNaclBlocks,
            faulty: |w, _| {
                with_hub(w);
                let deny = entry(90, Direction::Egress, (443, 443), "93.0.0.0/8", false);
                far_acl(w).entries.push(deny);
            },
            nearly: |w, _| {
                with_hub(w);
                let deny = entry(90, Direction::Ingress, (443, 443), "10.0.1.0/24", false);
                far_acl(w).entries.push(deny);
            },
            mended: Mended::ByMends,
        },
    ]
}

fn routes() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::TgwNoRoute,
            faulty: |w, _| {
                with_hub(w);
                hub_routes(w, "tgw-rtb").clear();
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::ByMends,
        },
        // Two networks have a NAT gateway: only people know which is meant.
        Case {
            rule: RuleId::TgwNoRoute,
            faulty: |w, _| {
                with_hub(w);
                hub_routes(w, "tgw-rtb").clear();
                let end = TransitEnd::Network { network: id("far-2"), subnets: Some(ids(["far-tgw"])) };
                let other = TransitAttachment { id: id("att-2"), end, ..attachment(w, "att-far").clone() };
                w.network.transit.attachments.insert(id("att-2"), other);
                let nat = NatGateway { network: id("far-2"), ..nat("nat-2", "far-pub", &[]) };
                w.gateway.nat_gateways.insert(id("nat-2"), nat);
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::Given(|w| {
                let name = id("<attachment of the network with the NAT gateway>");
                let chosen = TransitAttachment { id: name.clone(), ..attachment(w, "att-far").clone() };
                w.network.transit.attachments.insert(name, chosen);
            }),
        },
        // The destination is in the network behind the hub.
        Case {
            rule: RuleId::TgwNoRoute,
            faulty: |w, e| {
                with_hub(w);
                add_far_server(w);
                hub_routes(w, "tgw-rtb").clear();
                to_ip(e, FAR_SERVER.octets());
            },
            nearly: |w, e| {
                with_hub(w);
                add_far_server(w);
                *hub_routes(w, "tgw-rtb") = vec![hub_route("10.9.1.0/24", "att-far")];
                to_ip(e, FAR_SERVER.octets());
            },
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::TgwNoRoute,
            faulty: |w, _| {
                with_hub(w);
                w.routes("rtb-far", vec![by_hub("10.0.0.0/16")]);
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::ByMends,
        },
        // A route that drops was made by somebody, for something.
        Case {
            rule: RuleId::TgwRouteBlackhole,
            faulty: |w, _| {
                with_hub(w);
                let dead = TransitRoute { state: RouteState::Blackhole, ..hub_route("93.0.0.0/8", "att-far") };
                hub_routes(w, "tgw-rtb").push(dead);
            },
            nearly: |w, _| {
                with_hub(w);
                let dead = TransitRoute { state: RouteState::Blackhole, ..hub_route("10.8.0.0/16", "att-far") };
                hub_routes(w, "tgw-rtb").push(dead);
            },
            mended: Mended::Decided(|w, _| drop(hub_routes(w, "tgw-rtb").pop())),
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
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::TgwReturnRoute,
            faulty: |w, _| {
                with_hub(w);
                hub_routes(w, "tgw-rtb-far").clear();
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::ByMends,
        },
        // Somebody made a route for the senders' range that drops.
        Case {
            rule: RuleId::TgwReturnRoute,
            faulty: |w, _| {
                with_hub(w);
                let dead = TransitRoute { state: RouteState::Blackhole, ..hub_route("10.0.1.0/24", "att") };
                hub_routes(w, "tgw-rtb-far").push(dead);
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::Decided(|w, _| drop(hub_routes(w, "tgw-rtb-far").pop())),
        },
    ]
}

fn behind() -> Vec<Case> {
    vec![
        // Others use the table that leads past the NAT gateway.
        Case {
            rule: RuleId::TgwUntranslated,
            faulty: |w, _| {
                with_hub(w);
                far_default(w, Target::InternetGateway(id("igw-far")));
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::ByMends,
        },
        Case {
            rule: RuleId::TgwUntranslated,
            faulty: |w, _| {
                with_hub(w);
                let out = vec![to("0.0.0.0/0", Target::InternetGateway(id("igw-far"))), by_hub("10.0.0.0/16")];
                add_far_table(w, "rtb-far-tgw", AssociatedWith::Subnet(id("far-tgw")), out);
            },
            nearly: |w, _| {
                with_hub(w);
                far_default(w, Target::InternetGateway(id("igw-far")));
                let out = vec![to("0.0.0.0/0", Target::NatGateway(id("nat-far"))), by_hub("10.0.0.0/16")];
                add_far_table(w, "rtb-far-tgw", AssociatedWith::Subnet(id("far-tgw")), out);
            },
            mended: Mended::ByMends,
        },
        // What revives a dead route behind a hub must translate.
        Case {
            rule: RuleId::NatRouteBlackhole,
            faulty: |w, _| {
                with_hub(w);
                far_default(w, Target::NatGateway(id("nat-gone")));
                w.table("rtb-far").routes[1].state = RouteState::Blackhole;
            },
            nearly: |w, _| with_hub(w),
            mended: Mended::ByMends,
        },
    ]
}
