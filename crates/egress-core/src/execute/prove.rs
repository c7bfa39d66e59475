//! Proofs: whether packets leave a subnet from exactly the addresses that they should.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
};

use super::{
    StepError, What,
    patience::{PROVING, backoff, interval},
    run::{End, Run, Task},
    slots::Slot,
};
use crate::{
    CloudError, CloudId, ErrorKind, Invocation, Invoked, Key, Retry,
    op::{Family, Op},
    plan::{Method, Proof},
    probe::{Ask, Reply},
    trace::{Query, Source, SourceAddress, To, Trace, Verdict, trace},
    world::{Protocol, World, apply, shows},
};

/// How long a probe waits for an answer from the internet, in seconds.
const TIMEOUT_SECONDS: u32 = 5;

/// Proves a path.
pub(super) async fn prove(task: &Task<'_, '_>, proof: &Proof, slot: Option<Slot<'_>>) -> Result<(), End> {
    let expected = Expected::of(task.run, proof).await?;
    let seen = match &proof.by {
        Method::Probe { probe, url } => by_probe(task, &expected, probe, url, slot).await?,
        Method::Trace { assuming } => by_trace(task, &expected, assuming).await?,
    };
    task.run.emit(What::Proved { step: task.step.id.clone(), subnet: proof.subnet.clone(), seen });
    Ok(())
}

/// From where packets are to leave.
struct Expected {
    key: Key,
    subnet: CloudId,
    addresses: BTreeSet<CloudId>,
    ips: Vec<Ipv4Addr>,
}

impl Expected {
    async fn of(run: &Run<'_>, proof: &Proof) -> Result<Self, End> {
        let subnet = run.bound(&proof.subnet)?;
        let ids = proof.expect.iter().map(|key| Ok((key, run.bound(key)?))).collect::<Result<BTreeMap<_, _>, End>>()?;
        let learnt: Option<Vec<Ipv4Addr>> = ids.keys().map(|key| run.address(key)).collect();
        let ips = match learnt {
            Some(ips) => ips,
            None => {
                let world = run.observe(Family::Gateway).await.map_err(StepError::Cloud)?;
                let ip = |id| world.gateway.addresses.get(id).and_then(|address| address.ip);
                let unbound = |key: &Key| End::from(StepError::Unbound(key.clone()));
                ids.iter().map(|(&key, id)| ip(id).ok_or_else(|| unbound(key))).collect::<Result<_, End>>()?
            }
        };
        Ok(Self { key: proof.subnet.clone(), subnet, addresses: ids.into_values().collect(), ips })
    }

    fn not_proven(&self, seen: Option<Ipv4Addr>, detail: String) -> End {
        StepError::NotProven { subnet: self.key.clone(), seen, expected: self.ips.clone(), detail }.into()
    }
}

/// Lets a probe call a host that says which IP it saw, again for a while: a new way takes a moment to work everywhere.
async fn by_probe(
    task: &Task<'_, '_>,
    expected: &Expected,
    probe: &Key,
    url: &str,
    mut slot: Option<Slot<'_>>,
) -> Result<Option<Ipv4Addr>, End> {
    let run = task.run;
    let function = run.bound(probe)?;
    let ask = Ask { url: url.to_owned(), timeout_seconds: TIMEOUT_SECONDS };
    let payload = serde_json::to_value(ask).unwrap_or_default();
    let invocation = Invocation { function: function.clone(), payload };
    let began = run.clock.now();
    let mut tries = 0;
    loop {
        let held = match slot.take() {
            Some(slot) => slot,
            None => task.slot().await?,
        };
        let answer = run.cloud.invoke(&invocation).await;
        drop(held);
        let elapsed = run.clock.now().saturating_sub(began);
        let pause = backoff(tries, elapsed, ErrorKind::Busy).min(PROVING.saturating_sub(elapsed));
        let (seen, detail) = match answer {
            Ok(invoked) => match read(&invoked) {
                (Some(ip), _) if expected.ips.contains(&ip) => return Ok(Some(ip)),
                (seen, detail) => {
                    run.emit(What::Waiting { step: task.step.id.clone(), elapsed, detail: detail.clone() });
                    (seen, detail)
                }
            },
            Err(error) if !passes(&error) => return Err(StepError::Cloud(error).into()),
            Err(error) => {
                let detail = error.to_string();
                run.emit(What::Retrying { step: task.step.id.clone(), error, pause });
                (None, detail)
            }
        };
        // What the World certainly drops does not heal by waiting, once everything new has had its time to show.
        let (dies, why) = explain(run, expected, &function).await;
        if elapsed >= PROVING || (dies && elapsed >= run.options.pace.visibility) {
            return Err(expected.not_proven(seen, format!("{detail}; {why}")));
        }
        task.pause(pause).await?;
        tries += 1;
    }
}

/// Whether an invocation that failed may succeed soon.
fn passes(error: &CloudError) -> bool {
    error.kind == ErrorKind::NotFound || error.kind.retry() == Retry::Later
}

/// The IP that the internet saw, and what happened, for people.
fn read(invoked: &Invoked) -> (Option<Ipv4Addr>, String) {
    if let Some(error) = &invoked.error {
        return (None, format!("the probe failed: {error}"));
    }
    let Ok(reply) = serde_json::from_value::<Reply>(invoked.payload.clone()) else {
        return (None, format!("the probe's reply cannot be read: {}", invoked.payload));
    };
    match (reply.seen_ip(), reply) {
        (Some(IpAddr::V4(ip)), _) => (Some(ip), format!("the internet saw {ip}")),
        (Some(IpAddr::V6(ip)), _) => (None, format!("the internet saw {ip}")),
        (None, Reply::Answered { status, .. }) => (None, format!("the host answered with status {status} and no ip")),
        (None, Reply::TimedOut) => (None, format!("nothing came back within {TIMEOUT_SECONDS} s")),
        (None, Reply::Failed { error }) => (None, format!("the call failed: {error}")),
    }
}

/// Whether a probe's packets certainly die on their way, and why they may not leave as they should, as far as its World
/// tells.
async fn explain(run: &Run<'_>, expected: &Expected, probe: &CloudId) -> (bool, String) {
    match run.observe_all().await {
        Ok(world) => {
            let attachment = world.function.functions.get(probe).and_then(|f| f.attachment.as_ref());
            let groups = attachment.map(|attachment| attachment.groups.clone());
            let trace = trace(&world, &query(expected, groups));
            (matches!(trace.verdict, Verdict::Drops { .. }), reasons(&trace))
        }
        Err(error) => (false, format!("and the path could not be followed: {error}")),
    }
}

/// Follows the path in the World as it is after some Ops that are still to come; again for as long as something that was
/// made may stay invisible.
async fn by_trace(task: &Task<'_, '_>, expected: &Expected, assuming: &[Op<Key>]) -> Result<Option<Ipv4Addr>, End> {
    let run = task.run;
    let began = run.clock.now();
    let patience = run.options.pace.visibility;
    loop {
        let mut world = run.observe_all().await.map_err(StepError::Cloud)?;
        let detail = match assume(run, &mut world, assuming)? {
            Ok(()) => {
                let trace = trace(&world, &query(expected, None));
                if trace.leaves_exactly(&expected.addresses) {
                    let only = if let [ip] = expected.ips[..] { Some(ip) } else { None };
                    return Ok(only);
                }
                reasons(&trace)
            }
            Err(detail) => detail,
        };
        let elapsed = run.clock.now().saturating_sub(began);
        if elapsed >= patience {
            return Err(expected.not_proven(None, detail));
        }
        run.emit(What::Waiting { step: task.step.id.clone(), elapsed, detail });
        task.pause(interval(elapsed).min(patience - elapsed)).await?;
    }
}

/// Applies the Ops that are still to come; says why where the World does not admit one.
fn assume(run: &Run<'_>, world: &mut World, ops: &[Op<Key>]) -> Result<Result<(), String>, End> {
    let mut made: BTreeMap<Key, CloudId> = BTreeMap::new();
    for op in ops {
        let resolved = op.try_map(&mut |key| made.get(key).cloned().map_or_else(|| run.bound(key), Ok))?;
        let key = op.creates().map(|owner| owner.key);
        let created = CloudId::new(key.as_ref().map(Key::to_string).unwrap_or_default());
        if !shows(world, &resolved)
            && let Err(error) = apply(world, &resolved, &created)
        {
            return Ok(Err(format!("{op} is not possible: {error}")));
        }
        made.extend(key.map(|key| (key, created)));
    }
    Ok(Ok(()))
}

fn query(expected: &Expected, groups: Option<BTreeSet<CloudId>>) -> Query {
    let source = Source::Subnet { subnet: expected.subnet.clone(), groups };
    Query { source, to: To::Internet, protocol: Protocol::Tcp, port: 443 }
}

/// What a trace says against a path, for people.
fn reasons(trace: &Trace) -> String {
    let dies = |reasons: &[crate::trace::Reason]| {
        reasons.iter().map(|reason| format!("{} ({})", reason.detail, reason.rule)).collect::<Vec<_>>().join("; ")
    };
    match &trace.verdict {
        Verdict::Reaches { sources } if trace.is_open() => {
            format!("the path leads out from {}, and from whatever the cloud adds to its gateway", list(sources))
        }
        Verdict::Reaches { sources } => format!("the path leads out from {}", list(sources)),
        Verdict::Drops { reasons } => dies(reasons),
        Verdict::Mixed { sources, reasons } => {
            format!("some paths lead out from {}; {}", list(sources), dies(reasons))
        }
        Verdict::Unknown { missing, .. } => format!("the path cannot be told without {}", missing.join(", ")),
    }
}

fn list(sources: &BTreeSet<SourceAddress>) -> String {
    sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
