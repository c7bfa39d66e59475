//! `egress trace`: where a packet goes, and as whom it is seen.

use egress_core::trace::{Query, trace};

use super::aim;
use crate::{
    args::{Global, TraceArgs},
    error::CliError,
    exit::Exit,
    inspect::{Traced, TracedQuery, Word},
    output::Out,
    worlds::WorldSource,
};

pub(super) async fn run(args: &TraceArgs, global: &Global, out: Out) -> Result<(), CliError> {
    let port = aim::check(&args.to, args.protocol, &args.resolve)?;
    let global = aim::at_their_region(global, [&args.source])?;
    let worlds = WorldSource::of(&args.from).read(&global, args.from.account.as_deref(), out).await?;
    let (source, world) = aim::sender_or_hidden(&args.source, &worlds.worlds)?;
    let (to, resolution) = aim::destination(&args.to, args.protocol, &args.resolve, &worlds);
    let answer = trace(&world, &Query { source, to, protocol: args.protocol, port: port.unwrap_or_default() });
    if let Some(found) = resolution.as_ref().filter(|found| found.ips.is_empty() && answer.paths.is_empty()) {
        return Err(aim::unresolved(&args.to.host, found));
    }
    let query = TracedQuery {
        source: args.source.to_string(),
        to: args.to.host.to_string(),
        ips: resolution.iter().flat_map(|found| found.ips.iter().copied()).collect(),
        resolved_by: resolution.as_ref().map(|found| found.by),
        protocol: args.protocol.to_string(),
        port,
    };
    let traced = Traced::of(&answer, &world, query, worlds.notes.clone());
    out.show(&traced)?;
    match traced.verdict {
        Word::Reaches => Ok(()),
        Word::Drops => Err(CliError::said(Exit::Drops)),
        Word::Mixed => Err(CliError::said(Exit::Mixed)),
        Word::Unknown => Err(CliError::said(Exit::Unknown)),
    }
}
