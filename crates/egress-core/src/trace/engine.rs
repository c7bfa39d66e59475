//! From a question to its answer: every sender, every part of the destination, and the Verdict over all of them.

use std::collections::BTreeSet;

use super::{
    Atlas, Path, Query, Reason, RuleId, Source, SourceAddress, To, Trace, Verdict, names, parts,
    path::{Host, Packet, Sender, walk},
    sender::stopped,
    span::{Axis, Span, prefixes},
    special,
    way::{Way, note},
};
use crate::{
    CloudId,
    world::{Interface, Listing, Protocol, World},
};

/// Follows what a query asks for through a World.
///
/// Every subnet of a function gives at least one path, and so does every part of the destination that is treated alike; where
/// only some connections of a part get through, it gives two paths, one for each lot. The Verdict is over all paths. For
/// [`To::Internet`] the paths that bypass the gateways are left out of it, save in a subnet that has no other.
pub fn trace(world: &World, query: &Query) -> Trace {
    Atlas::of(world).trace(query)
}

impl Atlas<'_> {
    /// The same as [`trace`], which is for one question.
    pub fn trace(&self, query: &Query) -> Trace {
        match paths(self, query) {
            Ok(paths) => Trace { verdict: overall(&paths, &query.to), paths },
            Err(missing) => {
                let verdict = Verdict::Unknown { sources: BTreeSet::new(), missing: vec![missing] };
                Trace { verdict, paths: Vec::new() }
            }
        }
    }
}

/// Every path; what is missing where there is nobody to send.
fn paths(world: &Atlas<'_>, query: &Query) -> Result<Vec<Path>, String> {
    if query.protocol == Protocol::All {
        return Err("a protocol: filters tell one from another".to_owned());
    }
    let part = &world.network;
    match &query.source {
        Source::Subnet { subnet, groups } => {
            let found = part
                .subnets
                .get(subnet)
                .ok_or_else(|| world.lacking(Listing::Subnets, format!("the subnet {subnet}")))?;
            Ok(paths_from(world, query, &Sender::imagined(found, groups.as_ref())))
        }
        Source::Network(id) => {
            let subnets = world.vicinity(id).into_iter().flat_map(|vicinity| &vicinity.subnets);
            let paths: Vec<Path> =
                subnets.flat_map(|subnet| paths_from(world, query, &Sender::imagined(subnet, None))).collect();
            let none = || world.lacking(Listing::Subnets, format!("a subnet of the network {id}"));
            if paths.is_empty() { Err(none()) } else { Ok(paths) }
        }
        Source::Interface(id) => {
            let interface = part.interfaces.get(id);
            let interface =
                interface.ok_or_else(|| world.lacking(Listing::Interfaces, format!("the interface {id}")))?;
            paths_of_interface(world, query, interface)
        }
        Source::Machine(id) => paths_of_machine(world, query, id),
        Source::Function(id) => paths_of_function(world, query, id),
    }
}

fn paths_of_interface(world: &Atlas<'_>, query: &Query, interface: &Interface) -> Result<Vec<Path>, String> {
    let subnet = world.network.subnets.get(&interface.subnet);
    let subnet = subnet.ok_or_else(|| {
        world.lacking(Listing::Subnets, format!("the subnet {} of the interface {}", interface.subnet, interface.id))
    })?;
    Ok(paths_from(world, query, &Sender::of(interface, subnet)))
}

fn paths_of_machine(world: &Atlas<'_>, query: &Query, id: &CloudId) -> Result<Vec<Path>, String> {
    let interfaces = world.interfaces_of(id);
    if !interfaces.is_empty() {
        let paths = interfaces.iter().map(|interface| paths_of_interface(world, query, interface));
        return Ok(paths.collect::<Result<Vec<_>, _>>()?.concat());
    }
    // One that is terminated is listed for a while, and has none.
    if world.network.machines.get(id).is_some_and(|machine| !machine.running) {
        let mut way = Way::default();
        way.block(stopped(id));
        return Ok(way.into_paths(None, &prefixes(&parts::spans_of(&query.to))));
    }
    Err(world.lacking(Listing::Interfaces, format!("an interface of the machine {id}")))
}

fn paths_of_function(world: &Atlas<'_>, query: &Query, id: &CloudId) -> Result<Vec<Path>, String> {
    let function = world.function.functions.get_key_value(id);
    let (id, function) = function.ok_or_else(|| world.lacking(Listing::Functions, format!("the function {id}")))?;
    let Some(attachment) = &function.attachment else {
        return Ok(paths_outside(query, id));
    };
    if attachment.subnets.is_empty() {
        return Err(format!("a subnet of the function {id}"));
    }
    let from = |subnet: &CloudId| match world.network.subnets.get(subnet) {
        Some(found) => paths_from(world, query, &Sender::shared(world, id, attachment, found)),
        None => {
            let mut way = Way::default();
            way.lack(world, Listing::Subnets, format!("the subnet {subnet} of the function {id}"));
            way.into_paths(Some(subnet), &prefixes(&parts::spans_of(&query.to)))
        }
    };
    Ok(attachment.subnets.iter().flat_map(from).collect())
}

/// The paths of one sender: one walk for each lot of the destination, and the lots with one outcome joined.
fn paths_from(world: &Atlas<'_>, query: &Query, sender: &Sender<'_>) -> Vec<Path> {
    let asked = names::resolve(world, &sender.subnet.network, &query.to);
    if asked.spans.is_empty() {
        return asked.way.into_paths(Some(&sender.subnet.id), &[]);
    }
    let host = if query.to == To::Internet { Host::Stranger } else { Host::Whoever };
    let mut parts: Vec<(Way, Vec<Span>)> = Vec::new();
    for lot in parts::lots(world, sender, &query.to, asked.spans) {
        let Some(first) = lot.first() else { continue };
        let packet = Packet { protocol: query.protocol, port: query.port, to: first.representative(), host };
        let way = walk(world, sender, &packet, asked.way.clone());
        match parts.iter_mut().find(|(known, _)| known == &way) {
            Some((_, pieces)) => pieces.extend(lot),
            None => parts.push((way, lot)),
        }
    }
    let paths = parts.into_iter().map(|(way, pieces)| way.into_paths(Some(&sender.subnet.id), &prefixes(&pieces)));
    paths.flatten().collect()
}

/// The paths of a function in no network: the cloud's own, with any IP of its pool.
fn paths_outside(query: &Query, function: &CloudId) -> Vec<Path> {
    let mut way = Way::default();
    way.hop("function", Some(function), "runs in the cloud's own network");
    if matches!(query.to, To::Ip(ip) if special::is_private(ip)) {
        let detail = format!("{function} is in no network, and the destination is private");
        way.block(Reason::new(RuleId::NotInVpc, Some(function), detail));
    }
    way.source(SourceAddress::Unfixed);
    way.hop("internet", None, format!("sees {}", SourceAddress::Unfixed));
    let spans = parts::spans_of(&query.to);
    if spans.iter().any(|span| span.axis == Axis::V6) {
        way.miss(format!("whether {function}, which is in no network, has IPv6"));
    }
    if let (To::Name { name, .. }, true) = (&query.to, spans.is_empty()) {
        way.miss(format!("the addresses of {name}"));
    }
    way.into_paths(None, &prefixes(&spans))
}

/// The Verdict over the paths that count.
fn overall(paths: &[Path], to: &To) -> Verdict {
    let leaves = |subnet: &Option<CloudId>| paths.iter().any(|path| &path.subnet == subnet && !path.bypass);
    let counts = |path: &&Path| *to != To::Internet || !path.bypass || !leaves(&path.subnet);
    let mut sources = BTreeSet::new();
    let (mut reasons, mut missing, mut arrives) = (Vec::new(), Vec::new(), false);
    for path in paths.iter().filter(counts) {
        sources.extend(path.verdict.sources().iter().cloned());
        path.verdict.reasons().iter().for_each(|reason| note(&mut reasons, reason.clone()));
        path.verdict.missing().iter().for_each(|what| note(&mut missing, what.clone()));
        arrives |= matches!(path.verdict, Verdict::Reaches { .. });
    }
    match (missing.is_empty(), arrives, reasons.is_empty()) {
        (false, ..) => Verdict::Unknown { sources, missing },
        (true, true, true) => Verdict::Reaches { sources },
        (true, true, false) => Verdict::Mixed { sources, reasons },
        (true, false, _) => Verdict::Drops { reasons },
    }
}
