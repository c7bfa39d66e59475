//! Cases about internet gateways and NAT gateways.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{
    Case,
    network::{IN_USE, tag_one_by_one},
    ops::*,
    rig::{Law, Rig, broken, hold},
    run::case,
    site::{self, everywhere},
};
use crate::{
    CloudId, ErrorKind, Kind, Outcome, World,
    world::{NatState, RouteState, Target},
};

pub(super) const CASES: &[Case] = &[
    case!(an_internet_gateway_comes_and_goes, "an internet gateway is made, attached, detached and deleted"),
    case!(a_network_has_one_internet_gateway, "a second internet gateway is not attached to a network"),
    case!(
        a_nat_gateway_comes_and_goes,
        "a NAT gateway comes to work with the address that it was given, and goes when told"
    ),
    case!(one_token_makes_one_nat_gateway, "the same call with the same token makes one NAT gateway"),
    case!(an_address_serves_one_nat_gateway, "a second NAT gateway never gets an address that the first one holds"),
    case!(what_a_nat_gateway_needs_stays, "the subnet, the internet gateway and the network of a NAT gateway stay"),
    case!(a_route_to_a_gone_gateway_drops, "a route to a gateway that is gone is not active any more"),
];

async fn an_internet_gateway_comes_and_goes(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let gateway = rig.create(create_internet_gateway(rig, "igw")).await?;
    rig.done(attach_internet_gateway(&gateway, &network)).await?;
    rig.refused(delete_internet_gateway(&gateway), IN_USE).await?;
    rig.done(detach_internet_gateway(&gateway, &network)).await?;
    rig.done(delete_internet_gateway(&gateway)).await?;
    rig.futile(delete_internet_gateway(&gateway)).await?;
    rig.refused(attach_internet_gateway(&gateway, &network), &[ErrorKind::NotFound, ErrorKind::Invalid]).await
}

async fn a_network_has_one_internet_gateway(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let second = rig.create(create_internet_gateway(rig, "second")).await?;
    let taken = [ErrorKind::AlreadyExists, ErrorKind::InUse, ErrorKind::Invalid];
    rig.refused(attach_internet_gateway(&second, &site.network), &taken).await
}

async fn a_nat_gateway_comes_and_goes(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    holds_address(&rig.observe().await?, &exit.nat, &exit.address, exit.ip)?;
    tag_one_by_one(rig, Kind::NatGateway, &exit.nat).await?;
    rig.done(delete_nat(&exit.nat)).await?;
    site::nat_gone(rig, &exit.nat).await?;
    rig.futile(delete_nat(&exit.nat)).await
}

async fn one_token_makes_one_nat_gateway(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let (address, _) = site::address(rig, "addr").await?;
    let (op, token) = (create_nat(rig, "nat", &site.public, &address), rig.token());
    // The second time as after a lost answer: the cloud may say *done* of the same gateway, or refuse.
    let mut told = BTreeSet::new();
    for _ in 0..2 {
        if let Outcome::Done(effect) = rig.send(&op, &token).await {
            told.extend(effect.id);
        }
        rig.sleep(rig.fixture().visibility).await;
    }
    let settled = |world: &World| Ok(with_key(world, &op).all(|g| g.1 != NatState::Pending));
    let world = rig.until("no NAT gateway is pending", rig.fixture().patience, settled).await?;
    let working: BTreeSet<_> = with_key(&world, &op).filter(|g| g.1 == NatState::Available).map(|g| g.0).collect();
    hold(
        working.len() == 1 && told.is_subset(&working),
        format!("\"{op}\" was sent twice with one token; it told {told:?}, and these work: {working:?}"),
    )
}

async fn an_address_serves_one_nat_gateway(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    let op = create_nat(rig, "second", &site.public, &exit.address);
    // Some clouds refuse the call, others take it and the gateway fails.
    if let Outcome::Failed(_) = rig.attempt(&op).await {
        rig.sleep(rig.fixture().visibility).await;
        let world = rig.observe().await?;
        hold(with_key(&world, &op).next().is_none(), format!("\"{op}\" is failed, and yet the gateway is there"))?;
    }
    let settled = |world: &World| Ok(with_key(world, &op).all(|g| !g.1.is_live()));
    rig.until("the second gateway has failed", rig.fixture().patience, settled).await?;
    holds_address(&rig.observe().await?, &exit.nat, &exit.address, exit.ip)
}

async fn what_a_nat_gateway_needs_stays(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    site::exit(rig, &site).await?;
    rig.refused(delete_subnet(&site.public), IN_USE).await?;
    rig.refused(detach_internet_gateway(&site.internet, &site.network), IN_USE).await?;
    rig.refused(delete_internet_gateway(&site.internet), IN_USE).await?;
    rig.refused(delete_network(&site.network), IN_USE).await
}

async fn a_route_to_a_gone_gateway_drops(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    let private = rig.create(create_table(rig, "private", &site.network)).await?;
    let target = Target::NatGateway(exit.nat.clone());
    rig.done(create_route(&private, &everywhere(), target.clone())).await?;
    rig.done(delete_nat(&exit.nat)).await?;
    site::nat_gone(rig, &exit.nat).await?;
    let drops = |world: &World| {
        let table = world.network.route_tables.get(&private);
        Ok(table.and_then(|t| t.route(&everywhere())).is_none_or(|r| r.state != RouteState::Active))
    };
    rig.until("the route to the gateway drops", rig.fixture().visibility, drops).await.map(drop)
}

/// The gateway has this address, and the address says so too.
pub(super) fn holds_address(world: &World, nat: &CloudId, address: &CloudId, ip: Ipv4Addr) -> Law {
    let addresses = world.gateway.nat_gateways.get(nat).map(|g| g.addresses.as_slice()).unwrap_or_default();
    let [one] = addresses else {
        return broken(format!("NAT gateway {nat} was given {address} alone, and has {addresses:?}"));
    };
    let so = one.address.as_ref() == Some(address) && one.public_ip == Some(ip) && one.is_in_use() && one.primary;
    hold(so, format!("NAT gateway {nat} should have {address} ({ip}), and has {one:?}"))?;
    let holder = world.gateway.addresses.get(address).and_then(|a| a.nat_gateway.as_ref());
    hold(holder == Some(nat), format!("address {address} is held by {nat}, and says {holder:?}"))
}

/// The NAT gateways that carry the Key that an Op gives, and their states.
fn with_key<'w>(world: &'w World, op: &crate::Op<CloudId>) -> impl Iterator<Item = (CloudId, NatState)> + 'w {
    let owner = op.creates();
    let gateways = world.gateway.nat_gateways.values();
    gateways.filter(move |g| crate::Owner::of(&g.tags) == owner).map(|g| (g.id.clone(), g.state.clone()))
}
