//! The engine on the mock, in virtual time: the whole job, what it costs in calls, and how long it takes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod calls;
mod conformance;
mod forms;
mod journey;
mod lives;
mod makespan;
mod minds;
mod sequence;
mod shapes;
mod stage;
