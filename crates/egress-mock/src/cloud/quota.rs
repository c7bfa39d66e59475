//! How many things there may be: one table.

use egress_core::{
    CloudId,
    quota::{Basis, Counted, Room},
    world::{Interface, InterfaceKind, NatScope, NatState},
};
use serde::{Deserialize, Serialize};

use super::{ApiError, Bug, Code, Model};

/// AWS's default quotas (the VPC, Lambda and IAM quota pages). Zero forbids the thing altogether.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// Networks per region.
    pub vpcs: usize,
    /// Internet gateways per region.
    pub internet_gateways: usize,
    /// Egress-only internet gateways per region.
    #[serde(default = "default::egress_only_gateways")]
    pub egress_only_gateways: usize,
    /// Transit gateways per region.
    #[serde(default = "default::transit_gateways")]
    pub transit_gateways: usize,
    /// Network ACLs per network.
    #[serde(default = "default::acls_per_vpc")]
    pub acls_per_vpc: usize,
    /// Entries per network ACL and direction.
    #[serde(default = "default::entries_per_acl")]
    pub entries_per_acl: usize,
    /// Public addresses per region.
    pub addresses: usize,
    /// NAT gateways per zone: pending, available and deleting ones count.
    pub nat_gateways_per_zone: usize,
    /// Addresses per NAT gateway: AWS raises it to eight where it is asked to.
    pub addresses_per_nat_gateway: usize,
    /// Subnets per network.
    pub subnets_per_vpc: usize,
    /// Route tables per network.
    pub route_tables_per_vpc: usize,
    /// Static routes per table.
    pub routes_per_table: usize,
    /// Security groups per region.
    pub groups: usize,
    /// Rules per group and direction.
    pub rules_per_group: usize,
    /// Functions' interfaces per network.
    pub function_interfaces_per_vpc: usize,
    /// Managed policies per role.
    pub policies_per_role: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            vpcs: 5,
            internet_gateways: 5,
            egress_only_gateways: default::egress_only_gateways(),
            transit_gateways: default::transit_gateways(),
            acls_per_vpc: default::acls_per_vpc(),
            entries_per_acl: default::entries_per_acl(),
            addresses: 5,
            nat_gateways_per_zone: 5,
            addresses_per_nat_gateway: 2,
            subnets_per_vpc: 200,
            route_tables_per_vpc: 200,
            routes_per_table: 50,
            groups: 2_500,
            rules_per_group: 60,
            function_interfaces_per_vpc: 500,
            policies_per_role: 10,
        }
    }
}

/// Quotas that files of an earlier version lack.
mod default {
    pub(super) const fn egress_only_gateways() -> usize {
        5
    }

    pub(super) const fn transit_gateways() -> usize {
        5
    }

    pub(super) const fn acls_per_vpc() -> usize {
        200
    }

    pub(super) const fn entries_per_acl() -> usize {
        20
    }
}

/// One quota, as its refusal needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Quota {
    Vpcs,
    InternetGateways,
    EgressOnlyGateways,
    TransitGateways,
    AclsPerVpc,
    EntriesPerAcl,
    Addresses,
    NatGatewaysPerZone,
    AddressesPerNatGateway,
    SubnetsPerVpc,
    RouteTablesPerVpc,
    RoutesPerTable,
    Groups,
    RulesPerGroup,
    PoliciesPerRole,
}

impl Quota {
    /// How many there may be, AWS's code, and its sentence, in which `{limit}` stands for the first.
    const fn row(self, quotas: &Quotas) -> (usize, Code, &'static str) {
        match self {
            Self::Vpcs => (quotas.vpcs, Code::VpcLimit, "The maximum number of VPCs has been reached."),
            Self::InternetGateways => (
                quotas.internet_gateways,
                Code::InternetGatewayLimit,
                "The maximum number of internet gateways has been reached.",
            ),
            // The sentences of the next four are those of internet gateways [?].
            Self::EgressOnlyGateways => (
                quotas.egress_only_gateways,
                Code::EgressOnlyLimit,
                "The maximum number of egress-only internet gateways has been reached.",
            ),
            Self::TransitGateways => (
                quotas.transit_gateways,
                Code::TransitGatewayLimit,
                "The maximum number of transit gateways has been reached.",
            ),
            Self::AclsPerVpc => {
                (quotas.acls_per_vpc, Code::AclLimit, "The maximum number of network ACLs has been reached.")
            }
            Self::EntriesPerAcl => (
                quotas.entries_per_acl,
                Code::AclEntryLimit,
                "The maximum number of network ACL entries has been reached.",
            ),
            Self::Addresses => {
                (quotas.addresses, Code::AddressLimitExceeded, "The maximum number of addresses has been reached.")
            }
            Self::NatGatewaysPerZone => (
                quotas.nat_gateways_per_zone,
                Code::NatGatewayLimit,
                "Performing this operation would exceed the limit of {limit} NAT gateways",
            ),
            // Which code and which sentence is not known `[?]`.
            Self::AddressesPerNatGateway => (
                quotas.addresses_per_nat_gateway,
                Code::AddressLimitExceeded,
                "The maximum number of addresses per NAT gateway, {limit}, has been reached.",
            ),
            Self::SubnetsPerVpc => {
                (quotas.subnets_per_vpc, Code::SubnetLimit, "The maximum number of subnets has been reached.")
            }
            Self::RouteTablesPerVpc => (
                quotas.route_tables_per_vpc,
                Code::RouteTableLimit,
                "The maximum number of route tables has been reached.",
            ),
            Self::RoutesPerTable => {
                (quotas.routes_per_table, Code::RouteLimit, "The maximum number of routes has been reached.")
            }
            Self::Groups => {
                (quotas.groups, Code::GroupLimit, "The maximum number of security groups has been reached.")
            }
            Self::RulesPerGroup => (
                quotas.rules_per_group,
                Code::RulesPerGroup,
                "The maximum number of rules per security group has been reached.",
            ),
            Self::PoliciesPerRole => {
                (quotas.policies_per_role, Code::PoliciesPerRole, "Cannot exceed quota for PoliciesPerRole: {limit}")
            }
        }
    }
}

impl Model {
    /// How many of a thing there may be, and which there are; `None` for what is not limited here.
    pub(crate) fn room(&self, what: &Counted) -> Option<Room> {
        let (network, gateway) = (&self.world.network, &self.world.gateway);
        let quotas = &self.config.quotas;
        let (limit, by): (usize, Vec<CloudId>) = match what {
            Counted::Networks => (quotas.vpcs, network.networks.keys().cloned().collect()),
            Counted::InternetGateways => {
                (quotas.internet_gateways, gateway.internet_gateways.keys().cloned().collect())
            }
            Counted::Addresses => (quotas.addresses, gateway.addresses.keys().cloned().collect()),
            Counted::NatGateways { zone } => (quotas.nat_gateways_per_zone, self.nats_in_zone(zone).cloned().collect()),
            Counted::FunctionInterfaces { network: of } => {
                let there = |i: &&Interface| i.kind == InterfaceKind::Function && Some(&i.network) == of.as_ref();
                let there = network.interfaces.values().filter(there);
                (quotas.function_interfaces_per_vpc, there.map(|i| i.id.clone()).collect())
            }
            _ => return None,
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (limit, used) = (count(limit), count(by.len()));
        Some(Room { what: what.clone(), limit, basis: Basis::Told, used, by, raise: None })
    }

    /// Gateways that count towards the quota of a zone: pending, available and deleting ones.
    pub(crate) fn nats_in_zone(&self, zone: &str) -> impl Iterator<Item = &CloudId> {
        let counts = |state: &NatState| matches!(state, NatState::Pending | NatState::Available | NatState::Deleting);
        let zone_of = |scope: &NatScope| match scope {
            NatScope::Subnet(id) => self.world.network.subnets.get(id).map(|s| s.zone.as_str()),
            NatScope::Region { .. } => None,
        };
        let all = self.world.gateway.nat_gateways.values();
        all.filter(move |g| counts(&g.state) && zone_of(&g.scope) == Some(zone)).map(|g| &g.id)
    }

    /// Refuses one more where there are `used` already.
    pub(crate) fn one_more(&self, quota: Quota, used: usize) -> Result<(), ApiError> {
        let (limit, code, sentence) = quota.row(&self.config.quotas);
        if used < limit || self.has(Bug::QuotaIgnored) {
            return Ok(());
        }
        Err(ApiError::new(code, sentence.replace("{limit}", &limit.to_string())))
    }
}
