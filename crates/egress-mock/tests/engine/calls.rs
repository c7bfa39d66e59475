//! How many calls the engine makes: pinned, so that a change that makes more is noticed.

use egress_mock::Timing;

use crate::stage::*;

/// Calls since `from`, as `observations + changes + invocations`.
fn counted(stage: &Stage, from: usize) -> String {
    let calls = stage.cloud.calls().split_off(from);
    let observations = calls.iter().filter(|c| c.name.starts_with("observe")).count();
    let invocations = calls.iter().filter(|c| c.name == "Invoke").count();
    let changes = calls.len() - observations - invocations;
    format!("{observations} observations, {changes} changes, {invocations} invocations")
}

#[test]
fn calls_of_a_no_op_plan_an_apply_and_a_destroy() {
    let stage = Stage::new(1, Timing::default());
    let mut seen = Vec::new();
    let mut from = 0;
    let mut step = |what: &str, stage: &Stage| {
        seen.push(format!("{what}: {}", counted(stage, from)));
        from = stage.cloud.calls().len();
    };
    stage.run(apply());
    step("apply", &stage);
    stage.plan(apply()).unwrap();
    step("no-op plan", &stage);
    stage.run(egress_core::plan::Verb::Verify);
    step("verify", &stage);
    stage.run(destroy());
    step("destroy", &stage);
    insta::assert_snapshot!(seen.join("\n"));
}
