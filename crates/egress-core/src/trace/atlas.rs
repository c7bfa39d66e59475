//! An index over a World, so that many traces cost little each.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    ops::Deref,
    sync::OnceLock,
};

use ipnet::IpNet;

use super::{
    route::{self, Choice},
    span::Cuts,
    special,
};
use crate::{
    CloudId,
    world::{
        Acl, AssociatedWith, Destination, Endpoint, Interface, InterfaceKind, Listing, Peering, Route, RouteTable,
        Subnet, World,
    },
};

/// A World, with what a trace looks up in it found quickly.
///
/// Making one costs nothing: each index is built when it is first asked for, so that one trace is no dearer than without. To ask
/// much of one World, keep its Atlas.
#[derive(Debug)]
pub struct Atlas<'w> {
    world: &'w World,
    vicinities: OnceLock<BTreeMap<&'w CloudId, Vicinity<'w>>>,
    interfaces: OnceLock<Interfaces<'w>>,
    /// See [`super::parts`].
    host_cuts: OnceLock<Cuts>,
}

/// What there is in one network.
#[derive(Debug, Default)]
pub(crate) struct Vicinity<'w> {
    pub(crate) subnets: Vec<&'w Subnet>,
    pub(crate) tables: Vec<&'w RouteTable>,
    pub(super) acls: Vec<&'w Acl>,
    /// Those that serve.
    pub(crate) endpoints: Vec<&'w Endpoint>,
    /// Those that lead to or from it.
    pub(super) peerings: Vec<&'w Peering>,
    /// The interface that holds an address.
    pub(super) holders: BTreeMap<IpAddr, &'w Interface>,
    /// The interfaces that hold whole ranges.
    pub(super) holders_of_ranges: Vec<(IpNet, &'w Interface)>,
    /// See [`super::parts`].
    pub(super) cuts: OnceLock<Cuts>,
    own_tables: BTreeMap<&'w CloudId, &'w RouteTable>,
    main_table: Option<&'w RouteTable>,
    own_acls: BTreeMap<&'w CloudId, &'w Acl>,
    default_acl: Option<&'w Acl>,
}

/// The interfaces, by what they are looked for.
#[derive(Debug, Default)]
struct Interfaces<'w> {
    members: BTreeMap<&'w CloudId, Vec<&'w Interface>>,
    of_machine: BTreeMap<&'w CloudId, Vec<&'w Interface>>,
    of_functions: BTreeMap<&'w CloudId, BTreeMap<&'w BTreeSet<CloudId>, Vec<&'w Interface>>>,
    by_public_ip: BTreeMap<IpAddr, &'w Interface>,
}

impl Deref for Atlas<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        self.world
    }
}

impl<'w> Atlas<'w> {
    /// The Atlas of a World.
    pub fn of(world: &'w World) -> Self {
        Self { world, vicinities: OnceLock::new(), interfaces: OnceLock::new(), host_cuts: OnceLock::new() }
    }

    /// What there is in a network; `None` where nothing is.
    pub(crate) fn vicinity(&self, network: &CloudId) -> Option<&Vicinity<'w>> {
        self.vicinities.get_or_init(|| vicinities(self.world)).get(network)
    }

    /// The table that routes packets of a subnet: its own, else the network's main one. Where there may be one of its own that is
    /// not seen, only that.
    pub(crate) fn table_of(&self, subnet: &Subnet) -> Option<&'w RouteTable> {
        let vicinity = self.vicinity(&subnet.network)?;
        let main = || vicinity.main_table.filter(|_| subnet.owner.is_none() && self.reads(Listing::RouteTables));
        self.own_table_of(subnet).or_else(main)
    }

    /// The table that a subnet is associated with by itself.
    pub(crate) fn own_table_of(&self, subnet: &Subnet) -> Option<&'w RouteTable> {
        self.vicinity(&subnet.network)?.own_tables.get(&subnet.id).copied()
    }

    /// The stateless filter of a subnet: its own, else the network's default one. Where there may be one of its own that is not
    /// seen, only that.
    pub(crate) fn acl_of(&self, subnet: &Subnet) -> Option<&'w Acl> {
        let vicinity = self.vicinity(&subnet.network)?;
        let default = || vicinity.default_acl.filter(|_| subnet.owner.is_none() && self.reads(Listing::Acls));
        vicinity.own_acls.get(&subnet.id).copied().or_else(default)
    }

    /// The interface that holds a private address in a network.
    pub(super) fn interface_at(&self, network: &CloudId, ip: IpAddr) -> Option<&'w Interface> {
        let vicinity = self.vicinity(network)?;
        let of_range =
            || vicinity.holders_of_ranges.iter().find(|(range, _)| range.contains(&ip)).map(|(_, held)| *held);
        vicinity.holders.get(&ip).copied().or_else(of_range)
    }

    /// The interface that the internet finds at an address: one that is mapped to it, or its own in IPv6.
    pub(super) fn interface_behind(&self, ip: IpAddr) -> Option<&'w Interface> {
        self.interfaces().by_public_ip.get(&ip).copied()
    }

    /// Cuts that are made of every address that the internet finds an interface at, once.
    pub(super) fn host_cuts(&self, make: impl FnOnce(&mut dyn Iterator<Item = IpAddr>) -> Cuts) -> &Cuts {
        self.host_cuts.get_or_init(|| make(&mut self.interfaces().by_public_ip.keys().copied()))
    }

    /// The interfaces in a group.
    pub(super) fn members(&self, group: &CloudId) -> &[&'w Interface] {
        self.interfaces().members.get(group).map_or(&[], Vec::as_slice)
    }

    /// The interfaces of a machine.
    pub(super) fn interfaces_of(&self, machine: &CloudId) -> &[&'w Interface] {
        self.interfaces().of_machine.get(machine).map_or(&[], Vec::as_slice)
    }

    /// The interfaces that functions with these groups share in a subnet.
    pub(super) fn shared(&self, subnet: &CloudId, groups: &BTreeSet<CloudId>) -> &[&'w Interface] {
        self.interfaces().of_functions.get(subnet).and_then(|by| by.get(groups)).map_or(&[], Vec::as_slice)
    }

    /// What is missing of a listing that was not read; `None` where it was.
    pub(super) fn unread(&self, listing: Listing) -> Option<String> {
        self.unseen(listing).map(|ask| format!("the {listing}: no answer of {ask}"))
    }

    /// What is missing where a thing is not in the World: its listing, where that was not read, else the thing itself.
    pub(super) fn lacking(&self, listing: Listing, what: String) -> String {
        self.unread(listing).unwrap_or(what)
    }

    /// The route of a table that a packet takes, by all that is known; of several that nobody can tell apart, the first.
    pub(crate) fn route_for<'a>(&self, table: &'a RouteTable, to: IpAddr) -> Option<&'a Route> {
        match route::choose(self, table, to) {
            Choice::Route(route) | Choice::Likely { route, .. } => Some(route),
            Choice::OneOf(routes, _) => routes.into_iter().flatten().next(),
            Choice::None => None,
        }
    }

    /// The ranges that a route is for, as far as they are known.
    pub(crate) fn ranges<'a>(&'a self, destination: &'a Destination) -> &'a [IpNet] {
        route::ranges(self, destination).unwrap_or_default()
    }

    fn reads(&self, listing: Listing) -> bool {
        self.unseen(listing).is_none()
    }

    fn interfaces(&self) -> &Interfaces<'w> {
        self.interfaces.get_or_init(|| interfaces(self.world))
    }
}

fn vicinities(world: &World) -> BTreeMap<&CloudId, Vicinity<'_>> {
    let part = &world.network;
    let mut all: BTreeMap<&CloudId, Vicinity<'_>> = BTreeMap::new();
    for subnet in part.subnets.values() {
        all.entry(&subnet.network).or_default().subnets.push(subnet);
    }
    for table in part.route_tables.values() {
        let vicinity = all.entry(&table.network).or_default();
        vicinity.tables.push(table);
        for link in table.associations.iter().filter(|link| link.active) {
            match &link.with {
                AssociatedWith::Main => _ = vicinity.main_table.get_or_insert(table),
                AssociatedWith::Subnet(subnet) => _ = vicinity.own_tables.entry(subnet).or_insert(table),
                AssociatedWith::Gateway(_) => {}
            }
        }
    }
    for acl in part.acls.values() {
        let vicinity = all.entry(&acl.network).or_default();
        vicinity.acls.push(acl);
        acl.subnets.iter().for_each(|subnet| _ = vicinity.own_acls.entry(subnet).or_insert(acl));
        if acl.is_default {
            vicinity.default_acl.get_or_insert(acl);
        }
    }
    for endpoint in part.endpoints.values().filter(|endpoint| endpoint.available) {
        all.entry(&endpoint.network).or_default().endpoints.push(endpoint);
    }
    for peering in part.peerings.values() {
        let ends = BTreeSet::from([&peering.requester.network, &peering.accepter.network]);
        ends.into_iter().for_each(|network| all.entry(network).or_default().peerings.push(peering));
    }
    for interface in part.interfaces.values() {
        let vicinity = all.entry(&interface.network).or_default();
        interface.ips().for_each(|ip| _ = vicinity.holders.entry(ip).or_insert(interface));
        vicinity.holders_of_ranges.extend(interface.prefixes.iter().map(|range| (*range, interface)));
    }
    all
}

fn interfaces(world: &World) -> Interfaces<'_> {
    let mut all = Interfaces::default();
    for interface in world.network.interfaces.values() {
        interface.groups.iter().for_each(|group| all.members.entry(group).or_default().push(interface));
        if let Some(machine) = &interface.instance {
            all.of_machine.entry(machine).or_default().push(interface);
        }
        if interface.kind == InterfaceKind::Function && interface.in_use {
            let by_groups = all.of_functions.entry(&interface.subnet).or_default();
            by_groups.entry(&interface.groups).or_default().push(interface);
        }
        let mapped = interface.public_ip.map(IpAddr::V4);
        let own = interface.ipv6.iter().map(|ip| IpAddr::V6(*ip)).filter(|ip| !special::is_private(*ip));
        mapped.into_iter().chain(own).for_each(|ip| _ = all.by_public_ip.entry(ip).or_insert(interface));
    }
    all
}
