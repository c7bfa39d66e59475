//! The lock against a small cloud in memory, in virtual time.

mod acquiring;
mod cloud;
mod keeping;
mod planning;
mod racing;

use std::{future::pending, time::Duration};

use super::*;
use crate::{StackName, clock::VirtualClock};
use cloud::LeaseCloud;

/// How long something may stay invisible.
const VISIBILITY: Duration = Duration::from_secs(30);
/// What 2026-11-25 is in seconds since 1970: clocks begin there.
const TODAY: Duration = Duration::from_secs(1_795_600_000);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn stack() -> StackName {
    StackName::new("shop").unwrap()
}

/// Somebody who wants the lock, and whose clock is right.
fn terms(who: &str) -> Terms {
    Terms { epoch: TODAY, ..Terms::new(stack(), who, "apply", format!("nonce-of-{who}"), VISIBILITY) }
}

/// Holds the lock for a while; tells when the work began, and what was told on the way.
async fn work(
    cloud: &LeaseCloud,
    clock: &VirtualClock,
    terms: &Terms,
    how_long: Duration,
) -> (Result<Duration, LeaseError>, Vec<LeaseEvent>) {
    let mut told = Vec::new();
    let mut tell = |event| told.push(event);
    let began = hold(cloud, clock, terms, pending(), &mut tell, async |_| {
        let began = crate::Clock::now(clock);
        crate::Clock::sleep(clock, how_long).await;
        began
    });
    let began = began.await;
    (began, told)
}
