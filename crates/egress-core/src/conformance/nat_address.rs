//! Cases about the addresses that a NAT gateway has beside its own. A cloud whose gateways have one address each says
//! *unsupported*, and these are left out.

use std::net::Ipv4Addr;

use super::{
    Case,
    network::IN_USE,
    ops::*,
    rig::{Law, Rig, broken, hold},
    run::case,
    site::{self, Exit, Site},
};
use crate::{
    CloudId, ErrorKind, Outcome, World,
    world::{NatAddress, NatAddressState},
};

pub(super) const CASES: &[Case] = &[
    case!(
        an_address_is_added_and_taken_off,
        "an address that is added to a NAT gateway comes to be used, and is the account's still once it was taken off"
    ),
    case!(what_was_not_named_stays, "only the address that was named is taken off a NAT gateway, and never its own"),
    case!(
        an_address_is_taken_from_no_gateway,
        "an address that one NAT gateway holds is not added to another, and stays where it is"
    ),
    case!(
        all_addresses_outlive_their_gateway,
        "every address of a NAT gateway keeps its IP and is free once the gateway is gone"
    ),
];

/// What a gateway may say to a change that it never makes.
const NEVER: &[ErrorKind] = &[ErrorKind::Invalid, ErrorKind::NotFound, ErrorKind::InUse, ErrorKind::Denied];

async fn an_address_is_added_and_taken_off(rig: &Rig<'_>) -> Law {
    let (_, exit, more) = two_addresses(rig).await?;
    let association = association(&rig.observe().await?, &exit.nat, &more.0)?;
    rig.refused(release(&more.0, more.1), IN_USE).await?;
    rig.futile(associate_nat(&exit.nat, &more.0)).await?;
    let take = disassociate_nat(&exit.nat, &more.0, &association);
    rig.done(take.clone()).await?;
    is_free(rig, &exit.nat, &more).await?;
    super::gateway::holds_address(&rig.observe().await?, &exit.nat, &exit.address, exit.ip)?;
    rig.futile(take).await
}

async fn what_was_not_named_stays(rig: &Rig<'_>) -> Law {
    let (_, exit, more) = two_addresses(rig).await?;
    let world = rig.observe().await?;
    let of_more = association(&world, &exit.nat, &more.0)?;
    let of_own = listed(&world, &exit.nat, &exit.address).and_then(|a| a.association.clone());
    let own = of_own.unwrap_or_else(|| exit.address.clone());
    rig.refused(disassociate_nat(&exit.nat, &exit.address, &own), NEVER).await?;
    rig.refused(disassociate_nat(&exit.nat, &exit.address, &of_more), NEVER).await
}

async fn an_address_is_taken_from_no_gateway(rig: &Rig<'_>) -> Law {
    let (site, exit, _) = two_addresses(rig).await?;
    let (address, ip) = site::address(rig, "other").await?;
    let other = rig.create(create_nat(rig, "other", &site.public, &address)).await?;
    site::available(rig, &other).await?;
    // Some clouds refuse the call, others take it and the address fails.
    let op = associate_nat(&other, &exit.address);
    if let Outcome::Unknown(error) = rig.attempt(&op).await {
        return broken(format!("\"{op}\" must be failed or come to nothing, and is unknown: {error}"));
    }
    let settled = |world: &World| match listed(world, &other, &exit.address).map(|a| &a.state) {
        Some(NatAddressState::Associating) => Ok(false),
        Some(NatAddressState::InUse) => broken(format!("{} is in use by {} and by {other}", exit.address, exit.nat)),
        _ => Ok(true),
    };
    rig.sleep(rig.fixture().visibility).await;
    let world = rig.until("the second gateway has not got it", rig.fixture().patience, settled).await?;
    in_use(&world, &exit.nat, &(exit.address, exit.ip), true)?;
    in_use(&world, &other, &(address, ip), true)
}

async fn all_addresses_outlive_their_gateway(rig: &Rig<'_>) -> Law {
    let (_, exit, more) = two_addresses(rig).await?;
    rig.done(delete_nat(&exit.nat)).await?;
    site::nat_gone(rig, &exit.nat).await?;
    for address in [(exit.address.clone(), exit.ip), more] {
        is_free(rig, &exit.nat, &address).await?;
    }
    Ok(())
}

/// An address and its IP.
type Held = (CloudId, Ipv4Addr);

/// A gateway that leaves from two addresses.
async fn two_addresses(rig: &Rig<'_>) -> Law<(Site, Exit, Held)> {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    let more = site::address(rig, "more").await?;
    rig.done(associate_nat(&exit.nat, &more.0)).await?;
    let used = |world: &World| match listed(world, &exit.nat, &more.0).map(|a| &a.state) {
        Some(NatAddressState::InUse) => Ok(true),
        Some(NatAddressState::Associating) => Ok(false),
        other => broken(format!("{} was put on {} and is {other:?}", more.0, exit.nat)),
    };
    let world = rig.until(format!("{} is in use", more.0), rig.fixture().patience, used).await?;
    in_use(&world, &exit.nat, &(exit.address.clone(), exit.ip), true)?;
    in_use(&world, &exit.nat, &more, false)?;
    Ok((site, exit, more))
}

/// The gateway makes connections from this address, which is its own or not, and the address says who holds it.
fn in_use(world: &World, nat: &CloudId, (address, ip): &Held, primary: bool) -> Law {
    let one = listed(world, nat, address);
    let so = one.is_some_and(|a| a.is_in_use() && a.primary == primary && a.public_ip == Some(*ip));
    hold(so, format!("{nat} should leave from {address} ({ip}), and says {one:?}"))?;
    let holder = world.gateway.addresses.get(address).and_then(|a| a.nat_gateway.as_ref());
    hold(holder == Some(nat), format!("address {address} is held by {nat}, and says {holder:?}"))
}

/// Waits until nothing of an address is left on a gateway: it is the account's, with the IP that it had.
async fn is_free(rig: &Rig<'_>, nat: &CloudId, (address, ip): &Held) -> Law {
    let so = |world: &World| {
        let Some(held) = world.gateway.addresses.get(address).filter(|a| a.ip == Some(*ip)) else {
            return broken(format!("address {address} ({ip}) was taken off {nat}, and the account has it no more"));
        };
        Ok(held.nat_gateway.is_none() && listed(world, nat, address).is_none())
    };
    rig.until(format!("{address} is free"), rig.fixture().patience, so).await.map(drop)
}

/// What a gateway that is not gone says of an address.
fn listed<'w>(world: &'w World, nat: &CloudId, address: &CloudId) -> Option<&'w NatAddress> {
    let gateway = world.gateway.nat_gateways.get(nat).filter(|g| g.state != crate::world::NatState::Deleted);
    gateway.and_then(|g| g.address(address))
}

fn association(world: &World, nat: &CloudId, address: &CloudId) -> Law<CloudId> {
    match listed(world, nat, address).and_then(|a| a.association.clone()) {
        Some(association) => Ok(association),
        None => broken(format!("{nat} does not say by what {address} can be taken off it")),
    }
}
