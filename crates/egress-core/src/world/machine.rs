//! Machines.

use serde::{Deserialize, Serialize};

use crate::{CloudId, Tags};

/// A machine: what a packet's source may be, and what may translate packets by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// What the cloud calls it.
    pub id: CloudId,
    /// Whether it runs: one that does not neither sends nor forwards.
    pub running: bool,
    /// Its first interface, which a route to the machine leads to.
    pub interface: Option<CloudId>,
    /// Its tags.
    pub tags: Tags,
}
