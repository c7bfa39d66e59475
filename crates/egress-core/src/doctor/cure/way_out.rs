//! Ways out that are there, and what must be made where there is none.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    CloudId,
    doctor::{Mend, Thing, notes::Note, site::Site},
    world::{Destination, NatAddress, NatGateway, NatScope, NatState, RouteOrigin, Subnet, Target},
};

/// A gateway, and what must be done before it is there.
pub(super) struct Way {
    pub(super) first: Vec<Mend>,
    pub(super) gateway: Thing,
}

/// An address that must be taken first.
pub(super) fn new_address() -> Thing {
    Thing::wanted("Elastic IP address")
}

/// The subnet that a gateway stands in.
pub(super) fn subnet_of(nat: &NatGateway) -> Option<&CloudId> {
    match &nat.scope {
        NatScope::Subnet(subnet) => Some(subnet),
        NatScope::Region { .. } => None,
    }
}

/// The NAT gateway that a subnet would best leave by: one of its own zone, else any that works, else a new one.
pub(super) fn nat_for(site: &Site<'_>, subnet: &Subnet) -> Way {
    let works = || site.nats(&subnet.network).iter().filter(|nat| is_sound(site, nat));
    let near = works().find(|nat| zone_of(site, nat).is_none_or(|zone| zone == subnet.zone));
    match near.or_else(|| works().next()) {
        Some(nat) => Way { first: Vec::new(), gateway: Thing::from(&nat.id) },
        None => new_nat(site, subnet),
    }
}

/// A new NAT gateway, in a public subnet of the zone if there is one.
fn new_nat(site: &Site<'_>, subnet: &Subnet) -> Way {
    let public = || site.subnets(&subnet.network).iter().filter(|other| site.is_public(other));
    let near = public().find(|other| other.zone == subnet.zone);
    let stands = near.or_else(|| public().next());
    let stands = stands.map_or_else(|| Thing::wanted("public subnet"), |subnet| Thing::from(&subnet.id));
    Way { first: vec![Mend::CreateNatGateway { subnet: stands, address: new_address() }], gateway: Thing::new_nat() }
}

/// The internet gateway of a network.
pub(super) fn internet_gateway_for(site: &Site<'_>, network: &CloudId) -> Way {
    match site.internet_gateway(network) {
        Some(gateway) => Way { first: Vec::new(), gateway: Thing::from(&gateway.id) },
        None => {
            let gateway = Thing::wanted("new internet gateway");
            let attach = Mend::AttachInternetGateway { gateway: gateway.clone(), network: network.clone() };
            Way { first: vec![attach], gateway }
        }
    }
}

/// Whether packets get out by a gateway, as far as it and its table go.
fn is_sound(site: &Site<'_>, nat: &NatGateway) -> bool {
    let stands = || match &nat.scope {
        NatScope::Subnet(subnet) => site.world.network.subnets.get(subnet).is_some_and(|subnet| site.is_public(subnet)),
        NatScope::Region { .. } => true,
    };
    nat.public && nat.state == NatState::Available && nat.addresses.iter().any(NatAddress::is_in_use) && stands()
}

/// The zone that a gateway is in; `None` for one that is in all.
fn zone_of<'w>(site: &Site<'w>, nat: &NatGateway) -> Option<&'w str> {
    Some(&site.world.network.subnets.get(subnet_of(nat)?)?.zone)
}

/// A new gateway in the place of another, and every route that led to the old one.
pub(in crate::doctor) fn replace_nat(site: &Site<'_>, nat: &NatGateway, subnet: &Thing, address: &Thing) -> Vec<Mend> {
    let make = Mend::CreateNatGateway { subnet: subnet.clone(), address: address.clone() };
    [make].into_iter().chain(repoint(site, nat)).collect()
}

/// Every route to a gateway leads to the new one.
fn repoint(site: &Site<'_>, nat: &NatGateway) -> impl Iterator<Item = Mend> {
    site.routes_to(&nat.id).iter().map(|(table, route)| Mend::ReplaceRoute {
        table: table.id.clone(),
        destination: route.destination.clone(),
        target: Target::NatGateway(Thing::new_nat()),
    })
}

/// In the place of a gateway that the cloud gives addresses to, one that has an address by hand in each zone that it serves.
pub(super) fn give_by_hand(site: &Site<'_>, id: &CloudId) -> Vec<Mend> {
    let Some(nat) = site.world.gateway.nat_gateways.get(id) else { return Vec::new() };
    let senders = site.routes_to(id).iter().flat_map(|(table, _)| site.users(&table.id));
    let zones: BTreeSet<&String> = senders.map(|subnet| &subnet.zone).collect();
    if zones.is_empty() {
        return Vec::new();
    }
    let address = |zone: &String| (zone.clone(), Thing::wanted(&format!("Elastic IP address for {zone}")));
    let addresses = zones.into_iter().map(address).collect();
    let make = Mend::CreateRegionalNatGateway { network: nat.network.clone(), addresses };
    [make].into_iter().chain(repoint(site, nat)).collect()
}

/// Leads what a NAT gateway has translated to the internet: by a table of its subnet's own, unless the senders share that subnet.
pub(super) fn lead_to_internet(site: &Site<'_>, table: &CloudId, note: &Note) -> Vec<Mend> {
    let part = &site.world.network;
    let Some(table) = part.route_tables.get(table) else { return Vec::new() };
    let nats: BTreeSet<&CloudId> = note.seen.iter().flat_map(|seen| &seen.nats).collect();
    let mut mends = Vec::new();
    for nat in nats.into_iter().filter_map(|id| site.world.gateway.nat_gateways.get(id)) {
        let stands = subnet_of(nat).and_then(|id| part.subnets.get(id));
        // The table says which of the gateways on the way is meant.
        let Some(stands) = stands.filter(|s| site.table_of(s).is_some_and(|own| own.id == table.id)) else { continue };
        if note.seen.iter().any(|seen| seen.subnet == stands.id) {
            let public = site.subnets(&nat.network).iter().find(|subnet| site.is_public(subnet));
            let public = public.map_or_else(|| Thing::wanted("public subnet"), |subnet| Thing::from(&subnet.id));
            mends.extend(replace_nat(site, nat, &public, &new_address()));
            continue;
        }
        let Way { first, gateway } = internet_gateway_for(site, &nat.network);
        mends.extend(first);
        let target = Target::InternetGateway(gateway);
        let destination = Destination::default_v4();
        if site.users(&table.id).iter().any(|subnet| subnet.id != stands.id) {
            mends.extend(own_table(site, stands, target));
        } else if table.route(&destination).is_some() {
            mends.push(Mend::ReplaceRoute { table: table.id.clone(), destination, target });
        } else {
            mends.push(Mend::AddRoute { table: Thing::from(&table.id), destination, target });
        }
    }
    mends
}

/// A table for one subnet, with another default route and all else that its table has.
pub(super) fn own_table(site: &Site<'_>, subnet: &Subnet, target: Target<Thing>) -> Vec<Mend> {
    let add = |destination, target| Mend::AddRoute { table: Thing::new_table(), destination, target };
    let mut mends =
        vec![Mend::CreateRouteTable { network: subnet.network.clone() }, add(Destination::default_v4(), target)];
    for route in site.table_of(subnet).iter().flat_map(|table| &table.routes) {
        let by_hand = route.origin == RouteOrigin::Static && route.destination != Destination::default_v4();
        // Gateway endpoints write their routes themselves.
        if by_hand && !matches!(route.target, Target::Endpoint(_)) {
            let known = route.target.try_map(&mut |id: &CloudId| Ok::<_, std::convert::Infallible>(Thing::from(id)));
            let Ok(known) = known;
            mends.push(add(route.destination.clone(), known));
        }
    }
    let replaces = site.association_of(subnet).map(|(_, association)| association.id.clone());
    mends.push(Mend::Associate { subnet: subnet.id.clone(), table: Thing::new_table(), replaces });
    mends
}

/// A NAT gateway in the subnet's own zone, and the subnet's default route to it.
pub(super) fn stay_in_zone(site: &Site<'_>, subnet: &CloudId) -> Vec<Mend> {
    let Some(subnet) = site.world.network.subnets.get(subnet) else { return Vec::new() };
    let Some(table) = site.table_of(subnet) else { return Vec::new() };
    let mut here = site.nats(&subnet.network).iter().filter(|nat| is_sound(site, nat));
    let Way { mut first, gateway } = match here.find(|nat| zone_of(site, nat) == Some(&subnet.zone)) {
        Some(nat) => Way { first: Vec::new(), gateway: Thing::from(&nat.id) },
        None => nat_of_zone(site, subnet),
    };
    let target = Target::NatGateway(gateway);
    if site.users(&table.id).iter().all(|user| user.zone == subnet.zone) {
        let destination = Destination::default_v4();
        first.push(Mend::ReplaceRoute { table: table.id.clone(), destination, target });
    } else {
        first.extend(own_table(site, subnet, target));
    }
    first
}

fn nat_of_zone(site: &Site<'_>, subnet: &Subnet) -> Way {
    let mut public = site.subnets(&subnet.network).iter().filter(|other| site.is_public(other));
    let stands = public.find(|other| other.zone == subnet.zone);
    let wanted = || Thing::wanted(&format!("public subnet in {}", subnet.zone));
    let subnet = stands.map_or_else(wanted, |subnet| Thing::from(&subnet.id));
    Way { first: vec![Mend::CreateNatGateway { subnet, address: new_address() }], gateway: Thing::new_nat() }
}

/// Functions that run in public subnets run in private ones instead: those that they have, else one of the network's in each zone.
pub(super) fn leave_public_subnets(site: &Site<'_>, note: &Note) -> Vec<Mend> {
    let functions = note.functions.iter().filter_map(|id| site.world.function.functions.get(id));
    let moves = functions.filter_map(|function| {
        let attachment = function.attachment.as_ref()?;
        let has_nat = |subnet: &&Subnet| leads_to_nat(site, subnet);
        let own = attachment.subnets.iter().filter_map(|id| site.world.network.subnets.get(id)).filter(has_nat);
        let mut subnets: BTreeSet<Thing> = own.map(|subnet| Thing::from(&subnet.id)).collect();
        if subnets.is_empty() {
            let others = site.subnets(function.network.as_ref()?).iter().copied().filter(has_nat);
            let by_zone: BTreeMap<&str, &Subnet> = others.rev().map(|subnet| (subnet.zone.as_str(), subnet)).collect();
            subnets = by_zone.into_values().map(|subnet| Thing::from(&subnet.id)).collect();
        }
        if subnets.is_empty() {
            subnets.insert(private_subnet());
        }
        let groups = attachment.groups.iter().map(Thing::from).collect();
        Some(Mend::Attach { function: function.id.clone(), subnets, groups, ipv6: attachment.ipv6 })
    });
    moves.collect()
}

/// Whether a subnet's default route leads to a NAT gateway that works.
fn leads_to_nat(site: &Site<'_>, subnet: &Subnet) -> bool {
    let route = site.table_of(subnet).and_then(|table| table.route(&Destination::default_v4()));
    let nat = route.and_then(|route| match &route.target {
        Target::NatGateway(id) => site.world.gateway.nat_gateways.get(id),
        _ => None,
    });
    nat.is_some_and(|nat| is_sound(site, nat))
}

fn private_subnet() -> Thing {
    Thing::wanted("private subnet with a NAT gateway")
}

/// A function in no network gets one. Which one only people know: it cuts off what the function reaches by other ways.
pub(in crate::doctor) fn into_private_subnets(function: &CloudId) -> Mend {
    Mend::Attach {
        function: function.clone(),
        subnets: [private_subnet()].into(),
        groups: [Thing::wanted("security group")].into(),
        ipv6: false,
    }
}
