//! What an observation shows: what is visible, and no more than was asked for.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId, Owner, Scope, StackName, Tags, World,
    world::{Attachment, Function, FunctionPart, GatewayPart, NetworkPart},
};

use super::Model;

/// The World that an observation of this scope shows.
///
/// A narrow scope is taken by its word, so that an engine which leans on more than it asked for is found out here.
pub(crate) fn within(model: &Model, scope: &Scope) -> World {
    match scope {
        Scope::Everything => shown(model, &|_| true, &|_| true, &|_| true),
        Scope::Stack { stack, functions } => of_stack(model, stack, functions),
    }
}

fn of_stack(model: &Model, stack: &StackName, functions: &BTreeSet<CloudId>) -> World {
    let world = &model.world;
    let ours = |tags: &Tags| Owner::of(tags).is_some_and(|owner| &owner.stack == stack);
    let asked = |f: &Function| functions.contains(&f.id) || ours(&f.tags);
    let tagged = world.network.networks.values().filter(|n| ours(&n.tags) && model.sees(&n.id)).map(|n| &n.id);
    let of_functions = world.function.functions.values().filter(|f| asked(f)).filter_map(|f| f.network.as_ref());
    let networks: BTreeSet<&CloudId> = tagged.chain(of_functions).collect();
    let inside = |network: &CloudId| networks.contains(network);

    let lives_there = |a: &Attachment<CloudId>| {
        a.subnets
            .iter()
            .filter_map(|s| world.network.subnets.get(s))
            .any(|s| model.sees(&s.id) && model.sees(&s.network) && inside(&s.network))
    };
    let counts = |f: &Function| {
        let mut attachments = f.attachment.iter().chain(f.versions.iter().filter_map(|v| v.attachment.as_ref()));
        asked(f) || attachments.any(lives_there)
    };
    shown(model, &inside, &ours, &counts)
}

/// What is visible of the networks that count and of what is inside them, of what is tagged so, and of the functions that
/// count; copied thing by thing, because an account may hold many stacks.
fn shown(
    model: &Model,
    inside: &dyn Fn(&CloudId) -> bool,
    ours: &dyn Fn(&Tags) -> bool,
    counts: &dyn Fn(&Function) -> bool,
) -> World {
    let sees = |id: &CloudId| model.sees(id);
    let there =
        |id: &CloudId, network: &CloudId, tags: &Tags| sees(id) && sees(network) && (inside(network) || ours(tags));
    let from = &model.world.network;
    let network = NetworkPart {
        place: from.place.clone(),
        zones: from.zones.clone(),
        networks: of(&from.networks, |x| sees(&x.id) && inside(&x.id)),
        subnets: of(&from.subnets, |x| there(&x.id, &x.network, &x.tags)),
        route_tables: of(&from.route_tables, |x| there(&x.id, &x.network, &x.tags)),
        groups: of(&from.groups, |x| there(&x.id, &x.network, &x.tags)),
        acls: of(&from.acls, |x| sees(&x.network) && inside(&x.network)),
        interfaces: of(&from.interfaces, |x| inside(&x.network)),
        endpoints: of(&from.endpoints, |x| inside(&x.network)),
        peerings: of(&from.peerings, |x| inside(&x.requester.network) || inside(&x.accepter.network)),
        prefix_lists: from.prefix_lists.clone(),
    };
    let from = &model.world.gateway;
    let gateway = GatewayPart {
        internet_gateways: of(&from.internet_gateways, |x| {
            sees(&x.id) && (ours(&x.tags) || x.network.as_ref().is_some_and(inside))
        }),
        nat_gateways: of(&from.nat_gateways, |x| sees(&x.id) && (ours(&x.tags) || inside(&x.network))),
        addresses: of(&from.addresses, |x| sees(&x.id)),
    };
    let from = &model.world.function;
    let functions = of(&from.functions, counts);
    let used: BTreeSet<&CloudId> = functions.values().filter_map(|f| f.role.as_ref()).collect();
    let roles = of(&from.roles, |role| used.contains(&role.id) || ours(&role.tags));
    World { network, gateway, function: FunctionPart { functions, roles } }
}

fn of<T: Clone>(all: &BTreeMap<CloudId, T>, wanted: impl Fn(&T) -> bool) -> BTreeMap<CloudId, T> {
    all.iter().filter(|(_, thing)| wanted(thing)).map(|(id, thing)| (id.clone(), thing.clone())).collect()
}
