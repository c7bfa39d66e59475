//! Destruction, in an order that cuts nobody off unasked, leaves nothing that costs money, and keeps the address.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{
    AddressChange, Fate, Level, RefusalKind, StepId,
    draft::Draft,
    existing, external,
    functions::{self, Leaving},
    members::Member,
    proof,
    teardown::{self, Departed},
};
use crate::{
    CloudId, Key, Kind,
    op::{DeleteProbeRole, FunctionOp, GatewayOp, Op, ReleaseAddress},
    world::{AssociatedWith, Function, InterfaceKind, NatScope, Version},
};

/// Takes the stack down: everything that carries its tags, whether or not the Spec still has it.
pub(super) fn destroy(draft: &mut Draft<'_>, release: &BTreeSet<Ipv4Addr>, remove_role_policy: bool) {
    check_release(draft, release);
    check_strangers(draft);
    check_versions(draft);
    existing::say_left(draft);
    let members = external::members_kept(draft);
    external::destroy(draft);
    // Functions get back what they had, and run elsewhere before any gateway goes.
    let leaving = give_back(draft, &members);
    if !remove_role_policy {
        leaving.iter().for_each(|leaving| functions::forget(draft, leaving));
    }
    let moved = functions::moved(&leaving);
    proof::tidy(draft);
    let mut left = moved.clone();
    left.extend(draft.steps_where(|op| matches!(op, Op::Function(FunctionOp::DeleteProbe(_)))));
    let what = everything(draft);
    // Interfaces end while gateways go.
    let free = teardown::interfaces(draft, &what, &left);
    let mut gone = teardown::nat_gateways(draft, &what, &moved);
    gone.extend(teardown::dying(draft, |_| true));
    // The address stays, or goes where it was named.
    addresses(draft, release, &gone);
    let departed = Departed { moved, free, gone };
    teardown::rest(draft, &what, &departed);
    let free: Vec<StepId> = departed.free.into_iter().map(|(_, step)| step).collect();
    // Permissions last: an interface can be deleted only by a role that may.
    probe_role(draft, &free);
    if remove_role_policy {
        functions::revoke(draft, &leaving, &free);
    } else {
        functions::say_permissions_stay(draft, &leaving);
    }
}

/// Everything that egress made for the stack and is live, spares included.
fn everything(draft: &Draft<'_>) -> BTreeSet<Key> {
    let owned = draft.world.owned_by(&draft.spec.stack).into_iter().filter(|o| o.live).map(|o| o.owner.key);
    let made = owned.filter(|key| !existing::is_existing(draft, key));
    made.chain(draft.spares.keys().cloned()).collect()
}

/// The Keys of what egress made for the stack, of one kind.
fn keys(draft: &Draft<'_>, kind: Kind) -> Vec<Key> {
    everything(draft).into_iter().filter(|key| key.kind == kind).collect()
}

/// Only an address that egress allocated for this stack can be given away, and only by its IP.
fn check_release(draft: &mut Draft<'_>, release: &BTreeSet<Ipv4Addr>) {
    let ours: BTreeSet<Ipv4Addr> = keys(draft, Kind::Address).iter().filter_map(|key| ip(draft, key)).collect();
    let under_way = is_under_way(draft);
    for ip in release.difference(&ours) {
        if under_way && draft.world.gateway.address_at(*ip).is_none() {
            draft.note(
                Level::Warning,
                ip,
                format!("the account holds no address {ip}: there is nothing to release"),
                "an earlier run of this command has released it, or it is misspelt: `egress ips` lists what there is",
            );
            continue;
        }
        let list: Vec<String> = ours.iter().map(Ipv4Addr::to_string).collect();
        let has = if list.is_empty() { "it has none".to_owned() } else { format!("it has {}", list.join(", ")) };
        draft.refuse(
            RefusalKind::NotFound,
            ip,
            format!("{ip} is no address that egress allocated for stack {}: {has}", draft.spec.stack),
            "nothing was released; `egress ips` lists the stack's addresses",
        );
    }
}

/// Whether an earlier run has taken a part of the stack down: addresses go once every gateway is gone, and before the rest.
fn is_under_way(draft: &Draft<'_>) -> bool {
    let owned = draft.world.owned_by(&draft.spec.stack);
    let live = |kind: Kind| owned.iter().any(|o| o.live && o.owner.key.kind == kind);
    !live(Kind::NatGateway) && Kind::ALL.into_iter().any(|kind| kind != Kind::Address && live(kind))
}

/// What egress did not make is never deleted, so it must not be inside.
fn check_strangers(draft: &mut Draft<'_>) {
    let (networks, subnets, tables) =
        (ids(draft, Kind::Network), ids(draft, Kind::Subnet), ids(draft, Kind::RouteTable));
    let world = draft.world;
    let ours: BTreeSet<CloudId> = world.owned_by(&draft.spec.stack).into_iter().map(|o| o.id).collect();
    let stranger = |id: &CloudId, network: &CloudId| networks.contains(network) && !ours.contains(id);
    let mut strangers: Vec<String> = Vec::new();
    strangers.extend(world.network.subnets.values().filter(|s| stranger(&s.id, &s.network)).map(|s| s.id.to_string()));
    strangers
        .extend(world.network.endpoints.values().filter(|e| stranger(&e.id, &e.network)).map(|e| e.id.to_string()));
    strangers.extend(
        (world.network.interfaces.values())
            .filter(|i| {
                !ours.contains(&i.id)
                    && match i.kind {
                        InterfaceKind::Machine | InterfaceKind::Other => {
                            networks.contains(&i.network) || subnets.contains(&i.subnet)
                        }
                        // In a network that goes, the endpoint itself was told.
                        InterfaceKind::Endpoint => subnets.contains(&i.subnet) && !networks.contains(&i.network),
                        InterfaceKind::Function | InterfaceKind::NatGateway => false,
                    }
            })
            .map(|i| i.id.to_string()),
    );
    strangers.extend(
        (world.gateway.nat_gateways.values())
            .filter(|g| {
                let inside =
                    matches!(&g.scope, NatScope::Subnet(subnet) if subnets.contains(subnet) && !ours.contains(&g.id));
                g.state.is_live() && (inside || stranger(&g.id, &g.network))
            })
            .map(|g| g.id.to_string()),
    );
    strangers.extend(
        (world.function.functions.values())
            .filter(|f| !ours.contains(&f.id) && is_inside(f, &networks, &subnets))
            .map(|f| format!("function {}", f.id)),
    );
    let used = world.network.route_tables.values().filter(|t| tables.contains(&t.id)).flat_map(|t| &t.associations);
    strangers.extend(used.filter_map(|association| match &association.with {
        AssociatedWith::Subnet(subnet) if !ours.contains(subnet) => Some(format!("{subnet}, by {}", association.id)),
        _ => None,
    }));
    let mut seen = BTreeSet::new();
    strangers.retain(|stranger| seen.insert(stranger.clone()));
    if strangers.is_empty() {
        return;
    }
    draft.refuse(
        RefusalKind::Unsafe,
        draft.spec.stack.clone(),
        format!("the stack's network holds things that egress did not make or attach: {}", strangers.join(", ")),
        "move or delete them yourself, then run this again",
    );
}

/// A published version runs where it was published, for ever: nothing can be given back to it. Its callers would be cut off,
/// and its interfaces would keep their subnets from being deleted.
fn check_versions(draft: &mut Draft<'_>) {
    let subnets = ids(draft, Kind::Subnet);
    let inside = |version: &&Version| version.attachment.as_ref().is_some_and(|a| !a.subnets.is_disjoint(&subnets));
    for function in draft.world.function.functions.values() {
        let versions: Vec<String> = function.versions.iter().filter(inside).map(|v| named(function, v)).collect();
        if versions.is_empty() {
            continue;
        }
        draft.refuse(
            RefusalKind::Unsafe,
            &function.id,
            format!("published versions of {} run in the stack's subnets for good: {}", function.id, versions.join(", ")),
            "whoever calls them would be cut off: point their aliases at another version and delete them, then run this again",
        );
    }
}

fn named(function: &Function, version: &Version) -> String {
    let aliases = function.aliases.iter().filter(|alias| alias.versions.contains(&version.version));
    let aliases: Vec<&str> = aliases.map(|alias| alias.name.as_str()).collect();
    if aliases.is_empty() { version.version.clone() } else { format!("{} ({})", version.version, aliases.join(", ")) }
}

/// The cloud's names of what egress made, of one kind.
fn ids(draft: &Draft<'_>, kind: Kind) -> BTreeSet<CloudId> {
    keys(draft, kind).iter().filter_map(|key| draft.bound(key).cloned()).collect()
}

fn is_inside(function: &Function, networks: &BTreeSet<CloudId>, subnets: &BTreeSet<CloudId>) -> bool {
    let attachment = function.attachment.as_ref();
    function.network.as_ref().is_some_and(|network| networks.contains(network))
        || attachment.is_some_and(|attachment| !attachment.subnets.is_disjoint(subnets))
}

/// Returns the functions that are then to be forgotten.
fn give_back(draft: &mut Draft<'_>, members: &[Member]) -> Vec<Leaving> {
    let (networks, subnets) = (ids(draft, Kind::Network), ids(draft, Kind::Subnet));
    let mut leaving = Vec::new();
    for member in members {
        draft.note(
            Level::Warning,
            &member.function,
            format!("{} loses its fixed IP", member.function),
            "third parties that admit only that IP will refuse it",
        );
        let function = draft.world.function.functions.get(&member.function);
        let stays = function
            .is_some_and(|f| matches!(&member.before, Ok(Some(Some(before))) if f.attachment.as_ref() == Some(before)));
        let inside = function.is_some_and(|function| is_inside(function, &networks, &subnets));
        if stays && inside {
            draft.refuse(
                RefusalKind::Unsafe,
                &member.function,
                format!(
                    "{} was in the stack's subnets before egress attached it: there is nothing to give back",
                    member.function
                ),
                "give it another network configuration, then run this again",
            );
            continue;
        }
        leaving.extend(functions::detach_one(draft, member));
    }
    leaving
}

/// What becomes of the addresses.
fn addresses(draft: &mut Draft<'_>, release: &BTreeSet<Ipv4Addr>, gone: &[StepId]) {
    for key in keys(draft, Kind::Address) {
        let ip = ip(draft, &key);
        let named = ip.filter(|ip| release.contains(ip));
        let fate = if named.is_some() { Fate::GivenUp } else { Fate::Parked };
        draft.addresses.push(AddressChange { key: key.clone(), ip, fate });
        if let Some(ip) = named {
            draft.change(Op::Gateway(GatewayOp::ReleaseAddress(ReleaseAddress { address: key, ip })), gone.to_vec());
        }
    }
}

fn ip(draft: &Draft<'_>, address: &Key) -> Option<Ipv4Addr> {
    draft.world.gateway.addresses.get(draft.bound(address)?)?.ip
}

/// Its permission is needed as long as any interface of a probe is there.
fn probe_role(draft: &mut Draft<'_>, free: &[StepId]) {
    let role = proof::probe_role_key(draft);
    if draft.bound(&role).is_some() {
        draft.change(Op::Function(FunctionOp::DeleteProbeRole(DeleteProbeRole { role })), free.to_vec());
    }
}
