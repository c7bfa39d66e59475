//! Networks, subnets, route tables and the functions' group: what is missing is made, what has drifted is mended.

use std::collections::BTreeSet;

use super::{
    Condition, Method, Proof, RefusalKind, StepId,
    draft::Draft,
    existing,
    ways::{self, Way},
};
use crate::{
    CloudId, Key, Kind, Owner,
    op::{
        AllowEgress, AssociateRouteTable, CreateGroup, CreateNetwork, CreateRoute, CreateRouteTable, CreateSubnet,
        NetworkOp, Op, ReplaceRoute,
    },
    spec::{SubnetSpec, WayOut, ZoneChoice},
    world::{AssociatedWith, Destination, Function, RouteState, Rule, Target},
};

/// Makes or mends the network, its subnets, its group and its tables, but for routes and associations.
pub(super) fn build(draft: &mut Draft<'_>) {
    network(draft);
    for subnet in &draft.spec.subnets {
        self::subnet(draft, subnet);
    }
    group(draft);
    for table in draft.spec.route_tables() {
        self::table(draft, &table);
    }
}

/// The Key of the table that a subnet uses.
pub(super) fn table_of(draft: &Draft<'_>, subnet: &SubnetSpec) -> Option<Key> {
    match &subnet.way_out {
        WayOut::InternetGateway => Some(draft.spec.public_route_table_key()),
        WayOut::NatGateway(_) => draft.spec.nat_gateway_of(subnet).map(|g| g.route_table_key()),
    }
}

/// The tables whose default route is to lead to a gateway: its own, where that is made, and existing ones.
pub(super) fn tables_to(draft: &mut Draft<'_>, gateway: &Key, own: Key) -> Vec<Key> {
    let made = Some(own).filter(|own| draft.spec.route_tables().contains(own));
    made.into_iter().chain(existing::tables_to(draft, gateway)).collect()
}

fn network(draft: &mut Draft<'_>) {
    let key = draft.spec.network_key();
    if draft.bound(&key).is_some() {
        return draft.keep_tagged(&key);
    }
    let (cidr, tags) = (draft.spec.network.cidr, draft.tags(&key));
    draft.change(Op::Network(NetworkOp::CreateNetwork(CreateNetwork { cidr, tags })), []);
}

fn subnet(draft: &mut Draft<'_>, subnet: &SubnetSpec) {
    let key = subnet.key();
    if draft.bound(&key).is_some() {
        return draft.keep_tagged(&key);
    }
    refuse_overlap(draft, subnet);
    let Some(zone) = zone(draft, subnet) else { return };
    let (network, tags) = (draft.spec.network_key(), draft.tags(&key));
    draft.change(Op::Network(NetworkOp::CreateSubnet(CreateSubnet { network, cidr: subnet.cidr, zone, tags })), []);
}

/// The cloud would refuse a subnet whose range is taken: better said before anything is made.
fn refuse_overlap(draft: &mut Draft<'_>, subnet: &SubnetSpec) {
    let Some(network) = draft.bound(&draft.spec.network_key()) else { return };
    let taken = (draft.world.network.subnets.values())
        .filter(|s| &s.network == network)
        .find(|s| s.cidr.contains(&subnet.cidr) || subnet.cidr.contains(&s.cidr));
    if let Some(taken) = taken {
        let message =
            format!("{} {} overlaps {} {}, which is there already", subnet.key(), subnet.cidr, taken.id, taken.cidr);
        draft.refuse(RefusalKind::Impossible, subnet.key(), message, "give it a free range in the file");
    }
}

/// The zone of a subnet that is still to be made.
fn zone(draft: &mut Draft<'_>, subnet: &SubnetSpec) -> Option<String> {
    let mut usable: Vec<&str> =
        draft.world.network.zones.iter().filter(|z| z.functions).map(|z| z.name.as_str()).collect();
    usable.sort_unstable();
    let chosen = match &subnet.zone {
        ZoneChoice::Nth(n) => usable.get(usize::from(*n).checked_sub(1)?).copied(),
        ZoneChoice::Named(name) => usable.iter().find(|zone| *zone == name).copied(),
    };
    if let Some(zone) = chosen {
        return Some(zone.to_owned());
    }
    let wanted = match &subnet.zone {
        ZoneChoice::Nth(n) => format!("zone {n}"),
        ZoneChoice::Named(name) => format!("zone {name}"),
    };
    let message = format!(
        "{} is to be in {wanted}, but region {} has {} zones that functions can use: {}",
        subnet.key(),
        draft.world.network.place.region,
        usable.len(),
        usable.join(", ")
    );
    draft.refuse(RefusalKind::Impossible, subnet.key(), message, "set `zone` of the subnet to one of these");
    None
}

fn group(draft: &mut Draft<'_>) {
    let key = draft.spec.security_group_key();
    if draft.spec.is_existing(&key) {
        return;
    }
    let Some(id) = draft.bound(&key).cloned() else {
        let op = CreateGroup {
            network: draft.spec.network_key(),
            name: draft.spec.security_group.name.clone(),
            description: format!("functions of egress stack {}: everything out and nothing in", draft.spec.stack),
            tags: draft.tags(&key),
        };
        draft.change(Op::Network(NetworkOp::CreateGroup(op)), []);
        return;
    };
    draft.keep_tagged(&key);
    let rule = Rule::all_v4();
    if draft.world.network.groups.get(&id).is_some_and(|group| !group.egress.contains(&rule)) {
        draft.change(Op::Network(NetworkOp::AllowEgress(AllowEgress { group: key, rule })), []);
        draft.because("its rule that lets everything out is gone");
    }
}

fn table(draft: &mut Draft<'_>, key: &Key) {
    if draft.bound(key).is_some() {
        return draft.keep_tagged(key);
    }
    let tags = draft.tags(key);
    let network = draft.spec.network_key();
    draft.change(Op::Network(NetworkOp::CreateRouteTable(CreateRouteTable { network, tags })), []);
}

/// Makes every subnet of a sort use its table, but for existing ones, which keep theirs. A subnet that functions run in is
/// moved to another table only once the way through that table has been followed.
pub(super) fn associations(draft: &mut Draft<'_>, sort: fn(&WayOut) -> bool) {
    let spec = draft.spec;
    for subnet in spec.subnets.iter().filter(|s| sort(&s.way_out) && !spec.is_existing(&s.key())) {
        associate(draft, subnet);
    }
}

fn associate(draft: &mut Draft<'_>, subnet: &SubnetSpec) {
    let Some(table) = table_of(draft, subnet) else { return };
    if matches!(ways::way(draft, subnet), Way::Kept | Way::Lost) {
        return;
    }
    let id = draft.bound(&subnet.key()).cloned();
    let found = id.as_ref().and_then(|id| association(draft, id));
    if let Some((_, with)) = &found
        && draft.bound(&table) == Some(with)
    {
        return;
    }
    let why = match &found {
        Some((_, with)) => Some(format!("it is associated with {with}")),
        None if id.is_some() && draft.bound(&table).is_some() => Some("its association is gone".to_owned()),
        None => None,
    };
    let replaces = found.map(|(association, _)| association);
    let op = Op::Network(NetworkOp::AssociateRouteTable(AssociateRouteTable { table, subnet: subnet.key(), replaces }));
    let mut needs = draft.listed.clone();
    if id.is_some_and(|id| runs_functions(draft, &id)) {
        needs = follow(draft, &[subnet.key()], &op, &ways::exits(draft, subnet), &needs);
    }
    draft.change(op, needs);
    if let Some(why) = why {
        draft.because(why);
    }
}

/// A subnet's own association, and the table that it is with.
pub(super) fn association(draft: &Draft<'_>, subnet: &CloudId) -> Option<(CloudId, CloudId)> {
    (draft.world.network.route_tables.values())
        .find_map(|table| Some((table.association_of(subnet)?.id.clone(), table.id.clone())))
}

/// When a table's default route may lead to its target.
#[derive(Clone)]
pub(super) struct Lead {
    /// What must be done before the cloud accepts such a route at all.
    pub(super) accepted: Vec<StepId>,
    /// What must be done before packets get through it.
    pub(super) ready: Vec<StepId>,
    /// The addresses that packets then leave from; empty where the way leads straight to the internet gatelead.
    pub(super) expect: BTreeSet<Key>,
}

/// Makes a table's default route lead to `target`.
///
/// A route to a gateway that is still pending is tried only in a table that no function uses yet. A route that exists is
/// given another target only once the new way is ready and has been followed from every subnet that uses the table.
pub(super) fn default_route(draft: &mut Draft<'_>, table: &Key, target: &Target<Key>, lead: Lead) {
    let destination = Destination::default_v4();
    let existing = (draft.bound(table).and_then(|id| draft.world.network.route_tables.get(id)))
        .and_then(|t| t.route(&destination));
    let mut needs = lead.accepted;
    needs.extend(draft.listed.iter().cloned());
    let Some(existing) = existing else {
        let mended = draft.bound(table).is_some();
        if in_use(draft, table) {
            needs.extend(lead.ready);
        }
        let route = CreateRoute { table: table.clone(), destination, target: target.clone() };
        draft.change(Op::Network(NetworkOp::CreateRoute(route)), needs);
        if mended {
            draft.because("its default route is gone");
        }
        return;
    };
    let wanted = target.try_map(&mut |key| draft.bound(key).cloned().ok_or(()));
    if existing.state == RouteState::Active && wanted.as_ref() == Ok(&existing.target) {
        return;
    }
    let why = match existing.state {
        RouteState::Active => format!("it led to {}", existing.target),
        RouteState::Blackhole => format!("it led to {}, which is gone", existing.target),
        RouteState::Filtered => format!("the cloud filters its route to {}", existing.target),
    };
    let route = ReplaceRoute { table: table.clone(), destination, target: target.clone() };
    let op = Op::Network(NetworkOp::ReplaceRoute(route));
    needs.extend(lead.ready);
    needs.extend(follow(draft, &users(draft, table), &op, &lead.expect, &needs));
    draft.change(op, needs);
    draft.because(why);
}

/// Follows the way out of subnets as it will be after `op`. It is followed once all that the Plan changes before is done.
fn follow(
    draft: &mut Draft<'_>,
    subnets: &[Key],
    op: &Op<Key>,
    expect: &BTreeSet<Key>,
    needs: &[StepId],
) -> Vec<StepId> {
    if expect.is_empty() {
        return Vec::new();
    }
    let mut before = draft.path_steps();
    before.extend(needs.iter().cloned());
    let proofs = subnets.iter().map(|subnet| Proof {
        subnet: subnet.clone(),
        by: Method::Trace { assuming: vec![op.clone()] },
        expect: expect.clone(),
    });
    proofs.map(|proof| draft.prove(proof, before.clone())).collect()
}

/// The private subnets of the Spec that a table routes now.
fn users(draft: &Draft<'_>, table: &Key) -> Vec<Key> {
    let Some(table) = draft.bound(table) else { return Vec::new() };
    let part = &draft.world.network;
    let used = |id: &CloudId| part.subnets.get(id).and_then(|subnet| part.table_of(subnet)).map(|table| &table.id);
    (draft.spec.private_subnets().map(SubnetSpec::key))
        .filter(|key| draft.bound(key).is_some_and(|id| used(id) == Some(table)))
        .collect()
}

/// Whether a table that functions use leads somewhere.
pub(super) fn leads(draft: &Draft<'_>, table: &Key) -> bool {
    let found = draft.bound(table).and_then(|id| draft.world.network.route_tables.get(id));
    let route = found.and_then(|t| t.route(&Destination::default_v4()));
    route.is_some_and(|r| r.state == RouteState::Active) && in_use(draft, table)
}

/// Whether any function has an interface in a subnet that uses a table, or is set to have one.
fn in_use(draft: &Draft<'_>, table: &Key) -> bool {
    let Some(table) = draft.bound(table).and_then(|id| draft.world.network.route_tables.get(id)) else { return false };
    table.is_main()
        || table.associations.iter().any(|a| match &a.with {
            AssociatedWith::Subnet(subnet) => runs_functions(draft, subnet),
            AssociatedWith::Main | AssociatedWith::Gateway(_) => false,
        })
}

/// Whether any function of the user's is set to have an interface in a subnet.
pub(super) fn runs_functions(draft: &Draft<'_>, subnet: &CloudId) -> bool {
    let probe = |f: &Function| Owner::of(&f.tags).is_some_and(|owner| owner.key.kind == Kind::Probe);
    let functions = draft.world.function.functions.values().filter(|f| !probe(f));
    functions.filter_map(|f| f.attachment.as_ref()).any(|a| a.subnets.contains(subnet))
}

/// A wait for a NAT gateway to be available.
pub(super) fn ready(key: &Key) -> Condition<Key> {
    Condition::Ready(key.clone())
}
