//! Clouds that break one law each.

mod calls;
mod sights;

use crate::{
    CloudError, CloudId, Effect, ErrorKind, Op, Outcome,
    layer::Layer,
    op::{FunctionOp, GatewayOp, NetworkOp},
};

use calls::{Answers, Careless, Sends};
use sights::{Blinks, Sees, Untagged};

/// A cloud that breaks one law: a layer that is put around a right one.
#[derive(Clone, Copy, Debug)]
pub struct Wrong {
    /// What is wrong with it.
    pub name: &'static str,
    /// Makes the layer, which may remember things.
    pub layer: fn() -> Box<dyn Layer>,
}

/// Every one of them; the suite must catch all.
pub const WRONG: &[Wrong] = &[
    // Outcomes that are not true.
    wrong("a route is done, and was never made", || Box::new(Sends(no_route))),
    wrong("a subnet is failed, and was made", || Box::new(Answers(subnet_fails))),
    wrong("a move is failed, and the function moved", || Box::new(Answers(move_fails))),
    wrong("a call on an unknown thing is done", || Box::new(Answers(unknown_is_done))),
    wrong("a subnet that does not fit is done", || Box::new(Answers(any_subnet_is_done))),
    wrong("a refusal is unknown", || Box::new(Answers(refusal_is_unknown))),
    wrong("the id that is told is another's", || Box::new(Answers(other_id))),
    wrong("the IP that is told is another's", || Box::new(Answers(other_ip))),
    // Calls that do something else, or something more.
    wrong("one token makes two gateways", || Box::new(calls::Doubles)),
    wrong("a route is lost when another is added", || Box::new(calls::LosesRoutes)),
    wrong("a route is overwritten", || Box::new(calls::Overwrites)),
    wrong("a route is missing while it is replaced", || Box::<sights::Gap>::default()),
    wrong("tags are set as a whole", || Box::new(calls::TagsWhole)),
    wrong("one permission goes, and all go", || Box::new(calls::RevokesAll)),
    wrong("any address is released", || Box::new(calls::ReleasesAny)),
    wrong("an address goes with its gateway", || Box::<calls::AddressGoes>::default()),
    wrong("a stale revision is accepted", || Box::new(Sends(no_revision))),
    wrong("a function that moves loses its tags", || Box::new(calls::ForgetsTags)),
    wrong("a function that moves loses a group", || Box::new(Sends(one_group))),
    // Things that must stay.
    wrong("a network in use is deleted", || Box::new(Careless::new(network))),
    wrong("a subnet in use is deleted", || Box::new(Careless::new(subnet))),
    wrong("a group in use is deleted", || Box::new(Careless::new(group))),
    wrong("a table in use is deleted", || Box::new(Careless::new(table))),
    wrong("an address in use is released", || Box::new(Careless::new(address))),
    // What is seen.
    wrong("an address changes between two observations", || Box::new(Sees::new(sights::ip_changes))),
    wrong("a gateway never leaves pending", || Box::new(Sees::new(sights::always_pending))),
    wrong("a function is never settled", || Box::new(Sees::new(sights::never_settled))),
    wrong("tags come later than the thing", || Box::<Untagged>::default()),
    wrong("a scope hides what is not the stack's own", || Box::new(Sees::new(sights::own_only))),
    wrong("a group is not seen now and then", || Box::<Blinks>::default()),
    wrong("observing changes something", || Box::<sights::Meddles>::default()),
    wrong("every subnet is in the first zone", || Box::new(Sees::new(sights::first_zone))),
    wrong("subnets stand under other names", || Box::new(Sees::new(sights::other_names))),
    wrong("a fresh group lets nothing out", || Box::new(Sees::new(sights::closed_groups))),
    wrong("a route to a gone gateway is active", || Box::new(Sees::new(sights::all_active))),
    wrong("the internet sees another IP", || Box::new(sights::OtherSource)),
    wrong("packets arrive without a way out", || Box::new(sights::Leaks)),
];

const fn wrong(name: &'static str, layer: fn() -> Box<dyn Layer>) -> Wrong {
    Wrong { name, layer }
}

fn no_route(op: Op<CloudId>) -> Option<Op<CloudId>> {
    (!matches!(op, Op::Network(NetworkOp::CreateRoute(_)))).then_some(op)
}

fn no_revision(mut op: Op<CloudId>) -> Option<Op<CloudId>> {
    if let Op::Function(FunctionOp::SetAttachment(set)) = &mut op {
        set.revision = None;
    }
    Some(op)
}

fn one_group(mut op: Op<CloudId>) -> Option<Op<CloudId>> {
    if let Op::Function(FunctionOp::SetAttachment(set)) = &mut op
        && let Some(to) = &mut set.to
        && to.groups.len() > 1
    {
        to.groups.pop_last();
    }
    Some(op)
}

fn busy() -> Outcome {
    Outcome::Failed(CloudError::new(ErrorKind::Busy, "apply", "try again later"))
}

fn subnet_fails(op: &Op<CloudId>, outcome: Outcome) -> Outcome {
    if matches!(op, Op::Network(NetworkOp::CreateSubnet(_))) { busy() } else { outcome }
}

fn move_fails(op: &Op<CloudId>, outcome: Outcome) -> Outcome {
    if matches!(op, Op::Function(FunctionOp::SetAttachment(_))) { busy() } else { outcome }
}

fn unknown_is_done(_: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(error) if error.kind == ErrorKind::NotFound => Outcome::Done(Effect::default()),
        other => other,
    }
}

fn any_subnet_is_done(op: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match (op, outcome) {
        (Op::Network(NetworkOp::CreateSubnet(_)), Outcome::Failed(_)) => Outcome::Done(Effect::default()),
        (_, outcome) => outcome,
    }
}

fn refusal_is_unknown(_: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(error) => Outcome::Unknown(error),
        other => other,
    }
}

fn other_id(op: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match (op, outcome) {
        (Op::Network(NetworkOp::CreateGroup(group)), Outcome::Done(_)) => {
            Outcome::Done(Effect::created(group.network.clone()))
        }
        (_, outcome) => outcome,
    }
}

fn other_ip(_: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Done(Effect { id, ip: Some(ip) }) => Outcome::Done(Effect { id, ip: Some(sights::next_ip(ip)) }),
        other => other,
    }
}

fn network(op: &Op<CloudId>) -> Option<&CloudId> {
    if let Op::Network(NetworkOp::DeleteNetwork(op)) = op { Some(&op.network) } else { None }
}

fn subnet(op: &Op<CloudId>) -> Option<&CloudId> {
    if let Op::Network(NetworkOp::DeleteSubnet(op)) = op { Some(&op.subnet) } else { None }
}

fn group(op: &Op<CloudId>) -> Option<&CloudId> {
    if let Op::Network(NetworkOp::DeleteGroup(op)) = op { Some(&op.group) } else { None }
}

fn table(op: &Op<CloudId>) -> Option<&CloudId> {
    if let Op::Network(NetworkOp::DeleteRouteTable(op)) = op { Some(&op.table) } else { None }
}

fn address(op: &Op<CloudId>) -> Option<&CloudId> {
    if let Op::Gateway(GatewayOp::ReleaseAddress(op)) = op { Some(&op.address) } else { None }
}
