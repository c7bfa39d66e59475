//! VPCs and subnets as AWS describes them.

use aws_sdk_ec2::types::{self as aws, SubnetCidrBlockStateCode, SubnetState, VpcCidrBlockStateCode, VpcState};
use egress_core::world::{Network, Readiness, Subnet};

use crate::wire::{Flaw, Read, cidr_v4, cidr_v6, id, must, tags};

/// Whether the resolver answers and hosts get names: what AWS gives a VPC that is made by a call, where it was not asked.
///
/// Source: VPC user guide, "DNS attributes for your VPC".
pub(super) const DNS_BY_DEFAULT: (bool, bool) = (true, false);

/// A VPC. Whether its DNS works stands in attributes that `DescribeVpcs` does not tell.
pub(super) fn network(vpc: &aws::Vpc, (dns_support, dns_hostnames): (bool, bool)) -> Read<Network> {
    let primary = cidr_v4(must("cidrBlock", vpc.cidr_block())?)?;
    let mut cidrs = vec![primary];
    for more in vpc.cidr_block_association_set() {
        let state = more.cidr_block_state().and_then(|state| state.state());
        let range = cidr_v4(must("cidrBlock", more.cidr_block())?)?;
        if serves(state) && !cidrs.contains(&range) {
            cidrs.push(range);
        }
    }
    let v6 = vpc.ipv6_cidr_block_association_set().iter();
    let v6 = v6.filter(|more| serves(more.ipv6_cidr_block_state().and_then(|state| state.state())));
    let cidrs_v6 = v6.map(|more| cidr_v6(must("ipv6CidrBlock", more.ipv6_cidr_block())?)).collect::<Read<_>>()?;
    Ok(Network {
        id: id("vpcId", vpc.vpc_id())?,
        cidrs,
        cidrs_v6,
        state: if vpc.state() == Some(&VpcState::Pending) { Readiness::Pending } else { Readiness::Available },
        is_default: vpc.is_default().unwrap_or_default(),
        dns_support,
        dns_hostnames,
        name_servers: vec![],
        owner: vpc.owner_id().map(ToOwned::to_owned),
        tags: tags(vpc.tags()),
    })
}

fn serves(state: Option<&VpcCidrBlockStateCode>) -> bool {
    matches!(state, None | Some(VpcCidrBlockStateCode::Associated))
}

/// A subnet; `None` for one with IPv6 addresses only, which functions cannot use and no gateway of ours serves.
pub(super) fn subnet(subnet: &aws::Subnet) -> Read<Option<Subnet>> {
    let Some(range) = subnet.cidr_block().filter(|range| !range.is_empty()) else {
        return if subnet.ipv6_native() == Some(true) { Ok(None) } else { Err(Flaw::new("a subnet has no cidrBlock")) };
    };
    let mut v6 = subnet.ipv6_cidr_block_association_set().iter().filter(|more| {
        let state = more.ipv6_cidr_block_state().and_then(|state| state.state());
        matches!(state, None | Some(SubnetCidrBlockStateCode::Associated))
    });
    let v6 = v6.next().map(|more| cidr_v6(must("ipv6CidrBlock", more.ipv6_cidr_block())?)).transpose()?;
    let free = subnet.available_ip_address_count().unwrap_or_default();
    Ok(Some(Subnet {
        id: id("subnetId", subnet.subnet_id())?,
        network: id("vpcId", subnet.vpc_id())?,
        cidr: cidr_v4(range)?,
        cidr_v6: v6,
        zone: must("availabilityZone", subnet.availability_zone())?.to_owned(),
        free_addresses: u32::try_from(free).unwrap_or_default(),
        state: if subnet.state() == Some(&SubnetState::Pending) { Readiness::Pending } else { Readiness::Available },
        owner: subnet.owner_id().map(ToOwned::to_owned),
        tags: tags(subnet.tags()),
    }))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{SubnetIpv6CidrBlockAssociation, Tag, VpcCidrBlockAssociation, VpcCidrBlockState};
    use egress_core::Tags;

    use super::*;

    #[test]
    fn a_vpc_has_its_primary_range_first_and_only_those_that_serve() {
        let range = |cidr: &str, state| {
            let state = VpcCidrBlockState::builder().state(state).build();
            VpcCidrBlockAssociation::builder().cidr_block(cidr).cidr_block_state(state).build()
        };
        let vpc = aws::Vpc::builder()
            .vpc_id("vpc-1")
            .cidr_block("10.0.0.0/16")
            .cidr_block_association_set(range("10.2.0.0/16", VpcCidrBlockStateCode::Associated))
            .cidr_block_association_set(range("10.0.0.0/16", VpcCidrBlockStateCode::Associated))
            .cidr_block_association_set(range("10.3.0.0/16", VpcCidrBlockStateCode::Disassociated))
            .state(VpcState::Pending)
            .tags(Tag::builder().key("Name").value("n").build())
            .build();
        let read = network(&vpc, DNS_BY_DEFAULT).unwrap();
        assert_eq!(
            read,
            Network {
                id: "vpc-1".into(),
                cidrs: ["10.0.0.0/16", "10.2.0.0/16"].map(|c| c.parse().unwrap()).into(),
                cidrs_v6: Vec::new(),
                state: Readiness::Pending,
                is_default: false,
                dns_support: true,
                dns_hostnames: false,
                name_servers: vec![],
                owner: None,
                tags: Tags::from([("Name".into(), "n".into())]),
            }
        );
    }

    #[test]
    fn a_range_that_cannot_be_read_is_an_error() {
        for text in ["10.0.0.0", "10.0.0.0/40", "x", "fd00::/64"] {
            let vpc = aws::Vpc::builder().vpc_id("vpc-1").cidr_block(text).build();
            assert!(network(&vpc, DNS_BY_DEFAULT).is_err(), "{text}");
        }
        assert!(network(&aws::Vpc::builder().vpc_id("vpc-1").build(), DNS_BY_DEFAULT).is_err());
    }

    #[test]
    fn a_subnet_without_ipv4_is_none_of_ours() {
        let v6 = SubnetIpv6CidrBlockAssociation::builder().ipv6_cidr_block("2600:1f18::/64").build();
        let builder = || {
            aws::Subnet::builder()
                .subnet_id("subnet-1")
                .vpc_id("vpc-1")
                .availability_zone("us-east-1a")
                .available_ip_address_count(250)
                .ipv6_cidr_block_association_set(v6.clone())
        };
        let both = subnet(&builder().cidr_block("10.0.1.0/24").build()).unwrap().unwrap();
        assert_eq!((both.free_addresses, both.cidr_v6), (250, Some("2600:1f18::/64".parse().unwrap())));
        assert_eq!(subnet(&builder().ipv6_native(true).build()), Ok(None));
        assert!(subnet(&builder().build()).is_err());
    }
}
