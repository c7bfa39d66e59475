//! Networks that hang on hubs.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Tags,
    world::{InterfaceKind, RouteState, Target, TransitAttachment, TransitEnd},
};
use serde::{Deserialize, Serialize};

use super::gone;
use crate::cloud::{
    ApiError, Code, Model, Wait, error::invalid, hidden::Transition, interfaces::NewInterface, model::human_name,
    tags::check_ec2_tags,
};

/// The arguments of `CreateTransitGatewayVpcAttachment`, which knows no client token.
#[derive(Clone, Debug)]
pub(crate) struct CreateVpcAttachment {
    pub(crate) gateway: CloudId,
    pub(crate) vpc_id: CloudId,
    pub(crate) subnets: BTreeSet<CloudId>,
    pub(crate) options: AttachmentOptions,
    pub(crate) tags: Tags,
}

/// What an attachment was made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AttachmentOptions {
    /// Whether it carries IPv6.
    pub(crate) ipv6: bool,
    /// Whether both ways of a connection go through one zone.
    pub(crate) appliance_mode: bool,
}

impl Model {
    /// `CreateTransitGatewayVpcAttachment`: an interface in each of its subnets, one at most in a zone. Once it is available it
    /// is associated with the hub's table for that, and tells the one for that of its network.
    pub(crate) fn create_vpc_attachment(&mut self, args: CreateVpcAttachment) -> Result<CloudId, ApiError> {
        check_ec2_tags(&args.tags)?;
        self.transit_gateway(&args.gateway)?;
        self.check_transit_available(&args.gateway)?;
        self.vpc(&args.vpc_id)?;
        let mut zones = BTreeSet::new();
        for id in &args.subnets {
            let subnet = self.subnet(id)?;
            if subnet.network != args.vpc_id {
                // From memory [?].
                return Err(invalid(format!("Subnet {id} does not belong to VPC {}", args.vpc_id)));
            }
            if !zones.insert(subnet.zone.clone()) {
                let message = "Duplicate Subnets for same AZ";
                return Err(ApiError::new(Code::DuplicateSubnetsInSameZone, message));
            }
        }
        if self.hub_attachment(&args.gateway, &args.vpc_id).is_some() {
            let message = format!("{} has non-deleted Transit Gateway Attachments with same VPC ID.", args.gateway);
            return Err(ApiError::new(Code::TransitAttachmentDuplicate, message));
        }
        let name = human_name(&args.tags).to_owned();
        let id = self.new_id("tgw-attach", &name);
        for subnet in &args.subnets {
            let made = self.add_interface(NewInterface {
                subnet: subnet.clone(),
                kind: InterfaceKind::Other,
                groups: BTreeSet::new(),
                description: attachment_words(&id),
                whose: format!("{id} {subnet}"),
            });
            if made.is_none() {
                self.remove_attachment_interfaces(&id);
                let message = format!("There aren't sufficient free Ipv4 addresses or prefixes in the subnet {subnet}");
                return Err(ApiError::new(Code::NoFreeAddressInSubnet, message));
            }
        }
        let attachment = TransitAttachment {
            id: id.clone(),
            gateway: args.gateway,
            end: TransitEnd::Network { network: args.vpc_id, subnets: Some(args.subnets) },
            available: false,
            table: None,
            tags: args.tags,
        };
        self.world.network.transit.attachments.insert(id.clone(), attachment);
        self.hidden.facts.transit.attachments.insert(id.clone(), args.options);
        self.hidden.facts.made_at.insert(id.clone(), self.hidden.now);
        self.hide(&id, &name);
        let due = self.after(Wait::TransitAttachmentAvailable, &name);
        self.at(due, Transition::TransitAvailable(id.clone()));
        Ok(id)
    }

    /// `DeleteTransitGatewayVpcAttachment`: routes to it turn blackhole, on both sides.
    pub(crate) fn delete_vpc_attachment(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let attachment = self.transit_attachment(id)?.clone();
        let TransitEnd::Network { network, .. } = &attachment.end else {
            return Err(gone(Code::TransitAttachmentNotFound, "Transit Gateway VPC Attachment", id));
        };
        self.world.network.transit.attachments.remove(id);
        let facts = &mut self.hidden.facts.transit;
        facts.attachments.remove(id);
        facts.propagations.values_mut().for_each(|told_by| _ = told_by.remove(id));
        self.hidden.facts.made_at.remove(id);
        self.remove_attachment_interfaces(id);
        for table in self.world.network.transit.tables.values_mut() {
            for route in table.routes.iter_mut().flatten() {
                if route.attachments.remove(id) && route.attachments.is_empty() {
                    route.state = RouteState::Blackhole;
                }
            }
        }
        self.propagate();
        self.set_routes_to(&Target::TransitGateway(attachment.gateway), network, RouteState::Blackhole);
        Ok(())
    }

    /// The end of pending.
    pub(super) fn attachment_available(&mut self, id: &CloudId) {
        let Some(attachment) = self.world.network.transit.attachments.get_mut(id) else { return };
        attachment.available = true;
        let gateway = attachment.gateway.clone();
        let options = self.transit_options(&gateway);
        if let Some(attachment) = self.world.network.transit.attachments.get_mut(id) {
            attachment.table = options.association_table;
        }
        if let Some(table) = options.propagation_table {
            self.hidden.facts.transit.propagations.entry(table).or_default().insert(id.clone());
        }
        self.propagate();
    }

    /// The attachment, if calls see it.
    pub(crate) fn transit_attachment(&self, id: &CloudId) -> Result<&TransitAttachment, ApiError> {
        let found = self.world.network.transit.attachments.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| gone(Code::TransitAttachmentNotFound, "Transit Gateway Attachment", id))
    }

    /// The attachment of a network on a hub.
    pub(crate) fn hub_attachment(&self, gateway: &CloudId, of: &CloudId) -> Option<&TransitAttachment> {
        let joins = |a: &&TransitAttachment| matches!(&a.end, TransitEnd::Network { network, .. } if network == of);
        self.world.network.transit.attachments.values().filter(|a| &a.gateway == gateway).find(joins)
    }

    fn remove_attachment_interfaces(&mut self, id: &CloudId) {
        let words = attachment_words(id);
        let interfaces = self.world.network.interfaces.values().filter(|i| i.description == words);
        let interfaces: Vec<CloudId> = interfaces.map(|i| i.id.clone()).collect();
        interfaces.iter().for_each(|interface| self.remove_interface(interface));
    }
}

/// What is written on the interfaces of an attachment [doc].
fn attachment_words(id: &CloudId) -> String {
    format!("Network Interface for Transit Gateway Attachment {id}")
}
