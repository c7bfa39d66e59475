//! The egress IPs of a stack.

use std::net::Ipv4Addr;

use egress_core::{CloudId, Key, Kind, Owner, StackName, World, plan::bindings, spec::Spec};
use serde::Serialize;

/// What `egress ips` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Ips {
    /// The stack.
    pub(crate) stack: StackName,
    /// Its IPs, in order.
    pub(crate) addresses: Vec<EgressIp>,
}

/// One egress IP.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct EgressIp {
    /// The IP.
    pub(crate) ip: Ipv4Addr,
    /// Its Key; absent where the address is the user's own.
    pub(crate) key: Option<Key>,
    /// Whether anything leaves from it now.
    pub(crate) state: IpUse,
}

/// Whether anything leaves from an IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IpUse {
    /// A gateway of the stack uses it.
    InUse,
    /// It is the account's, and no gateway uses it.
    Parked,
}

/// The IPs that a stack's gateways use, and those that are kept for it.
pub(crate) fn egress_ips(spec: &Spec, world: &World) -> Vec<EgressIp> {
    let stack = &spec.stack;
    let owned = world.owned_by(stack);
    let ours = |kind: Kind| owned.iter().filter(move |owned| owned.owner.key.kind == kind && owned.live);
    let bound = bindings(spec, world);
    let there = bound.iter().filter(|(key, _)| key.kind == Kind::NatGateway).map(|(_, id)| id);
    let ids: std::collections::BTreeSet<&CloudId> =
        there.chain(ours(Kind::NatGateway).map(|owned| &owned.id)).collect();
    let gateways = ids.into_iter().filter_map(|id| world.gateway.nat_gateways.get(id));
    let used = gateways.flat_map(|gateway| &gateway.addresses).filter_map(|address| {
        let tags = address.address.as_ref().and_then(|id| world.tags(Kind::Address, id));
        let key = tags.and_then(Owner::of).filter(|owner| &owner.stack == stack).map(|owner| owner.key);
        Some(EgressIp { ip: address.public_ip?, key, state: IpUse::InUse })
    });
    let mut ips: Vec<EgressIp> = used.collect();
    for owned in ours(Kind::Address) {
        let ip = world.gateway.addresses.get(&owned.id).and_then(|address| address.ip);
        if let Some(ip) = ip.filter(|ip| !ips.iter().any(|known| known.ip == *ip)) {
            ips.push(EgressIp { ip, key: Some(owned.owner.key.clone()), state: IpUse::Parked });
        }
    }
    ips.sort();
    ips
}
