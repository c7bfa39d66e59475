//! One thing to try: a World, a function in it, and where the function calls.

use std::net::Ipv4Addr;

use egress_core::{CloudId, world::World};
use serde::{Deserialize, Serialize};

/// A World and what is asked of it. It is written to a file where the answers differ, and read back by `--case`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Case {
    /// What the generator did to a working World.
    pub(super) twists: Vec<Twisted>,
    /// Who calls.
    pub(super) function: CloudId,
    /// Where to.
    pub(super) probes: Vec<Probe>,
    /// Where all that is.
    pub(super) world: World,
}

/// A twist that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Twisted {
    /// Its name.
    pub(super) name: String,
    /// The subnet of the function's that it was done at.
    pub(super) at: CloudId,
}

/// A TCP server that the function calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Probe {
    /// Its address.
    pub(super) to: Ipv4Addr,
    /// Its port.
    pub(super) port: u16,
}

impl Case {
    /// The subnets that the function runs in.
    pub(super) fn subnets(&self) -> Vec<CloudId> {
        let attachment = self.world.function.functions.get(&self.function).and_then(|f| f.attachment.as_ref());
        attachment.map(|a| a.subnets.iter().cloned().collect()).unwrap_or_default()
    }
}
