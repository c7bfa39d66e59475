//! `cargo xtask tidy`: the invariants of the house that a machine can check.
//!
//! [`tree`] reads what the rules look at, once, as plain data; [`rules`] is the table of them, each a pure function of that
//! data. [`rust`] and the sibling module `markdown` read the two languages.

mod rules;
mod rust;
#[cfg(test)]
mod samples;
mod tree;

use std::fmt;

use self::{rules::RULES, tree::Tree};
use crate::run::{Result, print, root};

/// How to check.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Prints the rules, and why each is one, instead of checking them.
    #[arg(long)]
    list: bool,
}

/// Checks the real tree; every violation is printed.
pub(crate) fn run(args: &Args) -> Result {
    if args.list {
        RULES.iter().for_each(|rule| print(&format!("{rule}\n")));
        return Ok(());
    }
    let tree = Tree::read(&root())?;
    let found = check(&tree);
    found.iter().for_each(|violation| print(&format!("{violation}\n")));
    match found.iter().filter(|violation| violation.rule.weight == Weight::Error).count() {
        0 => Ok(()),
        n => Err(format!("{n} violations of {} rules", RULES.len())),
    }
}

/// Every violation of every rule.
fn check(tree: &Tree) -> Vec<Violation> {
    RULES.iter().flat_map(|rule| rule.violations(tree)).collect()
}

/// One thing that may never be, and how it is found.
struct Rule {
    name: &'static str,
    /// Its number under "What may never be" in the design of the house; `None` for a rule of style.
    invariant: Option<u8>,
    /// Why it is one.
    why: &'static str,
    /// How to mend a violation.
    hint: &'static str,
    weight: Weight,
    find: fn(&Tree) -> Vec<Found>,
}

/// What a violation does to the run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It fails.
    Error,
    /// It is told.
    Warning,
}

/// Where a rule is violated, and how.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    path: String,
    /// From 1; 1 where the whole file is meant.
    line: usize,
    sentence: String,
}

impl Found {
    fn new(path: impl Into<String>, line: usize, sentence: impl Into<String>) -> Self {
        Self { path: path.into(), line, sentence: sentence.into() }
    }
}

impl Rule {
    fn violations(&'static self, tree: &Tree) -> Vec<Violation> {
        (self.find)(tree).into_iter().map(|found| Violation { rule: self, found }).collect()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.invariant {
            Some(number) => write!(f, "{} (invariant {number}): {}", self.name, self.why),
            None => write!(f, "{} (style): {}", self.name, self.why),
        }
    }
}

struct Violation {
    rule: &'static Rule,
    found: Found,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, found: Found { path, line, sentence } } = self;
        let weight = if rule.weight == Weight::Warning { "warning: " } else { "" };
        write!(f, "{path}:{line}: {weight}{}: {sentence}\n  hint: {}", rule.name, rule.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_tree_is_tidy() {
        let tree = Tree::read(&root()).unwrap();
        let errors = check(&tree).into_iter().filter(|violation| violation.rule.weight == Weight::Error);
        let errors: Vec<_> = errors.map(|violation| violation.to_string()).collect();
        assert!(errors.is_empty(), "{} violations:\n{}", errors.len(), errors.join("\n"));
    }

    #[test]
    fn a_violation_says_where_and_what_and_how_to_mend_it() {
        let tree = Tree::of(&[("crates/x/src/lib.rs", "fn f() {}\nunsafe fn g() {}")]);
        let rule = RULES.iter().find(|rule| rule.name == "no-unsafe").unwrap();
        let text: Vec<_> = rule.violations(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "crates/x/src/lib.rs:2: no-unsafe: `unsafe` stands here\n  hint: find a safe way; a crate of repute may have it"
            ]
        );
    }
}
