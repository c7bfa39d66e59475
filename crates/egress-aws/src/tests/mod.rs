//! Tests of the whole client.

#[cfg(feature = "fixture")]
mod journey;
#[cfg(feature = "fixture")]
mod moto;
mod wire;
