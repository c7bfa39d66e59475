//! NAT gateways: the addresses that they should have, and how many may use them.

use std::collections::{BTreeMap, BTreeSet};

use super::can_tell;
use crate::{
    CloudId, Kind, Owner,
    doctor::{
        Mend, Thing, cure,
        notes::Notes,
        party::{Party, nats_of},
        site::Site,
    },
    trace::RuleId,
    world::{NatAddress, NatGateway, NatScope},
};

/// So many connections to one destination can be had from one address of a NAT gateway at once (source: VPC guide, "NAT gateway
/// basics").
const CONNECTIONS: u64 = 55_000;

pub(super) fn check(site: &Site<'_>, parties: &[Party<'_>], notes: &mut Notes) {
    let mut users: BTreeMap<&CloudId, Vec<&Party<'_>>> = BTreeMap::new();
    for party in parties {
        let gateways: BTreeSet<&CloudId> = party.trace.paths.iter().flat_map(nats_of).collect();
        gateways.into_iter().for_each(|gateway| users.entry(gateway).or_default().push(party));
    }
    let gateways = site.world.gateway.nat_gateways.values().filter(|nat| nat.state.is_live());
    for nat in gateways {
        let users = users.get(&nat.id).map_or(&[][..], Vec::as_slice);
        let is_examined = site.examination.functions.is_none() || !users.is_empty();
        if is_examined && can_tell(site, RuleId::EipNotOwned) {
            check_addresses(site, nat, users, notes);
        }
        check_ports(nat, users, notes);
    }
}

/// A gateway should have the addresses that are pinned to it, and leave from no other one.
fn check_addresses(site: &Site<'_>, nat: &NatGateway, users: &[&Party<'_>], notes: &mut Notes) {
    let Some(pinned) = pinned_to(site, nat) else { return };
    let in_use: BTreeSet<&CloudId> =
        nat.addresses.iter().filter(|a| a.is_in_use()).filter_map(|a| a.address.as_ref()).collect();
    let lost: Vec<&CloudId> = pinned.iter().filter(|address| !in_use.contains(address)).collect();
    let foreign: Vec<&NatAddress> = nat
        .addresses
        .iter()
        .filter(|a| a.is_in_use() && a.address.as_ref().is_some_and(|a| !pinned.contains(a)))
        .collect();
    if foreign.is_empty() || lost.is_empty() && !site.examination.pinned.contains_key(&nat.id) {
        return;
    }
    let shown = |id: &CloudId| match site.world.gateway.addresses.get(id).and_then(|address| address.ip) {
        Some(ip) => format!("{ip} ({id})"),
        None => id.to_string(),
    };
    let list = |ids: &[&CloudId]| ids.iter().map(|id| shown(id)).collect::<Vec<_>>().join(", ");
    let wrong: Vec<&CloudId> = foreign.iter().filter_map(|held| held.address.as_ref()).collect();
    let meant: Vec<&CloudId> = pinned.iter().collect();
    let note = notes
        .on(RuleId::EipNotOwned, Some(&nat.id))
        .detail(format!("{} leaves from {}, and {} is pinned to it", nat.id, list(&wrong), list(&meant)))
        .mend(restore(site, nat, &lost, &foreign));
    note.touches(users.iter().flat_map(|party| party.names()));
}

/// The addresses that are pinned to a gateway: what the examination says, else those of its stack that have its name or that no
/// other gateway has.
fn pinned_to(site: &Site<'_>, nat: &NatGateway) -> Option<BTreeSet<CloudId>> {
    if let Some(pinned) = site.examination.pinned.get(&nat.id) {
        return Some(pinned.clone());
    }
    let owner = Owner::of(&nat.tags)?;
    let own = site.stack_addresses(&owner.stack);
    let is_pinned = |(id, key): &&(&CloudId, crate::Key)| {
        let address = site.world.gateway.addresses.get(*id);
        let holder = address.and_then(|address| address.nat_gateway.as_ref());
        holder == Some(&nat.id) || (key.kind == Kind::Address && key.name == owner.key.name)
    };
    let pinned: BTreeSet<CloudId> = own.iter().filter(is_pinned).map(|(id, _)| (*id).clone()).collect();
    (!pinned.is_empty()).then_some(pinned)
}

/// The address that a gateway was made with stays on it for good: then only a new gateway helps.
fn restore(site: &Site<'_>, nat: &NatGateway, lost: &[&CloudId], foreign: &[&NatAddress]) -> Vec<Mend> {
    let removable: Option<Vec<Mend>> = foreign
        .iter()
        .map(|held| {
            let association = held.association.clone().filter(|_| !held.primary)?;
            Some(Mend::RemoveNatAddress { nat: nat.id.clone(), association })
        })
        .collect();
    let add = lost.iter().map(|id| Mend::AddNatAddress { nat: nat.id.clone(), address: Thing::from(*id) });
    match (removable, &nat.scope, lost) {
        (Some(remove), _, _) => add.chain(remove).collect(),
        (None, NatScope::Subnet(subnet), [first, ..]) => {
            cure::replace_nat(site, nat, &Thing::from(subnet), &Thing::from(*first))
        }
        (None, ..) => Vec::new(),
    }
}

/// Each function that runs may hold a connection to the same destination.
fn check_ports(nat: &NatGateway, users: &[&Party<'_>], notes: &mut Notes) {
    let functions = || users.iter().flat_map(|party| &party.functions);
    let at_once: u64 = functions().filter_map(|function| function.concurrency).map(u64::from).sum();
    let addresses = nat.addresses.iter().filter(|address| address.is_in_use()).count();
    let ports = CONNECTIONS.saturating_mul(u64::try_from(addresses).unwrap_or(u64::MAX));
    if addresses == 0 || at_once <= ports {
        return;
    }
    let limited = functions().filter(|function| function.concurrency.is_some());
    let one_more = Mend::AddNatAddress { nat: nat.id.clone(), address: Thing::wanted("Elastic IP address") };
    notes
        .on(RuleId::PortExhaustionRisk, Some(&nat.id))
        .touches(limited.map(|function| &function.id))
        .detail(format!(
            "{at_once} functions may run at once behind {}, which has {ports} ports for one destination",
            nat.id
        ))
        .mend([one_more]);
}
