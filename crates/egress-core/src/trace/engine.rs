//! From a question to its answer: every sender, every part of the destination, and the Verdict over all of them.

use std::collections::BTreeSet;

use super::{
    Atlas, Path, Query, Reason, RuleId, Source, SourceAddress, To, Trace, Verdict, names, parts,
    path::{Packet, Sender, walk},
    span::{Span, prefixes},
    special,
    way::{Way, note},
};
use crate::{
    CloudId,
    world::{Interface, Protocol, World},
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
            let found = part.subnets.get(subnet).ok_or_else(|| format!("the subnet {subnet}"))?;
            Ok(paths_from(world, query, &Sender::imagined(found, groups.as_ref())))
        }
        Source::Network(id) => {
            let subnets = world.vicinity(id).into_iter().flat_map(|vicinity| &vicinity.subnets);
            let paths: Vec<Path> =
                subnets.flat_map(|subnet| paths_from(world, query, &Sender::imagined(subnet, None))).collect();
            if paths.is_empty() { Err(format!("a subnet of the network {id}")) } else { Ok(paths) }
        }
        Source::Interface(id) => {
            let interface = part.interfaces.get(id).ok_or_else(|| format!("the interface {id}"))?;
            paths_of_interface(world, query, interface)
        }
        Source::Machine(id) => {
            let interfaces = world.interfaces_of(id).iter();
            let paths: Vec<Vec<Path>> =
                interfaces.map(|i| paths_of_interface(world, query, i)).collect::<Result<_, _>>()?;
            if paths.is_empty() { Err(format!("an interface of the machine {id}")) } else { Ok(paths.concat()) }
        }
        Source::Function(id) => paths_of_function(world, query, id),
    }
}

fn paths_of_interface(world: &Atlas<'_>, query: &Query, interface: &Interface) -> Result<Vec<Path>, String> {
    let subnet = world.network.subnets.get(&interface.subnet);
    let subnet = subnet.ok_or_else(|| format!("the subnet {} of the interface {}", interface.subnet, interface.id))?;
    Ok(paths_from(world, query, &Sender::of(interface, subnet)))
}

fn paths_of_function(world: &Atlas<'_>, query: &Query, id: &CloudId) -> Result<Vec<Path>, String> {
    let function = world.function.functions.get(id).ok_or_else(|| format!("the function {id}"))?;
    let Some(attachment) = &function.attachment else {
        return Ok(paths_outside(query, id));
    };
    if attachment.subnets.is_empty() {
        return Err(format!("a subnet of the function {id}"));
    }
    let from = |subnet: &CloudId| match world.network.subnets.get(subnet) {
        Some(found) => paths_from(world, query, &Sender::shared(world, found, &attachment.groups)),
        None => {
            let mut way = Way::default();
            way.miss(format!("the subnet {subnet} of the function {id}"));
            way.into_paths(Some(subnet), &prefixes(&parts::spans_of(&query.to)))
        }
    };
    Ok(attachment.subnets.iter().flat_map(from).collect())
}

/// The paths of one sender: one walk for each piece of the destination, and the pieces with one outcome joined.
fn paths_from(world: &Atlas<'_>, query: &Query, sender: &Sender<'_>) -> Vec<Path> {
    let asked = names::resolve(world, &sender.subnet.network, &query.to);
    if asked.spans.is_empty() {
        return asked.way.into_paths(Some(&sender.subnet.id), &[]);
    }
    let mut parts: Vec<(Way, Vec<Span>)> = Vec::new();
    for piece in parts::pieces(world, sender, asked.spans) {
        let packet = Packet { protocol: query.protocol, port: query.port, to: piece.representative() };
        let way = walk(world, sender, &packet, asked.way.clone());
        match parts.iter_mut().find(|(known, _)| known == &way) {
            Some((_, pieces)) => pieces.push(piece),
            None => parts.push((way, vec![piece])),
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
