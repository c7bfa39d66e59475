//! The whole way, from files to Worlds.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
};

use egress_core::{World, world::Place};

use super::{
    build,
    gather::{Answer, Gathered, gather},
    kind::Kind,
    placing::{Placed, place},
    unite::{Sources, unite},
};
use crate::Note;

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What each account and region holds; a half of a place that no file tells is empty.
    pub worlds: BTreeMap<Place, World>,
    /// What was not understood, or only partly, in order.
    pub notes: Vec<Note>,
}

/// Why a folder makes no [`Snapshot`].
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The folder itself cannot be read.
    #[error("cannot read {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No file holds an answer that is known.
    #[error("no file holds an answer of `aws ec2 describe-…`, `aws lambda …` or `aws iam …` that is known here")]
    Nothing {
        /// What was said of the files.
        notes: Vec<Note>,
    },
}

/// Makes Worlds of files, whatever they are called. The order of the files does not matter: they are taken in the order of
/// their paths.
///
/// # Errors
///
/// [`ReadError::Nothing`] where no file holds anything that is known.
pub fn read(files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Result<Snapshot, ReadError> {
    worlds_of(gather(files))
}

/// [`read`], of what is gathered already.
pub(super) fn worlds_of(mut gathered: Gathered) -> Result<Snapshot, ReadError> {
    gathered.notes.sort();
    gathered.notes.dedup();
    if gathered.answers.is_empty() {
        return Err(ReadError::Nothing { notes: gathered.notes });
    }
    let Placed { items, answers, all } =
        place(&gathered.paths, &gathered.answers, &gathered.items, &mut gathered.notes);
    let mut bags: BTreeMap<Place, Sources> = all.into_iter().map(|place| (place, Sources::default())).collect();
    for (item, places) in gathered.items.into_iter().zip(items) {
        for place in places {
            bags.entry(place).or_default().items.push(item.clone());
        }
    }
    for (answer, home) in gathered.answers.iter().zip(answers) {
        for place in home.places {
            let told = bags.entry(place).or_default();
            told.answered.insert(answer.kind);
            note_state(answer, &mut told.amiss, &mut told.with_an_end, &mut told.without_an_end);
        }
        if home.is_in_doubt && (answer.has_entries || answer.is_amiss) {
            bags.values_mut().for_each(|bag| bag.amiss.extend(answer.kind.listing()));
        }
    }
    let mut snapshot = Snapshot { notes: gathered.notes, ..Snapshot::default() };
    for (place, sources) in bags {
        let bag = unite(&gathered.paths, sources, &mut snapshot.notes);
        let world = build::world(&place, bag, &mut snapshot.notes);
        snapshot.worlds.insert(place, world);
    }
    snapshot.notes.sort();
    snapshot.notes.dedup();
    Ok(snapshot)
}

fn note_state(
    answer: &Answer,
    amiss: &mut BTreeSet<egress_core::world::Listing>,
    with_an_end: &mut BTreeSet<Kind>,
    without_an_end: &mut BTreeMap<Kind, usize>,
) {
    if answer.is_amiss {
        amiss.extend(answer.kind.listing());
    }
    if answer.goes_on {
        without_an_end.entry(answer.kind).or_insert(answer.file);
    } else {
        with_an_end.insert(answer.kind);
    }
}
