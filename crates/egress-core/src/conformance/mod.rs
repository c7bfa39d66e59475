//! The laws that every backend must keep, as one suite over any [`Cloud`](crate::Cloud).
//!
//! The engine relies on a cloud in few ways: what is *done* is seen, what is *failed* changed nothing, what is made carries
//! its tags from the start, an address stays what it is. The suite holds a backend to these laws and to no vendor's
//! habits: where clouds rightly differ (whether deleting a thing that is gone is *done* or *failed*, how soon a gateway
//! works, whether functions leave interfaces behind), it takes any of the answers that the engine takes.
//!
//! Each case in [`CASES`] makes what it needs in a stack of its own and takes it all down again; that nothing stays is part
//! of the law. Time is the clock's that is handed in, so the suite takes moments on a simulated cloud, and an hour on a
//! real one.
//!
//! ```no_run
//! use std::time::Duration;
//! use egress_core::{Cloud, StackName, clock::VirtualClock, conformance::{self, Fixture, Subject}};
//!
//! # fn my_cloud(_: &VirtualClock) -> Box<dyn Cloud> { unimplemented!() }
//! let clock = VirtualClock::new();
//! let cloud = my_cloud(&clock);
//! let subject = Subject { cloud: &*cloud, clock: &clock, fixture: Fixture::new(StackName::new("laws")?, "n0nce") };
//! let report = clock.block_on(conformance::run(&subject));
//! report.passed().map_err(|failures| failures.to_string())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A suite that nothing fails proves nothing: [`kill_all`] puts each of the deliberately wrong layers in [`WRONG`] around a
//! right cloud, and tells which of them the suite caught. One that only one vendor can pass proves too much: the layers in
//! [`ROUGH`] make a right cloud hard to live with, and it must still pass. `examples/other-cloud` runs all of them.

mod address;
mod function;
mod gateway;
mod kill;
mod lease;
mod nat_address;
mod network;
mod observation;
mod ops;
mod probe;
mod report;
mod rig;
mod route;
mod run;
mod site;
mod subject;
mod sweep;
mod view;
mod well_formed;
mod wrong;

pub use kill::{Kill, Kills, kill_all, try_each};
pub use report::{CaseOutcome, CaseResult, Failures, Report};
pub use run::{CASES, Case, run, run_telling};
pub use subject::{Fixture, Subject};
pub use wrong::{ROUGH, Variant, WRONG};
