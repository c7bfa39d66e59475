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
//! - machines and transit gateways: as peerings;
//! - a network's DNS attributes and its DHCP options: they decide only whether private names of endpoints work, so without such
//!   an endpoint they are taken to be what AWS makes them. In the scope of everything they are asked for each network.
//!
//! Block Public Access and egress-only gateways are left out altogether: the first is the account's, the second carry IPv6
//! alone, which stacks have none of.
//!
//! # What everything leaves out
//!
//! What the caller may not read, or the partition does not have, is noted as unseen with the call that would tell it; only
//! networks, subnets and zones must be readable.
//!
//! Subnets, route tables and groups live in networks, so their own tags are looked at only where no network carries the tag:
//! then a network that lost it is found by what is inside. Of several networks, one that alone lost its tags is not found.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_ec2::types::{self as aws, Filter};
use egress_core::{
    CloudError, CloudId, Scope, StackName, tags,
    world::{Listing, NetworkPart, Place, Subnet},
};
use futures::{join, try_join};

use super::{acls, beyond, groups, interfaces, leases, names, route_tables, vpcs, zones};
use crate::{
    AwsCloud,
    client::Flight,
    function::asked,
    gaps::Gaps,
    wire::{Read, filter, pages, unreadable_in},
};

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
    inside_of(cloud, Gaps::of(scope), inside, &mut part).await?;
    beyond::observe(cloud, scope, &mut part).await?;
    names::observe(cloud, scope, &vpcs, &mut part).await?;
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

async fn inside_of(
    cloud: &AwsCloud,
    gaps: Gaps,
    within: Option<Filter>,
    part: &mut NetworkPart,
) -> Result<(), CloudError> {
    let ec2 = &cloud.reads().ec2;
    let within = || within.clone().map(|within| vec![within]);
    let (tables, groups, acls, interfaces) = join!(
        pages!(cloud, "DescribeRouteTables", ec2.describe_route_tables().set_filters(within()).max_results(100)),
        pages!(cloud, "DescribeSecurityGroups", ec2.describe_security_groups().set_filters(within()).max_results(1000)),
        pages!(cloud, "DescribeNetworkAcls", ec2.describe_network_acls().set_filters(within()).max_results(1000)),
        pages!(
            cloud,
            "DescribeNetworkInterfaces",
            ec2.describe_network_interfaces().set_filters(within()).max_results(1000)
        ),
    );
    let unseen = &mut part.unseen;
    let tables = gaps.take(unseen, Listing::RouteTables, tables)?;
    let groups = gaps.take(unseen, Listing::SecurityGroups, groups)?;
    let acls = gaps.take(unseen, Listing::Acls, acls)?;
    let interfaces = gaps.take(unseen, Listing::Interfaces, interfaces)?;
    let tables = read("DescribeRouteTables", tables.iter().map(route_tables::route_table))?;
    part.route_tables = by_id(tables, |t| &t.id);
    part.groups = by_id(read("DescribeSecurityGroups", groups.iter().map(groups::group))?, |g| &g.id);
    part.acls = by_id(read("DescribeNetworkAcls", acls.iter().map(acls::acl))?, |a| &a.id);
    let interfaces = read("DescribeNetworkInterfaces", interfaces.iter().map(interfaces::interface))?;
    part.interfaces = by_id(interfaces, |i| &i.id);
    Ok(())
}

pub(super) fn read<T>(
    operation: &'static str,
    things: impl IntoIterator<Item = Read<T>>,
) -> Result<Vec<T>, CloudError> {
    things.into_iter().collect::<Read<Vec<T>>>().map_err(unreadable_in(operation))
}

pub(super) fn by_id<T>(things: Vec<T>, id: impl Fn(&T) -> &CloudId) -> BTreeMap<CloudId, T> {
    things.into_iter().map(|thing| (id(&thing).clone(), thing)).collect()
}
