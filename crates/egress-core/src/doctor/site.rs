//! The World by what the doctor asks of it: everything is looked up, nothing searched for.

use std::collections::BTreeMap;

use super::Examination;
use crate::{
    CloudId, World,
    trace::{Query, Source, To, Trace, trace},
    world::*,
};

/// A World, and indexes of it.
#[derive(Debug)]
pub(super) struct Site<'w> {
    pub(super) world: &'w World,
    pub(super) examination: &'w Examination,
    subnets: BTreeMap<&'w CloudId, Vec<&'w Subnet>>,
    nats: BTreeMap<&'w CloudId, Vec<&'w NatGateway>>,
    internet_gateways: BTreeMap<&'w CloudId, &'w InternetGateway>,
    tables: BTreeMap<&'w CloudId, Tables<'w>>,
    routes_to: BTreeMap<&'w CloudId, Vec<(&'w RouteTable, &'w Route)>>,
    users: BTreeMap<&'w CloudId, Vec<&'w Subnet>>,
    acls: BTreeMap<&'w CloudId, &'w Acl>,
    default_acls: BTreeMap<&'w CloudId, &'w Acl>,
}

/// The tables of one network.
#[derive(Debug, Default)]
struct Tables<'w> {
    all: Vec<&'w RouteTable>,
    main: Option<&'w RouteTable>,
    of_subnet: BTreeMap<&'w CloudId, (&'w RouteTable, &'w Association)>,
}

impl<'w> Site<'w> {
    pub(super) fn new(world: &'w World, examination: &'w Examination) -> Self {
        let mut site = Self {
            world,
            examination,
            subnets: BTreeMap::new(),
            nats: BTreeMap::new(),
            internet_gateways: BTreeMap::new(),
            tables: BTreeMap::new(),
            routes_to: BTreeMap::new(),
            users: BTreeMap::new(),
            acls: BTreeMap::new(),
            default_acls: BTreeMap::new(),
        };
        let part = &world.network;
        part.subnets.values().for_each(|subnet| site.subnets.entry(&subnet.network).or_default().push(subnet));
        for nat in world.gateway.nat_gateways.values().filter(|nat| nat.state.is_live()) {
            site.nats.entry(&nat.network).or_default().push(nat);
        }
        for gateway in world.gateway.internet_gateways.values() {
            if let Some(network) = &gateway.network {
                site.internet_gateways.insert(network, gateway);
            }
        }
        part.route_tables.values().for_each(|table| site.add_table(table));
        for subnet in part.subnets.values() {
            if let Some(table) = site.table_of(subnet) {
                site.users.entry(&table.id).or_default().push(subnet);
            }
        }
        for acl in part.acls.values() {
            site.acls.extend(acl.subnets.iter().map(|subnet| (subnet, acl)));
            if acl.is_default {
                site.default_acls.insert(&acl.network, acl);
            }
        }
        site
    }

    fn add_table(&mut self, table: &'w RouteTable) {
        let tables = self.tables.entry(&table.network).or_default();
        tables.all.push(table);
        if table.is_main() {
            tables.main = Some(table);
        }
        for association in table.associations.iter().filter(|association| association.active) {
            if let AssociatedWith::Subnet(subnet) = &association.with {
                tables.of_subnet.entry(subnet).or_insert((table, association));
            }
        }
        for route in &table.routes {
            route.target.id().into_iter().for_each(|id| self.routes_to.entry(id).or_default().push((table, route)));
        }
    }

    /// Follows packets from somebody to where the examination asks for.
    pub(super) fn trace(&self, source: Source) -> Trace {
        let Examination { to, protocol, port, .. } = self.examination;
        self.ask(source, to.clone(), *protocol, *port)
    }

    /// Follows packets from somebody to somewhere else.
    pub(super) fn ask(&self, source: Source, to: To, protocol: Protocol, port: u16) -> Trace {
        trace(self.world, &Query { source, to, protocol, port })
    }

    /// The subnets of a network.
    pub(super) fn subnets(&self, network: &CloudId) -> &[&'w Subnet] {
        self.subnets.get(network).map_or(&[], Vec::as_slice)
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
        self.tables.get(network).map_or(&[], |tables| tables.all.as_slice())
    }

    /// The table of a subnet; see [`NetworkPart::table_of`].
    pub(super) fn table_of(&self, subnet: &Subnet) -> Option<&'w RouteTable> {
        let main = || self.tables.get(&subnet.network)?.main.filter(|_| subnet.owner.is_none());
        self.association_of(subnet).map(|(table, _)| table).or_else(main)
    }

    /// The table that a subnet is associated with by itself, and the tie.
    pub(super) fn association_of(&self, subnet: &Subnet) -> Option<(&'w RouteTable, &'w Association)> {
        self.tables.get(&subnet.network)?.of_subnet.get(&subnet.id).copied()
    }

    /// The routes that lead to a gateway, each with its table.
    pub(super) fn routes_to(&self, target: &CloudId) -> &[(&'w RouteTable, &'w Route)] {
        self.routes_to.get(target).map_or(&[], Vec::as_slice)
    }

    /// The subnets that use a table.
    pub(super) fn users(&self, table: &CloudId) -> &[&'w Subnet] {
        self.users.get(table).map_or(&[], Vec::as_slice)
    }

    /// The ACL of a subnet; see [`NetworkPart::acl_of`].
    pub(super) fn acl_of(&self, subnet: &Subnet) -> Option<&'w Acl> {
        let default = || self.default_acls.get(&subnet.network).filter(|_| subnet.owner.is_none());
        self.acls.get(&subnet.id).or_else(default).copied()
    }
}
