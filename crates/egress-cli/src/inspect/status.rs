//! What stands of a stack, what has drifted, and what leaves from elsewhere.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Key, Kind, Owner, StackName, World,
    plan::{
        Action, Notice, Plan, PlanError, Refusal, Step, bindings,
        external::{Standing as ExternalStanding, home, standing},
    },
    report::{
        cost::Cost,
        paste::{Paste, pastes},
    },
    spec::Spec,
    trace::{Query, Source, To, Trace, Verdict, trace},
    world::{Attachment, Function, NatAddressState, NatGateway, NatState, Place, Protocol, UpdateState},
};
use serde::Serialize;

use super::{EgressIp, Lock, egress_ips};

/// What `egress status` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Status {
    /// The stack.
    pub(crate) stack: StackName,
    /// Where it is.
    pub(crate) place: Place,
    /// Who works on it now, where anybody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lock: Option<Lock>,
    /// How it stands.
    pub(crate) standing: Standing,
    /// Its egress IPs.
    pub(crate) addresses: Vec<EgressIp>,
    /// The functions that leave, or should leave, through it.
    pub(crate) functions: Vec<FunctionStatus>,
    /// What to paste into the tools that attach functions which are not in the stack yet; empty where there is none, or nothing
    /// to be attached to.
    pub(crate) paste: Vec<Paste>,
    /// Everything of it that the cloud holds.
    pub(crate) resources: Vec<Resource>,
    /// What `apply` would do to mend it.
    pub(crate) drift: Vec<Step>,
    /// Why `apply` could not.
    pub(crate) refusals: Vec<Refusal>,
    /// What the user should know.
    pub(crate) notices: Vec<Notice>,
    /// What it costs; absent where nothing of it stands, or that could not be told.
    pub(crate) cost: Option<Cost>,
}

/// How a stack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    /// Exactly as the Spec says.
    AsSpecified,
    /// Something differs, and `apply` would mend it.
    Drifted,
    /// Something differs, and `apply` would refuse.
    Blocked,
    /// Nothing of it is there but, perhaps, its addresses.
    Absent,
}

/// Something of a stack that the cloud holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Resource {
    /// Its Key.
    pub(crate) key: Key,
    /// What the cloud calls it.
    pub(crate) id: CloudId,
    /// How it is, where there is something to say: a range, a state.
    pub(crate) detail: Option<String>,
    /// Whether it was there before: egress never alters it.
    pub(crate) existing: bool,
}

/// A function that leaves, or should leave, through a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FunctionStatus {
    /// Its name.
    pub(crate) name: CloudId,
    /// How it stands, where another tool attaches it.
    pub(crate) external: Option<ExternalStanding>,
    /// Where it runs.
    pub(crate) runs: Where,
    /// What becomes of its packets to the internet; absent for one that does not exist.
    pub(crate) verdict: Option<Verdict>,
    /// Whether the cloud may add other sources to those.
    pub(crate) open: bool,
    /// Its published versions that do not run where the function itself does, with the aliases that lead to them.
    pub(crate) elsewhere: Vec<Elsewhere>,
}

/// Where a function runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Where {
    /// In the stack's subnets.
    Stack,
    /// On its way from one place to another.
    Moving,
    /// In some other network.
    OtherNetwork,
    /// In no network: its IP is not fixed.
    NoNetwork,
    /// Nowhere: there is no such function.
    Missing,
}

/// A published version that runs somewhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Elsewhere {
    /// The version.
    pub(crate) version: String,
    /// The aliases that send callers to it.
    pub(crate) aliases: Vec<String>,
}

/// Looks at a stack. `plan` is what `apply` would do now, `lock` says who works on it.
pub(crate) fn status(spec: &Spec, world: &World, plan: Result<&Plan, &PlanError>, lock: Option<Lock>) -> Status {
    let stack = &spec.stack;
    let resources = resources(spec, world);
    let changes = |plan: &Plan| plan.steps.iter().filter(|s| matches!(s.action, Action::Change(_))).cloned().collect();
    let drift: Vec<Step> = plan.map(changes).unwrap_or_default();
    let refusals = plan.err().map(|error| error.refusals.clone()).unwrap_or_default();
    let made = resources.iter().any(|resource| !resource.existing && resource.key.kind != Kind::Address);
    let absent = !made && !is_there(spec, world);
    let standing = match (absent, refusals.is_empty(), drift.is_empty()) {
        (true, _, _) => Standing::Absent,
        (false, false, _) => Standing::Blocked,
        (false, true, false) => Standing::Drifted,
        (false, true, true) => Standing::AsSpecified,
    };
    Status {
        stack: stack.clone(),
        place: world.network.place.clone(),
        lock,
        standing,
        addresses: egress_ips(spec, world),
        functions: functions(spec, world),
        paste: paste(spec, world),
        resources,
        // What is not there has not drifted.
        drift: if absent { Vec::new() } else { drift },
        refusals,
        notices: plan.map(|plan| plan.notices.clone()).unwrap_or_default(),
        cost: plan.ok().filter(|_| !absent).map(|plan| plan.cost.clone()),
    }
}

/// Whether all that functions need to leave is there, whoever made it.
fn is_there(spec: &Spec, world: &World) -> bool {
    let bound = bindings(spec, world);
    home(spec, world).is_some() && spec.nat_gateways.iter().all(|nat| bound.contains_key(&nat.key()))
}

/// What the tools of functions must be told that they have not attached yet.
fn paste(spec: &Spec, world: &World) -> Vec<Paste> {
    let waits =
        |name: &CloudId| matches!(standing(spec, world, name), ExternalStanding::Missing | ExternalStanding::Elsewhere);
    let to = home(spec, world).filter(|_| spec.external.iter().any(waits));
    to.map(|to| pastes(&to)).unwrap_or_default()
}

fn resources(spec: &Spec, world: &World) -> Vec<Resource> {
    let owned = world.owned_by(&spec.stack).into_iter().map(|owned| (owned.owner.key, owned.id));
    let there = bindings(spec, world).into_iter();
    let all: BTreeSet<(Key, CloudId)> = owned.chain(there).filter(|(key, _)| key.kind != Kind::Function).collect();
    let ours = |key: &Key, id: &CloudId| {
        let owner = world.tags(key.kind, id).and_then(Owner::of);
        !spec.is_existing(key) && owner.is_some_and(|owner| owner.stack == spec.stack)
    };
    let mut resources: Vec<Resource> = all
        .into_iter()
        .map(|(key, id)| Resource { detail: detail(world, key.kind, &id), existing: !ours(&key, &id), key, id })
        // A gateway stays listed for a while after its end.
        .filter(|resource| resource.detail.as_deref() != Some("deleted"))
        .collect();
    resources.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
    resources
}

fn detail(world: &World, kind: Kind, id: &CloudId) -> Option<String> {
    let (network, gateway) = (&world.network, &world.gateway);
    match kind {
        Kind::Network => Some(network.networks.get(id)?.cidrs.first()?.to_string()),
        Kind::Subnet => network.subnets.get(id).map(|subnet| format!("{} in {}", subnet.cidr, subnet.zone)),
        Kind::Address => gateway.addresses.get(id)?.ip.map(|ip| ip.to_string()),
        Kind::NatGateway => gateway.nat_gateways.get(id).map(nat_detail),
        Kind::InternetGateway if gateway.internet_gateways.get(id)?.network.is_none() => {
            Some("not attached".to_owned())
        }
        _ => None,
    }
}

fn nat_detail(nat: &NatGateway) -> String {
    let failed = nat.addresses.iter().filter_map(|address| match &address.state {
        NatAddressState::Failed { message } => Some(format!(", but an address failed: {message}")),
        _ => None,
    });
    match &nat.state {
        NatState::Available => ["available".to_owned()].into_iter().chain(failed).collect(),

        NatState::Pending => "pending".to_owned(),
        NatState::Failed { code, message } => format!("failed: {code}: {message}"),
        NatState::Deleting => "deleting".to_owned(),
        NatState::Deleted => "deleted".to_owned(),
    }
}

fn functions(spec: &Spec, world: &World) -> Vec<FunctionStatus> {
    let owned = world.owned_by(&spec.stack);
    let bound = bindings(spec, world);
    let subnets: BTreeSet<&CloudId> =
        bound.iter().filter(|(key, _)| key.kind == Kind::Subnet).map(|(_, id)| id).collect();
    let tagged = owned.iter().filter(|o| o.owner.key.kind == Kind::Function).map(|o| &o.id);
    let named = spec.functions.iter().map(|f| &f.name).chain(&spec.external);
    let names: BTreeSet<&CloudId> = named.chain(tagged).collect();
    let external = |name: &CloudId| spec.external.contains(name).then(|| standing(spec, world, name));
    let told = |name: &CloudId| FunctionStatus { external: external(name), ..function(name, world, &subnets) };
    names.into_iter().map(told).collect()
}

fn function(name: &CloudId, world: &World, subnets: &BTreeSet<&CloudId>) -> FunctionStatus {
    let Some(function) = world.function.functions.get(name) else {
        return FunctionStatus {
            name: name.clone(),
            external: None,
            runs: Where::Missing,
            verdict: None,
            open: false,
            elsewhere: Vec::new(),
        };
    };
    let traced = leaving(world, name);
    FunctionStatus {
        name: name.clone(),
        external: None,
        runs: runs(function, subnets),
        open: traced.is_open(),
        verdict: Some(traced.verdict),
        elsewhere: elsewhere(function),
    }
}

/// What becomes of a function's packets to the internet.
pub(crate) fn leaving(world: &World, function: &CloudId) -> Trace {
    let source = Source::Function(function.clone());
    trace(world, &Query { source, to: To::Internet, protocol: Protocol::Tcp, port: 443 })
}

fn runs(function: &Function, subnets: &BTreeSet<&CloudId>) -> Where {
    if function.update == UpdateState::InProgress {
        return Where::Moving;
    }
    match &function.attachment {
        None => Where::NoNetwork,
        Some(attachment) if attachment.subnets.iter().all(|subnet| subnets.contains(subnet)) => Where::Stack,
        Some(_) => Where::OtherNetwork,
    }
}

fn elsewhere(function: &Function) -> Vec<Elsewhere> {
    let place = |attachment: &Option<Attachment<CloudId>>| attachment.as_ref().map(|a| a.subnets.clone());
    let here = place(&function.attachment);
    let others = function.versions.iter().filter(|version| place(&version.attachment) != here);
    others
        .map(|version| Elsewhere {
            version: version.version.clone(),
            aliases: function
                .aliases
                .iter()
                .filter(|alias| alias.versions.contains(&version.version))
                .map(|alias| alias.name.clone())
                .collect(),
        })
        .collect()
}
