//! Takes down what a case made.

use super::{ops::*, rig::Rig};
use crate::{
    CloudExt, CloudId, Kind, Op, Outcome, World,
    world::{AssociatedWith, Grant, NatState, Network, RouteTable, UpdateState},
};

/// Deletes everything of the stack, in the order in which things depend on each other, until nothing is left.
///
/// The World alone says what is to be done: whatever a case made and whatever became of it, its things carry the stack's
/// name. An address is released only where its name tells that this run allocated it.
pub(super) async fn sweep(rig: &Rig<'_>) -> Result<(), String> {
    let begun = rig.now();
    let mut refusal = None;
    for round in 0.. {
        let world = rig.observe().await.map_err(|stop| stop.to_string())?;
        let Some((what, ops)) = next(&Left { rig, world: &world }) else { return nothing_left(rig, &world) };
        if rig.now() - begun >= rig.fixture().patience {
            let said = refusal.map(|error| format!("; the cloud last said: {error}")).unwrap_or_default();
            return Err(format!("{what} cannot be taken down{said}"));
        }
        for op in &ops {
            if let Outcome::Failed(error) | Outcome::Unknown(error) = rig.cloud().apply(op, &rig.token()).await {
                refusal = Some(error);
            }
        }
        rig.pause(round).await;
    }
    Ok(())
}

fn nothing_left(rig: &Rig<'_>, world: &World) -> Result<(), String> {
    match world.owned_by(&rig.fixture().stack).iter().find(|o| o.live) {
        Some(owned) => Err(format!("{} ({}) is left behind", owned.owner.key, owned.id)),
        None => Ok(()),
    }
}

/// What is there, and whose it is.
struct Left<'a> {
    rig: &'a Rig<'a>,
    world: &'a World,
}

/// What takes one sort of things down: `None` where nothing of it is left, and no Ops where it is only to be waited for.
type Stage = fn(&Left<'_>) -> Option<Vec<Op<CloudId>>>;

/// Each needs the ones before it to be through.
const STAGES: [(&str, Stage); 13] = [
    ("a lease", leases),
    ("the function's attachment", function),
    ("a probe", |left| each(left.owned(Kind::Probe), delete_probe)),
    ("a NAT gateway", nat_gateways),
    ("an address", addresses),
    ("an association", associations),
    ("a route table", |left| each(left.tables().map(|t| t.id.clone()), delete_table)),
    ("an internet gateway", internet_gateways),
    ("an interface", interfaces),
    ("a group", |left| each(left.owned(Kind::SecurityGroup), delete_group)),
    ("a subnet", |left| each(left.owned(Kind::Subnet), delete_subnet)),
    ("a network", |left| each(left.networks().map(|n| n.id.clone()), delete_network)),
    ("a role's permission", permissions),
];

fn next(left: &Left<'_>) -> Option<(&'static str, Vec<Op<CloudId>>)> {
    let roles = || Some(("a role", each(left.owned(Kind::Role), delete_probe_role)?));
    STAGES.into_iter().find_map(|(what, stage)| Some((what, stage(left)?))).or_else(roles)
}

fn each(ids: impl IntoIterator<Item = CloudId>, op: fn(&CloudId) -> Op<CloudId>) -> Option<Vec<Op<CloudId>>> {
    let ops: Vec<_> = ids.into_iter().map(|id| op(&id)).collect();
    (!ops.is_empty()).then_some(ops)
}

impl Left<'_> {
    /// The stack's own things of a kind, as long as they are live.
    fn owned(&self, kind: Kind) -> Vec<CloudId> {
        let owned = self.world.owned_by(&self.rig.fixture().stack).into_iter();
        owned.filter(|o| o.live && o.owner.key.kind == kind).map(|o| o.id).collect()
    }

    fn networks(&self) -> impl Iterator<Item = &Network> {
        let owned = self.owned(Kind::Network);
        self.world.network.networks.values().filter(move |n| owned.contains(&n.id))
    }

    fn tables(&self) -> impl Iterator<Item = &RouteTable> {
        let owned = self.owned(Kind::RouteTable);
        self.world.network.route_tables.values().filter(move |t| owned.contains(&t.id))
    }
}

/// A lease goes where its name tells that this run made it.
fn leases(left: &Left<'_>) -> Option<Vec<Op<CloudId>>> {
    let ours = format!("{}-", left.rig.fixture().nonce);
    let leases = left.world.network.leases.values().filter(|lease| lease.name.starts_with(&ours));
    each(leases.map(|lease| lease.id.clone()), delete_lease)
}

/// The fixture's function goes back to where it was, and loses the tags that the suite put on it.
fn function(left: &Left<'_>) -> Option<Vec<Op<CloudId>>> {
    let function = left.world.function.functions.get(left.rig.fixture().function.as_ref()?)?;
    if function.update == UpdateState::InProgress {
        return Some(Vec::new());
    }
    if function.attachment.is_some() {
        return Some(vec![set_attachment(&function.id, None, None)]);
    }
    let ours: Vec<_> = function.tags.keys().map(String::as_str).filter(|t| t.starts_with("conformance:")).collect();
    (!ours.is_empty()).then(|| vec![set_tags(Kind::Function, &function.id, &[], &ours)])
}

fn nat_gateways(left: &Left<'_>) -> Option<Vec<Op<CloudId>>> {
    let networks: Vec<_> = left.networks().map(|n| &n.id).collect();
    let here: Vec<_> = left.world.gateway.nat_gateways.values().filter(|g| networks.contains(&&g.network)).collect();
    if here.iter().all(|g| matches!(g.state, NatState::Deleted | NatState::Failed { .. })) {
        return None;
    }
    Some(here.iter().filter(|g| g.state.is_live()).map(|g| delete_nat(&g.id)).collect())
}

fn addresses(left: &Left<'_>) -> Option<Vec<Op<CloudId>>> {
    let ours = format!("{}-", left.rig.fixture().nonce);
    let owned = left.world.owned_by(&left.rig.fixture().stack).into_iter();
    let ops: Vec<_> = owned
        .filter(|o| o.owner.key.kind == Kind::Address && o.owner.key.name.starts_with(&ours))
        .filter_map(|o| Some(release(&o.id, left.world.gateway.addresses.get(&o.id)?.ip?)))
        .collect();
    (!ops.is_empty()).then_some(ops)
}

fn associations(left: &Left<'_>) -> Option<Vec<Op<CloudId>>> {
    let linked = |table: &RouteTable| {
        let links = table.associations.iter().filter_map(|a| match &a.with {
            AssociatedWith::Subnet(subnet) => Some(disassociate(&table.id, subnet, &a.id)),
            _ => None,
        });
        links.collect::<Vec<_>>()
    };
    let ops: Vec<_> = left.tables().flat_map(linked).collect();
    (!ops.is_empty()).then_some(ops)
}

fn internet_gateways(left: &Left<'_>) -> Option<Vec<Op<CloudId>>> {
    let gateways = left.owned(Kind::InternetGateway);
    let attached = |id: &CloudId| left.world.gateway.internet_gateways.get(id).and_then(|g| g.network.clone());
    let op = |id: &CloudId| match attached(id) {
        Some(network) => detach_internet_gateway(id, &network),
        None => delete_internet_gateway(id),
    };
    (!gateways.is_empty()).then(|| gateways.iter().map(op).collect())
}

/// Interfaces go by themselves; one that nothing uses any more may be helped.
fn interfaces(left: &Left<'_>) -> Option<Vec<Op<CloudId>>> {
    let networks: Vec<_> = left.networks().map(|n| &n.id).collect();
    let here: Vec<_> = left.world.network.interfaces.values().filter(|i| networks.contains(&&i.network)).collect();
    (!here.is_empty()).then(|| here.iter().filter(|i| !i.in_use).map(|i| delete_interface(&i.id)).collect())
}

/// What the case lent to the fixture's role. It goes after the interfaces, which are removed with it.
fn permissions(left: &Left<'_>) -> Option<Vec<Op<CloudId>>> {
    let held =
        |role: &CloudId, grant: &Grant| left.world.function.roles.get(role).is_some_and(|r| r.grants.contains(grant));
    let lent = left.rig.lent();
    let ops: Vec<_> = lent.into_iter().filter(|(r, g)| held(r, g)).map(|(r, g)| revoke(&r, g)).collect();
    (!ops.is_empty()).then_some(ops)
}
