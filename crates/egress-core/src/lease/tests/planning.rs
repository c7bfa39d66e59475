//! Who works on a stack is nothing of the stack's.

use std::collections::BTreeSet;

use crate::{
    CloudId, Op, World,
    lease::record::Holder,
    op::{CreateLease, NetworkOp},
    plan::{Request, Verb, plan},
    spec,
    world::{Zone, apply},
};

use super::*;

#[test]
fn a_lock_changes_nothing_of_what_is_planned_and_is_nobodys_resource() {
    let spec = spec::parse("stack = \"shop\"\npreset = \"lambda-static-ip\"\n").unwrap().spec;
    let mut world = World::default();
    world.network.zones =
        ["a", "b"].map(|name| Zone { name: name.to_owned(), id: name.to_owned(), functions: true }).into();
    let planned = |world: &World, verb| plan(&spec, world, &Request { verb, echo_url: "https://ip.example/".into() });
    let verbs = || {
        [Verb::Apply { permits: BTreeSet::new() }, Verb::Destroy { release: BTreeSet::new(), remove_role_policy: true }]
    };
    let before = verbs().map(|verb| planned(&world, verb).unwrap());

    let tags = Holder::of(&terms("ana"), TODAY).tags(&stack());
    let op = Op::Network(NetworkOp::CreateLease(CreateLease { name: name(&stack()), tags }));
    apply(&mut world, &op, &CloudId::new("lease-1")).unwrap();
    assert!(crate::world::shows(&world, &op));
    assert_eq!(verbs().map(|verb| planned(&world, verb).unwrap()), before);
    assert_eq!(world.owned(), []);
}
