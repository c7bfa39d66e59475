//! `egress` gives serverless functions a fixed outbound IP, and proves it. This crate is its engine, for any cloud.

pub mod clock;
pub mod cloud;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
pub mod execute;
mod id;
mod key;
pub mod layer;
pub mod op;
pub mod plan;
pub mod probe;
pub mod report;
pub mod spec;
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
pub use tags::{Owner, Tags};
pub use world::World;
