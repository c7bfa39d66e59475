//! Whether a World shows that an Op has taken effect.

use super::{FunctionState, NatAddressState, NatState, UpdateState, World};
use crate::{
    CloudId, Kind, Tags,
    op::{FunctionOp, GatewayOp, NetworkOp, Op, SetTags},
};

/// Whether a World shows that an Op has taken effect.
///
/// The law of every backend: after `apply` says *done*, the observed World shows the Op. The same question settles an
/// Outcome that is *unknown*, and tells a resumed run what is done already. An Op *shows* as soon as the cloud has accepted
/// it: a NAT gateway that is pending shows its creation, one that is deleting shows its deletion; a failed, deleting or
/// deleted one does not show its creation. The same holds for an address that is being put on a gateway or taken off it.
pub fn shows(world: &World, op: &Op<CloudId>) -> bool {
    match op {
        Op::Network(op) => network_shows(world, op),
        Op::Gateway(op) => gateway_shows(world, op),
        Op::Function(op) => function_shows(world, op),
    }
}

fn network_shows(world: &World, op: &NetworkOp<CloudId>) -> bool {
    let part = &world.network;
    match op {
        NetworkOp::CreateNetwork(op) => {
            part.networks.values().any(|n| carries(&n.tags, &op.tags) && n.cidrs.first() == Some(&op.cidr))
        }
        NetworkOp::DeleteNetwork(op) => !part.networks.contains_key(&op.network),
        NetworkOp::CreateSubnet(op) => (part.subnets.values())
            .any(|s| carries(&s.tags, &op.tags) && s.network == op.network && s.cidr == op.cidr && s.zone == op.zone),
        NetworkOp::DeleteSubnet(op) => !part.subnets.contains_key(&op.subnet),
        NetworkOp::CreateRouteTable(op) => {
            part.route_tables.values().any(|t| carries(&t.tags, &op.tags) && t.network == op.network)
        }
        NetworkOp::DeleteRouteTable(op) => !part.route_tables.contains_key(&op.table),
        NetworkOp::AssociateRouteTable(op) => {
            part.route_tables.get(&op.table).is_some_and(|t| t.association_of(&op.subnet).is_some())
        }
        NetworkOp::DisassociateRouteTable(op) => {
            part.route_tables.get(&op.table).is_none_or(|t| t.association_of(&op.subnet).is_none())
        }
        NetworkOp::CreateRoute(op) => routes(world, &op.table, &op.destination, &op.target),
        NetworkOp::ReplaceRoute(op) => routes(world, &op.table, &op.destination, &op.target),
        NetworkOp::DeleteRoute(op) => {
            part.route_tables.get(&op.table).is_none_or(|t| t.route(&op.destination).is_none())
        }
        NetworkOp::CreateGroup(op) => {
            (part.groups.values()).any(|g| carries(&g.tags, &op.tags) && g.network == op.network && g.name == op.name)
        }
        NetworkOp::AllowEgress(op) => part.groups.get(&op.group).is_some_and(|g| g.egress.contains(&op.rule)),
        NetworkOp::DeleteGroup(op) => !part.groups.contains_key(&op.group),
        NetworkOp::DeleteInterface(op) => !part.interfaces.contains_key(&op.interface),
        NetworkOp::CreateLease(op) => part.leases.values().any(|l| carries(&l.tags, &op.tags) && l.name == op.name),
        NetworkOp::DeleteLease(op) => !part.leases.contains_key(&op.lease),
        NetworkOp::SetTags(op) => tagged(world, op),
    }
}

fn gateway_shows(world: &World, op: &GatewayOp<CloudId>) -> bool {
    let part = &world.gateway;
    let attached_to =
        |gateway, network| part.internet_gateways.get(gateway).is_some_and(|g| g.network.as_ref() == Some(network));
    match op {
        GatewayOp::CreateInternetGateway(op) => part.internet_gateways.values().any(|g| carries(&g.tags, &op.tags)),
        GatewayOp::AttachInternetGateway(op) => attached_to(&op.gateway, &op.network),
        GatewayOp::DetachInternetGateway(op) => !attached_to(&op.gateway, &op.network),
        GatewayOp::DeleteInternetGateway(op) => !part.internet_gateways.contains_key(&op.gateway),
        GatewayOp::AllocateAddress(op) => {
            (part.addresses.values()).any(|a| carries(&a.tags, &op.tags) && (op.ip.is_none() || a.ip == op.ip))
        }
        GatewayOp::ReleaseAddress(op) => !part.addresses.contains_key(&op.address),
        GatewayOp::CreateNatGateway(op) => part.nat_gateways.values().any(|g| {
            let has_address = g.addresses.iter().any(|a| a.address.as_ref() == Some(&op.address));
            carries(&g.tags, &op.tags) && g.state.is_live() && has_address
        }),
        GatewayOp::DeleteNatGateway(op) => (part.nat_gateways.get(&op.gateway))
            .is_none_or(|g| matches!(g.state, NatState::Deleting | NatState::Deleted)),
        GatewayOp::AssociateNatAddress(op) => (part.nat_gateways.get(&op.gateway))
            .filter(|g| g.state.is_live())
            .and_then(|g| g.address(&op.address))
            .is_some_and(|a| matches!(a.state, NatAddressState::Associating | NatAddressState::InUse)),
        GatewayOp::DisassociateNatAddress(op) => (part.nat_gateways.get(&op.gateway))
            .and_then(|g| g.address(&op.address))
            // What a failed try leaves behind holds nothing.
            .is_none_or(|a| matches!(a.state, NatAddressState::Disassociating | NatAddressState::Failed { .. })),
        GatewayOp::SetTags(op) => tagged(world, op),
    }
}

fn function_shows(world: &World, op: &FunctionOp<CloudId>) -> bool {
    let part = &world.function;
    match op {
        FunctionOp::SetAttachment(op) => (part.functions.get(&op.function))
            .is_some_and(|f| f.attachment == op.to && !matches!(f.update, UpdateState::Failed { .. })),
        FunctionOp::GrantNetworkAccess(op) => part.roles.get(&op.role).is_some_and(|r| r.grants.contains(&op.grant)),
        FunctionOp::RevokeNetworkAccess(op) => !part.roles.get(&op.role).is_some_and(|r| r.grants.contains(&op.grant)),
        // Where it takes a cloud two calls, a role that may not make interfaces yet is not finished.
        FunctionOp::CreateProbeRole(op) => (part.roles.get(&CloudId::new(&op.name)))
            .is_some_and(|r| carries(&r.tags, &op.tags) && r.has_network_access()),
        FunctionOp::DeleteProbeRole(op) => !part.roles.contains_key(&op.role),
        FunctionOp::CreateProbe(op) => part.functions.get(&CloudId::new(&op.name)).is_some_and(|f| {
            let attached = f.attachment.as_ref() == Some(&op.attachment);
            carries(&f.tags, &op.tags) && attached && f.state != FunctionState::Failed
        }),
        FunctionOp::DeleteProbe(op) => !part.functions.contains_key(&op.probe),
        FunctionOp::SetTags(op) => tagged(world, op),
    }
}

fn routes(world: &World, table: &CloudId, to: &super::Destination, target: &super::Target<CloudId>) -> bool {
    (world.network.route_tables.get(table)).and_then(|t| t.route(to)).is_some_and(|r| &r.target == target)
}

fn tagged(world: &World, op: &SetTags<CloudId>) -> bool {
    world
        .tags(op.kind, &op.resource)
        .is_some_and(|tags| carries(tags, &op.set) && !op.remove.iter().any(|name| tags.contains_key(name)))
}

/// Whether a resource has all these tags.
fn carries(tags: &Tags, expected: &Tags) -> bool {
    expected.iter().all(|(name, value)| tags.get(name) == Some(value))
}

/// Whether a World holds a thing of this kind and name; a NAT gateway that is deleted is not held.
pub fn holds(world: &World, kind: Kind, id: &CloudId) -> bool {
    match kind {
        Kind::NatGateway => world.gateway.nat_gateways.get(id).is_some_and(|g| g.state != NatState::Deleted),
        _ => world.tags(kind, id).is_some(),
    }
}
