//! What the Spec calls by another name than before keeps its place: it is recognised by its shape, and gets the new name in
//! its tags. An address follows its gateway, so that a rename never costs an IP.

use super::{draft::Draft, replace};
use crate::{
    CloudId, Key, Kind,
    spec::{NatGatewaySpec, ZoneChoice},
    world::{NatScope, RouteTable, Target},
};

/// Binds Keys of the Spec that nothing carries to things of the stack that the Spec no longer names, where these are what
/// the Spec asks for. What is still bound under its old Key afterwards is no longer asked for.
pub(super) fn rename(draft: &mut Draft<'_>) {
    network(draft);
    internet_gateway(draft);
    subnets(draft);
    group(draft);
    let spec = draft.spec;
    for nat in &spec.nat_gateways {
        nat_gateway(draft, nat);
    }
    tables(draft);
}

pub(super) fn network(draft: &mut Draft<'_>) {
    let cidr = draft.spec.network.cidr;
    let networks = &draft.world.network.networks;
    let same = |id: &CloudId| networks.get(id).is_some_and(|n| n.cidrs.first() == Some(&cidr));
    take(draft, &draft.spec.network_key(), same);
}

fn internet_gateway(draft: &mut Draft<'_>) {
    let Some(network) = draft.bound(&draft.spec.network_key()).cloned() else { return };
    let gateways = &draft.world.gateway.internet_gateways;
    let serves = |id: &CloudId| gateways.get(id).and_then(|g| g.network.as_ref());
    let same = |id: &CloudId| serves(id) == Some(&network);
    let key = draft.spec.internet_gateway_key();
    // A network has one only: what is attached to nothing makes room for the one that is there.
    let idle = draft.bound(&key).is_some_and(|id| serves(id).is_none());
    if idle && only(&candidates(draft, key.kind), same).is_some() {
        replace::retire(draft, &key, "the network has another one already".to_owned());
    }
    take(draft, &key, same);
}

fn subnets(draft: &mut Draft<'_>) {
    let Some(network) = draft.bound(&draft.spec.network_key()).cloned() else { return };
    let spec = draft.spec;
    for subnet in &spec.subnets {
        let subnets = &draft.world.network.subnets;
        let same = |id: &CloudId| {
            subnets.get(id).is_some_and(|found| {
                let zone = match &subnet.zone {
                    ZoneChoice::Named(zone) => zone == &found.zone,
                    // A subnet that exists stays where it is.
                    ZoneChoice::Nth(_) => true,
                };
                found.network == network && found.cidr == subnet.cidr && zone
            })
        };
        take(draft, &subnet.key(), same);
    }
}

/// The group's own name cannot be changed; its Key can.
fn group(draft: &mut Draft<'_>) {
    let Some(network) = draft.bound(&draft.spec.network_key()).cloned() else { return };
    let groups = &draft.world.network.groups;
    let same = |id: &CloudId| groups.get(id).is_some_and(|g| g.network == network);
    take(draft, &draft.spec.security_group_key(), same);
}

/// A gateway in the same subnet is the same gateway. Where there are two, it is the one with the address that the Spec
/// names, or the one that its table leads to.
fn nat_gateway(draft: &mut Draft<'_>, nat: &NatGatewaySpec) {
    let key = nat.key();
    let Some(subnet) = draft.bound(&Key::new(Kind::Subnet, &nat.subnet)).cloned() else { return };
    let world = draft.world;
    let here = |id: &CloudId| {
        (world.gateway.nat_gateways.get(id)).is_some_and(|g| g.scope == NatScope::Subnet(subnet.clone()))
    };
    let has_ip = |id: &CloudId| {
        let gateway = world.gateway.nat_gateways.get(id);
        gateway.is_some_and(|g| nat.address.is_some() && g.addresses.iter().any(|a| a.public_ip == nat.address))
    };
    let table = draft.bound(&nat.route_table_key()).cloned();
    let led_to = |id: &CloudId| {
        table.as_ref().and_then(|table| world.network.route_tables.get(table)).is_some_and(|t| leads_to_nat(t, id))
    };
    let before = candidates(draft, Kind::NatGateway);
    let old = (draft.bound(&key).is_none())
        .then(|| only(&before, |id| here(id) && has_ip(id)).or_else(|| only(&before, |id| here(id) && led_to(id))))
        .flatten()
        .or_else(|| only(&before, here).filter(|_| draft.bound(&key).is_none()));
    let Some((old, gateway)) = old else { return };
    draft.rebind(&old, &key);
    address(draft, nat, &Key::new(Kind::Address, &old.name), &gateway);
}

/// An address follows its gateway. One that has the name already, and that no gateway leaves from, makes room: third parties
/// admit the one in use.
fn address(draft: &mut Draft<'_>, nat: &NatGatewaySpec, old: &Key, gateway: &CloudId) {
    let key = nat.address_key();
    let addresses = &draft.world.gateway.addresses;
    let holder = |key: &Key| draft.bound(key).and_then(|id| addresses.get(id)).map(|a| a.nat_gateway.as_ref());
    if old == &key || holder(old) != Some(Some(gateway)) {
        return;
    }
    if holder(&key) == Some(None) && nat.address.is_none() {
        replace::retire(draft, &key, format!("{gateway} leaves from another one"));
    }
    if draft.bound(&key).is_none() {
        draft.rebind(old, &key);
    }
}

/// A table is known by where it leads.
fn tables(draft: &mut Draft<'_>) {
    let spec = draft.spec;
    let tables = &draft.world.network.route_tables;
    let target = draft.bound(&spec.internet_gateway_key()).cloned().map(Target::InternetGateway);
    let public = Key::new(Kind::RouteTable, &spec.internet_gateway.route_table);
    take(draft, &public, |id| tables.get(id).is_some_and(|t| target.as_ref().is_some_and(|to| leads_to(t, to))));
    for nat in &spec.nat_gateways {
        let Some(gateway) = draft.bound(&nat.key()).cloned() else { continue };
        take(draft, &nat.route_table_key(), |id| tables.get(id).is_some_and(|t| leads_to_nat(t, &gateway)));
    }
}

fn leads_to_nat(table: &RouteTable, gateway: &CloudId) -> bool {
    leads_to(table, &Target::NatGateway(gateway.clone()))
}

fn leads_to(table: &RouteTable, target: &Target<CloudId>) -> bool {
    table.route(&crate::world::Destination::default_v4()).is_some_and(|r| &r.target == target)
}

/// Gives a Key that nothing carries to the one thing that the Spec no longer names and that fits.
fn take(draft: &mut Draft<'_>, key: &Key, fits: impl Fn(&CloudId) -> bool) {
    let needed = key.kind != Kind::RouteTable || draft.spec.route_tables().contains(key);
    if draft.bound(key).is_some() || !needed {
        return;
    }
    if let Some((old, _)) = only(&candidates(draft, key.kind), fits) {
        draft.rebind(&old, key);
    }
}

/// What the Spec no longer names, but for what has just made room.
fn candidates(draft: &Draft<'_>, kind: Kind) -> Vec<(Key, CloudId)> {
    let unnamed = draft.unnamed(kind).into_iter();
    unnamed.filter(|(key, _)| !draft.retired.contains_key(key)).collect()
}

/// The one that fits; none where several do: nobody can tell which one is meant.
fn only(things: &[(Key, CloudId)], fits: impl Fn(&CloudId) -> bool) -> Option<(Key, CloudId)> {
    let mut fitting = things.iter().filter(|(_, id)| fits(id));
    let first = fitting.next()?;
    fitting.next().is_none().then(|| first.clone())
}
