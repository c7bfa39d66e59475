//! Routes of hubs' tables.

use egress_core::{CloudId, world::TransitRoute};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::resource;
use crate::{
    cloud::{ApiError, Code, Model},
    mock::State,
    wire::{
        ec2::{
            filter::{Filter, Values, each_shown, one, shown},
            ids,
            listing::{Ask, Listing, Pages},
            routes::route_state,
        },
        route::{Action, action},
        xml::Items,
    },
};

pub(in crate::wire::ec2) const ACTIONS: &[Action] = &[
    action!("CreateTransitGatewayRoute" Changes create),
    action!("DeleteTransitGatewayRoute" Changes delete),
    action!("ReplaceTransitGatewayRoute" Changes replace),
    action!("SearchTransitGatewayRoutes" Reads search),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteShape {
    destination_cidr_block: String,
    transit_gateway_attachments: Items<AttachmentShape>,
    r#type: &'static str,
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttachmentShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<CloudId>,
    transit_gateway_attachment_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<String>,
}

fn shape(model: &Model, route: &TransitRoute) -> RouteShape {
    let attachment = |id: &CloudId| {
        let found = model.world.network.transit.attachments.get(id).map(resource);
        AttachmentShape {
            resource_id: found.and_then(|(_, id)| id.cloned()),
            transit_gateway_attachment_id: id.clone(),
            resource_type: found.map(|(kind, _)| kind.to_owned()),
        }
    };
    RouteShape {
        destination_cidr_block: route.cidr.to_string(),
        transit_gateway_attachments: route.attachments.iter().map(attachment).collect(),
        r#type: route_type(route),
        state: route_state(route.state),
    }
}

fn route_type(route: &TransitRoute) -> &'static str {
    if route.propagated { "propagated" } else { "static" }
}

#[derive(Serialize)]
struct RouteAnswer {
    route: RouteShape,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutArgs {
    transit_gateway_route_table_id: CloudId,
    destination_cidr_block: String,
    transit_gateway_attachment_id: Option<CloudId>,
    blackhole: Option<bool>,
}

fn create(state: &mut State, args: PutArgs) -> Result<RouteAnswer, ApiError> {
    put(state, &args, false)
}

fn replace(state: &mut State, args: PutArgs) -> Result<RouteAnswer, ApiError> {
    put(state, &args, true)
}

/// To an attachment or to nowhere. Sentences are from memory `[?]`.
fn put(state: &mut State, args: &PutArgs, replaces: bool) -> Result<RouteAnswer, ApiError> {
    let to = args.transit_gateway_attachment_id.as_ref();
    match (to, args.blackhole.unwrap_or_default()) {
        (None, false) => {
            let message = "The request must contain the parameter TransitGatewayAttachmentId or Blackhole";
            return Err(ApiError::new(Code::MissingParameter, message));
        }
        (Some(_), true) => {
            let message = "The parameters TransitGatewayAttachmentId and Blackhole cannot be used together.";
            return Err(ApiError::new(Code::InvalidParameterCombination, message));
        }
        _ => {}
    }
    let (table, cidr) = (&args.transit_gateway_route_table_id, cidr(&args.destination_cidr_block)?);
    let mut read_first = vec![(&ids::TRANSIT_TABLE, table.as_str())];
    read_first.extend(to.map(|id| (&ids::TRANSIT_ATTACHMENT, id.as_str())));
    state.model.put_transit_route(table, cidr, to, replaces).map_err(ids::read_first(read_first))?;
    let routes = state.model.transit_table(table)?.routes.as_deref().unwrap_or_default();
    let route = routes.iter().find(|route| route.cidr == cidr);
    let route = route.ok_or_else(|| ids::TRANSIT_TABLE.refuse(&[table.as_str()]))?;
    Ok(RouteAnswer { route: shape(&state.model, route) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteArgs {
    transit_gateway_route_table_id: CloudId,
    destination_cidr_block: String,
}

fn delete(state: &mut State, args: DeleteArgs) -> Result<RouteAnswer, ApiError> {
    let (table, cidr) = (args.transit_gateway_route_table_id, cidr(&args.destination_cidr_block)?);
    let gone = state.model.delete_transit_route(&table, cidr);
    let gone = gone.map_err(ids::read_first([(&ids::TRANSIT_TABLE, table.as_str())]))?;
    Ok(RouteAnswer { route: RouteShape { state: "deleted", ..shape(&state.model, &gone) } })
}

fn cidr(text: &str) -> Result<IpNet, ApiError> {
    text.parse().map(|cidr: IpNet| cidr.trunc()).map_err(|_| {
        let message =
            format!("Value ({text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.");
        ApiError::new(Code::InvalidParameterValue, message)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SearchArgs {
    transit_gateway_route_table_id: CloudId,
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoutesAnswer {
    route_set: Items<RouteShape>,
    additional_routes_available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A route and how it is listed.
struct Row {
    cidr: String,
    route: TransitRoute,
}

const ROUTES: Listing<Row> = Listing {
    kind: &ids::TRANSIT_TABLE,
    id: |row| &row.cidr,
    tags: None,
    filters: &[
        ("attachment.resource-id", |model, row| resources(model, row, |(_, id)| id.map(ToString::to_string))),
        ("attachment.resource-type", |model, row| resources(model, row, |(kind, _)| Some(kind.to_owned()))),
        ("attachment.transit-gateway-attachment-id", |_, row| each_shown(&row.route.attachments)),
        ("route-search.exact-match", |_, row| shown(row.route.cidr)),
        ("state", |_, row| one(route_state(row.route.state))),
        ("type", |_, row| one(route_type(&row.route))),
    ],
    pages: Pages::usual(""),
};

fn resources<'m>(model: &'m Model, row: &Row, of: impl Fn((&str, Option<&CloudId>)) -> Option<String>) -> Values<'m> {
    let all = &model.world.network.transit.attachments;
    each_shown(row.route.attachments.iter().filter_map(|id| all.get(id)).filter_map(|a| of(resource(a))))
}

/// A filter at least is a must [doc]; those for longest prefixes, and for ranges above and below one, are not known here.
fn search(state: &mut State, args: SearchArgs) -> Result<RoutesAnswer, ApiError> {
    let model = &state.model;
    if args.filter.is_empty() {
        return Err(ApiError::new(Code::MissingParameter, "The request must contain the parameter Filters"));
    }
    let table = &args.transit_gateway_route_table_id;
    let table = model.transit_table(table).map_err(ids::read_first([(&ids::TRANSIT_TABLE, table.as_str())]))?;
    let row = |route: &TransitRoute| Row { cidr: route.cidr.to_string(), route: route.clone() };
    let mut rows: Vec<Row> = table.routes.iter().flatten().map(row).collect();
    rows.sort_by(|a, b| a.cidr.cmp(&b.cidr));
    let ask = Ask {
        filters: &args.filter,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
        ..Ask::default()
    };
    let page = ROUTES.select(model, rows.iter(), ask)?;
    Ok(RoutesAnswer {
        route_set: page.shaped(|row| shape(model, &row.route)),
        additional_routes_available: page.next_token.is_some(),
        next_token: page.next_token,
    })
}
