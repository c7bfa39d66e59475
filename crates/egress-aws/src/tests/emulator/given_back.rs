//! A function that nobody names, on its way out of the stack: only its tags say whose it is.

use std::collections::BTreeSet;

use egress_core::{
    CloudExt, CloudId, Key, Kind, Outcome, Scope, StackName, Token, World,
    op::{DeleteNatGateway, FunctionOp, GatewayOp, Op, SetAttachment, SetTags},
    plan::{Action, Condition, Plan, Request, Verb as PlanVerb, plan, scope},
    spec::{Spec, parse},
};

use super::{
    FUNCTION, connected,
    journey::{Journey, apply},
};
use crate::{ECHO_URL, actions::Verb};

/// The stack as it stands once its function was taken out of the file.
const WITHOUT: &str = "stack = \"shop\"\npreset = \"lambda-static-ip\"\n";

fn destroy() -> PlanVerb {
    PlanVerb::Destroy { release: BTreeSet::new(), remove_role_policy: true }
}

/// Makes a call of a run that dies right after it.
fn last_call(journey: &Journey, op: FunctionOp<CloudId>) {
    let cloud = connected(&journey.mock, &journey.clock);
    let outcome = journey.clock.block_on(cloud.apply(&Op::Function(op), &Token::new("dying")));
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
}

/// What the next run sees.
fn seen(journey: &Journey, scope: &Scope) -> World {
    let cloud = connected(&journey.mock, &journey.clock);
    journey.clock.block_on(cloud.observe(scope)).unwrap()
}

/// The stack, whose function was moved out by a run that died before it took the tags off.
fn cut_short() -> (Journey, Spec) {
    let mut journey = Journey::new();
    journey.go(Verb::Apply, apply());
    let op = SetAttachment { function: FUNCTION.0.into(), to: None, revision: None };
    last_call(&journey, FunctionOp::SetAttachment(op));
    (journey, parse(WITHOUT).unwrap().spec)
}

#[test]
fn a_function_that_was_let_go_is_seen_until_its_tags_are_off() {
    let (journey, spec) = cut_short();
    let function = CloudId::new(FUNCTION.0);
    let of_stack = scope(&spec, &destroy());
    let world = seen(&journey, &of_stack);
    let found = world.function.functions.get(&function).unwrap();
    assert!(found.is_under_way() && found.attachment.is_none(), "{found:?}");
    assert!(world.function.roles.contains_key(found.role.as_ref().unwrap()), "its role is seen, too");

    let stack = StackName::new("another").unwrap();
    let of_another = Scope::Stack { stack, functions: BTreeSet::new(), networks: BTreeSet::new() };
    assert!(seen(&journey, &of_another).function.functions.is_empty(), "it is another stack's");

    let own = found.tags.keys().filter(|name| name.starts_with("egress:")).cloned().collect();
    let untag = SetTags { resource: function, kind: Kind::Function, set: [].into(), remove: own };
    last_call(&journey, FunctionOp::SetTags(untag));
    assert!(seen(&journey, &of_stack).function.functions.is_empty(), "it is nobody's any more");
}

#[test]
fn a_destruction_waits_for_a_function_that_a_dead_run_let_go() {
    let (journey, spec) = cut_short();
    let world = seen(&journey, &scope(&spec, &destroy()));
    let request = Request { verb: destroy(), echo_url: ECHO_URL.to_owned() };
    let plan = plan(&spec, &world, &request).unwrap();
    let function = Key::new(Kind::Function, FUNCTION.0);
    let waits = |action: &Action| action == &Action::Await(Condition::Ready(function.clone()));
    let deletes = |action: &Action| {
        matches!(action, Action::Change(Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { .. }))))
    };
    assert!(comes_after(&plan, deletes, waits), "{:#?}", plan.steps);
}

/// Whether the one Step needs the other, be it through others.
fn comes_after(plan: &Plan, later: impl Fn(&Action) -> bool, earlier: impl Fn(&Action) -> bool) -> bool {
    let mut needs: Vec<_> = plan.steps.iter().filter(|step| later(&step.action)).collect();
    while let Some(step) = needs.pop() {
        if earlier(&step.action) {
            return true;
        }
        needs.extend(plan.steps.iter().filter(|other| step.needs.contains(&other.id)));
    }
    false
}
