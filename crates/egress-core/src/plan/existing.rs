//! What was there before: bound by the id that the file gives, held against the file, and never altered.
//!
//! An existing thing takes part in a Plan like any other: Steps refer to it by its Key, traces lead through it, proofs expect
//! its addresses. But no Step tags, changes or deletes it, with one exception that the file must ask for: the default route of
//! the tables in `routes_in`.

mod amiss;
mod destroy;
mod routes;

pub(super) use amiss::amiss;
pub(super) use destroy::{cut_off, say_left, take_routes_back};
pub(super) use routes::{check_routes, tables_to};

use std::collections::{BTreeMap, BTreeSet};

use super::{AddressChange, Fate, RefusalKind, draft::Draft};
use crate::{
    CloudId, Key, Kind, World,
    spec::{NatGatewaySpec, Spec, ZoneChoice},
};

/// The Spec with what the World tells of existing things: their ranges and zones. The planner then finds them as the file wants
/// them; [`amiss`] tells where the file itself says otherwise.
pub(super) fn as_found(spec: &Spec, world: &World) -> Spec {
    let mut found = spec.clone();
    let network = spec.existing.get(&spec.network_key()).and_then(|id| world.network.networks.get(id));
    if let Some(range) = network.and_then(|network| network.cidrs.first()) {
        found.network.cidr = *range;
    }
    for subnet in &mut found.subnets {
        if let Some(there) = spec.existing.get(&subnet.key()).and_then(|id| world.network.subnets.get(id)) {
            subnet.cidr = there.cidr;
            subnet.zone = ZoneChoice::Named(there.zone.clone());
        }
    }
    found
}

/// What stands for the Keys of a stack: what carries its tags, and what the file says was there before, as far as the World
/// holds it. The first address of an existing gateway has the gateway's name, the others a number behind it.
pub fn bindings(spec: &Spec, world: &World) -> BTreeMap<Key, CloudId> {
    let owned = world.owned_by(&spec.stack).into_iter().filter(|owned| owned.live);
    let mut bindings: BTreeMap<Key, CloudId> = owned.map(|owned| (owned.owner.key, owned.id)).collect();
    let there = spec.existing.iter().filter(|(key, id)| world.tags(key.kind, id).is_some());
    bindings.extend(there.map(|(key, id)| (key.clone(), id.clone())));
    bindings.extend(spec.nat_gateways.iter().flat_map(|nat| brought_along(spec, world, nat)));
    bindings
}

/// Binds what was there before. Another thing that egress made for the stack under the same Key is refused: nobody can tell
/// which one is meant.
pub(super) fn bind(draft: &mut Draft<'_>) {
    let (spec, world) = (draft.spec, draft.world);
    let along = spec.nat_gateways.iter().flat_map(|nat| brought_along(spec, world, nat));
    let there = spec.existing.iter().map(|(key, id)| (key.clone(), id.clone()));
    for (key, id) in there.chain(along) {
        if let Some(made) = draft.bound(&key).filter(|made| **made != id).cloned() {
            draft.refuse(
                RefusalKind::Impossible,
                &key,
                format!("{key} is {made}, which egress made for this stack, and by the file it is {id}"),
                "give what was there before a name of its own in the file",
            );
        }
        draft.bindings.insert(key, id);
    }
}

/// Whether the thing of a Key was there before: egress never tags it, changes it or deletes it.
pub(super) fn is_existing(draft: &Draft<'_>, key: &Key) -> bool {
    let along = |nat: &NatGatewaySpec| brought_along(draft.spec, draft.world, nat).contains_key(key);
    draft.spec.is_existing(key) || (key.kind == Kind::Address && draft.spec.nat_gateways.iter().any(along))
}

/// The addresses that packets leave from through a NAT gateway: the one that it is made with, or all that an existing one has.
pub(super) fn addresses(draft: &Draft<'_>, nat: &NatGatewaySpec) -> BTreeSet<Key> {
    brought_along(draft.spec, draft.world, nat).into_keys().chain([nat.address_key()]).collect()
}

/// Tells of the addresses of an existing gateway that were not told of yet.
pub(super) fn keep_addresses(draft: &mut Draft<'_>, nat: &NatGatewaySpec) {
    let told: BTreeSet<Key> = draft.addresses.iter().map(|address| address.key.clone()).collect();
    let further = brought_along(draft.spec, draft.world, nat).into_iter().filter(|(key, _)| !told.contains(key));
    let ip = |id: &CloudId| draft.world.gateway.addresses.get(id).and_then(|address| address.ip);
    let kept: Vec<_> = further.map(|(key, id)| AddressChange { key, ip: ip(&id), fate: Fate::Kept }).collect();
    draft.addresses.extend(kept);
}

/// The addresses that an existing gateway brings along, by Key.
fn brought_along(spec: &Spec, world: &World, nat: &NatGatewaySpec) -> BTreeMap<Key, CloudId> {
    let gateway = spec.existing.get(&nat.key()).and_then(|id| world.gateway.nat_gateways.get(id));
    let held = gateway.into_iter().flat_map(|gateway| &gateway.addresses).filter_map(|held| held.address.as_ref());
    let keyed = held.zip(1..).map(|(id, nth)| match nth {
        1 => (nat.address_key(), id.clone()),
        _ => (Key::new(Kind::Address, format!("{}-{nth}", nat.name)), id.clone()),
    });
    keyed.collect()
}
