//! Elastic IPs.

use std::net::Ipv4Addr;

use egress_core::{CloudId, world::Address};
use serde::{Deserialize, Serialize};

use super::{
    filter::{Filter, each_shown, one},
    ids,
    listing::{Ask, Listing, Pages, Words, describe_answer},
    shape::{TagSet, only_text, owner, tag_set},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{self, ApiError, Code, Model},
    mock::State,
    wire::{
        route::{Action, Return, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("AllocateAddress" Changes allocate_address),
    action!("AssociateAddress" Changes associate_address),
    action!("DescribeAddresses" Reads describe_addresses),
    action!("DescribeAddressesAttribute" Reads describe_addresses_attribute),
    action!("DisassociateAddress" Changes disassociate_address),
    action!("ReleaseAddress" Changes release_address),
];

/// Whose pool addresses are from.
const POOL: &str = "amazon";
/// The only domain that there is since EC2-Classic is gone.
const DOMAIN: &str = "vpc";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressShape {
    public_ip: Ipv4Addr,
    allocation_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    association_id: Option<CloudId>,
    domain: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_interface_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_interface_owner_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_ip_address: Option<Ipv4Addr>,
    public_ipv4_pool: &'static str,
    network_border_group: String,
    tag_set: TagSet,
}

fn shape(model: &Model, address: &Address) -> AddressShape {
    AddressShape {
        public_ip: ip(address),
        allocation_id: address.id.clone(),
        association_id: association(model, address),
        domain: DOMAIN,
        instance_id: instance(model, address).cloned(),
        network_interface_id: address.interface.clone(),
        network_interface_owner_id: address.interface.as_ref().map(|_| owner(model)),
        private_ip_address: model.mapped_to(address),
        public_ipv4_pool: POOL,
        network_border_group: model.config.place.region.clone(),
        tag_set: tag_set(&address.tags),
    }
}

/// Every address of this cloud has its IP from the start.
fn ip(address: &Address) -> Ipv4Addr {
    address.ip.unwrap_or(Ipv4Addr::UNSPECIFIED)
}

fn association(model: &Model, address: &Address) -> Option<CloudId> {
    address.interface.as_ref().map(|interface| model.address_association(&address.id, interface))
}

fn instance<'m>(model: &'m Model, address: &Address) -> Option<&'m CloudId> {
    model.world.network.interfaces.get(address.interface.as_ref()?)?.instance.as_ref()
}

const LISTING: Listing<Address> = Listing {
    kind: &ids::ADDRESS,
    id: |address| address.id.as_str(),
    tags: Some(|_, address| &address.tags),
    filters: &[
        ("allocation-id", |_, a| one(a.id.as_str())),
        ("association-id", |model, a| each_shown(association(model, a))),
        ("domain", |_, _| one(DOMAIN)),
        ("instance-id", |model, a| each_shown(instance(model, a))),
        ("network-border-group", |model, _| one(&model.config.place.region)),
        ("network-interface-id", |_, a| each_shown(&a.interface)),
        ("network-interface-owner-id", |model, a| each_shown(a.interface.as_ref().map(|_| owner(model)))),
        ("private-ip-address", |model, a| each_shown(model.mapped_to(a))),
        ("public-ip", |_, a| each_shown(a.ip)),
    ],
    pages: Pages { least: 1, most: 1_000, ids: "", words: Words::New },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeAddresses {
    #[serde(default)]
    allocation_id: Vec<String>,
    #[serde(default)]
    public_ip: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressesAnswer {
    addresses_set: Items<AddressShape>,
}

/// All at once: this call has no pages [doc].
fn describe_addresses(state: &mut State, args: DescribeAddresses) -> Result<AddressesAnswer, ApiError> {
    let model = &state.model;
    let by_ip = args.public_ip.iter().map(|ip| address_at(model, ip)).collect::<Result<Vec<&Address>, ApiError>>()?;
    let wanted = |a: &&Address| by_ip.is_empty() || by_ip.iter().any(|found| found.id == a.id);
    let seen = model.world.gateway.addresses.values().filter(|a| model.sees(&a.id)).filter(wanted);
    let ask = Ask { ids: &args.allocation_id, filters: &args.filter, ..Ask::default() };
    let page = LISTING.select(model, seen, ask)?;
    Ok(AddressesAnswer { addresses_set: page.shaped(|address| shape(model, address)) })
}

/// The address of this IP: `Address '1.2.3.4' not found.` where there is none (EC2 error code page; getmoto/moto's tests).
fn address_at<'m>(model: &'m Model, text: &str) -> Result<&'m Address, ApiError> {
    let ip = parse_ip(text)?;
    let found = model.world.gateway.address_at(ip).filter(|a| model.sees(&a.id));
    found.ok_or_else(|| ApiError::new(Code::AddressNotFound, format!("Address '{text}' not found.")))
}

fn parse_ip(text: &str) -> Result<Ipv4Addr, ApiError> {
    text.parse().map_err(|_| {
        let message = format!("Invalid id: \"{text}\" (expecting \"xx.xx.xx.xx\")");
        ApiError::new(Code::AddressMalformed, message)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeAddressesAttribute {
    #[serde(default)]
    allocation_id: Vec<String>,
    attribute: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttributeShape {
    public_ip: Ipv4Addr,
    allocation_id: CloudId,
}

describe_answer!(AttributesAnswer "addressSet" AttributeShape);

/// The one attribute is the name that an address resolves to, and addresses here have none.
fn describe_addresses_attribute(
    state: &mut State,
    args: DescribeAddressesAttribute,
) -> Result<AttributesAnswer, ApiError> {
    only_text("Attribute", args.attribute.as_ref(), &["domain-name"])?;
    let model = &state.model;
    let seen = model.world.gateway.addresses.values().filter(|a| model.sees(&a.id));
    let ask = Ask {
        ids: &args.allocation_id,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
        ..Ask::default()
    };
    let page = LISTING.select(model, seen, ask)?;
    let shape = |address: &Address| AttributeShape { public_ip: ip(address), allocation_id: address.id.clone() };
    Ok(AttributesAnswer { list: page.shaped(shape), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AllocateAddress {
    domain: Option<String>,
    network_border_group: Option<String>,
    public_ipv4_pool: Option<String>,
    address: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AllocatedAnswer {
    public_ip: Ipv4Addr,
    domain: &'static str,
    allocation_id: CloudId,
    public_ipv4_pool: &'static str,
    network_border_group: String,
}

fn allocate_address(state: &mut State, args: AllocateAddress) -> Result<AllocatedAnswer, ApiError> {
    let model = &mut state.model;
    let region = model.config.place.region.clone();
    only_text("Domain", args.domain.as_ref(), &[DOMAIN])?;
    only_text("NetworkBorderGroup", args.network_border_group.as_ref(), &[&region])?;
    only_text("PublicIpv4Pool", args.public_ipv4_pool.as_ref(), &[POOL])?;
    let wanted = args.address.as_deref().map(parse_ip).transpose()?;
    let allocation_id = model.allocate_address(tags_for("elastic-ip", args.tag_specification)?, wanted)?;
    let public_ip = model.world.gateway.addresses.get(&allocation_id).map_or(Ipv4Addr::UNSPECIFIED, ip);
    Ok(AllocatedAnswer {
        public_ip,
        domain: DOMAIN,
        allocation_id,
        public_ipv4_pool: POOL,
        network_border_group: region,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReleaseArgs {
    allocation_id: Option<CloudId>,
    public_ip: Option<String>,
    network_border_group: Option<String>,
}

fn release_address(state: &mut State, args: ReleaseArgs) -> Result<Return, ApiError> {
    let model = &mut state.model;
    let region = model.config.place.region.clone();
    only_text("NetworkBorderGroup", args.network_border_group.as_ref(), &[&region])?;
    if let Some(ip) = &args.public_ip {
        address_at(model, ip)?;
        // Recorded: by IP only addresses of EC2-Classic could be released.
        let message = "You must specify an allocation id when releasing a VPC elastic IP address";
        return Err(ApiError::new(Code::InvalidParameterValue, message));
    }
    let id = args
        .allocation_id
        .ok_or_else(|| ApiError::new(Code::MissingParameter, "Either public IP or allocation id must be specified"))?;
    model.release_address(&id)?;
    Ok(Return::TRUE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AssociateArgs {
    allocation_id: Option<CloudId>,
    public_ip: Option<String>,
    network_interface_id: Option<CloudId>,
    instance_id: Option<CloudId>,
    private_ip_address: Option<Ipv4Addr>,
    allow_reassociation: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssociatedAnswer {
    #[serde(rename = "return")]
    done: bool,
    association_id: CloudId,
}

/// With an interface, or with a machine, by its first one.
fn associate_address(state: &mut State, args: AssociateArgs) -> Result<AssociatedAnswer, ApiError> {
    let model = &mut state.model;
    let by_ip = args.public_ip.as_deref().map(|ip| address_at(model, ip).map(|a| a.id.clone())).transpose()?;
    let allocation_id = args
        .allocation_id
        .or(by_ip)
        .ok_or_else(|| ApiError::new(Code::MissingParameter, "Either public IP or allocation id must be specified"))?;
    let machine = args.instance_id.as_ref().map(|id| first_interface(model, id)).transpose()?;
    let network_interface_id = args.network_interface_id.or(machine).ok_or_else(|| {
        ApiError::new(Code::MissingParameter, "Either network interface id or instance id must be specified")
    })?;
    let made = model.associate_address(cloud::AssociateAddress {
        allocation_id,
        network_interface_id: network_interface_id.clone(),
        private_ip: args.private_ip_address,
        allow_reassociation: args.allow_reassociation.unwrap_or(true),
    });
    let read_first = ids::read_first([(&ids::INTERFACE, network_interface_id.as_str())]);
    Ok(AssociatedAnswer { done: true, association_id: made.map_err(read_first)? })
}

fn first_interface(model: &Model, id: &CloudId) -> Result<CloudId, ApiError> {
    let machine = model.world.network.machines.get(id).filter(|_| model.sees(id));
    machine.and_then(|machine| machine.interface.clone()).ok_or_else(|| ids::INSTANCE.refuse(&[id.as_str()]))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DisassociateAddress {
    association_id: Option<CloudId>,
    public_ip: Option<String>,
}

fn disassociate_address(state: &mut State, args: DisassociateAddress) -> Result<Return, ApiError> {
    let model = &mut state.model;
    if let Some(ip) = &args.public_ip {
        address_at(model, ip)?;
        let message = "You must specify an association id when unmapping an address from a VPC instance";
        return Err(ApiError::new(Code::InvalidParameterValue, message));
    }
    let id = args
        .association_id
        .ok_or_else(|| ApiError::new(Code::MissingParameter, "Either public IP or association id must be specified"))?;
    model.disassociate_address(&id)?;
    Ok(Return::TRUE)
}
