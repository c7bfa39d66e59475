//! Who has a private address in a World, and so a namespace.

use std::{collections::BTreeSet, net::Ipv4Addr};

use egress_core::{
    CloudId,
    world::{InterfaceKind, NatGateway, NatScope, NatState, World},
};

use super::case::Case;
use crate::run::Result;

/// Something with private addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// Its namespace, and the name of the router's link to it.
    pub(super) space: String,
    /// What the cloud calls it: an interface or a NAT gateway; a function's subnet where its interface is not in the World.
    pub(super) id: CloudId,
    pub(super) network: CloudId,
    pub(super) subnet: CloudId,
    /// Its private addresses, at least one.
    pub(super) ips: Vec<Ipv4Addr>,
    pub(super) role: Role,
}

/// What a host does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It runs the function.
    Function {
        /// Its security groups.
        groups: BTreeSet<CloudId>,
    },
    /// It answers.
    Server {
        /// Its security groups.
        groups: BTreeSet<CloudId>,
    },
    /// It translates to these addresses; to none where it does not translate.
    Nat {
        /// Its private addresses that take new connections.
        sources: Vec<Ipv4Addr>,
    },
}

impl Host {
    /// Its security groups; `None` for what has none.
    pub(super) fn groups(&self) -> Option<&BTreeSet<CloudId>> {
        match &self.role {
            Role::Function { groups } | Role::Server { groups } => Some(groups),
            Role::Nat { .. } => None,
        }
    }
}

/// The last part of the address of a function whose interface is not in the World. No other host of ours has it.
const UNSEEN_HOST: u32 = 200;

/// Every host. The function's come first, ordered by subnet, as `fn-0`, `fn-1`, ….
pub(super) fn hosts(case: &Case) -> Result<Vec<Host>> {
    let mut hosts = functions(case)?;
    hosts.extend(nats(&case.world));
    let interfaces = case.world.network.interfaces.values();
    let servers = interfaces.filter(|i| !matches!(i.kind, InterfaceKind::Function | InterfaceKind::NatGateway));
    hosts.extend(servers.enumerate().map(|(place, interface)| Host {
        space: format!("host-{place}"),
        id: interface.id.clone(),
        network: interface.network.clone(),
        subnet: interface.subnet.clone(),
        ips: interface.private_ips.clone(),
        role: Role::Server { groups: interface.groups.clone() },
    }));
    Ok(hosts)
}

/// An interface in each of the function's subnets: the one that functions with its groups share there.
fn functions(case: &Case) -> Result<Vec<Host>> {
    let network = &case.world.network;
    let function = case.world.function.functions.get(&case.function).ok_or("the function is not in the World")?;
    let attachment = function.attachment.as_ref().ok_or("a function in no network has no namespace")?;
    let mut hosts = Vec::new();
    for (place, id) in attachment.subnets.iter().enumerate() {
        let subnet = network.subnets.get(id).ok_or_else(|| format!("the subnet {id} is not in the World"))?;
        let shared = network
            .interfaces
            .values()
            .find(|i| i.kind == InterfaceKind::Function && &i.subnet == id && i.groups == attachment.groups);
        let unseen = Ipv4Addr::from(u32::from(subnet.cidr.network()).saturating_add(UNSEEN_HOST));
        hosts.push(Host {
            space: format!("fn-{place}"),
            id: shared.map_or(id, |interface| &interface.id).clone(),
            network: subnet.network.clone(),
            subnet: id.clone(),
            ips: shared.map_or(vec![unseen], |interface| interface.private_ips.clone()),
            role: Role::Function { groups: attachment.groups.clone() },
        });
    }
    Ok(hosts)
}

/// The zonal NAT gateways that still have an interface.
fn nats(world: &World) -> impl Iterator<Item = Host> {
    world.gateway.nat_gateways.values().enumerate().filter_map(|(place, nat)| {
        let NatScope::Subnet(subnet) = &nat.scope else { return None };
        let ips: Vec<_> = nat.addresses.iter().filter_map(|address| address.private_ip).collect();
        if ips.is_empty() || nat.state == NatState::Deleted {
            return None;
        }
        Some(Host {
            space: format!("nat-{place}"),
            id: nat.id.clone(),
            network: nat.network.clone(),
            subnet: subnet.clone(),
            ips,
            role: Role::Nat { sources: sources(nat) },
        })
    })
}

/// Only an available gateway translates, and only to addresses whose association has succeeded (source: VPC guide, "NAT gateway
/// basics" and "Edit secondary IP address associations").
fn sources(nat: &NatGateway) -> Vec<Ipv4Addr> {
    if nat.state != NatState::Available {
        return Vec::new();
    }
    nat.addresses.iter().filter(|address| address.is_in_use()).filter_map(|address| address.private_ip).collect()
}

/// What an internet gateway maps in a network: private and public addresses, one to one.
///
/// Source: VPC guide, "Internet gateways".
pub(super) fn public_map(world: &World, network: &CloudId, hosts: &[Host]) -> Vec<(Ipv4Addr, Ipv4Addr)> {
    let interfaces = world.network.interfaces.values().filter(|i| &i.network == network);
    let of_interfaces = interfaces.filter_map(|i| Some((*i.private_ips.first()?, i.public_ip?)));
    let nats = world.gateway.nat_gateways.values().filter(|nat| nat.public && &nat.network == network);
    let stands = |nat: &&NatGateway| hosts.iter().any(|host| host.id == nat.id);
    let of_nats = nats.filter(stands).flat_map(|nat| &nat.addresses);
    let of_nats = of_nats.filter_map(|address| Some((address.private_ip?, address.public_ip?)));
    of_interfaces.chain(of_nats).collect()
}
