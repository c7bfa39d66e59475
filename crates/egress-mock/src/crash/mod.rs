//! Stopping the engine at every call: what must hold after any crash, lost answer or refusal, tried in full.
//!
//! A [`Scenario`] is data: an account, the file before, the file after, and a command. Its [`Life`] is that command, run on
//! a fork of the account with [`Fault`]s at certain calls, and run again, with nothing but the file and the cloud, until
//! it comes to its end. Then the account must be [`plain`]ly the same as after the undisturbed command: nothing twice,
//! nothing left over, nothing missing. On the way no address may be lost that was not named, and no function may lose a
//! working path or be seen from an address that the undisturbed command never showed. All of this is read from the model
//! and its data plane, never from what the engine says of itself.
//!
//! [`exhaust`] tries every call of a command in one [`Way`], and [`spread`] some of them; [`sample`] draws pairs of faults, the second one later in the
//! same run or in the run that mends it. A [`Door`] says how the engine gets to the cloud: by egress-core's traits, or as a
//! test of another backend has it, by a wire.

mod door;
mod fault;
mod judge;
mod life;
mod matrix;
mod paths;
mod plain;
mod scenario;

pub use door::{Direct, Door};
pub use fault::{Fault, Faults, Way};
pub use judge::complaints;
pub use life::{Life, Undisturbed, live};
pub use matrix::{Bench, Failure, Tally, exhaust, sample, spread};
pub use paths::Paths;
pub use plain::plain;
pub use scenario::{Command, Scenario, Start, Topology, scenarios};
