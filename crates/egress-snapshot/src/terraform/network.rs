//! Networks and subnets.

use egress_core::{
    ipnet::Ipv4Net,
    world::{Network, Readiness, Subnet},
};

use super::{Site, tags};
use crate::text::{Read, cidr_v4, cidr_v6, must};

/// Types of networks.
pub(super) const NETWORKS: &[&str] = &["aws_vpc", "aws_default_vpc"];
/// Types of subnets.
pub(super) const SUBNETS: &[&str] = &["aws_subnet", "aws_default_subnet"];

pub(super) fn networks(site: &mut Site<'_>) {
    let networks = site.read(NETWORKS, |_, r| {
        let v6 = r.text("ipv6_cidr_block").map(cidr_v6).transpose()?;
        Ok(Network {
            id: r.id(),
            cidrs: vec![cidr_v4(must("cidr_block", r.text("cidr_block"))?)?],
            cidrs_v6: v6.into_iter().collect(),
            state: Readiness::Available,
            is_default: r.kind == "aws_default_vpc",
            dns_support: r.flag("enable_dns_support").unwrap_or(true),
            dns_hostnames: r.flag("enable_dns_hostnames").unwrap_or_default(),
            name_servers: Vec::new(),
            owner: None,
            tags: tags(r),
        })
    });
    site.world.network.networks = networks.into_iter().map(|network| (network.id.clone(), network)).collect();
    let more = site.read(&["aws_vpc_ipv4_cidr_block_association"], |site, r| {
        Ok((site.must(r, "vpc_id", NETWORKS)?, cidr_v4(must("cidr_block", r.text("cidr_block"))?)?))
    });
    for (network, range) in more {
        if let Some(network) = site.world.network.networks.get_mut(&network) {
            network.cidrs.push(range);
        }
    }
}

pub(super) fn subnets(site: &mut Site<'_>) {
    let subnets = site.read(SUBNETS, |site, r| {
        let cidr = cidr_v4(must("cidr_block", r.text("cidr_block"))?)?;
        Ok(Subnet {
            id: r.id(),
            network: site.must(r, "vpc_id", NETWORKS)?,
            cidr,
            cidr_v6: r.text("ipv6_cidr_block").map(cidr_v6).transpose()?,
            zone: r.text("availability_zone").or_else(|| r.text("availability_zone_id")).unwrap_or_default().to_owned(),
            free_addresses: usable(cidr),
            state: Readiness::Available,
            owner: None,
            tags: tags(r),
        })
    });
    site.world.network.subnets = subnets.into_iter().map(|subnet| (subnet.id.clone(), subnet)).collect();
}

/// How many addresses an empty subnet has free: AWS keeps five (source: VPC guide, "Subnet sizing"). How many are in use is not
/// in a plan or a state.
fn usable(range: Ipv4Net) -> u32 {
    2_u32.checked_pow(32 - u32::from(range.prefix_len())).unwrap_or(u32::MAX).saturating_sub(5)
}

/// Reads what names one subnet.
pub(super) fn subnet_of(site: &Site<'_>, r: &super::Resource) -> Read<egress_core::CloudId> {
    site.must(r, "subnet_id", SUBNETS)
}
