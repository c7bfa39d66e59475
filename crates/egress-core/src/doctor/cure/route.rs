//! Routes that are missing, dead, or lead to the wrong place.

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv6Net};

use super::{
    hub,
    way_out::{self, Way},
};
use crate::{
    CloudId,
    doctor::{
        Mend, Thing,
        notes::{Note, Seen},
        site::Site,
    },
    world::{Destination, Route, RouteState, RouteTable, Subnet, Target},
};

/// The default route that a table lacks, of the family that was asked for.
pub(super) fn add_default(site: &Site<'_>, table: &CloudId, note: &Note) -> Vec<Mend> {
    let Some((subnet, seen)) = sender(site, note) else { return Vec::new() };
    let add = |destination, target| Mend::AddRoute { table: Thing::from(table), destination, target };
    if seen.to.first().is_some_and(|to| matches!(to, IpNet::V6(_))) {
        let everything = Destination::Cidr(IpNet::V6(Ipv6Net::default()));
        return vec![add(everything, Target::EgressOnlyGateway(egress_only_for(site, &subnet.network)))];
    }
    let Way { mut first, gateway } = way_out::nat_for(site, subnet);
    first.push(add(Destination::default_v4(), Target::NatGateway(gateway)));
    first
}

fn egress_only_for(site: &Site<'_>, network: &CloudId) -> Thing {
    let gateway = site.egress_only_gateway(network);
    gateway.map_or_else(|| Thing::wanted("egress-only internet gateway"), Thing::from)
}

/// Routes to another network's egress-only gateway lead to the network's own: the cloud attaches one only when it is made.
pub(super) fn to_egress_only(site: &Site<'_>, gateway: &CloudId, note: &Note) -> Vec<Mend> {
    let Some((subnet, _)) = sender(site, note) else { return Vec::new() };
    let target = Target::EgressOnlyGateway(egress_only_for(site, &subnet.network));
    let here = site.routes_to(gateway).iter().filter(|(table, _)| table.network == subnet.network);
    here.map(|(table, route)| replace(table, route, target.clone())).collect()
}

/// The table that a subnet on the main table was meant for.
pub(super) fn associate(site: &Site<'_>, subnet: &CloudId, note: &Note) -> Vec<Mend> {
    let Some((found, seen)) = sender(site, note) else { return Vec::new() };
    let leads_to_nat = |table: &&&RouteTable| {
        let route = seen.to.first().and_then(|to| site.route_for(table, to));
        route.is_some_and(|route| matches!(route.target, Target::NatGateway(_)) && route.state == RouteState::Active)
    };
    let meant = site.tables(&found.network).iter().find(leads_to_nat);
    let associate =
        |table: &&RouteTable| Mend::Associate { subnet: subnet.clone(), table: Thing::from(&table.id), replaces: None };
    meant.map(associate).into_iter().collect()
}

/// What a dead route becomes: it goes where another one takes its packets, else it gets a target that lives.
pub(super) fn revive(site: &Site<'_>, table: &CloudId, note: &Note) -> Vec<Mend> {
    let Some(table) = site.world.network.route_tables.get(table) else { return Vec::new() };
    let mut mends = Vec::new();
    let mut done = BTreeSet::new();
    for seen in &note.seen {
        let (Some(subnet), Some(to)) = (site.world.network.subnets.get(&seen.subnet), seen.to.first()) else {
            continue;
        };
        let Some(route) = site.route_for(table, to).filter(|route| done.insert(&route.destination)) else { continue };
        if has_other(site, table, route, to) {
            mends.push(delete(table, route));
            continue;
        }
        // The table of a NAT gateway's own subnet leads to the internet.
        let is_senders = site.table_of(subnet).is_some_and(|own| own.id == table.id);
        let landing = hub::landings(site, table).into_iter().next();
        // What comes by a hub is translated, like what the network itself sends.
        let (first, target) = match landing.or(is_senders.then_some(subnet)) {
            Some(from) => {
                let Way { first, gateway } = way_out::nat_for(site, from);
                (first, Target::NatGateway(gateway))
            }
            None => {
                let Way { first, gateway } = way_out::internet_gateway_for(site, &table.network);
                (first, Target::InternetGateway(gateway))
            }
        };
        mends.extend(first);
        mends.push(replace(table, route, target));
    }
    mends
}

/// A route to the network that holds a private destination.
pub(super) fn towards_private(site: &Site<'_>, note: &Note) -> Vec<Mend> {
    let mut mends = Vec::new();
    for seen in &note.seen {
        let subnet = site.world.network.subnets.get(&seen.subnet);
        let Some(table) = subnet.and_then(|subnet| site.table_of(subnet)) else { continue };
        for to in super::few(&seen.to) {
            mends.push(Mend::AddRoute {
                table: Thing::from(&table.id),
                destination: Destination::Cidr(to),
                target: Target::Peering(Thing::wanted("peering with the network that holds the destination")),
            });
        }
    }
    mends
}

/// A gateway that is free is attached; one of another network is no use here.
pub(super) fn attach_gateway(site: &Site<'_>, gateway: &CloudId, note: &Note) -> Vec<Mend> {
    let Some((subnet, _)) = sender(site, note) else { return Vec::new() };
    let network = &subnet.network;
    let found = site.world.gateway.internet_gateways.get(gateway);
    if found.is_some_and(|found| found.network.is_none()) && site.internet_gateway(network).is_none() {
        return vec![Mend::AttachInternetGateway { gateway: Thing::from(gateway), network: network.clone() }];
    }
    let way = way_out::internet_gateway_for(site, network);
    let here = site.routes_to(gateway).iter().filter(|(table, _)| &table.network == network);
    let repoint = here.map(|(table, route)| replace(table, route, Target::InternetGateway(way.gateway.clone())));
    way.first.into_iter().chain(repoint).collect()
}

/// The routes to something that leads nowhere.
pub(super) fn away_from(site: &Site<'_>, target: &CloudId, note: &Note) -> Vec<Mend> {
    let mut mends = Vec::new();
    let mut done = BTreeSet::new();
    for seen in &note.seen {
        let Some(subnet) = site.world.network.subnets.get(&seen.subnet) else { continue };
        let (Some(table), Some(to)) = (site.table_of(subnet), seen.to.first()) else { continue };
        let Some(route) = site.route_for(table, to).filter(|route| route.target.id() == Some(target)) else { continue };
        if !done.insert((&table.id, &route.destination)) {
            continue;
        }
        if has_other(site, table, route, to) {
            mends.push(delete(table, route));
        } else {
            let Way { first, gateway } = way_out::nat_for(site, subnet);
            mends.extend(first);
            mends.push(replace(table, route, Target::NatGateway(gateway)));
        }
    }
    mends
}

/// Whether a less specific route that works would take a route's packets.
fn has_other(site: &Site<'_>, table: &RouteTable, route: &Route, to: &IpNet) -> bool {
    let works = |other: &&Route| other.destination != route.destination && other.state == RouteState::Active;
    table.routes.iter().filter(works).any(|other| site.ranges(&other.destination).iter().any(|net| net.contains(to)))
}

/// The first subnet that a finding was made from, and the path.
fn sender<'w, 'n>(site: &Site<'w>, note: &'n Note) -> Option<(&'w Subnet, &'n Seen)> {
    note.seen.iter().find_map(|seen| Some((site.world.network.subnets.get(&seen.subnet)?, seen)))
}

fn replace(table: &RouteTable, route: &Route, target: Target<Thing>) -> Mend {
    Mend::ReplaceRoute { table: table.id.clone(), destination: route.destination.clone(), target }
}

fn delete(table: &RouteTable, route: &Route) -> Mend {
    Mend::DeleteRoute { table: table.id.clone(), destination: route.destination.clone() }
}
