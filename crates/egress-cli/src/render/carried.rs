//! What came of a run, as people read it: what was done, what stands.

use std::fmt::Write;

use egress_core::{
    Kind,
    execute::Report,
    op::{FunctionOp, Op},
    plan::{Action, Fate, Plan},
};
use serde::Serialize;

use super::{
    View, style,
    text::{columns, count, duration, money, paint},
};
use crate::output::notice_text;

/// What a command that changes things prints at its end.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Carried<'a> {
    /// What was to be done.
    pub(crate) deed: Deed,
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// What came of it.
    pub(crate) report: &'a Report,
}

/// What was to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Deed {
    /// `egress apply`.
    Apply,
    /// `egress attach`.
    Attach,
    /// `egress detach`.
    Detach,
    /// `egress destroy`.
    Destroy,
    /// `egress recover`.
    Recover,
}

impl Deed {
    /// The command's name.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Attach => "attach",
            Self::Detach => "detach",
            Self::Destroy => "destroy",
            Self::Recover => "recover",
        }
    }

    fn needless(self) -> &'static str {
        match self {
            Self::Apply => "nothing to do: everything stands as the spec says",
            Self::Attach => "nothing to do: attached already",
            Self::Detach => "nothing to do: not attached",
            Self::Destroy => "nothing to do: nothing of the stack is there to be taken down",
            Self::Recover => "nothing to do: the account holds the address",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Apply => "applied",
            Self::Attach => "attached",
            Self::Detach => "detached",
            Self::Destroy => "destroyed",
            Self::Recover => "recovered",
        }
    }
}

impl View for Carried<'_> {
    fn human(&self) -> String {
        let mut text = headline(self);
        text.push_str(&columns(2, &facts(self)));
        if !self.report.is_complete() {
            text.push_str(&unfinished(self));
        }
        text.extend(self.report.notices.iter().map(notice_text));
        text
    }
}

fn headline(carried: &Carried<'_>) -> String {
    let Carried { deed, plan, report } = carried;
    let changes = plan.steps.iter().filter(|step| matches!(step.action, Action::Change(_)));
    let (done, left): (Vec<_>, Vec<_>) = changes.partition(|step| report.done.contains(&step.id));
    let (made, all) = (done.len(), done.len() + left.len());
    let took = duration(report.took);
    if report.is_complete() && all == 0 {
        return format!("{}\n", paint(style::GOOD, deed.needless()));
    }
    if report.is_complete() {
        return format!("{} {} in {took}\n", paint(style::GOOD, format!("{}:", deed.done())), count(made, "change"));
    }
    let word = if report.stopped { "stopped" } else { "failed" };
    format!("{} after {made} of {} in {took}\n", paint(style::BAD, word), count(all, "change"))
}

/// The egress IPs and the functions, which are what people look for.
fn facts(carried: &Carried<'_>) -> Vec<[String; 3]> {
    let Carried { plan, report, .. } = carried;
    let mut rows = Vec::new();
    for address in &plan.addresses {
        let Some(ip) = address.ip.or_else(|| report.addresses.get(&address.key).copied()) else { continue };
        let ip = paint(style::STRONG, ip);
        let row = match address.fate {
            Fate::New => ["egress IP".to_owned(), ip, "new: give it to your third parties".to_owned()],
            Fate::Kept => ["egress IP".to_owned(), ip, "kept".to_owned()],
            Fate::Parked => ["kept".to_owned(), ip, parked(carried)],
            Fate::Recovered if !report.addresses.contains_key(&address.key) => continue,
            Fate::Recovered => ["recovered".to_owned(), ip, "yours again; nothing leaves from it yet".to_owned()],
            // The run ended before it came to that.
            Fate::GivenUp if report.bindings.contains_key(&address.key) => {
                ["kept".to_owned(), ip, "not given away yet".to_owned()]
            }
            Fate::GivenUp => ["given up".to_owned(), ip, "take it off your third parties' lists".to_owned()],
        };
        rows.push(row);
    }
    for (word, function) in moved(carried) {
        rows.push([word.to_owned(), paint(style::STRONG, function), String::new()]);
    }
    rows
}

fn parked(carried: &Carried<'_>) -> String {
    let Carried { plan, .. } = carried;
    // Where nothing else is left the bill is that of the addresses.
    let alone = plan.addresses.iter().all(|address| matches!(address.fate, Fate::Parked | Fate::GivenUp));
    let price = plan.cost.monthly_micros.filter(|_| alone).map(|micros| money(micros, &plan.cost.currency));
    let price = price.map(|price| format!(", at {price} a month")).unwrap_or_default();
    format!("yours still{price}; the next apply uses it again, `--release-address` gives it away")
}

/// The functions that were attached or detached.
fn moved<'a>(carried: &Carried<'a>) -> Vec<(&'static str, &'a str)> {
    let done = carried.plan.steps.iter().filter(|step| carried.report.done.contains(&step.id));
    let moved = done.filter_map(|step| match &step.action {
        Action::Change(Op::Function(FunctionOp::SetAttachment(op))) => {
            let attached = matches!(carried.deed, Deed::Apply | Deed::Attach) && op.to.is_some();
            Some((if attached { "attached" } else { "detached" }, op.function.name.as_str()))
        }
        _ => None,
    });
    moved.collect()
}

/// How many of the steps that were not done are listed.
const LISTED: usize = 8;

/// What stands where a run did not come to its end. What failed is said as an error.
fn unfinished(carried: &Carried<'_>) -> String {
    let report = carried.report;
    let mut text = String::new();
    let stands = report.bindings.iter().filter(|(key, _)| key.kind != Kind::Function && key.kind != Kind::Role);
    let rows: Vec<[String; 2]> = stands.map(|(key, id)| [key.to_string(), paint(style::DIM, id)]).collect();
    if !rows.is_empty() {
        let _ = write!(text, "\n{}\n{}", paint(style::STRONG, "what stands"), columns(2, &rows));
    }
    if !report.not_run.is_empty() {
        let _ = writeln!(text, "\n{}", paint(style::STRONG, "not done"));
        for step in report.not_run.iter().take(LISTED) {
            let _ = writeln!(text, "  {step}");
        }
        if report.not_run.len() > LISTED {
            let _ = writeln!(text, "  {}", paint(style::DIM, format!("and {} more", report.not_run.len() - LISTED)));
        }
    }
    text
}
