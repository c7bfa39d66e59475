//! How much room an account has.
//!
//! EC2 tells the limit of addresses alone. All others stand in another service, Service Quotas, which nothing else here needs;
//! taken are the limits that AWS gives every account, and they are said to be assumed. What is used is counted by the reads of
//! an observation, of the whole region, and only for what is asked for.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{AccountAttributeName, NatGatewayState};
use egress_core::{
    CloudError, CloudId,
    quota::{Basis, Counted, Quotas, Room},
};
use futures::{StreamExt, TryStreamExt, future::try_join, stream};

use crate::{
    AwsCloud,
    wire::{filter, id_if, pages},
};

/// How many questions are under way at once.
const AT_ONCE: usize = 8;

/// What AWS gives every account, and the code under which Service Quotas knows it (Amazon VPC User Guide, "Amazon VPC quotas";
/// Lambda Developer Guide, "Lambda quotas"; AWS General Reference for the codes). `None` for what is not known here.
const fn usual(what: &Counted) -> Option<(u32, &'static str, &'static str)> {
    Some(match what {
        Counted::Networks => (5, "vpc", "L-F678F1CE"),
        Counted::InternetGateways => (5, "vpc", "L-A4707A72"),
        Counted::Addresses => (5, "ec2", "L-0263D0A3"),
        Counted::NatGateways { .. } => (5, "vpc", "L-FE5A380F"),
        Counted::FunctionInterfaces { .. } => (500, "lambda", "L-9FEE3D26"),
        _ => return None,
    })
}

pub(super) async fn quotas(cloud: &AwsCloud, of: &BTreeSet<Counted>) -> Result<Quotas, CloudError> {
    let rooms = stream::iter(of.iter().cloned())
        .map(|what| room(cloud, what))
        .buffered(AT_ONCE)
        .try_filter_map(|room| async { Ok(room) })
        .try_collect()
        .await?;
    Ok(Quotas { rooms })
}

async fn room(cloud: &AwsCloud, what: Counted) -> Result<Option<Room>, CloudError> {
    let Some((usual, service, code)) = usual(&what) else { return Ok(None) };
    let (told, by) = match &what {
        Counted::Addresses => try_join(most_addresses(cloud), addresses(cloud)).await?,
        Counted::Networks => (None, networks(cloud).await?),
        Counted::InternetGateways => (None, internet_gateways(cloud).await?),
        Counted::NatGateways { zone } => (None, nat_gateways(cloud, zone).await?),
        Counted::FunctionInterfaces { network: Some(network) } => (None, interfaces(cloud, network).await?),
        _ => (None, Vec::new()),
    };
    Ok(Some(Room {
        limit: told.unwrap_or(usual),
        basis: if told.is_some() { Basis::Told } else { Basis::Assumed },
        used: u32::try_from(by.len()).unwrap_or(u32::MAX),
        by,
        raise: Some(format!(
            "ask AWS for more: `aws service-quotas request-service-quota-increase --service-code {service} --quota-code \
             {code} --desired-value N`"
        )),
        what,
    }))
}

/// `None` where EC2 does not say, or says something that is no number.
async fn most_addresses(cloud: &AwsCloud) -> Result<Option<u32>, CloudError> {
    let name = AccountAttributeName::from("vpc-max-elastic-ips");
    let request = cloud.reads().ec2.describe_account_attributes().attribute_names(name);
    let answer = cloud.call("DescribeAccountAttributes", None::<&str>).read(request.send()).await?;
    let attributes = answer.account_attributes().iter().flat_map(|attribute| attribute.attribute_values());
    Ok(attributes.filter_map(|value| value.attribute_value()?.parse().ok()).next())
}

async fn addresses(cloud: &AwsCloud) -> Result<Vec<CloudId>, CloudError> {
    let request = cloud.reads().ec2.describe_addresses();
    let answer = cloud.call("DescribeAddresses", None::<&str>).read(request.send()).await?;
    Ok(answer.addresses().iter().filter_map(|address| id_if(address.allocation_id())).collect())
}

async fn networks(cloud: &AwsCloud) -> Result<Vec<CloudId>, CloudError> {
    let vpcs = pages!(cloud, "DescribeVpcs", cloud.reads().ec2.describe_vpcs().max_results(1000)).await?;
    Ok(vpcs.iter().filter_map(|vpc| id_if(vpc.vpc_id())).collect())
}

async fn internet_gateways(cloud: &AwsCloud) -> Result<Vec<CloudId>, CloudError> {
    let request = cloud.reads().ec2.describe_internet_gateways().max_results(1000);
    let gateways = pages!(cloud, "DescribeInternetGateways", request).await?;
    Ok(gateways.iter().filter_map(|gateway| id_if(gateway.internet_gateway_id())).collect())
}

/// Those of one zone, which a gateway does not tell: its subnet does. They count while they are pending, available or being
/// deleted (Amazon VPC User Guide, "Amazon VPC quotas").
async fn nat_gateways(cloud: &AwsCloud, zone: &str) -> Result<Vec<CloudId>, CloudError> {
    let counting = [NatGatewayState::Pending, NatGatewayState::Available, NatGatewayState::Deleting];
    let ec2 = &cloud.reads().ec2;
    let gateways = ec2
        .describe_nat_gateways()
        .filter(filter("state", counting.iter().map(|state| state.as_str())))
        .max_results(1000);
    let subnets = ec2.describe_subnets().filters(filter("availability-zone", [zone])).max_results(1000);
    let (gateways, subnets) =
        try_join(pages!(cloud, "DescribeNatGateways", gateways), pages!(cloud, "DescribeSubnets", subnets)).await?;
    let here: BTreeSet<&str> = subnets.iter().filter_map(|subnet| subnet.subnet_id()).collect();
    let is_here = |subnet: Option<&str>| subnet.is_some_and(|subnet| here.contains(subnet));
    Ok(gateways.iter().filter(|g| is_here(g.subnet_id())).filter_map(|g| id_if(g.nat_gateway_id())).collect())
}

async fn interfaces(cloud: &AwsCloud, network: &CloudId) -> Result<Vec<CloudId>, CloudError> {
    let request = (cloud.reads().ec2.describe_network_interfaces())
        .filters(filter("vpc-id", [network]))
        .filters(filter("interface-type", ["lambda"]))
        .max_results(1000);
    let interfaces = pages!(cloud, "DescribeNetworkInterfaces", request).await?;
    Ok(interfaces.iter().filter_map(|interface| id_if(interface.network_interface_id())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_that_is_assumed_can_be_raised_under_a_code() {
        let all = [
            Counted::Networks,
            Counted::InternetGateways,
            Counted::Addresses,
            Counted::NatGateways { zone: "us-east-1a".to_owned() },
            Counted::FunctionInterfaces { network: None },
        ];
        let codes: BTreeSet<&str> = all.iter().filter_map(usual).map(|(.., code)| code).collect();
        assert_eq!(codes.len(), all.len());
        assert!(codes.iter().all(|code| code.starts_with("L-") && code.len() == 10), "{codes:?}");
    }
}
