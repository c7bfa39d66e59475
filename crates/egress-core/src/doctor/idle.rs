//! A World without functions: what would a function meet in its subnets?

use super::{notes::Notes, party::note_reason, site::Site};
use crate::trace::{RuleId, Source};

/// Reasons that only say that a subnet was not made for functions: no fault where none runs.
const NOT_FOR_FUNCTIONS: [RuleId; 3] = [RuleId::LambdaPublicSubnet, RuleId::NoDefaultRoute, RuleId::MainTableFallback];

/// Notes what is wrong and what is fragile on the paths of every subnet.
pub(super) fn note_subnets(site: &Site<'_>, notes: &mut Notes) {
    for subnet in site.world.network.subnets.keys() {
        let trace = site.trace(Source::Subnet { subnet: subnet.clone(), groups: None });
        for path in &trace.paths {
            let reasons = path.verdict.reasons().iter().filter(|reason| !NOT_FOR_FUNCTIONS.contains(&reason.rule));
            for reason in reasons.chain(&path.warnings) {
                note_reason(reason, path, notes);
            }
        }
        trace.verdict.missing().iter().for_each(|what| notes.miss(what.clone()));
    }
}
