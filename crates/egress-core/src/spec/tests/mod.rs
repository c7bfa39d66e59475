//! Tests of the Spec.

mod bad;
mod good;
mod random;
mod render;
mod schema;
