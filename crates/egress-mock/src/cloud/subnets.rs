//! Subnets, and the addresses in them.

use std::net::Ipv4Addr;

use egress_core::{
    CloudId, Tags,
    world::{AssociatedWith, Readiness, Subnet},
};
use ipnet::Ipv4Net;

use super::{
    ApiError, Bug, Code, Model, Wait,
    error::{has_dependencies, invalid, no_such},
    hidden::Transition,
    ids::rng,
    model::human_name,
    quota::Quota,
    tags::check_ec2_tags,
};

/// The arguments of `CreateSubnet`, which knows no client token.
#[derive(Clone, Debug)]
pub(crate) struct CreateSubnet {
    pub(crate) vpc_id: CloudId,
    pub(crate) cidr_block: Ipv4Net,
    /// The zone's name.
    pub(crate) availability_zone: String,
    pub(crate) tags: Tags,
}

/// How many addresses of each subnet are AWS's: the first four and the last.
pub(crate) const RESERVED: u32 = 5;

impl Model {
    /// `CreateSubnet`.
    pub(crate) fn create_subnet(&mut self, args: CreateSubnet) -> Result<CloudId, ApiError> {
        check_ec2_tags(&args.tags)?;
        let network = self.vpc(&args.vpc_id)?;
        let cidr = args.cidr_block.trunc();
        if !(16..=28).contains(&cidr.prefix_len()) || !network.cidrs.iter().any(|range| range.contains(&cidr)) {
            return Err(ApiError::new(Code::SubnetRange, format!("The CIDR '{cidr}' is invalid.")));
        }
        self.check_zone(&args.availability_zone)?;
        let others = || self.world.network.subnets.values().filter(|s| s.network == args.vpc_id);
        if others().any(|s| overlap(&s.cidr, &cidr)) && !self.has(Bug::OverlapAccepted) {
            let message = format!("The CIDR '{cidr}' conflicts with another subnet");
            return Err(ApiError::new(Code::SubnetConflict, message));
        }
        self.one_more(Quota::SubnetsPerVpc, others().count())?;
        let name = human_name(&args.tags).to_owned();
        let id = self.new_id("subnet", &name);
        let subnet = Subnet {
            id: id.clone(),
            network: args.vpc_id.clone(),
            cidr,
            cidr_v6: None,
            zone: args.availability_zone,
            free_addresses: usable(&cidr),
            state: Readiness::Pending,
            owner: None,
            tags: args.tags,
        };
        self.world.network.subnets.insert(id.clone(), subnet);
        let default_acl = self.world.network.acls.values_mut().find(|a| a.network == args.vpc_id && a.is_default);
        if let Some(acl) = default_acl {
            acl.subnets.insert(id.clone());
        }
        self.hide(&id, &name);
        let due = self.after(Wait::SubnetAvailable, &name);
        self.at(due, Transition::SubnetAvailable(id.clone()));
        Ok(id)
    }

    /// `DeleteSubnet`: refused while an interface is inside. Its associations go with it.
    pub(crate) fn delete_subnet(&mut self, id: &CloudId) -> Result<(), ApiError> {
        self.subnet(id)?;
        if self.world.network.interfaces.values().any(|i| &i.subnet == id) {
            return Err(has_dependencies("subnet", id));
        }
        let part = &mut self.world.network;
        part.subnets.remove(id);
        self.hidden.facts.public_ip_on_launch.remove(id);
        self.hidden.facts.default_subnets.remove(id);
        for table in part.route_tables.values_mut() {
            table.associations.retain(|a| !matches!(&a.with, AssociatedWith::Subnet(s) if s == id));
        }
        for acl in part.acls.values_mut() {
            acl.subnets.remove(id);
        }
        self.end_exclusion(id);
        Ok(())
    }

    /// The subnet, if calls see it.
    pub(crate) fn subnet(&self, id: &CloudId) -> Result<&Subnet, ApiError> {
        let found = self.world.network.subnets.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| no_such(Code::SubnetNotFound, "subnet", id))
    }

    /// A free address of a subnet, drawn for `whom`; `None` where it is full.
    pub(crate) fn free_ip(&self, subnet: &Subnet, whom: &str) -> Option<Ipv4Addr> {
        if self.has(Bug::ReservedAddressGivenOut) {
            return subnet.cidr.hosts().next();
        }
        let size = usable(&subnet.cidr);
        let first = u32::from(subnet.cidr.network()) + 4;
        let start = rng(self.config.seed, &["private-ip", &subnet.cidr.to_string(), whom]).u32(..size);
        let taken = self.taken_ips(&subnet.id);
        (0..size).map(|i| Ipv4Addr::from(first + (start + i) % size)).find(|ip| !taken.contains(ip))
    }

    /// Counts the free addresses of every subnet anew.
    pub(crate) fn count_free_addresses(&mut self) {
        let ids: Vec<CloudId> = self.world.network.subnets.keys().cloned().collect();
        for id in ids {
            let taken = u32::try_from(self.taken_ips(&id).len()).unwrap_or(u32::MAX);
            if let Some(subnet) = self.world.network.subnets.get_mut(&id) {
                subnet.free_addresses = usable(&subnet.cidr).saturating_sub(taken);
            }
        }
    }

    fn taken_ips(&self, subnet: &CloudId) -> Vec<Ipv4Addr> {
        let inside = self.world.network.interfaces.values().filter(|i| &i.subnet == subnet);
        inside.flat_map(|i| i.private_ips.iter().copied()).collect()
    }

    fn check_zone(&self, name: &str) -> Result<(), ApiError> {
        let zones = &self.world.network.zones;
        if zones.iter().any(|z| z.name == name) {
            return Ok(());
        }
        let names: Vec<&str> = zones.iter().map(|z| z.name.as_str()).collect();
        Err(invalid(format!(
            "Value ({name}) for parameter availabilityZone is invalid. Subnets can currently only be created in the \
             following availability zones: {}.",
            names.join(", ")
        )))
    }
}

/// How many addresses of a range can be used.
fn usable(cidr: &Ipv4Net) -> u32 {
    (1_u32 << (32 - cidr.prefix_len())) - RESERVED
}

fn overlap(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(b) || b.contains(a)
}
