//! Whether functions get to the interface endpoints of their network, and by the names of the services.

use std::collections::BTreeSet;

use crate::{
    doctor::{
        cure::{self, Packet},
        notes::Notes,
        party::{Party, note_reason},
        site::Site,
    },
    trace::{Path, Reason, RuleId, Severity, Source, To, names_of},
    world::Protocol,
};

/// What clients of the cloud's services speak.
const HTTPS: Packet = Packet { protocol: Protocol::Tcp, port: 443 };

/// Asks each endpoint's names. Nobody knows whether a function uses the endpoint: what stops it there is no error yet.
pub(super) fn check(site: &Site<'_>, party: &Party<'_>, notes: &mut Notes) {
    let network = party.functions.first().and_then(|function| function.network.as_ref());
    let (Some(network), Some(first)) = (network, party.names().next()) else { return };
    let names: BTreeSet<String> = site.endpoints(network).iter().flat_map(|endpoint| names_of(endpoint)).collect();
    let mut apart = Notes::default();
    for name in names {
        let to = To::Name { name, ips: BTreeSet::new() };
        let trace = site.ask(Source::Function(first.clone()), to, HTTPS.protocol, HTTPS.port);
        for path in &trace.paths {
            for reason in of_endpoint(path) {
                note_reason(site, reason, path, &mut apart).touches(party.names());
            }
        }
    }
    let (found, _) = apart.into_parts();
    for one in found {
        let mends = cure::mends(site, &one, &HTTPS);
        let note = notes.on(one.rule, one.resource.as_ref());
        if note.details.is_empty() {
            note.severity = Severity::Warning;
        }
        one.details.into_iter().for_each(|detail| _ = note.detail(detail));
        note.fix(one.fix).touches(&one.functions).mend(mends);
    }
}

/// What is wrong with an endpoint on the way to a name. A name that another endpoint answers for needs none of this one.
fn of_endpoint(path: &Path) -> impl Iterator<Item = &Reason> {
    let stops = path.verdict.reasons().iter().filter(|reason| reason.rule == RuleId::VpceSgBlocks);
    let astray = path.warnings.iter().filter(|reason| reason.rule == RuleId::VpceDnsMismatch && !path.bypass);
    stops.chain(astray)
}
