//! Internet gateways.

use egress_core::{CloudId, world::InternetGateway};
use serde::{Deserialize, Serialize};

use super::{
    filter::{each, each_shown, one},
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{TagSet, owner, tag_set},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        route::{Action, Return, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("AttachInternetGateway" Changes attach_internet_gateway),
    action!("CreateInternetGateway" Changes create_internet_gateway),
    action!("DeleteInternetGateway" Changes delete_internet_gateway),
    action!("DescribeInternetGateways" Reads describe_internet_gateways),
    action!("DetachInternetGateway" Changes detach_internet_gateway),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewayShape {
    internet_gateway_id: CloudId,
    owner_id: String,
    attachment_set: Items<AttachmentShape>,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttachmentShape {
    pub(super) vpc_id: CloudId,
    pub(super) state: &'static str,
}

/// EC2 says `available` of an attached internet gateway, although its model has no such word for it (example of
/// `DescribeInternetGateways` in the API reference).
const ATTACHED: &str = "available";

fn shape(model: &Model, gateway: &InternetGateway) -> GatewayShape {
    let attachment = |network: &CloudId| AttachmentShape { vpc_id: network.clone(), state: ATTACHED };
    GatewayShape {
        internet_gateway_id: gateway.id.clone(),
        owner_id: owner(model),
        attachment_set: gateway.network.iter().map(attachment).collect(),
        tag_set: tag_set(&gateway.tags),
    }
}

const LISTING: Listing<InternetGateway> = Listing {
    kind: &ids::INTERNET_GATEWAY,
    id: |gateway| gateway.id.as_str(),
    tags: Some(|_, gateway| &gateway.tags),
    filters: &[
        ("attachment.state", |_, g| each(g.network.iter().map(|_| ATTACHED))),
        ("attachment.vpc-id", |_, g| each_shown(&g.network)),
        ("internet-gateway-id", |_, g| one(g.id.as_str())),
        ("owner-id", |model, _| one(owner(model))),
    ],
    pages: Pages::usual("InternetGatewayIds"),
};

describe_args!(DescribeInternetGateways "InternetGatewayId");
describe_answer!(GatewaysAnswer "internetGatewaySet" GatewayShape);

fn describe_internet_gateways(state: &mut State, args: DescribeInternetGateways) -> Result<GatewaysAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.gateway.internet_gateways.values().filter(|g| model.sees(&g.id));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(GatewaysAnswer { list: page.shaped(|gateway| shape(model, gateway)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateInternetGateway {
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewayAnswer {
    internet_gateway: GatewayShape,
}

fn create_internet_gateway(state: &mut State, args: CreateInternetGateway) -> Result<GatewayAnswer, ApiError> {
    let model = &mut state.model;
    let id = model.create_internet_gateway(tags_for("internet-gateway", args.tag_specification)?)?;
    let gateway = model.world.gateway.internet_gateways.get(&id);
    let gateway = gateway.ok_or_else(|| ids::INTERNET_GATEWAY.refuse(&[id.as_str()]))?;
    Ok(GatewayAnswer { internet_gateway: shape(model, gateway) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attachment {
    internet_gateway_id: CloudId,
    vpc_id: CloudId,
}

fn attach_internet_gateway(state: &mut State, args: Attachment) -> Result<Return, ApiError> {
    both(state, &args, Model::attach_internet_gateway)
}

fn detach_internet_gateway(state: &mut State, args: Attachment) -> Result<Return, ApiError> {
    both(state, &args, Model::detach_internet_gateway)
}

fn both(
    state: &mut State,
    args: &Attachment,
    act: fn(&mut Model, &CloudId, &CloudId) -> Result<(), ApiError>,
) -> Result<Return, ApiError> {
    let (gateway, network) = (&args.internet_gateway_id, &args.vpc_id);
    let read_first = [(&ids::INTERNET_GATEWAY, gateway.as_str()), (&ids::VPC, network.as_str())];
    act(&mut state.model, gateway, network).map_err(ids::read_first(read_first))?;
    Ok(Return::TRUE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteInternetGateway {
    internet_gateway_id: CloudId,
}

fn delete_internet_gateway(state: &mut State, args: DeleteInternetGateway) -> Result<Return, ApiError> {
    let read_first = ids::read_first([(&ids::INTERNET_GATEWAY, args.internet_gateway_id.as_str())]);
    state.model.delete_internet_gateway(&args.internet_gateway_id).map_err(read_first)?;
    Ok(Return::TRUE)
}
