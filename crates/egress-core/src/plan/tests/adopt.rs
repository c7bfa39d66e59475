//! What was made without egress, read into a file that uses it as it is.

use std::collections::BTreeSet;

use super::support::*;
use crate::{
    CloudId, StackName, World,
    adopt::{AdoptError, Adopted, Pick, Wish, adopt},
    world::{Attachment, Destination, RouteState, Target},
};

fn wish(pick: Pick) -> Wish {
    Wish { stack: StackName::new("demo").unwrap(), pick }
}

fn tried(world: &World, pick: Pick) -> Result<Adopted, AdoptError> {
    adopt(world, &wish(pick))
}

/// The file that comes out with what was left out of it, or why there is none.
fn told(world: &World, pick: Pick) -> String {
    match tried(world, pick) {
        Ok(adopted) => {
            let notes = adopted.notices.iter().map(|n| format!("note: {}\n", n.message)).collect::<String>();
            adopted.text + &notes
        }
        Err(error) => error
            .refusals
            .iter()
            .map(|r| format!("{:?}: {}\n  hint: {}\n", r.kind, r.message, r.hint.as_deref().unwrap_or("-")))
            .collect(),
    }
}

#[test]
fn the_reference_topology_made_by_hand_is_adopted_as_it_is() {
    let world = reference_by_hand();
    insta::assert_snapshot!(told(&world, Pick::Only));
    let spec = adopted(&world);
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    assert_eq!(steps(&plan), "");
    assert_eq!(plan.notices, []);
    assert_eq!(plan.addresses.len(), 1);
}

#[test]
fn however_it_is_named_it_is_the_same_stack() {
    let world = reference_by_hand();
    let network = world.network.networks.keys().next().unwrap().clone();
    let home = world.function.functions[&CloudId::new("f")].attachment.clone().unwrap();
    let all = tried(&world, Pick::Only).unwrap();
    for pick in [Pick::Network(network), Pick::Function("f".into()), Pick::Subnets(home.subnets)] {
        assert_eq!(tried(&world, pick).unwrap(), all);
    }
}

#[test]
fn destroying_what_was_adopted_deletes_nothing_and_moves_nobody() {
    let world = reference_by_hand();
    let plan = planned(&adopted(&world), &world, destroy_verb()).unwrap();
    assert_eq!(steps(&plan), "");
    insta::assert_debug_snapshot!(plan.notices.iter().map(|n| &n.message).collect::<Vec<_>>());
}

#[test]
fn functions_that_run_otherwise_are_left_to_whoever_attaches_them() {
    let mut world = reference_by_hand();
    let f = world.function.functions[&CloudId::new("f")].clone();
    let mut with = |name: &str, change: &dyn Fn(&mut crate::world::Function)| {
        let mut function = crate::world::Function { id: name.into(), ..f.clone() };
        change(&mut function);
        world.function.functions.insert(name.into(), function);
    };
    let attachment = f.attachment.clone().unwrap();
    let one = BTreeSet::from([attachment.subnets.first().unwrap().clone()]);
    with("half", &|f| f.attachment = Some(Attachment { subnets: one.clone(), ..attachment.clone() }));
    with("more", &|f| f.attachment.as_mut().unwrap().groups = ["sg-1".into(), "sg-2".into()].into());
    with("stacked", &|f| f.managed_by = Some("AWS CloudFormation (stack shop)".to_owned()));
    with("wide", &|f| _ = f.attachment.as_mut().unwrap().subnets.insert("subnet-else".into()));
    insta::assert_snapshot!(told(&world, Pick::Only));
    let adopted = tried(&world, Pick::Only).unwrap();
    assert_eq!(adopted.spec.external, ["half".into(), "more".into(), "stacked".into()].into());
}

#[test]
fn what_cannot_be_adopted_is_explained() {
    let hand = reference_by_hand();
    let network = hand.network.networks.keys().next().unwrap().clone();
    let change = |change: &dyn Fn(&mut World)| {
        let mut world = hand.clone();
        change(&mut world);
        world
    };
    let default = |world: &mut World, change: &dyn Fn(&mut crate::world::Route)| {
        let routes = world.network.route_tables.values_mut().flat_map(|t| &mut t.routes);
        routes.filter(|r| r.destination == Destination::default_v4()).for_each(change);
    };
    let cases = [
        ("nothing is there", empty(), Pick::Only),
        ("no such network", hand.clone(), Pick::Network("vpc-x".into())),
        ("no such function", hand.clone(), Pick::Function("x".into())),
        ("a function in no network", with_function(hand.clone(), "g"), Pick::Function("g".into())),
        ("no such subnet", hand.clone(), Pick::Subnets(["subnet-x".into(), "subnet-y".into()].into())),
        (
            "a machine translates",
            change(&|world| default(world, &|r| r.target = Target::Instance("i-1".into()))),
            Pick::Function("f".into()),
        ),
        (
            "the route is dead",
            change(&|world| default(world, &|r| r.state = RouteState::Blackhole)),
            Pick::Network(network.clone()),
        ),
        ("the gateway is not seen", change(&|world| world.gateway.nat_gateways.clear()), Pick::Function("f".into())),
        ("the internet gateway is gone", change(&|world| world.gateway.internet_gateways.clear()), Pick::Only),
        (
            "another account shares the subnets",
            change(&|world| {
                world.network.subnets.values_mut().for_each(|s| s.owner = Some("999999999999".to_owned()));
                world.network.route_tables.clear();
            }),
            Pick::Function("f".into()),
        ),
        ("egress made it", run(&spec(), &empty(), apply_verb()), Pick::Only),
        ("egress made another of that name", run(&spec(), &hand, apply_verb()), Pick::Only),
    ];
    let told: String =
        cases.iter().map(|(name, world, pick)| format!("{name}\n{}\n", told(world, pick.clone()))).collect();
    insta::assert_snapshot!(told);
}

#[test]
fn of_two_networks_one_must_be_named() {
    let mut world = reference_by_hand();
    let mut other = spec();
    other.stack = StackName::new("other").unwrap();
    world = by_hand(run(&other, &world, apply_verb()));
    let said = told(&world, Pick::Only);
    assert!(said.contains("2 networks have subnets behind NAT gateways"), "{said}");
    for network in world.network.networks.keys() {
        assert!(tried(&world, Pick::Network(network.clone())).is_ok());
    }
}
