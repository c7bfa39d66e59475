//! Cases about the probe, and what the internet sees of it.

use std::net::{IpAddr, Ipv4Addr};

use super::{
    Case,
    ops::*,
    rig::{Law, Rig, Stop, broken, hold},
    run::case,
    site::{self, attachment, everywhere},
};
use crate::{
    CloudId, Invocation, World,
    probe::{Ask, Reply},
    world::{FunctionState, Target},
};

pub(super) const CASES: &[Case] = &[
    case!(a_probe_comes_and_goes, "a probe and its role are made and deleted, and leave nothing behind"),
    case!(a_probe_is_seen_from_the_address, "behind a NAT gateway, the internet sees the gateway's address"),
    case!(without_a_way_out_nothing_arrives, "a packet with no route out is seen by nobody"),
];

async fn a_probe_comes_and_goes(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let subnet = site::subnet(rig, &network, 1).await?;
    let (role, probe) = probe(rig, &network, &subnet).await?;
    let world = rig.observe().await?;
    let has = world.function.functions.get(&probe).and_then(|p| p.role.as_ref());
    hold(has == Some(&role), format!("probe {probe} was made with the role {role}, and has {has:?}"))?;
    let able = world.function.roles.get(&role).is_some_and(|r| r.trusts_functions && r.has_network_access());
    hold(able, format!("role {role} of the probe cannot be used by functions in a network"))?;
    rig.done(delete_probe(&probe)).await?;
    rig.futile(delete_probe(&probe)).await?;
    rig.done(delete_probe_role(&role)).await?;
    rig.futile(delete_probe_role(&role)).await
}

async fn a_probe_is_seen_from_the_address(rig: &Rig<'_>) -> Law {
    let url = echo(rig)?;
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    let private = site::subnet(rig, &site.network, 1).await?;
    let table = rig.create(create_table(rig, "private", &site.network)).await?;
    rig.done(create_route(&table, &everywhere(), Target::NatGateway(exit.nat.clone()))).await?;
    rig.done(associate(&table, &private, None)).await?;
    let (_, probe) = probe(rig, &site.network, &private).await?;

    let seen = seen_from(rig, &probe, &url, Some(exit.ip)).await?;
    hold(seen == Some(exit.ip), format!("the gateway's address is {}, and the internet sees {seen:?}", exit.ip))
}

async fn without_a_way_out_nothing_arrives(rig: &Rig<'_>) -> Law {
    let url = echo(rig)?;
    let site = site::site(rig).await?;
    let private = site::subnet(rig, &site.network, 1).await?;
    let (_, probe) = probe(rig, &site.network, &private).await?;
    let seen = seen_from(rig, &probe, &url, None).await?;
    hold(seen.is_none(), format!("there is no way out, and the internet sees {seen:?}"))
}

fn echo(rig: &Rig<'_>) -> Law<String> {
    rig.fixture().echo_url.clone().ok_or_else(|| Stop::Skipped("the fixture has no echo".to_owned()))
}

/// A role, and a probe in a subnet that is ready to be invoked.
async fn probe(rig: &Rig<'_>, network: &CloudId, subnet: &CloudId) -> Law<(CloudId, CloudId)> {
    let role = rig.create(create_probe_role(rig, "role")).await?;
    let group = rig.create(create_group(rig, "group", network)).await?;
    let probe = rig.create(create_probe(rig, "probe", &role, attachment(&[subnet], &[&group]))).await?;
    let ready = |world: &World| match world.function.functions.get(&probe) {
        Some(f) if f.state == FunctionState::Failed => broken(format!("probe {probe} has failed")),
        Some(f) => Ok(f.is_settled()),
        None => broken(format!("probe {probe} is gone")),
    };
    rig.until(format!("probe {probe} is ready"), rig.fixture().patience, ready).await?;
    Ok((role, probe))
}

/// What the internet sees of a probe. A way out that is expected may take a while to work.
async fn seen_from(rig: &Rig<'_>, probe: &CloudId, url: &str, expected: Option<Ipv4Addr>) -> Law<Option<Ipv4Addr>> {
    let ask = serde_json::json!(Ask { url: url.to_owned(), timeout_seconds: 5 });
    let ask = Invocation { function: probe.clone(), payload: ask };
    let begun = rig.now();
    for round in 0.. {
        let answer = rig.invoke(&ask).await;
        let reply = match &answer {
            Ok(invoked) => serde_json::from_value::<Reply>(invoked.payload.clone()).ok(),
            Err(_) => None,
        };
        let late = rig.now() - begun >= rig.fixture().visibility;
        match reply.as_ref().map(Reply::seen_ip) {
            Some(Some(IpAddr::V4(ip))) => return Ok(Some(ip)),
            Some(Some(IpAddr::V6(ip))) => return broken(format!("the internet sees {ip}, which is no IPv4")),
            Some(None) if expected.is_none() || late => return Ok(None),
            None if late => return broken(format!("probe {probe} gives no reply of a probe: {answer:?}")),
            _ => rig.pause(round).await,
        }
    }
    Ok(None)
}
