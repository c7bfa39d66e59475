//! What the pictures of known Worlds say.

use egress_core::{
    Kind, StackName, World,
    world::{Destination, NatGateway, NatState, Route, RouteState, RouteTable, Target},
};

use super::{
    super::{
        diagram::{FrameKind, NodeKind},
        *,
    },
    worlds,
};

fn check(name: &str, world: &World, stack: Option<&StackName>) {
    let diagram = Diagram::of(world, stack);
    insta::assert_snapshot!(format!("{name}.svg"), svg(&diagram));
    insta::assert_snapshot!(format!("{name}.mmd"), mermaid(&diagram));
    insta::assert_snapshot!(format!("{name}.txt"), text(&diagram));
}

#[test]
fn the_reference_topology() {
    check("reference", &worlds::reference(), Some(&worlds::stack()));
}

#[test]
fn a_stack_whose_nat_route_is_deleted() {
    check("without_nat_route", &worlds::without_nat_route(), None);
}

fn check_text(name: &str, world: &World) {
    insta::assert_snapshot!(format!("{name}.txt"), text(&Diagram::of(world, None)));
}

#[test]
fn a_route_to_a_gateway_that_is_gone() {
    check_text("blackhole", &worlds::blackhole());
}

#[test]
fn a_gateway_in_each_of_three_zones() {
    check_text("three_zones", &worlds::three_zones());
}

#[test]
fn a_gateway_with_several_addresses_shows_those_that_it_leaves_from() {
    check_text("two_addresses", &worlds::two_addresses());
}

#[test]
fn a_world_without_functions_still_shows_the_way_out() {
    check_text("without_functions", &worlds::without_functions());
}

#[test]
fn every_way_that_is_not_a_plain_one() {
    check_text("everything", &worlds::everything());
}

#[test]
fn a_stack_shows_its_own_networks_and_functions_and_no_others() {
    let names = |stack: Option<&str>| -> Vec<String> {
        let stack = stack.map(|s| StackName::new(s).unwrap());
        let diagram = Diagram::of(&worlds::everything(), stack.as_ref());
        let networks = diagram.frames.iter().filter(|f| f.kind == FrameKind::Network).map(|f| f.name.clone());
        let functions = diagram.nodes.iter().filter(|n| matches!(n.kind, NodeKind::Functions { .. }));
        networks.chain(functions.map(|n| n.kind.name())).collect()
    };
    assert_eq!(names(Some("demo")), ["lambda_vpc", "notify-dingtalk, sync-kintone"]);
    assert_eq!(names(Some("legacy")), ["legacy", "in-public", "in-lost", "in-hub"]);
    assert_eq!(names(Some("nobodys")), [""; 0]);
    assert_eq!(names(None).len(), 2 + 5);
}

/// What is done to the reference topology, and what the picture says is broken by it.
#[test]
fn each_way_of_breaking_the_gateway_is_named() {
    type Break = fn(&mut World);
    let cases: [(&str, Break); 7] = [
        ("broken: lambda_nat → a private NAT gateway has no public address", |w| nat(w).public = false),
        ("broken: lambda_prv1, lambda_prv2, lambda_nat → lambda_nat is being deleted", |w| {
            nat(w).state = NatState::Deleting;
        }),
        ("broken: lambda_nat → its subnet routes to the NAT gateway itself", |w| {
            let target = Target::NatGateway(nat(w).id.clone());
            route(w, "lambda_pub_rt").target = target;
        }),
        ("broken: lambda_nat → no default route", |w| {
            table(w, "lambda_pub_rt").routes.clear();
        }),
        ("broken: lambda_nat → no route table", |w| {
            w.network.route_tables.remove(&worlds::id(Kind::RouteTable, "lambda_pub_rt"));
        }),
        ("broken: lambda_prv1, lambda_prv2 → the default route is filtered", |w| {
            route(w, "lambda_prv_rt").state = RouteState::Filtered;
        }),
        ("broken: lambda_prv1, lambda_prv2 → no public address: dropped at the gateway", |w| {
            let target = route(w, "lambda_pub_rt").target.clone();
            route(w, "lambda_prv_rt").target = target;
        }),
    ];
    for (says, break_it) in cases {
        let mut world = worlds::reference();
        break_it(&mut world);
        assert_eq!(Diagram::of(&world, None).headline(), ["nothing leaves from a fixed address", says]);
    }
}

fn nat(world: &mut World) -> &mut NatGateway {
    world.gateway.nat_gateways.values_mut().next().unwrap()
}

fn table<'w>(world: &'w mut World, name: &str) -> &'w mut RouteTable {
    world.network.route_tables.get_mut(&worlds::id(Kind::RouteTable, name)).unwrap()
}

fn route<'w>(world: &'w mut World, table_name: &str) -> &'w mut Route {
    let routes = &mut table(world, table_name).routes;
    routes.iter_mut().find(|r| r.destination == Destination::default_v4()).unwrap()
}

#[test]
fn long_names_stay_whole_for_a_terminal_and_are_clipped_in_a_picture() {
    let diagram = Diagram::of(&worlds::long_names(), None);
    insta::assert_snapshot!("long_names.txt", text(&diagram));
    insta::assert_snapshot!("long_names.svg", svg(&diagram));
}
