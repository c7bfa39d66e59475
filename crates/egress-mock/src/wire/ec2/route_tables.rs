//! Route tables and their associations.

use egress_core::{
    CloudId,
    world::{AssociatedWith, Association, Destination, Route, RouteTable, Target},
};
use serde::{Deserialize, Serialize};

use super::{
    filter::{Values, each, each_shown, one, shown},
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    routes::{RouteShape, origin, route_shape, route_state},
    shape::{StateShape, TagSet, only_text, owner, tag_set},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{self, ApiError, Model},
    mock::State,
    wire::{
        route::{Action, Return, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("AssociateRouteTable" Changes associate_route_table),
    action!("CreateRouteTable" Changes create_route_table),
    action!("DeleteRouteTable" Changes delete_route_table),
    action!("DescribeRouteTables" Reads describe_route_tables),
    action!("DisassociateRouteTable" Changes disassociate_route_table),
    action!("ReplaceRouteTableAssociation" Changes replace_route_table_association),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TableShape {
    route_table_id: CloudId,
    vpc_id: CloudId,
    owner_id: String,
    route_set: Items<RouteShape>,
    association_set: Items<AssociationShape>,
    propagating_vgw_set: Items<String>,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssociationShape {
    route_table_association_id: CloudId,
    route_table_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    subnet_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_id: Option<CloudId>,
    main: bool,
    association_state: StateShape,
}

fn shape(model: &Model, table: &RouteTable) -> TableShape {
    let association = |a: &Association| AssociationShape {
        route_table_association_id: a.id.clone(),
        route_table_id: table.id.clone(),
        subnet_id: subnet(a).cloned(),
        gateway_id: gateway(a).cloned(),
        main: a.with == AssociatedWith::Main,
        association_state: StateShape { state: if a.active { "associated" } else { "associating" } },
    };
    TableShape {
        route_table_id: table.id.clone(),
        vpc_id: table.network.clone(),
        owner_id: owner(model),
        route_set: table.routes.iter().map(|route| route_shape(model, route)).collect(),
        association_set: table.associations.iter().map(association).collect(),
        propagating_vgw_set: Items::default(),
        tag_set: tag_set(&table.tags),
    }
}

fn subnet(association: &Association) -> Option<&CloudId> {
    match &association.with {
        AssociatedWith::Subnet(id) => Some(id),
        AssociatedWith::Main | AssociatedWith::Gateway(_) => None,
    }
}

fn gateway(association: &Association) -> Option<&CloudId> {
    match &association.with {
        AssociatedWith::Gateway(id) => Some(id),
        AssociatedWith::Main | AssociatedWith::Subnet(_) => None,
    }
}

const LISTING: Listing<RouteTable> = Listing {
    kind: &ids::ROUTE_TABLE,
    id: |table| table.id.as_str(),
    tags: Some(|_, table| &table.tags),
    filters: &[
        ("association.gateway-id", |_, t| each(t.associations.iter().filter_map(gateway).map(CloudId::as_str))),
        ("association.main", |_, t| each_shown(t.associations.iter().map(|a| a.with == AssociatedWith::Main))),
        ("association.route-table-association-id", |_, t| each(t.associations.iter().map(|a| a.id.as_str()))),
        ("association.route-table-id", |_, t| each(t.associations.iter().map(|_| t.id.as_str()))),
        ("association.subnet-id", |_, t| each(t.associations.iter().filter_map(subnet).map(CloudId::as_str))),
        ("owner-id", |model, _| one(owner(model))),
        ("route-table-id", |_, t| one(t.id.as_str())),
        ("route.destination-cidr-block", |_, t| each_shown(t.routes.iter().filter_map(|r| range(r, false)))),
        ("route.destination-ipv6-cidr-block", |_, t| each_shown(t.routes.iter().filter_map(|r| range(r, true)))),
        ("route.destination-prefix-list-id", |_, t| {
            each_shown(t.routes.iter().filter_map(|r| match &r.destination {
                Destination::PrefixList(id) => Some(id),
                Destination::Cidr(_) => None,
            }))
        }),
        ("route.egress-only-internet-gateway-id", |_, t| targets(t, |to| matches!(to, Target::EgressOnlyGateway(_)))),
        ("route.gateway-id", |_, t| {
            targets(t, |to| {
                matches!(
                    to,
                    Target::Local | Target::InternetGateway(_) | Target::PrivateGateway(_) | Target::Endpoint(_)
                )
            })
        }),
        ("route.instance-id", |_, t| targets(t, |to| matches!(to, Target::Instance(_)))),
        ("route.nat-gateway-id", |_, t| targets(t, |to| matches!(to, Target::NatGateway(_)))),
        ("route.transit-gateway-id", |_, t| targets(t, |to| matches!(to, Target::TransitGateway(_)))),
        ("route.origin", |_, t| each(t.routes.iter().map(|r| origin(r.origin)))),
        ("route.state", |_, t| each(t.routes.iter().map(|r| route_state(r.state)))),
        ("route.vpc-peering-connection-id", |_, t| targets(t, |to| matches!(to, Target::Peering(_)))),
        ("vpc-id", |_, t| shown(&t.network)),
    ],
    // "Value ( 1000 ) for parameter MaxResults is invalid. Expecting a value smaller than or equal to 100." [recorded]
    pages: Pages { most: 100, ..Pages::usual("RouteTableIds") },
};

fn range(route: &Route, v6: bool) -> Option<ipnet::IpNet> {
    match route.destination {
        Destination::Cidr(cidr) if matches!(cidr, ipnet::IpNet::V6(_)) == v6 => Some(cidr),
        _ => None,
    }
}

fn targets(table: &RouteTable, is: impl Fn(&Target<CloudId>) -> bool) -> Values<'_> {
    each_shown(table.routes.iter().map(|r| &r.target).filter(|target| is(target)))
}

describe_args!(DescribeRouteTables "RouteTableId");
describe_answer!(RouteTablesAnswer "routeTableSet" TableShape);

fn describe_route_tables(state: &mut State, args: DescribeRouteTables) -> Result<RouteTablesAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.route_tables.values().filter(|t| model.sees(&t.id) && model.sees(&t.network));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(RouteTablesAnswer { list: page.shaped(|table| shape(model, table)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateRouteTable {
    vpc_id: CloudId,
    client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteTableAnswer {
    route_table: TableShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
}

fn create_route_table(state: &mut State, args: CreateRouteTable) -> Result<RouteTableAnswer, ApiError> {
    let tags = tags_for("route-table", args.tag_specification)?;
    let client_token = args.client_token;
    let made = state.model.create_route_table(cloud::CreateRouteTable {
        vpc_id: args.vpc_id.clone(),
        client_token: client_token.clone(),
        tags,
    });
    let id = made.map_err(ids::read_first([(&ids::VPC, args.vpc_id.as_str())]))?;
    // What a token was used for may be gone again.
    let table = state.model.world.network.route_tables.get(&id);
    let table = table.ok_or_else(|| ids::ROUTE_TABLE.refuse(&[id.as_str()]))?;
    Ok(RouteTableAnswer { route_table: shape(&state.model, table), client_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteRouteTable {
    route_table_id: CloudId,
}

fn delete_route_table(state: &mut State, args: DeleteRouteTable) -> Result<Return, ApiError> {
    let read_first = ids::read_first([(&ids::ROUTE_TABLE, args.route_table_id.as_str())]);
    state.model.delete_route_table(&args.route_table_id).map_err(read_first)?;
    Ok(Return::TRUE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AssociateRouteTable {
    route_table_id: CloudId,
    subnet_id: Option<CloudId>,
    gateway_id: Option<String>,
    public_ipv4_pool: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssociatedAnswer {
    association_id: CloudId,
    association_state: StateShape,
}

const ASSOCIATED: StateShape = StateShape { state: "associated" };

fn associate_route_table(state: &mut State, args: AssociateRouteTable) -> Result<AssociatedAnswer, ApiError> {
    only_text("GatewayId", args.gateway_id.as_ref(), &[])?;
    only_text("PublicIpv4Pool", args.public_ipv4_pool.as_ref(), &[])?;
    let Some(subnet) = args.subnet_id else {
        let message = "The request must contain the parameter subnetId or gatewayId";
        return Err(ApiError::new(cloud::Code::MissingParameter, message));
    };
    let table = args.route_table_id;
    let read_first = [(&ids::ROUTE_TABLE, table.as_str()), (&ids::SUBNET, subnet.as_str())];
    let made = state.model.associate_route_table(&table, &subnet);
    let association_id = made.map_err(ids::read_first(read_first))?;
    Ok(AssociatedAnswer { association_id, association_state: ASSOCIATED })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReplaceRouteTableAssociation {
    association_id: CloudId,
    route_table_id: CloudId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplacedAnswer {
    new_association_id: CloudId,
    association_state: StateShape,
}

fn replace_route_table_association(
    state: &mut State,
    args: ReplaceRouteTableAssociation,
) -> Result<ReplacedAnswer, ApiError> {
    let made = state.model.replace_route_table_association(&args.association_id, &args.route_table_id);
    let read_first = ids::read_first([(&ids::ROUTE_TABLE, args.route_table_id.as_str())]);
    Ok(ReplacedAnswer { new_association_id: made.map_err(read_first)?, association_state: ASSOCIATED })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DisassociateRouteTable {
    association_id: CloudId,
}

fn disassociate_route_table(state: &mut State, args: DisassociateRouteTable) -> Result<Return, ApiError> {
    state.model.disassociate_route_table(&args.association_id)?;
    Ok(Return::TRUE)
}
