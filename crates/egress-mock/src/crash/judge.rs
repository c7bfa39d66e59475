//! What must hold of every life.

use std::collections::BTreeSet;

use super::{Life, life::Undisturbed, plain};

/// How many differences between two accounts are told.
const TOLD: usize = 12;

/// Everything that is wrong with a life, measured by the undisturbed one; empty where nothing is.
pub fn complaints(life: &Life, undisturbed: &Undisturbed) -> Vec<String> {
    let mut complaints = life.wrong.clone();
    complaints.extend(life.seen.cut_off.iter().cloned());
    for ip in life.seen.lost.iter().filter(|ip| !life.named.contains(ip)) {
        complaints.push(format!("{ip} was given away, and nobody named it"));
    }
    for (function, sources) in &life.seen.sources {
        let known = undisturbed.life.seen.sources.get(function);
        for source in sources.iter().filter(|source| !known.is_some_and(|known| known.contains(source))) {
            complaints.push(format!("{function} was seen from {source}"));
        }
    }
    complaints.extend(differences(&plain(&life.world), &undisturbed.plain));
    complaints
}

fn differences(found: &[String], expected: &[String]) -> Vec<String> {
    if found == expected {
        return Vec::new();
    }
    let (is, should): (BTreeSet<&String>, BTreeSet<&String>) = (found.iter().collect(), expected.iter().collect());
    let more = is.difference(&should).map(|line| format!("there is: {line}"));
    let less = should.difference(&is).map(|line| format!("there is not: {line}"));
    let mut told: Vec<String> = more.take(TOLD).chain(less.take(TOLD)).collect();
    if told.is_empty() {
        told.push("something is there more or less often than it should be".to_owned());
    }
    told
}
