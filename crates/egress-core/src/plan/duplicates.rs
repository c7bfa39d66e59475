//! Several live things with one Key: which of them the stack uses, and what becomes of the others.
//!
//! They come from a run that was killed before it saw what it had made, or from two runs at once. The rule: the one that is
//! in use stays, and what nothing uses is deleted; where none is in use, the one with the smallest id stays. Two that are in
//! use are refused: nobody can tell which one is meant. An address is never the one to go: a spare one is kept and told.

use std::net::Ipv4Addr;

use super::{Level, RefusalKind, draft::Draft};
use crate::{
    CloudId, Key, Kind,
    op::{
        DeleteGroup, DeleteInternetGateway, DeleteNatGateway, DeleteNetwork, DeleteRouteTable, DeleteSubnet, GatewayOp,
        NetworkOp, Op,
    },
    world::{AssociatedWith, Attachment, EndpointKind, NatScope, NatState, Peer, RouteOrigin, Rule, Target, World},
};

/// Chooses the thing of a Key among several, ordered by id, and binds it; the others become spares, each bound by its own
/// id. Addresses come last: it counts which gateway was chosen.
pub(super) fn choose(draft: &mut Draft<'_>, key: &Key, same: &[CloudId]) {
    let (chosen, spares) = match key.kind {
        Kind::Address => address(draft, same),
        kind => {
            let used: Vec<&CloudId> = same.iter().filter(|id| !is_unused(draft.world, kind, id)).collect();
            match used[..] {
                [] => split(same, &same[0]),
                [used] => split(same, used),
                _ => return refuse(draft, key, same),
            }
        }
    };
    for spare in spares {
        let own = Key::new(key.kind, spare.as_str());
        draft.bindings.insert(own.clone(), spare);
        draft.spares.insert(own, key.clone());
    }
    draft.bindings.insert(key.clone(), chosen);
}

fn split(same: &[CloudId], chosen: &CloudId) -> (CloudId, Vec<CloudId>) {
    (chosen.clone(), same.iter().filter(|id| *id != chosen).cloned().collect())
}

fn refuse(draft: &mut Draft<'_>, key: &Key, same: &[CloudId]) {
    let ids: Vec<&str> = same.iter().map(CloudId::as_str).collect();
    draft.bindings.insert(key.clone(), same[0].clone());
    draft.refuse(
        RefusalKind::Impossible,
        key,
        format!("{} things claim {key} of stack {}: {}", same.len(), draft.spec.stack, ids.join(", ")),
        "remove the tags `egress:stack` and `egress:key` from all but the one that is in use".to_string(),
    );
}

/// The address that the stack's gateway holds, else the one that the file names, else one that a gateway which is going
/// holds, else one that is free.
fn address(draft: &mut Draft<'_>, same: &[CloudId]) -> (CloudId, Vec<CloudId>) {
    let world = draft.world;
    let ip = |id: &CloudId| world.gateway.addresses.get(id).and_then(|address| address.ip);
    let named: Vec<Ipv4Addr> = draft.spec.nat_gateways.iter().filter_map(|gateway| gateway.address).collect();
    let bound = |gateway: &CloudId| {
        let key = draft.bindings.iter().find(|(key, id)| key.kind == Kind::NatGateway && *id == gateway);
        key.is_some_and(|(key, _)| !draft.spares.contains_key(key))
    };
    let rank = |id: &&CloudId| {
        let address = world.gateway.addresses.get(*id);
        let gateway = address.and_then(|address| address.nat_gateway.as_ref());
        let held = address.is_some_and(|address| address.interface.is_some());
        match gateway {
            Some(gateway) if bound(gateway) => 0,
            _ if ip(id).is_some_and(|ip| named.contains(&ip)) => 1,
            Some(_) => 2,
            None if !held => 3,
            None => 4,
        }
    };
    let (chosen, spares) = split(same, same.iter().min_by_key(rank).unwrap_or(&same[0]));
    for id in &spares {
        let ip = ip(id).map_or_else(|| id.to_string(), |ip| ip.to_string());
        draft.note(
            Level::Warning,
            &ip,
            format!("{ip} is one address too many: it is kept, and costs money"),
            format!("`egress destroy --release {ip}` gives it away, with the rest of the stack"),
        );
    }
    (chosen, spares)
}

/// Deletes the spares, but for addresses.
pub(super) fn tidy(draft: &mut Draft<'_>) {
    for (spare, key) in draft.spares.clone() {
        let Some(op) = deletion(&spare) else { continue };
        let used = draft.bound(&key).map(ToString::to_string).unwrap_or_default();
        draft.change(op, []);
        draft.tidying();
        draft.because(format!("it is a second {key} that nothing uses; the stack uses {used}"));
    }
}

fn deletion(spare: &Key) -> Option<Op<Key>> {
    let spare = spare.clone();
    Some(match spare.kind {
        Kind::Network => Op::Network(NetworkOp::DeleteNetwork(DeleteNetwork { network: spare })),
        Kind::Subnet => Op::Network(NetworkOp::DeleteSubnet(DeleteSubnet { subnet: spare })),
        Kind::RouteTable => Op::Network(NetworkOp::DeleteRouteTable(DeleteRouteTable { table: spare })),
        Kind::SecurityGroup => Op::Network(NetworkOp::DeleteGroup(DeleteGroup { group: spare })),
        Kind::InternetGateway => {
            Op::Gateway(GatewayOp::DeleteInternetGateway(DeleteInternetGateway { gateway: spare }))
        }
        Kind::NatGateway => Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: spare })),
        Kind::Address | Kind::Interface | Kind::Function | Kind::Role | Kind::Probe | Kind::Lease => return None,
    })
}

/// Whether it is certain that nothing uses a thing and nothing is in it. Functions, roles and the like are found by their
/// names, and never spare.
fn is_unused(world: &World, kind: Kind, id: &CloudId) -> bool {
    match kind {
        Kind::Network => network_is_empty(world, id),
        Kind::Subnet => subnet_is_empty(world, id),
        Kind::RouteTable => table_is_unused(world, id),
        Kind::SecurityGroup => group_is_unused(world, id),
        Kind::InternetGateway => {
            let attached = world.gateway.internet_gateways.get(id).is_some_and(|gateway| gateway.network.is_some());
            !attached && !is_routed_to(world, &Target::InternetGateway(id.clone()))
        }
        Kind::NatGateway => !is_routed_to(world, &Target::NatGateway(id.clone())),
        Kind::Address | Kind::Interface | Kind::Function | Kind::Role | Kind::Probe | Kind::Lease => false,
    }
}

fn is_routed_to(world: &World, target: &Target<CloudId>) -> bool {
    world.network.route_tables.values().flat_map(|table| &table.routes).any(|route| &route.target == target)
}

/// Whether a network has nothing in it but what came with it.
fn network_is_empty(world: &World, id: &CloudId) -> bool {
    let part = &world.network;
    let gateways = &world.gateway;
    let listed = |state: &NatState| *state != NatState::Deleted;
    !(part.subnets.values().any(|x| &x.network == id)
        || part.route_tables.values().any(|x| &x.network == id && !x.is_main())
        || part.groups.values().any(|x| &x.network == id && x.name != "default")
        || part.acls.values().any(|x| &x.network == id && !x.is_default)
        || part.interfaces.values().any(|x| &x.network == id)
        || part.endpoints.values().any(|x| &x.network == id)
        || part.peerings.values().any(|x| &x.requester.network == id || &x.accepter.network == id)
        || gateways.internet_gateways.values().any(|x| x.network.as_ref() == Some(id))
        || gateways.nat_gateways.values().any(|x| &x.network == id && listed(&x.state))
        || world.function.functions.values().any(|x| x.network.as_ref() == Some(id)))
}

fn subnet_is_empty(world: &World, id: &CloudId) -> bool {
    let part = &world.network;
    let in_endpoint =
        |kind: &EndpointKind| matches!(kind, EndpointKind::Interface { subnets, .. } if subnets.contains(id));
    let in_gateway = |scope: &NatScope| matches!(scope, NatScope::Subnet(subnet) if subnet == id);
    !(part.interfaces.values().any(|x| &x.subnet == id)
        || part.endpoints.values().any(|x| in_endpoint(&x.kind))
        || part
            .route_tables
            .values()
            .flat_map(|x| &x.associations)
            .any(|a| a.with == AssociatedWith::Subnet(id.clone()))
        || world.gateway.nat_gateways.values().any(|x| x.state != NatState::Deleted && in_gateway(&x.scope))
        || attachments(world).any(|a| a.subnets.contains(id)))
}

fn table_is_unused(world: &World, id: &CloudId) -> bool {
    let Some(table) = world.network.route_tables.get(id) else { return false };
    let in_endpoint =
        |kind: &EndpointKind| matches!(kind, EndpointKind::Gateway { route_tables, .. } if route_tables.contains(id));
    table.associations.is_empty()
        && table.routes.iter().all(|route| route.origin == RouteOrigin::Table)
        && !world.network.endpoints.values().any(|x| in_endpoint(&x.kind))
}

fn group_is_unused(world: &World, id: &CloudId) -> bool {
    let part = &world.network;
    let names = |rule: &Rule| matches!(&rule.peer, Peer::Group(group) if group == id);
    let in_endpoint =
        |kind: &EndpointKind| matches!(kind, EndpointKind::Interface { groups, .. } if groups.contains(id));
    !(part.interfaces.values().any(|x| x.groups.contains(id))
        || part.endpoints.values().any(|x| in_endpoint(&x.kind))
        || part.groups.values().any(|x| &x.id != id && x.ingress.iter().chain(&x.egress).any(names))
        || attachments(world).any(|a| a.groups.contains(id)))
}

/// Where functions and their versions run.
fn attachments(world: &World) -> impl Iterator<Item = &Attachment<CloudId>> {
    let functions = world.function.functions.values();
    functions.flat_map(|f| f.attachment.iter().chain(f.versions.iter().filter_map(|v| v.attachment.as_ref())))
}
