//! What a question is about: where to, checked and resolved; and who sends, found in the Worlds.

use std::{borrow::Cow, net::IpAddr};

use egress_core::{
    World,
    ipnet::IpNet,
    trace::{Source, To},
    world::{Listing, Protocol},
};

use crate::{
    args::Global,
    ask::{Destination, Host, Named, Override, Port, Resolution, SenderName, near, resolve},
    error::CliError,
    exit::Exit,
    worlds::{Worlds, show},
};

/// The port that is meant, where the protocol has ports. Refuses what makes no sense whatever the Worlds hold.
pub(super) fn check(to: &Destination, protocol: Protocol, resolve: &[Override]) -> Result<Option<u16>, CliError> {
    let has_ports = matches!(protocol, Protocol::Tcp | Protocol::Udp);
    if let (false, Port::Written(port)) = (has_ports, to.port) {
        return Err(CliError::new(Exit::Usage, format!("protocol {protocol} has no ports, and port {port} is given"))
            .hint("write the destination without a port, or choose `--protocol tcp` or `udp`"));
    }
    check_family(&to.host, protocol)?;
    let meant = |host: &str| matches!(&to.host, Host::Name(name) if name == host);
    if let Some(other) = resolve.iter().find(|known| !meant(&known.host)) {
        // A slip: it would change nothing.
        let message = format!("`--resolve` is for {}, and the destination is {}", other.host, to.host);
        return Err(CliError::new(Exit::Usage, message));
    }
    Ok(has_ports.then_some(to.port.number()))
}

/// ICMP is for one family each.
fn check_family(host: &Host, protocol: Protocol) -> Result<(), CliError> {
    let is_v4 = match host {
        Host::Ip(ip) => ip.is_ipv4(),
        Host::Net(net) => matches!(net, IpNet::V4(_)),
        Host::Internet => true,
        Host::Name(_) => return Ok(()),
    };
    let (needs_v4, other) = match protocol {
        Protocol::Icmp => (true, "icmp6"),
        Protocol::Icmp6 => (false, "icmp"),
        _ => return Ok(()),
    };
    if needs_v4 == is_v4 {
        return Ok(());
    }
    let family = if is_v4 { "IPv4" } else { "IPv6" };
    Err(CliError::new(Exit::Usage, format!("{protocol} does not go to {host}, which is {family}"))
        .hint(format!("`--protocol {other}` is that of {family}")))
}

/// The destination, with the addresses of its name.
pub(super) fn destination(
    to: &Destination,
    protocol: Protocol,
    said: &[Override],
    worlds: &Worlds,
) -> (To, Option<Resolution>) {
    match &to.host {
        Host::Ip(ip) => (To::Ip(*ip), None),
        Host::Net(net) => (To::Net(*net), None),
        Host::Internet => (To::Internet, None),
        Host::Name(name) => {
            let mut found = resolve(name, said, |name| worlds.mock_ip(name));
            let fits = |ip: &IpAddr| match protocol {
                Protocol::Icmp => ip.is_ipv4(),
                Protocol::Icmp6 => ip.is_ipv6(),
                _ => true,
            };
            found.ips.retain(fits);
            (To::Name { name: name.clone(), ips: found.ips.clone() }, Some(found))
        }
    }
}

/// A name that no packet can be sent to.
pub(super) fn unresolved(name: &Host, found: &Resolution) -> CliError {
    let mut error = CliError::new(Exit::NotFound, format!("{name} has no address that such a packet can go to"));
    if let (Some(problem), Some(failure)) = (error.problems.last_mut(), &found.failure) {
        problem.causes.push(failure.clone());
    }
    error.hint(format!("`--resolve {name}=IP` says which addresses it has"))
}

/// Looks where ARNs say, unless the command line says otherwise.
pub(super) fn at_their_region<'a>(
    global: &Global,
    sources: impl IntoIterator<Item = &'a SenderName>,
) -> Result<Global, CliError> {
    let mut global = global.clone();
    for of_arn in sources.into_iter().filter_map(|source| source.region.as_ref()) {
        match &global.aws.region {
            Some(region) if region != of_arn => {
                let message = format!("{region} is looked at, and an ARN is of {of_arn}");
                return Err(CliError::new(Exit::Usage, message).hint("look at one region at a time"));
            }
            _ => global.aws.region = Some(of_arn.clone()),
        }
    }
    Ok(global)
}

/// Finds who sends, as [`sender`] does. Where nobody is found, a World that need not show all such things is asked: it answers
/// *unknown*, and says what is missing.
pub(super) fn sender_or_hidden<'w>(
    name: &SenderName,
    worlds: &'w [World],
) -> Result<(Source, Cow<'w, World>), CliError> {
    let hidden = || worlds.iter().find_map(|world| Some((name.hidden_in(world)?, Cow::Borrowed(world))));
    sender(name, worlds).or_else(|error| match error.exit {
        Exit::NotFound => hidden().ok_or(error),
        _ => Err(error),
    })
}

/// Finds who sends: in exactly one World.
pub(super) fn sender<'w>(name: &SenderName, worlds: &'w [World]) -> Result<(Source, Cow<'w, World>), CliError> {
    let mut found = Vec::new();
    for world in worlds {
        match name.find(world) {
            Named::Nothing => {}
            Named::NoVersion(why) => return Err(CliError::new(Exit::NotFound, why)),
            Named::Sender(source, world) => found.push((source, world)),
        }
    }
    if found.len() > 1 {
        let places: Vec<String> = found.iter().map(|(_, world)| show(&world.network.place)).collect();
        return Err(CliError::new(Exit::Refused, format!("{name} is in several places: {}", places.join("; ")))
            .hint("choose one by `--region` and `--account`"));
    }
    found.pop().ok_or_else(|| unknown(name, worlds))
}

/// Nobody of that name: what was looked at, and what may have been meant.
fn unknown(name: &SenderName, worlds: &[World]) -> CliError {
    let places: Vec<String> = worlds.iter().map(|world| show(&world.network.place)).collect();
    let error = CliError::new(Exit::NotFound, format!("nothing is called {name} in {}", places.join("; ")));
    let unseen = worlds.iter().find_map(|world| world.unseen(Listing::Functions));
    let unseen = unseen.map(|ask| format!("functions were not read: there is no answer of `{ask}`"));
    near(&name.name, worlds).into_iter().chain(unseen).fold(error, CliError::hint)
}
