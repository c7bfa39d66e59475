//! What a verification saw, as people read it; and where packets die.

use std::fmt::Write;

use egress_core::plan::external::Standing;

use super::{
    View, style,
    text::{and, columns, paint},
};
use crate::inspect::{DeadEnd, External, Proven, Verified};

impl View for Verified {
    fn human(&self) -> String {
        let mut text = columns(0, &self.proofs.iter().map(proof).collect::<Vec<_>>());
        text.push_str(&columns(0, &self.external.iter().map(external).collect::<Vec<_>>()));
        for dead_end in &self.dead_ends {
            text.push_str(&dead_end_text(dead_end));
        }
        text
    }
}

fn proof(proof: &Proven) -> [String; 4] {
    let expected = and(&proof.expected);
    let subnet = proof.subnet.to_string();
    if proof.proven {
        // A path that was only followed shows no IP of its own.
        let seen = proof.seen.map_or_else(|| expected.clone(), |ip| ip.to_string());
        return [paint(style::GOOD, "✓"), subnet, format!("leaves from {}", paint(style::STRONG, seen)), String::new()];
    }
    let seen = proof.seen.map_or_else(|| "nothing arrived".to_owned(), |ip| format!("seen as {ip}"));
    let detail = proof.detail.clone().unwrap_or_default();
    [
        paint(style::BAD, "✗"),
        subnet,
        format!("{}, expected {expected}", paint(style::STRONG, seen)),
        paint(style::DIM, detail),
    ]
}

/// How a function stands that another tool attaches.
fn external(external: &External) -> [String; 3] {
    let (mark, told) = match &external.standing {
        Standing::Proven => (paint(style::GOOD, "✓"), "is where it should be, by its own tool".to_owned()),
        Standing::Missing => (paint(style::DIM, "-"), "does not exist yet".to_owned()),
        Standing::Moving => (paint(style::DIM, "-"), "is being moved by its own tool".to_owned()),
        Standing::Elsewhere => {
            (paint(style::BAD, "✗"), "is not in the stack's subnets: its own tool must attach it".to_owned())
        }
        Standing::Astray { why } => {
            (paint(style::BAD, "✗"), format!("does not leave from the stack's IPs alone: {why}"))
        }
        Standing::Unknown { missing } => {
            (paint(style::DIM, "-"), format!("nobody can tell where it leaves without {}", and(missing)))
        }
    };
    [mark, format!("function {}", external.function), told]
}

fn dead_end_text(dead_end: &DeadEnd) -> String {
    let title = format!("where a packet from {} to the internet dies", and(&dead_end.subnets));
    let mut text = format!("\n{}\n", paint(style::STRONG, title));
    let last = dead_end.hops.len().saturating_sub(1);
    let hop = |(i, hop): (usize, &egress_core::trace::Hop)| {
        let mark = if i == last { paint(style::BAD, "✗") } else { paint(style::DIM, "↓") };
        let id = hop.id.as_ref().map(|id| paint(style::DIM, id)).unwrap_or_default();
        [mark, hop.kind.clone(), id, hop.detail.clone()]
    };
    text.push_str(&columns(2, &dead_end.hops.iter().enumerate().map(hop).collect::<Vec<_>>()));
    for reason in &dead_end.reasons {
        let on = reason.resource.as_ref().map(|id| format!(" on {id}")).unwrap_or_default();
        let _ = writeln!(text, "{}{on}: {}", paint(style::BAD, reason.rule), reason.detail);
        let _ = writeln!(text, "{} {}", paint(style::HINT, "hint:"), reason.fix);
    }
    for missing in &dead_end.missing {
        let _ = writeln!(text, "{}: {missing}", paint(style::BAD, "unknown"));
    }
    text
}
