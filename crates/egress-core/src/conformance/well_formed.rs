//! What holds of every World that is ever observed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use crate::{
    CloudId, World,
    world::{AssociatedWith, NatState},
};

/// Things are found under their own ids and refer to things that are there; nothing is claimed twice.
pub(super) fn well_formed(world: &World) -> Result<(), String> {
    ids(world)?;
    references(world)?;
    zones(world)?;
    subnets_apart(world)?;
    one_table_each(world)?;
    addresses_apart(world)
}

fn ids(world: &World) -> Result<(), String> {
    let (n, g, f) = (&world.network, &world.gateway, &world.function);
    keyed(&n.networks, |x| &x.id)?;
    keyed(&n.subnets, |x| &x.id)?;
    keyed(&n.route_tables, |x| &x.id)?;
    keyed(&n.groups, |x| &x.id)?;
    keyed(&n.acls, |x| &x.id)?;
    keyed(&n.interfaces, |x| &x.id)?;
    keyed(&n.endpoints, |x| &x.id)?;
    keyed(&n.peerings, |x| &x.id)?;
    keyed(&n.prefix_lists, |x| &x.id)?;
    keyed(&g.internet_gateways, |x| &x.id)?;
    keyed(&g.nat_gateways, |x| &x.id)?;
    keyed(&g.addresses, |x| &x.id)?;
    keyed(&f.functions, |x| &x.id)?;
    keyed(&f.roles, |x| &x.id)
}

fn keyed<T>(things: &BTreeMap<CloudId, T>, id: impl Fn(&T) -> &CloudId) -> Result<(), String> {
    match things.iter().find(|(key, thing)| id(thing) != *key) {
        Some((key, thing)) => Err(format!("{} is found under {key}", id(thing))),
        None => Ok(()),
    }
}

/// What stands in a network that was observed refers to others that were observed.
fn references(world: &World) -> Result<(), String> {
    let part = &world.network;
    for subnet in part.subnets.values() {
        present("subnet", &subnet.id, &subnet.network, &part.networks)?;
    }
    for table in part.route_tables.values() {
        present("route table", &table.id, &table.network, &part.networks)?;
        for association in &table.associations {
            if let AssociatedWith::Subnet(subnet) = &association.with {
                present("route table", &table.id, subnet, &part.subnets)?;
            }
        }
    }
    for group in part.groups.values() {
        present("group", &group.id, &group.network, &part.networks)?;
    }
    for interface in part.interfaces.values() {
        present("interface", &interface.id, &interface.subnet, &part.subnets)?;
    }
    Ok(())
}

fn present<T: Debug>(
    kind: &str,
    id: &CloudId,
    refers_to: &CloudId,
    among: &BTreeMap<CloudId, T>,
) -> Result<(), String> {
    if among.contains_key(refers_to) {
        Ok(())
    } else {
        Err(format!("{kind} {id} refers to {refers_to}, which the World does not hold"))
    }
}

fn zones(world: &World) -> Result<(), String> {
    let zones = &world.network.zones;
    if !zones.iter().any(|z| z.functions) {
        return Err("there is no zone that functions can be in".to_owned());
    }
    if !zones.is_sorted_by(|a, b| a.name < b.name) {
        return Err("the zones are not ordered by name".to_owned());
    }
    Ok(())
}

fn subnets_apart(world: &World) -> Result<(), String> {
    let subnets: Vec<_> = world.network.subnets.values().collect();
    for (i, a) in subnets.iter().enumerate() {
        for b in subnets.iter().skip(i + 1).filter(|b| b.network == a.network) {
            if a.cidr.contains(&b.cidr) || b.cidr.contains(&a.cidr) {
                return Err(format!("subnets {} ({}) and {} ({}) overlap", a.id, a.cidr, b.id, b.cidr));
            }
        }
    }
    Ok(())
}

fn one_table_each(world: &World) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for association in world.network.route_tables.values().flat_map(|t| &t.associations).filter(|a| a.active) {
        if let AssociatedWith::Subnet(subnet) = &association.with
            && !seen.insert(subnet)
        {
            return Err(format!("subnet {subnet} has two route tables at once"));
        }
    }
    Ok(())
}

/// No two addresses have one IP, and no two working gateways one address.
fn addresses_apart(world: &World) -> Result<(), String> {
    let mut ips = BTreeMap::new();
    for address in world.gateway.addresses.values() {
        if let Some(other) = address.ip.and_then(|ip| ips.insert(ip, &address.id)) {
            return Err(format!("addresses {other} and {} have one IP", address.id));
        }
    }
    let mut held = BTreeMap::new();
    for gateway in world.gateway.nat_gateways.values().filter(|g| g.state == NatState::Available) {
        for address in gateway.addresses.iter().filter_map(|a| a.address.as_ref()) {
            if let Some(other) = held.insert(address, &gateway.id) {
                return Err(format!("gateways {other} and {} both have the address {address}", gateway.id));
            }
        }
    }
    Ok(())
}
