//! What the Spec no longer has is taken down, once nothing uses it any more: things that were taken out of the file, and
//! things that made room for others. What something still uses stays, and the Plan says what that is.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Action, Condition, Level, Permit, Refusal, RefusalKind, StepId,
    draft::Draft,
    teardown::{self, Departed},
};
use crate::{
    CloudId, Key, Kind, Owner, World,
    op::{FunctionOp, GatewayOp, NetworkOp, Op},
    world::{AssociatedWith, InterfaceKind, NatScope, Target},
};

/// Takes down what the Spec no longer has.
pub(super) fn remove(draft: &mut Draft<'_>) {
    let mut what = candidates(draft);
    let after = draft.after();
    loop {
        let used: BTreeMap<Key, String> =
            what.iter().filter_map(|key| Some((key.clone(), user(draft, &after, &what, key)?))).collect();
        if used.is_empty() {
            break;
        }
        for (key, user) in used {
            draft.note(Level::Warning, &key, format!("{key} is no longer in the file, but {user}: it stays"), "");
            what.remove(&key);
        }
    }
    let moved = led_elsewhere(draft);
    let mut left = moved.clone();
    left.extend(draft.steps_where(|op| matches!(op, Op::Function(FunctionOp::DeleteProbe(_)))));
    let began = draft.steps.len();
    let free = teardown::interfaces(draft, &what, &left);
    let going = what.iter().filter(|key| key.kind != Kind::NatGateway || !is_deleted(draft, key)).cloned().collect();
    let mut gone = teardown::nat_gateways(draft, &going, &moved);
    let subnets: BTreeSet<CloudId> = what.iter().filter_map(|key| draft.bound(key).cloned()).collect();
    gone.extend(teardown::dying(draft, |g| matches!(&g.scope, NatScope::Subnet(subnet) if subnets.contains(subnet))));
    gone.extend(waits_for_gateways(draft));
    teardown::rest(draft, &what, &Departed { moved, free, gone });
    for step in draft.steps.iter_mut().skip(began) {
        let Action::Change(op) = &step.action else { continue };
        // Why a thing made room stands where it got its new Key.
        if !op.references().into_iter().any(|key| draft.retired.contains_key(key)) {
            step.why.get_or_insert_with(|| "it is no longer in the file".to_owned());
        }
    }
    give_up(draft);
}

/// The stack's things that the Spec does not have; an address is never among them.
fn candidates(draft: &Draft<'_>) -> BTreeSet<Key> {
    let kinds =
        [Kind::Network, Kind::InternetGateway, Kind::Subnet, Kind::RouteTable, Kind::NatGateway, Kind::SecurityGroup];
    let unnamed = kinds.into_iter().flat_map(|kind| draft.unnamed(kind));
    let ours = |key: &Key, id: &CloudId| {
        let owner = draft.world.tags(key.kind, id).and_then(Owner::of);
        owner.is_some_and(|owner| owner.stack == draft.spec.stack)
    };
    let dying = |id: &CloudId| draft.world.gateway.nat_gateways.get(id).is_some_and(|g| !g.state.is_live());
    unnamed.filter(|(key, id)| ours(key, id) && !dying(id)).map(|(key, _)| key).collect()
}

/// What still uses a thing once all that is planned so far is done, but for what goes with it.
fn user(draft: &Draft<'_>, after: &World, what: &BTreeSet<Key>, key: &Key) -> Option<String> {
    let id = draft.bound(key)?;
    let going: BTreeSet<&CloudId> = what.iter().filter_map(|key| draft.bound(key)).collect();
    let stays = |id: &&CloudId| !going.contains(id);
    let by = |user: &dyn std::fmt::Display| format!("{user} uses it");
    match key.kind {
        Kind::Subnet => functions_with(after, |a| a.subnets.contains(id)).or_else(|| {
            let stranger = after.network.interfaces.values().find(|i| {
                &i.subnet == id && matches!(i.kind, InterfaceKind::Machine | InterfaceKind::Other) && i.in_use
            });
            let gateway = after
                .gateway
                .nat_gateways
                .values()
                .find(|g| g.state.is_live() && matches!(&g.scope, NatScope::Subnet(s) if s == id) && stays(&&g.id));
            stranger.map(|i| by(&i.id)).or_else(|| gateway.map(|g| format!("{} stands in it", g.id)))
        }),
        Kind::RouteTable => after.network.route_tables.get(id)?.associations.iter().find_map(|a| match &a.with {
            AssociatedWith::Subnet(subnet) => Some(subnet).filter(stays).map(|subnet| by(subnet)),
            AssociatedWith::Main => Some("it is its network's main table".to_owned()),
            AssociatedWith::Gateway(gateway) => Some(by(gateway)),
        }),
        Kind::NatGateway => {
            let target = Target::NatGateway(id.clone());
            let leads = |table: &&crate::world::RouteTable| table.routes.iter().any(|r| r.target == target);
            let table = after.network.route_tables.values().filter(|t| stays(&&t.id)).find(leads);
            table.map(|t| format!("{} leads to it", t.id))
        }
        Kind::SecurityGroup => functions_with(after, |a| a.groups.contains(id)),
        Kind::InternetGateway => {
            let network = after.gateway.internet_gateways.get(id)?.network.as_ref()?;
            Some(network).filter(stays).map(|network| by(network))
        }
        Kind::Network => {
            let subnet = after.network.subnets.values().find(|s| &s.network == id && stays(&&s.id)).map(|s| &s.id);
            let endpoint = after.network.endpoints.values().find(|e| &e.network == id).map(|e| &e.id);
            subnet.or(endpoint).map(|inside| format!("{inside} is in it"))
        }
        _ => None,
    }
}

fn functions_with(after: &World, uses: impl Fn(&crate::world::Attachment<CloudId>) -> bool) -> Option<String> {
    let probe = |tags| Owner::of(tags).is_some_and(|owner| owner.key.kind == Kind::Probe);
    after.function.functions.values().filter(|f| !probe(&f.tags)).find_map(|f| {
        if f.attachment.as_ref().is_some_and(&uses) {
            return Some(format!("function {} uses it", f.id));
        }
        let version = f.versions.iter().find(|v| v.attachment.as_ref().is_some_and(&uses))?;
        Some(format!("version {} of function {} uses it", version.version, f.id))
    })
}

/// The Steps after which nothing takes the old ways: functions are moved, routes and associations changed.
fn led_elsewhere(draft: &Draft<'_>) -> Vec<StepId> {
    let mut steps = draft.steps_where(|op| {
        matches!(
            op,
            Op::Network(NetworkOp::AssociateRouteTable(_) | NetworkOp::ReplaceRoute(_) | NetworkOp::CreateRoute(_))
        )
    });
    let settled = draft.steps.iter().filter(|step| match &step.action {
        Action::Await(Condition::Ready(key)) => key.kind == Kind::Function,
        _ => false,
    });
    steps.extend(settled.map(|step| step.id.clone()));
    steps
}

/// Whether the Plan deletes a gateway already, so that its address gets free.
fn is_deleted(draft: &Draft<'_>, gateway: &Key) -> bool {
    let deletes = |op: &Op<Key>| matches!(op, Op::Gateway(GatewayOp::DeleteNatGateway(op)) if &op.gateway == gateway);
    !draft.steps_where(deletes).is_empty()
}

fn waits_for_gateways(draft: &Draft<'_>) -> Vec<StepId> {
    let waits = draft.steps.iter().filter(|step| match &step.action {
        Action::Await(Condition::Gone(key)) => key.kind == Kind::NatGateway,
        _ => false,
    });
    waits.map(|step| step.id.clone()).collect()
}

/// An IP that third parties may admit is given up only where it is named.
fn give_up(draft: &mut Draft<'_>) {
    let after = draft.after();
    let live = after.gateway.nat_gateways.values().filter(|g| g.state.is_live());
    let kept: BTreeSet<&CloudId> = live.flat_map(|g| g.addresses.iter().filter_map(|a| a.address.as_ref())).collect();
    let held: Vec<(Key, CloudId)> = (draft.bindings.iter())
        .filter(|(key, id)| key.kind == Kind::Address && !kept.contains(id))
        .map(|(key, id)| (key.clone(), id.clone()))
        .collect();
    for (key, id) in held {
        let Some(address) = draft.world.gateway.addresses.get(&id) else { continue };
        let holder = address.nat_gateway.as_ref().and_then(|id| draft.world.gateway.nat_gateways.get(id));
        let tables = &draft.world.network.route_tables;
        let led_to =
            |id: &CloudId| tables.values().any(|t| t.routes.iter().any(|r| r.target == Target::NatGateway(id.clone())));
        // Nothing leaves now through a gateway that no route leads to.
        let serves = holder.is_some_and(|g| g.state.is_live() && led_to(&g.id));
        let (Some(ip), true) = (address.ip, serves) else { continue };
        let permit = Permit::GiveUp(ip);
        if draft.permits(&permit) {
            continue;
        }
        draft.refusals.insert(Refusal {
            kind: RefusalKind::Unsafe,
            subject: Some(key.to_string()),
            message: format!("nothing would leave from {ip} any more, which third parties may admit"),
            hint: Some("put its gateway back into the file, or say that the IP may be given up".to_owned()),
            permit: Some(permit),
        });
    }
}
