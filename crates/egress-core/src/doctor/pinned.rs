//! Which addresses a Spec pins to which gateway.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    CloudId, World,
    plan::bindings,
    spec::{NatGatewaySpec, Spec},
};

/// The addresses that each NAT gateway of a Spec should have, as far as both are there: for
/// [`Examination::pinned`](super::Examination::pinned). A gateway that was there before has those that it brings along.
pub fn pinned(spec: &Spec, world: &World) -> BTreeMap<CloudId, BTreeSet<CloudId>> {
    let bound = bindings(spec, world);
    let of = |gateway: &NatGatewaySpec| {
        let nat = bound.get(&gateway.key())?;
        let brought = world.gateway.nat_gateways.get(nat).filter(|_| spec.is_existing(&gateway.key()));
        let brought = brought.into_iter().flat_map(|nat| &nat.addresses).filter_map(|held| held.address.clone());
        let made = gateway.address_keys().filter_map(|key| bound.get(&key).cloned());
        Some((nat.clone(), made.chain(brought).collect()))
    };
    spec.nat_gateways.iter().filter_map(of).collect()
}
