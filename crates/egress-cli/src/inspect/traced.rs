//! What `egress trace` answers: the JSON of docs/schemas/trace.schema.json. New fields may be added at the end of an object.

use std::{collections::BTreeSet, net::IpAddr};

use egress_core::{
    World,
    trace::{self, SourceAddress, Trace, Verdict},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::named::name_of;
use crate::ask::Resolved;

/// Where a packet goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "egress trace")]
pub(crate) struct Traced {
    /// What becomes of it, over all paths.
    pub(crate) verdict: Word,
    /// The sources that the destination sees: addresses, or ranges as CIDR. With an unknown verdict: those that it would see if
    /// nothing that is missing forbids it.
    pub(crate) source_ips: Vec<String>,
    /// Every path: per subnet, and per part of the destination that is treated alike.
    pub(crate) paths: Vec<TracedPath>,
    /// What would have to be known to tell.
    pub(crate) missing: Vec<String>,
    /// What no data can show and is taken for granted.
    pub(crate) assumed: Vec<String>,
    /// The account and region.
    pub(crate) place: TracedPlace,
    /// Whether the destination may also see any IP of the cloud's own pool, which changes.
    pub(crate) pool: bool,
    /// What was asked.
    pub(crate) query: TracedQuery,
    /// What was not understood of files, or taken for granted for want of it.
    pub(crate) notes: Vec<String>,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Word {
    /// It arrives, and answers come back.
    Reaches,
    /// It dies.
    Drops,
    /// It arrives on some paths and dies on others.
    Mixed,
    /// Not enough is known to tell.
    Unknown,
}

/// One path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct TracedPath {
    /// The subnet that it starts in; null for a function in no network.
    pub(crate) subnet: Option<String>,
    /// The destinations that it is for, as CIDR.
    pub(crate) to: Vec<String>,
    /// The places that the packet and its answers pass, up to the one that stops them.
    pub(crate) hops: Vec<TracedHop>,
    /// What becomes of it; never `mixed`.
    pub(crate) verdict: Word,
    /// The sources that the destination sees, as above.
    pub(crate) source_ips: Vec<String>,
    /// Every setting that would have to change.
    pub(crate) reasons: Vec<TracedReason>,
    /// What is fragile though it may work today.
    pub(crate) warnings: Vec<TracedReason>,
    /// What no data can show and is taken for granted.
    pub(crate) assumed: Vec<String>,
    /// What would have to be known to tell.
    pub(crate) missing: Vec<String>,
    /// Whether it leads there without a gateway to the internet.
    pub(crate) bypass: bool,
    /// The name that the subnet's owner gave it.
    pub(crate) name: Option<String>,
}

/// A place that a packet passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct TracedHop {
    /// What sort of place: `interface`, `security-group`, `route-table`, `nat-gateway`, ….
    pub(crate) kind: String,
    /// What the cloud calls it.
    pub(crate) id: Option<String>,
    /// What happens there: the rule, route or entry, and addresses before and after.
    pub(crate) detail: String,
    /// The name that its owner gave it.
    pub(crate) name: Option<String>,
}

/// A setting that would have to change, or that is fragile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct TracedReason {
    /// The rule, e.g. `NO_DEFAULT_ROUTE`.
    pub(crate) rule: String,
    /// The resource whose setting it is.
    pub(crate) resource: Option<String>,
    /// What is wrong.
    pub(crate) detail: String,
    /// How to mend it.
    pub(crate) fix: String,
}

/// The account and region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub(crate) struct TracedPlace {
    /// The account's number; empty where a snapshot does not tell.
    pub(crate) account: String,
    /// The region's name; empty where a snapshot does not tell.
    pub(crate) region: String,
}

impl TracedPlace {
    /// The place of a World.
    pub(crate) fn of(world: &World) -> Self {
        let place = &world.network.place;
        Self { account: place.account.clone(), region: place.region.clone() }
    }
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct TracedQuery {
    /// Who sends.
    pub(crate) source: String,
    /// Where to: a name, an address, a range, or `the internet`.
    pub(crate) to: String,
    /// The addresses of the name.
    pub(crate) ips: Vec<IpAddr>,
    /// Who told them; null where the destination is no name.
    pub(crate) resolved_by: Option<Resolved>,
    /// The protocol, by its name or number.
    pub(crate) protocol: String,
    /// The port; null where the protocol has none.
    pub(crate) port: Option<u16>,
}

impl Traced {
    /// Puts an answer into words and lists.
    pub(crate) fn of(answer: &Trace, world: &World, query: TracedQuery, notes: Vec<String>) -> Self {
        let mut assumed: Vec<String> = Vec::new();
        for what in answer.paths.iter().flat_map(|path| &path.assumed) {
            if !assumed.contains(what) {
                assumed.push(what.clone());
            }
        }
        Self {
            verdict: word(&answer.verdict),
            source_ips: ips_of(answer.verdict.sources()),
            paths: answer.paths.iter().map(|path| path_of(path, world)).collect(),
            missing: answer.verdict.missing().to_vec(),
            assumed,
            place: TracedPlace::of(world),
            pool: answer.verdict.sources().contains(&SourceAddress::Unfixed),
            query,
            notes,
        }
    }

    /// Every reason of every path, each once, in their order.
    pub(crate) fn reasons(&self) -> Vec<&TracedReason> {
        once(self.paths.iter().flat_map(|path| &path.reasons))
    }

    /// Every warning, likewise.
    pub(crate) fn warnings(&self) -> Vec<&TracedReason> {
        once(self.paths.iter().flat_map(|path| &path.warnings))
    }
}

fn once<'a>(items: impl Iterator<Item = &'a TracedReason>) -> Vec<&'a TracedReason> {
    let mut found: Vec<&TracedReason> = Vec::new();
    for item in items {
        if !found.contains(&item) {
            found.push(item);
        }
    }
    found
}

fn path_of(path: &trace::Path, world: &World) -> TracedPath {
    let hop = |hop: &trace::Hop| TracedHop {
        kind: hop.kind.clone(),
        id: hop.id.as_ref().map(ToString::to_string),
        detail: hop.detail.clone(),
        name: hop.id.as_ref().and_then(|id| name_of(world, id)),
    };
    TracedPath {
        subnet: path.subnet.as_ref().map(ToString::to_string),
        to: path.to.iter().map(ToString::to_string).collect(),
        hops: path.hops.iter().map(hop).collect(),
        verdict: word(&path.verdict),
        source_ips: ips_of(path.verdict.sources()),
        reasons: path.verdict.reasons().iter().map(TracedReason::of).collect(),
        warnings: path.warnings.iter().map(TracedReason::of).collect(),
        assumed: path.assumed.clone(),
        missing: path.verdict.missing().to_vec(),
        bypass: path.bypass,
        name: path.subnet.as_ref().and_then(|id| name_of(world, id)),
    }
}

impl TracedReason {
    fn of(reason: &trace::Reason) -> Self {
        Self {
            rule: reason.rule.to_string(),
            resource: reason.resource.as_ref().map(ToString::to_string),
            detail: reason.detail.clone(),
            fix: reason.fix.clone(),
        }
    }
}

pub(super) const fn word(verdict: &Verdict) -> Word {
    match verdict {
        Verdict::Reaches { .. } => Word::Reaches,
        Verdict::Drops { .. } => Word::Drops,
        Verdict::Mixed { .. } => Word::Mixed,
        Verdict::Unknown { .. } => Word::Unknown,
    }
}

/// The sources that are addresses or ranges, each once.
pub(super) fn ips_of(sources: &BTreeSet<SourceAddress>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for source in sources {
        let text = match source {
            SourceAddress::Fixed { ip: Some(ip), .. } => ip.to_string(),
            SourceAddress::Fixed { ip: None, .. } | SourceAddress::Unfixed => continue,
            SourceAddress::Mapped(_) | SourceAddress::Own(_) | SourceAddress::Private(_) => source.to_string(),
        };
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}
