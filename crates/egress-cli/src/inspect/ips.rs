//! The egress IPs of a stack.

use std::net::Ipv4Addr;

use egress_core::{CloudId, Key, Kind, Owner, StackName, World, plan::bindings, spec::Spec, world::NatAddressState};
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
    /// It is being put on a gateway: nothing leaves from it yet.
    Coming,
    /// It was taken off a gateway: what is still connected through it may end, and nothing new leaves from it.
    Draining,
    /// It is the account's, and no gateway uses it.
    Parked,
}

/// The IPs that a stack's gateways use, will use or still hold, and those that are kept for it.
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
        let state = match &address.state {
            NatAddressState::InUse => IpUse::InUse,
            NatAddressState::Associating => IpUse::Coming,
            NatAddressState::Disassociating => IpUse::Draining,
            // It is somebody else's, or held by nobody.
            NatAddressState::Failed { .. } => return None,
        };
        Some(EgressIp { ip: address.public_ip?, key, state })
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use egress_core::{
        CloudId, Tags,
        world::{Address, NatAddress, NatGateway, NatScope, NatState},
    };

    use super::*;

    /// A gateway with the address `own`, which is in use, and one that is so far; the account holds both, and `spare`.
    fn ips(state: NatAddressState) -> Vec<(u8, IpUse)> {
        let spec = egress_core::spec::parse("stack = \"shop\"\npreset = \"lambda-static-ip\"\n").unwrap().spec;
        let stack = &spec.stack;
        let tags = |kind, name: &str| Owner { stack: stack.clone(), key: Key::new(kind, name) }.tags(&Tags::new());
        let ip = |n| Some(Ipv4Addr::new(203, 0, 113, n));
        let listed = |name: &str, n, state| NatAddress {
            address: Some(CloudId::new(name)),
            public_ip: ip(n),
            private_ip: None,
            interface: None,
            zone: None,
            association: None,
            primary: n == 1,
            state,
        };
        let nat = NatGateway {
            id: CloudId::new("nat"),
            network: CloudId::new("net"),
            scope: NatScope::Subnet(CloudId::new("sub")),
            public: true,
            state: NatState::Available,
            addresses: vec![listed("own", 1, NatAddressState::InUse), listed("more", 2, state)],
            tags: tags(Kind::NatGateway, "own"),
        };
        let held = |name: &str, n| Address {
            id: CloudId::new(name),
            ip: ip(n),
            interface: None,
            nat_gateway: None,
            tags: tags(Kind::Address, name),
        };
        let mut world = World::default();
        world.gateway.nat_gateways = BTreeMap::from([(nat.id.clone(), nat)]);
        let addresses = [held("own", 1), held("more", 2), held("spare", 3)];
        world.gateway.addresses = addresses.map(|address| (address.id.clone(), address)).into();
        egress_ips(&spec, &world).into_iter().map(|address| (address.ip.octets()[3], address.state)).collect()
    }

    #[test]
    fn every_address_of_a_gateway_is_told_with_what_leaves_from_it() {
        let failed = NatAddressState::Failed { message: String::new() };
        for (state, told) in [
            (NatAddressState::InUse, IpUse::InUse),
            (NatAddressState::Associating, IpUse::Coming),
            (NatAddressState::Disassociating, IpUse::Draining),
            (failed, IpUse::Parked),
        ] {
            assert_eq!(ips(state), [(1, IpUse::InUse), (2, told), (3, IpUse::Parked)]);
        }
    }
}
