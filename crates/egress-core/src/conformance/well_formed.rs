//! What holds of every World that is ever observed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use crate::{
    CloudId, World,
    world::{AssociatedWith, NatAddress, NatAddressState, NatState},
};

/// Things are found under their own ids, zones are there and ordered, and nothing is claimed twice.
pub(super) fn well_formed(world: &World) -> Result<(), String> {
    ids(world)?;
    zones(world)?;
    subnets_apart(world)?;
    one_table_each(world)?;
    addresses_apart(world)
}

/// What stands in a network refers to things that were observed too. A cloud that is asked in several calls may break this
/// for a moment, when something is made or deleted between two of them.
pub(super) fn complete(world: &World) -> Result<(), String> {
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
    keyed(&n.leases, |x| &x.id)?;
    keyed(&g.internet_gateways, |x| &x.id)?;
    keyed(&g.nat_gateways, |x| &x.id)?;
    keyed(&g.addresses, |x| &x.id)?;
    keyed(&f.functions, |x| &x.id)?;
    keyed(&f.roles, |x| &x.id)
}

/// Each thing stands under its own id.
pub(super) fn keyed<T>(things: &BTreeMap<CloudId, T>, id: impl Fn(&T) -> &CloudId) -> Result<(), String> {
    match things.iter().find(|(key, thing)| id(thing) != *key) {
        Some((key, thing)) => Err(format!("{} is found under {key}", id(thing))),
        None => Ok(()),
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
        // One that could not be put on a gateway may still be listed there.
        let holds = |a: &&NatAddress| matches!(a.state, NatAddressState::InUse | NatAddressState::Disassociating);
        for address in gateway.addresses.iter().filter(holds).filter_map(|a| a.address.as_ref()) {
            if let Some(other) = held.insert(address, &gateway.id) {
                return Err(format!("gateways {other} and {} both have the address {address}", gateway.id));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use ipnet::Ipv4Net;

    use super::*;
    use crate::{
        Op, Tags,
        op::*,
        world::{Association, Zone, apply},
    };

    /// A network with two subnets, each with a table of its own, and two addresses.
    fn world() -> World {
        let id = |text: &str| CloudId::new(text);
        let mut world = World::default();
        world.network.zones =
            ["a", "b"].map(|name| Zone { name: name.to_owned(), id: name.to_owned(), functions: true }).into();
        let net = |a, b, len| Ipv4Net::new_assert(Ipv4Addr::new(10, a, b, 0), len);
        let subnet = |b| CreateSubnet { network: id("net"), cidr: net(0, b, 24), zone: "a".into(), tags: Tags::new() };
        let table = || CreateRouteTable { network: id("net"), tags: Tags::new() };
        let link = |t, s| AssociateRouteTable { table: id(t), subnet: id(s), replaces: None };
        let network = [
            (NetworkOp::CreateNetwork(CreateNetwork { cidr: net(0, 0, 16), tags: Tags::new() }), "net"),
            (NetworkOp::CreateSubnet(subnet(1)), "sub-1"),
            (NetworkOp::CreateSubnet(subnet(2)), "sub-2"),
            (NetworkOp::CreateRouteTable(table()), "table-1"),
            (NetworkOp::CreateRouteTable(table()), "table-2"),
            (NetworkOp::AssociateRouteTable(link("table-1", "sub-1")), "link-1"),
            (NetworkOp::AssociateRouteTable(link("table-2", "sub-2")), "link-2"),
        ];
        for (op, created) in network {
            apply(&mut world, &Op::Network(op), &id(created)).unwrap();
        }
        for (n, created) in [(1, "addr-1"), (2, "addr-2")] {
            let op = GatewayOp::AllocateAddress(AllocateAddress { tags: Tags::new(), ip: None });
            apply(&mut world, &Op::Gateway(op), &id(created)).unwrap();
            world.gateway.addresses.get_mut(&id(created)).unwrap().ip = Some(Ipv4Addr::new(192, 0, 2, n));
        }
        world
    }

    #[test]
    fn a_world_that_ops_have_made_is_well_formed() {
        assert_eq!(complete(&world()).and(well_formed(&world())), Ok(()));
    }

    #[test]
    fn each_flaw_is_told() {
        fn subnet(world: &mut World) -> &mut crate::world::Subnet {
            world.network.subnets.get_mut(&CloudId::new("sub-2")).unwrap()
        }
        type Flaw = fn(&mut World);
        let flaws: &[(Flaw, &str)] = &[
            (|w| subnet(w).id = "other".into(), "other is found under sub-2"),
            (|w| subnet(w).network = "gone".into(), "subnet sub-2 refers to gone, which the World does not hold"),
            (
                |w| subnet(w).cidr = Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 1, 128), 25),
                "subnets sub-1 (10.0.1.0/24) and sub-2 (10.0.1.128/25) overlap",
            ),
            (|w| w.network.zones.clear(), "there is no zone that functions can be in"),
            (|w| w.network.zones.reverse(), "the zones are not ordered by name"),
            (
                |w| {
                    let link =
                        Association { id: "link-3".into(), with: AssociatedWith::Subnet("sub-1".into()), active: true };
                    w.network.route_tables.get_mut(&CloudId::new("table-2")).unwrap().associations.push(link);
                },
                "subnet sub-1 has two route tables at once",
            ),
            (
                |w| w.gateway.addresses.values_mut().for_each(|a| a.ip = Some(Ipv4Addr::new(192, 0, 2, 9))),
                "addresses addr-1 and addr-2 have one IP",
            ),
        ];
        for (flaw, told) in flaws {
            let mut world = world();
            flaw(&mut world);
            assert_eq!(complete(&world).and(well_formed(&world)), Err((*told).to_owned()));
        }
    }
}
