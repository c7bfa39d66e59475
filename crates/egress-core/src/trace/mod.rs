//! Where a packet goes: the Verdict on a path, from plain data.
//!
//! The one engine of the house: it answers users, proves the planner's plans and is the mock's data plane. It never skips a
//! hop that it cannot model; the Verdict is then *unknown*, and says what is missing.

mod filter;
mod model;
mod parts;
mod route;
mod rule;
mod walk;

pub use model::*;
pub use rule::Rule;

use std::collections::BTreeSet;

use crate::{
    CloudId, World,
    world::{Attachment, Function, Subnet},
};
use walk::{Start, Walk};

/// Says what becomes of a packet, on every feasible path.
///
/// Pure; reads nothing but `world`. IPv4 only.
///
/// ```
/// use egress_core::{World, trace::{trace, Query, Source, To, Verdict}, world::Protocol};
///
/// let query = Query { source: Source::Function("f".into()), to: To::Internet, protocol: Protocol::Tcp, port: 443 };
/// let Verdict::Unknown { missing, .. } = trace(&World::default(), &query).verdict else { panic!() };
/// assert_eq!(missing, ["function f is not in the data"]);
/// ```
pub fn trace(world: &World, query: &Query) -> Trace {
    let paths = match &query.source {
        Source::Function(id) => match world.function.functions.get(id) {
            None => vec![unknown_path(None, format!("function {id} is not in the data"))],
            Some(function) => function_paths(world, function, query),
        },
        Source::Subnet { subnet, groups } => subnet_paths(world, subnet, groups.as_ref(), query),
    };
    Trace { verdict: overall(&paths, &query.to), paths }
}

fn function_paths(world: &World, function: &Function, query: &Query) -> Vec<Path> {
    let Some(Attachment { subnets, groups, .. }) = &function.attachment else {
        return vec![cloud_path(query)];
    };
    subnets.iter().flat_map(|subnet| subnet_paths(world, subnet, Some(groups), query)).collect()
}

/// A function in no network leaves from wherever its cloud has room.
fn cloud_path(query: &Query) -> Path {
    let hop =
        Hop { kind: "internet".to_owned(), id: None, detail: "from the cloud's own pool of addresses".to_owned() };
    Path {
        subnet: None,
        to: parts::whole(&query.to),
        bypass: false,
        hops: vec![hop],
        verdict: Verdict::Reaches { sources: BTreeSet::from([SourceAddress::Unfixed]) },
    }
}

fn subnet_paths(world: &World, subnet: &CloudId, groups: Option<&BTreeSet<CloudId>>, query: &Query) -> Vec<Path> {
    let Some(subnet) = world.network.subnets.get(subnet) else {
        return vec![unknown_path(Some(subnet.clone()), format!("subnet {subnet} is not in the data"))];
    };
    let start = Start { subnet, groups, protocol: query.protocol, port: query.port };
    let mut paths = Vec::new();
    for (to, walk) in parts::walks(world, &start, &query.to) {
        paths.extend(walk_paths(subnet, to, walk));
    }
    paths.extend(route::unreadable(world, subnet).map(|list| Path {
        bypass: true,
        ..unknown_path(Some(subnet.id.clone()), format!("the ranges of {list}, to which a route leads elsewhere"))
    }));
    paths
}

/// A walk is one path, or two where a filter stops some connections and lets others through.
fn walk_paths(subnet: &Subnet, to: Vec<ipnet::Ipv4Net>, walk: Walk) -> Vec<Path> {
    let path = |verdict| Path {
        subnet: Some(subnet.id.clone()),
        to: to.clone(),
        bypass: walk.bypass,
        hops: walk.hops.clone(),
        verdict,
    };
    if !walk.reasons.is_empty() {
        let reasons = walk.reasons.iter().chain(&walk.sometimes).cloned().collect();
        return vec![path(Verdict::Drops { reasons })];
    }
    let through = if walk.missing.is_empty() {
        Verdict::Reaches { sources: walk.sources.clone() }
    } else {
        Verdict::Unknown { sources: walk.sources.clone(), missing: walk.missing.clone() }
    };
    let mut paths = vec![path(through)];
    if !walk.sometimes.is_empty() {
        paths.push(path(Verdict::Drops { reasons: walk.sometimes.clone() }));
    }
    paths
}

fn unknown_path(subnet: Option<CloudId>, missing: String) -> Path {
    let verdict = Verdict::Unknown { sources: BTreeSet::new(), missing: vec![missing] };
    Path { subnet, to: Vec::new(), bypass: false, hops: Vec::new(), verdict }
}

/// The Verdict over all paths. What bypasses the internet does not count where the whole internet was asked for.
fn overall(paths: &[Path], to: &To) -> Verdict {
    let counts = |path: &&Path| !(path.bypass && matches!(to, To::Internet));
    let mut sources = BTreeSet::new();
    let mut reasons = BTreeSet::new();
    let mut missing = BTreeSet::new();
    let (mut reach, mut any) = (false, false);
    for path in paths.iter().filter(counts) {
        any = true;
        match &path.verdict {
            Verdict::Reaches { sources: seen } => {
                reach = true;
                sources.extend(seen.iter().cloned());
            }
            Verdict::Drops { reasons: why } => reasons.extend(why.iter().cloned()),
            Verdict::Mixed { sources: seen, reasons: why } => {
                reach = true;
                sources.extend(seen.iter().cloned());
                reasons.extend(why.iter().cloned());
            }
            Verdict::Unknown { sources: seen, missing: what } => {
                sources.extend(seen.iter().cloned());
                missing.extend(what.iter().cloned());
            }
        }
    }
    let reasons: Vec<Reason> = reasons.into_iter().collect();
    if !any {
        missing.insert("no part of the internet is left: everything is reached in other ways".to_owned());
    }
    match (missing.is_empty(), reach, reasons.is_empty()) {
        (false, ..) => Verdict::Unknown { sources, missing: missing.into_iter().collect() },
        (true, true, true) => Verdict::Reaches { sources },
        (true, true, false) => Verdict::Mixed { sources, reasons },
        (true, false, _) => Verdict::Drops { reasons },
    }
}

impl Trace {
    /// Whether every path to the internet arrives, and the internet sees exactly these addresses: all of them, and no other
    /// source.
    pub fn leaves_exactly(&self, addresses: &BTreeSet<CloudId>) -> bool {
        let Verdict::Reaches { sources } = &self.verdict else { return false };
        let fixed: Option<BTreeSet<CloudId>> = sources
            .iter()
            .map(|source| match source {
                SourceAddress::Fixed { address, .. } => Some(address.clone()),
                SourceAddress::Mapped(_) | SourceAddress::Private(_) | SourceAddress::Unfixed => None,
            })
            .collect();
        fixed.as_ref() == Some(addresses)
    }

    /// Every setting that stops some packet, over all paths.
    pub fn reasons(&self) -> Vec<&Reason> {
        let reasons: BTreeSet<&Reason> = (self.paths.iter())
            .flat_map(|path| match &path.verdict {
                Verdict::Drops { reasons } | Verdict::Mixed { reasons, .. } => reasons.as_slice(),
                Verdict::Reaches { .. } | Verdict::Unknown { .. } => &[],
            })
            .collect();
        reasons.into_iter().collect()
    }

    /// The paths that do not leave through a gateway to the internet.
    pub fn bypasses(&self) -> Vec<&Path> {
        self.paths.iter().filter(|path| path.bypass).collect()
    }

    /// The sources that may be seen: complete where the Verdict is not *unknown*.
    pub fn sources(&self) -> BTreeSet<SourceAddress> {
        match &self.verdict {
            Verdict::Reaches { sources } | Verdict::Mixed { sources, .. } | Verdict::Unknown { sources, .. } => {
                sources.clone()
            }
            Verdict::Drops { .. } => BTreeSet::new(),
        }
    }
}
