//! The engine on the mock, in virtual time: the whole job, what it costs in calls, and how long it takes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod adopted;
mod calls;
mod conformance;
mod crash;
mod down;
mod failures;
mod forms;
mod journey;
mod lives;
mod lock;
mod makespan;
mod minds;
mod quotas;
mod sequence;
mod shapes;
mod stage;
mod throttling;
