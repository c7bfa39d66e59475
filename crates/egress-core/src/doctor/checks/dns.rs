//! Whether names are resolved: by the cloud's own resolver, or by name servers that can be reached.

use super::can_tell;
use crate::{
    doctor::{
        DnsSetting, Mend,
        cure::{self, Packet},
        notes::Notes,
        party::{Party, note_reason},
        site::Site,
    },
    trace::{RuleId, Source, To, Trace},
    world::{Network, Protocol},
};

/// The port of name servers.
const DNS: u16 = 53;

pub(super) fn check(site: &Site<'_>, party: &Party<'_>, notes: &mut Notes) {
    let network = party.functions.first().and_then(|function| function.network.as_ref());
    let network = network.and_then(|network| site.world.network.networks.get(network));
    let Some(network) = network.filter(|_| can_tell(site, RuleId::DnsBroken)) else { return };
    if !network.name_servers.is_empty() {
        return own_servers(site, party, network, notes);
    }
    if !network.dns_support {
        notes
            .on(RuleId::DnsBroken, Some(&network.id))
            .touches(party.names())
            .detail(format!("the cloud's resolver does not answer in {}: its DNS support is off", network.id))
            .fix(format!("turn on the DNS support of {}", network.id))
            .mend([Mend::SetDns { network: network.id.clone(), setting: DnsSetting::Support }]);
    }
}

/// Filters and routes count for name servers of the network's own, as they do not for the cloud's (source: VPC guide, "Security
/// groups" and "Network ACLs"). Questions go over UDP, and over TCP where an answer is long.
fn own_servers(site: &Site<'_>, party: &Party<'_>, network: &Network, notes: &mut Notes) {
    let Some(first) = party.names().next() else { return };
    for server in &network.name_servers {
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let trace = site.ask(Source::Function(first.clone()), To::Ip(*server), protocol, DNS);
            let reasons = trace.verdict.reasons();
            if reasons.is_empty() {
                continue;
            }
            let why = reasons.iter().map(|reason| reason.detail.as_str()).collect::<Vec<_>>().join(", ");
            let fix = reasons.iter().map(|reason| reason.fix.as_str()).collect::<Vec<_>>().join(", and ");
            notes
                .on(RuleId::DnsBroken, Some(&network.id))
                .touches(party.names())
                .detail(format!("{protocol} {DNS} does not get to the name server {server}: {why}"))
                .fix(fix)
                .mend(mends_of(site, party, &trace, protocol));
        }
    }
}

/// What would mend each reason of a trace.
fn mends_of(site: &Site<'_>, party: &Party<'_>, trace: &Trace, protocol: Protocol) -> Vec<Mend> {
    let mut apart = Notes::default();
    for path in &trace.paths {
        for reason in path.verdict.reasons() {
            note_reason(reason, path, &mut apart).touches(party.names());
        }
    }
    let packet = Packet { protocol, port: DNS };
    let (notes, _) = apart.into_parts();
    notes.flat_map(|note| cure::mends(site, &note, &packet)).collect()
}
