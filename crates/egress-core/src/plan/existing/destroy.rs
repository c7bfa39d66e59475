//! What a destruction leaves as it is, and what that loses.

use std::collections::BTreeSet;

use super::{
    super::{Level, StepId, draft::Draft},
    keep_addresses,
    routes::{bind, is_through, leads_to},
};
use crate::{
    CloudId, Key,
    op::{DeleteRoute, NetworkOp, Op},
    world::{Destination, Subnet},
};

/// Says what was there before and stays, with its IPs.
pub(in crate::plan) fn say_left(draft: &mut Draft<'_>) {
    let left: Vec<String> = draft.spec.existing.iter().map(|(key, id)| format!("{key} ({id})")).collect();
    for nat in &draft.spec.nat_gateways {
        keep_addresses(draft, nat);
    }
    if !left.is_empty() {
        let message = format!("what was there before is left as it is: {}", left.join(", "));
        draft.note(Level::Note, draft.spec.stack.clone(), message, "");
    }
}

/// Deletes the default routes in `routes_in` that lead to a gateway which goes: they would lead nowhere. What they led to before
/// egress changed them is written down nowhere. Returns the Steps.
pub(in crate::plan) fn take_routes_back(draft: &mut Draft<'_>, gateway: &Key, needs: &[StepId]) -> Vec<StepId> {
    let listed = draft.spec.routes_in.get(gateway).into_iter().flatten();
    let tables: Vec<CloudId> = listed.filter(|table| leads_to(draft, table, gateway)).cloned().collect();
    let taken = tables.into_iter().map(|table| {
        let op = DeleteRoute { table: bind(draft, table), destination: Destination::default_v4() };
        let step = draft.change(Op::Network(NetworkOp::DeleteRoute(op)), needs.to_vec());
        draft.because(format!("{gateway} goes"));
        step
    });
    taken.collect()
}

/// Says which subnets that are not the stack's lose their way out with a gateway.
pub(in crate::plan) fn cut_off(draft: &mut Draft<'_>, gateway: &Key) {
    let (world, spec) = (draft.world, draft.spec);
    let Some(id) = draft.bound(gateway).cloned() else { return };
    let ours: BTreeSet<CloudId> = world.owned_by(&spec.stack).into_iter().map(|owned| owned.id).collect();
    let leads = |subnet: &Subnet| {
        let routes = world.network.table_of(subnet).into_iter().flat_map(|table| &table.routes);
        routes.into_iter().any(|route| is_through(&route.target, &id))
    };
    let subnets = world.network.subnets.values().filter(|s| !ours.contains(&s.id) && leads(s));
    let cut: Vec<&str> = subnets.map(|subnet| subnet.id.as_str()).collect();
    if !cut.is_empty() {
        let message = format!("{}, which egress did not make, lose their way out with {gateway}", cut.join(", "));
        draft.note(
            Level::Warning,
            gateway,
            message,
            "give their route tables another way first, if anything there needs one",
        );
    }
}
