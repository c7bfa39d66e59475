//! What is no TOML at all.

use toml::de::Error;

use super::mistake::{Mistake, Report, Span};

/// Reports the parser's errors, and marks where its guesses cannot be trusted.
pub(super) fn report(text: &str, errors: &[Error], report: &mut Report) {
    for error in errors {
        let span = error.span().unwrap_or_default();
        report.guessed.push(guessed(text, span.start));
        report.mistakes.push(Mistake::new(&span, error.message()));
    }
}

/// The line of a mistake; and if that is a `[header]`, all that would have been under it, which the parser puts elsewhere.
fn guessed(text: &str, at: usize) -> Span {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let mut lines = text.get(start..).unwrap_or_default().split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let mut end = start + first.len();
    if first.trim_start().starts_with('[') {
        end += lines.take_while(|line| !line.trim_start().starts_with('[')).map(str::len).sum::<usize>();
    }
    // The end of the file is a place too.
    if end >= text.len() { start..text.len() + 1 } else { start..end }
}
