//! The reference topology from nothing to nothing.

use std::collections::BTreeSet;

use super::support::*;
use crate::{
    plan::{Fate, Verb},
    spec::Permission,
};

#[test]
fn the_plan_of_the_reference_topology() {
    let plan = planned(&spec(), &empty(), apply_verb()).unwrap();
    insta::assert_snapshot!(steps(&plan));
}

#[test]
fn the_plan_with_a_function() {
    let world = with_function(empty(), "f");
    let plan = planned(&spec_with(&[("f", Permission::Managed)]), &world, apply_verb()).unwrap();
    insta::assert_snapshot!(steps(&plan));
}

#[test]
fn the_whole_plan_as_data() {
    let plan = planned(&spec(), &empty(), apply_verb()).unwrap();
    insta::assert_json_snapshot!(plan);
}

#[test]
fn a_plan_survives_its_json() {
    let world = with_function(empty(), "f");
    let plan = planned(&spec_with(&[("f", Permission::Inline)]), &world, apply_verb()).unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<crate::plan::Plan>(&json).unwrap(), plan);
}

#[test]
fn the_same_spec_and_world_give_the_same_plan_byte_for_byte() {
    let world = with_function(empty(), "f");
    let spec = spec_with(&[("f", Permission::Managed)]);
    let plan = || serde_json::to_string(&planned(&spec, &world, apply_verb()).unwrap()).unwrap();
    assert_eq!(plan(), plan());
}

#[test]
fn apply_again_is_a_no_op() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let world = run(&spec, &with_function(empty(), "f"), apply_verb());
    let again = planned(&spec, &world, apply_verb()).unwrap();
    assert_eq!(again.steps, []);
    assert!(again.is_empty());
    assert_eq!(again.addresses.iter().map(|a| a.fate).collect::<Vec<_>>(), [Fate::Kept]);
}

#[test]
fn destroy_leaves_the_address_and_nothing_else() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let start = with_function(empty(), "f");
    let built = run(&spec, &start, apply_verb());
    let plan = planned(&spec, &built, destroy_verb()).unwrap();
    insta::assert_snapshot!(steps(&plan));
    let world = execute(&plan, &built);
    assert_eq!(left(&world), ["address/lambda_nat"]);
    assert_eq!(world.function.functions[&"f".into()].attachment, None);
    assert_eq!(world.network.networks, start.network.networks);
    assert_eq!(world.network.route_tables, start.network.route_tables);
    assert_eq!(plan.addresses[0].fate, Fate::Parked);
}

#[test]
fn the_kept_address_is_used_again() {
    let spec = spec();
    let built = run(&spec, &empty(), apply_verb());
    let ip = built.gateway.addresses.values().next().unwrap().ip;
    let parked = run(&spec, &built, destroy_verb());
    let plan = planned(&spec, &parked, apply_verb()).unwrap();
    assert_eq!(plan.addresses.iter().map(|a| (a.ip, a.fate)).collect::<Vec<_>>(), [(ip, Fate::Kept)]);
    let world = execute(&plan, &parked);
    assert_eq!(world.gateway.nat_gateways.values().next().unwrap().addresses[0].public_ip, ip);
}

#[test]
fn an_address_is_released_only_where_it_is_named() {
    let spec = spec();
    let built = run(&spec, &empty(), apply_verb());
    let ip = built.gateway.addresses.values().next().unwrap().ip.unwrap();
    let release = |ip| Verb::Destroy { release: BTreeSet::from([ip]), remove_role_policy: false };
    let plan = planned(&spec, &built, release(ip)).unwrap();
    assert_eq!(plan.addresses[0].fate, Fate::GivenUp);
    assert_eq!(left(&execute(&plan, &built)), Vec::<String>::new());
    insta::assert_snapshot!(refusals(planned(&spec, &built, release([192, 0, 2, 1].into()))));
}

#[test]
fn a_destruction_that_was_cut_short_after_the_release_goes_on_with_the_same_words() {
    let spec = spec();
    let built = run(&spec, &empty(), apply_verb());
    let ip = built.gateway.addresses.values().next().unwrap().ip.unwrap();
    let verb = || Verb::Destroy { release: BTreeSet::from([ip]), remove_role_policy: false };
    let mut plan = planned(&spec, &built, verb()).unwrap();
    let released = plan.steps.iter().position(|step| step.id.0 == "release address/lambda_nat").unwrap();
    plan.steps.truncate(released + 1);
    let half = execute(&plan, &built);
    assert!(half.gateway.addresses.is_empty() && !half.network.networks.is_empty());
    let rest = planned(&spec, &half, verb()).unwrap();
    assert!(rest.notices.iter().any(|notice| notice.message.contains("nothing to release")));
    let done = execute(&rest, &half);
    assert_eq!(left(&done), Vec::<String>::new());
    // With nothing left to take down, an IP that is not there is a mistake again.
    assert!(planned(&spec, &done, verb()).is_err());
}

#[test]
fn destroying_what_is_not_there_does_nothing() {
    assert_eq!(planned(&spec(), &empty(), destroy_verb()).unwrap().steps, []);
}

#[test]
fn verify_makes_probes_and_removes_them() {
    let built = run(&spec(), &empty(), apply_verb());
    let plan = planned(&spec(), &built, Verb::Verify).unwrap();
    insta::assert_snapshot!(steps(&plan));
    let world = execute(&plan, &built);
    assert!(world.function.functions.is_empty());
}

#[test]
fn verify_of_a_stack_that_is_not_there_says_so() {
    insta::assert_snapshot!(refusals(planned(&spec(), &empty(), Verb::Verify)));
}
