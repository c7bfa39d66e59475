//! Rules about what people read.

use super::{Found, Tree};
use crate::{markdown, readme::READMES};

/// First folders of paths that exist on somebody's machine alone. Names only, so that this file obeys its own rule.
const MACHINE_FOLDERS: [&str; 4] = ["home", "root", "work", "Users"];

pub(super) fn no_machine_paths(tree: &Tree) -> Vec<Found> {
    let mut found = Vec::new();
    for (path, text) in tree.files.iter().filter(|(path, _)| !path.ends_with(".lock")) {
        for (i, line) in text.lines().enumerate() {
            let named = MACHINE_FOLDERS.iter().filter(|name| begins_a_path(line, &format!("/{name}/")));
            found.extend(named.map(|name| Found::new(path, i + 1, format!("a path of one machine, below `{name}`"))));
        }
    }
    found
}

/// Whether the folder stands in the line as the beginning of a path, not in the middle of one.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '~' | '*' | '}' | '>' | '/'))
    })
}

pub(super) fn readmes_agree(tree: &Tree) -> Vec<Found> {
    let texts = READMES.map(|path| tree.files.get(path));
    let [Some(first), Some(second)] = texts else {
        let missing = READMES.iter().zip(texts).filter(|(_, text)| text.is_none());
        return missing.map(|(path, _)| Found::new(*path, 1, "does not exist")).collect();
    };
    let [first, second] = [first, second].map(|text| markdown::blocks(text));
    let [first, second] = [&first, &second].map(|blocks| blocks.iter().flat_map(|b| b.commands()).collect::<Vec<_>>());
    if let Some(((line, ours), (_, theirs))) = second.iter().zip(&first).find(|((_, a), (_, b))| a != b) {
        return vec![Found::new(READMES[1], *line, format!("`{ours}` stands where {} has `{theirs}`", READMES[0]))];
    }
    let (longer, more, fewer) = match first.len() > second.len() {
        true => (READMES[0], &first, second.len()),
        false => (READMES[1], &second, first.len()),
    };
    let extra =
        more.get(fewer).map(|(line, command)| Found::new(longer, *line, format!("`{command}` stands here alone")));
    extra.into_iter().collect()
}

const ARCHITECTURE: &str = "ARCHITECTURE.md";

pub(super) fn documents_are_true(tree: &Tree) -> Vec<Found> {
    let mut found = Vec::new();
    match tree.files.get(ARCHITECTURE) {
        Some(text) => found.extend(wrong_names(tree, text)),
        None => found.push(Found::new(ARCHITECTURE, 1, "does not exist")),
    }
    for (path, text) in tree.files.iter().filter(|(path, _)| path.ends_with(".md")) {
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        for (i, line) in text.lines().enumerate() {
            let dead = links(line).filter(|link| !exists(tree, &format!("{folder}{link}")));
            found.extend(dead.map(|link| Found::new(path, i + 1, format!("the link to `{link}` leads nowhere"))));
        }
    }
    found
}

/// Paths and crates that the text names and that are not there, and crates that it does not name.
fn wrong_names(tree: &Tree, text: &str) -> Vec<Found> {
    let crates: Vec<_> =
        tree.files.keys().filter_map(|p| p.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")).collect();
    let mut found = Vec::new();
    let mut in_block = false;
    for (i, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            in_block = !in_block;
            continue;
        }
        // In prose only what stands in back-quotes is a name.
        let named: Vec<_> = if in_block { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
        for word in named.iter().flat_map(|span| span.split_whitespace()).map(|word| word.trim_matches(PUNCTUATION)) {
            if is_crate_name(word) && !crates.contains(&word) {
                found.push(Found::new(ARCHITECTURE, i + 1, format!("there is no crate `{word}`")));
            } else if is_path(word) && !stands_somewhere(tree, &crates, word) {
                found.push(Found::new(ARCHITECTURE, i + 1, format!("there is no `{word}`")));
            }
        }
    }
    let silent = crates.iter().filter(|name| !text.contains(**name));
    found.extend(silent.map(|name| Found::new(ARCHITECTURE, 1, format!("the crate `{name}` is not named"))));
    found
}

const PUNCTUATION: [char; 9] = ['(', ')', ',', ';', ':', '{', '}', '"', '\''];

fn is_crate_name(word: &str) -> bool {
    word.strip_prefix("egress-").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Whether a word of the architecture means a file or folder of this tree: a folder with its slash, a Rust or Markdown
/// file, or anything below a folder that only this tree has.
fn is_path(word: &str) -> bool {
    const ROOMS: [&str; 6] = [".cargo/", ".ci/", ".config/", "crates/", "examples/", "xtask/"];
    let plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
    let begins = ROOMS.iter().any(|room| word.starts_with(room)) || (word.starts_with("egress-") && word.contains('/'));
    let ends = [".rs", ".md", "/"].iter().any(|end| word.len() > end.len() && word.ends_with(end));
    plain && !word.starts_with('/') && !word.starts_with("..") && !word.starts_with("target/") && (begins || ends)
}

/// Whether the path is there from the root, from `crates/`, or from the folder or sources of a crate.
fn stands_somewhere(tree: &Tree, crates: &[&str], path: &str) -> bool {
    let of_crates = crates.iter().flat_map(|name| [format!("crates/{name}/"), format!("crates/{name}/src/")]);
    let mut starts = [String::new(), "crates/".into(), "xtask/src/".into()].into_iter().chain(of_crates);
    starts.any(|start| exists(tree, &format!("{start}{path}")))
}

fn exists(tree: &Tree, path: &str) -> bool {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    tree.files.contains_key(path)
        || tree.files.keys().any(|file| file.strip_prefix(path).is_some_and(|r| r.starts_with('/')))
}

/// The links of a line that lead to files, without what follows `#`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.map(|target| target.split('#').next().unwrap_or_default()).filter(|t| !t.is_empty() && !t.contains(':'))
}
