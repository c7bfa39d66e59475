//! Where a packet goes: the Verdict on a path, from plain data.
//!
//! The one engine of the house: it answers users, proves the planner's plans and is the mock's data plane. It never skips a
//! hop that it cannot model; the Verdict is then *unknown*, and says what is missing.
//!
//! A [`Query`] says who sends what where; [`trace`] gives a [`Trace`]: the [`Verdict`], and every [`Path`] with its hops. One
//! path stands for all destinations that are treated alike, so that "the internet" is answered exactly and not by a sample.
//! Why a packet dies is a [`Reason`], which names its rule; all rules stand in one table, see [`RuleId`].
//!
//! It models both families of addresses, in one account and region: route tables, internet, NAT and egress-only gateways, NAT
//! instances, peerings and hubs into networks of the same World, endpoints and the names that they claim, security groups, ACLs
//! and Block Public Access. What other accounts do with a packet it does not see, and says so.
//!
//! ```
//! use egress_core::{trace::*, world::Protocol, World};
//!
//! let query = Query { source: Source::Function("pay".into()), to: To::Internet, protocol: Protocol::Tcp, port: 443 };
//! let trace = trace(&World::default(), &query);
//! let missing = vec!["the function pay".to_owned()];
//! assert_eq!(trace.verdict, Verdict::Unknown { sources: [].into(), missing });
//! ```

mod acl;
mod answer;
mod arrive;
mod atlas;
mod block;
mod egress_only;
mod elsewhere;
mod endpoint;
mod engine;
mod entry;
mod gateway;
mod group;
mod inside;
mod machine;
mod names;
mod nat;
mod parts;
mod path;
mod peering;
mod query;
mod resolver;
mod route;
mod rules;
#[cfg(test)]
pub(crate) mod scenes;
mod sender;
mod span;
mod special;
mod spoke;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transit;
mod way;

pub use answer::{Hop, Path, Reason, SourceAddress, Trace, Verdict};
pub use atlas::Atlas;
pub use engine::trace;
pub(crate) use names::names_of;
pub use query::{Query, Source, To};
pub use rules::{RuleId, Severity};
