//! Internet gateways, egress-only gateways and addresses.

use std::collections::BTreeMap;

use egress_core::{
    CloudId,
    world::{Address, EgressOnlyGateway, Holder, InternetGateway},
};

use super::{
    shapes,
    tags::{Tag, tag_list, tags},
};
use crate::text::{Read, filled, id, id_if, ip, must};

shapes! {
    /// An internet gateway.
    InternetGatewayShape {
        internet_gateway_id: Option<String>,
        attachments: Vec<GatewayAttachment>,
        owner_id: Option<String>,
        tags: Vec<Tag>,
    }
    /// A network that a gateway is attached to.
    GatewayAttachment { state: Option<String>, vpc_id: Option<String>, }
    /// An egress-only internet gateway.
    EgressOnlyInternetGateway {
        egress_only_internet_gateway_id: Option<String>,
        attachments: Vec<GatewayAttachment>,
        tags: Vec<Tag>,
    }
    /// An Elastic IP.
    AddressShape {
        allocation_id: Option<String>,
        public_ip: Option<String>,
        association_id: Option<String>,
        network_interface_id: Option<String>,
        network_border_group: Option<String>,
        tags: Vec<Tag>,
    }
}

/// An internet gateway. One that is being attached or detached still counts as attached: it is not free yet.
pub(crate) fn internet_gateway(gateway: InternetGatewayShape) -> Read<Option<InternetGateway>> {
    Ok(Some(InternetGateway {
        id: id("InternetGatewayId", gateway.internet_gateway_id.as_deref())?,
        network: attached_to(&gateway.attachments),
        tags: tags(gateway.tags),
    }))
}

/// An egress-only gateway.
pub(crate) fn egress_only_gateway(gateway: EgressOnlyInternetGateway) -> Read<Option<EgressOnlyGateway>> {
    Ok(Some(EgressOnlyGateway {
        id: id("EgressOnlyInternetGatewayId", gateway.egress_only_internet_gateway_id.as_deref())?,
        network: attached_to(&gateway.attachments),
        tags: tags(gateway.tags),
    }))
}

fn attached_to(attachments: &[GatewayAttachment]) -> Option<CloudId> {
    let mut attached = attachments.iter().filter(|a| a.state.as_deref() != Some("detached"));
    attached.next().and_then(|attachment| id_if(attachment.vpc_id.as_deref()))
}

/// An address. `describe-addresses` does not tell which NAT gateway holds one, only that something does.
pub(crate) fn address(address: AddressShape, holders: &BTreeMap<CloudId, Holder>) -> Read<Option<Address>> {
    let id = id("AllocationId", address.allocation_id.as_deref())?;
    let is_associated = filled(address.association_id.as_deref()).is_some();
    let holder = holders.get(&id).filter(|holder| is_associated || !holder.leaving);
    Ok(Some(Address {
        ip: Some(ip(must("PublicIp", address.public_ip.as_deref())?)?),
        interface: id_if(address.network_interface_id.as_deref()),
        nat_gateway: holder.map(|holder| holder.gateway.clone()),
        tags: tags(address.tags),
        id,
    }))
}

/// The shape of an internet gateway.
pub(crate) fn internet_gateway_shape(gateway: &InternetGateway, account: &str) -> InternetGatewayShape {
    InternetGatewayShape {
        internet_gateway_id: Some(gateway.id.to_string()),
        attachments: attachment(gateway.network.as_ref(), "available"),
        owner_id: Some(account.to_owned()),
        tags: tag_list(&gateway.tags),
    }
}

/// The shape of an egress-only gateway.
pub(crate) fn egress_only_gateway_shape(gateway: &EgressOnlyGateway) -> EgressOnlyInternetGateway {
    EgressOnlyInternetGateway {
        egress_only_internet_gateway_id: Some(gateway.id.to_string()),
        attachments: attachment(gateway.network.as_ref(), "attached"),
        tags: tag_list(&gateway.tags),
    }
}

fn attachment(network: Option<&CloudId>, state: &str) -> Vec<GatewayAttachment> {
    let attached =
        |network: &CloudId| GatewayAttachment { state: Some(state.to_owned()), vpc_id: Some(network.to_string()) };
    network.map(attached).into_iter().collect()
}

/// The shape of an address; `None` for one without an IP, which only the World that a Plan would lead to has.
pub(crate) fn address_shape(address: &Address, region: &str) -> Option<AddressShape> {
    let ip = address.ip?;
    let is_held = address.interface.is_some() || address.nat_gateway.is_some();
    let suffix = address.id.as_str().trim_start_matches("eipalloc-");
    Some(AddressShape {
        allocation_id: Some(address.id.to_string()),
        public_ip: Some(ip.to_string()),
        association_id: is_held.then(|| format!("eipassoc-{suffix}")),
        network_interface_id: address.interface.as_ref().map(ToString::to_string),
        network_border_group: Some(region.to_owned()),
        tags: tag_list(&address.tags),
    })
}
