//! Cases about public addresses: the things that cannot be had again.

use std::net::Ipv4Addr;

use super::{
    Case,
    network::IN_USE,
    ops::*,
    rig::{Law, Rig, hold},
    run::case,
    site,
};
use crate::{CloudId, ErrorKind, World};

pub(super) const CASES: &[Case] = &[
    case!(an_address_comes_and_goes, "an allocated address tells its IP at once, and is the account's until released"),
    case!(only_the_named_ip_is_released, "an address is released only where its IP is the one that was named"),
    case!(an_address_in_use_stays, "an address that a gateway holds is not released"),
    case!(an_address_outlives_its_gateway, "an address keeps its IP through a gateway's whole life, and after it"),
];

async fn an_address_comes_and_goes(rig: &Rig<'_>) -> Law {
    let (address, ip) = site::address(rig, "addr").await?;
    hold(!ip.is_private() && !ip.is_unspecified(), format!("address {address} is {ip}, which is not public"))?;
    free(&rig.observe().await?, &address, ip)?;
    rig.done(release(&address, ip)).await?;
    rig.futile(release(&address, ip)).await
}

async fn only_the_named_ip_is_released(rig: &Rig<'_>) -> Law {
    let (address, _) = site::address(rig, "addr").await?;
    let (_, other) = site::address(rig, "other").await?;
    let kinds = [ErrorKind::Invalid, ErrorKind::Changed, ErrorKind::Denied, ErrorKind::NotFound];
    rig.refused(release(&address, other), &kinds).await
}

async fn an_address_in_use_stays(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    rig.refused(release(&exit.address, exit.ip), IN_USE).await
}

async fn an_address_outlives_its_gateway(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    rig.done(delete_nat(&exit.nat)).await?;
    site::nat_gone(rig, &exit.nat).await?;
    let is_free = |world: &World| Ok(free(world, &exit.address, exit.ip).is_ok());
    let world = rig.until("the address is free again", rig.fixture().visibility, is_free).await;
    free(&world?, &exit.address, exit.ip)?;

    let again = rig.create(create_nat(rig, "again", &site.public, &exit.address)).await?;
    site::available(rig, &again).await?;
    super::gateway::holds_address(&rig.observe().await?, &again, &exit.address, exit.ip)
}

/// The account has the address with this IP, and no gateway holds it.
fn free(world: &World, address: &CloudId, ip: Ipv4Addr) -> Law {
    let seen = world.gateway.addresses.get(address);
    let so = seen.is_some_and(|a| a.ip == Some(ip) && a.nat_gateway.is_none());
    hold(so, format!("address {address} should be {ip} and free, and is {seen:?}"))
}
