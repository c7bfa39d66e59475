//! The internet gateway, the NAT gateways and their addresses.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{
    AddressChange, Condition, Fate, RefusalKind, StepId,
    draft::Draft,
    existing,
    nat_addresses::{self, TakenOff},
    network::{self, Lead},
    ways,
};
use crate::{
    CloudId, Key, Kind,
    op::{
        AllocateAddress, AttachInternetGateway, CreateInternetGateway, CreateNatGateway, DeleteNatGateway, GatewayOp,
        Op,
    },
    spec::{NatGatewaySpec, WayOut},
    world::{NatState, Target},
};

/// Sees to it that every NAT gateway has its addresses, first of all: the IPs are then known as early as can be.
pub(super) fn addresses(draft: &mut Draft<'_>) {
    let spec = draft.spec;
    for nat in &spec.nat_gateways {
        address(draft, nat, &nat.address_key(), nat.address);
        for more in &nat.more {
            address(draft, nat, &more.key(), more.ip);
        }
        existing::keep_addresses(draft, nat);
    }
    park_others(draft);
}

fn address(draft: &mut Draft<'_>, nat: &NatGatewaySpec, key: &Key, wanted: Option<Ipv4Addr>) {
    if let Some(id) = draft.bound(key).cloned() {
        draft.keep_tagged(key);
        let ip = draft.world.gateway.addresses.get(&id).and_then(|a| a.ip);
        return draft.addresses.push(AddressChange { key: key.clone(), ip, fate: Fate::Kept });
    }
    let Some(wanted) = wanted else {
        let tags = ways::tags_of_new(draft, key);
        draft.change(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags, ip: None })), []);
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
    let leaves = |user: &CloudId| draft.bound(&nat.key()) == Some(user) || leaving(draft, user).is_some();
    if let Some(user) = user.filter(|user| !leaves(user)) {
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
    let spares = draft.spares.keys().filter(|key| key.kind == Kind::Address);
    let spares = spares.filter_map(|key| Some((key.clone(), draft.bound(key)?.clone())));
    let parked: Vec<(Key, CloudId)> = draft.unnamed(Kind::Address).into_iter().chain(spares).collect();
    for (key, id) in parked {
        let ip = draft.world.gateway.addresses.get(&id).and_then(|a| a.ip);
        draft.addresses.push(AddressChange { key, ip, fate: Fate::Parked });
    }
}

/// Makes or mends the internet gateway, the NAT gateways, the routes to both, and what uses those. `left`: after these
/// Steps the functions that are detached run elsewhere.
pub(super) fn build(draft: &mut Draft<'_>, left: &[StepId]) {
    let spec = draft.spec;
    let attached = internet_gateway(draft);
    let lead = Lead { accepted: attached.iter().cloned().collect(), ready: Vec::new(), expect: BTreeSet::new() };
    let target = Target::InternetGateway(spec.internet_gateway_key());
    for table in network::tables_to(draft, &spec.internet_gateway_key(), spec.public_route_table_key()) {
        network::default_route(draft, &table, &target, lead.clone());
    }
    network::associations(draft, |way_out| *way_out == WayOut::InternetGateway);
    // A gateway that must go for another to come goes only once everything else is there.
    let mut place = draft.path_steps();
    place.extend(left.iter().cloned());
    let taken_off = nat_addresses::take_off(draft);
    for nat in &spec.nat_gateways {
        let mut ready = nat_gateway(draft, nat, attached.as_ref(), &place, &taken_off);
        ready.extend(nat_addresses::put_on(draft, nat, &ready, &place, &taken_off));
        let lead = Lead { accepted: Vec::new(), ready, expect: ways::leaving_from(draft, nat) };
        let waits = !ways::admitted(draft, nat, &nat.address_key());
        for table in network::tables_to(draft, &nat.key(), nat.route_table_key()) {
            if !(waits && network::leads(draft, &table)) {
                network::default_route(draft, &table, &Target::NatGateway(nat.key()), lead.clone());
            }
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

/// Makes a NAT gateway, or mends the one that is there. Returns what must be done before it translates.
fn nat_gateway(
    draft: &mut Draft<'_>,
    nat: &NatGatewaySpec,
    attached: Option<&StepId>,
    place: &BTreeSet<StepId>,
    taken_off: &TakenOff,
) -> Vec<StepId> {
    let (key, address) = (nat.key(), nat.address_key());
    let subnet = Key::new(Kind::Subnet, &nat.subnet);
    let Some(id) = draft.bound(&key).cloned() else {
        let why = why_new(draft, &key);
        let mut needs: Vec<StepId> = attached.cloned().into_iter().collect();
        needs.extend(free_address(draft, &address, place, taken_off));
        let tags = draft.tags(&key);
        draft.change(Op::Gateway(GatewayOp::CreateNatGateway(CreateNatGateway { subnet, address, tags })), needs);
        if let Some(why) = why {
            draft.because(why);
        }
        return vec![draft.wait(network::ready(&key), [])];
    };
    draft.keep_tagged(&key);
    let pending = draft.world.gateway.nat_gateways.get(&id).is_some_and(|g| g.state == NatState::Pending);
    if pending { vec![draft.wait(network::ready(&key), [])] } else { Vec::new() }
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

/// An address is on one gateway only. One of the stack's that the Spec no longer has, and that still holds the address, is
/// deleted once everything else is there, so that functions are without a way out for as short as can be; and one that is
/// being deleted keeps the address until it is gone.
pub(super) fn free_address(
    draft: &mut Draft<'_>,
    address: &Key,
    place: &BTreeSet<StepId>,
    taken_off: &TakenOff,
) -> Vec<StepId> {
    let Some(id) = draft.bound(address).cloned() else { return Vec::new() };
    if let Some(step) = taken_off.free(&id) {
        return vec![step.clone()];
    }
    let holders: Vec<(CloudId, bool)> = (draft.world.gateway.nat_gateways.values())
        .filter(|g| g.addresses.iter().any(|a| a.address.as_ref() == Some(&id)))
        .filter(|g| g.state.is_live() || g.state == NatState::Deleting)
        .map(|g| (g.id.clone(), g.state.is_live()))
        .collect();
    let mut free = Vec::new();
    for (gateway, live) in holders {
        let old = match leaving(draft, &gateway) {
            Some(key) => key,
            None if live => continue,
            None => {
                let key = Key::new(Kind::NatGateway, gateway.as_str());
                draft.bindings.insert(key.clone(), gateway);
                key
            }
        };
        let deletes = |op: &Op<Key>| matches!(op, Op::Gateway(GatewayOp::DeleteNatGateway(op)) if op.gateway == old);
        let deleted = live.then(|| {
            if let Some(step) = draft.steps_where(deletes).pop() {
                return step;
            }
            let op = DeleteNatGateway { gateway: old.clone() };
            let step = draft.change(Op::Gateway(GatewayOp::DeleteNatGateway(op)), place.iter().cloned());
            draft.because(format!("{address} can be on one gateway only"));
            step
        });
        free.push(draft.wait(Condition::Gone(old), deleted));
    }
    free
}

/// The Key of a gateway of the stack that the Spec no longer has.
fn leaving(draft: &Draft<'_>, gateway: &CloudId) -> Option<Key> {
    draft.unnamed(Kind::NatGateway).into_iter().find_map(|(key, id)| (&id == gateway).then_some(key))
}
