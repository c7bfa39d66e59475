//! Runs of numbers, addresses or ports, and how much of a run a filter leaves open.

use std::{collections::BTreeSet, fmt, net::Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets};

/// A run of addresses or ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) first: u32,
    pub(super) last: u32,
}

impl Span {
    /// The addresses of a prefix.
    pub(super) fn of(net: &Ipv4Net) -> Self {
        Self { first: net.network().into(), last: net.broadcast().into() }
    }

    /// Ports, both ends included.
    pub(super) fn of_ports((first, last): (u16, u16)) -> Self {
        Self { first: first.into(), last: last.into() }
    }

    /// The address that stands for all of them.
    pub(super) fn representative(self) -> Ipv4Addr {
        self.first.into()
    }

    /// How many.
    pub(super) fn len(self) -> u64 {
        u64::from(self.last) - u64::from(self.first) + 1
    }

    /// Whether a number is in it.
    pub(super) fn contains(self, number: u32) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

/// Runs of addresses as the fewest prefixes, ordered.
pub(super) fn prefixes(spans: &[Span]) -> Vec<Ipv4Net> {
    let nets = spans.iter().flat_map(|s| Ipv4Subnets::new(s.first.into(), s.last.into(), 0)).collect();
    Ipv4Net::aggregate(&nets)
}

/// Where runs are cut: each number is the first one of a new run.
#[derive(Clone, Debug, Default)]
pub(super) struct Cuts(BTreeSet<u32>);

impl Cuts {
    /// Cuts at both ends of a run.
    pub(super) fn around(&mut self, span: Span) {
        self.0.insert(span.first);
        self.0.extend(span.last.checked_add(1));
    }

    /// Cuts at both ends of a prefix. IPv6 cuts nothing: the two families never meet.
    pub(super) fn around_net(&mut self, net: &IpNet) {
        if let IpNet::V4(net) = net {
            self.around(Span::of(net));
        }
    }

    /// A run in pieces, in order: no cut lies inside a piece.
    pub(super) fn split(&self, span: Span) -> Vec<Span> {
        let mut pieces = Vec::new();
        let mut first = span.first;
        for cut in self.0.range(span.first..=span.last).copied().filter(|cut| *cut > span.first) {
            pieces.push(Span { first, last: cut - 1 });
            first = cut;
        }
        pieces.push(Span { first, last: span.last });
        pieces
    }
}

/// How much of a set of possible connections a filter lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    open: u64,
    total: u64,
}

impl Share {
    /// Counts some connections, which all pass or all do not.
    pub(super) fn count(&mut self, connections: u64, pass: bool) {
        self.total += connections;
        self.open += if pass { connections } else { 0 };
    }

    /// Whether all pass.
    pub(super) fn is_all(self) -> bool {
        self.open == self.total
    }

    /// Whether none passes.
    pub(super) fn is_none(self) -> bool {
        self.open == 0
    }

    /// The part that does not pass, for people: in per cent, cut to one decimal.
    pub(super) fn closed(self) -> impl fmt::Display {
        let per_mille = u128::from(self.total - self.open) * 1000 / u128::from(self.total.max(1));
        match (per_mille / 10, per_mille % 10) {
            (0, 0) if self.open < self.total => "less than 0.1 %".to_owned(),
            (whole, 0) => format!("{whole} %"),
            (whole, tenth) => format!("{whole}.{tenth} %"),
        }
    }
}
