//! Plans that are kept: they hold while nothing that they read has changed, and say what has.

use std::collections::BTreeSet;

use super::support::*;
use crate::{
    Kind, Tags, World,
    plan::{Record, RecordError, Request, StepId, Verb},
    spec::Permission,
    world::{Address, UpdateState},
};

fn record() -> Record {
    let world = with_function(run(&spec(), &empty(), apply_verb()), "f");
    let request = Request { verb: apply_verb(), echo_url: ECHO.to_owned() };
    Record::make(spec_with(&[("f", Permission::Managed)]), request, world).unwrap()
}

/// What is said of a World that something has become of.
fn said(change: impl FnOnce(&mut World)) -> String {
    let record = record();
    let mut now = record.world.clone();
    change(&mut now);
    match record.still_holds(&now) {
        Ok(()) => "it holds".to_owned(),
        Err(moved) => moved.differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

fn stranger(world: &mut World) {
    let ip = Some([198, 51, 100, 1].into());
    let address = Address { id: "eipalloc-b".into(), ip, interface: None, nat_gateway: None, tags: Tags::new() };
    world.gateway.addresses.insert("eipalloc-b".into(), address);
}

#[test]
fn what_the_plan_did_not_read_may_change() {
    assert_eq!(said(|_| ()), "it holds");
    assert_eq!(said(stranger), "it holds");
    let other = |world: &mut World| *world = with_function(with_other_network(world.clone()), "another");
    assert_eq!(said(other), "it holds");
}

#[test]
fn what_it_read_may_not_and_only_that_is_said() {
    insta::assert_snapshot!(said(|world| {
        stranger(world);
        table_mut(world, "lambda_prv_rt").routes.retain(|route| route.destination.to_string() != "0.0.0.0/0");
    }));
}

#[test]
fn a_function_that_somebody_changed_is_said_by_what_changed_of_it() {
    insta::assert_snapshot!(said(|world| {
        let function = world.function.functions.get_mut(&"f".into()).unwrap();
        function.revision = "r2".to_owned();
        function.update = UpdateState::InProgress;
    }));
}

#[test]
fn a_thing_that_is_gone_is_said_by_its_key() {
    let said = said(|world| {
        let old = id(world, Kind::Network, "lambda_vpc");
        world.network.networks.remove(&old);
    });
    assert!(said.starts_with("network/lambda_vpc (network-"), "{said}");
    assert!(said.ends_with("is gone"), "{said}");
}

#[test]
fn a_record_survives_its_json_and_is_what_its_spec_leads_to() {
    let record = record();
    let again: Record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
    assert_eq!(again, record);
    assert_eq!(again.check(), Ok(()));
}

#[test]
fn a_record_whose_plan_nobody_made_is_refused() {
    let mut altered = record();
    altered.plan.steps.last_mut().unwrap().id = StepId("another".to_owned());
    assert_eq!(altered.check(), Err(RecordError::OtherPlan));
}

#[test]
fn no_record_gives_an_address_away() {
    let world = run(&spec(), &empty(), apply_verb());
    let ip = world.gateway.addresses.values().next().unwrap().ip.unwrap();
    let verb = Verb::Destroy { release: BTreeSet::from([ip]), remove_role_policy: false };
    let record = Record::make(spec(), Request { verb, echo_url: ECHO.to_owned() }, world).unwrap();
    assert_eq!(record.check(), Err(RecordError::Releases));
}
