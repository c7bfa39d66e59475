//! Networks, subnets, route tables and the functions' group: what is missing is made, what has drifted is mended.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

use super::{Condition, Method, Proof, RefusalKind, StepId, bind, draft::Draft, existing};
use crate::{
    CloudId, Key, Kind,
    op::{
        AllowEgress, AssociateRouteTable, CreateGroup, CreateNetwork, CreateRoute, CreateRouteTable, CreateSubnet,
        NetworkOp, Op, ReplaceRoute,
    },
    spec::{SubnetSpec, WayOut, ZoneChoice},
    world::{AssociatedWith, Destination, RouteState, Rule, Target},
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

/// Mentions things of the stack that the Spec no longer has.
pub(super) fn report_strays(draft: &mut Draft<'_>) {
    let spec = draft.spec;
    let mut known = vec![spec.network_key(), spec.internet_gateway_key(), spec.security_group_key()];
    known.extend(spec.subnets.iter().map(SubnetSpec::key));
    known.extend(spec.nat_gateways.iter().map(|g| g.key()));
    known.extend(spec.route_tables());
    known.extend(spec.routes_in.values().flatten().map(|id| Key::new(Kind::RouteTable, id.as_str())));
    bind::report_strays(draft, &known);
}

/// The Key of the table that a subnet uses.
pub(super) fn table_of(draft: &Draft<'_>, subnet: &SubnetSpec) -> Option<Key> {
    match &subnet.way_out {
        WayOut::InternetGateway => Some(public_table(draft)),
        WayOut::NatGateway(nat) => draft.spec.nat_gateways.iter().find(|g| &g.name == nat).map(|g| g.route_table_key()),
    }
}

/// The Key of the table that leads to the internet gateway.
pub(super) fn public_table(draft: &Draft<'_>) -> Key {
    Key::new(Kind::RouteTable, &draft.spec.internet_gateway.route_table)
}

/// The tables whose default route is to lead to a gateway: its own, where that is made, and existing ones.
pub(super) fn tables_to(draft: &mut Draft<'_>, gateway: &Key, own: Key) -> Vec<Key> {
    let made = Some(own).filter(|own| draft.spec.route_tables().contains(own));
    made.into_iter().chain(existing::tables_to(draft, gateway)).collect()
}

fn network(draft: &mut Draft<'_>) {
    let key = draft.spec.network_key();
    let cidr = draft.spec.network.cidr;
    let Some(id) = draft.bound(&key).cloned() else {
        let tags = draft.tags(&key);
        draft.change(Op::Network(NetworkOp::CreateNetwork(CreateNetwork { cidr, tags })), []);
        return;
    };
    draft.keep_tagged(&key);
    if let Some(network) = draft.world.network.networks.get(&id).filter(|n| n.cidrs.first() != Some(&cidr)) {
        let found = network.cidrs.iter().map(Ipv4Net::to_string).collect::<Vec<_>>().join(", ");
        draft.refuse(
            RefusalKind::Impossible,
            &key,
            format!("{id} carries the tags of {key}, but its range is {found}, not {cidr}"),
            "a network's range cannot be changed: put its range into the file, or, if egress did not make it, remove its tags `egress:stack` and `egress:key`",
        );
    }
}

fn subnet(draft: &mut Draft<'_>, subnet: &SubnetSpec) {
    let key = subnet.key();
    if draft.spec.is_existing(&key) {
        return;
    }
    let network = draft.spec.network_key();
    let Some(id) = draft.bound(&key).cloned() else {
        refuse_overlap(draft, subnet);
        let Some(zone) = zone(draft, subnet) else { return };
        let tags = draft.tags(&key);
        draft.change(Op::Network(NetworkOp::CreateSubnet(CreateSubnet { network, cidr: subnet.cidr, zone, tags })), []);
        return;
    };
    draft.keep_tagged(&key);
    let Some(found) = draft.world.network.subnets.get(&id) else { return };
    let mut wrong = Vec::new();
    if draft.bound(&network) != Some(&found.network) {
        wrong.push(format!("it is in {}, not in {network}", found.network));
    }
    if found.cidr != subnet.cidr {
        wrong.push(format!("its range is {}, not {}", found.cidr, subnet.cidr));
    }
    if let ZoneChoice::Named(zone) = &subnet.zone
        && zone != &found.zone
    {
        wrong.push(format!("its zone is {}, not {zone}", found.zone));
    }
    if !wrong.is_empty() {
        draft.refuse(
            RefusalKind::Impossible,
            &key,
            format!("{id} carries the tags of {key}, but {}", wrong.join(" and ")),
            "a subnet cannot be changed: put what it is into the file, or give the new one another name",
        );
    }
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

/// Makes every subnet of a sort use its table, but for existing ones, which keep theirs. A subnet that functions run in is moved to another table only once the way
/// through that table has been followed.
pub(super) fn associations(draft: &mut Draft<'_>, sort: fn(&WayOut) -> bool) {
    let spec = draft.spec;
    for subnet in spec.subnets.iter().filter(|s| sort(&s.way_out) && !spec.is_existing(&s.key())) {
        associate(draft, subnet);
    }
}

fn associate(draft: &mut Draft<'_>, subnet: &SubnetSpec) {
    let Some(table) = table_of(draft, subnet) else { return };
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
    let needs = match &id {
        Some(id) if runs_functions(draft, id) => follow(draft, &[subnet.key()], &op, &addresses_of(draft, subnet), &[]),
        _ => Vec::new(),
    };
    draft.change(op, needs);
    if let Some(why) = why {
        draft.because(why);
    }
}

/// The addresses that a private subnet's packets leave from; none for a public subnet.
pub(super) fn addresses_of(draft: &Draft<'_>, subnet: &SubnetSpec) -> BTreeSet<Key> {
    let WayOut::NatGateway(nat) = &subnet.way_out else { return BTreeSet::new() };
    let gateway = draft.spec.nat_gateways.iter().find(|g| &g.name == nat);
    gateway.map(|gateway| existing::addresses(draft, gateway)).unwrap_or_default()
}

/// A subnet's own association, and the table that it is with.
pub(super) fn association(draft: &Draft<'_>, subnet: &CloudId) -> Option<(CloudId, CloudId)> {
    (draft.world.network.route_tables.values())
        .find_map(|table| Some((table.association_of(subnet)?.id.clone(), table.id.clone())))
}

/// When a table's default route may lead to its target.
#[derive(Clone)]
pub(super) struct Way {
    /// What must be done before the cloud accepts such a route at all.
    pub(super) accepted: Vec<StepId>,
    /// What must be done before packets get through it.
    pub(super) ready: Vec<StepId>,
    /// The addresses that packets then leave from; empty where the way leads straight to the internet gateway.
    pub(super) expect: BTreeSet<Key>,
}

/// Makes a table's default route lead to `target`.
///
/// A route to a gateway that is still pending is tried only in a table that no function uses yet. A route that exists is
/// given another target only once the new way is ready and has been followed from every subnet that uses the table.
pub(super) fn default_route(draft: &mut Draft<'_>, table: &Key, target: &Target<Key>, way: Way) {
    let destination = Destination::default_v4();
    let existing = (draft.bound(table).and_then(|id| draft.world.network.route_tables.get(id)))
        .and_then(|t| t.route(&destination));
    let mut needs = way.accepted;
    let Some(existing) = existing else {
        let mended = draft.bound(table).is_some();
        if in_use(draft, table) {
            needs.extend(way.ready);
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
    needs.extend(way.ready);
    needs.extend(follow(draft, &users(draft, table), &op, &way.expect, &needs));
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

/// Whether any function has an interface in a subnet that uses a table, or is set to have one.
fn in_use(draft: &Draft<'_>, table: &Key) -> bool {
    let Some(table) = draft.bound(table).and_then(|id| draft.world.network.route_tables.get(id)) else { return false };
    table.is_main()
        || table.associations.iter().any(|a| match &a.with {
            AssociatedWith::Subnet(subnet) => runs_functions(draft, subnet),
            AssociatedWith::Main | AssociatedWith::Gateway(_) => false,
        })
}

/// Whether any function is set to have an interface in a subnet.
fn runs_functions(draft: &Draft<'_>, subnet: &CloudId) -> bool {
    (draft.world.function.functions.values()).any(|f| f.attachment.as_ref().is_some_and(|a| a.subnets.contains(subnet)))
}

/// A wait for a NAT gateway to be available.
pub(super) fn ready(key: &Key) -> Condition<Key> {
    Condition::Ready(key.clone())
}
