//! Transit gateways, what hangs on them, and their tables.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId,
    ipnet::IpNet,
    world::{
        Network, Place, RouteState, Transit, TransitAttachment, TransitEnd, TransitGateway, TransitRoute, TransitTable,
    },
};

use super::{
    shapes,
    tags::{Tag, tag_list, tags},
    vpcs::foreign,
};
use crate::{
    read::{Bag, Kind},
    text::{Read, cidr, filled, id, id_if, must},
};

shapes! {
    /// A transit gateway.
    TransitGatewayShape {
        transit_gateway_id: Option<String>,
        transit_gateway_arn: Option<String>,
        owner_id: Option<String>,
        state: Option<String>,
        tags: Vec<Tag>,
    }
    /// What hangs on one, as two calls tell it: `describe-transit-gateway-attachments` all sorts with their tables,
    /// `describe-transit-gateway-vpc-attachments` networks with their subnets.
    AttachmentShape {
        transit_gateway_attachment_id: Option<String>,
        transit_gateway_id: Option<String>,
        resource_type: Option<String>,
        resource_id: Option<String>,
        vpc_id: Option<String>,
        subnet_ids: Option<Vec<String>>,
        state: Option<String>,
        association: Option<TableAssociation>,
        tags: Vec<Tag>,
    }
    /// The table of an attachment.
    TableAssociation { transit_gateway_route_table_id: Option<String>, state: Option<String>, }
    /// A table.
    TableShape {
        transit_gateway_route_table_id: Option<String>,
        transit_gateway_id: Option<String>,
        state: Option<String>,
        tags: Vec<Tag>,
    }
    /// What `search-transit-gateway-routes` tells.
    RoutesShape { routes: Vec<RouteShape>, additional_routes_available: Option<bool>, }
    /// A route of a table.
    RouteShape {
        destination_cidr_block: Option<String>,
        transit_gateway_attachments: Vec<RouteAttachment>,
        #[serde(rename = "Type")]
        sort: Option<String>,
        state: Option<String>,
    }
    /// Where it leads.
    RouteAttachment {
        transit_gateway_attachment_id: Option<String>,
        resource_id: Option<String>,
        resource_type: Option<String>,
    }
    /// Who may tell a table routes.
    PropagationsShape { transit_gateway_route_table_propagations: Vec<Propagation>, }
    /// One who may.
    Propagation {
        transit_gateway_attachment_id: Option<String>,
        resource_id: Option<String>,
        resource_type: Option<String>,
        state: Option<String>,
    }
}

pub(crate) fn transit(bag: &mut Bag, place: &Place, networks: &BTreeMap<CloudId, Network>) -> Transit {
    let gateways = bag.convert(Kind::TransitGateway, |gateway: TransitGatewayShape| {
        if gateway.state.as_deref() == Some("deleted") {
            return Ok(None);
        }
        Ok(Some(TransitGateway {
            id: id("TransitGatewayId", gateway.transit_gateway_id.as_deref())?,
            owner: foreign(gateway.owner_id, &place.account),
            tags: tags(gateway.tags),
        }))
    });
    let attachments = bag.convert(Kind::TransitAttachment, attachment);
    let routes = routes(bag, networks);
    let tables = bag.convert(Kind::TransitTable, |table: TableShape| {
        if table.state.as_deref() == Some("deleted") {
            return Ok(None);
        }
        let id = id("TransitGatewayRouteTableId", table.transit_gateway_route_table_id.as_deref())?;
        Ok(Some(TransitTable {
            gateway: self::id("TransitGatewayId", table.transit_gateway_id.as_deref())?,
            routes: routes.get(&id).cloned(),
            tags: tags(table.tags),
            id,
        }))
    });
    Transit { gateways, attachments, tables }
}

/// An attachment; `None` for one that is gone or never came to be.
fn attachment(attachment: AttachmentShape) -> Read<Option<TransitAttachment>> {
    let state = attachment.state.as_deref();
    if matches!(state, Some("deleted" | "rejected" | "failed")) {
        return Ok(None);
    }
    let end = match filled(attachment.resource_type.as_deref()) {
        None | Some("vpc") => TransitEnd::Network {
            network: id("VpcId", attachment.vpc_id.as_deref().or(attachment.resource_id.as_deref()))?,
            subnets: attachment.subnet_ids.map(|subnets| subnets.into_iter().map(CloudId::new).collect()),
        },
        Some(kind) => TransitEnd::Other { kind: kind.to_owned(), id: id_if(attachment.resource_id.as_deref()) },
    };
    let in_force = |link: &TableAssociation| matches!(link.state.as_deref(), None | Some("associated"));
    let table =
        attachment.association.filter(in_force).and_then(|link| id_if(link.transit_gateway_route_table_id.as_deref()));
    Ok(Some(TransitAttachment {
        id: id("TransitGatewayAttachmentId", attachment.transit_gateway_attachment_id.as_deref())?,
        gateway: id("TransitGatewayId", attachment.transit_gateway_id.as_deref())?,
        end,
        available: state == Some("available"),
        table,
        tags: tags(attachment.tags),
    }))
}

/// The routes of each table, as far as all of them are known: told as such, or static ones with what networks propagate.
fn routes(bag: &mut Bag, networks: &BTreeMap<CloudId, Network>) -> BTreeMap<CloudId, Vec<TransitRoute>> {
    let searched = bag.convert(Kind::TransitRoutes, |told: RoutesShape| all_of(&told));
    let fixed = bag.convert(Kind::TransitStaticRoutes, |told: RoutesShape| all_of(&told));
    let mut propagated = bag.convert(Kind::TransitPropagations, |told: PropagationsShape| propagated(&told, networks));
    let both = fixed.into_iter().filter_map(|(table, mut routes)| {
        let known: BTreeSet<IpNet> = routes.iter().map(|route| route.cidr).collect();
        // A static route stands before one that is told (transit gateway guide, "Route evaluation order").
        routes.extend(propagated.remove(&table)?.into_iter().filter(|route| !known.contains(&route.cidr)));
        Some((table, routes))
    });
    both.collect::<BTreeMap<_, _>>().into_iter().chain(searched).collect()
}

/// All routes of a table; `None` where there are more.
fn all_of(told: &RoutesShape) -> Read<Option<Vec<TransitRoute>>> {
    if told.additional_routes_available == Some(true) {
        return Ok(None);
    }
    let mut routes: Vec<TransitRoute> = Vec::new();
    for route in told.routes.iter().filter(|route| route.state.as_deref() != Some("deleted")) {
        let route = self::route(route)?;
        // The same page may be there twice.
        if !routes.contains(&route) {
            routes.push(route);
        }
    }
    Ok(Some(routes))
}

fn route(route: &RouteShape) -> Read<TransitRoute> {
    let attachments = route.transit_gateway_attachments.iter();
    Ok(TransitRoute {
        cidr: cidr(must("DestinationCidrBlock", route.destination_cidr_block.as_deref())?)?,
        attachments: attachments.filter_map(|a| id_if(a.transit_gateway_attachment_id.as_deref())).collect(),
        state: match route.state.as_deref() {
            None | Some("active") => RouteState::Active,
            Some("blackhole") => RouteState::Blackhole,
            // A state that is not known here must not look like a way that works.
            Some(_) => RouteState::Filtered,
        },
        propagated: route.sort.as_deref() == Some("propagated"),
    })
}

/// The routes that networks tell a table: a network tells all of its ranges (transit gateway guide, "Route propagation"). `None`
/// where somebody else may tell some, or a network is not known.
fn propagated(told: &PropagationsShape, networks: &BTreeMap<CloudId, Network>) -> Read<Option<Vec<TransitRoute>>> {
    let mut routes: BTreeMap<IpNet, BTreeSet<CloudId>> = BTreeMap::new();
    for one in &told.transit_gateway_route_table_propagations {
        match one.state.as_deref() {
            None | Some("enabled") => {}
            Some("disabled") => continue,
            Some(_) => return Ok(None),
        }
        let network = id_if(one.resource_id.as_deref()).filter(|_| one.resource_type.as_deref() == Some("vpc"));
        let Some(network) = network.and_then(|id| networks.get(&id)) else { return Ok(None) };
        let attachment = id("TransitGatewayAttachmentId", one.transit_gateway_attachment_id.as_deref())?;
        let ranges =
            network.cidrs.iter().copied().map(IpNet::V4).chain(network.cidrs_v6.iter().copied().map(IpNet::V6));
        for range in ranges {
            routes.entry(range).or_default().insert(attachment.clone());
        }
    }
    let route = |(cidr, attachments)| TransitRoute { cidr, attachments, state: RouteState::Active, propagated: true };
    Ok(Some(routes.into_iter().map(route).collect()))
}

/// The shape of a transit gateway.
pub(crate) fn gateway_shape(gateway: &TransitGateway, place: &Place) -> TransitGatewayShape {
    let owner = gateway.owner.clone().unwrap_or_else(|| place.account.clone());
    let resource = format!("transit-gateway/{}", gateway.id);
    TransitGatewayShape {
        transit_gateway_id: Some(gateway.id.to_string()),
        transit_gateway_arn: Some(super::arn_of("ec2", &place.region, &owner, &resource)),
        owner_id: Some(owner),
        state: Some("available".to_owned()),
        tags: tag_list(&gateway.tags),
    }
}

/// The shapes of an attachment: among all of them, and among those of networks where its subnets are known.
pub(crate) fn attachment_shapes(attachment: &TransitAttachment) -> (AttachmentShape, Option<AttachmentShape>) {
    let association = attachment.table.as_ref().map(|table| TableAssociation {
        transit_gateway_route_table_id: Some(table.to_string()),
        state: Some("associated".to_owned()),
    });
    let both = AttachmentShape {
        transit_gateway_attachment_id: Some(attachment.id.to_string()),
        transit_gateway_id: Some(attachment.gateway.to_string()),
        state: Some(if attachment.available { "available" } else { "pending" }.to_owned()),
        tags: tag_list(&attachment.tags),
        ..AttachmentShape::default()
    };
    let (sort, resource, own) = match &attachment.end {
        TransitEnd::Other { kind, id } => (kind.clone(), id.as_ref().map(ToString::to_string), None),
        TransitEnd::Network { network, subnets } => {
            let own = subnets.as_ref().map(|subnets| AttachmentShape {
                vpc_id: Some(network.to_string()),
                subnet_ids: Some(subnets.iter().map(ToString::to_string).collect()),
                ..both.clone()
            });
            ("vpc".to_owned(), Some(network.to_string()), own)
        }
    };
    (AttachmentShape { resource_type: Some(sort), resource_id: resource, association, ..both }, own)
}

/// The shape of a table and, where they are known, of its routes.
pub(crate) fn table_shapes(table: &TransitTable) -> (TableShape, Option<RoutesShape>) {
    let shape = TableShape {
        transit_gateway_route_table_id: Some(table.id.to_string()),
        transit_gateway_id: Some(table.gateway.to_string()),
        state: Some("available".to_owned()),
        tags: tag_list(&table.tags),
    };
    let routes = table.routes.as_ref().map(|routes| RoutesShape {
        routes: routes.iter().map(route_shape).collect(),
        additional_routes_available: Some(false),
    });
    (shape, routes)
}

fn route_shape(route: &TransitRoute) -> RouteShape {
    let state = match route.state {
        RouteState::Active => "active",
        RouteState::Blackhole => "blackhole",
        RouteState::Filtered => "pending",
    };
    let attachment = |id: &CloudId| RouteAttachment {
        transit_gateway_attachment_id: Some(id.to_string()),
        ..RouteAttachment::default()
    };
    RouteShape {
        destination_cidr_block: Some(route.cidr.to_string()),
        transit_gateway_attachments: route.attachments.iter().map(attachment).collect(),
        sort: Some(if route.propagated { "propagated" } else { "static" }.to_owned()),
        state: Some(state.to_owned()),
    }
}
