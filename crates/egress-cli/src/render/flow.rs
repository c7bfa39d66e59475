//! The ways of a packet, drawn: a vertical line of hops, into which the ways of other subnets lead where the rest is the same.

use super::{
    style,
    text::{and, paint, wrapped},
};
use crate::inspect::{Traced, TracedHop, TracedPath, Word};

/// How many ranges of a path's destinations are told.
const SOME_RANGES: usize = 3;

/// A drawing for each lot of paths that share their end.
pub(super) fn flows(answer: &Traced, width: usize) -> Vec<String> {
    let several_parts = answer.paths.iter().any(|path| answer.paths.first().is_some_and(|first| first.to != path.to));
    let fates_differ =
        answer.paths.iter().any(|path| answer.paths.first().is_some_and(|first| first.verdict != path.verdict));
    let titles = Titles { several_parts, fates_differ };
    joined(&answer.paths).iter().map(|flow| draw(flow, titles, width)).collect()
}

/// Paths that share their end.
struct Flow<'a> {
    paths: Vec<&'a TracedPath>,
    /// How many hops at the end they share.
    shared: usize,
}

/// What has to be told to know one path from another.
#[derive(Clone, Copy)]
struct Titles {
    several_parts: bool,
    fates_differ: bool,
}

/// Puts every path to the first that it can share the end with. What is shared once never becomes less.
fn joined(paths: &[TracedPath]) -> Vec<Flow<'_>> {
    let mut flows: Vec<Flow<'_>> = Vec::new();
    for path in paths {
        let home = flows.iter_mut().find_map(|flow| {
            let shared = flow.paths.iter().map(|other| shared(other, path)).min().unwrap_or(0);
            let enough = if flow.paths.len() == 1 { shared > 0 } else { shared >= flow.shared };
            enough.then_some((flow, shared))
        });
        match home {
            Some((flow, shared)) => {
                flow.shared = if flow.paths.len() == 1 { shared } else { flow.shared };
                flow.paths.push(path);
            }
            None => flows.push(Flow { paths: vec![path], shared: path.hops.len() }),
        }
    }
    flows
}

/// How many hops at their end two paths share: the same places, but for ACLs, which each subnet may have its own of. Paths of one
/// subnet, or with different fates or destinations, are told apart.
fn shared(a: &TracedPath, b: &TracedPath) -> usize {
    if a.subnet == b.subnet || (&a.to, a.verdict, &a.missing) != (&b.to, b.verdict, &b.missing) {
        return 0;
    }
    let same = |(a, b): &(&TracedHop, &TracedHop)| a.kind == b.kind && (a.id == b.id || a.kind == "acl");
    let end: Vec<_> = a.hops.iter().rev().zip(b.hops.iter().rev()).take_while(same).collect();
    // It begins with a place that is certainly one and the same.
    let apart = end.iter().rev().take_while(|(a, b)| a.id.is_none() || a.id != b.id).count();
    end.len() - apart
}

fn draw(flow: &Flow<'_>, titles: Titles, width: usize) -> String {
    let mut text = String::new();
    for (i, path) in flow.paths.iter().enumerate() {
        let own = path.hops.len().saturating_sub(flow.shared);
        let rail = if i == 0 { "" } else { "│ " };
        if i > 0 {
            text.push_str(&format!("  {}\n", paint(style::DIM, "│")));
        }
        text.push_str(&format!("  {}{}\n", paint(style::DIM, rail), title(path, titles)));
        for hop in path.hops.iter().take(own) {
            text.push_str(&drawn(&[hop], path, rail, Ends::Goes, width));
        }
        if i > 0 {
            text.push_str(&format!("  {}\n", paint(style::DIM, "├─╯")));
        }
    }
    for at in (0..flow.shared).rev() {
        let here: Vec<&TracedHop> = flow.paths.iter().filter_map(|path| path.hops.iter().rev().nth(at)).collect();
        let ends = if at == 0 { Ends::Here } else { Ends::Goes };
        if let Some(path) = flow.paths.first() {
            text.push_str(&drawn(&here, path, "", ends, width));
        }
    }
    text
}

/// Whether the line goes on below a hop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Here,
    Goes,
}

/// One place: its sort, id and name, and below it what happens there, for each path in its own words.
fn drawn(hops: &[&TracedHop], path: &TracedPath, rail: &str, ends: Ends, width: usize) -> String {
    let Some(first) = hops.first() else { return String::new() };
    let one_id = hops.iter().all(|hop| hop.id == first.id);
    let id = first.id.as_ref().filter(|_| one_id).map(|id| format!(" {id}")).unwrap_or_default();
    let name = first.name.as_ref().filter(|_| one_id).map(|name| format!(" ({name})")).unwrap_or_default();
    let mut text = format!(
        "  {}{} {}{}\n",
        paint(style::DIM, rail),
        sign(first, path, ends),
        paint(style::STRONG, &first.kind),
        paint(style::DIM, format!("{id}{name}"))
    );
    let line = if ends == Ends::Here { " " } else { "│" };
    let margin = format!("  {}   ", paint(style::DIM, format!("{rail}{line}")));
    let margin_width = 6 + rail.chars().count();
    let mut told: Vec<String> = Vec::new();
    for hop in hops {
        let of = hop.id.as_ref().filter(|_| !one_id).map(|id| format!("{id}: ")).unwrap_or_default();
        let detail = format!("{of}{}", hop.detail);
        if !told.contains(&detail) {
            for line in wrapped(&detail, 0, 0, width.saturating_sub(margin_width)).lines() {
                text.push_str(&format!("{margin}{line}\n"));
            }
            told.push(detail);
        }
    }
    text
}

/// What becomes of the packet at a place.
fn sign(hop: &TracedHop, path: &TracedPath, ends: Ends) -> String {
    let stops = path.reasons.iter().any(|reason| reason.detail == hop.detail);
    match path.verdict {
        Word::Drops if stops || ends == Ends::Here => paint(style::BAD, "✗"),
        Word::Unknown if ends == Ends::Here => paint(style::CHANGED, "?"),
        _ => paint(style::GOOD, "○"),
    }
}

/// Which path it is.
fn title(path: &TracedPath, titles: Titles) -> String {
    let from = match &path.subnet {
        Some(subnet) => {
            let name = path.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            format!("from {subnet}{name}")
        }
        None => "from the cloud's own network".to_owned(),
    };
    let to = if titles.several_parts { format!(" to {}", parts(&path.to)) } else { String::new() };
    let fate = match path.verdict {
        _ if !titles.fates_differ => String::new(),
        Word::Reaches | Word::Mixed => ": gets there".to_owned(),
        Word::Drops => ": is dropped".to_owned(),
        Word::Unknown => ": nobody can tell".to_owned(),
    };
    paint(style::STRONG, format!("{from}{to}{fate}"))
}

/// A few of the ranges, and how many more there are.
fn parts(to: &[String]) -> String {
    match to.get(..SOME_RANGES) {
        Some(some) if to.len() > SOME_RANGES + 1 => {
            format!("{} and {} more ranges", some.join(", "), to.len() - SOME_RANGES)
        }
        _ => and(to),
    }
}
