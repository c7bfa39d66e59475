//! The internet gateway, the NAT gateways and their addresses.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use super::{
    AddressChange, Condition, Fate, RefusalKind, StepId,
    draft::Draft,
    existing,
    network::{self, Way},
};
use crate::{
    Key, Kind,
    op::{AllocateAddress, AttachInternetGateway, CreateInternetGateway, CreateNatGateway, GatewayOp, Op},
    spec::{NatGatewaySpec, WayOut},
    world::{NatState, Target},
};

/// Sees to it that every NAT gateway has an address, first of all: the IP is then known as early as can be.
pub(super) fn addresses(draft: &mut Draft<'_>) -> BTreeMap<String, Key> {
    let mut keys = BTreeMap::new();
    for nat in &draft.spec.nat_gateways {
        let key = nat.address_key();
        keys.insert(nat.name.clone(), key.clone());
        address(draft, nat, &key);
        existing::keep_addresses(draft, nat);
    }
    park_others(draft);
    keys
}

fn address(draft: &mut Draft<'_>, nat: &NatGatewaySpec, key: &Key) {
    if let Some(id) = draft.bound(key).cloned() {
        draft.keep_tagged(key);
        let ip = draft.world.gateway.addresses.get(&id).and_then(|a| a.ip);
        if let Some(wanted) = nat.address
            && ip != Some(wanted)
        {
            let has = ip.map_or_else(|| id.to_string(), |ip| ip.to_string());
            draft.refuse(
                RefusalKind::Unsafe,
                key,
                format!(
                    "the stack's address is {has}, the file asks for {wanted}: functions would be seen from another IP"
                ),
                format!("put `address = \"{has}\"` into the file, or leave it out"),
            );
        }
        return draft.addresses.push(AddressChange { key: key.clone(), ip, fate: Fate::Kept });
    }
    let Some(wanted) = nat.address else {
        let tags = draft.tags(key);
        draft.change(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags })), []);
        return draft.addresses.push(AddressChange { key: key.clone(), ip: None, fate: Fate::New });
    };
    reuse(draft, nat, key, wanted);
}

/// Uses an address that the account holds and egress did not allocate: it is never tagged, altered or released.
fn reuse(draft: &mut Draft<'_>, nat: &NatGatewaySpec, key: &Key, wanted: Ipv4Addr) {
    let Some(found) = draft.world.gateway.address_at(wanted) else {
        return draft.refuse(
            RefusalKind::NotFound,
            key,
            format!("the account holds no address {wanted} in region {}", draft.world.network.place.region),
            "allocate it there, or leave `address` out to get a new one",
        );
    };
    let user = found.nat_gateway.as_ref().or(found.interface.as_ref());
    if let Some(user) = user.filter(|user| draft.bound(&nat.key()) != Some(user)) {
        let message = format!("address {wanted} is in use by {user}");
        return draft.refuse(
            RefusalKind::Unsafe,
            key,
            message,
            "free it there first: taking it would cut off what uses it",
        );
    }
    draft.bindings.insert(key.clone(), found.id.clone());
    draft.addresses.push(AddressChange { key: key.clone(), ip: Some(wanted), fate: Fate::Kept });
}

/// Addresses of the stack that no NAT gateway of the Spec uses are kept, and said.
fn park_others(draft: &mut Draft<'_>) {
    let used: BTreeSet<&Key> = draft.addresses.iter().map(|address| &address.key).collect();
    let parked: Vec<AddressChange> = (draft.bindings.iter())
        .filter(|(key, _)| key.kind == Kind::Address && !used.contains(key))
        .map(|(key, id)| {
            let ip = draft.world.gateway.addresses.get(id).and_then(|a| a.ip);
            AddressChange { key: key.clone(), ip, fate: Fate::Parked }
        })
        .collect();
    draft.addresses.extend(parked);
}

/// Makes or mends the internet gateway, the NAT gateways, the routes to both, and what uses those.
pub(super) fn build(draft: &mut Draft<'_>, addresses: &BTreeMap<String, Key>) {
    let attached = internet_gateway(draft);
    let way = Way { accepted: attached.iter().cloned().collect(), ready: Vec::new(), expect: BTreeSet::new() };
    let target = Target::InternetGateway(draft.spec.internet_gateway_key());
    for table in network::tables_to(draft, &draft.spec.internet_gateway_key(), network::public_table(draft)) {
        network::default_route(draft, &table, &target, way.clone());
    }
    network::associations(draft, |way_out| *way_out == WayOut::InternetGateway);
    for nat in &draft.spec.nat_gateways {
        let Some(address) = addresses.get(&nat.name) else { continue };
        let ready = nat_gateway(draft, nat, address, attached.as_ref());
        let way = Way { accepted: Vec::new(), ready, expect: existing::addresses(draft, nat) };
        for table in network::tables_to(draft, &nat.key(), nat.route_table_key()) {
            network::default_route(draft, &table, &Target::NatGateway(nat.key()), way.clone());
        }
    }
    network::associations(draft, |way_out| matches!(way_out, WayOut::NatGateway(_)));
}

/// The Step that attaches the gateway, where there is one.
fn internet_gateway(draft: &mut Draft<'_>) -> Option<StepId> {
    let gateway = draft.spec.internet_gateway_key();
    let network = draft.spec.network_key();
    let attach = |gateway: &Key, network: &Key| {
        Op::Gateway(GatewayOp::AttachInternetGateway(AttachInternetGateway {
            gateway: gateway.clone(),
            network: network.clone(),
        }))
    };
    let bound_network = draft.bound(&network).cloned();
    let other = draft
        .world
        .gateway
        .internet_gateways
        .values()
        .find(|g| g.network.is_some() && g.network == bound_network && draft.bound(&gateway) != Some(&g.id));
    if let Some(other) = other {
        let message = format!("{network} has an internet gateway already, {}, which egress did not make", other.id);
        draft.refuse(
            RefusalKind::Unsafe,
            &gateway,
            message,
            match draft.spec.is_existing(&network) {
                true => format!(
                    "a network can have one only: write `existing = \"{}\"` into `[internet_gateway]`",
                    other.id
                ),
                false => "detach it, if nothing needs it; a network can have one only".to_owned(),
            },
        );
        return None;
    }
    let Some(id) = draft.bound(&gateway).cloned() else {
        let tags = draft.tags(&gateway);
        draft.change(Op::Gateway(GatewayOp::CreateInternetGateway(CreateInternetGateway { tags })), []);
        return Some(draft.change(attach(&gateway, &network), []));
    };
    draft.keep_tagged(&gateway);
    match draft.world.gateway.internet_gateways.get(&id).and_then(|g| g.network.as_ref()) {
        Some(there) if Some(there) == bound_network.as_ref() => None,
        Some(there) => {
            let message = format!("{id} carries the tags of {gateway}, but is attached to {there}");
            draft.refuse(
                RefusalKind::Unsafe,
                &gateway,
                message,
                "detach it there, or remove its tags `egress:stack` and `egress:key`",
            );
            None
        }
        None => {
            let step = draft.change(attach(&gateway, &network), []);
            if bound_network.is_some() {
                draft.because("it is attached to nothing");
            }
            Some(step)
        }
    }
}

/// Makes a NAT gateway, or sees that the one that is there is right. Returns what must be done before it translates.
fn nat_gateway(draft: &mut Draft<'_>, nat: &NatGatewaySpec, address: &Key, attached: Option<&StepId>) -> Vec<StepId> {
    let key = nat.key();
    let subnet = Key::new(Kind::Subnet, &nat.subnet);
    let Some(id) = draft.bound(&key).cloned() else {
        let why = why_new(draft, &key);
        let mut needs: Vec<StepId> = attached.cloned().into_iter().collect();
        needs.extend(wait_for_address(draft, address));
        let tags = draft.tags(&key);
        draft.change(
            Op::Gateway(GatewayOp::CreateNatGateway(CreateNatGateway { subnet, address: address.clone(), tags })),
            needs,
        );
        if let Some(why) = why {
            draft.because(why);
        }
        return vec![draft.wait(network::ready(&key), [])];
    };
    draft.keep_tagged(&key);
    let Some(found) = draft.world.gateway.nat_gateways.get(&id) else { return Vec::new() };
    let holds: Vec<_> = found.addresses.iter().filter_map(|a| a.address.clone()).collect();
    if draft.bound(address).is_none_or(|address| !holds.contains(address)) {
        let ips: Vec<String> = found.addresses.iter().filter_map(|a| a.public_ip).map(|ip| ip.to_string()).collect();
        draft.refuse(
            RefusalKind::Unsafe,
            &key,
            format!("{id} leaves from {}, which is not {address}: to change that means an outage", ips.join(", ")),
            "put the address that it has into the file, or destroy the stack and apply it anew",
        );
    }
    if found.state == NatState::Pending { vec![draft.wait(network::ready(&key), [])] } else { Vec::new() }
}

/// Why a gateway that was there before is made anew.
fn why_new(draft: &Draft<'_>, key: &Key) -> Option<String> {
    let dead = draft.world.owned_by(&draft.spec.stack).into_iter().filter(|o| !o.live && &o.owner.key == key);
    dead.filter_map(|o| {
        let gateway = draft.world.gateway.nat_gateways.get(&o.id)?;
        Some(match &gateway.state {
            NatState::Failed { code, message } => format!("{} failed: {code}: {message}", o.id),
            NatState::Deleting | NatState::Deleted => format!("{} was deleted", o.id),
            NatState::Pending | NatState::Available => return None,
        })
    })
    .next_back()
}

/// An address stays with a gateway that is being deleted until that is gone.
fn wait_for_address(draft: &mut Draft<'_>, address: &Key) -> Vec<StepId> {
    let Some(id) = draft.bound(address).cloned() else { return Vec::new() };
    let dying: Vec<_> = (draft.world.gateway.nat_gateways.values())
        .filter(|g| g.state == NatState::Deleting && g.addresses.iter().any(|a| a.address.as_ref() == Some(&id)))
        .map(|g| g.id.clone())
        .collect();
    dying
        .into_iter()
        .map(|gateway| {
            let key = Key::new(Kind::NatGateway, gateway.as_str());
            draft.bindings.insert(key.clone(), gateway);
            draft.wait(Condition::Gone(key), [])
        })
        .collect()
}
