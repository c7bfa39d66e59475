//! What a verification saw, and where packets die.

use std::net::Ipv4Addr;

use egress_core::{
    CloudId, Key, StackName, World,
    execute::{Report, StepError},
    plan::{
        Action, Plan, Proof, bindings,
        external::{Standing, standing},
    },
    spec::Spec,
    trace::{Hop, Query, Reason, Source, To, Verdict, trace},
    world::Protocol,
};
use serde::Serialize;

/// What `egress verify` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verified {
    /// The stack.
    pub(crate) stack: StackName,
    /// Per private subnet: who was seen, and who should have been.
    pub(crate) proofs: Vec<Proven>,
    /// Where packets die, where they do.
    pub(crate) dead_ends: Vec<DeadEnd>,
    /// How the functions stand that another tool attaches.
    pub(crate) external: Vec<External>,
}

/// How a function stands that another tool attaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct External {
    /// The function.
    pub(crate) function: CloudId,
    /// How it stands.
    pub(crate) standing: Standing,
}

/// What was seen from one subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Proven {
    /// The subnet.
    pub(crate) subnet: Key,
    /// The IP that the internet saw; absent where nothing arrived.
    pub(crate) seen: Option<Ipv4Addr>,
    /// The IPs that it may see.
    pub(crate) expected: Vec<Ipv4Addr>,
    /// Whether it is proven.
    pub(crate) proven: bool,
    /// What happened instead, where it is not.
    pub(crate) detail: Option<String>,
}

/// Where the packets of some subnets die.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DeadEnd {
    /// The subnets, which fare alike.
    pub(crate) subnets: Vec<Key>,
    /// The places that a packet passes, the last one being where it dies.
    pub(crate) hops: Vec<Hop>,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
    /// What is not known about the way, where that is why nobody can tell.
    pub(crate) missing: Vec<String>,
}

impl Verified {
    /// Whether every private subnet is proven.
    pub(crate) fn holds(&self) -> bool {
        !self.proofs.is_empty() && self.proofs.iter().all(|proof| proof.proven)
    }

    /// The functions that do not leave from the stack's addresses alone, though another tool should see to it.
    pub(crate) fn astray(&self) -> Vec<&CloudId> {
        let strays = |e: &&External| matches!(e.standing, Standing::Elsewhere | Standing::Astray { .. });
        self.external.iter().filter(strays).map(|e| &e.function).collect()
    }

    /// What a run of a plan has proven. `seen` is what its Events told: per subnet the IP that the internet saw.
    pub(crate) fn of(plan: &Plan, world: &World, report: &Report, seen: &[(Key, Option<Ipv4Addr>)]) -> Self {
        let proofs = plan.steps.iter().filter_map(|step| match &step.action {
            Action::Prove(proof) => Some((step, proof)),
            _ => None,
        });
        let proofs = proofs.map(|(step, proof)| {
            let failure = report.failed.iter().find(|(id, _)| *id == step.id).map(|(_, error)| error);
            let proven = report.done.contains(&step.id);
            Proven {
                subnet: proof.subnet.clone(),
                seen: match failure {
                    Some(StepError::NotProven { seen, .. }) => *seen,
                    _ => seen.iter().find(|(subnet, _)| *subnet == proof.subnet).and_then(|(_, ip)| *ip),
                },
                expected: expected(proof, world, report),
                proven,
                detail: match failure {
                    Some(StepError::NotProven { detail, .. }) => Some(detail.clone()),
                    Some(error) => Some(error.to_string()),
                    None if !proven => Some("not tried".to_owned()),
                    None => None,
                },
            }
        });
        Self { stack: plan.stack.clone(), proofs: proofs.collect(), dead_ends: Vec::new(), external: Vec::new() }
    }
}

/// How the functions stand that another tool attaches.
pub(crate) fn external(spec: &Spec, world: &World) -> Vec<External> {
    let names = spec.external.iter();
    names.map(|name| External { function: name.clone(), standing: standing(spec, world, name) }).collect()
}

/// The IPs that may be seen, from what the run learnt or what the World holds.
fn expected(proof: &Proof, world: &World, report: &Report) -> Vec<Ipv4Addr> {
    let known = |key: &Key| {
        let bound = || report.bindings.get(key).and_then(|id| world.gateway.addresses.get(id)?.ip);
        report.addresses.get(key).copied().or_else(bound)
    };
    proof.expect.iter().filter_map(known).collect()
}

/// Follows packets from each private subnet to the internet, and tells where those die that do. Subnets that fare alike
/// are told together.
pub(crate) fn dead_ends(spec: &Spec, world: &World) -> Vec<DeadEnd> {
    let bound = bindings(spec, world);
    let id_of = |key: &Key| bound.get(key).cloned();
    let groups = id_of(&spec.security_group_key()).map(|id| [id].into());
    let mut found: Vec<DeadEnd> = Vec::new();
    for subnet in spec.private_subnets() {
        let key = subnet.key();
        let Some(id) = id_of(&key) else { continue };
        let source = Source::Subnet { subnet: id, groups: groups.clone() };
        let Some(dead_end) = dead_end(key, world, source) else { continue };
        // Reasons name the subnet, which may differ.
        let why = |dead_end: &DeadEnd| -> Vec<_> {
            dead_end.reasons.iter().map(|reason| (reason.rule, reason.resource.clone())).collect()
        };
        let alike = |other: &&mut DeadEnd| why(other) == why(&dead_end) && other.missing == dead_end.missing;
        match found.iter_mut().find(alike) {
            Some(other) => other.subnets.extend(dead_end.subnets),
            None => found.push(dead_end),
        }
    }
    found
}

fn dead_end(subnet: Key, world: &World, source: Source) -> Option<DeadEnd> {
    let answer = trace(world, &Query { source, to: To::Internet, protocol: Protocol::Tcp, port: 443 });
    let (reasons, missing) = match answer.verdict {
        Verdict::Reaches { .. } => return None,
        Verdict::Drops { reasons } | Verdict::Mixed { reasons, .. } => (reasons, Vec::new()),
        Verdict::Unknown { missing, .. } => (Vec::new(), missing),
    };
    let dead = |verdict: &Verdict| !matches!(verdict, Verdict::Reaches { .. });
    let path = answer.paths.into_iter().find(|path| !path.bypass && dead(&path.verdict));
    Some(DeadEnd { subnets: vec![subnet], hops: path.map(|path| path.hops).unwrap_or_default(), reasons, missing })
}
