//! Functions are moved only onto proven paths, and get back what they had.

use std::collections::BTreeSet;

use super::support::*;
use crate::{
    CloudId, World,
    op::{FunctionOp, Op},
    plan::{Action, Permit, StepId, Verb},
    spec::{FunctionSpec, Permission},
    world::{Alias, Grant, UpdateState, Version},
};

fn attach(name: &str, leave: &[&str]) -> Verb {
    let permits = leave.iter().map(|id| Permit::Leave(CloudId::from(*id))).collect();
    Verb::Attach { functions: vec![FunctionSpec { name: name.into(), permission: Permission::Managed }], permits }
}

fn detach(name: &str, remove_role_policy: bool) -> Verb {
    Verb::Detach { functions: BTreeSet::from([name.into()]), remove_role_policy }
}

/// A stack without functions, and `f` in somebody else's network.
fn stack_and_f_elsewhere() -> World {
    in_other_network(with_function(run(&spec(), &empty(), apply_verb()), "f"), "f")
}

#[test]
fn every_move_needs_the_proof_of_every_subnet() {
    let world = with_function(with_function(empty(), "f"), "g");
    let spec = spec_with(&[("f", Permission::Managed), ("g", Permission::Inline)]);
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    let proofs: Vec<_> =
        plan.steps.iter().filter(|s| matches!(s.action, Action::Prove(_))).map(|s| s.id.clone()).collect();
    assert_eq!(proofs.len(), 2);
    for name in ["attach function/f", "attach function/g"] {
        let step = plan.steps.iter().find(|s| s.id.0 == name).unwrap();
        assert!(proofs.iter().all(|proof| step.needs.contains(proof)));
    }
}

#[test]
fn a_function_comes_back_to_the_network_that_it_was_in() {
    let start = stack_and_f_elsewhere();
    let attached = run(&spec(), &start, attach("f", &["vpc-other"]));
    assert_ne!(attached.function.functions[&"f".into()].attachment, start.function.functions[&"f".into()].attachment);
    let detached = run(&spec(), &attached, detach("f", false));
    assert_eq!(detached.function.functions, start.function.functions);
}

#[test]
fn apply_keeps_a_function_that_a_command_attached() {
    let start = with_function(run(&spec(), &empty(), apply_verb()), "f");
    let attached = run(&spec(), &start, attach("f", &[]));
    assert!(planned(&spec(), &attached, apply_verb()).unwrap().is_empty());
}

#[test]
fn a_function_that_is_taken_out_of_the_file_is_detached() {
    let start = with_function(empty(), "f");
    let attached = run(&spec_with(&[("f", Permission::Managed)]), &start, apply_verb());
    let plan = planned(&spec(), &attached, apply_verb()).unwrap();
    insta::assert_snapshot!(steps(&plan));
    assert!(plan.functions.contains(&"f".into()), "nothing else tells where it is once it has left");
    assert_eq!(execute(&plan, &attached).function.functions[&"f".into()].attachment, None);
}

#[test]
fn detach_is_resumed_where_it_was_broken_off() {
    let attached = run(&spec(), &with_function(run(&spec(), &empty(), apply_verb()), "f"), attach("f", &[]));
    let plan = planned(&spec(), &attached, detach("f", false)).unwrap();
    // The move is done, the tags are still there.
    let mut broken = attached.clone();
    let function = broken.function.functions.get_mut(&"f".into()).unwrap();
    (function.attachment, function.network) = (None, None);
    let rest = planned(&spec(), &broken, detach("f", false)).unwrap();
    assert_eq!(changes(&rest), ["tag function/f"]);
    assert_eq!(execute(&rest, &broken).function.functions, execute(&plan, &attached).function.functions);
}

#[test]
fn what_was_saved_first_is_what_comes_back_after_a_repair() {
    let start = stack_and_f_elsewhere();
    let mut attached = run(&spec(), &start, attach("f", &["vpc-other"]));
    // Half of it is taken away behind egress's back; apply mends it; detach still knows the old network.
    let function = attached.function.functions.get_mut(&"f".into()).unwrap();
    let one = function.attachment.as_ref().unwrap().subnets.first().unwrap().clone();
    function.attachment.as_mut().unwrap().subnets = BTreeSet::from([one]);
    let mended = run(&spec(), &attached, apply_verb());
    let detached = run(&spec(), &mended, detach("f", false));
    assert_eq!(detached.function.functions[&"f".into()].attachment, start.function.functions[&"f".into()].attachment);
}

#[test]
fn a_function_that_somebody_moved_away_keeps_what_it_has_now() {
    let start = with_function(run(&spec(), &empty(), apply_verb()), "f");
    let attached = run(&spec(), &start, attach("f", &[]));
    let moved = in_other_network(attached, "f");
    let plan = planned(&spec(), &moved, detach("f", false)).unwrap();
    assert_eq!(changes(&plan), ["tag function/f"]);
}

#[test]
fn a_function_that_somebody_changed_by_half_is_not_touched() {
    let start = with_function(run(&spec(), &empty(), apply_verb()), "f");
    let mut attached = run(&spec(), &start, attach("f", &[]));
    let function = attached.function.functions.get_mut(&"f".into()).unwrap();
    function.attachment.as_mut().unwrap().groups.insert("sg-theirs".into());
    insta::assert_snapshot!(refusals(planned(&spec(), &attached, detach("f", false))));
    insta::assert_snapshot!("the_same_for_destroy", refusals(planned(&spec(), &attached, destroy_verb())));
}

#[test]
fn a_permission_stays_and_is_said() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let attached = run(&spec, &with_function(empty(), "f"), apply_verb());
    let plan = planned(&spec, &attached, detach("f", false)).unwrap();
    let detached = execute(&plan, &attached);
    assert!(detached.function.roles[&"f-role".into()].grants.contains(&Grant::Managed));
    insta::assert_json_snapshot!(plan.notices);
}

#[test]
fn a_permission_is_taken_back_once_no_interface_is_left() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let start = with_function(empty(), "f");
    let attached = run(&spec, &start, apply_verb());
    let plan = planned(&spec, &attached, detach("f", true)).unwrap();
    insta::assert_snapshot!(steps(&plan));
    let detached = execute(&plan, &attached);
    assert_eq!(detached.function.functions, start.function.functions);
    assert_eq!(detached.function.roles[&"f-role".into()], start.function.roles[&"f-role".into()]);
}

#[test]
fn a_permission_that_egress_did_not_give_is_never_taken() {
    let mut start = with_function(empty(), "f");
    start.function.roles.values_mut().for_each(|r| {
        r.grants.insert(Grant::Managed);
    });
    let spec = spec_with(&[("f", Permission::Managed)]);
    let attached = run(&spec, &start, apply_verb());
    let destroy = Verb::Destroy { release: BTreeSet::new(), remove_role_policy: true };
    let world = run(&spec, &attached, destroy);
    assert_eq!(world.function.roles[&"f-role".into()], start.function.roles[&"f-role".into()]);
}

#[test]
fn a_permission_that_another_function_needs_stays() {
    let mut start = with_function(with_other_network(empty()), "f");
    let mut other = start.function.functions[&"f".into()].clone();
    other.id = "other".into();
    start.function.functions.insert(other.id.clone(), other);
    let spec = spec_with(&[("f", Permission::Managed)]);
    let mut attached = run(&spec, &start, apply_verb());
    let theirs = in_other_network(with_function(empty(), "x"), "x").function.functions[&"x".into()].clone();
    let other = attached.function.functions.get_mut(&"other".into()).unwrap();
    (other.attachment, other.network) = (theirs.attachment, theirs.network);
    let plan = planned(&spec, &attached, Verb::Destroy { release: BTreeSet::new(), remove_role_policy: true }).unwrap();
    assert!(execute(&plan, &attached).function.roles[&"f-role".into()].grants.contains(&Grant::Managed));
    assert!(
        plan.notices.iter().any(|n| n.message.contains("keeps its permission: other needs it")),
        "{:?}",
        plan.notices
    );
}

#[test]
fn published_versions_that_serve_from_elsewhere_are_named() {
    let mut world = with_function(empty(), "f");
    let function = world.function.functions.get_mut(&"f".into()).unwrap();
    function.versions = vec![Version { version: "3".to_owned(), attachment: None }];
    function.aliases = vec![Alias { name: "prod".to_owned(), versions: BTreeSet::from(["3".to_owned()]) }];
    let plan = planned(&spec_with(&[("f", Permission::Managed)]), &world, apply_verb()).unwrap();
    insta::assert_json_snapshot!(plan.notices);
}

/// The move out of the stack is accepted, and the old configuration still serves.
fn leaving(mut world: World) -> World {
    let function = world.function.functions.get_mut(&"f".into()).unwrap();
    (function.attachment, function.network) = (None, None);
    function.update = UpdateState::InProgress;
    world
}

#[test]
fn a_gateway_is_not_deleted_while_a_function_is_still_on_its_way_out() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let world = leaving(run(&spec, &with_function(empty(), "f"), apply_verb()));
    let plan = planned(&spec, &world, destroy_verb()).unwrap();
    let step = plan.steps.iter().find(|s| s.id.0 == "delete nat-gateway/lambda_nat").unwrap();
    assert_eq!(step.needs, BTreeSet::from([StepId("await function/f ready".to_owned())]));
}

#[test]
fn a_function_that_is_under_way_is_moved_whatever_revision_it_gets() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let world = leaving(run(&spec, &with_function(empty(), "f"), apply_verb()));
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    let moves: Vec<_> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Change(Op::Function(FunctionOp::SetAttachment(op))) => Some(op.revision.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(moves, [None]);
}

#[test]
fn a_function_is_found_again_until_its_role_has_given_the_permission_back() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let attached = run(&spec, &with_function(empty(), "f"), apply_verb());
    let verb = || Verb::Destroy { release: BTreeSet::new(), remove_role_policy: true };
    let whole = planned(&spec, &attached, verb()).unwrap();
    // Wherever the first run stops, and with a file that does not name the function: the second one takes all down.
    for done in 0..=whole.steps.len() {
        let mut first = whole.clone();
        first.steps.truncate(done);
        let half = execute(&first, &attached);
        let second = planned(&super::support::spec(), &half, verb()).unwrap();
        let world = execute(&second, &half);
        assert_eq!(world.function.functions[&"f".into()].tags, crate::Tags::new(), "after {done} steps");
        assert_eq!(world.function.roles[&"f-role".into()].grants, BTreeSet::new(), "after {done} steps");
    }
}

#[test]
fn a_function_that_leaves_the_stack_is_observed_until_it_is_through() {
    let attach = Verb::Attach {
        functions: vec![FunctionSpec { name: "f".into(), permission: Permission::Managed }],
        permits: BTreeSet::new(),
    };
    let world = run(&spec(), &run(&spec(), &with_function(empty(), "f"), apply_verb()), attach);
    let plan = planned(&spec(), &world, destroy_verb()).unwrap();
    assert_eq!(plan.functions, BTreeSet::from(["f".into()]));
    let world = run(&spec_with(&[("f", Permission::Managed)]), &with_function(empty(), "f"), apply_verb());
    let plan = planned(&spec(), &world, apply_verb()).unwrap();
    assert_eq!(plan.functions, BTreeSet::from(["f".into()]));
}
