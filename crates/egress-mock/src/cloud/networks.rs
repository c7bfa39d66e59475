//! VPCs, and what comes and goes with each.

use egress_core::{
    CloudId, Tags, tags,
    world::{
        Acl, AclEntry, AssociatedWith, Association, Direction, Network, Peer, Protocol, Readiness, RouteTable, Rule,
        SecurityGroup,
    },
};
use ipnet::{IpNet, Ipv4Net};

use super::{
    ApiError, Bug, Code, CreateSubnet, Model, RouteArgs, Wait,
    error::{has_dependencies, no_such},
    groups::DEFAULT_GROUP,
    hidden::Transition,
    model::human_name,
    quota::Quota,
    route_tables::local_route,
    tags::check_ec2_tags,
};

/// The arguments of `CreateVpc`, which knows no client token.
#[derive(Clone, Debug)]
pub(crate) struct CreateVpc {
    pub(crate) cidr_block: Ipv4Net,
    pub(crate) tags: Tags,
}

impl Model {
    /// `CreateVpc`: answers while the network is pending. A default group, a default ACL and a main route table come with it.
    pub(crate) fn create_vpc(&mut self, args: CreateVpc) -> Result<CloudId, ApiError> {
        check_ec2_tags(&args.tags)?;
        if !(16..=28).contains(&args.cidr_block.prefix_len()) {
            return Err(ApiError::new(Code::VpcRange, format!("The CIDR '{}' is invalid.", args.cidr_block)));
        }
        self.one_more(Quota::Vpcs, self.world.network.networks.len())?;
        let name = human_name(&args.tags).to_owned();
        let id = self.new_id("vpc", &name);
        let network = Network {
            id: id.clone(),
            cidrs: vec![args.cidr_block.trunc()],
            cidrs_v6: Vec::new(),
            state: Readiness::Pending,
            is_default: false,
            dns_support: true,
            dns_hostnames: false,
            name_servers: vec![],
            owner: None,
            tags: args.tags,
        };
        self.world.network.networks.insert(id.clone(), network);
        self.hide(&id, &name);
        self.add_default_group(&id);
        self.add_default_acl(&id);
        self.add_main_table(&id, args.cidr_block.trunc());
        let due = self.after(Wait::NetworkAvailable, &name);
        self.at(due, Transition::NetworkAvailable(id.clone()));
        Ok(id)
    }

    /// `DeleteVpc`: refused while anything that did not come with it is inside.
    pub(crate) fn delete_vpc(&mut self, id: &CloudId) -> Result<(), ApiError> {
        self.vpc(id)?;
        if self.has_things_inside(id) && !self.has(Bug::NetworkDeletedWithThingsInside) {
            return Err(has_dependencies("vpc", id));
        }
        let part = &mut self.world.network;
        part.networks.remove(id);
        self.hidden.facts.address_usage_metrics.remove(id);
        self.hidden.facts.dhcp_options_of.remove(id);
        part.groups.retain(|_, g| &g.network != id);
        part.acls.retain(|_, a| &a.network != id);
        part.route_tables.retain(|_, t| &t.network != id);
        self.end_exclusion(id);
        Ok(())
    }

    /// The network, if calls see it.
    pub(crate) fn vpc(&self, id: &CloudId) -> Result<&Network, ApiError> {
        let found = self.world.network.networks.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| no_such(Code::VpcNotFound, "vpc", id))
    }

    fn has_things_inside(&self, id: &CloudId) -> bool {
        let part = &self.world.network;
        part.subnets.values().any(|s| &s.network == id)
            || part.interfaces.values().any(|i| &i.network == id)
            || part.groups.values().any(|g| &g.network == id && g.name != DEFAULT_GROUP)
            || part.acls.values().any(|a| &a.network == id && !a.is_default)
            || part.route_tables.values().any(|t| &t.network == id && !t.is_main())
            || part.endpoints.values().any(|e| &e.network == id)
            || part.peerings.values().any(|p| p.active && (&p.requester.network == id || &p.accepter.network == id))
            || self.world.gateway.internet_gateways.values().any(|g| g.network.as_ref() == Some(id))
            || self.world.gateway.egress_only_gateways.values().any(|g| g.network.as_ref() == Some(id))
    }

    /// The group that every network has: everything from itself in, everything out.
    fn add_default_group(&mut self, network: &CloudId) {
        let id = self.new_id("sg", network.as_str());
        let from_itself = Rule { protocol: Protocol::All, ports: (0, u16::MAX), peer: Peer::Group(id.clone()) };
        let group = SecurityGroup {
            id: id.clone(),
            network: network.clone(),
            name: DEFAULT_GROUP.to_owned(),
            ingress: vec![from_itself],
            egress: vec![Rule::all_v4()],
            tags: Tags::new(),
        };
        self.world.network.groups.insert(id, group);
    }

    /// The ACL that every network has: 100 allows, 32767 denies, both ways.
    fn add_default_acl(&mut self, network: &CloudId) {
        let id = self.new_id("acl", network.as_str());
        let entry = |number, direction, allow| AclEntry {
            number,
            direction,
            protocol: Protocol::All,
            ports: (0, u16::MAX),
            cidr: IpNet::V4(Ipv4Net::default()),
            allow,
        };
        let both = [Direction::Ingress, Direction::Egress];
        let acl = Acl {
            id: id.clone(),
            network: network.clone(),
            is_default: true,
            subnets: self
                .world
                .network
                .subnets
                .values()
                .filter(|s| &s.network == network)
                .map(|s| s.id.clone())
                .collect(),
            entries: both.into_iter().flat_map(|way| [entry(100, way, true), entry(32767, way, false)]).collect(),
            tags: Tags::new(),
        };
        self.world.network.acls.insert(id, acl);
    }

    /// The table that every network has, with the local route alone.
    fn add_main_table(&mut self, network: &CloudId, cidr: Ipv4Net) {
        let id = self.new_id("rtb", network.as_str());
        let association = self.new_id("rtbassoc", network.as_str());
        let table = RouteTable {
            id: id.clone(),
            network: network.clone(),
            associations: vec![Association { id: association, with: AssociatedWith::Main, active: true }],
            routes: vec![local_route(IpNet::V4(cidr))],
            tags: Tags::new(),
        };
        self.world.network.route_tables.insert(id, table);
    }

    /// What an account has from the start: 172.31.0.0/16 with a /20 per standard zone and a default route to a gateway.
    pub(crate) fn make_default_vpc(&mut self) {
        let made = self.try_make_default_vpc();
        debug_assert!(made.is_ok(), "an empty account has room for its default network: {made:?}");
    }

    fn try_make_default_vpc(&mut self) -> Result<(), ApiError> {
        let name = |name: &str| Tags::from([(tags::NAME.to_owned(), name.to_owned())]);
        let range = |third: u8, prefix| {
            Ipv4Net::new([172, 31, third, 0].into(), prefix)
                .map_err(|_| ApiError::new(Code::VpcRange, "a prefix is longer than an address"))
        };
        let timing = std::mem::take(&mut self.config.timing);
        let vpc = self.create_vpc(CreateVpc { cidr_block: range(0, 16)?, tags: name("default") })?;
        let zones = self.world.network.zones.iter().filter(|z| z.functions).map(|z| z.name.clone());
        for (nth, zone) in (0_u8..).zip(zones.collect::<Vec<_>>()) {
            let cidr_block = range(nth * 16, 20)?;
            let subnet = self.create_subnet(CreateSubnet {
                vpc_id: vpc.clone(),
                cidr_block,
                availability_zone: zone.clone(),
                tags: name(&zone),
            })?;
            self.hidden.facts.default_subnets.insert(subnet.clone());
            self.hidden.facts.public_ip_on_launch.insert(subnet);
        }
        let gateway = self.create_internet_gateway(name("default"))?;
        self.attach_internet_gateway(&gateway, &vpc)?;
        let main = self.world.network.route_tables.values().find(|t| t.network == vpc).map(|t| t.id.clone());
        if let Some(route_table_id) = main {
            self.create_route(RouteArgs {
                route_table_id,
                destination: egress_core::world::Destination::default_v4(),
                target: egress_core::world::Target::InternetGateway(gateway.clone()),
            })?;
        }
        self.advance(self.hidden.now);
        self.hidden.visible_from.clear();
        self.config.timing = timing;
        if let Some(network) = self.world.network.networks.get_mut(&vpc) {
            network.is_default = true;
            network.dns_hostnames = true;
        }
        Ok(())
    }
}
