//! Transit gateways: hubs, what hangs on them, and their route tables.
//!
//! What goes is gone at once here, where AWS lists it as `deleting` and `deleted` for a while `[?]`.

mod attachments;
mod gateways;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use egress_core::CloudId;
use serde::{Deserialize, Serialize};

pub(crate) use attachments::{AttachmentOptions, CreateVpcAttachment};
pub(crate) use gateways::{CreateTransitGateway, GatewayOptions};

use super::{ApiError, Code, Model};

/// What AWS knows of hubs beyond the World.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TransitFacts {
    /// What hubs were made with.
    pub(crate) gateways: BTreeMap<CloudId, GatewayOptions>,
    /// What attachments were made with.
    pub(crate) attachments: BTreeMap<CloudId, AttachmentOptions>,
    /// Which attachments tell a table of their networks, by table.
    pub(crate) propagations: BTreeMap<CloudId, BTreeSet<CloudId>>,
    /// Hubs and tables that are pending. Of attachments the World itself says so.
    pub(crate) pending: BTreeSet<CloudId>,
}

impl Model {
    /// Something of a hub's is through with its making.
    pub(crate) fn transit_available(&mut self, id: &CloudId) {
        self.hidden.facts.transit.pending.remove(id);
        if self.world.network.transit.attachments.contains_key(id) {
            self.attachment_available(id);
        }
    }

    fn check_transit_available(&self, id: &CloudId) -> Result<(), ApiError> {
        if !self.hidden.facts.transit.pending.contains(id) {
            return Ok(());
        }
        // The code is that of Terraform's provider, which waits for it; the sentence is from memory [?].
        Err(ApiError::new(Code::IncorrectState, format!("{id} is in invalid state")))
    }
}

/// AWS's sentence about something of a hub's that is not there, from memory `[?]`.
fn gone(code: Code, noun: &str, id: &CloudId) -> ApiError {
    ApiError::new(code, format!("{noun} {id} was deleted or does not exist."))
}
