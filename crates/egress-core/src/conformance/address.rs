//! Cases about public addresses: the things that cannot be had again.

use std::net::Ipv4Addr;

use super::{
    Case,
    network::IN_USE,
    ops::*,
    rig::{Law, Rig, broken, hold},
    run::case,
    site,
};
use crate::{CloudId, ErrorKind, Outcome, Owner, World, world};

pub(super) const CASES: &[Case] = &[
    case!(an_address_comes_and_goes, "an allocated address tells its IP at once, and is the account's until released"),
    case!(only_the_named_ip_is_released, "an address is released only where its IP is the one that was named"),
    case!(an_address_comes_back_as_itself, "an address that was given away comes back with its IP, or not at all"),
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

/// Somebody else may have it by then, and a cloud may not offer this at all.
async fn an_address_comes_back_as_itself(rig: &Rig<'_>) -> Law {
    let (address, ip) = site::address(rig, "addr").await?;
    rig.done(release(&address, ip)).await?;
    let again = allocate_again(rig, "again", ip);
    let outcome = rig.attempt(&again).await;
    if let Outcome::Failed(error) = &outcome {
        let kinds = [ErrorKind::NotFound, ErrorKind::Unsupported, ErrorKind::Quota];
        hold(kinds.contains(&error.kind), format!("\"{again}\" is refused as one of {kinds:?}, not so: {error}"))?;
    }
    let owner = again.creates();
    let others = |world: &World| {
        let mut made = world.gateway.addresses.values().filter(|a| Owner::of(&a.tags) == owner);
        made.find(|a| a.ip != Some(ip)).map(|a| a.id.clone())
    };
    let settled = |world: &World| match others(world) {
        Some(other) => broken(format!("\"{again}\" made {other}, which has another IP")),
        None => Ok(!matches!(outcome, Outcome::Done(_)) || world::shows(world, &again)),
    };
    rig.until(format!("the World shows \"{again}\""), rig.fixture().visibility, settled).await?;
    hold(
        !matches!(&outcome, Outcome::Done(effect) if effect.ip != Some(ip)),
        format!("\"{again}\" tells another IP: {outcome:?}"),
    )
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
