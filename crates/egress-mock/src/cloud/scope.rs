//! What an observation shows: what is visible, and no more than was asked for.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Owner, Scope, StackName, Tags, World,
    world::{Attachment, Function},
};

use super::Model;

/// The World that an observation of this scope shows.
///
/// A narrow scope is taken by its word, so that an engine which leans on more than it asked for is found out here.
pub(crate) fn within(model: &Model, scope: &Scope) -> World {
    let mut world = model.world.clone();
    hide_young(model, &mut world);
    if let Scope::Stack { stack, functions, networks } = scope {
        narrow(&mut world, stack, functions, networks.clone());
    }
    world
}

fn hide_young(model: &Model, world: &mut World) {
    let sees = |id: &CloudId| model.sees(id);
    let part = &mut world.network;
    part.networks.retain(|id, _| sees(id));
    part.subnets.retain(|id, x| sees(id) && sees(&x.network));
    part.route_tables.retain(|id, x| sees(id) && sees(&x.network));
    part.groups.retain(|id, x| sees(id) && sees(&x.network));
    part.acls.retain(|id, x| sees(id) && sees(&x.network));
    part.interfaces.retain(|id, _| sees(id));
    let part = &mut world.gateway;
    part.internet_gateways.retain(|id, _| sees(id));
    part.nat_gateways.retain(|id, _| sees(id));
    part.addresses.retain(|id, _| sees(id));
}

fn narrow(world: &mut World, stack: &StackName, functions: &BTreeSet<CloudId>, mut networks: BTreeSet<CloudId>) {
    let ours = |tags: &Tags| Owner::of(tags).is_some_and(|owner| &owner.stack == stack);
    let asked = |f: &Function| functions.contains(&f.id) || ours(&f.tags);
    let part = &mut world.network;
    networks.extend(part.networks.values().filter(|n| ours(&n.tags)).map(|n| n.id.clone()));
    networks.extend(world.function.functions.values().filter(|f| asked(f)).filter_map(|f| f.network.clone()));
    let subnets: BTreeSet<CloudId> =
        part.subnets.values().filter(|s| networks.contains(&s.network)).map(|s| s.id.clone()).collect();

    let inside = |network: &CloudId| networks.contains(network);
    part.networks.retain(|id, _| inside(id));
    part.subnets.retain(|_, x| inside(&x.network) || ours(&x.tags));
    part.route_tables.retain(|_, x| inside(&x.network) || ours(&x.tags));
    part.groups.retain(|_, x| inside(&x.network) || ours(&x.tags));
    part.acls.retain(|_, x| inside(&x.network));
    part.interfaces.retain(|_, x| inside(&x.network));
    part.endpoints.retain(|_, x| inside(&x.network));
    part.peerings.retain(|_, x| inside(&x.requester.network) || inside(&x.accepter.network));

    let part = &mut world.gateway;
    part.internet_gateways.retain(|_, x| ours(&x.tags) || x.network.as_ref().is_some_and(inside));
    part.nat_gateways.retain(|_, x| ours(&x.tags) || inside(&x.network));

    let there = |a: &Attachment<CloudId>| a.subnets.iter().any(|s| subnets.contains(s));
    let lives_there =
        |f: &Function| f.attachment.iter().chain(f.versions.iter().filter_map(|v| v.attachment.as_ref())).any(there);
    let part = &mut world.function;
    part.functions.retain(|_, f| asked(f) || lives_there(f));
    let roles: BTreeSet<CloudId> = part.functions.values().filter_map(|f| f.role.clone()).collect();
    part.roles.retain(|id, role| roles.contains(id) || ours(&role.tags));
}
