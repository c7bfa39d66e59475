//! What is noted while a packet is followed: its hops, and what stops it.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::{Atlas, Hop, Path, Reason, RuleId, SourceAddress, Verdict};
use crate::{CloudId, world::Listing};

/// The notes of one packet's way. Everything is noted: a packet that is stopped is followed further, for the other reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// Whether it gets there without a gateway to the internet.
    pub(super) bypass: bool,
    /// Whether more sources may come to those that are known.
    pub(super) open: bool,
    /// The places that it passes, up to the one that stops it.
    hops: Vec<Hop>,
    /// What stops every connection.
    blocked: Vec<Reason>,
    /// What stops some connections: from some source addresses or to some of their ports.
    partly: Vec<Reason>,
    /// What would have to be known.
    missing: Vec<String>,
    /// What is fragile, though it may work.
    warnings: Vec<Reason>,
    /// What is taken for granted.
    assumed: Vec<String>,
    /// The sources that the destination may see.
    sources: BTreeSet<SourceAddress>,
}

impl Way {
    /// Notes a place, unless the packet has been stopped before it.
    pub(super) fn hop(&mut self, kind: &str, id: Option<&CloudId>, detail: impl Into<String>) {
        if self.blocked.is_empty() {
            self.hops.push(Hop { kind: kind.to_owned(), id: id.cloned(), detail: detail.into() });
        }
    }

    /// Notes what stops every connection.
    pub(super) fn block(&mut self, reason: Reason) {
        note(&mut self.blocked, reason);
    }

    /// Notes what stops some connections.
    pub(super) fn block_some(&mut self, reason: Reason) {
        note(&mut self.partly, reason);
    }

    /// Notes what would have to be known.
    pub(super) fn miss(&mut self, what: impl Into<String>) {
        note(&mut self.missing, what.into());
    }

    /// Notes a thing that is not in the World; where its listing was not read, that is what is missing.
    pub(super) fn lack(&mut self, world: &Atlas<'_>, listing: Listing, what: String) {
        self.miss(world.lacking(listing, what));
    }

    /// Notes what is fragile, though it may work.
    pub(super) fn warn(&mut self, warning: Reason) {
        note(&mut self.warnings, warning);
    }

    /// Notes what is taken for granted.
    pub(super) fn assume(&mut self, what: impl Into<String>) {
        note(&mut self.assumed, what.into());
    }

    /// Notes a source that the destination sees.
    pub(super) fn source(&mut self, source: SourceAddress) {
        self.sources.insert(source);
    }

    /// The sources that the destination sees.
    pub(super) fn sources(&self) -> &BTreeSet<SourceAddress> {
        &self.sources
    }

    /// The same for people.
    pub(super) fn show_sources(&self) -> String {
        self.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
    }

    /// Whether nothing gets through.
    pub(super) fn is_blocked(&self) -> bool {
        !self.blocked.is_empty()
    }

    /// Takes over the sources of a way that the packet may take instead, unless that stops it.
    pub(super) fn may_be_seen_as(&mut self, other: &Self) {
        if !other.is_blocked() {
            self.sources.extend(other.sources.iter().cloned());
        }
    }

    /// Takes over the findings of ways of which one is the packet's, nobody knows which. It is stopped only if each of them
    /// stops it, by what they have in common if there is something; else it may arrive, if what is `missing` does not forbid it.
    pub(super) fn one_of(&mut self, ways: Vec<Self>, missing: Vec<String>) {
        let all_blocked = ways.iter().all(Self::is_blocked);
        self.bypass = ways.iter().all(|way| way.bypass);
        self.open = ways.iter().any(|way| way.open);
        if all_blocked {
            let everywhere = |reason: &&Reason| ways.iter().all(|way| way.blocked.contains(reason));
            let common: Vec<Reason> =
                ways.first().map(|way| way.blocked.iter().filter(everywhere).cloned().collect()).unwrap_or_default();
            let all = ways.iter().flat_map(|way| &way.blocked).cloned();
            let reasons = if common.is_empty() { all.collect() } else { common };
            reasons.into_iter().for_each(|reason| note(&mut self.blocked, reason));
            return;
        }
        for way in ways {
            if !way.is_blocked() {
                way.partly.into_iter().for_each(|reason| note(&mut self.partly, reason));
                way.missing.into_iter().for_each(|what| note(&mut self.missing, what));
                way.warnings.into_iter().for_each(|warning| note(&mut self.warnings, warning));
                way.assumed.into_iter().for_each(|what| note(&mut self.assumed, what));
                self.sources.extend(way.sources);
            }
        }
        missing.into_iter().for_each(|what| note(&mut self.missing, what));
    }

    /// Takes over the findings of ways that the packets are spread over: what stops every packet on some of them stops some
    /// connections. `how` says what spreads them.
    pub(super) fn spread(&mut self, ways: Vec<Self>, how: &str) {
        if let [only] = ways.as_slice() {
            return *self = only.clone();
        }
        if ways.iter().all(Self::is_blocked) {
            return self.one_of(ways, Vec::new());
        }
        self.hop("spread", None, how);
        self.bypass = ways.iter().all(|way| way.bypass);
        for way in ways {
            let arrives = !way.is_blocked();
            let stopped = way.blocked.into_iter().chain(way.partly);
            stopped.for_each(|reason| note(&mut self.partly, reason));
            if arrives {
                self.open |= way.open;
                way.missing.into_iter().for_each(|what| note(&mut self.missing, what));
                way.warnings.into_iter().for_each(|warning| note(&mut self.warnings, warning));
                way.assumed.into_iter().for_each(|what| note(&mut self.assumed, what));
                self.sources.extend(way.sources);
            }
        }
    }

    /// The path, or two of them where only some connections get through: those that do, and those that do not.
    ///
    /// What certainly stops a packet stops it whatever is missing.
    pub(super) fn into_paths(self, subnet: Option<&CloudId>, to: &[IpNet]) -> Vec<Path> {
        let Self { bypass, open, hops, mut blocked, partly, missing, warnings, assumed, sources } = self;
        let path = |hops: Vec<Hop>, verdict| Path {
            subnet: subnet.cloned(),
            to: to.to_vec(),
            bypass,
            open,
            hops,
            verdict,
            warnings: warnings.clone(),
            assumed: assumed.clone(),
        };
        if !blocked.is_empty() {
            partly.into_iter().for_each(|reason| note(&mut blocked, reason));
            return vec![path(hops, Verdict::Drops { reasons: blocked })];
        }
        let arrives =
            if missing.is_empty() { Verdict::Reaches { sources } } else { Verdict::Unknown { sources, missing } };
        let mut paths = vec![path(hops.clone(), arrives)];
        if !partly.is_empty() {
            paths.push(path(hops, Verdict::Drops { reasons: partly }));
        }
        paths
    }
}

impl Reason {
    /// A reason with the rule's own fix.
    pub(super) fn new(rule: RuleId, resource: Option<&CloudId>, detail: impl Into<String>) -> Self {
        Self { rule, resource: resource.cloned(), detail: detail.into(), fix: rule.fix().to_owned() }
    }

    /// The same with a fix that fits the case better.
    pub(super) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: fix.into(), ..self }
    }
}

/// Adds what is not there yet, in the order of the way.
pub(super) fn note<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
