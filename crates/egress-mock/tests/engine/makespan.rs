//! How long apply and destroy take, against a bound that knows nothing of Plans.
//!
//! The bound is the longest path through a hand-written list of what must come before what, with the durations that the mock
//! drew. Two sorts of precedence stand in it: AWS's own (a subnet needs its network), and, marked «promise», the two that
//! egress gives to users: a function is moved only onto a path that a probe has proven, and a gateway is deleted only once
//! no function leaves through it. A call is taken to need the shortest time of any call.

use std::{collections::BTreeMap, time::Duration};

use egress_core::plan::{Plan, StepId, Verb};
use egress_mock::{Drawn, Timing, Wait};

use crate::stage::*;

/// The most that a run may take, as a multiple of the bound.
const AT_MOST: f64 = 1.05;
const SEEDS: u64 = 100;

/// Something that takes time: its name, what it takes, and what must be over before.
pub(crate) type Activity = (&'static str, Takes, &'static [&'static str]);

pub(crate) enum Takes {
    /// One call.
    Call,
    /// A call, and then what AWS needs: as drawn for this subject.
    Aws(Wait, &'static str),
    /// A call whose result other calls see only after a while.
    Seen(&'static str),
}
use Takes::{Aws, Call, Seen};

pub(crate) const APPLY: &[Activity] = &[
    ("observe", Call, &[]),
    ("address", Seen("eipalloc lambda_nat"), &["observe"]),
    ("network", Seen("vpc lambda_vpc"), &["observe"]),
    ("igw", Seen("igw lambda_igw"), &["observe"]),
    ("igw attached", Call, &["igw", "network"]),
    ("public subnet", Seen("subnet lambda_pub"), &["network"]),
    ("private subnet 1", Seen("subnet lambda_prv1"), &["network"]),
    ("private subnet 2", Seen("subnet lambda_prv2"), &["network"]),
    ("group", Seen("sg lambda_sg"), &["network"]),
    ("public table", Seen("rtb lambda_pub_rt"), &["network"]),
    ("private table", Seen("rtb lambda_prv_rt"), &["network"]),
    ("public association", Call, &["public table", "public subnet"]),
    ("association 1", Call, &["private table", "private subnet 1"]),
    ("association 2", Call, &["private table", "private subnet 2"]),
    ("public route", Call, &["public table", "igw attached"]),
    ("nat", Aws(Wait::NatAvailable, "lambda_nat"), &["address", "public subnet", "igw attached"]),
    ("private route", Call, &["private table", "public subnet", "igw attached", "address"]),
    ("memory", Call, &["observe"]),
    ("permission", Aws(Wait::GrantUsable, "f-role/managed"), &["memory"]),
    ("probe role", Aws(Wait::RoleUsable, "egress-probe-demo"), &["observe"]),
    ("probe permission", Aws(Wait::GrantUsable, "egress-probe-demo/managed"), &["observe"]),
    ("probe 1", Aws(Wait::InterfaceCreated, "lambda_prv1+lambda_sg"), PROBE_1),
    ("probe 2", Aws(Wait::InterfaceCreated, "lambda_prv2+lambda_sg"), PROBE_2),
    ("proof 1", Call, &["probe 1", "nat", "private route", "association 1", "public route", "public association"]),
    ("proof 2", Call, &["probe 2", "nat", "private route", "association 2", "public route", "public association"]),
    // Promise: a function is moved only onto proven paths.
    ("function", Aws(Wait::FunctionUpdated, "f"), &["proof 1", "proof 2", "permission", "memory"]),
];

const PROBE_1: &[&str] = &["probe role", "probe permission", "private subnet 1", "group"];
const PROBE_2: &[&str] = &["probe role", "probe permission", "private subnet 2", "group"];

const DESTROY: &[Activity] = &[
    ("observe", Call, &[]),
    ("function", Aws(Wait::FunctionUpdated, "f"), &["observe"]),
    ("interface 1", Aws(Wait::InterfaceReleasedAfterDetach, "lambda_prv1+lambda_sg"), &["function"]),
    ("interface 2", Aws(Wait::InterfaceReleasedAfterDetach, "lambda_prv2+lambda_sg"), &["function"]),
    // Promise: a gateway is deleted only once no function leaves through it.
    ("nat", Aws(Wait::NatDeleted, "lambda_nat"), &["function"]),
    ("igw detached", Call, &["nat"]),
    ("igw", Call, &["igw detached"]),
    ("private subnet 1", Call, &["interface 1"]),
    ("private subnet 2", Call, &["interface 2"]),
    ("public subnet", Call, &["nat"]),
    ("group", Call, &["interface 1", "interface 2"]),
    ("network", Call, &["igw detached", "private subnet 1", "private subnet 2", "public subnet", "group"]),
    ("probe role", Call, &["interface 1", "interface 2"]),
];

/// How long an activity takes at the least, of what was drawn for the things that `named` gives for the list's names.
pub(crate) fn least(takes: &Takes, drawn: &[Drawn], named: impl Fn(&str) -> String) -> Duration {
    let call = Duration::from_millis(Wait::Call.row().ms[0]);
    let aws = |wait: Wait, subject: &str| {
        let subject = named(subject);
        let drawn = drawn.iter().find(|d| d.wait == wait && d.subject == subject);
        drawn.unwrap_or_else(|| panic!("{wait:?} of {subject} was never drawn")).took
    };
    match takes {
        Call => call,
        Aws(wait, subject) => call + aws(*wait, subject),
        Seen(subject) => call + aws(Wait::Visible, subject),
    }
}

/// The end of the longest path.
fn bound(activities: &[Activity], stage: &Stage) -> Duration {
    let drawn = stage.cloud.drawn();
    let mut ends: BTreeMap<&str, Duration> = BTreeMap::new();
    for (name, takes, after) in activities {
        let begins = after.iter().map(|before| ends[before]).max().unwrap_or_default();
        ends.insert(name, begins + least(takes, &drawn, str::to_owned));
    }
    ends.into_values().max().unwrap_or_default()
}

/// The worst ratio of what apply and what destroy took to their bounds, over all seeds.
fn worst(spoil: impl Fn(&mut Plan)) -> (f64, f64) {
    let run = |stage: &Stage, verb: Verb, activities: &[Activity]| {
        let began = stage.now();
        let mut plan = stage.plan(verb).unwrap();
        spoil(&mut plan);
        let report = stage.execute(&plan);
        assert!(report.is_complete(), "{:?}", report.failed);
        (stage.now() - began).as_secs_f64() / bound(activities, stage).as_secs_f64()
    };
    let mut worst = (0f64, 0f64);
    for seed in 0..SEEDS {
        let stage = Stage::new(seed, Timing::aws());
        worst.0 = worst.0.max(run(&stage, apply(), APPLY));
        worst.1 = worst.1.max(run(&stage, destroy(), DESTROY));
    }
    worst
}

#[test]
fn apply_and_destroy_take_at_most_a_twentieth_longer_than_they_must() {
    let (apply, destroy) = worst(|_| {});
    println!("makespan over its bound, worst of {SEEDS} draws: apply {apply:.4}, destroy {destroy:.4}");
    assert!((1.0..=AT_MOST).contains(&apply), "apply took {apply:.4} of its bound");
    assert!((1.0..=AT_MOST).contains(&destroy), "destroy took {destroy:.4} of its bound");
}

/// The check above would notice a Plan that waits where it need not.
#[test]
fn a_needless_dependency_is_noticed() {
    let (apply, _) = worst(|plan| need(plan, "create probe/lambda_prv1", "await nat-gateway/lambda_nat ready"));
    assert!(apply > AT_MOST, "apply with a needless dependency took {apply:.4} of its bound");
    let (_, destroy) = worst(|plan| {
        need(plan, "await subnet/lambda_prv1 free of functions' interfaces", "await nat-gateway/lambda_nat gone");
        need(plan, "delete nat-gateway/lambda_nat", "await subnet/lambda_prv2 free of functions' interfaces");
    });
    assert!(destroy > AT_MOST, "destroy with a needless dependency took {destroy:.4} of its bound");
}

fn need(plan: &mut Plan, step: &str, needs: &str) {
    for step in plan.steps.iter_mut().filter(|s| s.id.0 == step) {
        step.needs.insert(StepId(needs.to_owned()));
    }
}
