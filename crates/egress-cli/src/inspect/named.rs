//! What the owner of a resource calls it.

use egress_core::{CloudId, Tags, World};

/// The tag that a cloud's console shows as the name.
const NAME: &str = "Name";

/// The name tag of a resource; the name of a security group that has none.
pub(crate) fn name_of(world: &World, id: &CloudId) -> Option<String> {
    let tags = tags(world, id)?;
    let group = || world.network.groups.get(id).map(|group| group.name.clone());
    tags.get(NAME).cloned().or_else(group).filter(|name| !name.is_empty())
}

/// The tags of whatever has this id. Ids of different sorts of things begin differently, so the first one found is it.
fn tags<'w>(world: &'w World, id: &CloudId) -> Option<&'w Tags> {
    let (network, gateway) = (&world.network, &world.gateway);
    None.or_else(|| network.subnets.get(id).map(|x| &x.tags))
        .or_else(|| network.networks.get(id).map(|x| &x.tags))
        .or_else(|| network.route_tables.get(id).map(|x| &x.tags))
        .or_else(|| network.groups.get(id).map(|x| &x.tags))
        .or_else(|| network.acls.get(id).map(|x| &x.tags))
        .or_else(|| network.interfaces.get(id).map(|x| &x.tags))
        .or_else(|| network.machines.get(id).map(|x| &x.tags))
        .or_else(|| network.endpoints.get(id).map(|x| &x.tags))
        .or_else(|| network.peerings.get(id).map(|x| &x.tags))
        .or_else(|| network.transit.gateways.get(id).map(|x| &x.tags))
        .or_else(|| network.transit.attachments.get(id).map(|x| &x.tags))
        .or_else(|| network.transit.tables.get(id).map(|x| &x.tags))
        .or_else(|| gateway.internet_gateways.get(id).map(|x| &x.tags))
        .or_else(|| gateway.egress_only_gateways.get(id).map(|x| &x.tags))
        .or_else(|| gateway.nat_gateways.get(id).map(|x| &x.tags))
        .or_else(|| gateway.addresses.get(id).map(|x| &x.tags))
}
