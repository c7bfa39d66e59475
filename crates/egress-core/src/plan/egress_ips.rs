//! The egress IPs of a request that makes no gateway: those that stand, and one that is taken back.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{AddressChange, Condition, Fate, Level, draft::Draft};
use crate::{
    CloudId, Key, Kind, Owner,
    op::{AllocateAddress, GatewayOp, Op},
};

/// Says which IPs the stack has, all of which stay as they are.
pub(super) fn stand(draft: &mut Draft<'_>) {
    let part = &draft.world.gateway;
    let live = |id: &CloudId| part.nat_gateways.get(id).filter(|gateway| gateway.state.is_live());
    let held = |id: &CloudId| part.addresses.get(id)?.nat_gateway.as_ref().and_then(live);
    let own = draft.bindings.iter().filter(|(key, _)| key.kind == Kind::Address);
    let mut stands: Vec<AddressChange> = own
        .map(|(key, id)| AddressChange {
            key: key.clone(),
            ip: part.addresses.get(id).and_then(|address| address.ip),
            fate: if held(id).is_some() { Fate::Kept } else { Fate::Parked },
        })
        .collect();
    // Addresses that the account held before and the file names carry no tags of the stack's.
    let known: BTreeSet<Ipv4Addr> = stands.iter().filter_map(|change| change.ip).collect();
    for nat in &draft.spec.nat_gateways {
        let gateway = draft.bound(&nat.key()).and_then(live);
        let ips = gateway.into_iter().flat_map(|g| &g.addresses).filter_map(|address| address.public_ip);
        let others = ips.filter(|ip| !known.contains(ip));
        stands.extend(others.map(|ip| AddressChange { key: nat.address_key(), ip: Some(ip), fate: Fate::Kept }));
    }
    draft.addresses.extend(stands);
}

/// Asks the cloud for an address that the account gave away. It gets the Key of a gateway that lacks its address, so that
/// the next apply uses it; else it is kept apart under a Key of its own.
pub(super) fn recover(draft: &mut Draft<'_>, ip: Ipv4Addr) {
    stand(draft);
    if let Some(held) = draft.world.gateway.address_at(ip) {
        let (message, hint) = match Owner::of(&held.tags) {
            Some(owner) if owner.stack == draft.spec.stack => (format!("{ip} is the stack's already"), ""),
            Some(owner) => (format!("{ip} is stack {}'s already", owner.stack), ""),
            None => (
                format!("the account holds {ip} already, as {}", held.id),
                "write it into the file to use it, as the `address` of a `[[nat_gateway]]`",
            ),
        };
        return draft.note(Level::Note, ip, message, hint);
    }
    let key = place_for(draft, ip);
    let tags = draft.tags(&key);
    draft.change(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags, ip: Some(ip) })), []);
    // The next command must see it, or it takes another one.
    draft.wait(Condition::Ready(key.clone()), []);
    draft.addresses.push(AddressChange { key, ip: Some(ip), fate: Fate::Recovered });
}

fn place_for(draft: &Draft<'_>, ip: Ipv4Addr) -> Key {
    let may_be = |wanted: Option<Ipv4Addr>| wanted.is_none_or(|wanted| wanted == ip);
    let lacks = |key: &Key| draft.bound(key).is_none();
    let own = draft.spec.nat_gateways.iter().filter(|nat| may_be(nat.address) && lacks(&nat.key()));
    let more = draft.spec.nat_gateways.iter().flat_map(|nat| &nat.more).filter(|address| may_be(address.ip));
    let mut places = own.map(|nat| nat.address_key()).chain(more.map(|address| address.key()));
    places.find(lacks).unwrap_or_else(|| Key::new(Kind::Address, format!("recovered-{ip}")))
}
