//! The route tables of hubs, and which attachments use them and tell them of their networks.

use egress_core::{
    CloudId,
    world::{TransitAttachment, TransitTable},
};
use serde::{Deserialize, Serialize};

use super::{made, resource, state};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        ec2::{
            filter::{Filter, Row, each_shown, one, shown},
            ids,
            listing::{Ask, Listing, Pages, describe_answer, describe_args},
            shape::{TagSet, only_text, tag_set},
            tags::{TagSpecification, tags_for},
        },
        route::{Action, action},
    },
};

pub(in crate::wire::ec2) const ACTIONS: &[Action] = &[
    action!("AssociateTransitGatewayRouteTable" Changes associate),
    action!("CreateTransitGatewayRouteTable" Changes create),
    action!("DeleteTransitGatewayRouteTable" Changes delete),
    action!("DescribeTransitGatewayRouteTables" Reads describe),
    action!("DisableTransitGatewayRouteTablePropagation" Changes disable_propagation),
    action!("DisassociateTransitGatewayRouteTable" Changes disassociate),
    action!("EnableTransitGatewayRouteTablePropagation" Changes enable_propagation),
    action!("GetTransitGatewayRouteTableAssociations" Reads associations),
    action!("GetTransitGatewayRouteTablePropagations" Reads propagations),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TableShape {
    transit_gateway_route_table_id: CloudId,
    transit_gateway_id: CloudId,
    state: &'static str,
    default_association_route_table: bool,
    default_propagation_route_table: bool,
    creation_time: String,
    tag_set: TagSet,
}

fn shape(model: &Model, table: &TransitTable) -> TableShape {
    TableShape {
        transit_gateway_route_table_id: table.id.clone(),
        transit_gateway_id: table.gateway.clone(),
        state: state(model, &table.id),
        default_association_route_table: is_for_associations(model, table),
        default_propagation_route_table: is_for_propagations(model, table),
        creation_time: made(model, &table.id),
        tag_set: tag_set(&table.tags),
    }
}

fn is_for_associations(model: &Model, table: &TransitTable) -> bool {
    model.transit_options(&table.gateway).association_table.as_ref() == Some(&table.id)
}

fn is_for_propagations(model: &Model, table: &TransitTable) -> bool {
    model.transit_options(&table.gateway).propagation_table.as_ref() == Some(&table.id)
}

const LISTING: Listing<TransitTable> = Listing {
    kind: &ids::TRANSIT_TABLE,
    id: |table| table.id.as_str(),
    tags: Some(|_, table| &table.tags),
    filters: &[
        ("default-association-route-table", |model, t| shown(is_for_associations(model, t))),
        ("default-propagation-route-table", |model, t| shown(is_for_propagations(model, t))),
        ("state", |model, t| one(state(model, &t.id))),
        ("transit-gateway-id", |_, t| one(t.gateway.as_str())),
        ("transit-gateway-route-table-id", |_, t| one(t.id.as_str())),
    ],
    pages: Pages::usual("TransitGatewayRouteTableIds"),
};

describe_args!(DescribeTables "TransitGatewayRouteTableIds");
describe_answer!(TablesAnswer "transitGatewayRouteTables" TableShape);

fn describe(state: &mut State, args: DescribeTables) -> Result<TablesAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.transit.tables.values().filter(|t| model.sees(&t.id));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(TablesAnswer { list: page.shaped(|table| shape(model, table)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateArgs {
    transit_gateway_id: CloudId,
    #[serde(default)]
    tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TableAnswer {
    transit_gateway_route_table: TableShape,
}

fn create(state: &mut State, args: CreateArgs) -> Result<TableAnswer, ApiError> {
    let hub = args.transit_gateway_id;
    let tags = tags_for("transit-gateway-route-table", args.tag_specifications)?;
    let made = state.model.create_transit_table(&hub, tags);
    let id = made.map_err(ids::read_first([(&ids::TRANSIT_GATEWAY, hub.as_str())]))?;
    let table = state.model.world.network.transit.tables.get(&id);
    let table = table.ok_or_else(|| ids::TRANSIT_TABLE.refuse(&[id.as_str()]))?;
    Ok(TableAnswer { transit_gateway_route_table: shape(&state.model, table) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteArgs {
    transit_gateway_route_table_id: CloudId,
}

fn delete(state: &mut State, args: DeleteArgs) -> Result<TableAnswer, ApiError> {
    let id = args.transit_gateway_route_table_id;
    let gone = state.model.transit_table(&id).map(|table| shape(&state.model, table));
    state.model.delete_transit_table(&id).map_err(ids::read_first([(&ids::TRANSIT_TABLE, id.as_str())]))?;
    Ok(TableAnswer { transit_gateway_route_table: TableShape { state: "deleting", ..gone? } })
}

/// A table and an attachment that have, or are to have, something to do with each other.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PairArgs {
    transit_gateway_route_table_id: CloudId,
    transit_gateway_attachment_id: Option<CloudId>,
    transit_gateway_route_table_announcement_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PairShape {
    transit_gateway_route_table_id: CloudId,
    transit_gateway_attachment_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<CloudId>,
    resource_type: String,
    state: &'static str,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkShape {
    transit_gateway_attachment_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<CloudId>,
    resource_type: String,
    state: &'static str,
}

fn link(attachment: &TransitAttachment, state: &'static str) -> LinkShape {
    let (kind, id) = resource(attachment);
    LinkShape {
        transit_gateway_attachment_id: attachment.id.clone(),
        resource_id: id.cloned(),
        resource_type: kind.to_owned(),
        state,
    }
}

#[derive(Serialize)]
struct AssociationAnswer {
    association: PairShape,
}

fn associate(state: &mut State, args: PairArgs) -> Result<AssociationAnswer, ApiError> {
    let association = pair(state, args, "associating", Model::associate_transit_table)?;
    Ok(AssociationAnswer { association })
}

fn disassociate(state: &mut State, args: PairArgs) -> Result<AssociationAnswer, ApiError> {
    let association = pair(state, args, "disassociating", Model::disassociate_transit_table)?;
    Ok(AssociationAnswer { association })
}

#[derive(Serialize)]
struct PropagationAnswer {
    propagation: PairShape,
}

fn enable_propagation(state: &mut State, args: PairArgs) -> Result<PropagationAnswer, ApiError> {
    let propagation = pair(state, args, "enabled", |model, table, by| model.set_propagation(table, by, true))?;
    Ok(PropagationAnswer { propagation })
}

fn disable_propagation(state: &mut State, args: PairArgs) -> Result<PropagationAnswer, ApiError> {
    let propagation = pair(state, args, "disabled", |model, table, by| model.set_propagation(table, by, false))?;
    Ok(PropagationAnswer { propagation })
}

fn pair(
    state: &mut State,
    args: PairArgs,
    word: &'static str,
    act: fn(&mut Model, &CloudId, &CloudId) -> Result<(), ApiError>,
) -> Result<PairShape, ApiError> {
    only_text(
        "TransitGatewayRouteTableAnnouncementId",
        args.transit_gateway_route_table_announcement_id.as_ref(),
        &[],
    )?;
    let (table, Some(attachment)) = (args.transit_gateway_route_table_id, args.transit_gateway_attachment_id) else {
        let message = "The request must contain the parameter TransitGatewayAttachmentId";
        return Err(ApiError::new(crate::cloud::Code::MissingParameter, message));
    };
    let both = [(&ids::TRANSIT_TABLE, table.as_str()), (&ids::TRANSIT_ATTACHMENT, attachment.as_str())];
    act(&mut state.model, &table, &attachment).map_err(ids::read_first(both))?;
    let LinkShape { transit_gateway_attachment_id, resource_id, resource_type, state } =
        link(state.model.transit_attachment(&attachment)?, word);
    Ok(PairShape {
        transit_gateway_route_table_id: table,
        transit_gateway_attachment_id,
        resource_id,
        resource_type,
        state,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetArgs {
    transit_gateway_route_table_id: CloudId,
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

const LINK_FILTERS: &[Row<LinkShape>] = &[
    ("resource-id", |_, l| each_shown(&l.resource_id)),
    ("resource-type", |_, l| one(&l.resource_type)),
    ("transit-gateway-attachment-id", |_, l| one(l.transit_gateway_attachment_id.as_str())),
];

const LINKS: Listing<LinkShape> = Listing {
    kind: &ids::TRANSIT_ATTACHMENT,
    id: |link| link.transit_gateway_attachment_id.as_str(),
    tags: None,
    filters: LINK_FILTERS,
    pages: Pages::usual(""),
};

describe_answer!(AssociationsAnswer "associations" LinkShape);

fn associations(state: &mut State, args: GetArgs) -> Result<AssociationsAnswer, ApiError> {
    let model = &state.model;
    let table = &args.transit_gateway_route_table_id;
    let used_by = |a: &&TransitAttachment| a.table.as_ref() == Some(table);
    let (list, next_token) = links(model, &args, "associated", used_by)?;
    Ok(AssociationsAnswer { list, next_token })
}

describe_answer!(PropagationsAnswer "transitGatewayRouteTablePropagations" LinkShape);

fn propagations(state: &mut State, args: GetArgs) -> Result<PropagationsAnswer, ApiError> {
    let model = &state.model;
    let told_by = model.hidden.facts.transit.propagations.get(&args.transit_gateway_route_table_id);
    let tells = |a: &&TransitAttachment| told_by.is_some_and(|told_by| told_by.contains(&a.id));
    let (list, next_token) = links(model, &args, "enabled", tells)?;
    Ok(PropagationsAnswer { list, next_token })
}

type Links = (crate::wire::xml::Items<LinkShape>, Option<String>);

fn links(
    model: &Model,
    args: &GetArgs,
    word: &'static str,
    is: impl Fn(&&TransitAttachment) -> bool,
) -> Result<Links, ApiError> {
    let table = &args.transit_gateway_route_table_id;
    model.transit_table(table).map_err(ids::read_first([(&ids::TRANSIT_TABLE, table.as_str())]))?;
    let attachments = model.world.network.transit.attachments.values().filter(|a| model.sees(&a.id)).filter(is);
    let all: Vec<LinkShape> = attachments.map(|attachment| link(attachment, word)).collect();
    let ask = Ask {
        filters: &args.filter,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
        ..Ask::default()
    };
    let page = LINKS.select(model, all.iter(), ask)?;
    Ok((page.shaped(Clone::clone), page.next_token))
}
