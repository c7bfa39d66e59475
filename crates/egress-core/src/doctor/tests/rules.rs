//! The page of the rules.

use std::{collections::BTreeSet, path::Path};

use super::super::{page::without_source, rules_page};
use crate::trace::RuleId;

/// Where the page stands in the repository. It is written anew where `EGRESS_UPDATE_DOCS` is set.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");

#[test]
fn the_page_in_the_repository_is_made_from_the_table() {
    let page = Path::new(PAGE);
    if !page.parent().is_some_and(|docs| docs.parent().is_some_and(|root| root.join("Cargo.lock").exists())) {
        return eprintln!("skipped: this is not the repository");
    }
    if std::env::var_os("EGRESS_UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(page.parent().unwrap()).unwrap();
        std::fs::write(page, rules_page()).unwrap();
    }
    let there = std::fs::read_to_string(page).unwrap_or_default();
    assert!(there == rules_page(), "docs/rules.md is old: run this test with EGRESS_UPDATE_DOCS=1");
}

#[test]
fn every_rule_has_a_section_and_its_link_leads_there() {
    let page = rules_page();
    let sections: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(sections, RuleId::ALL.iter().map(|rule| rule.as_str()).collect());
    for rule in RuleId::ALL {
        let link = rule.page();
        let (_, anchor) = link.split_once('#').unwrap();
        // How GitHub makes an anchor from a heading.
        assert_eq!(anchor, rule.as_str().to_lowercase());
    }
}

#[test]
fn every_rule_says_where_its_facts_are_from() {
    assert_eq!(without_source().collect::<Vec<_>>(), Vec::<RuleId>::new());
}
