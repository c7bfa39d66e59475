//! Destruction, in an order that cuts nobody off unasked, leaves nothing that costs money, and keeps the address.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{
    AddressChange, Condition, Fate, Level, RefusalKind, StepId,
    draft::Draft,
    functions::{self, Leaving},
    members::{self, Member},
    network, proof,
};
use crate::{
    CloudId, Key, Kind,
    op::{
        DeleteGroup, DeleteInterface, DeleteInternetGateway, DeleteNatGateway, DeleteNetwork, DeleteProbeRole,
        DeleteRouteTable, DeleteSubnet, DetachInternetGateway, DisassociateRouteTable, FunctionOp, GatewayOp,
        NetworkOp, Op, ReleaseAddress,
    },
    world::{InterfaceKind, NatState},
};

/// Takes the stack down: everything that carries its tags, whether or not the Spec still has it.
pub(super) fn destroy(draft: &mut Draft<'_>, release: &BTreeSet<Ipv4Addr>, remove_role_policy: bool) {
    check_release(draft, release);
    check_strangers(draft);
    let members = members::members(draft.world, &draft.spec.stack);
    // 1: functions get back what they had, and run elsewhere before any gateway goes.
    let leaving = give_back(draft, &members);
    if !remove_role_policy {
        leaving.iter().for_each(|leaving| functions::forget(draft, leaving));
    }
    let moved = functions::moved(&leaving);
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
        functions::revoke(draft, &leaving, &free);
    } else {
        functions::say_permissions_stay(draft, &leaving);
    }
}

/// The stack's Keys of a kind, as far as they are bound; those of spares included.
fn keys(draft: &Draft<'_>, kind: Kind) -> Vec<Key> {
    let owned = draft.world.owned_by(&draft.spec.stack);
    let keys = owned.into_iter().filter(|o| o.live).map(|o| o.owner.key).chain(draft.spares.keys().cloned());
    keys.filter(|key| key.kind == kind).collect::<BTreeSet<Key>>().into_iter().collect()
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
    let networks: BTreeSet<CloudId> =
        keys(draft, Kind::Network).iter().filter_map(|k| draft.bound(k).cloned()).collect();
    let world = draft.world;
    let ours: BTreeSet<CloudId> = world.owned_by(&draft.spec.stack).into_iter().map(|o| o.id).collect();
    let stranger = |id: &CloudId, network: &CloudId| networks.contains(network) && !ours.contains(id);
    let mut strangers: Vec<String> = Vec::new();
    strangers.extend(world.network.subnets.values().filter(|s| stranger(&s.id, &s.network)).map(|s| s.id.to_string()));
    strangers
        .extend(world.network.endpoints.values().filter(|e| stranger(&e.id, &e.network)).map(|e| e.id.to_string()));
    strangers.extend(
        (world.network.interfaces.values())
            .filter(|i| matches!(i.kind, InterfaceKind::Machine | InterfaceKind::Other) && stranger(&i.id, &i.network))
            .map(|i| i.id.to_string()),
    );
    strangers.extend(
        (world.gateway.nat_gateways.values())
            .filter(|g| g.state.is_live() && stranger(&g.id, &g.network))
            .map(|g| g.id.to_string()),
    );
    strangers.extend(
        (world.function.functions.values())
            .filter(|f| f.network.as_ref().is_some_and(|network| stranger(&f.id, network)))
            .map(|f| format!("function {}", f.id)),
    );
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

/// Step 1. Returns the functions that are then to be forgotten.
fn give_back(draft: &mut Draft<'_>, members: &[Member]) -> Vec<Leaving> {
    let networks: Vec<CloudId> = keys(draft, Kind::Network).iter().filter_map(|k| draft.bound(k).cloned()).collect();
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
        let inside = function.and_then(|f| f.network.as_ref()).is_some_and(|network| networks.contains(network));
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

/// Step 2: waits, subnet by subnet, until no function's interface is in use there, and deletes those that were left over.
fn interfaces(draft: &mut Draft<'_>, left: &[StepId]) -> Vec<(Key, StepId)> {
    let mut free = Vec::new();
    for subnet in keys(draft, Kind::Subnet) {
        let Some(id) = draft.bound(&subnet).cloned() else { continue };
        let there = |draft: &Draft<'_>, in_use: bool| -> Vec<CloudId> {
            let interfaces = draft.world.network.interfaces.values();
            interfaces
                .filter(|i| i.subnet == id && i.kind == InterfaceKind::Function && i.in_use == in_use)
                .map(|i| i.id.clone())
                .collect()
        };
        for interface in there(draft, false) {
            let key = Key::new(Kind::Interface, interface.as_str());
            draft.bindings.insert(key.clone(), interface);
            draft.change(Op::Network(NetworkOp::DeleteInterface(DeleteInterface { interface: key })), left.to_vec());
        }
        let used = draft.spec.private_subnets().any(|s| s.key() == subnet) && !left.is_empty();
        if used || !there(draft, true).is_empty() {
            let step = draft.wait(Condition::NoFunctionInterfaces(subnet.clone()), left.to_vec());
            free.push((subnet, step));
        }
    }
    free
}

/// Step 3. Returns the waits for the gateways to be gone.
fn nat_gateways(draft: &mut Draft<'_>, moved: &[StepId]) -> Vec<StepId> {
    let mut gone = Vec::new();
    for gateway in keys(draft, Kind::NatGateway) {
        let deleted = draft.change(
            Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: gateway.clone() })),
            moved.to_vec(),
        );
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
    for gateway in keys(draft, Kind::InternetGateway) {
        let id = draft.bound(&gateway).cloned();
        let there = id.and_then(|id| draft.world.gateway.internet_gateways.get(&id)?.network.clone());
        let network =
            there.and_then(|there| keys(draft, Kind::Network).into_iter().find(|k| draft.bound(k) == Some(&there)));
        let step = network.map(|network| {
            let op = DetachInternetGateway { gateway: gateway.clone(), network };
            draft.change(Op::Gateway(GatewayOp::DetachInternetGateway(op)), gone.to_vec())
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
