//! An in-process cloud: AWS's states, timings, quotas and errors, and an internet behind it, without an account.
//!
//! It has **one model** (the `cloud` module inside): a plain synchronous state machine whose storage is
//! [`egress_core::World`] plus what AWS keeps to itself. [`MockCloud`] is a door into it that speaks egress-core's traits; the
//! wire protocols are another one. Three things make it different from a stub:
//!
//! - **Time.** What takes time at AWS takes time here ([`TIMINGS`]), on whatever [`Clock`](egress_core::Clock) is handed in:
//!   a whole apply runs in virtual time in a test. Each duration is drawn from a generator keyed by the seed and the
//!   thing's name, so another order of calls gives the same durations ([`MockCloud::drawn`]).
//! - **Refusals.** Quotas, calls that come too often, dependencies, propagation, tokens and states are enforced with AWS's codes and sentences.
//! - **Packets.** A function that calls a URL is answered by a mock [`Internet`] whose hosts see the source address that
//!   [`egress_core::trace`] gives, or gets no answer where the packet dies.
//!
//! ```
//! use std::sync::Arc;
//! use egress_core::{Clock, CloudExt, Op, Outcome, Scope, Tags, Token, clock::VirtualClock, op::*};
//! use egress_mock::{Config, MockCloud, Timing};
//!
//! let clock = VirtualClock::new();
//! let cloud = MockCloud::new(Config::new(7).timing(Timing::aws()), Arc::new(clock.clone()));
//! clock.block_on(async {
//!     let op = NetworkOp::CreateNetwork(CreateNetwork { cidr: "10.0.0.0/16".parse().unwrap(), tags: Tags::new() });
//!     let outcome = cloud.apply(&Op::Network(op), &Token::new("t")).await;
//!     assert!(matches!(outcome, Outcome::Done(_)));
//!     // As at AWS, something new may be invisible for a moment.
//!     clock.sleep(cloud.pace().visibility).await;
//!     let world = cloud.observe(&Scope::Everything).await.unwrap();
//!     // A main route table, a default group and a default ACL came with the network.
//!     let part = &world.network;
//!     assert_eq!((part.networks.len(), part.route_tables.len(), part.groups.len(), part.acls.len()), (1, 1, 1, 1));
//! });
//! assert_eq!(cloud.calls().len(), 4); // the Op, and one observation of each family
//! ```

mod backend;
mod cloud;
#[cfg(feature = "crash")]
pub mod crash;
mod file;
mod internet;
mod mock;
mod net;
mod requests;
mod setup;
#[cfg(test)]
mod tests;
pub mod transport;
pub mod wire;

pub use cloud::{
    Api, Bug, Config, DefaultVpc, Drawn, Limit, NatFailure, PendingNatRoutes, Profile, Quotas, Request as ApiRequest,
    TIMINGS, Throttling, Timing, TimingRow, Wait,
};
pub use file::FileError;
pub use internet::{Host, Internet, PARTIES, Party, Request, Response, Seen, UnknownParty};
pub use mock::{CallRecord, MockCloud};
pub use net::Net;
pub use setup::{FunctionSetup, RoleSetup};
