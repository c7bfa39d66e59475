//! Reads the networks and what is in them.
//!
//! # What a stack's scope asks for, and what it leaves out
//!
//! Networks are found by their tag or their own id, and what is inside by the networks' ids: five reads at once, filtered and paged, whatever
//! the size of the stack. Some things are asked for only where something points at them, which loses nothing that a packet
//! could meet:
//!
//! - endpoints: one that packets can reach has an interface in the network, or a route to it or to its prefix list. A gateway
//!   endpoint without a single route table is not seen; it routes nothing, but it keeps its network from being deleted;
//! - peerings and prefix lists: nothing goes to them without a route or a rule that names them;
//! - a network's DNS attributes: they decide only whether private names of endpoints work, so without such an endpoint they
//!   are taken to be what AWS makes them. In the scope of everything they are asked for each network.
//!
//! Subnets, route tables and groups live in networks, so their own tags are looked at only where no network carries the tag:
//! then a network that lost it is found by what is inside. Of several networks, one that alone lost its tags is not found.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_ec2::types::{self as aws, Filter, VpcAttributeName};
use egress_core::{
    CloudError, CloudId, ErrorKind, Scope, StackName, tags,
    world::{
        Destination, Endpoint, EndpointKind, Interface, InterfaceKind, Network, NetworkPart, Peer, Peering, Place,
        PrefixList, RouteTable, SecurityGroup, Subnet, Target,
    },
};
use futures::{StreamExt, TryStreamExt, stream, try_join};

use super::{acls, endpoints, groups, interfaces, leases, peerings, route_tables, vpcs, zones};
use crate::{
    AwsCloud,
    client::Flight,
    function::asked,
    wire::{Read, filter, pages},
};

/// How many reads of the same sort are under way at once.
const AT_ONCE: usize = 8;

pub(super) async fn observe(cloud: &AwsCloud, scope: &Scope) -> Result<NetworkPart, CloudError> {
    if let Scope::Lease { stack } = scope {
        return leases::observe(cloud, stack).await;
    }
    let (identity, zones, vpcs, subnets) =
        try_join!(cloud.identity(), zones::zones(cloud), vpcs(cloud, scope), subnets(cloud, scope))?;
    let place = Place { account: identity.account, region: cloud.region().to_owned() };
    let mut part = NetworkPart { place, zones, ..NetworkPart::default() };
    let plain = |vpc: &aws::Vpc| vpcs::network(vpc, vpcs::DNS_BY_DEFAULT);
    part.networks = by_id(read("DescribeVpcs", vpcs.iter().map(plain))?, |n| &n.id);
    if part.networks.is_empty() {
        return Ok(part);
    }
    part.subnets = by_id(subnets.as_ref().clone(), |s| &s.id);
    part.subnets.retain(|_, subnet| part.networks.contains_key(&subnet.network));
    // Whoever owns a thing is told of all things; here only another account is.
    let owners =
        part.networks.values_mut().map(|n| &mut n.owner).chain(part.subnets.values_mut().map(|s| &mut s.owner));
    owners.filter(|owner| owner.as_ref() == Some(&part.place.account)).for_each(|owner| *owner = None);
    let inside = matches!(scope, Scope::Stack { .. }).then(|| filter("vpc-id", part.networks.keys()));
    inside_of(cloud, inside, &mut part).await?;
    what_is_pointed_at(cloud, scope, &mut part).await?;
    dns(cloud, scope, &mut part).await?;
    Ok(part)
}

/// The ids of the networks of a stack: those tagged for it, those of the functions that are asked for, and those named.
pub(crate) async fn networks_of(
    cloud: &AwsCloud,
    stack: &StackName,
    functions: &BTreeSet<CloudId>,
    named: &BTreeSet<CloudId>,
) -> Result<BTreeSet<CloudId>, CloudError> {
    let (tagged, asked) = try_join!(tagged(cloud, stack), asked(cloud, functions))?;
    let tagged = tagged.iter().filter_map(|vpc| vpc.vpc_id()).map(CloudId::new);
    let homes = asked.iter().filter_map(|function| function.network.clone());
    Ok(tagged.chain(homes).chain(named.iter().cloned()).collect())
}

/// The subnets of those networks. More than one observer wants them at once: a function is where its subnets are.
pub(crate) async fn subnets_of(
    cloud: &AwsCloud,
    stack: &StackName,
    functions: &BTreeSet<CloudId>,
    named: &BTreeSet<CloudId>,
) -> Result<Arc<Vec<Subnet>>, CloudError> {
    let flight = Flight::Subnets(stack.to_string(), functions.clone(), named.clone());
    let (ours, stack, functions, named) = (cloud.clone(), stack.clone(), functions.clone(), named.clone());
    let read = || async move {
        let networks = networks_of(&ours, &stack, &functions, &named).await?;
        if networks.is_empty() {
            return Ok(Vec::new());
        }
        described_subnets(&ours, Some(filter("vpc-id", networks))).await
    };
    cloud.flights().join(flight, read).await
}

async fn subnets(cloud: &AwsCloud, scope: &Scope) -> Result<Arc<Vec<Subnet>>, CloudError> {
    match scope {
        Scope::Everything => described_subnets(cloud, None).await.map(Arc::new),
        Scope::Lease { .. } => Ok(Arc::default()),
        Scope::Stack { stack, functions, networks } => subnets_of(cloud, stack, functions, networks).await,
    }
}

async fn described_subnets(cloud: &AwsCloud, which: Option<Filter>) -> Result<Vec<Subnet>, CloudError> {
    let request = cloud.reads().ec2.describe_subnets().set_filters(which.map(|which| vec![which])).max_results(1000);
    let described = pages!(cloud, "DescribeSubnets", request).await?;
    read("DescribeSubnets", described.iter().filter_map(|subnet| vpcs::subnet(subnet).transpose()))
}

async fn vpcs(cloud: &AwsCloud, scope: &Scope) -> Result<Vec<aws::Vpc>, CloudError> {
    let Scope::Stack { stack, functions, networks } = scope else { return described(cloud, None).await };
    let (tagged, all) = try_join!(tagged(cloud, stack), networks_of(cloud, stack, functions, networks))?;
    let mut vpcs = tagged.as_ref().clone();
    let known: BTreeSet<&str> = tagged.iter().filter_map(|vpc| vpc.vpc_id()).collect();
    let others: Vec<&CloudId> = all.iter().filter(|id| !known.contains(id.as_str())).collect();
    if !others.is_empty() {
        vpcs.extend(described(cloud, Some(filter("vpc-id", others))).await?);
    }
    Ok(vpcs)
}

/// The networks tagged for a stack. More than one observer wants them at once.
async fn tagged(cloud: &AwsCloud, stack: &StackName) -> Result<Arc<Vec<aws::Vpc>>, CloudError> {
    let (ours, stack) = (cloud.clone(), stack.clone());
    let flight = Flight::Networks(Some(stack.to_string()));
    cloud.flights().join(flight, || async move { by_tag(&ours, &stack).await }).await
}

async fn by_tag(cloud: &AwsCloud, stack: &StackName) -> Result<Vec<aws::Vpc>, CloudError> {
    let tag = filter(&format!("tag:{}", tags::STACK), [stack]);
    let tagged = described(cloud, Some(tag.clone())).await?;
    if !tagged.is_empty() {
        return Ok(tagged);
    }
    let ec2 = &cloud.reads().ec2;
    let (subnets, tables, groups) = try_join!(
        pages!(cloud, "DescribeSubnets", ec2.describe_subnets().filters(tag.clone()).max_results(1000)),
        pages!(cloud, "DescribeRouteTables", ec2.describe_route_tables().filters(tag.clone()).max_results(100)),
        pages!(cloud, "DescribeSecurityGroups", ec2.describe_security_groups().filters(tag.clone()).max_results(1000)),
    )?;
    let homes: BTreeSet<&str> = (subnets.iter().filter_map(|s| s.vpc_id()))
        .chain(tables.iter().filter_map(|t| t.vpc_id()))
        .chain(groups.iter().filter_map(|g| g.vpc_id()))
        .collect();
    if homes.is_empty() {
        return Ok(Vec::new());
    }
    described(cloud, Some(filter("vpc-id", homes))).await
}

async fn described(cloud: &AwsCloud, which: Option<Filter>) -> Result<Vec<aws::Vpc>, CloudError> {
    let request = cloud.reads().ec2.describe_vpcs().set_filters(which.map(|which| vec![which])).max_results(1000);
    pages!(cloud, "DescribeVpcs", request).await
}

async fn inside_of(cloud: &AwsCloud, within: Option<Filter>, part: &mut NetworkPart) -> Result<(), CloudError> {
    let ec2 = &cloud.reads().ec2;
    let within = || within.clone().map(|within| vec![within]);
    let (tables, groups, acls, interfaces) = try_join!(
        pages!(cloud, "DescribeRouteTables", ec2.describe_route_tables().set_filters(within()).max_results(100)),
        pages!(cloud, "DescribeSecurityGroups", ec2.describe_security_groups().set_filters(within()).max_results(1000)),
        pages!(cloud, "DescribeNetworkAcls", ec2.describe_network_acls().set_filters(within()).max_results(1000)),
        pages!(
            cloud,
            "DescribeNetworkInterfaces",
            ec2.describe_network_interfaces().set_filters(within()).max_results(1000)
        ),
    )?;
    let tables = read("DescribeRouteTables", tables.iter().map(route_tables::route_table))?;
    part.route_tables = by_id(tables, |t| &t.id);
    part.groups = by_id(read("DescribeSecurityGroups", groups.iter().map(groups::group))?, |g| &g.id);
    part.acls = by_id(read("DescribeNetworkAcls", acls.iter().map(acls::acl))?, |a| &a.id);
    let interfaces = read("DescribeNetworkInterfaces", interfaces.iter().map(interfaces::interface))?;
    part.interfaces = by_id(interfaces, |i| &i.id);
    Ok(())
}

/// Endpoints, peerings and prefix lists, where something points at them.
async fn what_is_pointed_at(cloud: &AwsCloud, scope: &Scope, part: &mut NetworkPart) -> Result<(), CloudError> {
    let everything = scope == &Scope::Everything;
    let lists = lists_named(&part.route_tables, &part.groups);
    let has_endpoints = everything || points_at_endpoints(&part.route_tables, &part.interfaces);
    let has_peerings = everything || points_at_peerings(&part.route_tables);
    let (lists, endpoints, peerings) = try_join!(
        prefix_lists(cloud, &lists),
        async { if has_endpoints { endpoints(cloud, everything, &part.networks).await } else { Ok(Vec::new()) } },
        async { if has_peerings { peerings(cloud).await } else { Ok(Vec::new()) } },
    )?;
    let endpoints = endpoints.iter().filter_map(|e| endpoints::endpoint(e, &lists).transpose());
    part.endpoints = by_id(read("DescribeVpcEndpoints", endpoints)?, |e| &e.id);
    let ends_here = |p: &Peering| [&p.requester, &p.accepter].iter().any(|e| part.networks.contains_key(&e.network));
    part.peerings = by_id(peerings.into_iter().filter(ends_here).collect(), |p| &p.id);
    part.prefix_lists = by_id(lists, |l| &l.id);
    Ok(())
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

async fn prefix_lists(cloud: &AwsCloud, named: &BTreeSet<CloudId>) -> Result<Vec<PrefixList>, CloudError> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let which = filter("prefix-list-id", named);
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
            let ranges = endpoints::ranges(&entries).map_err(|flaw| flaw.of("GetManagedPrefixListEntries"))?;
            Ok(PrefixList { cidrs: Some(ranges), ..list })
        }
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => Ok(list),
        Err(error) => Err(error),
    }
}

async fn dns(cloud: &AwsCloud, scope: &Scope, part: &mut NetworkPart) -> Result<(), CloudError> {
    let depends = |network: &CloudId| part.endpoints.values().any(|e| &e.network == network && has_private_name(e));
    let asked = part.networks.keys().filter(|id| scope == &Scope::Everything || depends(id)).cloned();
    let asked: Vec<CloudId> = asked.collect();
    let told: Vec<_> = stream::iter(asked).map(|id| dns_of(cloud, id)).buffered(AT_ONCE).try_collect().await?;
    for (id, (support, hostnames)) in told {
        if let Some(network) = part.networks.get_mut(&id) {
            (network.dns_support, network.dns_hostnames) = (support, hostnames);
        }
    }
    Ok(())
}

fn has_private_name(endpoint: &Endpoint) -> bool {
    matches!(endpoint.kind, EndpointKind::Interface { private_dns: true, .. })
}

/// The attributes of a network; one that has gone meanwhile has the usual ones.
async fn dns_of(cloud: &AwsCloud, id: CloudId) -> Result<(CloudId, (bool, bool)), CloudError> {
    let ask = |attribute: VpcAttributeName| {
        let request = cloud.reads().ec2.describe_vpc_attribute().vpc_id(id.as_str()).attribute(attribute);
        cloud.call("DescribeVpcAttribute", Some(&id)).read(request.send())
    };
    let asked = try_join!(ask(VpcAttributeName::EnableDnsSupport), ask(VpcAttributeName::EnableDnsHostnames));
    let (support, hostnames) = match asked {
        Ok(answers) => answers,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok((id, vpcs::DNS_BY_DEFAULT)),
        Err(error) => return Err(error),
    };
    let is = |value: Option<&aws::AttributeBooleanValue>| value.and_then(|value| value.value()).unwrap_or_default();
    Ok((id, (is(support.enable_dns_support()), is(hostnames.enable_dns_hostnames()))))
}

fn read<T>(operation: &'static str, things: impl IntoIterator<Item = Read<T>>) -> Result<Vec<T>, CloudError> {
    things.into_iter().collect::<Read<Vec<T>>>().map_err(|flaw| flaw.of(operation))
}

fn by_id<T>(things: Vec<T>, id: impl Fn(&T) -> &CloudId) -> BTreeMap<CloudId, T> {
    things.into_iter().map(|thing| (id(&thing).clone(), thing)).collect()
}
