//! Taking things of the stack down, each once nothing needs it any more: everything, or what the Spec no longer has.

use std::collections::BTreeSet;

use super::{Condition, StepId, draft::Draft, existing, network};
use crate::{
    CloudId, Key, Kind,
    op::{
        DeleteGroup, DeleteInterface, DeleteInternetGateway, DeleteNatGateway, DeleteNetwork, DeleteRouteTable,
        DeleteSubnet, DetachInternetGateway, DisassociateRouteTable, GatewayOp, NetworkOp, Op,
    },
    world::{InterfaceKind, NatGateway, NatScope, NatState},
};

/// What must be done before.
pub(super) struct Departed {
    /// Before anything may go that functions leave through: they are moved, and what stays is led another way.
    pub(super) moved: Vec<StepId>,
    /// The waits for subnets to be free of functions' interfaces.
    pub(super) free: Vec<(Key, StepId)>,
    /// The waits for the NAT gateways to be gone.
    pub(super) gone: Vec<StepId>,
}

/// Takes down what is empty by then.
pub(super) fn rest(draft: &mut Draft<'_>, what: &BTreeSet<Key>, departed: &Departed) {
    let tables = route_tables(draft, what, &departed.moved);
    let detached = internet_gateways(draft, what, &departed.gone);
    let mut inside = groups(draft, what, &departed.free);
    inside.extend(subnets(draft, what, &departed.free, &departed.gone));
    inside.extend(tables);
    inside.extend(detached);
    for network in of(what, Kind::Network) {
        draft.change(Op::Network(NetworkOp::DeleteNetwork(DeleteNetwork { network })), inside.clone());
    }
}

/// The Keys of a kind.
fn of(what: &BTreeSet<Key>, kind: Kind) -> Vec<Key> {
    what.iter().filter(|key| key.kind == kind).cloned().collect()
}

/// Deletes gateways. Returns the waits for the gateways to be gone.
pub(super) fn nat_gateways(draft: &mut Draft<'_>, what: &BTreeSet<Key>, moved: &[StepId]) -> Vec<StepId> {
    let mut gone = Vec::new();
    for gateway in of(what, Kind::NatGateway) {
        existing::cut_off(draft, &gateway);
        let mut needs = moved.to_vec();
        needs.extend(existing::take_routes_back(draft, &gateway, moved));
        let op = GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: gateway.clone() });
        let deleted = draft.change(Op::Gateway(op), needs);
        gone.push(draft.wait(Condition::Gone(gateway), [deleted]));
    }
    gone
}

/// The waits for gateways of the stack that are being deleted already.
pub(super) fn dying(draft: &mut Draft<'_>, matters: impl Fn(&NatGateway) -> bool) -> Vec<StepId> {
    let gateways = &draft.world.gateway.nat_gateways;
    let dying: Vec<CloudId> = (draft.world.owned_by(&draft.spec.stack).into_iter())
        .filter(|o| gateways.get(&o.id).is_some_and(|g| g.state == NatState::Deleting && matters(g)))
        .map(|o| o.id)
        .collect();
    let mut gone = Vec::new();
    for id in dying {
        let key = Key::new(Kind::NatGateway, id.as_str());
        draft.bindings.insert(key.clone(), id);
        gone.push(draft.wait(Condition::Gone(key), []));
    }
    gone
}

/// In subnets that were there before, it is the group that tells the stack's interfaces from others'.
///
/// Waits, subnet by subnet, until no function's interface is in use there, and deletes those that are left over: the ones
/// that are so now by their names, and whatever the wait leaves.
pub(super) fn interfaces(draft: &mut Draft<'_>, what: &BTreeSet<Key>, left: &[StepId]) -> Vec<(Key, StepId)> {
    let mut free = Vec::new();
    let mut places = of(what, Kind::Subnet);
    if draft.spec.private_subnets().any(|s| draft.spec.is_existing(&s.key())) {
        places.extend(of(what, Kind::SecurityGroup));
    }
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
        if (runs && !left.is_empty()) || network::runs_functions(draft, &id) || !there(draft, true).is_empty() {
            let unused = draft.wait(Condition::NoFunctionInterfaces(place.clone()), left.to_vec());
            let step = if place.kind == Kind::Subnet { draft.sweep(place.clone(), [unused]) } else { unused };
            free.push((place, step));
        }
    }
    free
}

/// Associations, then tables; routes go with their tables.
fn route_tables(draft: &mut Draft<'_>, what: &BTreeSet<Key>, moved: &[StepId]) -> Vec<StepId> {
    let mut done = Vec::new();
    for table in of(what, Kind::RouteTable) {
        let mut unused = Vec::new();
        for subnet in of(what, Kind::Subnet) {
            let Some((association, with)) = draft.bound(&subnet).and_then(|id| network::association(draft, id)) else {
                continue;
            };
            if draft.bound(&table) != Some(&with) {
                continue;
            }
            let op = DisassociateRouteTable { table: table.clone(), subnet, association };
            unused.push(draft.change(Op::Network(NetworkOp::DisassociateRouteTable(op)), moved.to_vec()));
        }
        unused.extend(draft.steps_where(|op| matches!(op, Op::Network(NetworkOp::AssociateRouteTable(_)))));
        done.push(draft.change(Op::Network(NetworkOp::DeleteRouteTable(DeleteRouteTable { table })), unused));
    }
    done
}

/// A gateway can be detached once no public address is mapped in its network.
fn internet_gateways(draft: &mut Draft<'_>, what: &BTreeSet<Key>, gone: &[StepId]) -> Vec<StepId> {
    let mut detached = Vec::new();
    let networks: Vec<Key> = of(what, Kind::Network).into_iter().chain([draft.spec.network_key()]).collect();
    for gateway in of(what, Kind::InternetGateway) {
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

/// Groups: no interface has them any more.
fn groups(draft: &mut Draft<'_>, what: &BTreeSet<Key>, free: &[(Key, StepId)]) -> Vec<StepId> {
    let needs: Vec<StepId> = free.iter().map(|(_, step)| step.clone()).collect();
    let groups = of(what, Kind::SecurityGroup).into_iter();
    groups
        .map(|group| draft.change(Op::Network(NetworkOp::DeleteGroup(DeleteGroup { group })), needs.clone()))
        .collect()
}

/// Subnets: neither functions' interfaces nor gateways are inside any more.
fn subnets(draft: &mut Draft<'_>, what: &BTreeSet<Key>, free: &[(Key, StepId)], gone: &[StepId]) -> Vec<StepId> {
    let mut done = Vec::new();
    for subnet in of(what, Kind::Subnet) {
        let mut needs: Vec<StepId> =
            free.iter().filter(|(key, _)| *key == subnet).map(|(_, step)| step.clone()).collect();
        let id = draft.bound(&subnet).cloned();
        let holds_gateway = (draft.world.network.interfaces.values())
            .any(|i| Some(&i.subnet) == id.as_ref() && i.kind == InterfaceKind::NatGateway)
            || (draft.world.gateway.nat_gateways.values())
                .any(|g| matches!(&g.scope, NatScope::Subnet(s) if Some(s) == id.as_ref()));
        if holds_gateway {
            needs.extend(gone.iter().cloned());
        }
        done.push(draft.change(Op::Network(NetworkOp::DeleteSubnet(DeleteSubnet { subnet })), needs));
    }
    done
}
