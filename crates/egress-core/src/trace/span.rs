//! Runs of numbers, addresses or ports, and how much of a run a filter leaves open.

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};

/// What the numbers of a run are. Runs of different sorts never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Axis {
    /// IPv4 addresses.
    V4,
    /// IPv6 addresses.
    V6,
    /// Ports.
    Port,
}

/// A run of addresses or ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) axis: Axis,
    pub(super) first: u128,
    pub(super) last: u128,
}

impl Span {
    /// The addresses of a prefix.
    pub(super) fn of(net: &IpNet) -> Self {
        match net {
            IpNet::V4(net) => Self::of_v4(u32::from(net.network()), u32::from(net.broadcast())),
            IpNet::V6(net) => Self { axis: Axis::V6, first: net.network().into(), last: net.broadcast().into() },
        }
    }

    /// IPv4 addresses, both ends included.
    pub(super) fn of_v4(first: u32, last: u32) -> Self {
        Self { axis: Axis::V4, first: first.into(), last: last.into() }
    }

    /// Ports, both ends included.
    pub(super) fn of_ports((first, last): (u16, u16)) -> Self {
        Self { axis: Axis::Port, first: first.into(), last: last.into() }
    }

    /// The address that stands for all of them.
    pub(super) fn representative(self) -> IpAddr {
        match self.axis {
            Axis::V4 | Axis::Port => v4(self.first).into(),
            Axis::V6 => Ipv6Addr::from(self.first).into(),
        }
    }

    /// How many; a number that is too big for an integer is near enough as a fraction.
    pub(super) fn len(self) -> f64 {
        (self.last - self.first) as f64 + 1.0
    }

    /// Whether a run that no cut parts from this one lies in it.
    pub(super) fn holds(self, piece: Self) -> bool {
        self.axis == piece.axis && (self.first..=self.last).contains(&piece.first)
    }

    /// Whether two runs have a number in common.
    pub(super) fn meets(self, other: Self) -> bool {
        self.axis == other.axis && self.first <= other.last && other.first <= self.last
    }
}

/// Runs of addresses as the fewest prefixes, ordered.
pub(super) fn prefixes(spans: &[Span]) -> Vec<IpNet> {
    let subnets = |span: &Span| match span.axis {
        Axis::V4 | Axis::Port => IpSubnets::V4(Ipv4Subnets::new(v4(span.first), v4(span.last), 0)),
        Axis::V6 => IpSubnets::V6(Ipv6Subnets::new(span.first.into(), span.last.into(), 0)),
    };
    IpNet::aggregate(&spans.iter().flat_map(subnets).collect())
}

fn v4(number: u128) -> Ipv4Addr {
    // Runs of IPv4 are made of 32-bit numbers only.
    u32::try_from(number).unwrap_or(u32::MAX).into()
}

/// Where runs are cut, and around what.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    /// Each number is the first one of a new run.
    points: BTreeSet<(Axis, u128)>,
    around: BTreeSet<Span>,
}

impl Cuts {
    /// No cut.
    pub(super) const NONE: Self = Self { points: BTreeSet::new(), around: BTreeSet::new() };

    /// Cuts at both ends of a run.
    pub(super) fn around(&mut self, span: Span) {
        if self.around.insert(span) {
            self.points.insert((span.axis, span.first));
            self.points.extend(span.last.checked_add(1).map(|next| (span.axis, next)));
        }
    }

    /// Cuts at both ends of a prefix.
    pub(super) fn around_net(&mut self, net: &IpNet) {
        self.around(Span::of(net));
    }

    /// Takes over the cuts of another set.
    pub(super) fn extend(&mut self, other: Self) {
        self.points.extend(other.points);
        self.around.extend(other.around);
    }

    /// The runs of all sets that a piece lies in, of those that were cut around.
    pub(super) fn holding(sets: &[&Self], piece: Span) -> Vec<Span> {
        sets.iter().flat_map(|set| &set.around).copied().filter(|span| span.holds(piece)).collect()
    }

    /// A run in pieces, in order: no cut of any set lies inside a piece.
    pub(super) fn split(sets: &[&Self], span: Span) -> Vec<Span> {
        let ends = (span.axis, span.first)..=(span.axis, span.last);
        let mut cuts: Vec<u128> =
            sets.iter().flat_map(|set| set.points.range(ends.clone())).map(|(_, cut)| *cut).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut first = span.first;
        for cut in cuts {
            if cut > first {
                pieces.push(Span { first, last: cut - 1, ..span });
                first = cut;
            }
        }
        pieces.push(Span { first, ..span });
        pieces
    }
}

/// How much of a set of possible connections a filter lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Share {
    open: f64,
    closed: f64,
}

impl Share {
    /// Counts some connections, which all pass or all do not.
    pub(super) fn count(&mut self, connections: f64, pass: bool) {
        *if pass { &mut self.open } else { &mut self.closed } += connections;
    }

    /// Whether all pass.
    pub(super) fn is_all(self) -> bool {
        self.closed == 0.0
    }

    /// Whether none passes.
    pub(super) fn is_none(self) -> bool {
        self.open == 0.0
    }

    /// The part that does not pass, for people: in per cent, cut to one decimal.
    pub(super) fn closed(self) -> impl fmt::Display {
        let part = self.closed / (self.open + self.closed);
        // What an exact figure lacks by rounding must not show.
        match (part * 1000.0 + 1e-6).floor() {
            per_mille if per_mille < 1.0 && self.closed > 0.0 => "less than 0.1 %".to_owned(),
            per_mille if per_mille % 10.0 == 0.0 => format!("{:.0} %", per_mille / 10.0),
            per_mille => format!("{:.1} %", per_mille / 10.0),
        }
    }
}
