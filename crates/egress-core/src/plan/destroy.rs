//! Destruction, in an order that cuts nobody off unasked, leaves nothing that costs money, and keeps the address.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{
    AddressChange, Condition, Fate, Level, RefusalKind, StepId, draft::Draft, existing, external, functions,
    members::Member, network, proof,
};
use crate::{
    CloudId, Key, Kind,
    op::{
        DeleteGroup, DeleteInterface, DeleteInternetGateway, DeleteNatGateway, DeleteNetwork, DeleteProbeRole,
        DeleteRouteTable, DeleteSubnet, DetachInternetGateway, DisassociateRouteTable, FunctionOp, GatewayOp,
        NetworkOp, Op, ReleaseAddress,
    },
    world::{AssociatedWith, Function, InterfaceKind, NatScope, NatState},
};

/// Takes the stack down: everything that carries its tags, whether or not the Spec still has it.
pub(super) fn destroy(draft: &mut Draft<'_>, release: &BTreeSet<Ipv4Addr>, remove_role_policy: bool) {
    check_release(draft, release);
    check_strangers(draft);
    existing::say_left(draft);
    let members = external::members_kept(draft);
    external::destroy(draft);
    // 1: functions get back what they had, and run elsewhere before any gateway goes.
    let moved = give_back(draft, &members);
    proof::tidy(draft);
    let mut left = moved.clone();
    left.extend(draft.steps_where(|op| matches!(op, Op::Function(FunctionOp::DeleteProbe(_)))));
    // 2 and 3, side by side: interfaces end while gateways go.
    let free = interfaces(draft, &left);
    let gone = nat_gateways(draft, &moved);
    // 4: the address stays, or goes where it was named.
    addresses(draft, release, &gone);
    // 5 to 7: what is empty by now.
    let tables = route_tables(draft, &moved);
    let detached = internet_gateways(draft, &gone);
    let mut inside = groups(draft, &free);
    inside.extend(subnets(draft, &free, &gone));
    inside.extend(tables);
    inside.extend(detached);
    for network in keys(draft, Kind::Network) {
        draft.change(Op::Network(NetworkOp::DeleteNetwork(DeleteNetwork { network })), inside.clone());
    }
    // 8: permissions last: an interface can be deleted only by a role that may.
    let free: Vec<StepId> = free.into_iter().map(|(_, step)| step).collect();
    probe_role(draft, &free);
    if remove_role_policy {
        functions::revoke(draft, &members, &free);
    } else {
        functions::say_permissions_stay(draft, &members);
    }
}

/// The Keys of what egress made for the stack, of one kind, as far as they are bound.
fn keys(draft: &Draft<'_>, kind: Kind) -> Vec<Key> {
    let owned = draft.world.owned_by(&draft.spec.stack);
    let keys: BTreeSet<Key> =
        owned.into_iter().filter(|o| o.live && o.owner.key.kind == kind).map(|o| o.owner.key).collect();
    let keys = keys.into_iter().filter(|key| !existing::is_existing(draft, key));
    keys.collect()
}

/// Only an address that egress allocated for this stack can be given away, and only by its IP.
fn check_release(draft: &mut Draft<'_>, release: &BTreeSet<Ipv4Addr>) {
    let ours: BTreeSet<Ipv4Addr> = keys(draft, Kind::Address).iter().filter_map(|key| ip(draft, key)).collect();
    for ip in release.difference(&ours) {
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

/// The cloud's names of what egress made, of one kind.
fn ids(draft: &Draft<'_>, kind: Kind) -> BTreeSet<CloudId> {
    keys(draft, kind).iter().filter_map(|key| draft.bound(key).cloned()).collect()
}

fn is_inside(function: &Function, networks: &BTreeSet<CloudId>, subnets: &BTreeSet<CloudId>) -> bool {
    let attachment = function.attachment.as_ref();
    function.network.as_ref().is_some_and(|network| networks.contains(network))
        || attachment.is_some_and(|attachment| !attachment.subnets.is_disjoint(subnets))
}

/// Step 1. Returns what must be done before a gateway may go.
fn give_back(draft: &mut Draft<'_>, members: &[Member]) -> Vec<StepId> {
    let (networks, subnets) = (ids(draft, Kind::Network), ids(draft, Kind::Subnet));
    let mut moved = Vec::new();
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
        moved.extend(functions::detach_one(draft, member));
    }
    moved
}

/// Step 2: waits, subnet by subnet, until no function's interface is in use there, and deletes those that were left over. In
/// subnets that were there before, it is the group that tells the stack's interfaces from others'.
fn interfaces(draft: &mut Draft<'_>, left: &[StepId]) -> Vec<(Key, StepId)> {
    let mut places = keys(draft, Kind::Subnet);
    if draft.spec.private_subnets().any(|s| draft.spec.is_existing(&s.key())) {
        places.extend(keys(draft, Kind::SecurityGroup));
    }
    let mut free = Vec::new();
    for place in places {
        let Some(id) = draft.bound(&place).cloned() else { continue };
        let there = |draft: &Draft<'_>, in_use: bool| -> Vec<CloudId> {
            let interfaces = draft.world.network.interfaces.values();
            interfaces
                .filter(|i| i.kind == InterfaceKind::Function && i.in_use == in_use)
                .filter(|i| i.subnet == id || i.groups.contains(&id))
                .map(|i| i.id.clone())
                .collect()
        };
        for interface in there(draft, false) {
            let key = Key::new(Kind::Interface, interface.as_str());
            if draft.bindings.insert(key.clone(), interface).is_some() {
                continue;
            }
            draft.change(Op::Network(NetworkOp::DeleteInterface(DeleteInterface { interface: key })), left.to_vec());
        }
        let runs = place.kind == Kind::SecurityGroup || draft.spec.private_subnets().any(|s| s.key() == place);
        if (runs && !left.is_empty()) || !there(draft, true).is_empty() {
            let step = draft.wait(Condition::NoFunctionInterfaces(place.clone()), left.to_vec());
            free.push((place, step));
        }
    }
    free
}

/// Step 3. Returns the waits for the gateways to be gone.
fn nat_gateways(draft: &mut Draft<'_>, moved: &[StepId]) -> Vec<StepId> {
    let mut gone = Vec::new();
    for gateway in keys(draft, Kind::NatGateway) {
        existing::cut_off(draft, &gateway);
        let mut needs = moved.to_vec();
        needs.extend(existing::take_routes_back(draft, &gateway, moved));
        let op = GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: gateway.clone() });
        let deleted = draft.change(Op::Gateway(op), needs);
        gone.push(draft.wait(Condition::Gone(gateway), [deleted]));
    }
    let dying: Vec<CloudId> = (draft.world.owned_by(&draft.spec.stack).into_iter())
        .filter(|o| draft.world.gateway.nat_gateways.get(&o.id).is_some_and(|g| g.state == NatState::Deleting))
        .map(|o| o.id)
        .collect();
    for id in dying {
        let key = Key::new(Kind::NatGateway, id.as_str());
        draft.bindings.insert(key.clone(), id);
        gone.push(draft.wait(Condition::Gone(key), []));
    }
    gone
}

/// Step 4.
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

/// Step 5: associations, then tables; routes go with their tables.
fn route_tables(draft: &mut Draft<'_>, moved: &[StepId]) -> Vec<StepId> {
    let mut done = Vec::new();
    for table in keys(draft, Kind::RouteTable) {
        let mut unused = Vec::new();
        for subnet in keys(draft, Kind::Subnet) {
            let Some((association, with)) = draft.bound(&subnet).and_then(|id| network::association(draft, id)) else {
                continue;
            };
            if draft.bound(&table) != Some(&with) {
                continue;
            }
            let op = DisassociateRouteTable { table: table.clone(), subnet, association };
            unused.push(draft.change(Op::Network(NetworkOp::DisassociateRouteTable(op)), moved.to_vec()));
        }
        done.push(draft.change(Op::Network(NetworkOp::DeleteRouteTable(DeleteRouteTable { table })), unused));
    }
    done
}

/// Step 6: a gateway can be detached once no public address is mapped in its network.
fn internet_gateways(draft: &mut Draft<'_>, gone: &[StepId]) -> Vec<StepId> {
    let mut detached = Vec::new();
    let networks: Vec<Key> = keys(draft, Kind::Network).into_iter().chain([draft.spec.network_key()]).collect();
    for gateway in keys(draft, Kind::InternetGateway) {
        existing::cut_off(draft, &gateway);
        let id = draft.bound(&gateway).cloned();
        let there = id.and_then(|id| draft.world.gateway.internet_gateways.get(&id)?.network.clone());
        let network = there.and_then(|there| networks.iter().find(|k| draft.bound(k) == Some(&there)).cloned());
        let step = network.map(|network| {
            let mut needs = gone.to_vec();
            needs.extend(existing::take_routes_back(draft, &gateway, gone));
            let op = DetachInternetGateway { gateway: gateway.clone(), network };
            draft.change(Op::Gateway(GatewayOp::DetachInternetGateway(op)), needs)
        });
        detached.extend(step.clone());
        draft.change(Op::Gateway(GatewayOp::DeleteInternetGateway(DeleteInternetGateway { gateway })), step);
    }
    detached
}

/// Step 7, groups: no interface has them any more.
fn groups(draft: &mut Draft<'_>, free: &[(Key, StepId)]) -> Vec<StepId> {
    let needs: Vec<StepId> = free.iter().map(|(_, step)| step.clone()).collect();
    let groups = keys(draft, Kind::SecurityGroup).into_iter();
    groups
        .map(|group| draft.change(Op::Network(NetworkOp::DeleteGroup(DeleteGroup { group })), needs.clone()))
        .collect()
}

/// Step 7, subnets: neither functions' interfaces nor gateways are inside any more.
fn subnets(draft: &mut Draft<'_>, free: &[(Key, StepId)], gone: &[StepId]) -> Vec<StepId> {
    let mut done = Vec::new();
    for subnet in keys(draft, Kind::Subnet) {
        let mut needs: Vec<StepId> =
            free.iter().filter(|(key, _)| *key == subnet).map(|(_, step)| step.clone()).collect();
        let id = draft.bound(&subnet).cloned();
        let holds_gateway = (draft.world.network.interfaces.values())
            .any(|i| Some(&i.subnet) == id.as_ref() && i.kind == InterfaceKind::NatGateway)
            || (draft.world.gateway.nat_gateways.values())
                .any(|g| matches!(&g.scope, crate::world::NatScope::Subnet(s) if Some(s) == id.as_ref()));
        if holds_gateway {
            needs.extend(gone.iter().cloned());
        }
        done.push(draft.change(Op::Network(NetworkOp::DeleteSubnet(DeleteSubnet { subnet })), needs));
    }
    done
}

/// Step 8.
fn probe_role(draft: &mut Draft<'_>, free: &[StepId]) {
    let role = proof::probe_role_key(draft);
    if draft.bound(&role).is_some() {
        draft.change(Op::Function(FunctionOp::DeleteProbeRole(DeleteProbeRole { role })), free.to_vec());
    }
}
