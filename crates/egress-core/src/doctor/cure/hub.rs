//! Routes at hubs and behind them, and behind peerings: those that lead packets on, and those that lead answers back.

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net};

use super::way_out::{self, Way};
use crate::{
    CloudId,
    doctor::{
        Mend, Thing,
        notes::{Note, Seen},
        site::Site,
    },
    world::{Destination, RouteOrigin, RouteTable, Subnet, Target, TransitAttachment, TransitEnd, TransitTable},
};

/// The subnets by which a hub hands packets to a table.
pub(super) fn landings<'w>(site: &Site<'w>, table: &RouteTable) -> Vec<&'w Subnet> {
    let users = site.users(&table.id);
    site.hub_subnets().filter(|subnet| users.iter().any(|user| user.id == subnet.id)).collect()
}

/// Routes to the senders' subnets, by what led the packet there.
pub(super) fn lead_back(site: &Site<'_>, table: &CloudId, note: &Note) -> Vec<Mend> {
    let mends: BTreeSet<Mend> = note.seen.iter().filter_map(|seen| back(site, table, seen)).collect();
    mends.into_iter().collect()
}

fn back(site: &Site<'_>, table: &CloudId, seen: &Seen) -> Option<Mend> {
    let part = &site.world.network;
    let from = part.subnets.get(&seen.subnet)?;
    let to = seen.to.first()?;
    let cidr = match to {
        IpNet::V4(_) => IpNet::V4(from.cidr),
        IpNet::V6(_) => IpNet::V6(from.cidr_v6?),
    };
    let target = &site.route_for(site.table_of(from)?, to)?.target;
    if let Some(table) = part.transit.tables.get(table) {
        let Target::TransitGateway(hub) = target else { return None };
        let home = attachments(site, hub).find(|(_, network)| *network == &from.network)?;
        return at_hub(table, cidr, Thing::from(&home.0.id));
    }
    let table = part.route_tables.get(table)?;
    let target = match target {
        Target::Peering(id) => Target::Peering(Thing::from(id)),
        Target::TransitGateway(id) => Target::TransitGateway(Thing::from(id)),
        _ => return None,
    };
    let destination = Destination::Cidr(cidr);
    let known = table.route(&destination).filter(|route| route.origin == RouteOrigin::Static);
    Some(match known {
        Some(_) => Mend::ReplaceRoute { table: table.id.clone(), destination, target },
        None => Mend::AddRoute { table: Thing::from(&table.id), destination, target },
    })
}

/// The route that is missing on the way there: at the hub to the network that has the destination, or a NAT gateway for it; in
/// that network to the NAT gateway.
pub(super) fn lead_on(site: &Site<'_>, table: &CloudId, note: &Note) -> Vec<Mend> {
    let part = &site.world.network;
    let seen = note.seen.iter().filter_map(|seen| Some((part.subnets.get(&seen.subnet)?, seen.to.first()?)));
    if let Some(table) = part.transit.tables.get(table) {
        let mends: BTreeSet<Mend> = seen.filter_map(|(from, to)| out_of_hub(site, table, from, to)).collect();
        return mends.into_iter().collect();
    }
    let Some(table) = part.route_tables.get(table) else { return Vec::new() };
    let landing = landings(site, table).into_iter().next();
    let Some(landing) = landing.filter(|_| seen.map(|(_, to)| to).all(is_public_v4)) else { return Vec::new() };
    let Way { mut first, gateway } = way_out::nat_for(site, landing);
    let target = Target::NatGateway(gateway);
    first.push(Mend::AddRoute { table: Thing::from(&table.id), destination: Destination::default_v4(), target });
    first
}

fn out_of_hub(site: &Site<'_>, table: &TransitTable, from: &Subnet, to: &IpNet) -> Option<Mend> {
    let others = || attachments(site, &table.gateway).filter(|(_, network)| *network != &from.network);
    for (attachment, network) in others() {
        let ranges = site.world.network.networks.get(network).into_iter().flat_map(|network| &network.cidrs);
        if let Some(range) = ranges.map(|range| IpNet::V4(*range)).find(|range| range.contains(to)) {
            return at_hub(table, range, Thing::from(&attachment.id));
        }
    }
    if !is_public_v4(to) {
        return None;
    }
    let with_nat: Vec<_> = others().filter(|(_, network)| !site.nats(network).is_empty()).collect();
    let attachment = match with_nat.as_slice() {
        [(one, _)] => Thing::from(&one.id),
        _ => Thing::wanted("attachment of the network with the NAT gateway"),
    };
    at_hub(table, IpNet::V4(Ipv4Net::default()), attachment)
}

/// A route of a hub, unless somebody made one for the same range: what that is for only people know.
fn at_hub(table: &TransitTable, cidr: IpNet, attachment: Thing) -> Option<Mend> {
    let mut routes = table.routes.iter().flatten();
    let is_taken = routes.any(|route| route.cidr == cidr && !route.propagated);
    (!is_taken).then(|| Mend::AddTransitRoute { table: table.id.clone(), cidr, attachment })
}

/// What comes by a hub goes to a NAT gateway: by the route that led past it, or by a table of the hub's subnets alone where
/// others use that route too.
pub(super) fn translate(site: &Site<'_>, table: &CloudId, note: &Note) -> Vec<Mend> {
    let Some(table) = site.world.network.route_tables.get(table) else { return Vec::new() };
    let landings = landings(site, table);
    let to = note.seen.iter().find_map(|seen| seen.to.first());
    let route = to.and_then(|to| site.route_for(table, to));
    let (Some(route), [landing, rest @ ..]) = (route, landings.as_slice()) else { return Vec::new() };
    let Way { mut first, gateway } = way_out::nat_for(site, landing);
    let target = Target::NatGateway(gateway);
    let destination = route.destination.clone();
    if site.users(&table.id).iter().all(|user| landings.iter().any(|landing| landing.id == user.id)) {
        first.push(Mend::ReplaceRoute { table: table.id.clone(), destination, target });
        return first;
    }
    if destination != Destination::default_v4() {
        return Vec::new();
    }
    first.extend(way_out::own_table(site, landing, target));
    first.extend(rest.iter().map(|subnet| Mend::Associate {
        subnet: subnet.id.clone(),
        table: Thing::new_table(),
        replaces: site.association_of(subnet).map(|(_, association)| association.id.clone()),
    }));
    first
}

/// The attachments of a hub that carry packets, each with its network.
fn attachments<'w>(site: &Site<'w>, hub: &CloudId) -> impl Iterator<Item = (&'w TransitAttachment, &'w CloudId)> {
    let all = site.world.network.transit.attachments.values().filter(move |a| &a.gateway == hub && a.available);
    all.filter_map(|attachment| match &attachment.end {
        TransitEnd::Network { network, .. } => Some((attachment, network)),
        TransitEnd::Other { .. } => None,
    })
}

fn is_public_v4(net: &IpNet) -> bool {
    matches!(net, IpNet::V4(net) if !net.addr().is_private())
}
