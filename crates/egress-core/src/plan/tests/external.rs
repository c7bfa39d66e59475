//! Functions that other tools look after.

use std::collections::BTreeSet;

use super::support::*;
use crate::{
    CloudId, World,
    plan::{
        Permit, Plan, Verb,
        external::{Standing, home, standing},
    },
    spec::{FunctionSpec, Permission, Spec},
    world::{Attachment, Function, UpdateState},
};

/// The stack with `f` left to another tool.
fn left() -> Spec {
    Spec { external: BTreeSet::from(["f".into()]), ..spec() }
}

fn f(world: &mut World) -> &mut Function {
    world.function.functions.get_mut(&"f".into()).unwrap()
}

/// The stack, applied, and `f` as its tool has attached it.
fn attached() -> World {
    let mut world = run(&left(), &with_function(empty(), "f"), apply_verb());
    let to = home(&left(), &world).unwrap();
    let network = world.network.subnets[to.subnets.first().unwrap()].network.clone();
    (f(&mut world).attachment, f(&mut world).network) = (Some(to), Some(network));
    world
}

fn notices(plan: &Plan) -> Vec<String> {
    plan.notices.iter().map(|n| format!("{}\n  hint: {}", n.message, n.hint.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn it_is_never_updated_and_told_of() {
    let world = run(&left(), &with_function(empty(), "f"), apply_verb());
    let plan = planned(&left(), &world, apply_verb()).unwrap();
    assert_eq!(steps(&plan), "");
    insta::assert_snapshot!(notices(&plan).join("\n"));
    let plan = planned(&left(), &attached(), apply_verb()).unwrap();
    assert_eq!((steps(&plan).as_str(), notices(&plan)), ("", vec![]));
}

#[test]
fn its_standing_is_read_from_the_world() {
    let good = attached();
    let of = |change: &dyn Fn(&mut World)| {
        let mut world = good.clone();
        change(&mut world);
        standing(&left(), &world, &"f".into())
    };
    assert_eq!(of(&|_| {}), Standing::Proven);
    assert_eq!(of(&|world| _ = world.function.functions.remove(&CloudId::new("f"))), Standing::Missing);
    assert_eq!(of(&|world| f(world).attachment = None), Standing::Elsewhere);
    assert_eq!(of(&|world| f(world).update = UpdateState::InProgress), Standing::Moving);
    assert_eq!(
        of(&|world| {
            let to = f(world).attachment.clone().unwrap();
            let subnets = BTreeSet::from([to.subnets.first().unwrap().clone()]);
            f(world).attachment = Some(Attachment { subnets, ..to });
        }),
        Standing::Proven
    );
    let closed = of(&|world| world.network.groups.values_mut().for_each(|group| group.egress.clear()));
    assert!(matches!(&closed, Standing::Astray { why } if why.contains("443")), "{closed:?}");
    let unseen = of(&|world| {
        world.network.subnets.values_mut().for_each(|s| s.owner = Some("999999999999".to_owned()));
        world.network.route_tables.clear();
    });
    assert!(
        matches!(&unseen, Standing::Unknown { missing } if missing[0].contains("account 999999999999")),
        "{unseen:?}"
    );
}

#[test]
fn one_that_egress_attached_is_handed_over_and_stays_where_it_is() {
    let world = run(&spec_with(&[("f", Permission::Managed)]), &with_function(empty(), "f"), apply_verb());
    let plan = planned(&left(), &world, apply_verb()).unwrap();
    assert_eq!(steps(&plan), "untag function/f  (another tool attaches it from now on)\n".replace("untag", "tag"));
    let mut after = execute(&plan, &world);
    assert_eq!(f(&mut after).attachment, home(&left(), &world));
    assert!(crate::Owner::of(&f(&mut after).tags).is_none());
    assert_eq!(steps(&planned(&left(), &after, apply_verb()).unwrap()), "");
}

#[test]
fn a_stack_does_not_go_under_it() {
    let world = attached();
    insta::assert_snapshot!(refusals(planned(&left(), &world, destroy_verb())));
    let mut out = world;
    (f(&mut out).attachment, f(&mut out).network) = (None, None);
    assert!(planned(&left(), &out, destroy_verb()).is_ok());
}

#[test]
fn where_the_subnets_stay_it_is_warned_of() {
    let world = reference_by_hand();
    let spec = Spec { external: BTreeSet::from(["f".into()]), functions: Vec::new(), ..adopted(&world) };
    let plan = planned(&spec, &world, destroy_verb()).unwrap();
    assert_eq!(steps(&plan), "");
    insta::assert_snapshot!(notices(&plan).join("\n"));
}

#[test]
fn no_command_moves_it() {
    let functions = vec![FunctionSpec { name: "f".into(), permission: Permission::Managed }];
    let attach = Verb::Attach { functions, permits: BTreeSet::new() };
    insta::assert_snapshot!(refusals(planned(&left(), &attached(), attach)));
    let detach = Verb::Detach { functions: BTreeSet::from(["f".into()]), remove_role_policy: false };
    insta::assert_snapshot!("detach_external", refusals(planned(&left(), &attached(), detach)));
}

#[test]
fn a_function_that_another_tool_looks_after_is_moved_only_by_force() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let mut world = with_function(empty(), "f");
    f(&mut world).managed_by = Some("AWS CloudFormation (stack shop)".to_owned());
    insta::assert_snapshot!(refusals(planned(&spec, &world, apply_verb())));
    let forced = Verb::Apply { permits: BTreeSet::from([Permit::Managed("f".into())]) };
    let mut moved = run(&spec, &world, forced.clone());
    // As long as it is where egress put it there is nothing to ask again.
    assert_eq!(changes(&planned(&spec, &moved, apply_verb()).unwrap()), [] as [String; 0]);
    (f(&mut moved).attachment, f(&mut moved).network) = (None, None);
    assert!(refusals(planned(&spec, &moved, apply_verb())).contains("would set its network configuration back"));
    assert!(planned(&spec, &moved, forced).is_ok());
}

#[test]
fn where_the_gateway_goes_and_the_subnets_stay_it_is_warned_of() {
    let mut world = reference_by_hand();
    let mut mixed = adopted(&world);
    let nat = mixed.existing.remove(&mixed.nat_gateways[0].key()).unwrap();
    let owner = crate::Owner { stack: mixed.stack.clone(), key: mixed.nat_gateways[0].key() };
    world.gateway.nat_gateways.get_mut(&nat).unwrap().tags = owner.tags(&crate::Tags::new());
    let spec = Spec { external: BTreeSet::from(["f".into()]), functions: Vec::new(), ..mixed };
    let plan = planned(&spec, &world, destroy_verb()).unwrap();
    insta::assert_snapshot!(notices(&plan).join("\n"));
}
