//! Whether a World is as a step waits for.

use crate::{
    CloudId, Kind, Tags,
    op::Family,
    plan::Condition,
    tags,
    world::{Function, FunctionState, InterfaceKind, NatState, Readiness, UpdateState, World, holds},
};

/// What a World says of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It is so.
    So,
    /// It is not, and may come to be; for people.
    NotYet(String),
    /// It will never be.
    Broken { code: String, message: String },
}

/// Which family's part of the World tells about things of this kind.
pub(super) fn family(kind: Kind) -> Family {
    match kind {
        Kind::Network | Kind::Subnet | Kind::RouteTable | Kind::SecurityGroup | Kind::Interface => Family::Network,
        Kind::InternetGateway | Kind::NatGateway | Kind::Address => Family::Gateway,
        Kind::Function | Kind::Role | Kind::Probe => Family::Function,
    }
}

/// Judges a condition on a thing of this kind.
pub(super) fn judge(world: &World, kind: Kind, condition: &Condition<CloudId>) -> Finding {
    match condition {
        Condition::Ready(id) => ready(world, kind, id),
        Condition::Gone(id) => gone(world, kind, id),
        Condition::NoFunctionInterfaces(place) => free_of_functions(world, place),
        Condition::Tagged { function, tags } => tagged(world.tags(kind, function), tags),
    }
}

fn ready(world: &World, kind: Kind, id: &CloudId) -> Finding {
    if !holds(world, kind, id) {
        return not_yet("not visible yet");
    }
    let available = |readiness: Option<Readiness>| match readiness {
        Some(Readiness::Pending) => not_yet("pending"),
        Some(Readiness::Available) | None => Finding::So,
    };
    match kind {
        Kind::Network => available(world.network.networks.get(id).map(|n| n.state)),
        Kind::Subnet => available(world.network.subnets.get(id).map(|s| s.state)),
        Kind::NatGateway => world.gateway.nat_gateways.get(id).map_or(Finding::So, |g| nat_ready(&g.state)),
        Kind::Function | Kind::Probe => world.function.functions.get(id).map_or(Finding::So, function_ready),
        _ => Finding::So,
    }
}

fn nat_ready(state: &NatState) -> Finding {
    match state {
        NatState::Available => Finding::So,
        NatState::Pending => not_yet("pending"),
        NatState::Failed { code, message } => broken(code, message),
        NatState::Deleting | NatState::Deleted => broken("deleted", "it is being deleted"),
    }
}

fn function_ready(function: &Function) -> Finding {
    match (&function.state, &function.update) {
        (FunctionState::Failed, _) => broken("failed", "the function could not be made"),
        (_, UpdateState::Failed { code, message }) => broken(code, message),
        _ if function.is_settled() => Finding::So,
        (FunctionState::Pending, _) => not_yet("pending"),
        _ => not_yet("update in progress"),
    }
}

fn gone(world: &World, kind: Kind, id: &CloudId) -> Finding {
    if !holds(world, kind, id) {
        return Finding::So;
    }
    match world.gateway.nat_gateways.get(id).map(|g| &g.state) {
        Some(NatState::Deleting) => not_yet("deleting"),
        _ => not_yet("still there"),
    }
}

/// Whether no function's interface is in use in a subnet, or with a group.
fn free_of_functions(world: &World, place: &CloudId) -> Finding {
    let interfaces = world.network.interfaces.values();
    let used: Vec<_> = interfaces
        .filter(|i| i.kind == InterfaceKind::Function && i.in_use)
        .filter(|i| &i.subnet == place || i.groups.contains(place))
        .map(|i| i.id.as_str())
        .collect();
    match used[..] {
        [] => Finding::So,
        [one] => not_yet(format!("{one} is still in use")),
        _ => not_yet(format!("{} are still in use", used.join(", "))),
    }
}

fn tagged(found: Option<&Tags>, expected: &Tags) -> Finding {
    let Some(found) = found else { return not_yet("not visible yet") };
    let ours = |tags: &Tags| -> Tags {
        tags.iter().filter(|(name, _)| name.starts_with(tags::PREFIX)).map(|(n, v)| (n.clone(), v.clone())).collect()
    };
    if ours(found) == ours(expected) { Finding::So } else { not_yet("its tags are not as they were saved") }
}

fn not_yet(detail: impl Into<String>) -> Finding {
    Finding::NotYet(detail.into())
}

fn broken(code: &str, message: &str) -> Finding {
    Finding::Broken { code: code.to_owned(), message: message.to_owned() }
}
