//! The addresses of a NAT gateway beside the one that it is made with: put on it once third parties admit them, and taken
//! off where the Spec no longer has them. A gateway's addresses are changed one at a time: clouds refuse a second change
//! while one is under way.

use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Permit, Refusal, RefusalKind, StepId, draft::Draft, gateways, ways};
use crate::{
    CloudId, Key, Kind,
    op::{AssociateNatAddress, DisassociateNatAddress, GatewayOp, Op},
    spec::NatGatewaySpec,
    world::{NatAddress, NatAddressState},
};

/// What is taken off gateways.
#[derive(Default)]
pub(super) struct TakenOff {
    /// The waits for addresses to be free, by address.
    free: BTreeMap<CloudId, StepId>,
    /// The last of them of each gateway.
    last: BTreeMap<Key, StepId>,
}

impl TakenOff {
    /// After which Step an address is free that was on a gateway.
    pub(super) fn free(&self, address: &CloudId) -> Option<&StepId> {
        self.free.get(address)
    }
}

/// Takes off every gateway of the Spec what it no longer leaves from.
pub(super) fn take_off(draft: &mut Draft<'_>) -> TakenOff {
    let spec = draft.spec;
    let mut taken_off = TakenOff::default();
    for nat in spec.nat_gateways.iter().filter(|nat| !spec.is_existing(&nat.key())) {
        let wanted: BTreeSet<CloudId> = nat.address_keys().filter_map(|key| draft.bound(&key).cloned()).collect();
        let found = draft.bound(&nat.key()).and_then(|id| draft.world.gateway.nat_gateways.get(id));
        let added = found.into_iter().flat_map(|g| &g.addresses).filter(|a| !a.primary);
        for address in added.filter(|a| a.address.as_ref().is_some_and(|id| !wanted.contains(id))) {
            let before = taken_off.last.get(&nat.key()).cloned();
            if let Some((id, free)) = take_one_off(draft, nat, address, before) {
                taken_off.last.insert(nat.key(), free.clone());
                taken_off.free.insert(id, free);
            }
        }
    }
    taken_off
}

fn take_one_off(
    draft: &mut Draft<'_>,
    nat: &NatGatewaySpec,
    address: &NatAddress,
    before: Option<StepId>,
) -> Option<(CloudId, StepId)> {
    let id = address.address.clone()?;
    let bound = draft.bindings.iter().find(|(key, bound)| key.kind == Kind::Address && **bound == id);
    let key = bound.map(|(key, _)| key.clone()).unwrap_or_else(|| {
        let key = Key::new(Kind::Address, id.as_str());
        draft.bindings.insert(key.clone(), id.clone());
        key
    });
    let free = Condition::NotInUse { gateway: nat.key(), address: key.clone() };
    match &address.state {
        NatAddressState::Failed { .. } => None,
        NatAddressState::Disassociating => Some((id, draft.wait(free, before))),
        NatAddressState::InUse | NatAddressState::Associating => {
            let permit = Permit::GiveUp(address.public_ip?);
            // What stays the stack's under another gateway is not given up; that is seen once all is planned.
            let foreign = !draft.spec.keys().contains(&key) && draft.owner_of(&key).is_none();
            if foreign && !draft.permits(&permit) {
                draft.refusals.insert(Refusal {
                    kind: RefusalKind::Unsafe,
                    subject: Some(nat.key().to_string()),
                    message: format!("{} leaves from {id}, too, which the file does not name", nat.key()),
                    hint: Some(
                        "name its IP in an `[[address]]` of the file, or say that it may be given up".to_owned(),
                    ),
                    permit: Some(permit),
                });
                return None;
            }
            let association = address.association.clone()?;
            let op = DisassociateNatAddress { gateway: nat.key(), address: key, association };
            let off = draft.change(Op::Gateway(GatewayOp::DisassociateNatAddress(op)), before);
            draft.because("it is no longer in the file");
            Some((id, draft.wait(free, [off])))
        }
    }
}

/// Puts the Spec's further addresses on a gateway. Returns the waits for them to be in use.
pub(super) fn put_on(
    draft: &mut Draft<'_>,
    nat: &NatGatewaySpec,
    ready: &[StepId],
    place: &BTreeSet<StepId>,
    taken_off: &TakenOff,
) -> Vec<StepId> {
    let mut in_use = Vec::new();
    let mut last = taken_off.last.get(&nat.key()).cloned();
    for address in nat.more.iter().map(|more| more.key()) {
        if !ways::admitted(draft, nat, &address) {
            continue;
        }
        let condition = Condition::InUse { gateway: nat.key(), address: address.clone() };
        let found = draft.bound(&nat.key()).and_then(|id| draft.world.gateway.nat_gateways.get(id));
        let state = draft.bound(&address).and_then(|id| Some(&found?.address(id)?.state));
        let mut needs: Vec<StepId> = ready.to_vec();
        match state {
            Some(NatAddressState::InUse) => continue,
            Some(NatAddressState::Associating) => {
                last = Some(draft.wait(condition, last));
                in_use.extend(last.clone());
                continue;
            }
            Some(NatAddressState::Disassociating) => {
                let gone = Condition::NotInUse { gateway: nat.key(), address: address.clone() };
                needs.push(draft.wait(gone, []));
            }
            Some(NatAddressState::Failed { .. }) | None => {
                needs.extend(gateways::free_address(draft, &address, place, taken_off));
            }
        }
        needs.extend(draft.listed.iter().cloned());
        needs.extend(last);
        let op = AssociateNatAddress { gateway: nat.key(), address };
        let on = draft.change(Op::Gateway(GatewayOp::AssociateNatAddress(op)), needs);
        last = Some(draft.wait(condition, [on]));
        in_use.extend(last.clone());
    }
    in_use
}
