//! Which route wins.

use std::net::Ipv4Addr;

use super::super::{
    Atlas, SourceAddress, To, Trace, Verdict,
    route::{Choice, choose},
    testing::*,
    trace,
};
use crate::{CloudId, world::*};

fn via(name: &str) -> Target<CloudId> {
    Target::NatGateway(id(name))
}

fn propagated(range: &str, target: Target<CloudId>) -> Route {
    Route { origin: RouteOrigin::Propagated, ..to(range, target) }
}

/// The target of the route that wins in a table with a local route, to one address; all that may win.
fn winners(routes: Vec<Route>, lists: Vec<PrefixList>, ip: [u8; 4]) -> Vec<String> {
    let mut world = reference();
    lists.into_iter().for_each(|list| world.add_list(list));
    let table = table("rtb", vec![], routes);
    match choose(&Atlas::of(&world), &table, Ipv4Addr::from(ip).into()) {
        Choice::Route(route) => vec![route.target.to_string()],
        Choice::None => vec![],
        Choice::Likely { route, rivals, missing } => {
            [route].into_iter().chain(rivals).map(|route| route.target.to_string()).chain(missing).collect()
        }
        Choice::OneOf(routes, missing) => {
            let name = |route: Option<&Route>| route.map_or("nothing".to_owned(), |r| r.target.to_string());
            routes.into_iter().map(name).chain(missing).collect()
        }
    }
}

#[test]
fn the_longest_prefix_wins() {
    let routes = || vec![to("0.0.0.0/0", via("far")), to("93.184.0.0/16", via("near")), to("93.0.0.0/8", via("mid"))];
    assert_eq!(winners(routes(), vec![], [93, 184, 0, 1]), ["near"]);
    assert_eq!(winners(routes(), vec![], [93, 1, 0, 1]), ["mid"]);
    assert_eq!(winners(routes(), vec![], [8, 8, 8, 8]), ["far"]);
    assert_eq!(winners(vec![], vec![], [8, 8, 8, 8]), [""; 0]);
}

#[test]
fn ties_go_to_the_range_then_the_list_then_what_is_propagated() {
    let list = || vec![list("pl", Some(&["93.0.0.0/8", "94.0.0.0/8"]))];
    let all = [propagated("93.0.0.0/8", via("learnt")), to_list("pl", via("listed")), to("93.0.0.0/8", via("written"))];
    assert_eq!(winners(all.to_vec(), list(), [93, 0, 0, 1]), ["written"]);
    assert_eq!(winners(all[..2].to_vec(), list(), [93, 0, 0, 1]), ["listed"]);
    assert_eq!(winners(all[..1].to_vec(), list(), [93, 0, 0, 1]), ["learnt"]);
    let longer = vec![propagated("93.1.0.0/16", via("learnt")), to("93.0.0.0/8", via("written"))];
    assert_eq!(winners(longer, vec![], [93, 1, 0, 1]), ["learnt"]);
}

#[test]
fn the_local_route_beats_what_is_propagated_but_not_what_is_written() {
    assert_eq!(winners(vec![propagated("10.0.1.0/24", via("learnt"))], vec![], [10, 0, 1, 1]), ["local"]);
    assert_eq!(winners(vec![to("10.0.1.0/24", via("written"))], vec![], [10, 0, 1, 1]), ["written"]);
    assert_eq!(winners(vec![to("10.0.0.0/8", via("written"))], vec![], [10, 0, 1, 1]), ["local"]);
}

#[test]
fn overlapping_lists_with_different_targets_are_undecided() {
    let lists = || vec![list("pl-1", Some(&["93.0.0.0/8"])), list("pl-2", Some(&["93.184.0.0/16"]))];
    let routes = |second| vec![to_list("pl-1", via("one")), to_list("pl-2", via(second))];
    assert_eq!(
        winners(routes("two"), lists(), [93, 184, 0, 1]),
        ["two", "one", "which of the overlapping routes of rtb wins"]
    );
    assert_eq!(winners(routes("one"), lists(), [93, 184, 0, 1]), ["one"]);
    assert_eq!(winners(routes("two"), lists(), [93, 1, 0, 1]), ["one"]);
}

#[test]
fn a_list_of_unknown_ranges_may_win_over_all_but_a_written_single_address() {
    let routes = |best| vec![to(best, via("known")), to_list("pl", via("unknown"))];
    let missing = "the ranges of the prefix list pl";
    for lists in [vec![], vec![list("pl", None)]] {
        assert_eq!(winners(routes("0.0.0.0/0"), lists.clone(), [93, 0, 0, 1]), ["known", "unknown", missing]);
        assert_eq!(winners(routes("93.0.0.1/32"), lists.clone(), [93, 0, 0, 1]), ["known"]);
        assert_eq!(winners(routes("94.0.0.0/8"), lists, [93, 0, 0, 1]), ["nothing", "unknown", missing]);
    }
}

#[test]
fn an_undecided_route_gives_the_sources_of_each() {
    let mut world = reference();
    let second = Ipv4Addr::new(198, 51, 100, 8);
    world.gateway.nat_gateways.insert(id("nat-2"), nat("nat-2", "pub", &[("eip-2", second)]));
    world.table("rtb-prv").routes.push(to_list("pl", via("nat-2")));
    let trace = to_host(&world);
    assert_eq!(
        trace.verdict,
        Verdict::Unknown {
            sources: [
                SourceAddress::Fixed { address: id("eip"), ip: Some(NAT_IP) },
                SourceAddress::Fixed { address: id("eip-2"), ip: Some(second) },
            ]
            .into(),
            missing: vec!["the ranges of the prefix list pl".to_owned()],
        }
    );

    // Where each of them drops, the packet is dropped.
    world.nat().state = NatState::Pending;
    world.gateway.nat_gateways.get_mut(&id("nat-2")).unwrap().state = NatState::Deleting;
    assert_eq!(rules(&to_host(&world)).len(), 2);
}

#[test]
fn answers_that_a_more_specific_route_than_the_local_one_takes_are_not_passed_over() {
    // Found by `cargo xtask lab`: the kernel loses them where the route's target is gone.
    let mut world = reference();
    let astray = Route { state: RouteState::Blackhole, ..to("10.0.1.0/24", Target::Interface(id("eni-gone"))) };
    world.table("rtb-pub").routes.push(astray);
    let missing = "what becomes of answers, which the route 10.0.1.0/24 of rtb-pub gives to eni-gone";
    let verdict = Verdict::Unknown { sources: fixed(), missing: vec![missing.to_owned()] };
    assert_eq!(to_host(&world).verdict, verdict);
    // A route to others is none to the sender.
    world.table("rtb-pub").routes.pop();
    world.table("rtb-pub").routes.push(to("10.0.9.0/24", Target::Interface(id("eni-gone"))));
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });
}

#[test]
fn a_dead_route_never_falls_through() {
    for state in [RouteState::Blackhole, RouteState::Filtered] {
        let mut world = reference();
        world.table("rtb-prv").routes.push(Route { state, ..to("93.184.0.0/16", via("nat")) });
        assert!(matches!(to_host(&world).verdict, Verdict::Drops { .. }));
        let beside = trace(&world, &from_function(To::Ip(Ipv4Addr::new(93, 185, 0, 1).into())));
        assert_eq!(beside.verdict, Verdict::Reaches { sources: fixed() });
    }
}

#[test]
fn a_link_that_is_not_in_force_leaves_the_subnet_on_the_main_table() {
    let mut world = reference();
    world.table("rtb-prv").associations.iter_mut().for_each(|link| link.active = false);
    let tables = |trace: &Trace| -> Vec<CloudId> {
        let hops = trace.paths.iter().flat_map(|path| &path.hops);
        hops.filter(|hop| hop.kind == "route-table").map(|hop| hop.id.clone().unwrap()).collect()
    };
    assert_eq!(tables(&to_host(&world)), [id("rtb-main"), id("rtb-main")]);
}

#[test]
fn a_gateways_table_is_no_subnets_table() {
    let mut world = reference();
    let edge = table("a-edge", vec![AssociatedWith::Gateway(id("igw"))], vec![]);
    world.network.route_tables.insert(id("a-edge"), edge);
    assert_eq!(to_host(&world).verdict, Verdict::Reaches { sources: fixed() });
}
