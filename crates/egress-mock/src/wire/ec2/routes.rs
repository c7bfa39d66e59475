//! Routes.

use egress_core::{
    CloudId,
    world::{Destination, Route, RouteOrigin, RouteState, Target},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::ids;
use crate::{
    cloud::{ApiError, Code, Model, RouteArgs},
    mock::State,
    wire::route::{Action, Return, action},
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateRoute" Changes create_route),
    action!("DeleteRoute" Changes delete_route),
    action!("ReplaceRoute" Changes replace_route),
];

/// A route: one of the destinations and one of the targets is there.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_ipv6_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_prefix_list_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nat_gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    egress_only_internet_gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_owner_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_interface_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transit_gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_peering_connection_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    core_network_arn: Option<String>,
    state: &'static str,
    origin: &'static str,
}

pub(super) fn route_shape(model: &Model, route: &Route) -> RouteShape {
    let mut shape =
        RouteShape { state: route_state(route.state), origin: origin(route.origin), ..RouteShape::default() };
    match &route.destination {
        Destination::Cidr(cidr @ IpNet::V4(_)) => shape.destination_cidr_block = Some(cidr.to_string()),
        Destination::Cidr(cidr @ IpNet::V6(_)) => shape.destination_ipv6_cidr_block = Some(cidr.to_string()),
        Destination::PrefixList(id) => shape.destination_prefix_list_id = Some(id.clone()),
    }
    let target = Some(route.target.to_string());
    match &route.target {
        // A firewall's or an appliance's endpoint stands where a gateway does [doc].
        Target::Local | Target::InternetGateway(_) | Target::PrivateGateway(_) | Target::Endpoint(_) => {
            shape.gateway_id = target;
        }
        Target::NatGateway(_) => shape.nat_gateway_id = target,
        Target::EgressOnlyGateway(_) => shape.egress_only_internet_gateway_id = target,
        Target::Interface(id) => {
            shape.network_interface_id = target;
            let instance = model.world.network.interfaces.get(id).and_then(|i| i.instance.as_ref());
            shape.instance_id = instance.map(ToString::to_string);
            shape.instance_owner_id = instance.map(|_| super::shape::owner(model));
        }
        Target::Instance(_) => {
            shape.instance_id = target;
            shape.instance_owner_id = Some(super::shape::owner(model));
        }
        Target::Peering(_) => shape.vpc_peering_connection_id = target,
        Target::TransitGateway(_) => shape.transit_gateway_id = target,
        Target::Other(name) if name.starts_with("lgw-") => shape.local_gateway_id = target,
        Target::Other(name) if name.starts_with("cagw-") => shape.carrier_gateway_id = target,
        Target::Other(name) if name.starts_with("arn:") => shape.core_network_arn = target,
        Target::Other(_) => shape.gateway_id = target,
    }
    shape
}

pub(super) fn route_state(state: RouteState) -> &'static str {
    match state {
        RouteState::Active => "active",
        RouteState::Blackhole => "blackhole",
        RouteState::Filtered => "filtered",
    }
}

pub(super) fn origin(origin: RouteOrigin) -> &'static str {
    match origin {
        RouteOrigin::Table => "CreateRouteTable",
        RouteOrigin::Static => "CreateRoute",
        RouteOrigin::Propagated => "EnableVgwRoutePropagation",
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutRoute {
    route_table_id: CloudId,
    destination_cidr_block: Option<String>,
    destination_ipv6_cidr_block: Option<String>,
    destination_prefix_list_id: Option<CloudId>,
    gateway_id: Option<CloudId>,
    nat_gateway_id: Option<CloudId>,
    network_interface_id: Option<CloudId>,
    instance_id: Option<CloudId>,
    egress_only_internet_gateway_id: Option<CloudId>,
    transit_gateway_id: Option<CloudId>,
    vpc_endpoint_id: Option<CloudId>,
    vpc_peering_connection_id: Option<CloudId>,
    local_gateway_id: Option<String>,
    carrier_gateway_id: Option<String>,
    core_network_arn: Option<String>,
    local_target: Option<bool>,
}

fn create_route(state: &mut State, args: PutRoute) -> Result<Return, ApiError> {
    put(state, args, Model::create_route)
}

fn replace_route(state: &mut State, args: PutRoute) -> Result<Return, ApiError> {
    put(state, args, Model::replace_route)
}

fn put(
    state: &mut State,
    args: PutRoute,
    act: fn(&mut Model, RouteArgs) -> Result<(), ApiError>,
) -> Result<Return, ApiError> {
    let destination =
        destination(args.destination_cidr_block, args.destination_ipv6_cidr_block, args.destination_prefix_list_id)?;
    let local = args.local_target.filter(|local| *local).map(|_| Target::Local);
    let targets = [
        args.gateway_id.map(gateway),
        args.nat_gateway_id.map(Target::NatGateway),
        args.network_interface_id.map(Target::Interface),
        args.instance_id.map(Target::Instance),
        args.egress_only_internet_gateway_id.map(Target::EgressOnlyGateway),
        args.transit_gateway_id.map(Target::TransitGateway),
        args.vpc_endpoint_id.map(Target::Endpoint),
        args.vpc_peering_connection_id.map(Target::Peering),
        args.local_gateway_id.map(Target::Other),
        args.carrier_gateway_id.map(Target::Other),
        args.core_network_arn.map(Target::Other),
        local,
    ];
    let mut targets = targets.into_iter().flatten();
    let target = match (targets.next(), targets.next()) {
        (Some(target), None) => target,
        (None, _) => return Err(ApiError::new(Code::MissingParameter, ONE_TARGET)),
        (Some(_), Some(_)) => return Err(ApiError::new(Code::InvalidParameterCombination, ONE_TARGET)),
    };
    let table = args.route_table_id;
    let mut read_first = vec![(&ids::ROUTE_TABLE, table.as_str())];
    let named = target.clone();
    // A NAT gateway is not read first: a wrong one is answered like one that is not there (recorded).
    read_first.extend(match &named {
        Target::Interface(id) => Some((&ids::INTERFACE, id.as_str())),
        Target::Instance(id) => Some((&ids::INSTANCE, id.as_str())),
        Target::TransitGateway(id) => Some((&ids::TRANSIT_GATEWAY, id.as_str())),
        Target::EgressOnlyGateway(id) => Some((&ids::EGRESS_ONLY_GATEWAY, id.as_str())),
        Target::Peering(id) => Some((&ids::PEERING, id.as_str())),
        _ => None,
    });
    let done = act(&mut state.model, RouteArgs { route_table_id: table.clone(), destination, target });
    done.map_err(ids::read_first(read_first))?;
    Ok(Return::TRUE)
}

/// Recorded word for word, with `MissingParameter` for none.
const ONE_TARGET: &str = "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, \
                          vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, localGatewayId or \
                          instanceId";

/// `GatewayId` is of several kinds of gateway.
fn gateway(id: CloudId) -> Target<CloudId> {
    match id.as_str().split('-').next() {
        Some("local") => Target::Local,
        Some("vgw") => Target::PrivateGateway(id),
        Some("vpce") => Target::Endpoint(id),
        _ => Target::InternetGateway(id),
    }
}

/// Exactly one destination. Its host bits are cut off, as EC2 does [doc].
fn destination(v4: Option<String>, v6: Option<String>, list: Option<CloudId>) -> Result<Destination, ApiError> {
    let one = "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock or \
               destinationPrefixListId";
    match (v4, v6, list) {
        (Some(v4), None, None) => cidr(&v4, false),
        (None, Some(v6), None) => cidr(&v6, true),
        (None, None, Some(list)) => Ok(Destination::PrefixList(list)),
        (None, None, None) => Err(ApiError::new(Code::MissingParameter, one)),
        _ => Err(ApiError::new(Code::InvalidParameterCombination, one)),
    }
}

fn cidr(text: &str, v6: bool) -> Result<Destination, ApiError> {
    let parsed = text.parse::<IpNet>().ok().filter(|cidr| matches!(cidr, IpNet::V6(_)) == v6);
    parsed.map(|cidr| Destination::Cidr(cidr.trunc())).ok_or_else(|| {
        let name = if v6 { "destinationIpv6CidrBlock" } else { "destinationCidrBlock" };
        let message = format!("Value ({text}) for parameter {name} is invalid. This is not a valid CIDR block.");
        ApiError::new(Code::InvalidParameterValue, message)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteRoute {
    route_table_id: CloudId,
    destination_cidr_block: Option<String>,
    destination_ipv6_cidr_block: Option<String>,
    destination_prefix_list_id: Option<CloudId>,
}

fn delete_route(state: &mut State, args: DeleteRoute) -> Result<Return, ApiError> {
    let destination =
        destination(args.destination_cidr_block, args.destination_ipv6_cidr_block, args.destination_prefix_list_id)?;
    let read_first = ids::read_first([(&ids::ROUTE_TABLE, args.route_table_id.as_str())]);
    state.model.delete_route(&args.route_table_id, &destination).map_err(read_first)?;
    Ok(Return::TRUE)
}
