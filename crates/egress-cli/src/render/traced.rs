//! Where a packet goes, as people read it: the verdict in words, the ways drawn, why, and what is not known.

use std::fmt::Write;

use super::{
    View,
    flow::flows,
    style,
    text::{and, paint, wrapped},
};
use crate::{
    ask::Resolved,
    inspect::{Traced, TracedReason, Word},
    output::width,
};

impl View for Traced {
    fn human(&self) -> String {
        traced(self, width())
    }
}

/// The whole text, in lines of at most `width` columns where words allow it.
pub(crate) fn traced(answer: &Traced, width: usize) -> String {
    let mut text = wrapped(&headline(answer), 0, 0, width);
    if let Some(told) = addresses(answer) {
        text.push_str(&wrapped(&paint(style::DIM, told), 0, 0, width));
    }
    for flow in flows(answer, width) {
        text.push('\n');
        text.push_str(&flow);
    }
    let reasons: String = answer.reasons().into_iter().map(|reason| of_reason(reason, style::BAD, width)).collect();
    section(&mut text, "why", &reasons);
    section(&mut text, "what would have to be known", &items(&answer.missing, width));
    let warnings: String = answer.warnings().into_iter().map(|w| of_reason(w, style::WARNING, width)).collect();
    section(&mut text, "what is fragile", &warnings);
    section(&mut text, "what is taken for granted", &items(&answer.assumed, width));
    section(&mut text, "what was not understood", &items(&answer.notes, width));
    text
}

/// The verdict, in words.
fn headline(answer: &Traced) -> String {
    let query = &answer.query;
    let to = match (query.port, query.protocol.as_str()) {
        (Some(port), "tcp") => format!("{} at port {port}", query.to),
        (Some(port), protocol) => format!("{} at {protocol} port {port}", query.to),
        (None, protocol) => format!("{} by {protocol}", query.to),
    };
    let (source, seen) = (&query.source, seen(answer));
    let (mark, said) = match answer.verdict {
        Word::Reaches => (paint(style::GOOD, "✓"), format!("{source} reaches {to} and is seen as {seen}")),
        Word::Drops => (paint(style::BAD, "✗"), format!("{source} does not reach {to}")),
        Word::Mixed => (
            paint(style::CHANGED, "!"),
            format!("{source} reaches {to} on some paths only, and is then seen as {seen}"),
        ),
        Word::Unknown if answer.source_ips.is_empty() => {
            (paint(style::CHANGED, "?"), format!("nobody can tell whether {source} reaches {to}"))
        }
        Word::Unknown => (
            paint(style::CHANGED, "?"),
            format!("nobody can tell whether {source} reaches {to}; if it does, it is seen as {seen}"),
        ),
    };
    format!("{mark} {}", paint(style::STRONG, said))
}

/// The sources that the destination sees, for people.
fn seen(answer: &Traced) -> String {
    let pool = answer.pool.then_some("an IP of the cloud's pool, which changes");
    match answer.source_ips.iter().map(String::as_str).chain(pool).collect::<Vec<_>>().split_last() {
        None => "an address that is not known".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// Which addresses the destination's name has, and who says so.
fn addresses(answer: &Traced) -> Option<String> {
    let query = &answer.query;
    let by = match query.resolved_by? {
        Resolved::Flag => "--resolve",
        Resolved::Mock => "the mock internet",
        Resolved::Resolver => "this machine's resolver",
    };
    Some(match query.ips.as_slice() {
        [] => format!("{} has no address, says {by}", query.to),
        ips => format!("{} is {}, says {by}", query.to, and(ips)),
    })
}

fn section(text: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        let _ = write!(text, "\n{}\n{body}", paint(style::STRONG, title));
    }
}

fn items(items: &[String], width: usize) -> String {
    items.iter().map(|item| wrapped(&format!("- {item}"), 2, 4, width)).collect()
}

fn of_reason(reason: &TracedReason, look: anstyle::Style, width: usize) -> String {
    let on = reason.resource.as_ref().map(|id| format!(" on {id}")).unwrap_or_default();
    let what = format!("{}{on}: {}", paint(look, &reason.rule), reason.detail);
    let hint = format!("{} {}", paint(style::HINT, "hint:"), reason.fix);
    wrapped(&what, 2, 4, width) + &wrapped(&hint, 4, 6, width)
}
