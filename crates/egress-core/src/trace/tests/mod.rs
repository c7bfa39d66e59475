//! Tests of the whole engine, over Worlds that differ a little from the reference topology.

mod answers;
mod drops;
mod filters;
mod hops;
mod laws;
mod routes;
