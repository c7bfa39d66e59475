//! How a stack stands, as people read it: the headline, the egress IPs, the functions, the rest, the drift.

use std::{collections::BTreeSet, fmt::Write};

use egress_core::{
    report::paste::Paste,
    trace::{Reason, SourceAddress, Verdict},
};

use super::{
    View,
    steps::{Label, label},
    style,
    text::{and, columns, count, money, paint},
};
use crate::{
    error::with_subject,
    inspect::{EgressIp, FunctionStatus, IpUse, Resource, Standing, Status, Where},
    output::notice_text,
};

impl View for Status {
    fn human(&self) -> String {
        let mut text = headline(self);
        if let Some(lock) = &self.lock {
            let _ = writeln!(text, "{}", paint(style::CHANGED, lock.sentence()));
        }
        section(&mut text, "egress IPs", &columns(2, &self.addresses.iter().map(address).collect::<Vec<_>>()));
        section(&mut text, "functions", &self.functions.iter().map(function).collect::<String>());
        section(
            &mut text,
            "to paste into the tool that attaches functions",
            &self.paste.iter().map(lines).collect::<String>(),
        );
        section(&mut text, "resources", &columns(2, &self.resources.iter().map(resource).collect::<Vec<_>>()));
        section(&mut text, "`egress apply` would", &drift(self));
        section(&mut text, "`egress apply` would refuse", &refusals(self));
        section(&mut text, "good to know", &self.notices.iter().map(notice_text).collect::<String>());
        if let Some(micros) = self.cost.as_ref().and_then(|cost| cost.monthly_micros) {
            let currency = self.cost.as_ref().map(|cost| cost.currency.as_str()).unwrap_or_default();
            let _ = writeln!(
                text,
                "\n{}",
                paint(style::DIM, format!("monthly cost, before traffic: {}", money(micros, currency)))
            );
        }
        text
    }
}

fn headline(status: &Status) -> String {
    let (look, word) = match status.standing {
        Standing::AsSpecified => (style::GOOD, "stands as the spec says".to_owned()),
        Standing::Drifted => (style::CHANGED, format!("has drifted: {} to make", count(status.drift.len(), "change"))),
        Standing::Blocked => (style::BAD, "differs from the spec, and apply would refuse".to_owned()),
        Standing::Absent if status.addresses.is_empty() => (style::CHANGED, "is not there".to_owned()),
        Standing::Absent => (style::CHANGED, "is not there, but for its addresses".to_owned()),
    };
    let place = format!("stack {} in {}, account {}", status.stack, status.place.region, status.place.account);
    format!("{}: {}\n", paint(style::STRONG, place), paint(look, word))
}

fn section(text: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        let _ = write!(text, "\n{}\n{body}", paint(style::STRONG, title));
    }
}

fn address(address: &EgressIp) -> [String; 3] {
    let (look, word) = match address.state {
        IpUse::InUse => (style::GOOD, "in use"),
        IpUse::Coming => (style::CHANGED, "being put on its gateway: nothing leaves from it yet"),
        IpUse::Draining => (style::CHANGED, "taken off its gateway: what is still connected through it may end"),
        IpUse::Parked => (style::CHANGED, "parked: kept and paid for, nothing leaves from it"),
    };
    let key = address.key.as_ref().map_or_else(|| "an address of yours".to_owned(), ToString::to_string);
    [paint(style::STRONG, address.ip), key, paint(look, word)]
}

fn function(function: &FunctionStatus) -> String {
    let runs = match function.runs {
        Where::Stack => paint(style::GOOD, "attached"),
        Where::Moving => paint(style::CHANGED, "being moved"),
        Where::OtherNetwork => paint(style::CHANGED, "in another network"),
        Where::NoNetwork => paint(style::CHANGED, "not attached"),
        Where::Missing => paint(style::BAD, "does not exist"),
    };
    let leaves =
        function.verdict.as_ref().map(|verdict| format!(", {}", leaves(verdict, function.open))).unwrap_or_default();
    let by = if function.external.is_some() { ", by another tool" } else { "" };
    let mut text = format!("  {}  {runs}{by}{leaves}\n", paint(style::STRONG, &function.name));
    for elsewhere in &function.elsewhere {
        let by = match elsewhere.aliases.as_slice() {
            [] => String::new(),
            aliases => format!(
                ", which {} to,",
                if aliases.len() == 1 {
                    format!("alias {} leads", aliases[0])
                } else {
                    format!("aliases {} lead", and(aliases))
                }
            ),
        };
        let _ = writeln!(
            text,
            "    {} version {}{by} keeps the network that it was published with",
            paint(style::WARNING, "!"),
            elsewhere.version
        );
    }
    text
}

/// What becomes of packets, in a few words; `open` where the cloud may add sources.
pub(crate) fn leaves(verdict: &Verdict, open: bool) -> String {
    let from = |sources: &BTreeSet<SourceAddress>| {
        let more = if open { " and whatever addresses the cloud adds" } else { "" };
        format!("leaves from {}{more}", and(sources.iter().map(source)))
    };
    match verdict {
        Verdict::Reaches { sources } => from(sources),
        Verdict::Drops { reasons } => format!("reaches nothing: {}", why(reasons)),
        Verdict::Mixed { sources, reasons } => format!("{} at times only: {}", from(sources), why(reasons)),
        Verdict::Unknown { missing, .. } => format!("nobody can tell where it leaves: {}", missing.join("; ")),
    }
}

fn source(source: &SourceAddress) -> String {
    match source {
        SourceAddress::Fixed { ip: Some(ip), .. } => ip.to_string(),
        SourceAddress::Fixed { address, ip: None } => address.to_string(),
        SourceAddress::Mapped(ip) => ip.to_string(),
        SourceAddress::Private(_) | SourceAddress::Own(_) => source.to_string(),
        SourceAddress::Unfixed => "an IP of the cloud's pool, which changes".to_owned(),
    }
}

fn why(reasons: &[Reason]) -> String {
    reasons.iter().map(|reason| reason.detail.as_str()).collect::<Vec<_>>().join("; ")
}

fn resource(resource: &Resource) -> [String; 3] {
    let existing = resource.existing.then(|| paint(style::DIM, "existing"));
    let told: Vec<String> = resource.detail.clone().into_iter().chain(existing).collect();
    [resource.key.to_string(), paint(style::DIM, &resource.id), told.join(", ")]
}

/// The lines for one tool.
pub(crate) fn lines(paste: &Paste) -> String {
    let text: String = paste.text.lines().map(|line| format!("      {line}\n")).collect();
    format!("  {}: {}\n{text}", paint(style::STRONG, &paste.tool), paste.into)
}

fn drift(status: &Status) -> String {
    let line = |label: Label| format!("  {} {}\n", paint(label.mark.style(), label.mark.sign()), label.text);
    status.drift.iter().map(|step| line(label(step))).collect()
}

fn refusals(status: &Status) -> String {
    let line = |r: &egress_core::plan::Refusal| format!("  {}\n", with_subject(r.subject.as_deref(), &r.message));
    status.refusals.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cloud_may_add_is_not_promised_away() {
        let sources = [SourceAddress::Mapped([198, 51, 100, 7].into())].into();
        let verdict = Verdict::Reaches { sources };
        assert_eq!(leaves(&verdict, false), "leaves from 198.51.100.7");
        assert_eq!(leaves(&verdict, true), "leaves from 198.51.100.7 and whatever addresses the cloud adds");
    }
}
