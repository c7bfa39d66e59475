//! What EC2 shows of things beside what the World holds: descriptions, dates, attributes, and the ids of links.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    time::Duration,
};

use egress_core::{
    CloudId, Tags,
    world::{Address, Direction, Network, Rule, Zone},
};
use serde::{Deserialize, Serialize};

use super::{DhcpOptions, Model, ids::rng, transit::TransitFacts};

/// What is kept of things that the World has no place for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    /// What groups were described as.
    pub(crate) group_descriptions: BTreeMap<CloudId, String>,
    /// What rules were described as, by their ids.
    pub(crate) rule_descriptions: BTreeMap<CloudId, String>,
    /// Tags of what the World holds without tags: rules of groups, sets of DHCP options, exclusions.
    pub(crate) other_tags: BTreeMap<CloudId, Tags>,
    /// Subnets that came with the default network.
    pub(crate) default_subnets: BTreeSet<CloudId>,
    /// Subnets whose machines get a public address.
    pub(crate) public_ip_on_launch: BTreeSet<CloudId>,
    /// Networks that count the use of their addresses.
    pub(crate) address_usage_metrics: BTreeSet<CloudId>,
    /// When NAT gateways, interfaces, endpoints, exclusions, launch templates and what is of transit gateways were made.
    pub(crate) made_at: BTreeMap<CloudId, Duration>,
    /// When NAT gateways were deleted or failed.
    pub(crate) ended_at: BTreeMap<CloudId, Duration>,
    /// Sets of DHCP options, beside the one that is there from the start.
    pub(crate) dhcp_options: BTreeMap<CloudId, DhcpOptions>,
    /// Which set a network has, where it is not that one.
    pub(crate) dhcp_options_of: BTreeMap<CloudId, CloudId>,
    /// When Block Public Access was switched last.
    pub(crate) block_mode_set_at: Option<Duration>,
    /// What is known of transit gateways.
    pub(crate) transit: TransitFacts,
}

/// What sort of place a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ZoneKind {
    /// One of the region's own.
    Availability,
    /// An extension of the region into some city.
    Local,
}

/// A region's own zones are called after it and one letter: `us-east-1a`; every other one has more in between.
pub(crate) fn zone_kind(region: &str, zone: &Zone) -> ZoneKind {
    match zone.name.strip_prefix(region) {
        Some(rest) if rest.len() == 1 => ZoneKind::Availability,
        _ => ZoneKind::Local,
    }
}

impl Model {
    /// The id of something that exists because of other things: the same whenever it is asked for.
    pub(crate) fn derived_id(&self, prefix: &str, of: &[&str]) -> CloudId {
        let purpose: Vec<&str> = ["derived", prefix].into_iter().chain(of.iter().copied()).collect();
        CloudId::new(format!("{prefix}-0{:016x}", rng(self.config.seed, &purpose).u64(..)))
    }

    /// The id of the link between an address and the interface that has it.
    pub(crate) fn address_association(&self, address: &CloudId, interface: &CloudId) -> CloudId {
        self.derived_id("eipassoc", &[address.as_str(), interface.as_str()])
    }

    /// The private address that a public one is mapped to: on a NAT gateway's interface each of its own.
    pub(crate) fn mapped_to(&self, address: &Address) -> Option<Ipv4Addr> {
        let gateway = address.nat_gateway.as_ref().and_then(|id| self.world.gateway.nat_gateways.get(id));
        match gateway.and_then(|g| g.address(&address.id)) {
            Some(listed) => listed.private_ip,
            None => self.world.network.interfaces.get(address.interface.as_ref()?)?.private_ips.first().copied(),
        }
    }

    /// The id of a rule: the same for as long as the group has it.
    pub(crate) fn rule_id(&self, group: &CloudId, direction: Direction, rule: &Rule) -> CloudId {
        self.derived_id("sgr", &[group.as_str(), &format!("{direction:?} {rule:?}")])
    }

    /// The region's own set of DHCP options, which every network has at first.
    pub(crate) fn dhcp_options(&self) -> CloudId {
        self.derived_id("dopt", &[&self.config.place.region])
    }

    /// What a group was described as. The one that comes with a network has AWS's description.
    pub(crate) fn group_description(&self, id: &CloudId) -> &str {
        self.hidden.facts.group_descriptions.get(id).map_or("default VPC security group", String::as_str)
    }

    /// The default network, where there is one.
    pub(crate) fn default_vpc(&self) -> Option<&Network> {
        self.world.network.networks.values().find(|n| n.is_default)
    }

    /// `ModifyVpcAttribute`: one attribute of a network.
    pub(crate) fn modify_vpc_attribute(
        &mut self,
        id: &CloudId,
        attribute: VpcAttribute,
        on: bool,
    ) -> Result<(), super::ApiError> {
        let network = self.vpc(id)?;
        if attribute == VpcAttribute::DnsHostnames && on && !network.dns_support {
            // "You can only enable DNS hostnames if you've enabled DNS support." [doc]
            return Err(super::error::invalid(format!(
                "VPC {id} must have DNS support enabled before DNS hostnames can be enabled"
            )));
        }
        let metrics = &mut self.hidden.facts.address_usage_metrics;
        if let Some(network) = self.world.network.networks.get_mut(id) {
            match attribute {
                VpcAttribute::DnsSupport => network.dns_support = on,
                VpcAttribute::DnsHostnames => network.dns_hostnames = on,
                VpcAttribute::AddressUsageMetrics if on => _ = metrics.insert(id.clone()),
                VpcAttribute::AddressUsageMetrics => _ = metrics.remove(id),
            }
        }
        Ok(())
    }

    /// `ModifySubnetAttribute` with `MapPublicIpOnLaunch`.
    pub(crate) fn set_public_ip_on_launch(&mut self, id: &CloudId, on: bool) -> Result<(), super::ApiError> {
        self.subnet(id)?;
        let maps = &mut self.hidden.facts.public_ip_on_launch;
        if on {
            maps.insert(id.clone())
        } else {
            maps.remove(id)
        };
        Ok(())
    }
}

/// An attribute of a network that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VpcAttribute {
    DnsSupport,
    DnsHostnames,
    AddressUsageMetrics,
}
