//! Ops applied to a World in memory, as if the cloud had done all that they lead to.
//!
//! This is how a Plan is proven before anything is made: the World that it would lead to is traced. It is no emulator: what
//! takes time is through at once, and quotas and races do not exist.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::*;
use crate::{
    CloudId,
    op::{FunctionOp, GatewayOp, NetworkOp, Op, SetTags},
};

/// Why an Op cannot be applied to a World.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// It refers to something that is not there.
    #[error("{0} does not exist")]
    Missing(CloudId),
    /// It would make something that is there already.
    #[error("{0} exists already")]
    Exists(String),
    /// Something else still uses the thing.
    #[error("{what} is still used by {by}")]
    InUse {
        /// The thing.
        what: CloudId,
        /// What uses it.
        by: CloudId,
    },
}

/// Applies an Op; what it creates is called `created`. On an error the World is as it was.
pub fn apply(world: &mut World, op: &Op<CloudId>, created: &CloudId) -> Result<(), ApplyError> {
    match op {
        Op::Network(op) => network(world, op, created),
        Op::Gateway(op) => gateway(world, op, created),
        Op::Function(op) => function(world, op, created),
    }
}

fn network(world: &mut World, op: &NetworkOp<CloudId>, created: &CloudId) -> Result<(), ApplyError> {
    let part = &mut world.network;
    match op {
        NetworkOp::CreateNetwork(op) => {
            let network = Network {
                id: created.clone(),
                cidrs: vec![op.cidr],
                cidrs_v6: Vec::new(),
                state: Readiness::Available,
                is_default: false,
                dns_support: true,
                dns_hostnames: false,
                name_servers: vec![],
                owner: None,
                tags: op.tags.clone(),
            };
            furnish(part, &network);
            part.networks.insert(created.clone(), network);
        }
        NetworkOp::DeleteNetwork(op) => {
            held(&part.networks, &op.network)?;
            if let Some(subnet) = part.subnets.values().find(|s| s.network == op.network) {
                return Err(ApplyError::InUse { what: op.network.clone(), by: subnet.id.clone() });
            }
            part.networks.remove(&op.network);
            part.route_tables.retain(|_, t| t.network != op.network);
            part.groups.retain(|_, g| g.network != op.network);
            part.acls.retain(|_, a| a.network != op.network);
        }
        NetworkOp::CreateSubnet(op) => {
            held(&part.networks, &op.network)?;
            let subnet = Subnet {
                id: created.clone(),
                network: op.network.clone(),
                cidr: op.cidr,
                cidr_v6: None,
                zone: op.zone.clone(),
                free_addresses: (1u32 << (32 - u32::from(op.cidr.prefix_len()).max(1)))
                    .saturating_sub(RESERVED_PER_SUBNET),
                state: Readiness::Available,
                owner: None,
                tags: op.tags.clone(),
            };
            part.subnets.insert(created.clone(), subnet);
        }
        NetworkOp::DeleteSubnet(op) => {
            held(&part.subnets, &op.subnet)?;
            if let Some(nat) =
                world.gateway.nat_gateways.values().find(|g| g.scope == NatScope::Subnet(op.subnet.clone()))
            {
                return Err(ApplyError::InUse { what: op.subnet.clone(), by: nat.id.clone() });
            }
            part.subnets.remove(&op.subnet);
            for table in part.route_tables.values_mut() {
                table.associations.retain(|a| a.with != AssociatedWith::Subnet(op.subnet.clone()));
            }
        }
        NetworkOp::CreateRouteTable(op) => {
            let table = fresh_table(held(&part.networks, &op.network)?, created, Vec::new(), op.tags.clone());
            part.route_tables.insert(created.clone(), table);
        }
        NetworkOp::DeleteRouteTable(op) => {
            if let Some(user) = held(&part.route_tables, &op.table)?.associations.first() {
                return Err(ApplyError::InUse { what: op.table.clone(), by: user.id.clone() });
            }
            part.route_tables.remove(&op.table);
        }
        NetworkOp::AssociateRouteTable(op) => {
            held(&part.subnets, &op.subnet)?;
            held(&part.route_tables, &op.table)?;
            let with = AssociatedWith::Subnet(op.subnet.clone());
            for table in part.route_tables.values_mut() {
                table.associations.retain(|a| a.with != with);
                if table.id == op.table {
                    let id = CloudId::new(format!("{}:{}", op.table, op.subnet));
                    table.associations.push(Association { id, with: with.clone(), active: true });
                }
            }
        }
        NetworkOp::DisassociateRouteTable(op) => {
            held_mut(&mut part.route_tables, &op.table)?.associations.retain(|a| a.id != op.association);
        }
        NetworkOp::CreateRoute(op) => {
            let table = held_mut(&mut part.route_tables, &op.table)?;
            if table.route(&op.destination).is_some() {
                return Err(ApplyError::Exists(format!("a route to {} in {}", op.destination, op.table)));
            }
            table.routes.push(static_route(&op.destination, &op.target));
        }
        NetworkOp::ReplaceRoute(op) => {
            let table = held_mut(&mut part.route_tables, &op.table)?;
            let route = (table.routes.iter_mut().find(|r| r.destination == op.destination))
                .ok_or_else(|| ApplyError::Missing(CloudId::new(op.destination.to_string())))?;
            *route = static_route(&op.destination, &op.target);
        }
        NetworkOp::DeleteRoute(op) => {
            held_mut(&mut part.route_tables, &op.table)?.routes.retain(|r| r.destination != op.destination);
        }
        NetworkOp::CreateGroup(op) => {
            held(&part.networks, &op.network)?;
            let group = SecurityGroup {
                id: created.clone(),
                network: op.network.clone(),
                name: op.name.clone(),
                ingress: Vec::new(),
                egress: vec![Rule::all_v4()],
                tags: op.tags.clone(),
            };
            part.groups.insert(created.clone(), group);
        }
        NetworkOp::AllowEgress(op) => {
            let group = held_mut(&mut part.groups, &op.group)?;
            if !group.egress.contains(&op.rule) {
                group.egress.push(op.rule.clone());
            }
        }
        NetworkOp::DeleteGroup(op) => {
            held(&part.groups, &op.group)?;
            part.groups.remove(&op.group);
        }
        NetworkOp::DeleteInterface(op) => {
            held(&part.interfaces, &op.interface)?;
            part.interfaces.remove(&op.interface);
        }
        NetworkOp::CreateLease(op) => {
            if part.leases.values().any(|lease| lease.name == op.name) {
                return Err(ApplyError::Exists(format!("the lease {}", op.name)));
            }
            let lease = Lease { id: created.clone(), name: op.name.clone(), created_by: None, tags: op.tags.clone() };
            part.leases.insert(created.clone(), lease);
        }
        NetworkOp::DeleteLease(op) => {
            held(&part.leases, &op.lease)?;
            part.leases.remove(&op.lease);
        }
        NetworkOp::SetTags(op) => set_tags(world, op)?,
    }
    Ok(())
}

fn gateway(world: &mut World, op: &GatewayOp<CloudId>, created: &CloudId) -> Result<(), ApplyError> {
    let part = &mut world.gateway;
    match op {
        GatewayOp::CreateInternetGateway(op) => {
            let gateway = InternetGateway { id: created.clone(), network: None, tags: op.tags.clone() };
            part.internet_gateways.insert(created.clone(), gateway);
        }
        GatewayOp::AttachInternetGateway(op) => {
            held(&world.network.networks, &op.network)?;
            held_mut(&mut part.internet_gateways, &op.gateway)?.network = Some(op.network.clone());
        }
        GatewayOp::DetachInternetGateway(op) => {
            held_mut(&mut part.internet_gateways, &op.gateway)?.network = None;
            blackhole(&mut world.network, &Target::InternetGateway(op.gateway.clone()));
        }
        GatewayOp::DeleteInternetGateway(op) => {
            held(&part.internet_gateways, &op.gateway)?;
            part.internet_gateways.remove(&op.gateway);
        }
        GatewayOp::AllocateAddress(op) => {
            let address =
                Address { id: created.clone(), ip: op.ip, interface: None, nat_gateway: None, tags: op.tags.clone() };
            part.addresses.insert(created.clone(), address);
        }
        GatewayOp::ReleaseAddress(op) => {
            if let Some(user) = &held(&part.addresses, &op.address)?.nat_gateway {
                return Err(ApplyError::InUse { what: op.address.clone(), by: user.clone() });
            }
            part.addresses.remove(&op.address);
        }
        GatewayOp::CreateNatGateway(op) => {
            let network = held(&world.network.subnets, &op.subnet)?.network.clone();
            let address = free_address(part, &op.address)?;
            address.nat_gateway = Some(created.clone());
            let mapped = NatAddress { primary: true, ..translating(address) };
            let gateway = NatGateway {
                id: created.clone(),
                network,
                scope: NatScope::Subnet(op.subnet.clone()),
                public: true,
                state: NatState::Available,
                addresses: vec![mapped],
                tags: op.tags.clone(),
            };
            part.nat_gateways.insert(created.clone(), gateway);
        }
        GatewayOp::DeleteNatGateway(op) => {
            held(&part.nat_gateways, &op.gateway)?;
            part.nat_gateways.remove(&op.gateway);
            for address in part.addresses.values_mut().filter(|a| a.nat_gateway.as_ref() == Some(&op.gateway)) {
                address.nat_gateway = None;
                address.interface = None;
            }
            blackhole(&mut world.network, &Target::NatGateway(op.gateway.clone()));
        }
        GatewayOp::AssociateNatAddress(op) => {
            held(&part.nat_gateways, &op.gateway)?;
            let address = free_address(part, &op.address)?;
            address.nat_gateway = Some(op.gateway.clone());
            let association = CloudId::new(format!("{}:{}", op.gateway, op.address));
            let mapped = NatAddress { association: Some(association), ..translating(address) };
            held_mut(&mut part.nat_gateways, &op.gateway)?.addresses.push(mapped);
        }
        GatewayOp::DisassociateNatAddress(op) => {
            let gateway = held_mut(&mut part.nat_gateways, &op.gateway)?;
            if gateway.address(&op.address).is_some_and(|a| a.primary) {
                return Err(ApplyError::InUse { what: op.address.clone(), by: op.gateway.clone() });
            }
            gateway.addresses.retain(|a| a.address.as_ref() != Some(&op.address));
            let holder = part.addresses.get_mut(&op.address).filter(|a| a.nat_gateway.as_ref() == Some(&op.gateway));
            if let Some(address) = holder {
                (address.nat_gateway, address.interface) = (None, None);
            }
        }
        GatewayOp::SetTags(op) => set_tags(world, op)?,
    }
    Ok(())
}

/// An address that no NAT gateway holds.
fn free_address<'a>(part: &'a mut GatewayPart, id: &CloudId) -> Result<&'a mut Address, ApplyError> {
    let address = held_mut(&mut part.addresses, id)?;
    match &address.nat_gateway {
        Some(user) => Err(ApplyError::InUse { what: id.clone(), by: user.clone() }),
        None => Ok(address),
    }
}

/// An address on a gateway that translates to it.
fn translating(address: &Address) -> NatAddress {
    NatAddress {
        address: Some(address.id.clone()),
        public_ip: address.ip,
        private_ip: None,
        interface: None,
        zone: None,
        association: None,
        primary: false,
        state: NatAddressState::InUse,
    }
}

fn function(world: &mut World, op: &FunctionOp<CloudId>, created: &CloudId) -> Result<(), ApplyError> {
    let part = &mut world.function;
    match op {
        FunctionOp::SetAttachment(op) => {
            let network = network_of(&world.network, op.to.as_ref())?;
            let function = held_mut(&mut part.functions, &op.function)?;
            function.attachment = op.to.clone();
            function.network = network;
            function.update = UpdateState::Done;
        }
        FunctionOp::GrantNetworkAccess(op) => {
            held_mut(&mut part.roles, &op.role)?.grants.insert(op.grant.clone());
        }
        FunctionOp::RevokeNetworkAccess(op) => {
            held_mut(&mut part.roles, &op.role)?.grants.remove(&op.grant);
        }
        FunctionOp::CreateProbeRole(op) => {
            let role = Role {
                id: created.clone(),
                trusts_functions: true,
                grants: BTreeSet::from([Grant::Managed]),
                tags: op.tags.clone(),
            };
            part.roles.insert(created.clone(), role);
        }
        FunctionOp::DeleteProbeRole(op) => {
            held(&part.roles, &op.role)?;
            part.roles.remove(&op.role);
        }
        FunctionOp::CreateProbe(op) => {
            let network = network_of(&world.network, Some(&op.attachment))?;
            let probe = Function {
                id: created.clone(),
                role: Some(op.role.clone()),
                state: FunctionState::Active,
                update: UpdateState::Done,
                attachment: Some(op.attachment.clone()),
                network,
                file_systems: Vec::new(),
                revision: String::new(),
                versions: Vec::new(),
                aliases: Vec::new(),
                timeout: None,
                concurrency: None,
                managed_by: None,
                tags: op.tags.clone(),
            };
            part.functions.insert(created.clone(), probe);
        }
        FunctionOp::DeleteProbe(op) => {
            held(&part.functions, &op.probe)?;
            part.functions.remove(&op.probe);
        }
        FunctionOp::SetTags(op) => set_tags(world, op)?,
    }
    Ok(())
}

/// Addresses of each subnet that the cloud keeps for itself.
const RESERVED_PER_SUBNET: u32 = 5;

/// What every network has from the start: a main table with the local route, a filter that lets everything through, and a
/// default group.
fn furnish(part: &mut NetworkPart, network: &Network) {
    let id = |what: &str| CloudId::new(format!("{}:{what}", network.id));
    let main = Association { id: id("main-association"), with: AssociatedWith::Main, active: true };
    let table = fresh_table(network, &id("main-table"), vec![main], crate::Tags::new());
    part.route_tables.insert(table.id.clone(), table);
    let everywhere = IpNet::V4(Default::default());
    let allow = |direction| AclEntry {
        number: 100,
        direction,
        protocol: Protocol::All,
        ports: (0, u16::MAX),
        cidr: everywhere,
        allow: true,
    };
    let acl = Acl {
        id: id("default-acl"),
        network: network.id.clone(),
        is_default: true,
        subnets: BTreeSet::new(),
        entries: vec![allow(Direction::Ingress), allow(Direction::Egress)],
        tags: crate::Tags::new(),
    };
    part.acls.insert(acl.id.clone(), acl);
}

fn fresh_table(network: &Network, id: &CloudId, associations: Vec<Association>, tags: crate::Tags) -> RouteTable {
    let local = |cidr| Route {
        destination: Destination::Cidr(cidr),
        target: Target::Local,
        state: RouteState::Active,
        origin: RouteOrigin::Table,
    };
    let cidrs = network.cidrs.iter().map(|c| IpNet::V4(*c)).chain(network.cidrs_v6.iter().map(|c| IpNet::V6(*c)));
    RouteTable { id: id.clone(), network: network.id.clone(), associations, routes: cidrs.map(local).collect(), tags }
}

fn static_route(destination: &Destination, target: &Target<CloudId>) -> Route {
    Route {
        destination: destination.clone(),
        target: target.clone(),
        state: RouteState::Active,
        origin: RouteOrigin::Static,
    }
}

fn blackhole(part: &mut NetworkPart, target: &Target<CloudId>) {
    for route in part.route_tables.values_mut().flat_map(|t| &mut t.routes).filter(|r| &r.target == target) {
        route.state = RouteState::Blackhole;
    }
}

fn network_of(part: &NetworkPart, to: Option<&Attachment<CloudId>>) -> Result<Option<CloudId>, ApplyError> {
    let Some(first) = to.and_then(|to| to.subnets.first()) else { return Ok(None) };
    Ok(Some(held(&part.subnets, first)?.network.clone()))
}

fn set_tags(world: &mut World, op: &SetTags<CloudId>) -> Result<(), ApplyError> {
    let tags = tags_mut(world, op.kind, &op.resource).ok_or_else(|| ApplyError::Missing(op.resource.clone()))?;
    tags.extend(op.set.clone());
    tags.retain(|name, _| !op.remove.contains(name));
    Ok(())
}

fn tags_mut<'a>(world: &'a mut World, kind: Kind, id: &CloudId) -> Option<&'a mut Tags> {
    match kind {
        Kind::Network => world.network.networks.get_mut(id).map(|x| &mut x.tags),
        Kind::Subnet => world.network.subnets.get_mut(id).map(|x| &mut x.tags),
        Kind::RouteTable => world.network.route_tables.get_mut(id).map(|x| &mut x.tags),
        Kind::SecurityGroup => world.network.groups.get_mut(id).map(|x| &mut x.tags),
        Kind::Interface => world.network.interfaces.get_mut(id).map(|x| &mut x.tags),
        Kind::InternetGateway => world.gateway.internet_gateways.get_mut(id).map(|x| &mut x.tags),
        Kind::NatGateway => world.gateway.nat_gateways.get_mut(id).map(|x| &mut x.tags),
        Kind::Address => world.gateway.addresses.get_mut(id).map(|x| &mut x.tags),
        Kind::Function | Kind::Probe => world.function.functions.get_mut(id).map(|x| &mut x.tags),
        Kind::Role => world.function.roles.get_mut(id).map(|x| &mut x.tags),
        Kind::Lease => world.network.leases.get_mut(id).map(|x| &mut x.tags),
    }
}

fn held<'a, T>(map: &'a std::collections::BTreeMap<CloudId, T>, id: &CloudId) -> Result<&'a T, ApplyError> {
    map.get(id).ok_or_else(|| ApplyError::Missing(id.clone()))
}

fn held_mut<'a, T>(map: &'a mut std::collections::BTreeMap<CloudId, T>, id: &CloudId) -> Result<&'a mut T, ApplyError> {
    map.get_mut(id).ok_or_else(|| ApplyError::Missing(id.clone()))
}
