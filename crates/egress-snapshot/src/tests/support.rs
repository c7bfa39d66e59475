//! Files made of texts, and the one World that they tell.

use std::path::PathBuf;

use egress_core::{World, world::Listing};
use serde_json::{Value, json};

use crate::{Snapshot, read};

pub(super) const ACCOUNT: &str = "123456789012";

/// Files by their names.
pub(super) fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    read(files.iter().map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec()))).unwrap()
}

/// Documents, each in a file of its own, beside a file that says whose they are.
pub(super) fn told(documents: &[Value]) -> Snapshot {
    let mut files = vec![("whose.json".to_owned(), whose().to_string())];
    files.extend(documents.iter().enumerate().map(|(i, document)| (format!("{i:03}.json"), document.to_string())));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    snapshot(&files)
}

/// The World of [`told`], which says nothing about its files.
pub(super) fn world(documents: &[Value]) -> World {
    let snapshot = told(documents);
    assert_eq!(notes(&snapshot), Vec::<String>::new());
    only(snapshot)
}

pub(super) fn only(snapshot: Snapshot) -> World {
    assert_eq!(snapshot.worlds.len(), 1, "{:?}", snapshot.worlds.keys());
    snapshot.worlds.into_values().next().unwrap()
}

pub(super) fn notes(snapshot: &Snapshot) -> Vec<String> {
    snapshot.notes.iter().map(ToString::to_string).collect()
}

/// Whose an account's answers are, and where: with the mode that is the usual one.
pub(super) fn whose() -> Value {
    json!({"VpcBlockPublicAccessOptions": {
        "AwsAccountId": ACCOUNT, "AwsRegion": "eu-west-1", "InternetGatewayBlockMode": "off"
    }})
}

pub(super) fn unseen(world: &World) -> Vec<Listing> {
    Listing::ALL.iter().copied().filter(|listing| world.unseen(*listing).is_some()).collect()
}
