//! Short ways to write the Ops of the cases.

use ipnet::Ipv4Net;

use super::rig::Rig;
use crate::{
    CloudId, Kind, Op, Tags,
    op::*,
    world::{Attachment, Destination, Grant, Rule, Target},
};

type CloudOp = Op<CloudId>;

pub(super) fn create_network(rig: &Rig<'_>, what: &str, cidr: Ipv4Net) -> CloudOp {
    Op::Network(NetworkOp::CreateNetwork(CreateNetwork { cidr, tags: rig.tags(Kind::Network, what) }))
}

pub(super) fn delete_network(network: &CloudId) -> CloudOp {
    Op::Network(NetworkOp::DeleteNetwork(DeleteNetwork { network: network.clone() }))
}

pub(super) fn create_subnet(rig: &Rig<'_>, what: &str, network: &CloudId, cidr: Ipv4Net, zone: &str) -> CloudOp {
    let (network, zone, tags) = (network.clone(), zone.to_owned(), rig.tags(Kind::Subnet, what));
    Op::Network(NetworkOp::CreateSubnet(CreateSubnet { network, cidr, zone, tags }))
}

pub(super) fn delete_subnet(subnet: &CloudId) -> CloudOp {
    Op::Network(NetworkOp::DeleteSubnet(DeleteSubnet { subnet: subnet.clone() }))
}

pub(super) fn create_table(rig: &Rig<'_>, what: &str, network: &CloudId) -> CloudOp {
    let tags = rig.tags(Kind::RouteTable, what);
    Op::Network(NetworkOp::CreateRouteTable(CreateRouteTable { network: network.clone(), tags }))
}

pub(super) fn delete_table(table: &CloudId) -> CloudOp {
    Op::Network(NetworkOp::DeleteRouteTable(DeleteRouteTable { table: table.clone() }))
}

pub(super) fn associate(table: &CloudId, subnet: &CloudId, replaces: Option<CloudId>) -> CloudOp {
    let (table, subnet) = (table.clone(), subnet.clone());
    Op::Network(NetworkOp::AssociateRouteTable(AssociateRouteTable { table, subnet, replaces }))
}

pub(super) fn disassociate(table: &CloudId, subnet: &CloudId, association: &CloudId) -> CloudOp {
    let (table, subnet, association) = (table.clone(), subnet.clone(), association.clone());
    Op::Network(NetworkOp::DisassociateRouteTable(DisassociateRouteTable { table, subnet, association }))
}

pub(super) fn create_route(table: &CloudId, destination: &Destination, target: Target<CloudId>) -> CloudOp {
    let (table, destination) = (table.clone(), destination.clone());
    Op::Network(NetworkOp::CreateRoute(CreateRoute { table, destination, target }))
}

pub(super) fn replace_route(table: &CloudId, destination: &Destination, target: Target<CloudId>) -> CloudOp {
    let (table, destination) = (table.clone(), destination.clone());
    Op::Network(NetworkOp::ReplaceRoute(ReplaceRoute { table, destination, target }))
}

pub(super) fn delete_route(table: &CloudId, destination: &Destination) -> CloudOp {
    let (table, destination) = (table.clone(), destination.clone());
    Op::Network(NetworkOp::DeleteRoute(DeleteRoute { table, destination }))
}

pub(super) fn create_group(rig: &Rig<'_>, what: &str, network: &CloudId) -> CloudOp {
    let description = "made by a test of this cloud".to_owned();
    let (name, tags) = (rig.name(what), rig.tags(Kind::SecurityGroup, what));
    Op::Network(NetworkOp::CreateGroup(CreateGroup { network: network.clone(), name, description, tags }))
}

pub(super) fn allow_egress(group: &CloudId, rule: Rule) -> CloudOp {
    Op::Network(NetworkOp::AllowEgress(AllowEgress { group: group.clone(), rule }))
}

pub(super) fn delete_group(group: &CloudId) -> CloudOp {
    Op::Network(NetworkOp::DeleteGroup(DeleteGroup { group: group.clone() }))
}

pub(super) fn delete_interface(interface: &CloudId) -> CloudOp {
    Op::Network(NetworkOp::DeleteInterface(DeleteInterface { interface: interface.clone() }))
}

pub(super) fn create_lease(name: &str, tags: &Tags) -> CloudOp {
    Op::Network(NetworkOp::CreateLease(CreateLease { name: name.to_owned(), tags: tags.clone() }))
}

pub(super) fn delete_lease(lease: &CloudId) -> CloudOp {
    Op::Network(NetworkOp::DeleteLease(DeleteLease { lease: lease.clone() }))
}

pub(super) fn create_internet_gateway(rig: &Rig<'_>, what: &str) -> CloudOp {
    let tags = rig.tags(Kind::InternetGateway, what);
    Op::Gateway(GatewayOp::CreateInternetGateway(CreateInternetGateway { tags }))
}

pub(super) fn attach_internet_gateway(gateway: &CloudId, network: &CloudId) -> CloudOp {
    let (gateway, network) = (gateway.clone(), network.clone());
    Op::Gateway(GatewayOp::AttachInternetGateway(AttachInternetGateway { gateway, network }))
}

pub(super) fn detach_internet_gateway(gateway: &CloudId, network: &CloudId) -> CloudOp {
    let (gateway, network) = (gateway.clone(), network.clone());
    Op::Gateway(GatewayOp::DetachInternetGateway(DetachInternetGateway { gateway, network }))
}

pub(super) fn delete_internet_gateway(gateway: &CloudId) -> CloudOp {
    Op::Gateway(GatewayOp::DeleteInternetGateway(DeleteInternetGateway { gateway: gateway.clone() }))
}

pub(super) fn allocate(rig: &Rig<'_>, what: &str) -> CloudOp {
    Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: rig.tags(Kind::Address, what), ip: None }))
}

pub(super) fn allocate_again(rig: &Rig<'_>, what: &str, ip: std::net::Ipv4Addr) -> CloudOp {
    Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: rig.tags(Kind::Address, what), ip: Some(ip) }))
}

pub(super) fn release(address: &CloudId, ip: std::net::Ipv4Addr) -> CloudOp {
    Op::Gateway(GatewayOp::ReleaseAddress(ReleaseAddress { address: address.clone(), ip }))
}

pub(super) fn create_nat(rig: &Rig<'_>, what: &str, subnet: &CloudId, address: &CloudId) -> CloudOp {
    let (subnet, address, tags) = (subnet.clone(), address.clone(), rig.tags(Kind::NatGateway, what));
    Op::Gateway(GatewayOp::CreateNatGateway(CreateNatGateway { subnet, address, tags }))
}

pub(super) fn delete_nat(gateway: &CloudId) -> CloudOp {
    Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: gateway.clone() }))
}

pub(super) fn associate_nat(gateway: &CloudId, address: &CloudId) -> CloudOp {
    let (gateway, address) = (gateway.clone(), address.clone());
    Op::Gateway(GatewayOp::AssociateNatAddress(AssociateNatAddress { gateway, address }))
}

pub(super) fn disassociate_nat(gateway: &CloudId, address: &CloudId, association: &CloudId) -> CloudOp {
    let (gateway, address, association) = (gateway.clone(), address.clone(), association.clone());
    Op::Gateway(GatewayOp::DisassociateNatAddress(DisassociateNatAddress { gateway, address, association }))
}

pub(super) fn set_attachment(function: &CloudId, to: Option<Attachment<CloudId>>, revision: Option<String>) -> CloudOp {
    Op::Function(FunctionOp::SetAttachment(SetAttachment { function: function.clone(), to, revision }))
}

pub(super) fn grant(role: &CloudId, grant: Grant) -> CloudOp {
    Op::Function(FunctionOp::GrantNetworkAccess(GrantNetworkAccess { role: role.clone(), grant }))
}

pub(super) fn revoke(role: &CloudId, grant: Grant) -> CloudOp {
    Op::Function(FunctionOp::RevokeNetworkAccess(RevokeNetworkAccess { role: role.clone(), grant }))
}

pub(super) fn create_probe_role(rig: &Rig<'_>, what: &str) -> CloudOp {
    let (name, tags) = (rig.name(what), rig.tags(Kind::Role, what));
    Op::Function(FunctionOp::CreateProbeRole(CreateProbeRole { name, tags }))
}

pub(super) fn delete_probe_role(role: &CloudId) -> CloudOp {
    Op::Function(FunctionOp::DeleteProbeRole(DeleteProbeRole { role: role.clone() }))
}

pub(super) fn create_probe(rig: &Rig<'_>, what: &str, role: &CloudId, attachment: Attachment<CloudId>) -> CloudOp {
    let (name, role, tags) = (rig.name(what), role.clone(), rig.tags(Kind::Probe, what));
    Op::Function(FunctionOp::CreateProbe(CreateProbe { name, role, attachment, tags }))
}

pub(super) fn delete_probe(probe: &CloudId) -> CloudOp {
    Op::Function(FunctionOp::DeleteProbe(DeleteProbe { probe: probe.clone() }))
}

/// Sets and removes tags, through the family that the kind belongs to.
pub(super) fn set_tags(kind: Kind, resource: &CloudId, set: &[(&str, &str)], remove: &[&str]) -> CloudOp {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let remove = remove.iter().map(|name| (*name).to_owned()).collect();
    let op = SetTags { resource: resource.clone(), kind, set, remove };
    match kind {
        Kind::InternetGateway | Kind::Address | Kind::NatGateway => Op::Gateway(GatewayOp::SetTags(op)),
        Kind::Function | Kind::Probe | Kind::Role => Op::Function(FunctionOp::SetTags(op)),
        _ => Op::Network(NetworkOp::SetTags(op)),
    }
}
