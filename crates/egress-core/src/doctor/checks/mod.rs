//! What no packet shows, or only many together.

mod cost;
mod dns;
mod endpoint;
mod function;
mod gateway;
mod sources;

use std::collections::BTreeSet;

use super::{notes::Notes, party::Party, site::Site};
use crate::{trace::RuleId, world::Listing};

/// Looks at everything that the examination is about.
pub(super) fn run(site: &Site<'_>, parties: &[Party<'_>], notes: &mut Notes) {
    for party in parties {
        function::check(site, party, notes);
        sources::check(site, party, notes);
        dns::check(site, party, notes);
        endpoint::check(site, party, notes);
    }
    gateway::check(site, parties, notes);
    if site.examination.functions.is_none() {
        cost::check(site, notes);
    }
    say_what_was_not_read(site, notes);
}

/// The listings without which a rule cannot be looked at.
const NEEDS: [(RuleId, &[Listing]); 7] = [
    (RuleId::EniPermission, &[Listing::Roles]),
    (RuleId::DnsBroken, &[Listing::Networks]),
    (RuleId::VpceSgBlocks, &[Listing::Endpoints]),
    (RuleId::EipNotOwned, &[Listing::NatGateways, Listing::Addresses]),
    (RuleId::PublishedVersionHoldsEni, &[Listing::Versions]),
    (RuleId::UnusedNatCost, &[Listing::NatGateways, Listing::RouteTables]),
    (RuleId::UnattachedAddressCost, &[Listing::Addresses, Listing::NatGateways, Listing::Interfaces]),
];

/// Whether all was read that a rule needs.
fn can_tell(site: &Site<'_>, rule: RuleId) -> bool {
    needs(rule).all(|listing| site.world.unseen(listing).is_none())
}

fn needs(rule: RuleId) -> impl Iterator<Item = Listing> {
    let of_rule = NEEDS.into_iter().filter(move |(known, _)| *known == rule);
    of_rule.flat_map(|(_, listings)| listings.iter().copied())
}

fn say_what_was_not_read(site: &Site<'_>, notes: &mut Notes) {
    if let Some(ask) = site.world.unseen(Listing::Functions) {
        notes.miss(format!("the functions: there is no answer of {ask}"));
    }
    let needed: BTreeSet<Listing> = NEEDS.into_iter().flat_map(|(_, listings)| listings).copied().collect();
    for listing in needed {
        if let Some(ask) = site.world.unseen(listing) {
            let needing = NEEDS.iter().filter(|(_, listings)| listings.contains(&listing));
            let rules = needing.map(|(rule, _)| rule.as_str()).collect::<Vec<_>>().join(", ");
            notes.miss(format!("the {listing}, for {rules}: there is no answer of {ask}"));
        }
    }
}
