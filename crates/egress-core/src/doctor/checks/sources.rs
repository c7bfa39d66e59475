//! The addresses that functions are seen from, all paths together.

use std::{collections::BTreeSet, net::Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use crate::{
    CloudId,
    doctor::{
        Mend, Thing,
        notes::Notes,
        party::{Party, nats_of},
        site::Site,
    },
    trace::{Path, RuleId, SourceAddress, Verdict},
    world::{Destination, Route, Target},
};

/// What carriers and clouds use inside (source: RFC 6598).
const SHARED: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10);

pub(super) fn check(site: &Site<'_>, party: &Party<'_>, notes: &mut Notes) {
    multiple_sources(site, party, notes);
    more_specific(site, party, notes);
    over_ipv6(party, notes);
}

/// More sources than an allow-list of one, unless a stack's file or the expected IPs say that they are meant.
fn multiple_sources(site: &Site<'_>, party: &Party<'_>, notes: &mut Notes) {
    let leaving = || party.trace.paths.iter().filter(|path| !path.bypass);
    let sources: BTreeSet<&SourceAddress> = leaving().flat_map(|path| path.verdict.sources()).collect();
    let gateways: BTreeSet<&CloudId> = leaving().flat_map(nats_of).collect();
    if sources.len() < 2 || are_expected(site, sources.iter().copied()) || site.is_one_stack(gateways) {
        return;
    }
    let Some(network) = party.functions.first().and_then(|function| function.network.as_ref()) else { return };
    let shown = sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    notes
        .on(RuleId::MultipleSourceIps, Some(network))
        .touches(party.names())
        .detail(format!("functions in {network} are seen from any of {shown}"));
}

/// Parts of the internet that are led elsewhere by a route of their own.
fn more_specific(site: &Site<'_>, party: &Party<'_>, notes: &mut Notes) {
    for path in party.trace.paths.iter().filter(|path| !matches!(path.verdict, Verdict::Drops { .. })) {
        let Some((table, route)) = detour(site, path) else { continue };
        if are_expected(site, path.verdict.sources()) {
            continue;
        }
        let shown = path.to.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let more = if path.to.len() > 3 { ", …" } else { "" };
        let detail = format!(
            "{table} leads {shown}{more} to {}, by its route {}, not where its default route leads",
            route.target, route.destination
        );
        let delete = Mend::DeleteRoute { table: table.clone(), destination: route.destination.clone() };
        notes.on(RuleId::MoreSpecificBypass, Some(table)).touches(party.names()).detail(detail).mend([delete]);
    }
}

/// Whether these are some of the IPs that are meant to be seen.
fn are_expected<'a>(site: &Site<'_>, sources: impl IntoIterator<Item = &'a SourceAddress>) -> bool {
    let Some(expected) = &site.examination.expected_ips else { return false };
    let mut ips = sources.into_iter().map(SourceAddress::fixed_ip).peekable();
    ips.peek().is_some() && ips.all(|ip| ip.is_some_and(|ip| expected.contains(&ip.into())))
}

/// The table and route of a path that is not led by its default route, though there is one that leads elsewhere.
fn detour<'w>(site: &Site<'w>, path: &Path) -> Option<(&'w CloudId, &'w Route)> {
    let to = path.to.first().filter(|to| !is_inside(to))?;
    let table = site.table_of(site.world.network.subnets.get(path.subnet.as_ref()?)?)?;
    let taken = site.route_for(table, to)?;
    let default = table.route(&Destination::default_v4())?;
    let by_endpoint = matches!(&taken.target, Target::Endpoint(id) if site.is_gateway_endpoint(id));
    let is_detour = taken.target != default.target && taken.target != Target::Local && !by_endpoint;
    is_detour.then_some((&table.id, taken))
}

/// Whether a range is one that networks use inside: what leads there is no way out.
fn is_inside(net: &IpNet) -> bool {
    match net {
        IpNet::V4(net) => net.addr().is_private() || SHARED.contains(&net.addr()),
        IpNet::V6(net) => net.addr().is_unique_local(),
    }
}

/// IPv6 is not translated: what leaves over it comes from the interface's own address.
fn over_ipv6(party: &Party<'_>, notes: &mut Notes) {
    let (Some(attachment), Some(trace)) = (party.attachment, &party.ipv6) else { return };
    let sources: BTreeSet<&SourceAddress> = trace
        .paths
        .iter()
        .filter(|path| !path.bypass)
        .flat_map(|path| path.verdict.sources())
        .filter(|source| matches!(source, SourceAddress::Own(_)))
        .collect();
    if sources.is_empty() {
        return;
    }
    let shown = sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    for function in party.names() {
        notes
            .on(RuleId::Ipv6Bypass, Some(function))
            .touches([function])
            .detail(format!("over IPv6 {function} is seen from {shown}, not from a NAT gateway's address"))
            .mend([Mend::Attach {
                function: function.clone(),
                subnets: attachment.subnets.iter().map(Thing::from).collect(),
                groups: attachment.groups.iter().map(Thing::from).collect(),
                ipv6: false,
            }]);
    }
}
