//! The forecast: what a plan needs is held against what there is room for, and says beforehand what the cloud would refuse.

use std::collections::BTreeSet;

use egress_core::{
    CloudExt, ErrorKind, NetworkProvider, Scope,
    execute::StepError,
    plan::{Plan, forecast},
    quota::{Basis, Counted, Need, Shortage},
};
use egress_mock::{Config, NatFailure, Quotas, Timing};

use crate::stage::*;

const ZONE: &str = "ap-northeast-1a";

fn gateways() -> Counted {
    Counted::NatGateways { zone: ZONE.to_owned() }
}

fn short(stage: &Stage, plan: &Plan) -> Vec<Shortage> {
    let asked: BTreeSet<Counted> = plan.needs.iter().map(|need| need.what.clone()).collect();
    forecast(plan, &stage.clock.block_on(stage.cloud.quotas(&asked)).unwrap())
}

fn stage(quotas: Quotas) -> Stage {
    Stage::with_config(Config::new(1).timing(Timing::aws()).quotas(quotas), FUNCTION)
}

#[test]
fn a_plan_says_what_it_needs_and_an_empty_one_needs_nothing() {
    let stage = stage(Quotas::default());
    let need = |what, count| Need { what, count };
    let needs = stage.plan(apply()).unwrap().needs;
    // The probes and the function share the interfaces of the two subnets.
    let all = [
        need(Counted::Networks, 1),
        need(Counted::InternetGateways, 1),
        need(Counted::Addresses, 1),
        need(gateways(), 1),
        need(Counted::FunctionInterfaces { network: None }, 2),
    ];
    assert_eq!(needs, all);
    stage.run(apply());
    assert_eq!(stage.plan(apply()).unwrap().needs, []);
    assert_eq!(stage.plan(destroy()).unwrap().needs, []);
    // The address is kept, so what comes after needs none.
    stage.run(destroy());
    assert_eq!(stage.plan(apply()).unwrap().needs, [&all[..2], &all[3..]].concat());
}

#[test]
fn what_is_forecast_is_what_the_cloud_would_refuse() {
    let ample = Quotas::default();
    let tight = [
        (Counted::Networks, Quotas { vpcs: 0, ..ample }),
        (Counted::InternetGateways, Quotas { internet_gateways: 0, ..ample }),
        (Counted::Addresses, Quotas { addresses: 0, ..ample }),
        (gateways(), Quotas { nat_gateways_per_zone: 0, ..ample }),
    ];
    for (what, quotas) in tight {
        let stage = stage(quotas);
        let plan = stage.plan(apply()).unwrap();
        let [shortage] = &short(&stage, &plan)[..] else { panic!("{what:?}") };
        assert_eq!((&shortage.room.what, shortage.needed, shortage.room.limit), (&what, 1, 0));
        assert_eq!((shortage.room.used, shortage.room.basis), (0, Basis::Told));
        let report = stage.execute(&plan);
        let quota = |error: &StepError| matches!(error, StepError::Cloud(e) if e.kind == ErrorKind::Quota);
        assert!(report.failed.iter().any(|(_, error)| quota(error)), "{what:?}: {:#?}", report.failed);
    }
    let exact = Quotas { vpcs: 1, internet_gateways: 1, addresses: 1, nat_gateways_per_zone: 1, ..ample };
    let stage = stage(exact);
    let plan = stage.plan(apply()).unwrap();
    assert_eq!(short(&stage, &plan), []);
    assert!(stage.execute(&plan).is_complete());
}

#[test]
fn interfaces_that_a_network_has_no_room_for_are_forecast() {
    let stage = stage(Quotas { function_interfaces_per_vpc: 1, ..Quotas::default() });
    let plan = stage.plan(apply()).unwrap();
    let said: Vec<String> = short(&stage, &plan).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["it needs 2 functions' interfaces, and 0 of 1 are used"]);
}

#[test]
fn a_gateway_that_failed_takes_no_room_from_the_one_that_replaces_it() {
    let stage = stage(Quotas { nat_gateways_per_zone: 1, ..Quotas::default() });
    stage.cloud.fail_next_nat_gateway(NatFailure::InternalError);
    stage.execute(&stage.plan(apply()).unwrap());
    let plan = stage.plan(apply()).unwrap();
    assert!(plan.needs.contains(&Need { what: gateways(), count: 1 }), "{:?}", plan.needs);
    assert_eq!(short(&stage, &plan), []);
    assert!(stage.execute(&plan).is_complete());
}

#[test]
fn the_room_names_what_takes_it() {
    let stage = stage(Quotas { vpcs: 1, ..Quotas::default() });
    stage.run(apply());
    let network = stage.cloud.world().network.networks.into_keys().next().unwrap();
    let mut other = stage;
    other.spec = named("other", &other);
    let plan = other.plan(apply()).unwrap();
    let said: Vec<String> = short(&other, &plan).iter().map(ToString::to_string).collect();
    assert_eq!(said, [format!("it needs 1 network, and 1 of 1 are used: {network}")]);
    // A question for room changes nothing and is counted as a call.
    let world = other.clock.block_on(other.cloud.observe(&Scope::Everything)).unwrap();
    assert_eq!(world.network.networks.len(), 1);
    assert!(other.cloud.calls().iter().any(|call| call.name == "observe quotas"));
}

/// The stage's Spec for a stack of another name, without functions.
fn named(stack: &str, stage: &Stage) -> egress_core::spec::Spec {
    let stack = egress_core::StackName::new(stack).unwrap();
    egress_core::spec::Spec { stack, functions: Vec::new(), ..stage.spec.clone() }
}
