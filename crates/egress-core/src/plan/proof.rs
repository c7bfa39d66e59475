//! Proofs: by probes in the cloud before a function is moved, and in memory before anything is done at all.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Action, Condition, Level, Method, Proof, RefusalKind, StepId,
    draft::Draft,
    network,
    ways::{self, Way},
};
use crate::{
    CloudId, Key, Kind,
    limits::FUNCTION_NAME,
    op::{CreateProbe, CreateProbeRole, DeleteProbe, FunctionOp, GrantNetworkAccess, Op},
    plan::members,
    spec::SubnetSpec,
    trace::{Query, Source, To, Trace, Verdict, trace},
    world::{Attachment, Grant, Protocol},
};

/// The Steps that prove the way out of every private subnet; the first call adds them.
///
/// A probe runs where the functions will run: in the same subnet, with the same group. On clouds that share interfaces
/// among functions it also warms up the interface that the first function would have to wait for.
pub(super) fn gate(draft: &mut Draft<'_>) -> Vec<StepId> {
    if let Some(gate) = &draft.gate {
        return gate.clone();
    }
    let role = probe_role(draft);
    let path = draft.path_steps();
    let mut gate = Vec::new();
    for subnet in ways::home(draft) {
        let expect = ways::exits(draft, subnet);
        if expect.is_empty() {
            continue;
        }
        let probe = probe(draft, subnet, &role);
        let ready = draft.wait(Condition::Ready(probe.clone()), []);
        let url = draft.spec.echo_url.clone().unwrap_or_else(|| draft.request.echo_url.clone());
        let proof = Proof { subnet: subnet.key(), by: Method::Probe { probe, url }, expect };
        gate.push(draft.prove(proof, path.iter().cloned().chain([ready])));
    }
    draft.gate = Some(gate.clone());
    gate
}

/// Proves the way out of every private subnet, and nothing else.
pub(super) fn verify(draft: &mut Draft<'_>) {
    for nat in &draft.spec.nat_gateways {
        let key = nat.key();
        let pending = draft.bound(&key).and_then(|id| draft.world.gateway.nat_gateways.get(id));
        if pending.is_some_and(|g| g.state == crate::world::NatState::Pending) {
            draft.wait(network::ready(&key), []);
        }
        if draft.bound(&nat.address_key()).is_none()
            && let Some(found) = nat.address.and_then(|ip| draft.world.gateway.address_at(ip))
        {
            draft.bindings.insert(nat.address_key(), found.id.clone());
        }
    }
    gate(draft);
    tidy(draft);
}

/// Removes the probes of this Plan once nothing waits for them, and those that a broken run left.
pub(super) fn tidy(draft: &mut Draft<'_>) {
    let mut after: BTreeMap<Key, BTreeSet<StepId>> =
        draft.bindings.keys().filter(|k| k.kind == Kind::Probe).map(|k| (k.clone(), BTreeSet::new())).collect();
    let mut moves = BTreeSet::new();
    for step in &draft.steps {
        match &step.action {
            Action::Prove(Proof { by: Method::Probe { probe, .. }, .. }) => {
                after.entry(probe.clone()).or_default().insert(step.id.clone());
            }
            // As long as a probe is there its interface is, and the function that comes next need not wait for one.
            Action::Change(Op::Function(FunctionOp::SetAttachment(op))) if op.to.is_some() => {
                moves.insert(step.id.clone());
            }
            _ => {}
        }
    }
    for (probe, mut needs) in after {
        if !needs.is_empty() {
            needs.extend(moves.iter().cloned());
        }
        draft.change(Op::Function(FunctionOp::DeleteProbe(DeleteProbe { probe })), needs);
        draft.tidying();
    }
}

/// The Key of the role that probes run as; its name is the role's own.
pub(super) fn probe_role_key(draft: &Draft<'_>) -> Key {
    Key::new(Kind::Role, format!("egress-probe-{}", draft.spec.stack))
}

fn probe_role(draft: &mut Draft<'_>) -> Key {
    let key = probe_role_key(draft);
    let Some(id) = draft.bound(&key).cloned() else {
        let (name, tags) = (key.name.clone(), draft.tags(&key));
        draft.change(Op::Function(FunctionOp::CreateProbeRole(CreateProbeRole { name, tags })), []);
        return key;
    };
    if draft.world.function.roles.get(&id).is_some_and(|role| !role.has_network_access()) {
        let op = GrantNetworkAccess { role: key.clone(), grant: Grant::Managed };
        draft.change(Op::Function(FunctionOp::GrantNetworkAccess(op)), []);
        draft.because("a broken run left it without");
    }
    key
}

/// The probe of a subnet: the one that a broken run left there, or a new one.
fn probe(draft: &mut Draft<'_>, subnet: &SubnetSpec, role: &Key) -> Key {
    let key = Key::new(Kind::Probe, &subnet.name);
    let attachment = Attachment {
        subnets: BTreeSet::from([subnet.key()]),
        groups: BTreeSet::from([draft.spec.security_group_key()]),
        ipv6: false,
    };
    if let Some(id) = draft.bound(&key) {
        let here = attachment.try_map(&mut |k| draft.bound(k).cloned().ok_or(())).ok();
        let left = draft.world.function.functions.get(id);
        if left.is_some_and(|probe| probe.attachment.is_some() && probe.attachment == here) {
            return key;
        }
        let removed = draft.change(Op::Function(FunctionOp::DeleteProbe(DeleteProbe { probe: key.clone() })), []);
        draft.because("a broken run left it in another place");
        create_probe(draft, &key, role, attachment, Some(removed));
        return key;
    }
    create_probe(draft, &key, role, attachment, None);
    key
}

fn create_probe(draft: &mut Draft<'_>, key: &Key, role: &Key, attachment: Attachment<Key>, after: Option<StepId>) {
    let name = probe_name(draft.spec.stack.as_str(), &key.name);
    let op = CreateProbe { name, role: role.clone(), attachment, tags: draft.tags(key) };
    draft.change(Op::Function(FunctionOp::CreateProbe(op)), after);
}

/// A function's name of at most 64 letters, digits, hyphens and underscores, different for different subnets.
fn probe_name(stack: &str, subnet: &str) -> String {
    let plain: String =
        subnet.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' }).collect();
    let name = format!("egress-probe-{stack}-{plain}");
    if name.len() <= FUNCTION_NAME && plain == subnet {
        return name;
    }
    let sum = format!("-{:08x}", crc32fast::hash(subnet.as_bytes()));
    let kept: String = name.chars().take(FUNCTION_NAME - sum.len()).collect();
    kept + &sum
}

/// Applies the Plan in memory and traces it: every subnet that functions run in must leave from exactly its address, on
/// every port that the Spec names.
pub(super) fn check(draft: &mut Draft<'_>) {
    if !draft.refusals.is_empty() {
        return;
    }
    let after = draft.after();
    let group = BTreeSet::from([draft.id_after(&draft.spec.security_group_key())]);
    let mut all = BTreeSet::new();
    for subnet in draft.spec.private_subnets() {
        let exits = ways::exits(draft, subnet);
        let expect: BTreeSet<CloudId> = exits.iter().map(|address| draft.id_after(address)).collect();
        match ways::way(draft, subnet) {
            Way::Taken | Way::Kept => all.extend(expect.iter().cloned()),
            Way::Waiting => {}
            Way::Lost => {
                let message = format!("{} has no way out, and gets one once its new address is listed", subnet.key());
                draft.note(Level::Warning, subnet.key(), message, "");
                continue;
            }
        }
        if expect.is_empty() {
            // Functions there stay on a way that is not the stack's.
            continue;
        }
        let source = Source::Subnet { subnet: draft.id_after(&subnet.key()), groups: Some(group.clone()) };
        let exits = exits.iter().map(Key::to_string).collect::<Vec<_>>().join(", ");
        check_source(draft, &after, source, &subnet.key().to_string(), &exits, &expect);
    }
    // Where functions wait for addresses to be listed, they stay where they are.
    let stay = ways::home(draft).is_empty();
    let members = if stay { Vec::new() } else { members::members(&after, &draft.spec.stack) };
    let planned = format!("the addresses of stack {}", draft.spec.stack);
    for member in members {
        let source = Source::Function(member.function.clone());
        check_source(draft, &after, source, &format!("function {}", member.function), &planned, &all);
    }
}

fn check_source(
    draft: &mut Draft<'_>,
    after: &crate::World,
    source: Source,
    name: &str,
    from: &str,
    expect: &BTreeSet<CloudId>,
) {
    for port in draft.spec.ports.clone() {
        let query = Query { source: source.clone(), to: To::Internet, protocol: Protocol::Tcp, port };
        let trace = trace(after, &query);
        say_bypasses(draft, name, &trace);
        // A function may use fewer of the addresses than the stack has, but no others.
        if trace.leaves_exactly(expect) {
            continue;
        }
        if is_anothers(after, &trace) {
            say_unseen(draft, name, from, &source, trace.verdict.missing());
            continue;
        }
        let reasons = trace.reasons();
        let why = if trace.is_open() {
            "the cloud may add addresses to a gateway on its way".to_owned()
        } else if reasons.is_empty() {
            format!("{:?}", trace.verdict)
        } else {
            reasons.iter().map(|r| format!("{}: {}", r.rule, r.detail)).collect::<Vec<_>>().join("; ")
        };
        let fixes: BTreeSet<&str> = reasons.iter().map(|r| r.fix.as_str()).collect();
        let hint = fixes.into_iter().collect::<Vec<_>>().join("; ");
        let message = format!("{name} would not leave from {from} alone on port {port}: {why}");
        if draft.spec.functions.is_empty() && members::members(after, &draft.spec.stack).is_empty() {
            draft.note(Level::Warning, name, message, hint);
        } else {
            draft.refuse(RefusalKind::Unproven, name, message, hint);
        }
    }
}

/// A function is where its subnets are: what is not seen of them was said.
fn say_unseen(draft: &mut Draft<'_>, name: &str, from: &str, source: &Source, missing: &[String]) {
    if matches!(source, Source::Subnet { .. }) {
        let message = format!("nobody can tell that {name} leaves from {from} alone without {}", missing.join(", "));
        let hint = "a probe proves it before a function is moved there; `egress verify` does so at any time";
        draft.note(Level::Warning, name, message, hint);
    }
}

/// Whether a way cannot be told because another account, which shares the subnets, keeps it to itself: a probe can prove it then.
fn is_anothers(world: &crate::World, trace: &Trace) -> bool {
    let shared = |subnet: &CloudId| world.network.subnets.get(subnet).is_some_and(|subnet| subnet.owner.is_some());
    matches!(trace.verdict, Verdict::Unknown { .. })
        && trace.paths.iter().all(|p| p.subnet.as_ref().is_some_and(shared))
}

/// Whether packets of a private subnet leave from exactly its addresses once the Steps so far are done, by whatever routes.
pub(super) fn leaves_as_planned(draft: &Draft<'_>, subnet: &SubnetSpec) -> bool {
    let expect: BTreeSet<CloudId> = ways::exits(draft, subnet).iter().map(|key| draft.id_after(key)).collect();
    let source = Source::Subnet { subnet: draft.id_after(&subnet.key()), groups: None };
    let query = Query { source, to: To::Internet, protocol: Protocol::Tcp, port: 443 };
    !expect.is_empty() && trace(&draft.after(), &query).leaves_exactly(&expect)
}

fn say_bypasses(draft: &mut Draft<'_>, name: &str, trace: &Trace) {
    for path in trace.bypasses() {
        let to: Vec<String> = path.to.iter().map(ToString::to_string).collect();
        let through =
            path.hops.last().and_then(|hop| hop.id.as_ref()).map_or_else(String::new, |id| format!(" through {id}"));
        draft.note(
            Level::Note,
            name,
            format!("{} is reached{through}, not from the fixed addresses", to.join(", ")),
            "services there see a private source",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::probe_name;

    #[test]
    fn names_of_probes_fit_and_differ() {
        assert_eq!(probe_name("demo", "lambda_prv1"), "egress-probe-demo-lambda_prv1");
        let odd = probe_name("demo", "a.b");
        assert_ne!(odd, probe_name("demo", "a-b"));
        let long = ["x".repeat(100), "x".repeat(101)].map(|subnet| probe_name(&"s".repeat(32), &subnet));
        assert!(long.iter().all(|name| name.len() == 64));
        assert_ne!(long[0], long[1]);
    }
}
