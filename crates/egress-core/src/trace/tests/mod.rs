//! Tests of the whole engine, over Worlds that differ a little from the reference topology.

mod answers;
mod drops;
mod facts;
mod filters;
mod ipv6;
mod laws;
mod routes;
