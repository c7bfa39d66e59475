//! The route tables that existing subnets use.

use std::collections::BTreeSet;

use super::super::{Level, RefusalKind, draft::Draft, proof};
use crate::{
    CloudId, Key, Kind,
    spec::{SubnetSpec, WayOut},
    world::{Destination, RouteState, Subnet, Target},
};

/// The existing tables whose default route is to lead to a gateway, bound by their own names.
pub(in crate::plan) fn tables_to(draft: &mut Draft<'_>, gateway: &Key) -> Vec<Key> {
    let listed = draft.spec.routes_in.get(gateway).into_iter().flatten();
    let tables: Vec<CloudId> = listed.filter(|id| draft.world.network.route_tables.contains_key(id)).cloned().collect();
    tables
        .into_iter()
        .map(|table| {
            say_other_users(draft, gateway, &table);
            bind(draft, table)
        })
        .collect()
}

/// Binds a table by its own name.
pub(super) fn bind(draft: &mut Draft<'_>, table: CloudId) -> Key {
    let key = Key::new(Kind::RouteTable, table.as_str());
    draft.bindings.insert(key.clone(), table);
    key
}

/// Whether the default route of a table leads to a gateway and works.
pub(super) fn leads_to(draft: &Draft<'_>, table: &CloudId, gateway: &Key) -> bool {
    let route = draft.world.network.route_tables.get(table).and_then(|t| t.route(&Destination::default_v4()));
    let Some((route, gateway)) = route.zip(draft.bound(gateway)) else { return false };
    route.state == RouteState::Active && is_through(&route.target, gateway)
}

/// Whether a route is one through a gateway.
pub(super) fn is_through(target: &Target<CloudId>, gateway: &CloudId) -> bool {
    matches!(target, Target::InternetGateway(to) | Target::NatGateway(to) if to == gateway)
}

/// Whoever else uses a table gets another way out as soon as its route is changed.
fn say_other_users(draft: &mut Draft<'_>, gateway: &Key, table: &CloudId) {
    if leads_to(draft, table, gateway) {
        return;
    }
    let ours: BTreeSet<&CloudId> = draft.spec.subnets.iter().filter_map(|s| draft.bound(&s.key())).collect();
    let part = &draft.world.network;
    let uses = |subnet: &&Subnet| part.table_of(subnet).is_some_and(|t| t.id == *table) && !ours.contains(&subnet.id);
    let others: Vec<&str> = part.subnets.values().filter(uses).map(|subnet| subnet.id.as_str()).collect();
    if !others.is_empty() {
        let message = format!("{table} also routes {}, which then leave through {gateway} too", others.join(", "));
        draft.note(Level::Warning, table, message, "make sure that what runs there may leave from these IPs");
    }
}

/// Refuses where an existing subnet's table does not lead to its gateway and may not be altered.
pub(in crate::plan) fn check_routes(draft: &mut Draft<'_>) {
    let spec = draft.spec;
    for subnet in spec.subnets.iter().filter(|s| spec.is_existing(&s.key())) {
        check_route(draft, subnet);
    }
}

fn check_route(draft: &mut Draft<'_>, subnet: &SubnetSpec) {
    let world = draft.world;
    let Some(found) = draft.bound(&subnet.key()).and_then(|id| world.network.subnets.get(id)) else { return };
    let (gateway, header) = match &subnet.way_out {
        WayOut::InternetGateway => (draft.spec.internet_gateway_key(), "[internet_gateway]"),
        WayOut::NatGateway(nat) => (Key::new(Kind::NatGateway, nat), "the `[[nat_gateway]]`"),
    };
    // Where none is seen, the proof says so.
    let Some(table) = world.network.table_of(found) else { return };
    let listed = draft.spec.routes_in.get(&gateway).is_some_and(|tables| tables.contains(&table.id));
    if listed || leads_to(draft, &table.id, &gateway) || proof::leaves_as_planned(draft, subnet) {
        return;
    }
    let default = Destination::default_v4();
    let now = match table.route(&default) {
        None => format!("has no route for {default}"),
        Some(route) if route.state == RouteState::Active => format!("sends {default} to {}", route.target),
        Some(route) => format!("sends {default} to {}, which is gone", route.target),
    };
    let to = draft.bound(&gateway).map_or_else(|| gateway.to_string(), ToString::to_string);
    let message = format!(
        "{} is routed by {}, which {now}, not to {to}: egress alters no table that was there before, unless the file asks for it",
        found.id, table.id
    );
    let hint = format!("make the route yourself, or let egress do it: `routes_in = [\"{}\"]` in {header}", table.id);
    draft.refuse(RefusalKind::Unsafe, subnet.key(), message, hint);
}
