//! Functions that share their subnets and groups share their paths: they are followed once.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv6Addr,
};

use ipnet::{IpNet, Ipv6Net};

use super::{
    FunctionEgress,
    notes::{Note, Notes, Seen},
    site::Site,
};
use crate::{
    CloudId,
    trace::{Path, Reason, RuleId, Source, To, Trace, Verdict},
    world::{Attachment, Function, Target},
};

/// The addresses of IPv6 that are given out to the internet's hosts (source: IANA, IPv6 Global Unicast Address Assignments).
const GLOBAL_V6: IpNet = IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3));

/// Functions with one attachment, and where their packets go.
#[derive(Debug)]
pub(super) struct Party<'w> {
    /// Never empty.
    pub(super) functions: Vec<&'w Function>,
    /// Their common attachment.
    pub(super) attachment: Option<&'w Attachment<CloudId>>,
    /// Where their packets go.
    pub(super) trace: Trace,
    /// Where those over IPv6 go, where they may send any and the internet is asked for.
    pub(super) ipv6: Option<Trace>,
}

/// The functions of an examination, those together that share a way.
pub(super) fn gather<'w>(site: &Site<'w>, notes: &mut Notes) -> Vec<Party<'w>> {
    let all = &site.world.function.functions;
    let chosen: Vec<&Function> = match &site.examination.functions {
        None => all.values().collect(),
        Some(named) => named
            .iter()
            .filter_map(|name| {
                let found = all.get(name);
                if found.is_none() {
                    notes.miss(format!("the function {name}"));
                }
                found
            })
            .collect(),
    };
    let mut parties: BTreeMap<_, Vec<&Function>> = BTreeMap::new();
    for function in chosen {
        let attachment = function.attachment.as_ref();
        let is_known = |subnet| site.world.network.subnets.contains_key(subnet);
        let shares = attachment.is_some_and(|a| !a.subnets.is_empty() && a.subnets.iter().all(is_known));
        // What a trace says of one that lacks something names the function itself.
        parties.entry((attachment, (!shares).then_some(&function.id))).or_default().push(function);
    }
    let follow = |((attachment, _), functions): ((Option<&'w Attachment<CloudId>>, _), Vec<&'w Function>)| {
        let source = Source::Function(functions.first()?.id.clone());
        let trace = site.trace(source.clone());
        let sends_ipv6 = site.examination.to == To::Internet && attachment.is_some_and(|attachment| attachment.ipv6);
        let ipv6 = sends_ipv6.then(|| site.trace_to(source, To::Net(GLOBAL_V6)));
        Some(Party { functions, attachment, trace, ipv6 })
    };
    parties.into_iter().filter_map(follow).collect()
}

impl Party<'_> {
    /// The names of the functions.
    pub(super) fn names(&self) -> impl Iterator<Item = &CloudId> {
        self.functions.iter().map(|function| &function.id)
    }

    /// Where each of them leaves.
    pub(super) fn egresses(&self) -> impl Iterator<Item = FunctionEgress> {
        let traces = || [&self.trace].into_iter().chain(&self.ipv6);
        let verdicts = || traces().map(|trace| &trace.verdict);
        let sources: BTreeSet<_> = verdicts().flat_map(Verdict::sources).cloned().collect();
        let open = traces().any(|trace| trace.is_open() || !trace.verdict.missing().is_empty());
        self.names().map(move |function| FunctionEgress {
            function: function.clone(),
            verdict: self.trace.verdict.clone(),
            sources: sources.clone(),
            open,
        })
    }
}

/// Notes what stops packets on the paths of a party, and what is fragile there.
pub(super) fn note_paths(site: &Site<'_>, party: &Party<'_>, notes: &mut Notes) {
    for path in &party.trace.paths {
        let warnings = path.warnings.iter().filter(|warning| !is_meant(site, warning, path));
        for reason in path.verdict.reasons().iter().chain(warnings) {
            note_reason(site, reason, path, notes).touches(party.names());
        }
    }
    if let Verdict::Unknown { missing, .. } = &party.trace.verdict {
        missing.iter().for_each(|what| notes.miss(what.clone()));
    }
}

/// Whether a stack's file asks for what is warned of.
fn is_meant(site: &Site<'_>, warning: &Reason, path: &Path) -> bool {
    let subnet = path.subnet.as_ref().filter(|_| warning.rule == RuleId::CrossZoneNat);
    subnet.is_some_and(|subnet| nats_of(path).all(|nat| site.is_meant(subnet, nat)))
}

/// Notes one reason of a path.
pub(super) fn note_reason<'n>(site: &Site<'_>, reason: &Reason, path: &Path, notes: &'n mut Notes) -> &'n mut Note {
    let note = notes.on(reason.rule, reason.resource.as_ref());
    note.detail(reason.detail.clone()).fix(reason.fix.clone());
    if let Some(seen) = seen(site, path) {
        note.seen(seen);
    }
    note
}

/// The path, as far as mends depend on it. A packet that dies early shows no gateway: the route tells which one it was meant for.
fn seen(site: &Site<'_>, path: &Path) -> Option<Seen> {
    let subnet = path.subnet.as_ref()?;
    let table = site.world.network.subnets.get(subnet).and_then(|subnet| site.table_of(subnet));
    let route = table.and_then(|table| site.route_for(table, path.to.first()?));
    let meant = route.and_then(|route| match &route.target {
        Target::NatGateway(id) => Some(id),
        _ => None,
    });
    let nats: BTreeSet<&CloudId> = nats_of(path).chain(meant).collect();
    Some(Seen {
        subnet: subnet.clone(),
        to: path.to.clone(),
        bypass: path.bypass,
        nats: nats.into_iter().cloned().collect(),
    })
}

/// The NAT gateways that a path passes.
pub(super) fn nats_of(path: &Path) -> impl Iterator<Item = &CloudId> {
    path.hops.iter().filter(|hop| hop.kind == "nat-gateway").filter_map(|hop| hop.id.as_ref())
}
