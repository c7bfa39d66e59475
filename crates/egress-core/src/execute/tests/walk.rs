//! What begins when.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{cloud::*, plans::*, *};
use crate::{ErrorKind, plan::StepId};

#[test]
fn a_way_out_is_made_in_the_order_of_its_needs_and_its_ip_is_told_at_once() {
    let cloud = TestCloud::new().with(|s| s.latency = millis(500));
    let ran = run(&cloud, &way_out());
    insta::assert_snapshot!(ran.transcript());
    insta::assert_json_snapshot!(ran.report);
}

#[test]
fn no_more_calls_than_the_limit_are_under_way_and_they_begin_in_the_order_of_the_plan() {
    for (limit, took) in [(0, 25), (1, 25), (10, 3), (25, 1), (100, 1)] {
        let cloud = TestCloud::new().with(|s| s.latency = secs(1));
        let plan = apart(25);
        let ran = run_with(&cloud, &plan, &Options { limit, ..options() }, pending());
        assert_eq!((cloud.state().most_under_way, ran.report.took), (limit.clamp(1, 25), secs(took)));
        let planned: Vec<String> = plan.steps.iter().map(|s| format!("{} 10.0.0.0/16", s.id)).collect();
        assert_eq!(cloud.calls(), planned);
    }
}

#[test]
fn waits_and_pauses_take_no_slot() {
    let cloud = TestCloud::new().script("create network/busy", [Reply::Fail(ErrorKind::Throttled); 3]);
    let mut plan = way_out();
    plan.steps.insert(0, step("create network/busy", &[], network("network/busy")));
    let ran = run_with(&cloud, &plan, &Options { limit: 1, ..options() }, pending());
    assert!(ran.report.is_complete(), "{:?}", ran.report);
    assert!(ran.done_at("create nat-gateway/g") < millis(250));
}

#[test]
fn a_step_whose_need_does_not_exist_and_steps_in_a_circle_do_not_run() {
    let plan = plan([
        step("create network/n", &[], network("network/n")),
        step("lost", &["nowhere"], network("network/l")),
        step("after lost", &["lost"], network("network/al")),
        step("a", &["b"], network("network/a")),
        step("b", &["a"], network("network/b")),
        step("self", &["self"], network("network/s")),
        cleanup("tidy", &["a"], delete_subnet("subnet/s")),
    ]);
    let ran = run(&TestCloud::new(), &plan);
    assert_eq!(ran.done(), ["create network/n"]);
    assert_eq!(ran.not_run(), ["lost", "after lost", "a", "b", "self", "tidy"]);
    assert_eq!(ran.failed(), [""; 0]);
}

#[test]
fn an_empty_plan_is_complete_at_once() {
    let cloud = TestCloud::new();
    let ran = run(&cloud, &plan([]));
    assert!(ran.report.is_complete());
    assert_eq!((ran.events, cloud.calls(), ran.report.took), (vec![], vec![], secs(0)));
}

#[test]
fn a_failure_keeps_back_what_needs_it_and_nothing_else() {
    let cloud = TestCloud::new()
        .with(|s| s.latency = secs(1))
        .script("create network/paused", vec![Reply::Fail(ErrorKind::Throttled); 3])
        .script("create network/bad", [Reply::Fail(ErrorKind::Quota)]);
    let mut plan = way_out();
    plan.steps.push(step("create network/paused", &[], network("network/paused")));
    plan.steps.push(step("create network/bad", &[], network("network/bad")));
    plan.steps.push(step("create network/next", &["create network/bad"], network("network/next")));
    plan.steps.push(step("create network/last", &["create network/next"], network("network/last")));
    let ran = run(&cloud, &plan);
    assert_eq!(ran.failed(), ["create network/bad: create: scripted"]);
    assert_eq!(ran.not_run(), ["create network/next", "create network/last"]);
    assert_eq!(ran.done().len(), plan.steps.len() - 3);
    assert!(!ran.report.stopped);
}

/// A way out that is proven by a probe, which is tidied up afterwards.
fn proven_way_out() -> crate::plan::Plan {
    let mut plan = way_out();
    plan.steps.extend([
        step("create role/p", &[], role("role/p")),
        step("create probe/p", &["create role/p", "create subnet/s"], probe("probe/p", "role/p", "subnet/s")),
        step("await probe/p", &["create probe/p"], ready("probe/p")),
        step(
            "prove s",
            &["await probe/p", "route t to g", "await nat-gateway/g"],
            prove_by_probe("subnet/s", "probe/p", &["address/a"]),
        ),
        cleanup("delete probe/p", &["prove s"], delete_probe("probe/p")),
        cleanup("await no probe/p", &["delete probe/p"], gone("probe/p")),
        cleanup("delete role/p", &["await no probe/p", "create role/p"], delete_role("role/p")),
        step("create network/next", &["prove s"], network("network/next")),
    ]);
    plan
}

#[test]
fn what_tidies_up_runs_after_a_failure_where_there_is_something_to_tidy() {
    let tidied = ["delete probe/p", "await no probe/p", "delete role/p"];
    let tidy = |cloud: TestCloud| {
        let ran = run(&cloud, &proven_way_out());
        assert!(!ran.report.failed.is_empty(), "{:?}", ran.report);
        assert!(ran.not_run().contains(&"create network/next"));
        assert_eq!(cloud.world().function, Default::default());
        tidied.map(|step| ran.done().contains(&step))
    };
    // The proof fails; the gateway fails while the probe is being made; the probe cannot be made; not even its role can.
    let failed_nat = TestCloud::new().with(|s| s.nat_fails = Some("NoWay"));
    assert_eq!(tidy(TestCloud::new()), [true, true, true]);
    assert_eq!(tidy(failed_nat), [true, true, true]);
    assert_eq!(tidy(TestCloud::new().script("create probe/p", [Reply::Fail(ErrorKind::Quota)])), [false, false, true]);
    assert_eq!(tidy(TestCloud::new().script("create role/p", [Reply::Fail(ErrorKind::Quota)])), [false, false, false]);
}

#[test]
fn what_tidies_up_does_not_run_ahead_of_tidying_that_failed() {
    let cloud = TestCloud::new().script("delete p", [Reply::Fail(ErrorKind::Denied)]);
    let ran = run(&cloud, &proven_way_out());
    assert_eq!(
        ran.failed(),
        ["prove s: invoke on p: scripted".to_owned(), "delete probe/p: delete: scripted".to_owned()]
    );
    assert_eq!(ran.not_run(), ["await no probe/p", "delete role/p", "create network/next"]);
}

#[test]
fn what_may_have_been_made_keeps_its_role() {
    // The probe's answers are lost, and nobody sees whether it is there.
    let cloud = TestCloud::new().script("create probe/p", [Reply::LostBefore; 5]);
    let ran = run(&cloud, &proven_way_out());
    assert_eq!(ran.failed(), ["create probe/p: create: scripted; whether it took effect could not be settled"]);
    assert!(ran.not_run().contains(&"delete role/p"));
}

#[test]
fn a_stop_hears_out_the_calls_under_way_and_begins_nothing_more() {
    let cloud = TestCloud::new().with(|s| s.latency = secs(1));
    let mut plan = proven_way_out();
    plan.steps.push(step("create network/slow", &["create nat-gateway/g"], network("network/slow")));
    // At 3.5 s the slow network and the first try of the route are under way.
    let ran = run_until(&cloud, &plan, millis(3500));
    insta::assert_snapshot!(ran.transcript());
    assert!(ran.report.stopped);
    assert_eq!(ran.failed(), [""; 0]);
    assert_eq!(ran.report.took, secs(4));
    assert_eq!(ran.done().len() + ran.not_run().len(), plan.steps.len());
    assert!(ran.not_run().contains(&"delete probe/p"));
}

#[test]
fn a_stop_settles_an_answer_that_was_lost_once() {
    let at_stop = |reply| {
        let cloud = TestCloud::new().with(|s| s.latency = secs(2)).script("create network/n00", [reply]);
        let ran = run_until(&cloud, &apart(1), secs(1));
        (cloud.observations(crate::op::Family::Network), ran.done().len(), ran.failed(), ran.report.took)
    };
    // One more looks whether what was made can be seen by whoever comes next.
    assert_eq!(at_stop(Reply::LostAfter), (2, 1, vec![], secs(2)));
    let unsettled = "create network/n00: create: scripted; whether it took effect could not be settled";
    assert_eq!(at_stop(Reply::LostBefore), (1, 0, vec![unsettled.to_owned()], secs(32)));
}

#[test]
fn a_stop_before_the_beginning_changes_nothing() {
    let cloud = TestCloud::new();
    let ran = run_with(&cloud, &way_out(), &options(), async {});
    assert_eq!((cloud.calls(), ran.done(), ran.not_run().len()), (vec![], vec![], 7));
    assert_eq!(ran.events, [Event { at: secs(0), what: What::Stopping }]);
}

#[test]
fn the_same_run_gives_the_same_events() {
    let run = || run(&TestCloud::new().with(|s| s.latency = millis(300)), &proven_way_out()).events;
    assert_eq!(run(), run());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_step_of_any_plan_runs_once_and_after_its_needs(
        needs in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), 1..24),
        limit in 1usize..5,
        latencies in prop::collection::vec(0u64..2000, 1..5),
    ) {
        let mut plan = apart(needs.len());
        for (place, needs) in needs.iter().enumerate().skip(1) {
            let ids: BTreeSet<StepId> = needs.iter().map(|need| plan.steps[need.index(place)].id.clone()).collect();
            plan.steps[place].needs = ids;
        }
        let cloud = TestCloud::new().with(|s| s.latency = millis(latencies[0]));
        for (n, latency) in latencies.into_iter().enumerate() {
            cloud.state().at(secs(n as u64), move |state| state.latency = millis(latency));
        }
        let ran = run_with(&cloud, &plan, &Options { limit, ..options() }, pending());
        prop_assert!(ran.report.is_complete());
        prop_assert!(cloud.state().most_under_way <= limit);
        let calls: BTreeSet<String> = cloud.calls().into_iter().collect();
        prop_assert_eq!((calls.len(), cloud.calls().len()), (plan.steps.len(), plan.steps.len()));
        let mut done = BTreeSet::new();
        for event in &ran.events {
            match &event.what {
                What::Started { step, .. } => {
                    let needs = plan.steps.iter().find(|s| &s.id == step).map(|s| s.needs.clone()).unwrap();
                    prop_assert!(needs.is_subset(&done), "{step} began too early");
                }
                What::Done { step, .. } => prop_assert!(done.insert(step.clone())),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}

#[test]
fn what_tidies_up_waits_for_the_end_of_all_work_before_it() {
    // The gateway fails at once; the probe's interface takes long. The probe is deleted only after it is ready.
    let cloud = TestCloud::new().script("create nat-gateway/g", [Reply::Fail(ErrorKind::Quota)]);
    let ran = run(&cloud, &proven_way_out());
    assert_eq!(ran.failed(), ["create nat-gateway/g: create: scripted"]);
    assert_eq!(ran.not_run(), ["route t to g", "await nat-gateway/g", "prove s", "create network/next"]);
    assert!(ran.done_at("await probe/p") >= secs(90));
    assert!(ran.done_at("delete probe/p") >= ran.done_at("await probe/p"));
    assert_eq!(cloud.world().function, Default::default());
}

#[test]
fn a_stop_between_two_calls_does_not_hide_an_answer_that_was_lost_before() {
    let at_stop = |replies: Vec<Reply>| {
        let cloud = TestCloud::new().script("create network/n00", replies);
        let ran = run_until(&cloud, &apart(1), secs(31));
        (ran.failed(), ran.report.not_run.len())
    };
    let throttled = vec![Reply::Fail(ErrorKind::Throttled); 100];
    assert_eq!(at_stop(throttled.clone()), (vec![], 1));
    let unsettled = "create network/n00: create: scripted; whether it took effect could not be settled";
    assert_eq!(at_stop([vec![Reply::LostBefore], throttled].concat()), (vec![unsettled.to_owned()], 0));
}

#[test]
fn a_run_that_ends_early_waits_until_what_it_made_can_be_seen() {
    // The first network is made at once and seen after 8 s; the second is refused at once.
    let took = |invisible, blind: bool| {
        let cloud = TestCloud::new()
            .with(|s| s.invisible = invisible)
            .script("create network/n01", [Reply::Fail(ErrorKind::Quota)]);
        if blind {
            cloud.state().blind.extend([ErrorKind::Throttled; 1000]);
        }
        run(&cloud, &apart(2)).report.took
    };
    assert_eq!(took(secs(0), false), secs(0));
    assert!((secs(8)..=secs(9)).contains(&took(secs(8), false)), "{:?}", took(secs(8), false));
    // Never longer than anything may stay invisible, and not shorter where nobody can look.
    assert_eq!(took(secs(60), false), secs(30));
    assert_eq!(took(secs(0), true), secs(30));
}

#[test]
fn a_run_that_does_not_know_what_it_made_gives_it_the_time_to_show() {
    let cloud = TestCloud::new().script("create network/n00", [Reply::LostAfter]).with(|s| s.invisible = secs(20));
    let ran = run_until(&cloud, &apart(1), secs(1));
    assert_eq!(ran.report.failed.len(), 1);
    assert_eq!(ran.report.took, secs(30));
}
