//! NAT gateways.

use egress_core::world::{NatAddress, NatAddressState, NatGateway, NatScope, NatState};

use super::{
    shapes,
    tags::{Tag, tag_list, tags},
};
use crate::text::{Flaw, Read, filled, id, id_if, ip_if};

shapes! {
    /// A NAT gateway.
    NatGatewayShape {
        nat_gateway_id: Option<String>,
        vpc_id: Option<String>,
        subnet_id: Option<String>,
        state: Option<String>,
        failure_code: Option<String>,
        failure_message: Option<String>,
        connectivity_type: Option<String>,
        availability_mode: Option<String>,
        route_table_id: Option<String>,
        auto_provision_zones: Option<String>,
        auto_scaling_ips: Option<String>,
        nat_gateway_addresses: Vec<NatGatewayAddress>,
        tags: Vec<Tag>,
    }
    /// An address of a NAT gateway.
    NatGatewayAddress {
        allocation_id: Option<String>,
        public_ip: Option<String>,
        private_ip: Option<String>,
        network_interface_id: Option<String>,
        availability_zone: Option<String>,
        association_id: Option<String>,
        is_primary: Option<bool>,
        status: Option<String>,
        failure_message: Option<String>,
    }
}

const NOT_SAID: &str = "AWS does not say why";

pub(crate) fn nat_gateway(gateway: NatGatewayShape) -> Read<Option<NatGateway>> {
    let state = nat_state(&gateway)?;
    let addresses = gateway.nat_gateway_addresses.iter().map(|a| nat_address(a, &state)).collect::<Read<_>>()?;
    let is_on = |setting: &Option<String>| setting.as_deref() == Some("enabled");
    let scope = match gateway.availability_mode.as_deref() {
        Some("regional") => NatScope::Region {
            route_table: id_if(gateway.route_table_id.as_deref()),
            automatic: is_on(&gateway.auto_provision_zones) || is_on(&gateway.auto_scaling_ips),
        },
        _ => NatScope::Subnet(id("SubnetId", gateway.subnet_id.as_deref())?),
    };
    Ok(Some(NatGateway {
        id: id("NatGatewayId", gateway.nat_gateway_id.as_deref())?,
        network: id("VpcId", gateway.vpc_id.as_deref())?,
        scope,
        public: gateway.connectivity_type.as_deref() != Some("private"),
        state,
        addresses,
        tags: tags(gateway.tags),
    }))
}

fn nat_state(gateway: &NatGatewayShape) -> Read<NatState> {
    Ok(match gateway.state.as_deref() {
        Some("pending") => NatState::Pending,
        Some("available") => NatState::Available,
        Some("deleting") => NatState::Deleting,
        Some("deleted") => NatState::Deleted,
        Some("failed") => NatState::Failed {
            code: gateway.failure_code.as_deref().unwrap_or("Unknown").to_owned(),
            message: gateway.failure_message.as_deref().unwrap_or(NOT_SAID).to_owned(),
        },
        Some(other) => return Err(Flaw::new(format!("`{other}` is no state of a NAT gateway"))),
        None => return Err(Flaw::new("it has no State")),
    })
}

/// One address. Answers from before gateways had several tell neither its status nor whether it is the primary one; there the
/// gateway's state is all that is known, and it has one address.
fn nat_address(address: &NatGatewayAddress, gateway: &NatState) -> Read<NatAddress> {
    Ok(NatAddress {
        address: id_if(address.allocation_id.as_deref()),
        public_ip: ip_if(address.public_ip.as_deref())?,
        private_ip: ip_if(address.private_ip.as_deref())?,
        interface: id_if(address.network_interface_id.as_deref()),
        zone: filled(address.availability_zone.as_deref()).map(str::to_owned),
        association: id_if(address.association_id.as_deref()),
        primary: address.is_primary.unwrap_or(true),
        state: nat_address_state(address, gateway)?,
    })
}

/// How far an address is. New connections are made from it once it has succeeded, as long as its gateway lives: the list of
/// one that does not is not kept up to date.
fn nat_address_state(address: &NatGatewayAddress, gateway: &NatState) -> Read<NatAddressState> {
    let by_gateway = || match gateway {
        NatState::Available => NatAddressState::InUse,
        NatState::Pending => NatAddressState::Associating,
        NatState::Deleting | NatState::Deleted => NatAddressState::Disassociating,
        NatState::Failed { message, .. } => NatAddressState::Failed { message: message.clone() },
    };
    Ok(match address.status.as_deref() {
        None => by_gateway(),
        Some("succeeded") if gateway.is_live() => NatAddressState::InUse,
        Some("succeeded") => by_gateway(),
        Some("associating" | "assigning") => NatAddressState::Associating,
        Some("disassociating" | "unassigning") => NatAddressState::Disassociating,
        Some("failed") => {
            NatAddressState::Failed { message: address.failure_message.as_deref().unwrap_or(NOT_SAID).to_owned() }
        }
        Some(other) => return Err(Flaw::new(format!("`{other}` is no status of an address"))),
    })
}

/// The shape of a NAT gateway.
pub(crate) fn shape_of(gateway: &NatGateway) -> NatGatewayShape {
    let text = |text: &str| Some(text.to_owned());
    let (state, failure) = match &gateway.state {
        NatState::Pending => ("pending", None),
        NatState::Available => ("available", None),
        NatState::Deleting => ("deleting", None),
        NatState::Deleted => ("deleted", None),
        NatState::Failed { code, message } => ("failed", Some((code, message))),
    };
    let mut shape = NatGatewayShape {
        nat_gateway_id: Some(gateway.id.to_string()),
        vpc_id: Some(gateway.network.to_string()),
        state: text(state),
        failure_code: failure.map(|(code, _)| code.clone()),
        failure_message: failure.map(|(_, message)| message.clone()),
        connectivity_type: text(if gateway.public { "public" } else { "private" }),
        nat_gateway_addresses: gateway.addresses.iter().map(address_shape).collect(),
        tags: tag_list(&gateway.tags),
        ..NatGatewayShape::default()
    };
    match &gateway.scope {
        NatScope::Subnet(subnet) => {
            shape.availability_mode = text("zonal");
            shape.subnet_id = Some(subnet.to_string());
        }
        NatScope::Region { route_table, automatic } => {
            shape.availability_mode = text("regional");
            shape.route_table_id = route_table.as_ref().map(ToString::to_string);
            shape.auto_provision_zones = text(if *automatic { "enabled" } else { "disabled" });
            shape.auto_scaling_ips = shape.auto_provision_zones.clone();
        }
    }
    shape
}

fn address_shape(address: &NatAddress) -> NatGatewayAddress {
    let (status, failure) = match &address.state {
        NatAddressState::Associating => ("associating", None),
        NatAddressState::InUse => ("succeeded", None),
        NatAddressState::Disassociating => ("disassociating", None),
        NatAddressState::Failed { message } => ("failed", Some(message.clone())),
    };
    NatGatewayAddress {
        allocation_id: address.address.as_ref().map(ToString::to_string),
        public_ip: address.public_ip.map(|ip| ip.to_string()),
        private_ip: address.private_ip.map(|ip| ip.to_string()),
        network_interface_id: address.interface.as_ref().map(ToString::to_string),
        availability_zone: address.zone.clone(),
        association_id: address.association.as_ref().map(ToString::to_string),
        is_primary: Some(address.primary),
        status: Some(status.to_owned()),
        failure_message: failure,
    }
}
