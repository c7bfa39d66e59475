//! Transit gateways: hubs, what hangs on them, their route tables and routes.

mod convert;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as aws;
use egress_core::{
    CloudError, CloudId,
    world::{Listing, NetworkPart, Place, Target, Transit, TransitRoute, TransitTable, Unseen},
};
use futures::{StreamExt, TryStreamExt, join, stream};

use crate::{
    AwsCloud,
    gaps::Gaps,
    wire::{filter, pages, unreadable_in},
};

/// How many tables' routes are read at once.
const AT_ONCE: usize = 8;

/// The hubs that routes lead to.
pub(super) fn pointed_at(part: &NetworkPart) -> BTreeSet<CloudId> {
    let routes = part.route_tables.values().flat_map(|table| &table.routes);
    let hubs = routes.filter_map(|route| match &route.target {
        Target::TransitGateway(hub) => Some(hub.clone()),
        _ => None,
    });
    hubs.collect()
}

/// The hubs, `which` of them or all, and what belongs to them. What may not be read is noted, in every scope: nothing that
/// egress makes depends on it.
pub(super) async fn transit(
    cloud: &AwsCloud,
    place: &Place,
    which: Option<BTreeSet<CloudId>>,
    unseen: &mut Unseen,
) -> Result<Transit, CloudError> {
    if which.as_ref().is_some_and(BTreeSet::is_empty) {
        return Ok(Transit::default());
    }
    let ec2 = &cloud.reads().ec2;
    let named = which.map(|ids| vec![filter("transit-gateway-id", ids)]);
    let request = ec2.describe_transit_gateways().set_filters(named).max_results(1000);
    let hubs = pages!(cloud, "DescribeTransitGateways", request).await;
    let hubs = Gaps::Noted.take(unseen, Listing::TransitGateways, hubs)?;
    if hubs.is_empty() {
        return Ok(Transit::default());
    }
    let gateways = hubs.iter().filter_map(|hub| convert::gateway(hub, place).transpose());
    let gateways = by_id("DescribeTransitGateways", gateways, |gateway| &gateway.id)?;
    let of_these = || Some(vec![filter("transit-gateway-id", gateways.keys())]);
    let attachments = ec2.describe_transit_gateway_attachments().set_filters(of_these()).max_results(1000);
    let of_vpcs = ec2.describe_transit_gateway_vpc_attachments().set_filters(of_these()).max_results(1000);
    let tables = ec2.describe_transit_gateway_route_tables().set_filters(of_these()).max_results(1000);
    let (attachments, of_vpcs, tables) = join!(
        pages!(cloud, "DescribeTransitGatewayAttachments", attachments),
        pages!(cloud, "DescribeTransitGatewayVpcAttachments", of_vpcs),
        pages!(cloud, "DescribeTransitGatewayRouteTables", tables),
    );
    let attachments = Gaps::Noted.take(unseen, Listing::TransitAttachments, attachments)?;
    let of_vpcs = Gaps::Noted.take(unseen, Listing::TransitAttachments, of_vpcs)?;
    let tables = Gaps::Noted.take(unseen, Listing::TransitTables, tables)?;
    let subnets = convert::subnets(&of_vpcs);
    let attachments = attachments.iter().filter_map(|a| convert::attachment(a, &subnets).transpose());
    let attachments = by_id("DescribeTransitGatewayAttachments", attachments, |attachment| &attachment.id)?;
    let tables = tables.iter().filter_map(|table| convert::table(table).transpose());
    let tables = by_id("DescribeTransitGatewayRouteTables", tables, |table| &table.id)?;
    let tables: Vec<(TransitTable, Unseen)> = stream::iter(tables.into_values())
        .map(|table| with_routes(cloud, table))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    for (_, missing) in &tables {
        missing.iter().for_each(|(listing, why)| unseen.add(listing, why));
    }
    let tables = tables.into_iter().map(|(table, _)| (table.id.clone(), table)).collect();
    Ok(Transit { gateways, attachments, tables })
}

/// A table and its routes, which stay unknown where they are not the caller's to read, or where there are more than AWS tells.
async fn with_routes(cloud: &AwsCloud, table: TransitTable) -> Result<(TransitTable, Unseen), CloudError> {
    let mut unseen = Unseen::default();
    let routes = Gaps::Noted.take(&mut unseen, Listing::TransitTables, routes(cloud, &table.id).await)?;
    Ok((TransitTable { routes, ..table }, unseen))
}

async fn routes(cloud: &AwsCloud, table: &CloudId) -> Result<Option<Vec<TransitRoute>>, CloudError> {
    const OPERATION: &str = "SearchTransitGatewayRoutes";
    let request = (cloud.reads().ec2.search_transit_gateway_routes())
        .transit_gateway_route_table_id(table.as_str())
        .filters(filter("state", ["active", "blackhole"]))
        .max_results(1000);
    let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>();
    let pages = cloud.call(OPERATION, Some(table)).read(pages).await?;
    let last = pages.last();
    // More than a search tells, and no page to go on with.
    if last.is_some_and(|page| page.additional_routes_available() == Some(true) && page.next_token().is_none()) {
        return Ok(None);
    }
    let routes = pages.iter().flat_map(|page| page.routes()).filter_map(|r| convert::route(r).transpose());
    let mut routes = routes.collect::<crate::wire::Read<Vec<_>>>().map_err(unreadable_in(OPERATION))?;
    routes.sort_by_key(|route| route.cidr);
    Ok(Some(routes))
}

fn by_id<T>(
    operation: &'static str,
    things: impl Iterator<Item = crate::wire::Read<T>>,
    id: impl Fn(&T) -> &CloudId,
) -> Result<BTreeMap<CloudId, T>, CloudError> {
    let things = things.map(|thing| thing.map(|thing| (id(&thing).clone(), thing)));
    things.collect::<crate::wire::Read<_>>().map_err(unreadable_in(operation))
}

/// The subnets of networks' attachments, by attachment.
type Subnets = BTreeMap<CloudId, BTreeSet<CloudId>>;

/// Attachments of networks, as AWS describes them with their subnets.
type OfVpcs = [aws::TransitGatewayVpcAttachment];
