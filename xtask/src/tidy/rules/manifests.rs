//! Rules about manifests and what they bring in.

use super::{Found, Tree};
use crate::tidy::tree::{INTERFACES, Never};

/// Crates that read clocks, files, networks, environments or randomness, or that are made to.
const IMPURE: [&str; 23] = [
    "async-std",
    "chrono",
    "fastrand",
    "getrandom",
    "hyper",
    "instant",
    "jiff",
    "mio",
    "nix",
    "notify",
    "rand",
    "rand_core",
    "reqwest",
    "rustix",
    "smol",
    "socket2",
    "tempfile",
    "time",
    "tokio",
    "ureq",
    "uuid",
    "walkdir",
    "web-time",
];

impl Never {
    fn forbids(self, name: &str) -> bool {
        match self {
            Self::Impure => IMPURE.contains(&name),
            Self::Sdk => name.starts_with("aws-"),
            Self::SdkButInterfaces => name.starts_with("aws-") && !INTERFACES.contains(&name),
        }
    }
}

pub(super) fn core_links_nothing_impure(tree: &Tree) -> Vec<Found> {
    linked(tree, |never| never == Never::Impure)
}

pub(super) fn no_sdk_outside(tree: &Tree) -> Vec<Found> {
    linked(tree, |never| never != Never::Impure)
}

fn linked(tree: &Tree, which: impl Fn(Never) -> bool) -> Vec<Found> {
    let mut found = Vec::new();
    for (question, crates) in tree.dependencies.iter().filter(|(question, _)| which(question.never)) {
        let folder = if question.package == "xtask" { String::new() } else { "crates/".to_owned() };
        let built = if question.built.is_empty() { String::new() } else { format!(" ({})", question.built.join(" ")) };
        found.extend(crates.iter().filter(|name| question.never.forbids(name)).map(|name| {
            let sentence = format!("{}{built} depends on {name}", question.package);
            Found::new(format!("{folder}{}/Cargo.toml", question.package), 1, sentence)
        }));
    }
    found
}

/// What the root says of lints; a member takes all of it or nothing.
const LINTS: [(&str, &str, &[&str]); 9] = [
    ("rust", "unsafe_code", &["forbid"]),
    ("rust", "missing_docs", &["warn", "deny"]),
    ("clippy", "print_stdout", &["warn", "deny"]),
    ("clippy", "print_stderr", &["warn", "deny"]),
    ("clippy", "unwrap_used", &["warn", "deny"]),
    ("clippy", "expect_used", &["warn", "deny"]),
    ("clippy", "panic", &["warn", "deny"]),
    ("clippy", "todo", &["warn", "deny"]),
    ("clippy", "allow_attributes", &["warn", "deny"]),
];

pub(super) fn lints_are_on(tree: &Tree) -> Vec<Found> {
    let mut found = Vec::new();
    for manifest in manifests(tree) {
        match manifest.table.get("workspace").and_then(|workspace| workspace.get("lints")) {
            Some(lints) => found.extend(LINTS.iter().filter_map(|(tool, lint, levels)| {
                let level = lints.get(tool).and_then(|tool| tool.get(lint)).and_then(toml::Value::as_str);
                let on = level.is_some_and(|level| levels.contains(&level));
                (!on).then(|| Found::new(manifest.path, 1, format!("`{tool}::{lint}` is not at `{}`", levels[0])))
            })),
            None => {
                let inherited = manifest.table.get("lints").and_then(|lints| lints.get("workspace"));
                if inherited.and_then(toml::Value::as_bool) != Some(true) {
                    found.push(Found::new(manifest.path, 1, "the workspace's lints are not inherited"));
                }
            }
        }
    }
    found
}

/// Shorter than this is no description.
const A_SENTENCE: usize = 20;

pub(super) fn members_are_described(tree: &Tree) -> Vec<Found> {
    let members = manifests(tree).filter_map(|manifest| Some((manifest.path, manifest.table.get("package")?.clone())));
    let poor = members.filter(|(_, package)| {
        let description = package.get("description").and_then(toml::Value::as_str).unwrap_or_default();
        description.len() < A_SENTENCE
    });
    poor.map(|(path, _)| Found::new(path, 1, "no description that says what it is for")).collect()
}

/// A manifest of this workspace.
pub(super) struct Manifest<'a> {
    pub(super) path: &'a str,
    pub(super) table: toml::Table,
}

/// The root's and its members' manifests. One that cannot be read is an empty one here, and cargo says the rest.
pub(super) fn manifests(tree: &Tree) -> impl Iterator<Item = Manifest<'_>> {
    let own = tree.files.iter().filter(|(path, _)| path.ends_with("Cargo.toml") && !path.starts_with("examples/"));
    own.map(|(path, text)| Manifest { path, table: toml::from_str(text).unwrap_or_default() })
}
