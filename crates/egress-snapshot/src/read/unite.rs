//! What several files say of one thing, united.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use egress_core::world::Listing;
use serde_json::{Map, Value};

use super::{build::Bag, gather::Item, kind::Kind};
use crate::Note;

/// What all files say of one place.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) items: Vec<Item>,
    /// The sorts of answers that are there.
    pub(super) answered: BTreeSet<Kind>,
    /// The listings that cannot all be read.
    pub(super) amiss: BTreeSet<Listing>,
    /// Answers that no page follows.
    pub(super) with_an_end: BTreeSet<Kind>,
    /// Answers that another page follows, with the file of the first.
    pub(super) without_an_end: BTreeMap<Kind, usize>,
}

/// One thing, as told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    /// All fields.
    pub(crate) value: Map<String, Value>,
    /// The file that told it last.
    pub(crate) file: PathBuf,
    /// Where in that file.
    pub(crate) at: String,
}

/// Fields that tell when, by whom or in what mood something was asked, and may differ without meaning anything.
const FLEETING: [&str; 4] = ["RevisionId", "LastModified", "AvailableIpAddressCount", "UsageOperationUpdateTime"];

pub(super) fn unite(paths: &[PathBuf], sources: Sources, notes: &mut Vec<Note>) -> Bag {
    let path = |file: usize| paths.get(file).cloned().unwrap_or_default();
    let mut bag = Bag { answered: sources.answered, amiss: sources.amiss, ..Bag::default() };
    for item in sources.items {
        let file = path(item.file);
        let things = bag.things.entry(item.kind).or_default();
        match things.get_mut(&item.id) {
            None => {
                let mut value = item.value;
                value.retain(|_, field| !field.is_null());
                things.insert(item.id, Entry { value, file, at: item.at });
            }
            Some(_) if item.kind.is_a_mark() => {}
            Some(entry) if item.kind.is_a_list() => join(entry, item.value),
            Some(entry) => {
                let differing = overlay(&mut entry.value, item.value);
                if !differing.is_empty() {
                    let earlier = entry.file.display();
                    let fields = differing.join(", ");
                    let why = format!("{} stands in {earlier} too, with other {fields}: this one counts", item.id);
                    notes.push(Note::new(&file, &item.at, why));
                }
                (entry.file, entry.at) = (file, item.at);
            }
        }
    }
    for (kind, file) in sources.without_an_end.iter().filter(|(kind, _)| !sources.with_an_end.contains(kind)) {
        bag.amiss.extend(kind.listing());
        notes.push(Note::new(path(*file), "", "another page follows it, and none here is the last one"));
    }
    bag
}

/// Puts fields over those that are there; those that differ are told.
fn overlay(below: &mut Map<String, Value>, above: Map<String, Value>) -> Vec<String> {
    let mut differing = Vec::new();
    for (key, value) in above.into_iter().filter(|(_, value)| !value.is_null()) {
        let is_other = below.get(&key).is_some_and(|old| old != &value);
        if is_other && !FLEETING.contains(&key.as_str()) {
            differing.push(key.clone());
        }
        below.insert(key, value);
    }
    differing
}

/// Puts the entries of another page behind those that are there, each but once.
fn join(entry: &mut Entry, page: Map<String, Value>) {
    for (key, value) in page {
        match (entry.value.get_mut(&key), value) {
            (Some(Value::Array(there)), Value::Array(more)) => {
                // Pages are short; the same page twice is what this is about.
                if *there != more {
                    there.extend(more);
                }
            }
            // A page that goes on is followed by one that does not.
            (Some(Value::Bool(goes_on)), Value::Bool(more)) => *goes_on &= more,
            (None, value) => drop(entry.value.insert(key, value)),
            (Some(_), _) => {}
        }
    }
}
