//! Execution: runs a Plan against a Cloud, and tells what happens as Events.
//!
//! [`execute`] walks the graph. A step begins as soon as all that it needs is done, and then
//!
//! - a *change* is called, called again while that may help, and settled by observation where its answer was lost;
//! - an *await* is handed to the watcher, which observes each family of resources for everyone who waits for it;
//! - a *sweep* deletes what it finds left behind once its time has come;
//! - a *prove* sends a packet, or follows its path, until it leaves from the right addresses.
//!
//! All of it happens in one task, and time is the clock's. After a failure nothing new is begun but what tidies up; after a
//! stop, nothing. Calls under way are always heard out, so that no effect goes unnoticed.

mod change;
mod engine;
mod graph;
mod judge;
mod look;
mod model;
mod patience;
mod prove;
mod run;
mod settle;
mod slots;
mod sweep;
mod watch;

#[cfg(test)]
mod tests;

pub use engine::execute;
pub use look::observe;
pub use model::*;
