//! Transit gateways: hubs, what hangs on them, their route tables and routes.

mod attachments;
mod gateways;
mod routes;
mod tables;

pub(super) use attachments::ACTIONS as ATTACHMENTS;
pub(super) use gateways::ACTIONS as GATEWAYS;
pub(super) use routes::ACTIONS as ROUTES;
pub(super) use tables::ACTIONS as TABLES;

use egress_core::{
    CloudId,
    world::{TransitAttachment, TransitEnd},
};

use crate::{
    cloud::{ApiError, Model},
    wire::ec2::{shape::moment, shape::only_text},
};

/// When something of a hub's was made.
fn made(model: &Model, id: &CloudId) -> String {
    moment(model.hidden.facts.made_at.get(id).copied().unwrap_or_default())
}

/// `pending`, then `available`.
fn state(model: &Model, id: &CloudId) -> &'static str {
    if model.hidden.facts.transit.pending.contains(id) { "pending" } else { "available" }
}

fn attachment_state(attachment: &TransitAttachment) -> &'static str {
    if attachment.available { "available" } else { "pending" }
}

/// What sort of thing an attachment joins to the hub, and which one.
fn resource(attachment: &TransitAttachment) -> (&str, Option<&CloudId>) {
    match &attachment.end {
        TransitEnd::Network { network, .. } => ("vpc", Some(network)),
        TransitEnd::Other { kind, id } => (kind, id.as_ref()),
    }
}

/// `enable` or `disable`, which is how hubs say yes and no.
const fn yes_no(on: bool) -> &'static str {
    if on { "enable" } else { "disable" }
}

/// Whether an option is wanted that this cloud can have and not have.
fn switch(name: &str, given: Option<&String>, usual: bool) -> Result<bool, ApiError> {
    only_text(name, given, &["enable", "disable"])?;
    Ok(given.map_or(usual, |given| given == "enable"))
}
