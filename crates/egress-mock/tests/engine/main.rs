//! The engine on the mock, in virtual time: the whole job, what it costs in calls, and how long it takes.

mod calls;
mod conformance;
mod journey;
mod makespan;
mod stage;
