//! The page of the rules, for people, made from their table.

use std::fmt::Write;

use crate::trace::RuleId;

/// Where the page stands.
const PAGE: &str = "https://github.com/egress/egress/blob/main/docs/rules.md";

impl RuleId {
    /// The link to what the documentation says of it.
    pub fn page(self) -> String {
        format!("{PAGE}#{}", self.as_str().to_lowercase())
    }
}

/// The page that [`RuleId::page`] links to: one section for each rule, in Markdown.
pub fn rules_page() -> String {
    let mut page = String::new();
    for rule in RuleId::ALL {
        let _ = writeln!(page, "## {rule}\n");
    }
    page
}
