//! IPv6 ranges of networks and subnets, which AWS gives out of its own.

use egress_core::CloudId;
use ipnet::{IpNet, Ipv6Net};

use super::{ApiError, Code, Model, error::invalid, ids::rng, route_tables::local_route};

/// What a region's ranges begin with, as AWS publishes them (ip-ranges.json); elsewhere those of us-east-1.
const REGIONS: &[(&str, [u16; 2])] =
    &[("ap-northeast-1", [0x2406, 0xda14]), ("us-east-1", [0x2600, 0x1f18]), ("eu-west-1", [0x2a05, 0xd018])];

impl Model {
    /// `AssociateVpcCidrBlock` with `AmazonProvidedIpv6CidrBlock`: a /56 of AWS's, and a local route to it in every table.
    ///
    /// A network has one such range at most [doc: quota "IPv6 CIDR blocks per VPC" counts others too, `[?]`].
    pub(crate) fn associate_vpc_ipv6(&mut self, id: &CloudId) -> Result<Ipv6Net, ApiError> {
        if !self.vpc(id)?.cidrs_v6.is_empty() {
            let message = format!("The maximum number of Amazon-provided IPv6 CIDR blocks of {id} has been reached.");
            return Err(ApiError::new(Code::CidrBlockLimit, message));
        }
        self.give_vpc_ipv6(id)
    }

    /// The same for a network that has none.
    pub(crate) fn give_vpc_ipv6(&mut self, id: &CloudId) -> Result<Ipv6Net, ApiError> {
        let cidr = self.amazons_ipv6(id)?;
        let part = &mut self.world.network;
        if let Some(network) = part.networks.get_mut(id) {
            network.cidrs_v6.push(cidr);
        }
        for table in part.route_tables.values_mut().filter(|t| &t.network == id) {
            table.routes.push(local_route(IpNet::V6(cidr)));
        }
        self.propagate();
        Ok(cidr)
    }

    /// `AssociateSubnetCidrBlock`, and `CreateSubnet` with an IPv6 range: a /64 of the network's that no other subnet has.
    pub(crate) fn associate_subnet_ipv6(&mut self, id: &CloudId, cidr: Ipv6Net) -> Result<(), ApiError> {
        let subnet = self.subnet(id)?;
        if subnet.cidr_v6.is_some() {
            let message = format!("The maximum number of IPv6 CIDR blocks of {id} has been reached.");
            return Err(ApiError::new(Code::SubnetCidrBlockLimit, message));
        }
        self.check_subnet_ipv6(&subnet.network.clone(), cidr)?;
        self.give_subnet_ipv6(id, cidr);
        Ok(())
    }

    /// The same where it has been checked.
    pub(crate) fn give_subnet_ipv6(&mut self, id: &CloudId, cidr: Ipv6Net) {
        if let Some(subnet) = self.world.network.subnets.get_mut(id) {
            subnet.cidr_v6 = Some(cidr);
        }
    }

    /// Refuses an IPv6 range that a new subnet of a network cannot have. Sentences are those of IPv4 ranges `[?]`.
    pub(crate) fn check_subnet_ipv6(&self, network: &CloudId, cidr: Ipv6Net) -> Result<(), ApiError> {
        if cidr.prefix_len() != 64 || cidr.trunc() != cidr {
            return Err(invalid(format!(
                "invalid value for parameter ipv6-cidr-block: {cidr} (a subnet's IPv6 range is a /64)"
            )));
        }
        if !self.vpc(network)?.cidrs_v6.iter().any(|range| range.contains(&cidr)) {
            return Err(ApiError::new(Code::SubnetRange, format!("The CIDR '{cidr}' is invalid.")));
        }
        let others = self.world.network.subnets.values().filter(|s| &s.network == network);
        if others.filter_map(|s| s.cidr_v6).any(|other| other == cidr) {
            let message = format!("The CIDR '{cidr}' conflicts with another subnet");
            return Err(ApiError::new(Code::SubnetConflict, message));
        }
        Ok(())
    }

    /// A /56 that no other network has, drawn for this one.
    fn amazons_ipv6(&self, id: &CloudId) -> Result<Ipv6Net, ApiError> {
        let region = REGIONS.iter().find(|(name, _)| *name == self.config.place.region);
        let [a, b] = region.map_or([0x2600, 0x1f18], |(_, begin)| *begin);
        let taken: Vec<Ipv6Net> = self.world.network.networks.values().flat_map(|n| n.cidrs_v6.clone()).collect();
        let mut rng = rng(self.config.seed, &["ipv6", id.as_str()]);
        loop {
            let (c, d) = (rng.u16(..), rng.u16(..) & 0xff00);
            let cidr = Ipv6Net::new([a, b, c, d, 0, 0, 0, 0].into(), 56)
                .map_err(|_| ApiError::new(Code::InternalError, "a prefix is longer than an address"))?;
            if !taken.contains(&cidr) {
                return Ok(cidr);
            }
        }
    }
}
