//! What cannot be changed is made anew: a network with another range, a subnet elsewhere, a gateway that stands in another
//! subnet or should have another address.
//!
//! The old thing makes room first: it gets a Key of its own, `subnet/a@subnet-0f3c`, in its tags, so that at no time two
//! things carry one Key. From then on it is one of those that the Spec no longer names, and is taken down like them once
//! nothing uses it; a run that is cut short in between leaves nothing that the next one does not understand.

use super::{RefusalKind, draft::Draft, existing, rename};
use crate::{
    CloudId, Key, Kind,
    spec::{NatGatewaySpec, SubnetSpec, ZoneChoice},
    world::{NatGateway, NatScope, NatState},
};

/// What stands between the name and the id in the Key of a thing that made room; no name in a Spec has it.
const MARK: char = '@';

/// Makes room wherever what is there cannot become what the Spec asks for.
pub(super) fn make_room(draft: &mut Draft<'_>) {
    network(draft);
    // Another one may have the range: the file has gone back to what it was before.
    rename::network(draft);
    let spec = draft.spec;
    let network = draft.bound(&spec.network_key()).cloned();
    let world = draft.world;
    let elsewhere = |there: Option<&CloudId>| there.is_some_and(|there| Some(there) != network.as_ref());
    let gateway = spec.internet_gateway_key();
    if let Some(there) = draft.bound(&gateway).and_then(|id| world.gateway.internet_gateways.get(id)?.network.clone())
        && elsewhere(Some(&there))
        && draft.owns_network(&there)
    {
        retire(draft, &gateway, format!("it serves {there}"));
    }
    for subnet in &spec.subnets {
        self::subnet(draft, subnet, network.as_ref());
    }
    let tables = [Key::new(Kind::RouteTable, &spec.internet_gateway.route_table)];
    for table in tables.into_iter().chain(spec.nat_gateways.iter().map(NatGatewaySpec::route_table_key)) {
        let there = draft.bound(&table).and_then(|id| world.network.route_tables.get(id)).map(|t| &t.network);
        if elsewhere(there) {
            retire(draft, &table, "it is in another network".to_owned());
        }
    }
    let group = spec.security_group_key();
    if elsewhere(draft.bound(&group).and_then(|id| world.network.groups.get(id)).map(|g| &g.network)) {
        retire(draft, &group, "it is in another network".to_owned());
    }
    for nat in &spec.nat_gateways {
        address(draft, nat);
        nat_gateway(draft, nat);
    }
}

/// Gives a thing a Key of its own, so that the Spec's thing can be made under the Key that it had.
pub(super) fn retire(draft: &mut Draft<'_>, key: &Key, why: String) {
    if existing::is_existing(draft, key) {
        return;
    }
    let Some(id) = draft.bound(key).cloned() else { return };
    let own = Key::new(key.kind, format!("{}{MARK}{id}", key.name));
    draft.rebind(key, &own);
    draft.retired.insert(own, why);
}

fn network(draft: &mut Draft<'_>) {
    let key = draft.spec.network_key();
    let cidr = draft.spec.network.cidr;
    let Some(found) = draft.bound(&key).and_then(|id| draft.world.network.networks.get(id)) else { return };
    if found.cidrs.first() == Some(&cidr) {
        return;
    }
    let has = found.cidrs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let ours = |tags| crate::Owner::of(tags).is_some_and(|owner| owner.stack == draft.spec.stack);
    let subnets = draft.world.network.subnets.values();
    if subnets.filter(|s| s.network == found.id).all(|s| ours(&s.tags)) {
        return retire(draft, &key, format!("its range is {has}, not {cidr}"));
    }
    draft.refuse(
        RefusalKind::Impossible,
        &key,
        format!("{} carries the tags of {key}, but its range is {has}, not {cidr}, and others have subnets in it", found.id),
        "a network's range cannot be changed: put its range into the file, or, if egress did not make it, remove its tags `egress:stack` and `egress:key`",
    );
}

fn subnet(draft: &mut Draft<'_>, subnet: &SubnetSpec, network: Option<&CloudId>) {
    let key = subnet.key();
    let Some(found) = draft.bound(&key).and_then(|id| draft.world.network.subnets.get(id)) else { return };
    let mut wrong = Vec::new();
    if Some(&found.network) != network {
        wrong.push(format!("it is in {}", found.network));
    }
    if found.cidr != subnet.cidr {
        wrong.push(format!("its range is {}, not {}", found.cidr, subnet.cidr));
    }
    if let ZoneChoice::Named(zone) = &subnet.zone
        && zone != &found.zone
    {
        wrong.push(format!("its zone is {}, not {zone}", found.zone));
    }
    if !wrong.is_empty() {
        retire(draft, &key, wrong.join(" and "));
    }
}

/// The file may ask for another address than the stack has used so far: that one is kept, under a Key of its own.
fn address(draft: &mut Draft<'_>, nat: &NatGatewaySpec) {
    let key = nat.address_key();
    let Some(wanted) = nat.address else { return };
    let addresses = &draft.world.gateway.addresses;
    let ip = draft.bound(&key).and_then(|id| addresses.get(id)?.ip);
    if let Some(ip) = ip.filter(|ip| *ip != wanted) {
        retire(draft, &key, format!("{wanted} takes the place of {ip}"));
    }
    let held = draft
        .unnamed(Kind::Address)
        .into_iter()
        .find(|(_, id)| addresses.get(id).is_some_and(|a| a.ip == Some(wanted)));
    if let Some((other, _)) = held.filter(|_| draft.bound(&key).is_none()) {
        draft.rebind(&other, &key);
    }
}

/// A gateway stays in its subnet and keeps its first address for life.
fn nat_gateway(draft: &mut Draft<'_>, nat: &NatGatewaySpec) {
    let key = nat.key();
    let Some(found) = draft.bound(&key).and_then(|id| draft.world.gateway.nat_gateways.get(id)) else { return };
    let subnet = draft.bound(&Key::new(Kind::Subnet, &nat.subnet));
    let stands_in = match &found.scope {
        NatScope::Subnet(subnet) => Some(subnet),
        NatScope::Region { .. } => None,
    };
    if stands_in.is_none() || stands_in != subnet {
        let place = stands_in.map_or_else(|| "every zone".to_owned(), ToString::to_string);
        return retire(draft, &key, format!("it stands in {place}"));
    }
    let Some(first) = first_address(found) else { return };
    let address = draft.bound(&nat.address_key()).cloned();
    let ip = draft.world.gateway.addresses.get(&first).and_then(|a| a.ip);
    let wanted = match (nat.address, &address) {
        (Some(wanted), _) => ip == Some(wanted),
        (None, Some(address)) => *address == first,
        // An address that the file used to name, and that is not egress's: it stays.
        (None, None) => {
            draft.bindings.insert(nat.address_key(), first.clone());
            true
        }
    };
    if !wanted {
        let has = ip.map_or_else(|| first.to_string(), |ip| ip.to_string());
        retire(draft, &key, format!("it leaves from {has}"));
    }
}

/// The address that a gateway was made with, once the World tells it.
fn first_address(gateway: &NatGateway) -> Option<CloudId> {
    let known = matches!(gateway.state, NatState::Pending | NatState::Available);
    known.then(|| gateway.addresses.first()?.address.clone()).flatten()
}
