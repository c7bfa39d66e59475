//! What is always so, whatever was done.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use egress_core::{
    CloudId, World,
    world::{AssociatedWith, InterfaceKind, NatAddress, NatAddressState, NatState, RouteState, Target},
};

/// Says what is wrong with a World that AWS's rules never lead to; nothing where all is right.
pub(super) fn violations(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    ranges(world, &mut wrong);
    interfaces(world, &mut wrong);
    belongings(world, &mut wrong);
    gateways(world, &mut wrong);
    routes(world, &mut wrong);
    counts(world, &mut wrong);
    wrong
}

fn ranges(world: &World, wrong: &mut Vec<String>) {
    let subnets: Vec<_> = world.network.subnets.values().collect();
    for (n, a) in subnets.iter().enumerate() {
        for b in subnets[n + 1..].iter().filter(|b| b.network == a.network) {
            if a.cidr.contains(&b.cidr) || b.cidr.contains(&a.cidr) {
                wrong.push(format!("{} and {} overlap", a.id, b.id));
            }
        }
        let inside =
            world.network.networks.get(&a.network).is_some_and(|v| v.cidrs.iter().any(|c| c.contains(&a.cidr)));
        if !inside {
            wrong.push(format!("{} is outside its network", a.id));
        }
    }
}

fn interfaces(world: &World, wrong: &mut Vec<String>) {
    let mut holders: BTreeMap<(CloudId, Ipv4Addr), CloudId> = BTreeMap::new();
    let mut taken: BTreeMap<CloudId, u32> = BTreeMap::new();
    for i in world.network.interfaces.values() {
        let Some(subnet) = world.network.subnets.get(&i.subnet) else {
            wrong.push(format!("{} is in no subnet", i.id));
            continue;
        };
        for ip in &i.private_ips {
            *taken.entry(subnet.id.clone()).or_default() += 1;
            let first = u32::from(subnet.cidr.network());
            let nth = u32::from(*ip).wrapping_sub(first);
            if !subnet.cidr.contains(ip) || nth < 4 || *ip == subnet.cidr.broadcast() {
                wrong.push(format!("{} has {ip}, which is reserved or outside {}", i.id, subnet.cidr));
            }
            if let Some(other) = holders.insert((subnet.id.clone(), *ip), i.id.clone()) {
                wrong.push(format!("{} and {other} both have {ip}", i.id));
            }
        }
        for group in i.groups.iter().filter(|g| !world.network.groups.contains_key(g)) {
            wrong.push(format!("{} has {group}, which is gone", i.id));
        }
    }
    for subnet in world.network.subnets.values() {
        let size = 1_u32 << (32 - subnet.cidr.prefix_len());
        let free = size - 5 - taken.get(&subnet.id).copied().unwrap_or_default();
        if subnet.free_addresses != free {
            wrong.push(format!("{} says {} free, not {free}", subnet.id, subnet.free_addresses));
        }
    }
    for f in world.function.functions.values().filter(|f| f.is_settled()) {
        if let Some(attachment) = &f.attachment {
            for subnet in &attachment.subnets {
                let has = world.network.interfaces.values().any(|i| {
                    i.kind == InterfaceKind::Function
                        && &i.subnet == subnet
                        && i.groups == attachment.groups
                        && i.in_use
                });
                if !has {
                    wrong.push(format!("{} has no interface in {subnet}", f.id));
                }
            }
        }
    }
}

fn belongings(world: &World, wrong: &mut Vec<String>) {
    let part = &world.network;
    let in_networks = (part.subnets.values().map(|x| (&x.id, &x.network)))
        .chain(part.route_tables.values().map(|x| (&x.id, &x.network)))
        .chain(part.groups.values().map(|x| (&x.id, &x.network)))
        .chain(part.acls.values().map(|x| (&x.id, &x.network)))
        .chain(part.interfaces.values().map(|x| (&x.id, &x.network)))
        .chain(world.gateway.internet_gateways.values().filter_map(|x| Some((&x.id, x.network.as_ref()?))));
    for (id, network) in in_networks.filter(|(_, network)| !part.networks.contains_key(network)) {
        wrong.push(format!("{id} is in {network}, which is gone"));
    }
    for id in part.networks.keys() {
        let mains = part.route_tables.values().filter(|t| &t.network == id && t.is_main()).count();
        let groups = part.groups.values().filter(|g| &g.network == id && g.name == "default").count();
        let acls = part.acls.values().filter(|a| &a.network == id && a.is_default).count();
        let gateways = world.gateway.internet_gateways.values().filter(|g| g.network.as_ref() == Some(id)).count();
        if (mains, groups, acls) != (1, 1, 1) || gateways > 1 {
            wrong.push(format!("{id} has {mains} main tables, {groups} default groups, {acls} default ACLs and {gateways} internet gateways"));
        }
    }
    let mut associated = BTreeSet::new();
    for a in part.route_tables.values().flat_map(|t| &t.associations) {
        if let AssociatedWith::Subnet(subnet) = &a.with
            && (!associated.insert(subnet) || !part.subnets.contains_key(subnet))
        {
            wrong.push(format!("{subnet} has two associations or is gone"));
        }
    }
}

fn gateways(world: &World, wrong: &mut Vec<String>) {
    let mut ips = BTreeSet::new();
    for address in world.gateway.addresses.values() {
        if !address.ip.is_some_and(|ip| ips.insert(ip)) {
            wrong.push(format!("{} has no IP of its own", address.id));
        }
    }
    for nat in world.gateway.nat_gateways.values().filter(|g| matches!(g.state, NatState::Available)) {
        if !world.gateway.internet_gateways.values().any(|g| g.network.as_ref() == Some(&nat.network)) {
            wrong.push(format!("{} is available in a network without internet gateway", nat.id));
        }
        if nat.addresses.iter().filter(|a| a.primary).count() != 1 {
            wrong.push(format!("{} has not one address of its own", nat.id));
        }
        // One that is associating may turn out to be another's.
        let held = |a: &&NatAddress| matches!(a.state, NatAddressState::InUse | NatAddressState::Disassociating);
        for held in nat.addresses.iter().filter(held) {
            let address = held.address.as_ref().and_then(|id| world.gateway.addresses.get(id));
            let is_its_own = address.is_some_and(|a| {
                a.nat_gateway.as_ref() == Some(&nat.id) && a.ip == held.public_ip && a.interface == held.interface
            });
            let interface = held.interface.as_ref().and_then(|id| world.network.interfaces.get(id));
            let mapped = held.private_ip.zip(interface).is_some_and(|(ip, i)| i.private_ips.contains(&ip));
            if !is_its_own || !mapped {
                wrong.push(format!("{} does not hold its address", nat.id));
            }
        }
    }
}

fn routes(world: &World, wrong: &mut Vec<String>) {
    for table in world.network.route_tables.values() {
        if table.routes.iter().filter(|r| r.target == Target::Local).count() != 1 {
            wrong.push(format!("{} has not one local route", table.id));
        }
        for route in table.routes.iter().filter(|r| r.state == RouteState::Active) {
            let works = match &route.target {
                Target::NatGateway(id) => (world.gateway.nat_gateways.get(id))
                    .is_some_and(|g| !matches!(g.state, NatState::Deleted | NatState::Failed { .. })),
                Target::InternetGateway(id) => (world.gateway.internet_gateways.get(id))
                    .is_some_and(|g| g.network.as_ref() == Some(&table.network)),
                _ => true,
            };
            if !works {
                wrong.push(format!("{} has an active route to {}, which is gone", table.id, route.target));
            }
        }
    }
}

fn counts(world: &World, wrong: &mut Vec<String>) {
    for (what, count) in [
        ("networks", world.network.networks.len()),
        ("internet gateways", world.gateway.internet_gateways.len()),
        ("addresses", world.gateway.addresses.len()),
    ] {
        if count > 5 {
            wrong.push(format!("{count} {what} are over the quota"));
        }
    }
}
