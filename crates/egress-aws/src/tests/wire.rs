//! The client over an in-process connector, in virtual time: what is sent, how often, and what comes of it.

pub(super) mod connector;
mod observing;
mod outcomes;
mod sending;
