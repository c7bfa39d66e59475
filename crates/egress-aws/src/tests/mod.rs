//! Tests of the whole client.

mod emulator;
#[cfg(feature = "fixture")]
mod journey;
#[cfg(feature = "fixture")]
mod moto;
mod wire;
