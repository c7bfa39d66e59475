//! The mock keeps the laws that the engine relies on, with AWS's own timings, and the suite would notice if it did not.

use std::sync::Arc;

use egress_core::{
    CloudId, StackName,
    clock::VirtualClock,
    conformance::{Fixture, ROUGH, Subject, kill_all, run, try_each},
};
use egress_mock::{Config, FunctionSetup, MockCloud, RoleSetup, Timing};

/// An account with one function, whose role may not make interfaces yet, and what the suite may use there.
#[expect(clippy::unwrap_used, reason = "a test's own beginning")]
fn account() -> (VirtualClock, MockCloud, Fixture) {
    let clock = VirtualClock::new();
    let cloud = MockCloud::new(Config::new(7).timing(Timing::aws()), Arc::new(clock.clone()));
    cloud.create_role(RoleSetup::new("ordering")).unwrap();
    cloud.create_function(FunctionSetup::new("order", "ordering")).unwrap();
    let mut fixture = Fixture::new(StackName::new("laws").unwrap(), "m0ck");
    fixture.function = Some(CloudId::new("order"));
    fixture.echo_url = Some("https://ip.mock.test/".to_owned());
    (clock, cloud, fixture)
}

#[test]
fn the_mock_keeps_every_law() {
    let (clock, cloud, fixture) = account();
    let report = clock.block_on(run(&Subject { cloud: &cloud, clock: &clock, fixture }));
    println!("laws kept by the mock: {} cases", report.cases.len());
    report.passed().unwrap_or_else(|failures| panic!("{failures}"));
    assert!(!report.to_string().contains("skip  "), "the mock can be tried in full:\n{report}");
}

#[test]
fn every_wrong_mock_is_caught() {
    let kills = kill_all(account);
    println!("wrong clouds killed on the mock: {}/{}", kills.kills.len() - kills.survivors().len(), kills.kills.len());
    assert_eq!(kills.survivors(), [""; 0], "{kills}");
}

#[test]
fn a_rough_mock_passes_still() {
    let kills = try_each(ROUGH, account);
    assert_eq!(kills.survivors(), ROUGH.iter().map(|rough| rough.name).collect::<Vec<_>>(), "{:#?}", kills.kills);
}
