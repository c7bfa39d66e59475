//! The examination: packets first, then what no packet shows.

use super::{
    Accepted, Diagnosis, Examination, checks,
    cure::{self, Packet},
    idle,
    notes::{Note, Notes},
    party,
    site::Site,
};
use crate::World;

/// Examines functions, and what they use, in a World.
///
/// Pure, and near-linear in the size of the World: functions that share their subnets and groups are followed once. What
/// depends on a listing that was not read is no finding: [`Diagnosis::missing`] names the listing.
pub fn examine(world: &World, examination: &Examination) -> Diagnosis {
    let site = Site::new(world, examination);
    let mut notes = Notes::default();
    let parties = party::gather(&site, &mut notes);
    let mut functions: Vec<_> = parties.iter().flat_map(|party| party.egresses()).collect();
    functions.sort_by(|a, b| a.function.cmp(&b.function));
    parties.iter().for_each(|party| party::note_paths(&site, party, &mut notes));
    if world.function.functions.is_empty() && examination.functions.is_none() {
        idle::note_subnets(&site, &mut notes);
    }
    checks::run(&site, &parties, &mut notes);

    let packet = Packet { protocol: examination.protocol, port: examination.port };
    let (notes, missing) = notes.into_parts();
    let told = notes.filter(|note| !is_accepted(note, examination));
    let mended = told.map(|mut note| {
        if note.mend.is_empty() {
            note.mend = cure::mends(&site, &note, &packet);
        }
        note.into_finding()
    });
    let mut findings: Vec<_> = mended.collect();
    // Stable: within one severity they stay in the order of rules and resources.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Diagnosis { findings, functions, missing }
}

fn is_accepted(note: &Note, examination: &Examination) -> bool {
    let whole = Accepted { rule: note.rule, resource: None };
    let this = Accepted { rule: note.rule, resource: note.resource.clone() };
    examination.accepted.contains(&whole) || examination.accepted.contains(&this)
}
