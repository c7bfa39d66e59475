//! Wrong models on purpose: the rules and the walks must catch each.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use super::{
    bench::Bench, function_settings, functions, gateways, launch_templates, nat_addresses, networks, role_policies,
    roles, walk,
};
use crate::cloud::Bug;

fn rules() -> impl Iterator<Item = &'static (&'static str, fn(Bench))> {
    [
        networks::RULES,
        gateways::RULES,
        nat_addresses::RULES,
        functions::RULES,
        function_settings::RULES,
        roles::RULES,
        role_policies::RULES,
        launch_templates::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The names of the rules that a model with this bug breaks, and whether a walk finds it.
fn caught_by(bug: Bug) -> Vec<&'static str> {
    let breaks = |rule: &fn(Bench)| catch_unwind(AssertUnwindSafe(|| rule(Bench::new(Some(bug))))).is_err();
    let mut by: Vec<&str> = rules().filter(|(_, rule)| breaks(rule)).map(|(name, _)| *name).collect();
    if (0..20).any(|seed| walk::walk(Some(bug), &walk::drawn(seed, 400)).is_err()) {
        by.push("the walks");
    }
    by
}

#[test]
fn every_wrong_model_is_caught() {
    // What a wrong model breaks is no news; only what it does not break is.
    let loud = take_hook();
    set_hook(Box::new(|_| {}));
    let mut killed = 0;
    for bug in Bug::ALL {
        let by = caught_by(bug);
        println!("{bug:?}: {}", if by.is_empty() { "SURVIVED".to_owned() } else { by.join(", ") });
        killed += usize::from(!by.is_empty());
    }
    set_hook(loud);
    println!("wrong models killed: {killed}/{}", Bug::ALL.len());
    assert_eq!(killed, Bug::ALL.len());
}

#[test]
fn the_right_model_is_not_caught() {
    for seed in 0..20 {
        assert_eq!(walk::walk(None, &walk::drawn(seed, 400)), Ok(()));
    }
}
