//! The World by what the doctor asks of it: everything is looked up, nothing searched for.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::Examination;
use crate::{
    CloudId, Key, Owner, StackName, World,
    trace::{Atlas, Query, Source, To, Trace},
    world::*,
};

/// A World, and indexes of it.
#[derive(Debug)]
pub(super) struct Site<'w> {
    pub(super) world: &'w World,
    pub(super) examination: &'w Examination,
    atlas: Atlas<'w>,
    nats: BTreeMap<&'w CloudId, Vec<&'w NatGateway>>,
    internet_gateways: BTreeMap<&'w CloudId, &'w InternetGateway>,
    routes_to: BTreeMap<&'w CloudId, Vec<(&'w RouteTable, &'w Route)>>,
    users: BTreeMap<&'w CloudId, Vec<&'w Subnet>>,
    stack_addresses: BTreeMap<StackName, Vec<(&'w CloudId, Key)>>,
}

impl<'w> Site<'w> {
    pub(super) fn new(world: &'w World, examination: &'w Examination) -> Self {
        let mut site = Self {
            world,
            examination,
            atlas: Atlas::of(world),
            nats: BTreeMap::new(),
            internet_gateways: BTreeMap::new(),
            routes_to: BTreeMap::new(),
            users: BTreeMap::new(),
            stack_addresses: BTreeMap::new(),
        };
        let part = &world.network;
        for nat in world.gateway.nat_gateways.values().filter(|nat| nat.state.is_live()) {
            site.nats.entry(&nat.network).or_default().push(nat);
        }
        for gateway in world.gateway.internet_gateways.values() {
            if let Some(network) = &gateway.network {
                site.internet_gateways.insert(network, gateway);
            }
        }
        for table in part.route_tables.values() {
            let routes = table.routes.iter().filter_map(|route| Some((route.target.id()?, route)));
            routes.for_each(|(id, route)| site.routes_to.entry(id).or_default().push((table, route)));
        }
        for subnet in part.subnets.values() {
            if let Some(table) = site.table_of(subnet) {
                site.users.entry(&table.id).or_default().push(subnet);
            }
        }
        for (id, address) in &world.gateway.addresses {
            if let Some(Owner { stack, key }) = Owner::of(&address.tags) {
                site.stack_addresses.entry(stack).or_default().push((id, key));
            }
        }
        site
    }

    /// Follows packets from somebody to where the examination asks for.
    pub(super) fn trace(&self, source: Source) -> Trace {
        self.trace_to(source, self.examination.to.clone())
    }

    /// The same to somewhere else.
    pub(super) fn trace_to(&self, source: Source, to: To) -> Trace {
        self.ask(source, to, self.examination.protocol, self.examination.port)
    }

    /// Follows any packets.
    pub(super) fn ask(&self, source: Source, to: To, protocol: Protocol, port: u16) -> Trace {
        self.atlas.trace(&Query { source, to, protocol, port })
    }

    /// The subnets of a network.
    pub(super) fn subnets(&self, network: &CloudId) -> &[&'w Subnet] {
        self.atlas.vicinity(network).map_or(&[], |vicinity| &vicinity.subnets)
    }

    /// The NAT gateways of a network that translate or come to.
    pub(super) fn nats(&self, network: &CloudId) -> &[&'w NatGateway] {
        self.nats.get(network).map_or(&[], Vec::as_slice)
    }

    /// The internet gateway that is attached to a network.
    pub(super) fn internet_gateway(&self, network: &CloudId) -> Option<&'w InternetGateway> {
        self.internet_gateways.get(network).copied()
    }

    /// The tables of a network.
    pub(super) fn tables(&self, network: &CloudId) -> &[&'w RouteTable] {
        self.atlas.vicinity(network).map_or(&[], |vicinity| &vicinity.tables)
    }

    /// The table of a subnet; see [`Atlas::table_of`].
    pub(super) fn table_of(&self, subnet: &Subnet) -> Option<&'w RouteTable> {
        self.atlas.table_of(subnet)
    }

    /// The table that a subnet is associated with by itself, and the tie.
    pub(super) fn association_of(&self, subnet: &Subnet) -> Option<(&'w RouteTable, &'w Association)> {
        let table = self.atlas.own_table_of(subnet)?;
        Some((table, table.association_of(&subnet.id)?))
    }

    /// The routes that lead to a gateway, each with its table.
    pub(super) fn routes_to(&self, target: &CloudId) -> &[(&'w RouteTable, &'w Route)] {
        self.routes_to.get(target).map_or(&[], Vec::as_slice)
    }

    /// The subnets that use a table.
    pub(super) fn users(&self, table: &CloudId) -> &[&'w Subnet] {
        self.users.get(table).map_or(&[], Vec::as_slice)
    }

    /// The ACL of a subnet; see [`Atlas::acl_of`].
    pub(super) fn acl_of(&self, subnet: &Subnet) -> Option<&'w Acl> {
        self.atlas.acl_of(subnet)
    }

    /// The ranges that a route is for, as far as they are known.
    pub(super) fn ranges<'a>(&'a self, destination: &'a Destination) -> &'a [IpNet] {
        self.atlas.ranges(destination)
    }

    /// The route of a table that a destination takes, whether it works or not.
    pub(super) fn route_for<'a>(&self, table: &'a RouteTable, to: &IpNet) -> Option<&'a Route> {
        self.atlas.route_for(table, to.addr())
    }

    /// Whether a subnet's default route leads to the internet gateway of its network.
    pub(super) fn is_public(&self, subnet: &Subnet) -> bool {
        let route = self.table_of(subnet).and_then(|table| table.route(&Destination::default_v4()));
        let gateway = self.internet_gateway(&subnet.network);
        route.is_some_and(|route| match &route.target {
            Target::InternetGateway(id) => gateway.is_some_and(|gateway| &gateway.id == id),
            _ => false,
        })
    }

    /// The egress-only gateway of a network.
    pub(super) fn egress_only_gateway(&self, network: &CloudId) -> Option<&'w CloudId> {
        let mut gateways = self.world.gateway.egress_only_gateways.values();
        gateways.find(|gateway| gateway.network.as_ref() == Some(network)).map(|gateway| &gateway.id)
    }

    /// The endpoints of a network that serve.
    pub(super) fn endpoints(&self, network: &CloudId) -> &[&'w Endpoint] {
        self.atlas.vicinity(network).map_or(&[], |vicinity| &vicinity.endpoints)
    }

    /// The subnets that hubs have their interfaces in.
    pub(super) fn hub_subnets(&self) -> impl Iterator<Item = &'w Subnet> {
        let ends = self.world.network.transit.attachments.values().filter_map(|attachment| match &attachment.end {
            TransitEnd::Network { subnets, .. } => subnets.as_ref(),
            TransitEnd::Other { .. } => None,
        });
        ends.flatten().filter_map(|id| self.world.network.subnets.get(id))
    }

    /// Whether an endpoint takes its packets by a route to a prefix list.
    pub(super) fn is_gateway_endpoint(&self, id: &CloudId) -> bool {
        let endpoint = self.world.network.endpoints.get(id);
        endpoint.is_some_and(|endpoint| matches!(endpoint.kind, EndpointKind::Gateway { .. }))
    }

    /// Whether NAT gateways are all one stack's: its file says that functions leave by all of them.
    pub(super) fn is_one_stack<'a>(&self, gateways: impl IntoIterator<Item = &'a CloudId>) -> bool {
        let gateways: Vec<&CloudId> = gateways.into_iter().collect();
        let stacks: BTreeSet<Option<StackName>> = gateways.iter().map(|id| self.stack_of(id)).collect();
        let pinned = gateways.iter().all(|id| self.examination.pinned.contains_key(*id));
        (pinned && !gateways.is_empty()) || (stacks.len() == 1 && !stacks.contains(&None))
    }

    /// The stack of a NAT gateway.
    fn stack_of(&self, nat: &CloudId) -> Option<StackName> {
        let owner = self.world.gateway.nat_gateways.get(nat).and_then(|nat| Owner::of(&nat.tags));
        owner.map(|owner| owner.stack)
    }

    /// Whether a stack's file says that a subnet leaves by a NAT gateway.
    pub(super) fn is_meant(&self, subnet: &CloudId, nat: &CloudId) -> bool {
        let subnet = self.world.network.subnets.get(subnet).and_then(|subnet| Owner::of(&subnet.tags));
        let stack = self.stack_of(nat);
        self.examination.pinned.contains_key(nat) || (stack.is_some() && subnet.map(|owner| owner.stack) == stack)
    }

    /// The addresses of a stack, with their Keys.
    pub(super) fn stack_addresses(&self, stack: &StackName) -> &[(&'w CloudId, Key)] {
        self.stack_addresses.get(stack).map_or(&[], Vec::as_slice)
    }
}
