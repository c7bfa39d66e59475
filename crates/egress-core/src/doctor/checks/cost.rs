//! What costs money and serves nobody.

use std::collections::BTreeSet;

use super::can_tell;
use crate::{
    CloudId, Owner,
    doctor::{Mend, notes::Notes, site::Site},
    trace::RuleId,
    world::Address,
};

pub(super) fn check(site: &Site<'_>, notes: &mut Notes) {
    if can_tell(site, RuleId::UnusedNatCost) {
        unused_gateways(site, notes);
    }
    if can_tell(site, RuleId::UnattachedAddressCost) {
        unattached_addresses(site, notes);
    }
}

fn unused_gateways(site: &Site<'_>, notes: &mut Notes) {
    for nat in site.world.gateway.nat_gateways.values().filter(|nat| nat.state.is_live()) {
        if site.routes_to(&nat.id).is_empty() {
            notes
                .on(RuleId::UnusedNatCost, Some(&nat.id))
                .detail(format!("no route leads to {}", nat.id))
                .mend([Mend::DeleteNatGateway { nat: nat.id.clone() }]);
        }
    }
}

fn unattached_addresses(site: &Site<'_>, notes: &mut Notes) {
    let gateways = site.world.gateway.nat_gateways.values();
    let held: BTreeSet<&CloudId> = gateways.flat_map(|nat| &nat.addresses).filter_map(|a| a.address.as_ref()).collect();
    let is_free = |address: &&Address| {
        address.interface.is_none() && address.nat_gateway.is_none() && !held.contains(&address.id)
    };
    for address in site.world.gateway.addresses.values().filter(is_free) {
        let ip = address.ip.map_or_else(|| address.id.to_string(), |ip| ip.to_string());
        let keeper = Owner::of(&address.tags).map(|owner| format!(", and the stack {} keeps it", owner.stack));
        notes
            .on(RuleId::UnattachedAddressCost, Some(&address.id))
            .detail(format!("nothing uses {ip}{}", keeper.unwrap_or_default()));
    }
}
