//! What hangs on hubs.

use std::collections::BTreeSet;

use egress_core::{
    CloudId,
    world::{TransitAttachment, TransitEnd},
};
use serde::{Deserialize, Serialize};

use super::{attachment_state, made, resource, switch, yes_no};
use crate::{
    cloud::{ApiError, AttachmentOptions, CreateVpcAttachment, Model},
    mock::State,
    wire::{
        ec2::{
            filter::{Row, each, each_shown, one},
            ids,
            listing::{Listing, Pages, describe_answer, describe_args},
            shape::{TagSet, only_text, owner, owner_of, tag_set},
            tags::{TagSpecification, tags_for},
        },
        route::{Action, action},
        xml::Items,
    },
};

pub(in crate::wire::ec2) const ACTIONS: &[Action] = &[
    action!("CreateTransitGatewayVpcAttachment" Changes create),
    action!("DeleteTransitGatewayVpcAttachment" Changes delete),
    action!("DescribeTransitGatewayAttachments" Reads describe),
    action!("DescribeTransitGatewayVpcAttachments" Reads describe_of_vpcs),
];

/// An attachment of whatever sort.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttachmentShape {
    transit_gateway_attachment_id: CloudId,
    transit_gateway_id: CloudId,
    transit_gateway_owner_id: String,
    resource_owner_id: String,
    resource_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<CloudId>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    association: Option<AssociationShape>,
    creation_time: String,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssociationShape {
    transit_gateway_route_table_id: CloudId,
    state: &'static str,
}

fn shape(model: &Model, attachment: &TransitAttachment) -> AttachmentShape {
    let (kind, id) = resource(attachment);
    let association =
        |table: &CloudId| AssociationShape { transit_gateway_route_table_id: table.clone(), state: "associated" };
    AttachmentShape {
        transit_gateway_attachment_id: attachment.id.clone(),
        transit_gateway_id: attachment.gateway.clone(),
        transit_gateway_owner_id: hub_owner(model, attachment),
        resource_owner_id: owner(model),
        resource_type: kind.to_owned(),
        resource_id: id.cloned(),
        state: attachment_state(attachment),
        association: attachment.table.as_ref().map(association),
        creation_time: made(model, &attachment.id),
        tag_set: tag_set(&attachment.tags),
    }
}

fn hub_owner(model: &Model, attachment: &TransitAttachment) -> String {
    let hub = model.world.network.transit.gateways.get(&attachment.gateway);
    owner_of(model, hub.and_then(|hub| hub.owner.as_ref()))
}

const LISTING: Listing<TransitAttachment> = Listing {
    kind: &ids::TRANSIT_ATTACHMENT,
    id: |attachment| attachment.id.as_str(),
    tags: Some(|_, attachment| &attachment.tags),
    filters: &[
        ("association.state", |_, a| each(a.table.iter().map(|_| "associated"))),
        ("association.transit-gateway-route-table-id", |_, a| each_shown(&a.table)),
        ("resource-id", |_, a| each_shown(resource(a).1)),
        ("resource-owner-id", |model, _| one(owner(model))),
        ("resource-type", |_, a| one(resource(a).0)),
        ("state", |_, a| one(attachment_state(a))),
        ("transit-gateway-attachment-id", |_, a| one(a.id.as_str())),
        ("transit-gateway-id", |_, a| one(a.gateway.as_str())),
        ("transit-gateway-owner-id", |model, a| one(hub_owner(model, a))),
    ],
    pages: Pages::usual("TransitGatewayAttachmentIds"),
};

describe_args!(DescribeAttachments "TransitGatewayAttachmentIds");
describe_answer!(AttachmentsAnswer "transitGatewayAttachments" AttachmentShape);

fn describe(state: &mut State, args: DescribeAttachments) -> Result<AttachmentsAnswer, ApiError> {
    let model = &state.model;
    let page = LISTING.select(model, seen(model), args.ask())?;
    Ok(AttachmentsAnswer { list: page.shaped(|a| shape(model, a)), next_token: page.next_token })
}

fn seen(model: &Model) -> impl Iterator<Item = &TransitAttachment> {
    model.world.network.transit.attachments.values().filter(|a| model.sees(&a.id))
}

/// An attachment of a network.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfVpcShape {
    transit_gateway_attachment_id: CloudId,
    transit_gateway_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<CloudId>,
    vpc_owner_id: String,
    state: &'static str,
    subnet_ids: Items<CloudId>,
    creation_time: String,
    options: OptionsShape,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsShape {
    dns_support: &'static str,
    security_group_referencing_support: &'static str,
    ipv6_support: &'static str,
    appliance_mode_support: &'static str,
}

fn of_vpc(model: &Model, attachment: &TransitAttachment) -> OfVpcShape {
    let options = model.hidden.facts.transit.attachments.get(&attachment.id).copied().unwrap_or_default();
    OfVpcShape {
        transit_gateway_attachment_id: attachment.id.clone(),
        transit_gateway_id: attachment.gateway.clone(),
        vpc_id: resource(attachment).1.cloned(),
        vpc_owner_id: owner(model),
        state: attachment_state(attachment),
        subnet_ids: subnets(attachment).cloned().collect(),
        creation_time: made(model, &attachment.id),
        options: OptionsShape {
            dns_support: "enable",
            security_group_referencing_support: "enable",
            ipv6_support: yes_no(options.ipv6),
            appliance_mode_support: yes_no(options.appliance_mode),
        },
        tag_set: tag_set(&attachment.tags),
    }
}

fn subnets(attachment: &TransitAttachment) -> impl Iterator<Item = &CloudId> {
    let subnets = match &attachment.end {
        TransitEnd::Network { subnets, .. } => subnets.as_ref(),
        TransitEnd::Other { .. } => None,
    };
    subnets.into_iter().flatten()
}

const OF_VPC_FILTERS: &[Row<TransitAttachment>] = &[
    ("state", |_, a| one(attachment_state(a))),
    ("transit-gateway-attachment-id", |_, a| one(a.id.as_str())),
    ("transit-gateway-id", |_, a| one(a.gateway.as_str())),
    ("vpc-id", |_, a| each_shown(resource(a).1)),
];

const OF_VPCS: Listing<TransitAttachment> = Listing { filters: OF_VPC_FILTERS, ..LISTING };

describe_answer!(OfVpcsAnswer "transitGatewayVpcAttachments" OfVpcShape);

/// Of a hub that another account shares only those are seen whose subnets are.
fn describe_of_vpcs(state: &mut State, args: DescribeAttachments) -> Result<OfVpcsAnswer, ApiError> {
    let model = &state.model;
    let of_vpcs = seen(model).filter(|a| matches!(&a.end, TransitEnd::Network { subnets: Some(_), .. }));
    let page = OF_VPCS.select(model, of_vpcs, args.ask())?;
    Ok(OfVpcsAnswer { list: page.shaped(|a| of_vpc(model, a)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateArgs {
    transit_gateway_id: CloudId,
    vpc_id: CloudId,
    #[serde(default)]
    subnet_ids: Vec<CloudId>,
    options: Option<Options>,
    #[serde(default)]
    tag_specifications: Vec<TagSpecification>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Options {
    dns_support: Option<String>,
    security_group_referencing_support: Option<String>,
    ipv6_support: Option<String>,
    appliance_mode_support: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfVpcAnswer {
    transit_gateway_vpc_attachment: OfVpcShape,
}

fn create(state: &mut State, args: CreateArgs) -> Result<OfVpcAnswer, ApiError> {
    let options = args.options.unwrap_or_default();
    only_text("Options.DnsSupport", options.dns_support.as_ref(), &["enable"])?;
    let referencing = options.security_group_referencing_support.as_ref();
    only_text("Options.SecurityGroupReferencingSupport", referencing, &["enable"])?;
    let subnets: BTreeSet<CloudId> = args.subnet_ids.iter().cloned().collect();
    if subnets.is_empty() {
        let message = "The request must contain the parameter SubnetIds";
        return Err(ApiError::new(crate::cloud::Code::MissingParameter, message));
    }
    let made = state.model.create_vpc_attachment(CreateVpcAttachment {
        gateway: args.transit_gateway_id.clone(),
        vpc_id: args.vpc_id.clone(),
        subnets,
        options: AttachmentOptions {
            ipv6: switch("Options.Ipv6Support", options.ipv6_support.as_ref(), false)?,
            appliance_mode: switch("Options.ApplianceModeSupport", options.appliance_mode_support.as_ref(), false)?,
        },
        tags: tags_for("transit-gateway-attachment", args.tag_specifications)?,
    });
    let hub = [(&ids::TRANSIT_GATEWAY, args.transit_gateway_id.as_str()), (&ids::VPC, args.vpc_id.as_str())];
    let subnets = args.subnet_ids.iter().map(|id| (&ids::SUBNET, id.as_str()));
    let id = made.map_err(ids::read_first(hub.into_iter().chain(subnets)))?;
    let attachment = state.model.world.network.transit.attachments.get(&id);
    let attachment = attachment.ok_or_else(|| ids::TRANSIT_ATTACHMENT.refuse(&[id.as_str()]))?;
    Ok(OfVpcAnswer { transit_gateway_vpc_attachment: of_vpc(&state.model, attachment) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteArgs {
    transit_gateway_attachment_id: CloudId,
}

fn delete(state: &mut State, args: DeleteArgs) -> Result<OfVpcAnswer, ApiError> {
    let id = args.transit_gateway_attachment_id;
    let gone = state.model.transit_attachment(&id).map(|attachment| of_vpc(&state.model, attachment));
    let read_first = ids::read_first([(&ids::TRANSIT_ATTACHMENT, id.as_str())]);
    state.model.delete_vpc_attachment(&id).map_err(read_first)?;
    Ok(OfVpcAnswer { transit_gateway_vpc_attachment: OfVpcShape { state: "deleting", ..gone? } })
}
