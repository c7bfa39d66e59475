//! `egress trace`: where a packet goes, and as whom it is seen.

use std::{borrow::Cow, net::IpAddr};

use egress_core::{
    World,
    ipnet::IpNet,
    trace::{Query, Source, To, trace},
    world::{Listing, Protocol},
};

use crate::{
    args::{Global, TraceArgs},
    ask::{Destination, Host, Named, Port, Resolution, SenderName, near, resolve},
    error::CliError,
    exit::Exit,
    inspect::{Traced, TracedQuery, Word},
    output::Out,
    worlds::{WorldSource, Worlds, show},
};

pub(super) async fn run(args: &TraceArgs, global: &Global, out: Out) -> Result<(), CliError> {
    let port = port(&args.to, args.protocol)?;
    check_family(&args.to.host, args.protocol)?;
    check_overrides(args)?;
    let global = at_its_region(global, &args.source)?;
    let worlds = WorldSource::of(&args.from).read(&global, args.from.account.as_deref(), out).await?;
    let (source, world) = find(&args.source, &worlds)?;
    let (to, resolution) = destination(args, &worlds);
    let query = Query { source, to, protocol: args.protocol, port: port.unwrap_or_default() };
    let answer = trace(&world, &query);
    let asked = TracedQuery {
        source: args.source.to_string(),
        to: args.to.host.to_string(),
        ips: resolution.iter().flat_map(|found| found.ips.iter().copied()).collect(),
        resolved_by: resolution.as_ref().map(|found| found.by),
        protocol: args.protocol.to_string(),
        port,
    };
    if let Some(found) = resolution.filter(|found| found.ips.is_empty() && answer.paths.is_empty()) {
        return Err(unresolved(&asked.to, &found));
    }
    let traced = Traced::of(&answer, &world, asked, worlds.notes.clone());
    out.show(&traced)?;
    match traced.verdict {
        Word::Reaches => Ok(()),
        Word::Drops => Err(CliError::said(Exit::Drops)),
        Word::Mixed => Err(CliError::said(Exit::Mixed)),
        Word::Unknown => Err(CliError::said(Exit::Unknown)),
    }
}

/// The port that is meant, where the protocol has ports.
fn port(to: &Destination, protocol: Protocol) -> Result<Option<u16>, CliError> {
    let has_ports = matches!(protocol, Protocol::Tcp | Protocol::Udp);
    match to.port {
        Port::Written(port) if !has_ports => {
            Err(CliError::new(Exit::Usage, format!("protocol {protocol} has no ports, and port {port} is given"))
                .hint("write the destination without a port, or choose `--protocol tcp` or `udp`"))
        }
        port => Ok(has_ports.then_some(port.number())),
    }
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

/// An override for another name than the destination's is a slip.
fn check_overrides(args: &TraceArgs) -> Result<(), CliError> {
    let meant = |host: &str| matches!(&args.to.host, Host::Name(name) if name == host);
    match args.resolve.iter().find(|known| !meant(&known.host)) {
        Some(other) => Err(CliError::new(
            Exit::Usage,
            format!("`--resolve` is for {}, and the destination is {}", other.host, args.to.host),
        )),
        None => Ok(()),
    }
}

/// Looks where an ARN says, unless the command line says otherwise.
pub(super) fn at_its_region(global: &Global, source: &SenderName) -> Result<Global, CliError> {
    let mut global = global.clone();
    match (&global.aws.region, &source.region) {
        (Some(region), Some(of_arn)) if region != of_arn => {
            Err(CliError::new(Exit::Usage, format!("`--region` is {region}, and the ARN is of {of_arn}")))
        }
        (None, Some(of_arn)) => {
            global.aws.region = Some(of_arn.clone());
            Ok(global)
        }
        _ => Ok(global),
    }
}

/// Finds who sends: in exactly one World.
fn find<'w>(name: &SenderName, worlds: &'w Worlds) -> Result<(Source, Cow<'w, World>), CliError> {
    let mut found = Vec::new();
    for world in &worlds.worlds {
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
    found.pop().ok_or_else(|| unknown(name, &worlds.worlds))
}

/// Nobody of that name: what was looked at, and what may have been meant.
pub(super) fn unknown(name: &SenderName, worlds: &[World]) -> CliError {
    let places: Vec<String> = worlds.iter().map(|world| show(&world.network.place)).collect();
    let error = CliError::new(Exit::NotFound, format!("nothing is called {name} in {}", places.join("; ")));
    let unseen = worlds.iter().find_map(|world| world.unseen(Listing::Functions));
    let unseen = unseen.map(|ask| format!("functions were not read: there is no answer of `{ask}`"));
    near(&name.name, worlds).into_iter().chain(unseen).fold(error, CliError::hint)
}

/// The destination, with the addresses of its name.
fn destination(args: &TraceArgs, worlds: &Worlds) -> (To, Option<Resolution>) {
    match &args.to.host {
        Host::Ip(ip) => (To::Ip(*ip), None),
        Host::Net(net) => (To::Net(*net), None),
        Host::Internet => (To::Internet, None),
        Host::Name(name) => {
            let mut found = resolve(name, &args.resolve, |name| worlds.mock_ip(name));
            // ICMP is for one family each.
            let fits = |ip: &IpAddr| match args.protocol {
                Protocol::Icmp => ip.is_ipv4(),
                Protocol::Icmp6 => ip.is_ipv6(),
                _ => true,
            };
            found.ips.retain(fits);
            (To::Name { name: name.clone(), ips: found.ips.clone() }, Some(found))
        }
    }
}

fn unresolved(name: &str, found: &Resolution) -> CliError {
    let mut error = CliError::new(Exit::NotFound, format!("{name} has no address that such a packet can go to"));
    if let (Some(problem), Some(failure)) = (error.problems.last_mut(), &found.failure) {
        problem.causes.push(failure.clone());
    }
    error.hint(format!("`--resolve {name}=IP` says which addresses it has"))
}
