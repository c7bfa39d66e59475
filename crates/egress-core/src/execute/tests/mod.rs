//! Execution against a small cloud in memory, in virtual time.

mod calls;
mod cloud;
mod interfaces;
mod plans;
mod proofs;
mod waits;
mod walk;

use std::{future::pending, time::Duration};

use super::*;
use crate::{clock::VirtualClock, plan::Plan};
use cloud::TestCloud;

pub(super) const PACE: Pace = Pace {
    nat_ready: Duration::from_secs(90),
    nat_gone: Duration::from_secs(60),
    address_in_use: Duration::from_secs(30),
    address_drained: Duration::from_secs(350),
    function_ready: Duration::from_secs(90),
    interfaces_gone: Duration::from_secs(240),
    other: Duration::from_secs(10),
    visibility: Duration::from_secs(30),
    patience: 5,
};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A run and all that came of it.
struct Ran {
    report: Report,
    events: Vec<Event>,
}

/// Runs a plan to its end on the cloud's own clock.
fn run(cloud: &TestCloud, plan: &Plan) -> Ran {
    run_with(cloud, plan, &options(), pending())
}

fn run_until(cloud: &TestCloud, plan: &Plan, stop_at: Duration) -> Ran {
    let clock = cloud.clock.clone();
    run_with(cloud, plan, &options(), async move { crate::Clock::sleep(&clock, stop_at).await })
}

fn options() -> Options {
    Options::new("nonce123", PACE)
}

fn run_with(cloud: &TestCloud, plan: &Plan, options: &Options, stop: impl Future<Output = ()> + Send) -> Ran {
    let clock: &VirtualClock = &cloud.clock;
    let mut events = Vec::new();
    let mut on_event = |event| events.push(event);
    let future = execute(plan, cloud, clock, options, stop, &mut on_event);
    let report = clock.block_on(sent(future));
    assert_eq!(cloud.under_way(), 0, "a call was not heard out");
    Ran { report, events }
}

/// The whole run may move between threads.
fn sent<F: Future + Send>(future: F) -> F {
    future
}

impl Ran {
    /// The ids of the steps that are done.
    fn done(&self) -> Vec<&str> {
        self.report.done.iter().map(|id| id.0.as_str()).collect()
    }

    fn not_run(&self) -> Vec<&str> {
        self.report.not_run.iter().map(|id| id.0.as_str()).collect()
    }

    /// The steps that failed, with their errors as a person reads them.
    fn failed(&self) -> Vec<String> {
        self.report.failed.iter().map(|(id, error)| format!("{id}: {error}")).collect()
    }

    /// When a step was done.
    fn done_at(&self, id: &str) -> Duration {
        let done = |e: &&Event| matches!(&e.what, What::Done { step, .. } if step.0 == id);
        self.events.iter().find(done).unwrap_or_else(|| panic!("{id} is not done: {:?}", self.report)).at
    }

    /// The pauses before the repetitions of a step, in milliseconds.
    fn pauses(&self, id: &str) -> Vec<u128> {
        let pause = |e: &Event| match &e.what {
            What::Retrying { step, pause, .. } if step.0 == id => Some(pause.as_millis()),
            _ => None,
        };
        self.events.iter().filter_map(pause).collect()
    }

    /// Every event on one line, waits left out.
    fn transcript(&self) -> String {
        self.events.iter().filter_map(|e| Some(format!("{:>7.3} {}\n", e.at.as_secs_f64(), line(&e.what)?))).collect()
    }
}

fn line(what: &What) -> Option<String> {
    Some(match what {
        What::Started { step, title, usual } => {
            format!("{step}: started: {title}{}", usual.map(|u| format!(" (usually {u:?})")).unwrap_or_default())
        }
        What::Waiting { .. } => return None,
        What::Retrying { step, error, pause } => format!("{step}: again in {pause:?}: {error}"),
        What::AddressKnown { key, ip } => format!("{key} is {ip}"),
        What::Proved { step, subnet, seen } => format!("{step}: {subnet} proved, seen {seen:?}"),
        What::Done { step, took, id } => {
            format!("{step}: done in {took:?}{}", id.as_ref().map(|id| format!(", made {id}")).unwrap_or_default())
        }
        What::Failed { step, error } => format!("{step}: failed: {error}"),
        What::Stopping => "stopping".to_owned(),
    })
}
