//! Reads what is not inside a network and is met all the same: endpoints, peerings, prefix lists, machines, hubs, and what the
//! account forbids.
//!
//! In the scope of everything all of it is asked for; in a stack's, what something points at.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use aws_sdk_ec2::types::{self as aws, VpcEndpointType};
use egress_core::{
    CloudError, CloudId, ErrorKind, Scope,
    world::{
        Destination, Interface, InterfaceKind, Listing, Network, NetworkPart, Peer, Peering, PrefixList, RouteTable,
        SecurityGroup, Target, Unseen,
    },
};
use futures::{StreamExt, TryStreamExt, join, stream};

use super::{
    block_public_access::block_public_access,
    endpoints, machines,
    observe::{by_id, read},
    peerings,
    transit::{self, transit},
};
use crate::{
    AwsCloud,
    gaps::Gaps,
    wire::{filter, pages, unreadable_in},
};

/// How many reads of the same sort are under way at once.
const AT_ONCE: usize = 8;

pub(super) async fn observe(cloud: &AwsCloud, scope: &Scope, part: &mut NetworkPart) -> Result<(), CloudError> {
    let everything = scope == &Scope::Everything;
    let gaps = Gaps::of(scope);
    let named = lists_named(&part.route_tables, &part.groups);
    let has_endpoints = everything || points_at_endpoints(&part.route_tables, &part.interfaces);
    let has_peerings = everything || points_at_peerings(&part.route_tables);
    let machines = (!everything).then(|| machines::pointed_at(part));
    let hubs = (!everything).then(|| transit::pointed_at(part));
    let mut unseen = Unseen::default();
    let (lists, endpoints, peerings, machines, block, hubs) = join!(
        prefix_lists(cloud, "prefix-list-id", &named),
        async { if has_endpoints { endpoints(cloud, everything, &part.networks).await } else { Ok(Vec::new()) } },
        async { if has_peerings { peerings(cloud).await } else { Ok(Vec::new()) } },
        machines::machines(cloud, machines),
        async { if everything { block_public_access(cloud).await.map(Some) } else { Ok(None) } },
        transit(cloud, &part.place, hubs, &mut unseen),
    );
    part.transit = hubs?;
    let mut lists = gaps.take(&mut unseen, Listing::PrefixLists, lists)?;
    let endpoints = gaps.take(&mut unseen, Listing::Endpoints, endpoints)?;
    let peerings = gaps.take(&mut unseen, Listing::Peerings, peerings)?;
    // Nothing that egress makes depends on machines, so they are never a must.
    let machines = Gaps::Noted.take(&mut unseen, Listing::Machines, machines)?;
    let block = gaps.take(&mut unseen, Listing::BlockPublicAccess, block)?;
    if everything {
        let more = prefix_lists(cloud, "prefix-list-name", &services_without_list(&endpoints, &lists)).await;
        lists.extend(gaps.take(&mut unseen, Listing::PrefixLists, more)?);
    }
    let endpoints = endpoints.iter().filter_map(|e| endpoints::endpoint(e, &lists).transpose());
    part.endpoints = by_id(read("DescribeVpcEndpoints", endpoints)?, |e| &e.id);
    let ends_here = |p: &Peering| [&p.requester, &p.accepter].iter().any(|e| part.networks.contains_key(&e.network));
    part.peerings = by_id(peerings.into_iter().filter(ends_here).collect(), |p| &p.id);
    part.prefix_lists = by_id(lists, |l| &l.id);
    part.machines = by_id(machines, |m| &m.id);
    part.block_public_access = block.unwrap_or_default();
    unseen.iter().for_each(|(listing, why)| part.unseen.add(listing, why));
    Ok(())
}

/// The services of gateway endpoints whose lists nothing else names: endpoints on no table.
fn services_without_list(endpoints: &[aws::VpcEndpoint], lists: &[PrefixList]) -> BTreeSet<String> {
    let by_route = endpoints.iter().filter(|e| e.vpc_endpoint_type() == Some(&VpcEndpointType::Gateway));
    let services = by_route.filter_map(|e| e.service_name());
    services.filter(|service| lists.iter().all(|list| list.name != *service)).map(str::to_owned).collect()
}

fn points_at_endpoints(tables: &BTreeMap<CloudId, RouteTable>, interfaces: &BTreeMap<CloudId, Interface>) -> bool {
    let mut routes = tables.values().flat_map(|table| &table.routes);
    interfaces.values().any(|interface| interface.kind == InterfaceKind::Endpoint)
        || routes
            .any(|r| matches!((&r.target, &r.destination), (Target::Endpoint(_), _) | (_, Destination::PrefixList(_))))
}

fn points_at_peerings(tables: &BTreeMap<CloudId, RouteTable>) -> bool {
    tables.values().flat_map(|table| &table.routes).any(|route| matches!(route.target, Target::Peering(_)))
}

fn lists_named(tables: &BTreeMap<CloudId, RouteTable>, groups: &BTreeMap<CloudId, SecurityGroup>) -> BTreeSet<CloudId> {
    let routed = tables.values().flat_map(|table| &table.routes).filter_map(|route| match &route.destination {
        Destination::PrefixList(list) => Some(list),
        Destination::Cidr(_) => None,
    });
    let rules = groups.values().flat_map(|group| group.ingress.iter().chain(&group.egress));
    let ruled = rules.filter_map(|rule| match &rule.peer {
        Peer::PrefixList(list) => Some(list),
        Peer::Cidr(_) | Peer::Group(_) => None,
    });
    routed.chain(ruled).filter(|list| endpoints::is_list(list)).cloned().collect()
}

async fn endpoints(
    cloud: &AwsCloud,
    everything: bool,
    networks: &BTreeMap<CloudId, Network>,
) -> Result<Vec<aws::VpcEndpoint>, CloudError> {
    let within = (!everything).then(|| vec![filter("vpc-id", networks.keys())]);
    let request = cloud.reads().ec2.describe_vpc_endpoints().set_filters(within).max_results(1000);
    pages!(cloud, "DescribeVpcEndpoints", request).await
}

async fn peerings(cloud: &AwsCloud) -> Result<Vec<Peering>, CloudError> {
    let request = cloud.reads().ec2.describe_vpc_peering_connections().max_results(1000);
    let described = pages!(cloud, "DescribeVpcPeeringConnections", request).await?;
    read("DescribeVpcPeeringConnections", described.iter().filter_map(|p| peerings::peering(p).transpose()))
}

/// The lists that the filter of this name asks for; none where it asks for nothing.
async fn prefix_lists<I: Display + Ord>(
    cloud: &AwsCloud,
    by: &str,
    named: &BTreeSet<I>,
) -> Result<Vec<PrefixList>, CloudError> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let which = filter(by, named);
    let request = cloud.reads().ec2.describe_managed_prefix_lists().filters(which).max_results(100);
    let described = pages!(cloud, "DescribeManagedPrefixLists", request).await?;
    let lists = read("DescribeManagedPrefixLists", described.iter().map(endpoints::prefix_list))?;
    stream::iter(lists).map(|list| with_ranges(cloud, list)).buffered(AT_ONCE).try_collect().await
}

/// A list and its ranges, which stay unknown where they are not the caller's to read.
async fn with_ranges(cloud: &AwsCloud, list: PrefixList) -> Result<PrefixList, CloudError> {
    let request = cloud.reads().ec2.get_managed_prefix_list_entries().prefix_list_id(list.id.as_str()).max_results(100);
    match pages!(cloud, "GetManagedPrefixListEntries", request).await {
        Ok(entries) => {
            let ranges = endpoints::ranges(&entries).map_err(unreadable_in("GetManagedPrefixListEntries"))?;
            Ok(PrefixList { cidrs: Some(ranges), ..list })
        }
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => Ok(list),
        Err(error) => Err(error),
    }
}
