//! NAT gateways.

use std::{net::Ipv4Addr, time::Duration};

use egress_core::{
    CloudId,
    world::{NatAddress, NatAddressState, NatGateway, NatScope, NatState},
};
use serde::{Deserialize, Serialize};

use super::{
    filter::{each_shown, one},
    ids,
    listing::{Listing, Pages, Words, describe_answer, describe_args},
    shape::{TagSet, moment, only_text, tag_set, unsupported},
    subnets::zone_id,
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{self, ApiError, Code, Model},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("AssociateNatGatewayAddress" Changes associate_nat_gateway_address),
    action!("CreateNatGateway" Changes create_nat_gateway),
    action!("DeleteNatGateway" Changes delete_nat_gateway),
    action!("DescribeNatGateways" Reads describe_nat_gateways),
    action!("DisassociateNatGatewayAddress" Changes disassociate_nat_gateway_address),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewayShape {
    nat_gateway_id: CloudId,
    vpc_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    subnet_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route_table_id: Option<CloudId>,
    state: &'static str,
    create_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_message: Option<String>,
    connectivity_type: &'static str,
    availability_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_scaling_ips: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_provision_zones: Option<&'static str>,
    nat_gateway_address_set: Items<AddressShape>,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    allocation_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    association_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_interface_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_ip: Option<Ipv4Addr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_ip: Option<Ipv4Addr>,
    is_primary: bool,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_zone_id: Option<String>,
}

fn shape(model: &Model, gateway: &NatGateway) -> GatewayShape {
    let facts = &model.hidden.facts;
    let failure = match &gateway.state {
        NatState::Failed { code, message } => Some((code.clone(), message.clone())),
        _ => None,
    };
    let (subnet_id, route_table_id, automatic) = match &gateway.scope {
        NatScope::Subnet(subnet) => (Some(subnet.clone()), None, None),
        NatScope::Region { route_table, automatic } => (None, route_table.clone(), Some(*automatic)),
    };
    let automatic = automatic.map(|automatic| if automatic { "enabled" } else { "disabled" });
    GatewayShape {
        nat_gateway_id: gateway.id.clone(),
        vpc_id: gateway.network.clone(),
        subnet_id,
        route_table_id,
        state: state_word(&gateway.state),
        create_time: moment(facts.made_at.get(&gateway.id).copied().unwrap_or_default()),
        delete_time: facts.ended_at.get(&gateway.id).copied().map(moment),
        failure_code: failure.as_ref().map(|(code, _)| code.clone()),
        failure_message: failure.map(|(_, message)| message),
        connectivity_type: if gateway.public { "public" } else { "private" },
        availability_mode: if automatic.is_some() { "regional" } else { "zonal" },
        auto_scaling_ips: automatic,
        auto_provision_zones: automatic,
        nat_gateway_address_set: gateway.addresses.iter().map(|address| address_shape(model, address)).collect(),
        tag_set: tag_set(&gateway.tags),
    }
}

fn state_word(state: &NatState) -> &'static str {
    match state {
        NatState::Pending => "pending",
        NatState::Available => "available",
        NatState::Failed { .. } => "failed",
        NatState::Deleting => "deleting",
        NatState::Deleted => "deleted",
    }
}

fn address_shape(model: &Model, address: &NatAddress) -> AddressShape {
    let (status, failure_message) = address_status(&address.state);
    AddressShape {
        allocation_id: address.address.clone(),
        association_id: address.association.clone(),
        network_interface_id: address.interface.clone(),
        private_ip: address.private_ip,
        public_ip: address.public_ip,
        is_primary: address.primary,
        status,
        failure_message,
        availability_zone: address.zone.clone(),
        availability_zone_id: address.zone.as_ref().map(|zone| zone_id(model, zone).to_owned()),
    }
}

/// The states of an address [doc]: which of them it is in while its gateway comes and goes is inferred `[?]`.
fn address_status(state: &NatAddressState) -> (&'static str, Option<String>) {
    match state {
        NatAddressState::Associating => ("associating", None),
        NatAddressState::InUse => ("succeeded", None),
        NatAddressState::Disassociating => ("disassociating", None),
        NatAddressState::Failed { message } => ("failed", Some(message.clone())),
    }
}

fn subnet(gateway: &NatGateway) -> Option<&CloudId> {
    match &gateway.scope {
        NatScope::Subnet(subnet) => Some(subnet),
        NatScope::Region { .. } => None,
    }
}

const LISTING: Listing<NatGateway> = Listing {
    kind: &ids::NAT_GATEWAY,
    id: |gateway| gateway.id.as_str(),
    tags: Some(|_, gateway| &gateway.tags),
    filters: &[
        ("nat-gateway-id", |_, g| one(g.id.as_str())),
        ("state", |_, g| one(state_word(&g.state))),
        ("subnet-id", |_, g| each_shown(subnet(g))),
        ("vpc-id", |_, g| one(g.network.as_str())),
    ],
    pages: Pages { words: Words::Old, ..Pages::usual("") },
};

describe_args!(DescribeNatGateways "NatGatewayId");
describe_answer!(GatewaysAnswer "natGatewaySet" GatewayShape);

fn describe_nat_gateways(state: &mut State, args: DescribeNatGateways) -> Result<GatewaysAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.gateway.nat_gateways.values().filter(|g| model.sees(&g.id));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(GatewaysAnswer { list: page.shaped(|gateway| shape(model, gateway)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateNatGateway {
    subnet_id: Option<CloudId>,
    allocation_id: Option<CloudId>,
    client_token: Option<String>,
    connectivity_type: Option<String>,
    availability_mode: Option<String>,
    private_ip_address: Option<String>,
    #[serde(default)]
    secondary_allocation_id: Vec<String>,
    #[serde(default)]
    secondary_private_ip_address: Vec<String>,
    secondary_private_ip_address_count: Option<u32>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
    nat_gateway: GatewayShape,
}

/// A public gateway in one subnet with one address: no other is made here.
fn create_nat_gateway(state: &mut State, args: CreateNatGateway) -> Result<CreatedAnswer, ApiError> {
    only_text("ConnectivityType", args.connectivity_type.as_ref(), &["public"])?;
    only_text("AvailabilityMode", args.availability_mode.as_ref(), &["zonal"])?;
    only_text("PrivateIpAddress", args.private_ip_address.as_ref(), &[])?;
    only_text("SecondaryAllocationId", args.secondary_allocation_id.first(), &[])?;
    only_text("SecondaryPrivateIpAddress", args.secondary_private_ip_address.first(), &[])?;
    if args.secondary_private_ip_address_count.is_some_and(|count| count > 0) {
        return Err(unsupported("SecondaryPrivateIpAddressCount"));
    }
    let tags = tags_for("natgateway", args.tag_specification)?;
    let subnet_id = args.subnet_id.ok_or_else(|| missing("SubnetId"))?;
    let allocation_id = args.allocation_id.ok_or_else(|| missing("AllocationId"))?;
    let client_token = args.client_token;
    let made = state.model.create_nat_gateway(cloud::CreateNatGateway {
        subnet_id: subnet_id.clone(),
        allocation_id,
        client_token: client_token.clone(),
        tags,
    });
    let id = made.map_err(ids::read_first([(&ids::SUBNET, subnet_id.as_str())]))?;
    // AWS remembers a token longer than what was made with it.
    let gateway = state.model.world.gateway.nat_gateways.get(&id);
    let gateway = gateway.ok_or_else(|| ids::NAT_GATEWAY.refuse(&[id.as_str()]))?;
    let mut nat_gateway = shape(&state.model, gateway);
    if gateway.state == NatState::Pending {
        nat_gateway.nat_gateway_address_set.item.iter_mut().for_each(AddressShape::hide);
    }
    Ok(CreatedAnswer { client_token, nat_gateway })
}

impl AddressShape {
    /// The answer to a creation names the address alone (example of `CreateNatGateway` in the API reference); so does the one
    /// to an association, beside the interface (example of `associate-nat-gateway-address` in the CLI reference).
    fn hide(&mut self) {
        (self.association_id, self.network_interface_id, self.private_ip, self.public_ip) = (None, None, None, None);
    }
}

/// Recorded for `AllocationId` (aws-controllers-k8s/ec2-controller's tests).
fn missing(name: &str) -> ApiError {
    let message =
        format!("The request must include the {name} parameter. Add the required parameter and retry the request.");
    ApiError::new(Code::MissingParameter, message)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteNatGateway {
    nat_gateway_id: CloudId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedAnswer {
    nat_gateway_id: CloudId,
}

fn delete_nat_gateway(state: &mut State, args: DeleteNatGateway) -> Result<DeletedAnswer, ApiError> {
    let nat_gateway_id = args.nat_gateway_id;
    let read_first = ids::read_first([(&ids::NAT_GATEWAY, nat_gateway_id.as_str())]);
    state.model.delete_nat_gateway(&nat_gateway_id).map_err(read_first)?;
    Ok(DeletedAnswer { nat_gateway_id })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AssociateNatGatewayAddress {
    nat_gateway_id: CloudId,
    #[serde(default)]
    allocation_id: Vec<CloudId>,
    #[serde(default)]
    private_ip_address: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DisassociateNatGatewayAddress {
    nat_gateway_id: CloudId,
    #[serde(default)]
    association_id: Vec<CloudId>,
    max_drain_duration_seconds: Option<u64>,
}

/// Only the addresses that the call is about, as in the examples of the CLI reference.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressesAnswer {
    nat_gateway_id: CloudId,
    nat_gateway_address_set: Items<AddressShape>,
}

fn associate_nat_gateway_address(
    state: &mut State,
    args: AssociateNatGatewayAddress,
) -> Result<AddressesAnswer, ApiError> {
    only_text("PrivateIpAddress", args.private_ip_address.first(), &[])?;
    if args.allocation_id.is_empty() {
        return Err(missing("AllocationId"));
    }
    let id = args.nat_gateway_id;
    let read_first = ids::read_first([(&ids::NAT_GATEWAY, id.as_str())]);
    state.model.associate_nat_gateway_address(&id, &args.allocation_id).map_err(read_first)?;
    let mut answer = addresses_answer(&state.model, id, &args.allocation_id);
    for address in &mut answer.nat_gateway_address_set.item {
        let interface = address.network_interface_id.clone();
        address.hide();
        address.network_interface_id = interface;
    }
    Ok(answer)
}

fn disassociate_nat_gateway_address(
    state: &mut State,
    args: DisassociateNatGatewayAddress,
) -> Result<AddressesAnswer, ApiError> {
    if args.association_id.is_empty() {
        return Err(missing("AssociationId"));
    }
    let longest = match args.max_drain_duration_seconds {
        None => None,
        Some(seconds @ 1..=LONGEST_DRAIN) => Some(Duration::from_secs(seconds)),
        Some(other) => {
            let message = format!("Value ({other}) for parameter maxDrainDurationSeconds is invalid.");
            return Err(ApiError::new(Code::InvalidParameterValue, message));
        }
    };
    let id = args.nat_gateway_id;
    let read_first = ids::read_first([(&ids::NAT_GATEWAY, id.as_str())]);
    let left = state.model.disassociate_nat_gateway_address(&id, &args.association_id, longest).map_err(read_first)?;
    Ok(addresses_answer(&state.model, id, &left))
}

/// The longest time for connections to end, in seconds (API reference, `DisassociateNatGatewayAddress`: 1 to 4,000).
const LONGEST_DRAIN: u64 = 4_000;

fn addresses_answer(model: &Model, id: CloudId, addresses: &[CloudId]) -> AddressesAnswer {
    let listed = model.world.gateway.nat_gateways.get(&id).into_iter().flat_map(|g| &g.addresses);
    let meant = listed.filter(|a| a.address.as_ref().is_some_and(|address| addresses.contains(address)));
    let nat_gateway_address_set = meant.map(|a| address_shape(model, a)).collect();
    AddressesAnswer { nat_gateway_id: id, nat_gateway_address_set }
}
