//! What several cases build upon.

use std::{collections::BTreeSet, net::Ipv4Addr};

use ipnet::Ipv4Net;

use super::{
    ops::*,
    rig::{Law, Rig, broken, hold},
};
use crate::{
    CloudId,
    world::{Attachment, Destination, NatState, Target},
};

/// A network of a case's own.
pub(super) fn range() -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(10, 83, 0, 0), 16)
}

/// The n-th subnet of it.
pub(super) fn part(n: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(10, 83, n, 0), 24)
}

/// Everything outside.
pub(super) fn everywhere() -> Destination {
    Destination::default_v4()
}

/// A range that belongs to nobody (RFC 5737).
pub(super) fn elsewhere() -> Destination {
    Destination::Cidr(Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 0), 24).into())
}

pub(super) async fn network(rig: &Rig<'_>) -> Law<CloudId> {
    rig.create(create_network(rig, "net", range())).await
}

/// The name of a zone that functions can be in.
pub(super) async fn zone(rig: &Rig<'_>) -> Law<String> {
    match rig.observe().await?.network.zones.into_iter().find(|z| z.functions) {
        Some(zone) => Ok(zone.name),
        None => broken("there is no zone that functions can be in"),
    }
}

pub(super) async fn subnet(rig: &Rig<'_>, network: &CloudId, n: u8) -> Law<CloudId> {
    rig.create(create_subnet(rig, &format!("sub{n}"), network, part(n), &zone(rig).await?)).await
}

/// An address and its IP.
pub(super) async fn address(rig: &Rig<'_>, what: &str) -> Law<(CloudId, Ipv4Addr)> {
    let effect = rig.done(allocate(rig, what)).await?;
    match (effect.id, effect.ip) {
        (Some(id), Some(ip)) => Ok((id, ip)),
        (id, ip) => broken(format!("an allocated address tells its id and its IP, not {id:?} and {ip:?}")),
    }
}

/// A network with a way to the internet for one subnet.
pub(super) struct Site {
    pub(super) network: CloudId,
    pub(super) internet: CloudId,
    pub(super) public: CloudId,
    pub(super) public_table: CloudId,
}

pub(super) async fn site(rig: &Rig<'_>) -> Law<Site> {
    let network = network(rig).await?;
    let internet = rig.create(create_internet_gateway(rig, "igw")).await?;
    rig.done(attach_internet_gateway(&internet, &network)).await?;
    let public = subnet(rig, &network, 10).await?;
    let public_table = rig.create(create_table(rig, "pub", &network)).await?;
    rig.done(create_route(&public_table, &everywhere(), Target::InternetGateway(internet.clone()))).await?;
    rig.done(associate(&public_table, &public, None)).await?;
    Ok(Site { network, internet, public, public_table })
}

/// A gateway that works, and its address.
pub(super) struct Exit {
    pub(super) nat: CloudId,
    pub(super) address: CloudId,
    pub(super) ip: Ipv4Addr,
}

pub(super) async fn exit(rig: &Rig<'_>, site: &Site) -> Law<Exit> {
    let (address, ip) = address(rig, "addr").await?;
    let nat = rig.create(create_nat(rig, "nat", &site.public, &address)).await?;
    available(rig, &nat).await?;
    Ok(Exit { nat, address, ip })
}

/// Waits until a gateway works.
pub(super) async fn available(rig: &Rig<'_>, nat: &CloudId) -> Law {
    let so = |world: &crate::World| match world.gateway.nat_gateways.get(nat).map(|g| &g.state) {
        Some(NatState::Available) => Ok(true),
        Some(NatState::Pending) => Ok(false),
        other => broken(format!("NAT gateway {nat} was pending and is {other:?}")),
    };
    rig.until(format!("NAT gateway {nat} is available"), rig.fixture().patience, so).await.map(drop)
}

/// Waits until a gateway is gone for good.
pub(super) async fn nat_gone(rig: &Rig<'_>, nat: &CloudId) -> Law {
    let so = |world: &crate::World| match world.gateway.nat_gateways.get(nat).map(|g| &g.state) {
        None | Some(NatState::Deleted) => Ok(true),
        Some(NatState::Deleting) => Ok(false),
        Some(other) => broken(format!("NAT gateway {nat} was deleted and is {other:?}")),
    };
    rig.until(format!("NAT gateway {nat} is gone"), rig.fixture().patience, so).await.map(drop)
}

/// Waits until a function has the configuration that it was given.
pub(super) async fn settled(rig: &Rig<'_>, function: &CloudId, to: Option<&Attachment<CloudId>>) -> Law {
    let so = |world: &crate::World| {
        let Some(function) = world.function.functions.get(function) else {
            return broken(format!("function {function} is gone"));
        };
        if let crate::world::UpdateState::Failed { code, message } = &function.update {
            return broken(format!("function {} could not be changed: {code}: {message}", function.id));
        }
        Ok(function.is_settled())
    };
    let world = rig.until(format!("function {function} is settled"), rig.fixture().patience, so).await?;
    let now = world.function.functions.get(function).and_then(|f| f.attachment.as_ref());
    hold(now == to, format!("function {function} was moved to {to:?} and is in {now:?}"))
}

pub(super) fn attachment(subnets: &[&CloudId], groups: &[&CloudId]) -> Attachment<CloudId> {
    let set = |ids: &[&CloudId]| ids.iter().map(|id| (*id).clone()).collect::<BTreeSet<_>>();
    Attachment { subnets: set(subnets), groups: set(groups), ipv6: false }
}
