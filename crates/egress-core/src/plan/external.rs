//! Functions that other tools look after: never updated here, but told what they need, and followed.

use std::collections::BTreeSet;

use super::{
    Level, Permit, Refusal, RefusalKind,
    draft::Draft,
    existing,
    functions::untag,
    members::{self, Member},
};
use crate::{
    CloudId, Kind, World,
    spec::{NatGatewaySpec, Spec, SubnetSpec, WayOut},
    trace::{Query, Source, SourceAddress, To, Verdict, trace},
    world::{Attachment, Function, Protocol},
};

/// How a function stands that another tool attaches.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It does not exist yet.
    Missing,
    /// It is not, or not only, in the stack's private subnets.
    Elsewhere,
    /// Its tool is moving it.
    Moving,
    /// It is where it should be, and leaves from the stack's addresses alone.
    Proven,
    /// It is where it should be, and would not leave from the stack's addresses alone.
    Astray {
        /// Why, in words for people.
        why: String,
    },
    /// It is where it should be, and nobody can tell from here where it leaves.
    Unknown {
        /// What is missing.
        missing: Vec<String>,
    },
}

/// How an external function stands in a World.
pub fn standing(spec: &Spec, world: &World, function: &CloudId) -> Standing {
    let Some(function) = world.function.functions.get(function) else { return Standing::Missing };
    let bound = existing::bindings(spec, world);
    let subnets: BTreeSet<&CloudId> = spec.private_subnets().filter_map(|s| bound.get(&s.key())).collect();
    let inside = |a: &Attachment<CloudId>| a.subnets.iter().all(|subnet| subnets.contains(subnet));
    if !function.attachment.as_ref().is_some_and(inside) {
        return Standing::Elsewhere;
    }
    if function.is_under_way() {
        return Standing::Moving;
    }
    let addresses: BTreeSet<&CloudId> =
        bound.iter().filter(|(key, _)| key.kind == Kind::Address).map(|(_, id)| id).collect();
    let unplanned = |source: &&SourceAddress| !matches!(source, SourceAddress::Fixed { address, .. } if addresses.contains(address));
    for port in &spec.ports {
        let source = Source::Function(function.id.clone());
        let query = Query { source, to: To::Internet, protocol: Protocol::Tcp, port: *port };
        let trace = trace(world, &query);
        let open = trace.is_open();
        match trace.verdict {
            Verdict::Reaches { .. } if open => {
                let why = "it leaves from a gateway that the cloud may add addresses to";
                return Standing::Astray { why: format!("{why}, on port {port}") };
            }
            Verdict::Reaches { sources } => {
                if let Some(other) = sources.iter().find(unplanned) {
                    return Standing::Astray { why: format!("it leaves from {other} on port {port}") };
                }
            }
            Verdict::Drops { reasons } | Verdict::Mixed { reasons, .. } => {
                let why: Vec<&str> = reasons.iter().map(|reason| reason.detail.as_str()).collect();
                return Standing::Astray { why: format!("port {port}: {}", why.join("; ")) };
            }
            Verdict::Unknown { missing, .. } => return Standing::Unknown { missing },
        }
    }
    Standing::Proven
}

/// What a tool must give the functions that it attaches, where all of it is there.
pub fn home(spec: &Spec, world: &World) -> Option<Attachment<CloudId>> {
    let bound = existing::bindings(spec, world);
    let subnets = spec.private_subnets().map(|s| bound.get(&s.key()).cloned()).collect::<Option<_>>()?;
    let group = bound.get(&spec.security_group_key())?.clone();
    Some(Attachment { subnets, groups: BTreeSet::from([group]), ipv6: false })
}

/// The functions that egress has attached to the stack and still looks after.
pub(super) fn members_kept(draft: &Draft<'_>) -> Vec<Member> {
    let members = members::members(draft.world, &draft.spec.stack).into_iter();
    members.filter(|member| !draft.spec.external.contains(&member.function)).collect()
}

/// Tells how external functions stand. One that egress attached once is handed over: it stays where it is, and egress's own tags
/// go.
pub(super) fn look(draft: &mut Draft<'_>) {
    let spec = draft.spec;
    for name in &spec.external {
        hand_over(draft, name);
    }
    tell(draft);
}

/// Tells how external functions stand.
pub(super) fn tell(draft: &mut Draft<'_>) {
    let spec = draft.spec;
    for name in &spec.external {
        say_standing(draft, name);
        say_role(draft, name);
    }
}

fn hand_over(draft: &mut Draft<'_>, name: &CloudId) {
    let members = members::members(draft.world, &draft.spec.stack);
    let Some(function) =
        draft.world.function.functions.get(name).filter(|f| members.iter().any(|m| m.function == f.id))
    else {
        return;
    };
    untag(draft, name, members::tags_that_go(function), []);
    draft.because("another tool attaches it from now on");
}

fn say_standing(draft: &mut Draft<'_>, name: &CloudId) {
    let told = match standing(draft.spec, draft.world, name) {
        Standing::Proven => return,
        Standing::Missing => {
            (Level::Note, "does not exist yet; its tool can make it in the stack's subnets at once".to_owned(), PASTE)
        }
        Standing::Elsewhere => (
            Level::Warning,
            "does not run in the stack's subnets yet: the tool that looks after it must attach it".to_owned(),
            PASTE,
        ),
        Standing::Moving => (Level::Note, "is on its way into the stack's subnets".to_owned(), ""),
        Standing::Astray { why } => (
            Level::Warning,
            format!("runs in the stack's subnets, but does not leave from the stack's IPs alone: {why}"),
            "give it the stack's group in the tool that looks after it",
        ),
        Standing::Unknown { missing } => (
            Level::Warning,
            format!("nobody can tell where it leaves without {}", missing.join(", ")),
            "`egress verify` proves the way out of its subnets",
        ),
    };
    let (level, message, hint) = told;
    draft.note(level, name, format!("{name} {message}"), hint);
}

/// Where people find what to paste.
const PASTE: &str = "`egress status` shows the lines to paste into that tool";

/// The tool's own next run fails where the role may not make interfaces.
fn say_role(draft: &mut Draft<'_>, name: &CloudId) {
    let world = draft.world;
    let Some(function) = world.function.functions.get(name).filter(|f| f.attachment.is_none()) else { return };
    let role = function.role.as_ref().and_then(|role| world.function.roles.get(role));
    if let Some(role) = role.filter(|role| !role.has_network_access()) {
        let message = format!(
            "{name} runs as role {}, which may not make network interfaces: its tool cannot attach it",
            role.id
        );
        draft.note(Level::Warning, name, message, "give the role that permission in the same tool");
    }
}

/// Refuses to move a function that another tool would set back.
pub(super) fn check_managed(draft: &mut Draft<'_>, function: &Function) {
    let permit = Permit::Managed(function.id.clone());
    let Some(tool) = function.managed_by.as_ref().filter(|_| !draft.permits(&permit)) else { return };
    draft.refusals.insert(Refusal {
        kind: RefusalKind::Unsafe,
        subject: Some(function.id.to_string()),
        message: format!("{} belongs to {tool}, whose next run would set its network configuration back", function.id),
        hint: Some(
            "write `attach = \"external\"` into its `[[function]]`, and egress says what to put there instead"
                .to_owned(),
        ),
        permit: Some(permit),
    });
}

/// Says which external functions stay behind when the stack goes, and what they lose.
pub(super) fn destroy(draft: &mut Draft<'_>) {
    let (spec, world) = (draft.spec, draft.world);
    for name in &spec.external {
        hand_over(draft, name);
        let Some(attachment) = world.function.functions.get(name).and_then(|f| f.attachment.as_ref()) else { continue };
        let is_home = |s: &&SubnetSpec| draft.bound(&s.key()).is_some_and(|id| attachment.subnets.contains(id));
        let homes: Vec<&SubnetSpec> = spec.private_subnets().filter(is_home).collect();
        if homes.is_empty() {
            continue;
        }
        let goes = |nat: &NatGatewaySpec| !spec.is_existing(&nat.key());
        let through = |s: &&SubnetSpec, nat: &NatGatewaySpec| s.way_out == WayOut::NatGateway(nat.name.clone());
        let loses = spec.nat_gateways.iter().any(|nat| goes(nat) && homes.iter().any(|s| through(s, nat)));
        let subnets = homes.iter().map(|s| s.key().to_string()).collect::<Vec<_>>().join(", ");
        if loses {
            let message = format!(
                "{name} still uses {subnets} and loses its way out: another tool attaches it, so egress does not detach it"
            );
            draft.note(Level::Warning, name, message, "take it out of these subnets with that tool first");
        } else {
            draft.note(Level::Note, name, format!("{name} still uses {subnets}, and leaves as before"), "");
        }
    }
}
