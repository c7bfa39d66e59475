//! `egress` gives serverless functions a fixed outbound IP, and proves it. This crate is its engine, for any cloud.
//!
//! Partners with an IP allow-list cannot admit functions whose outbound addresses come from a large pool that changes. The
//! cure is a network whose only way out is a NAT gateway with an address of one's own. The engine plans that network, proves
//! it, makes it, moves functions onto it only behind the proof, and takes it down again without ever losing the address.
//!
//! A [`Spec`](spec::Spec) says what is wanted, a [`World`] is what a cloud holds. [`plan::plan`] compares the two and makes a
//! [`Plan`](plan::Plan): pure, deterministic, and proven in memory by [`trace::trace`] before anything is made.
//! [`execute::execute`] runs it against a [`Cloud`]. Nothing here reads a clock, a file, the environment or the network: what
//! the engine needs of them is handed in.
//!
//! ```
//! use egress_core::{World, plan::{Fate, Request, Verb, plan}, spec, world::Zone};
//!
//! let spec = spec::parse("stack = \"shop\"\npreset = \"lambda-static-ip\"\n")?.spec;
//!
//! // An account with two zones and nothing in it. A backend would observe it.
//! let mut world = World::default();
//! for (name, id) in [("us-east-1a", "use1-az1"), ("us-east-1b", "use1-az2")] {
//!     world.network.zones.push(Zone { name: name.into(), id: id.into(), functions: true });
//! }
//!
//! let verb = Verb::Apply { permits: Default::default() };
//! let plan = plan(&spec, &world, &Request { verb, echo_url: "https://ip.example/".into() })?;
//! assert_eq!(plan.addresses[0].fate, Fate::New);
//! assert_eq!(plan.steps[0].id.to_string(), "allocate address/lambda_nat");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! To bring a cloud of your own, implement [`NetworkProvider`], [`GatewayProvider`] and [`FunctionProvider`] (eight methods in
//! all), and hold it to the laws that the engine relies on with the suite of the feature `conformance`. `examples/other-cloud`
//! in the repository does just that.

pub mod adopt;
pub mod clock;
pub mod cloud;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod doctor;
mod error;
pub mod execute;
mod id;
mod key;
pub mod layer;
pub mod lease;
pub mod limits;
pub mod op;
pub mod plan;
pub mod probe;
pub mod quota;
pub mod report;
pub mod spec;
mod sync;
pub mod tags;
pub mod trace;
pub mod world;

pub use async_trait::async_trait;
pub use clock::{Clock, VirtualClock};
pub use cloud::{
    Cloud, CloudExt, Effect, FunctionProvider, GatewayProvider, Invocation, Invoked, NetworkProvider, Outcome, Scope,
    Token,
};
pub use error::{CloudError, ErrorKind, Retry};
pub use id::{BadStackName, CloudId, StackName};
pub use ipnet;
pub use key::{BadKey, Key, Kind};
pub use op::{Family, Op};
pub use quota::Quotas;
pub use tags::{Owner, Tags};
pub use world::World;
