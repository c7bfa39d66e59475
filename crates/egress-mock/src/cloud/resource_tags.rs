//! `CreateTags` and `DeleteTags` as EC2 has them: several things of any kind at once, all or nothing.

use egress_core::{CloudId, Kind, Tags};

use super::{ApiError, Code, Model, error::no_such, tags::check_ec2_tags};

/// A tag to delete: its key, and the value that it must have, where one is asked for.
pub(super) type TagToDelete = (String, Option<String>);

impl Model {
    /// `CreateTags`.
    pub(crate) fn create_resource_tags(&mut self, resources: &[CloudId], tags: &Tags) -> Result<(), ApiError> {
        check_ec2_tags(tags)?;
        self.retag(resources, |old| old.extend(tags.clone()))
    }

    /// `DeleteTags`: those named, or all where none is named. Tags of AWS's own stay.
    pub(crate) fn delete_resource_tags(
        &mut self,
        resources: &[CloudId],
        which: &[TagToDelete],
    ) -> Result<(), ApiError> {
        let fits = |name: &str, value: &str| {
            let wanted = |(key, with): &TagToDelete| key == name && with.as_ref().is_none_or(|with| with == value);
            !name.starts_with("aws:") && (which.is_empty() || which.iter().any(wanted))
        };
        self.retag(resources, |tags| tags.retain(|name, value| !fits(name, value)))
    }

    /// Every thing of EC2's that can have tags: AWS's word for its type, its id, its tags.
    pub(crate) fn every_tagged(&self) -> impl Iterator<Item = (&'static str, &CloudId, &Tags)> {
        let (network, gateway) = (&self.world.network, &self.world.gateway);
        let apart = self.hidden.facts.other_tags.iter().filter(|(id, _)| self.is_tagged_apart(id)).map(|(id, tags)| {
            let kind = match prefix(id) {
                "dopt" => "dhcp-options",
                "vpcbpa" => "vpc-block-public-access-exclusion",
                "pl" => "prefix-list",
                _ => "security-group-rule",
            };
            (kind, id, tags)
        });
        (network.networks.iter().map(|(id, x)| ("vpc", id, &x.tags)))
            .chain(network.subnets.iter().map(|(id, x)| ("subnet", id, &x.tags)))
            .chain(network.route_tables.iter().map(|(id, x)| ("route-table", id, &x.tags)))
            .chain(network.groups.iter().map(|(id, x)| ("security-group", id, &x.tags)))
            .chain(network.acls.iter().map(|(id, x)| ("network-acl", id, &x.tags)))
            .chain(network.interfaces.iter().map(|(id, x)| ("network-interface", id, &x.tags)))
            .chain(network.endpoints.iter().map(|(id, x)| ("vpc-endpoint", id, &x.tags)))
            .chain(network.peerings.iter().map(|(id, x)| ("vpc-peering-connection", id, &x.tags)))
            .chain(gateway.internet_gateways.iter().map(|(id, x)| ("internet-gateway", id, &x.tags)))
            .chain(gateway.nat_gateways.iter().map(|(id, x)| ("natgateway", id, &x.tags)))
            .chain(gateway.addresses.iter().map(|(id, x)| ("elastic-ip", id, &x.tags)))
            .chain(gateway.egress_only_gateways.iter().map(|(id, x)| ("egress-only-internet-gateway", id, &x.tags)))
            .chain(network.machines.iter().map(|(id, x)| ("instance", id, &x.tags)))
            .chain(network.transit.gateways.iter().map(|(id, x)| ("transit-gateway", id, &x.tags)))
            .chain(network.transit.attachments.iter().map(|(id, x)| ("transit-gateway-attachment", id, &x.tags)))
            .chain(network.transit.tables.iter().map(|(id, x)| ("transit-gateway-route-table", id, &x.tags)))
            .chain(network.leases.iter().map(|(id, x)| ("launch-template", id, &x.tags)))
            .chain(apart)
    }

    fn retag(&mut self, resources: &[CloudId], change: impl Fn(&mut Tags)) -> Result<(), ApiError> {
        let mut changed = Vec::new();
        for id in resources {
            let mut tags = self.resource_tags(id)?.clone();
            change(&mut tags);
            check_ec2_tags(&tags.iter().filter(|(name, _)| !name.starts_with("aws:")).map(own).collect())?;
            changed.push((id, tags));
        }
        for (id, tags) in changed {
            match self.world_tags_mut(id) {
                Some(old) => *old = tags,
                None => _ = self.hidden.facts.other_tags.insert(id.clone(), tags),
            }
        }
        Ok(())
    }

    /// The tags of any of EC2's things.
    fn resource_tags(&self, id: &CloudId) -> Result<&Tags, ApiError> {
        const NONE: &Tags = &Tags::new();
        if !self.sees(id) {
            return Err(self.no_such_resource(id));
        }
        if self.is_tagged_apart(id) {
            return Ok(self.hidden.facts.other_tags.get(id).unwrap_or(NONE));
        }
        let world = &self.world;
        let found = match prefix(id) {
            "acl" => world.network.acls.get(id).map(|x| &x.tags),
            "vpce" => world.network.endpoints.get(id).map(|x| &x.tags),
            "pcx" => world.network.peerings.get(id).map(|x| &x.tags),
            "eigw" => world.gateway.egress_only_gateways.get(id).map(|x| &x.tags),
            "i" => world.network.machines.get(id).map(|x| &x.tags),
            "tgw" => world.network.transit.gateways.get(id).map(|x| &x.tags),
            "tgw-attach" => world.network.transit.attachments.get(id).map(|x| &x.tags),
            "tgw-rtb" => world.network.transit.tables.get(id).map(|x| &x.tags),
            prefix => kind_of(prefix).and_then(|kind| world.tags(kind, id)),
        };
        found.ok_or_else(|| self.no_such_resource(id))
    }

    fn world_tags_mut(&mut self, id: &CloudId) -> Option<&mut Tags> {
        match prefix(id) {
            "acl" => self.world.network.acls.get_mut(id).map(|x| &mut x.tags),
            "vpce" => self.world.network.endpoints.get_mut(id).map(|x| &mut x.tags),
            "pcx" => self.world.network.peerings.get_mut(id).map(|x| &mut x.tags),
            "eigw" => self.world.gateway.egress_only_gateways.get_mut(id).map(|x| &mut x.tags),
            "i" => self.world.network.machines.get_mut(id).map(|x| &mut x.tags),
            "tgw" => self.world.network.transit.gateways.get_mut(id).map(|x| &mut x.tags),
            "tgw-attach" => self.world.network.transit.attachments.get_mut(id).map(|x| &mut x.tags),
            "tgw-rtb" => self.world.network.transit.tables.get_mut(id).map(|x| &mut x.tags),
            prefix => kind_of(prefix).and_then(|kind| self.tags_mut(kind, id)),
        }
    }

    /// Whether this is one of the things that the World holds without tags.
    fn is_tagged_apart(&self, id: &CloudId) -> bool {
        match prefix(id) {
            "dopt" => self.every_dhcp_options().contains_key(id),
            "vpcbpa" => self.excluded(id).is_ok(),
            "pl" => self.world.network.prefix_lists.contains_key(id),
            "sgr" => self.rules().any(|(group, direction, rule)| self.rule_id(&group.id, direction, rule) == *id),
            _ => false,
        }
    }

    fn no_such_resource(&self, id: &CloudId) -> ApiError {
        match (prefix(id), kind_of(prefix(id))) {
            (_, Some(kind)) => self.not_found(kind, id),
            ("acl", _) => no_such(Code::AclNotFound, "networkAcl", id),
            ("vpce", _) => no_such(Code::EndpointNotFound, "vpcEndpoint", id),
            ("pcx", _) => no_such(Code::PeeringNotFound, "vpcPeeringConnection", id),
            ("dopt", _) => no_such(Code::DhcpOptionsNotFound, "dhcpOption", id),
            ("pl", _) => no_such(Code::PrefixListNotFound, "prefix list", id),
            ("vpcbpa", _) => no_such(Code::ExclusionNotFound, "vpcBlockPublicAccessExclusion", id),
            ("eigw", _) => no_such(Code::GatewayNotFoundForRoute, "gateway", id),
            ("i", _) => no_such(Code::InstanceNotFound, "instance", id),
            ("tgw", _) => no_such(Code::TransitGatewayNotFound, "transitGateway", id),
            ("tgw-attach", _) => no_such(Code::TransitAttachmentNotFound, "transitGatewayAttachment", id),
            ("tgw-rtb", _) => no_such(Code::RouteTableNotFound, "transitGatewayRouteTable", id),
            ("sgr", _) => no_such(Code::RuleNotFound, "security group rule", id),
            // Recorded for the id of an association: only things can have tags.
            _ => ApiError::new(Code::InvalidId, format!("The ID '{id}' is not valid")),
        }
    }
}

fn own((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

/// What an id begins with; of what is of a transit gateway, which two words begin, both.
fn prefix(id: &CloudId) -> &str {
    let id = id.as_str();
    let two = ["tgw-attach", "tgw-rtb"]
        .into_iter()
        .find(|two| id.strip_prefix(two).is_some_and(|rest| rest.starts_with('-')));
    two.unwrap_or_else(|| id.split('-').next().unwrap_or_default())
}

fn kind_of(prefix: &str) -> Option<Kind> {
    Some(match prefix {
        "vpc" => Kind::Network,
        "subnet" => Kind::Subnet,
        "rtb" => Kind::RouteTable,
        "sg" => Kind::SecurityGroup,
        "eni" => Kind::Interface,
        "igw" => Kind::InternetGateway,
        "nat" => Kind::NatGateway,
        "eipalloc" => Kind::Address,
        "lt" => Kind::Lease,
        _ => return None,
    })
}
