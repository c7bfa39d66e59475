//! Questions about a stack, answered from plain data. What comes out is what JSON shows and what `render` draws.

mod all_ips;
mod diagnosed;
mod ips;
mod lock;
mod named;
#[cfg(test)]
mod schemas;
mod status;
mod traced;
mod verify;

pub(crate) use all_ips::{AllIps, FunctionIps};
pub(crate) use diagnosed::{Diagnosed, Found, Grade, Looked, Strays};
pub(crate) use ips::{EgressIp, IpUse, Ips, egress_ips};
pub(crate) use lock::Lock;
pub(crate) use status::{FunctionStatus, Resource, Standing, Status, Where, leaving, status};
pub(crate) use traced::{Traced, TracedHop, TracedPath, TracedPlace, TracedQuery, TracedReason, Word};
pub(crate) use verify::{DeadEnd, External, Proven, Verified, dead_ends, external};
