//! Nimbus keeps the laws, and the suite would notice if it did not.

use std::time::Duration;

use egress_core::{
    Clock, CloudId, Key, Kind, Owner, StackName, Tags,
    clock::VirtualClock,
    conformance::{CaseOutcome, Fixture, ROUGH, Subject, kill_all, run, try_each},
};
use other_cloud::{Backend, nimbus::ECHO_URL};

/// An account with one worker, whose badge opens nothing yet, and what the suite may use there.
#[expect(clippy::unwrap_used, reason = "a test's own beginning")]
fn account() -> (VirtualClock, Backend<VirtualClock>, Fixture) {
    let clock = VirtualClock::new();
    let cloud = Backend::new(clock.clone());
    cloud.ask(|nimbus, now| {
        let badge = nimbus.issue_badge("baker", &Tags::new()).unwrap();
        nimbus.hire("bake", &badge, None, &Tags::from([("team".into(), "bread".into())]), now).unwrap();
    });
    // Until the worker has arrived.
    clock.block_on(clock.sleep(Duration::from_secs(60)));
    let mut fixture = Fixture::new(StackName::new("laws").unwrap(), "n1mbus");
    fixture.function = Some(CloudId::new("bake"));
    fixture.echo_url = Some(ECHO_URL.to_owned());
    (clock, cloud, fixture)
}

#[test]
fn nimbus_keeps_every_law() {
    let (clock, cloud, fixture) = account();
    let report = clock.block_on(run(&Subject { cloud: &cloud, clock: &clock, fixture }));
    println!("laws kept by nimbus: {} cases", report.cases.len());
    report.passed().unwrap_or_else(|failures| panic!("{failures}"));
    assert!(!report.to_string().contains("skip  "), "nimbus can be tried in full:\n{report}");
}

#[test]
fn every_wrong_nimbus_is_caught() {
    let kills = kill_all(account);
    println!("wrong clouds killed on nimbus: {}/{}", kills.kills.len() - kills.survivors().len(), kills.kills.len());
    assert_eq!(kills.survivors(), [""; 0], "{kills}");
}

#[test]
fn a_rough_nimbus_passes_still() {
    let kills = try_each(ROUGH, account);
    assert_eq!(kills.survivors(), ROUGH.iter().map(|rough| rough.name).collect::<Vec<_>>(), "{:#?}", kills.kills);
}

#[test]
fn the_suite_leaves_nothing_behind() {
    let (clock, cloud, fixture) = account();
    clock.block_on(run(&Subject { cloud: &cloud, clock: &clock, fixture }));
    cloud.ask(|nimbus, _| {
        assert_eq!((nimbus.areas.len(), nimbus.lanes.len(), nimbus.signposts.len(), nimbus.guards.len()), (0, 0, 0, 0));
        assert_eq!((nimbus.gates.len(), nimbus.plates.len(), nimbus.badges.len(), nimbus.workers.len()), (0, 0, 1, 1));
    });
}

#[test]
fn a_stack_that_is_not_empty_is_left_alone() {
    let (clock, cloud, fixture) = account();
    let owner = Owner { stack: fixture.stack.clone(), key: Key::new(Kind::Address, "precious") };
    let (plate, _) = cloud.ask(|nimbus, _| nimbus.take_plate(&owner.tags(&Tags::new())));

    let report = clock.block_on(run(&Subject { cloud: &cloud, clock: &clock, fixture }));
    let why = format!("the stack laws is not empty: it has address/precious ({plate})");
    assert_eq!(report.cases[0].outcome, CaseOutcome::Failed(why.clone()));
    assert!(report.cases[1..].iter().all(|case| case.outcome == CaseOutcome::Skipped(why.clone())), "{report}");
    assert_eq!(cloud.ask(|nimbus, _| nimbus.plates.keys().cloned().collect::<Vec<_>>()), [plate]);
}
