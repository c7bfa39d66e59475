//! Shows mistakes the way a person would see them, for snapshots.

use std::fmt::Write as _;

use crate::spec::{Mistake, parse};

/// Every mistake and warning of a file, each with its line and a marker under its place.
pub(super) fn rendered(text: &str) -> String {
    let (verdict, mistakes, warnings) = match parse(text) {
        Ok(parsed) => ("accepted", Vec::new(), parsed.warnings),
        Err(error) => ("refused", error.mistakes, error.warnings),
    };
    let mut out = format!("{verdict}\n");
    for (level, list) in [("error", mistakes), ("warning", warnings)] {
        for mistake in list {
            render(text, level, &mistake, &mut out);
        }
    }
    out
}

fn render(text: &str, level: &str, mistake: &Mistake, out: &mut String) {
    let Mistake { message, span, hint } = mistake;
    let start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let number = text[..start].matches('\n').count() + 1;
    let column = text[start..span.start].chars().count();
    let width = text[span.clone()].lines().next().unwrap_or_default().chars().count().max(1);
    writeln!(out, "{level}: {message}").unwrap();
    writeln!(out, "{number:>3} | {line}").unwrap();
    writeln!(out, "    | {}{}", " ".repeat(column), "^".repeat(width)).unwrap();
    if let Some(hint) = hint {
        writeln!(out, "    hint: {hint}").unwrap();
    }
}

/// Each case under its name.
pub(super) fn all_rendered(cases: &[(&str, &str)]) -> String {
    cases.iter().map(|(name, text)| format!("## {name}: {}\n", rendered(text))).collect()
}
