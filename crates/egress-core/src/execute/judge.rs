//! Whether a World is as a step waits for.

use crate::{
    CloudId, Kind, Tags,
    op::Family,
    plan::Condition,
    tags,
    world::{
        Attachment, Function, FunctionState, Interface, InterfaceKind, NatAddressState, NatState, Readiness,
        UpdateState, World, holds,
    },
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
        Kind::Network | Kind::Subnet | Kind::RouteTable | Kind::SecurityGroup | Kind::Interface | Kind::Lease => {
            Family::Network
        }
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
        Condition::InUse { gateway, address } => address_in_use(world, gateway, address),
        Condition::NotInUse { gateway, address } => address_free(world, gateway, address),
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
    let used: Vec<String> = interfaces
        .filter(|i| i.kind == InterfaceKind::Function && i.in_use)
        .filter(|i| &i.subnet == place || i.groups.contains(place))
        .map(|i| in_use(world, i))
        .collect();
    if used.is_empty() { Finding::So } else { not_yet(used.join("; ")) }
}

/// Who uses an interface, as far as functions can be seen. Its description may name another function than those that share
/// it now, so it is not asked.
fn in_use(world: &World, interface: &Interface) -> String {
    let functions = &world.function.functions;
    let shares = |a: &Attachment<CloudId>| a.subnets.contains(&interface.subnet) && a.groups == interface.groups;
    let mut users = Vec::new();
    for function in functions.values() {
        if function.attachment.as_ref().is_some_and(shares) {
            users.push(function.id.to_string());
        }
        let versions = function.versions.iter().filter(|v| v.attachment.as_ref().is_some_and(shares));
        users.extend(versions.map(|v| format!("version {} of {}", v.version, function.id)));
    }
    let id = &interface.id;
    match (users.is_empty(), functions.is_empty()) {
        (false, _) => format!("{id} is still used by {}", users.join(", ")),
        (true, true) => format!("{id} is still in use"),
        (true, false) => format!("{id} is used by no function any more, and the cloud has yet to remove it"),
    }
}

fn address_in_use(world: &World, gateway: &CloudId, address: &CloudId) -> Finding {
    match ready(world, Kind::NatGateway, gateway) {
        Finding::So => {}
        other => return other,
    }
    let state = world.gateway.nat_gateways.get(gateway).and_then(|g| g.address(address)).map(|a| &a.state);
    match state {
        None => not_yet("not visible yet"),
        Some(NatAddressState::InUse) => Finding::So,
        Some(NatAddressState::Associating) => not_yet("associating"),
        // It may be how it was before this run put it back.
        Some(NatAddressState::Disassociating) => not_yet("disassociating"),
        Some(NatAddressState::Failed { message }) => broken("failed", message),
    }
}

fn address_free(world: &World, gateway: &CloudId, address: &CloudId) -> Finding {
    let listed = world.gateway.nat_gateways.get(gateway).filter(|g| g.state != NatState::Deleted);
    match listed.and_then(|g| g.address(address)).map(|a| &a.state) {
        Some(NatAddressState::Disassociating) => not_yet("its connections may still end"),
        Some(NatAddressState::InUse | NatAddressState::Associating) => not_yet("still in use"),
        // What a failed one leaves behind holds nothing.
        Some(NatAddressState::Failed { .. }) | None => {
            match world.gateway.addresses.get(address).is_some_and(|a| a.nat_gateway.as_ref() == Some(gateway)) {
                true => not_yet("still attached"),
                false => Finding::So,
            }
        }
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
