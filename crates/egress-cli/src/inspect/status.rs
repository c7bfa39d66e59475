//! What stands of a stack, what has drifted, and what leaves from elsewhere.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Key, Kind, StackName, World,
    plan::{Action, Notice, Plan, PlanError, Refusal, Step},
    report::cost::Cost,
    spec::Spec,
    trace::{Query, Source, To, Verdict, trace},
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
}

/// A function that leaves, or should leave, through a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FunctionStatus {
    /// Its name.
    pub(crate) name: CloudId,
    /// Where it runs.
    pub(crate) runs: Where,
    /// What becomes of its packets to the internet; absent for one that does not exist.
    pub(crate) verdict: Option<Verdict>,
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
    let resources = resources(world, stack);
    let changes = |plan: &Plan| plan.steps.iter().filter(|s| matches!(s.action, Action::Change(_))).cloned().collect();
    let drift: Vec<Step> = plan.map(changes).unwrap_or_default();
    let refusals = plan.err().map(|error| error.refusals.clone()).unwrap_or_default();
    let absent = resources.iter().all(|resource| resource.key.kind == Kind::Address);
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
        addresses: egress_ips(world, stack),
        functions: functions(spec, world),
        resources,
        // What is not there has not drifted.
        drift: if absent { Vec::new() } else { drift },
        refusals,
        notices: plan.map(|plan| plan.notices.clone()).unwrap_or_default(),
        cost: plan.ok().filter(|_| !absent).map(|plan| plan.cost.clone()),
    }
}

fn resources(world: &World, stack: &StackName) -> Vec<Resource> {
    let owned = world.owned_by(stack).into_iter();
    let listed = owned.filter(|owned| owned.owner.key.kind != Kind::Function);
    let mut resources: Vec<Resource> = listed
        .map(|owned| Resource {
            detail: detail(world, owned.owner.key.kind, &owned.id),
            key: owned.owner.key,
            id: owned.id,
        })
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
    let subnets: BTreeSet<&CloudId> =
        owned.iter().filter(|o| o.owner.key.kind == Kind::Subnet).map(|o| &o.id).collect();
    let tagged = owned.iter().filter(|o| o.owner.key.kind == Kind::Function).map(|o| &o.id);
    let names: BTreeSet<&CloudId> = spec.functions.iter().map(|f| &f.name).chain(tagged).collect();
    names.into_iter().map(|name| function(name, world, &subnets)).collect()
}

fn function(name: &CloudId, world: &World, subnets: &BTreeSet<&CloudId>) -> FunctionStatus {
    let Some(function) = world.function.functions.get(name) else {
        return FunctionStatus { name: name.clone(), runs: Where::Missing, verdict: None, elsewhere: Vec::new() };
    };
    let query = Query { source: Source::Function(name.clone()), to: To::Internet, protocol: Protocol::Tcp, port: 443 };
    FunctionStatus {
        name: name.clone(),
        runs: runs(function, subnets),
        verdict: Some(trace(world, &query).verdict),
        elsewhere: elsewhere(function),
    }
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
