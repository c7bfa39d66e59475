//! What is found, merged: one note for each rule and resource, with everyone whom it touches.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::{Finding, Mend};
use crate::{
    CloudId,
    trace::{RuleId, Severity},
};

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Notes {
    notes: BTreeMap<(RuleId, Option<CloudId>), Note>,
    missing: BTreeSet<String>,
}

/// One finding in the making.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) rule: RuleId,
    pub(super) severity: Severity,
    pub(super) resource: Option<CloudId>,
    /// What is wrong, in the order of the finds: mostly one sentence.
    pub(super) details: Vec<String>,
    pub(super) fix: String,
    pub(super) mend: Vec<Mend>,
    pub(super) functions: BTreeSet<CloudId>,
    /// On which paths it was found.
    pub(super) seen: Vec<Seen>,
}

/// A path that something was found on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    /// Where it starts.
    pub(super) subnet: CloudId,
    /// Which destinations it is for.
    pub(super) to: Vec<IpNet>,
    /// Whether it stays clear of the gateways to the internet.
    pub(super) bypass: bool,
    /// The gateways that translate on it, in order.
    pub(super) nats: Vec<CloudId>,
}

/// So many sentences are shown of one finding.
const MOST_DETAILS: usize = 4;

impl Notes {
    /// The note of a rule and resource, made where it is not there yet.
    pub(super) fn on(&mut self, rule: RuleId, resource: Option<&CloudId>) -> &mut Note {
        self.notes.entry((rule, resource.cloned())).or_insert_with(|| Note {
            rule,
            severity: rule.severity(),
            resource: resource.cloned(),
            details: Vec::new(),
            fix: rule.fix().to_owned(),
            mend: Vec::new(),
            functions: BTreeSet::new(),
            seen: Vec::new(),
        })
    }

    /// Notes what would have to be known.
    pub(super) fn miss(&mut self, what: impl Into<String>) {
        self.missing.insert(what.into());
    }

    /// Every note, in the order of rules and resources, and what is missing.
    pub(super) fn into_parts(self) -> (impl Iterator<Item = Note>, Vec<String>) {
        (self.notes.into_values(), self.missing.into_iter().collect())
    }
}

impl Note {
    /// One more sentence about it.
    pub(super) fn detail(&mut self, detail: impl Into<String>) -> &mut Self {
        let detail = detail.into();
        if !self.details.contains(&detail) {
            self.details.push(detail);
        }
        self
    }

    /// A fix that fits better than the rule's own.
    pub(super) fn fix(&mut self, fix: impl Into<String>) -> &mut Self {
        self.fix = fix.into();
        self
    }

    /// Functions that it touches.
    pub(super) fn touches<'a>(&mut self, functions: impl IntoIterator<Item = &'a CloudId>) -> &mut Self {
        self.functions.extend(functions.into_iter().cloned());
        self
    }

    /// What would mend it, after what is there already.
    pub(super) fn mend(&mut self, mends: impl IntoIterator<Item = Mend>) -> &mut Self {
        for mend in mends {
            if !self.mend.contains(&mend) {
                self.mend.push(mend);
            }
        }
        self
    }

    /// A path that it was found on.
    pub(super) fn seen(&mut self, seen: Seen) -> &mut Self {
        if !self.seen.contains(&seen) {
            self.seen.push(seen);
        }
        self
    }

    /// The finding, for people.
    pub(super) fn into_finding(self) -> Finding {
        let Self { rule, severity, resource, mut details, fix, mend, functions, .. } = self;
        let more = details.len().saturating_sub(MOST_DETAILS);
        details.truncate(MOST_DETAILS);
        if more > 0 {
            details.push(format!("and {more} more"));
        }
        Finding { rule, severity, resource, detail: details.join("; "), fix, mend, functions }
    }
}
