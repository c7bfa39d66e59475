//! Route tables.

use egress_core::{
    CloudId,
    ipnet::IpNet,
    world::{AssociatedWith, Association, Destination, Route, RouteOrigin, RouteState, RouteTable, Target},
};

use super::{
    shapes,
    tags::{State, Tag, state, state_of, tag_list, tags},
};
use crate::text::{Flaw, Read, cidr_v4, cidr_v6, filled, id, id_if, must};

shapes! {
    /// A route table.
    RouteTableShape {
        route_table_id: Option<String>,
        vpc_id: Option<String>,
        associations: Vec<RouteTableAssociation>,
        routes: Vec<RouteShape>,
        owner_id: Option<String>,
        tags: Vec<Tag>,
    }
    /// What uses it.
    RouteTableAssociation {
        route_table_association_id: Option<String>,
        main: Option<bool>,
        subnet_id: Option<String>,
        gateway_id: Option<String>,
        public_ipv4_pool: Option<String>,
        association_state: Option<State>,
    }
    /// A route.
    RouteShape {
        destination_cidr_block: Option<String>,
        destination_ipv6_cidr_block: Option<String>,
        destination_prefix_list_id: Option<String>,
        nat_gateway_id: Option<String>,
        transit_gateway_id: Option<String>,
        vpc_peering_connection_id: Option<String>,
        egress_only_internet_gateway_id: Option<String>,
        instance_id: Option<String>,
        network_interface_id: Option<String>,
        gateway_id: Option<String>,
        local_gateway_id: Option<String>,
        carrier_gateway_id: Option<String>,
        core_network_arn: Option<String>,
        odb_network_arn: Option<String>,
        state: Option<String>,
        origin: Option<String>,
    }
}

pub(crate) fn route_table(table: RouteTableShape) -> Read<Option<RouteTable>> {
    Ok(Some(RouteTable {
        id: id("RouteTableId", table.route_table_id.as_deref())?,
        network: id("VpcId", table.vpc_id.as_deref())?,
        associations: table.associations.iter().filter_map(|a| association(a).transpose()).collect::<Read<_>>()?,
        routes: table.routes.iter().map(route).collect::<Read<_>>()?,
        tags: tags(table.tags),
    }))
}

/// A link; `None` for one that has ended and is only listed still.
fn association(link: &RouteTableAssociation) -> Read<Option<Association>> {
    let state = state_of(link.association_state.as_ref());
    if matches!(state, Some("disassociated" | "failed")) {
        return Ok(None);
    }
    let with = match (link.main, id_if(link.subnet_id.as_deref()), id_if(link.gateway_id.as_deref())) {
        (_, Some(subnet), _) => AssociatedWith::Subnet(subnet),
        (_, _, Some(gateway)) => AssociatedWith::Gateway(gateway),
        (Some(true), None, None) => AssociatedWith::Main,
        // With a pool of public addresses: nothing that routes of ours go through.
        _ if link.public_ipv4_pool.is_some() => return Ok(None),
        _ => return Err(Flaw::new("an association is with nothing")),
    };
    Ok(Some(Association {
        id: id("RouteTableAssociationId", link.route_table_association_id.as_deref())?,
        with,
        active: matches!(state, None | Some("associated")),
    }))
}

fn route(route: &RouteShape) -> Read<Route> {
    Ok(Route {
        destination: destination(route)?,
        target: target(route),
        state: match route.state.as_deref() {
            None | Some("active") => RouteState::Active,
            Some("blackhole") => RouteState::Blackhole,
            // A state that is not known here must not look like a way that works.
            Some(_) => RouteState::Filtered,
        },
        origin: match route.origin.as_deref() {
            Some("CreateRouteTable") => RouteOrigin::Table,
            Some("EnableVgwRoutePropagation" | "Advertisement") => RouteOrigin::Propagated,
            _ => RouteOrigin::Static,
        },
    })
}

fn destination(route: &RouteShape) -> Read<Destination> {
    if let Some(range) = filled(route.destination_cidr_block.as_deref()) {
        return Ok(Destination::Cidr(IpNet::V4(cidr_v4(range)?)));
    }
    if let Some(range) = filled(route.destination_ipv6_cidr_block.as_deref()) {
        return Ok(Destination::Cidr(IpNet::V6(cidr_v6(range)?)));
    }
    let list = must("destination", route.destination_prefix_list_id.as_deref());
    list.map(|list| Destination::PrefixList(CloudId::new(list)))
}

type MakeTarget = fn(CloudId) -> Target<CloudId>;

/// What stands in `GatewayId`, by how ids of its kind begin.
const GATEWAYS: [(&str, MakeTarget); 5] = [
    ("igw-", Target::InternetGateway),
    ("vgw-", Target::PrivateGateway),
    ("vpce-", Target::Endpoint),
    ("eigw-", Target::EgressOnlyGateway),
    ("nat-", Target::NatGateway),
];

const LOCAL: &str = "local";

const UNNAMED: &str = "a target that is not named";

/// Where a route leads. What is not known here keeps AWS's own name for it, and nothing is assumed about it.
fn target(route: &RouteShape) -> Target<CloudId> {
    let fields: [(&Option<String>, MakeTarget); 6] = [
        (&route.nat_gateway_id, Target::NatGateway),
        (&route.transit_gateway_id, Target::TransitGateway),
        (&route.vpc_peering_connection_id, Target::Peering),
        (&route.egress_only_internet_gateway_id, Target::EgressOnlyGateway),
        // A route to a machine names its interface too, and the machine is what was meant.
        (&route.instance_id, Target::Instance),
        (&route.network_interface_id, Target::Interface),
    ];
    if let Some(target) = fields.into_iter().find_map(|(id, to)| Some(to(id_if(id.as_deref())?))) {
        return target;
    }
    if let Some(gateway) = filled(route.gateway_id.as_deref()) {
        if gateway == LOCAL {
            return Target::Local;
        }
        let known = GATEWAYS.iter().find(|(prefix, _)| gateway.starts_with(prefix));
        return known.map_or_else(|| Target::Other(gateway.to_owned()), |(_, to)| to(CloudId::new(gateway)));
    }
    let others = [&route.local_gateway_id, &route.carrier_gateway_id, &route.core_network_arn, &route.odb_network_arn];
    Target::Other(others.into_iter().flatten().next().map_or(UNNAMED, String::as_str).to_owned())
}

/// The shape of a table.
pub(crate) fn shape_of(table: &RouteTable, account: &str) -> RouteTableShape {
    RouteTableShape {
        route_table_id: Some(table.id.to_string()),
        vpc_id: Some(table.network.to_string()),
        associations: table.associations.iter().map(association_shape).collect(),
        routes: table.routes.iter().map(route_shape).collect(),
        owner_id: Some(account.to_owned()),
        tags: tag_list(&table.tags),
    }
}

fn association_shape(link: &Association) -> RouteTableAssociation {
    let mut shape = RouteTableAssociation {
        route_table_association_id: Some(link.id.to_string()),
        main: Some(link.with == AssociatedWith::Main),
        association_state: state(if link.active { "associated" } else { "associating" }),
        ..RouteTableAssociation::default()
    };
    match &link.with {
        AssociatedWith::Main => {}
        AssociatedWith::Subnet(subnet) => shape.subnet_id = Some(subnet.to_string()),
        AssociatedWith::Gateway(gateway) => shape.gateway_id = Some(gateway.to_string()),
    }
    shape
}

fn route_shape(route: &Route) -> RouteShape {
    let mut shape = RouteShape {
        state: Some(
            match route.state {
                RouteState::Active => "active",
                RouteState::Blackhole => "blackhole",
                RouteState::Filtered => "filtered",
            }
            .to_owned(),
        ),
        origin: Some(
            match route.origin {
                RouteOrigin::Table => "CreateRouteTable",
                RouteOrigin::Static => "CreateRoute",
                RouteOrigin::Propagated => "EnableVgwRoutePropagation",
            }
            .to_owned(),
        ),
        ..RouteShape::default()
    };
    match &route.destination {
        Destination::Cidr(IpNet::V4(range)) => shape.destination_cidr_block = Some(range.to_string()),
        Destination::Cidr(IpNet::V6(range)) => shape.destination_ipv6_cidr_block = Some(range.to_string()),
        Destination::PrefixList(list) => shape.destination_prefix_list_id = Some(list.to_string()),
    }
    if let Some((field, name)) = target_field(&route.target, &mut shape) {
        *field = Some(name);
    }
    shape
}

/// The field that names a target, and its name there.
fn target_field<'a>(target: &Target<CloudId>, shape: &'a mut RouteShape) -> Option<(&'a mut Option<String>, String)> {
    let field = match target {
        Target::Local => return Some((&mut shape.gateway_id, LOCAL.to_owned())),
        Target::Other(name) if name == UNNAMED => return None,
        Target::Other(name) if name.starts_with("lgw-") => &mut shape.local_gateway_id,
        Target::Other(name) if name.starts_with("cagw-") => &mut shape.carrier_gateway_id,
        Target::Other(name) if name.starts_with("arn:") => &mut shape.core_network_arn,
        Target::InternetGateway(_) | Target::Endpoint(_) | Target::PrivateGateway(_) | Target::Other(_) => {
            &mut shape.gateway_id
        }
        Target::EgressOnlyGateway(_) => &mut shape.egress_only_internet_gateway_id,
        Target::NatGateway(_) => &mut shape.nat_gateway_id,
        Target::Interface(_) => &mut shape.network_interface_id,
        Target::Instance(_) => &mut shape.instance_id,
        Target::Peering(_) => &mut shape.vpc_peering_connection_id,
        Target::TransitGateway(_) => &mut shape.transit_gateway_id,
    };
    Some((field, target.to_string()))
}
