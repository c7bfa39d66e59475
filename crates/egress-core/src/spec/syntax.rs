//! What is no TOML at all.

use toml::de::Error;

use super::{
    mistake::{Mistake, Report, Sight, Span},
    words::quoted,
};

/// Reports the parser's errors, and marks where its guesses cannot be trusted. Of each line, only the first is reported:
/// the others follow from it.
pub(super) fn report(text: &str, errors: &[Error], report: &mut Report) {
    let mut errors: Vec<(Span, &str)> = errors.iter().map(|e| (e.span().unwrap_or_default(), e.message())).collect();
    errors.sort_by_key(|(span, _)| (span.start, span.end));
    errors.dedup_by_key(|(span, _)| line_start(text, span.start));
    for (span, message) in errors {
        let begin = text_begins(text, message, &span).unwrap_or(span.start);
        report.sight = Sight::Partial;
        report.guessed.push(guessed(text, begin));
        let mistake = worded(text, message, &span);
        report.mistakes.push(Mistake { span: shown(text, begin, span), ..mistake });
    }
}

/// Where text of many lines begins whose end is missing: the parser tells where it gave up.
fn text_begins(text: &str, message: &str, span: &Span) -> Option<usize> {
    let before = message.contains("multi-line").then(|| text.get(..span.start))??;
    before.rfind("\"\"\"").max(before.rfind("'''"))
}

/// What people see of a place between two characters: its line; the last one with text, at the end of a file.
fn shown(text: &str, begin: usize, span: Span) -> Span {
    if !span.is_empty() {
        return span;
    }
    let nothing_follows = text.get(begin..).is_none_or(|rest| rest.trim().is_empty());
    let last = || text.get(..begin).map_or(0, |before| before.trim_end().len());
    let start = line_start(text, if nothing_follows { last() } else { begin });
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    if line.is_empty() { span } else { start..start + line.len() }
}

/// The parser's words, but for the commonest mistake, of which they say too little.
fn worded(text: &str, message: &str, span: &Span) -> Mistake {
    if !message.starts_with("string values must be quoted") {
        return Mistake::new(span, message);
    }
    match text.get(span.clone()).unwrap_or_default() {
        "" => Mistake::new(span, "there is no value after the `=`"),
        value => Mistake::new(span, format!("{} is not in quotes", quoted(value))).hint("text stands in quotes"),
    }
}

/// The line of a mistake; and if that is a `[header]`, all that would have been under it, which the parser puts elsewhere.
fn guessed(text: &str, at: usize) -> Span {
    let start = line_start(text, at);
    let mut lines = text.get(start..).unwrap_or_default().split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let mut end = start + first.len();
    if first.trim_start().starts_with('[') {
        end += lines.take_while(|line| !line.trim_start().starts_with('[')).map(str::len).sum::<usize>();
    }
    // The end of the file is a place too.
    if end >= text.len() { start..text.len() + 1 } else { start..end }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}
