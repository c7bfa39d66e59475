//! Egress-only internet gateways.

use egress_core::{CloudId, world::EgressOnlyGateway};
use serde::{Deserialize, Serialize};

use super::{
    filter::one,
    ids,
    internet_gateways::AttachmentShape,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{TagSet, tag_set},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{ApiError, CreateEgressOnlyGateway},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateEgressOnlyInternetGateway" Changes create),
    action!("DeleteEgressOnlyInternetGateway" Changes delete),
    action!("DescribeEgressOnlyInternetGateways" Reads describe),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewayShape {
    egress_only_internet_gateway_id: CloudId,
    attachment_set: Items<AttachmentShape>,
    tag_set: TagSet,
}

/// Of this gateway's attachment EC2 says `attached` (example of `DescribeEgressOnlyInternetGateways` in the API reference).
fn shape(gateway: &EgressOnlyGateway) -> GatewayShape {
    let attachment = |network: &CloudId| AttachmentShape { vpc_id: network.clone(), state: "attached" };
    GatewayShape {
        egress_only_internet_gateway_id: gateway.id.clone(),
        attachment_set: gateway.network.iter().map(attachment).collect(),
        tag_set: tag_set(&gateway.tags),
    }
}

const LISTING: Listing<EgressOnlyGateway> = Listing {
    kind: &ids::EGRESS_ONLY_GATEWAY,
    id: |gateway| gateway.id.as_str(),
    tags: Some(|_, gateway| &gateway.tags),
    // Beside tags there are none [doc]; that of its own id is there for `DescribeTags`' sake of no use, so it is left out.
    filters: &[("egress-only-internet-gateway-id", |_, g| one(g.id.as_str()))],
    pages: Pages { most: 255, ..Pages::usual("EgressOnlyInternetGatewayIds") },
};

describe_args!(DescribeGateways "EgressOnlyInternetGatewayId");
describe_answer!(GatewaysAnswer "egressOnlyInternetGatewaySet" GatewayShape);

fn describe(state: &mut State, args: DescribeGateways) -> Result<GatewaysAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.gateway.egress_only_gateways.values().filter(|g| model.sees(&g.id));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(GatewaysAnswer { list: page.shaped(shape), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateArgs {
    vpc_id: CloudId,
    client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
    egress_only_internet_gateway: GatewayShape,
}

fn create(state: &mut State, args: CreateArgs) -> Result<CreatedAnswer, ApiError> {
    let client_token = args.client_token;
    let made = state.model.create_egress_only_gateway(CreateEgressOnlyGateway {
        vpc_id: args.vpc_id.clone(),
        client_token: client_token.clone(),
        tags: tags_for("egress-only-internet-gateway", args.tag_specification)?,
    });
    let id = made.map_err(ids::read_first([(&ids::VPC, args.vpc_id.as_str())]))?;
    let gateway = state.model.world.gateway.egress_only_gateways.get(&id);
    let gateway = gateway.ok_or_else(|| ids::EGRESS_ONLY_GATEWAY.refuse(&[id.as_str()]))?;
    Ok(CreatedAnswer { client_token, egress_only_internet_gateway: shape(gateway) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteArgs {
    egress_only_internet_gateway_id: CloudId,
}

/// This call has a word of its own for having been done.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedAnswer {
    return_code: bool,
}

fn delete(state: &mut State, args: DeleteArgs) -> Result<DeletedAnswer, ApiError> {
    let id = args.egress_only_internet_gateway_id;
    let read_first = ids::read_first([(&ids::EGRESS_ONLY_GATEWAY, id.as_str())]);
    state.model.delete_egress_only_gateway(&id).map_err(read_first)?;
    Ok(DeletedAnswer { return_code: true })
}
