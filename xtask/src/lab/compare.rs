//! What the kernel did beside what `egress_core::trace` says.

use std::{collections::BTreeSet, fmt, net::Ipv4Addr};

use egress_core::{
    CloudId,
    trace::{Path, Query, Reason, Source, SourceAddress, To, Trace, Verdict, trace},
    world::Protocol,
};

use super::{
    agent::Seen,
    case::{Case, Probe},
    router::holds,
};
use crate::run::Result;

/// One question, from one subnet, with both answers.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) subnet: CloudId,
    pub(super) probe: Probe,
    /// Whether everywhere on the internet was asked for, and not this address alone.
    pub(super) internet: bool,
    pub(super) said: Said,
    pub(super) seen: Observed,
}

/// What trace says of the connections of a subnet to an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Some arrive, and are seen with these sources.
    pub(super) reaches: Option<BTreeSet<SourceAddress>>,
    /// Some die, for these reasons.
    pub(super) drops: Option<Vec<Reason>>,
    /// What trace lacks to tell; nothing is compared then.
    pub(super) missing: Vec<String>,
}

/// What the kernel did with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Observed {
    /// The IPs that the server saw.
    pub(super) ips: BTreeSet<Ipv4Addr>,
    /// How many connections came about.
    pub(super) arrived: usize,
    /// How many did not.
    pub(super) died: usize,
}

/// Every question of a Case with both answers.
pub(super) fn compare(case: &Case, seen: &Seen) -> Result<Vec<Compared>> {
    let mut all = Vec::new();
    for probe in &case.probes {
        let query = |to| Query {
            source: Source::Function(case.function.clone()),
            to,
            protocol: Protocol::Tcp,
            port: probe.port,
        };
        let one = trace(&case.world, &query(To::Ip(probe.to.into())));
        let everywhere = trace(&case.world, &query(To::Internet));
        for (subnet, (_, attempts)) in case.subnets().into_iter().zip(seen) {
            let observed = observed(attempts, *probe);
            let compared = |internet, said| Compared {
                subnet: subnet.clone(),
                probe: *probe,
                internet,
                said,
                seen: observed.clone(),
            };
            all.push(compared(false, said(paths(&one, &subnet, None))));
            let part: Vec<_> = paths(&everywhere, &subnet, Some(probe.to)).collect();
            if !part.is_empty() {
                all.push(compared(true, said(part.into_iter())));
            }
        }
        overall(case, *probe, &one, &all)?;
    }
    Ok(all)
}

/// The paths from a subnet, and to an address where one is given.
fn paths<'a>(trace: &'a Trace, subnet: &'a CloudId, to: Option<Ipv4Addr>) -> impl Iterator<Item = &'a Path> {
    let of_subnet = trace.paths.iter().filter(move |path| path.subnet.as_ref() == Some(subnet));
    of_subnet.filter(move |path| to.is_none_or(|to| path.to.iter().any(|net| holds(net, to))))
}

fn said<'a>(paths: impl Iterator<Item = &'a Path>) -> Said {
    let mut said = Said::default();
    for path in paths {
        match &path.verdict {
            Verdict::Reaches { sources } => said.reaches.get_or_insert_default().extend(sources.iter().cloned()),
            Verdict::Drops { reasons } => said.drops.get_or_insert_default().extend(reasons.iter().cloned()),
            Verdict::Unknown { missing, .. } => said.missing.extend(missing.iter().cloned()),
            Verdict::Mixed { .. } => said.missing.push("a path that is mixed in itself".to_owned()),
        }
    }
    said
}

fn observed(attempts: &[(super::net::Attempt, Option<Ipv4Addr>)], probe: Probe) -> Observed {
    let mut observed = Observed::default();
    for (_, ip) in attempts.iter().filter(|(attempt, _)| attempt.to == probe.to && attempt.port == probe.port) {
        match ip {
            Some(ip) => {
                observed.ips.insert(*ip);
                observed.arrived += 1;
            }
            None => observed.died += 1,
        }
    }
    observed
}

/// The Verdict over all subnets must be what its paths are; what those are is compared with the kernel elsewhere.
fn overall(case: &Case, probe: Probe, trace: &Trace, compared: &[Compared]) -> Result {
    let of_probe = || compared.iter().filter(|c| c.probe == probe && !c.internet);
    let reaches = of_probe().any(|c| c.said.reaches.is_some());
    let drops = of_probe().any(|c| c.said.drops.is_some());
    let unknown = of_probe().any(|c| !c.said.missing.is_empty());
    let fits = match &trace.verdict {
        Verdict::Unknown { .. } => unknown,
        Verdict::Reaches { .. } => reaches && !drops && !unknown,
        Verdict::Drops { .. } => drops && !reaches && !unknown,
        Verdict::Mixed { .. } => reaches && drops && !unknown,
    };
    let each_has_a_path = of_probe().all(|c| c.said != Said::default());
    if fits && each_has_a_path && of_probe().count() == case.subnets().len() {
        return Ok(());
    }
    Err(format!("the Verdict on {probe} is not what its paths say: {:?}", trace.verdict))
}

impl Compared {
    /// How the two answers differ; `None` where they agree, or trace does not tell.
    pub(super) fn disagreement(&self) -> Option<String> {
        if !self.said.missing.is_empty() {
            return None;
        }
        let differs = |what: &str| Some(format!("{self}: {what}"));
        match (&self.said.reaches, self.seen.arrived) {
            (Some(_), 0) => return differs("no connection came about"),
            (None, 1..) => return differs("a connection came about"),
            _ => {}
        }
        match (&self.said.drops, self.seen.died) {
            (Some(_), 0) => return differs("every connection came about"),
            (None, 1..) => return differs("a connection did not come about"),
            _ => {}
        }
        let sources = self.said.reaches.iter().flatten();
        let (ips, sources): (_, Vec<_>) = (&self.seen.ips, sources.collect());
        let unforeseen = ips.iter().find(|ip| !sources.iter().any(|source| is_seen_as(source, **ip)));
        let unseen = sources.iter().find(|source| !ips.iter().any(|ip| is_seen_as(source, *ip)));
        match (unforeseen, unseen) {
            (Some(ip), _) => differs(&format!("the server saw {ip}")),
            (None, Some(source)) => differs(&format!("no server saw {source}")),
            (None, None) => None,
        }
    }
}

fn is_seen_as(source: &SourceAddress, seen: Ipv4Addr) -> bool {
    match source {
        SourceAddress::Fixed { ip, .. } => *ip == Some(seen),
        SourceAddress::Mapped(ip) => *ip == seen,
        SourceAddress::Private(net) => holds(net, seen),
        SourceAddress::Own(_) | SourceAddress::Unfixed => false,
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.to, self.port)
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subnet, probe, internet, said, seen } = self;
        let asked = if *internet { " as a part of the internet" } else { "" };
        write!(f, "from {subnet} to {probe}{asked}: trace says ")?;
        if let Some(sources) = &said.reaches {
            write!(f, "reaches as {}", list(sources))?;
        }
        if let Some(reasons) = &said.drops {
            let and = if said.reaches.is_some() { " and " } else { "" };
            write!(
                f,
                "{and}drops by {}",
                list(reasons.iter().map(|reason| format!("{} ({})", reason.rule, reason.detail)))
            )?;
        }
        write!(f, "; in the kernel {} connections came about and {} did not", seen.arrived, seen.died)?;
        if !seen.ips.is_empty() {
            write!(f, ", seen as {}", list(&seen.ips))?;
        }
        Ok(())
    }
}

fn list(items: impl IntoIterator<Item = impl fmt::Display>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(said: Said, seen: Observed) -> Option<String> {
        let probe = Probe { to: Ipv4Addr::new(1, 1, 1, 1), port: 443 };
        Compared { subnet: "prv1".into(), probe, internet: false, said, seen }.disagreement()
    }

    fn reaches(ips: &[[u8; 4]]) -> Said {
        let source = |ip: &[u8; 4]| SourceAddress::Fixed { address: "eip".into(), ip: Some((*ip).into()) };
        Said { reaches: Some(ips.iter().map(source).collect()), ..Said::default() }
    }

    fn seen(ips: &[[u8; 4]], died: usize) -> Observed {
        Observed { ips: ips.iter().map(|ip| (*ip).into()).collect(), arrived: ips.len(), died }
    }

    #[test]
    fn each_way_to_differ_is_told() {
        let (one, two) = ([198, 51, 100, 1], [198, 51, 100, 2]);
        assert_eq!(compared(reaches(&[one, two]), seen(&[one, two], 0)), None);
        let start = "from prv1 to 1.1.1.1:443: trace says reaches as 198.51.100.1 (eip); in the kernel";
        for (seen, sentence) in [
            (seen(&[], 3), "0 connections came about and 3 did not: no connection came about"),
            (
                seen(&[one], 1),
                "1 connections came about and 1 did not, seen as 198.51.100.1: a connection did not come about",
            ),
            (
                seen(&[one, two], 0),
                "2 connections came about and 0 did not, seen as 198.51.100.1, 198.51.100.2: the server saw 198.51.100.2",
            ),
        ] {
            assert_eq!(compared(reaches(&[one]), seen), Some(format!("{start} {sentence}")));
        }
        let unseen = compared(reaches(&[one, two]), seen(&[one], 0)).unwrap();
        assert!(unseen.ends_with("no server saw 198.51.100.2 (eip)"), "{unseen}");
        let drops = Said { drops: Some(vec![]), ..Said::default() };
        assert_eq!(compared(drops.clone(), seen(&[], 3)), None);
        let arrived = compared(drops, seen(&[one], 0)).unwrap();
        assert!(arrived.ends_with("a connection came about"), "{arrived}");
    }

    #[test]
    fn nothing_is_compared_where_trace_does_not_tell() {
        let unknown = Said { missing: vec!["the ACL".to_owned()], ..Said::default() };
        assert_eq!(compared(unknown, seen(&[], 3)), None);
    }
}
