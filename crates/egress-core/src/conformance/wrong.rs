//! Clouds that break one law each, and clouds that break none but are hard to live with.

mod calls;
mod rough;
mod sights;

use crate::{
    CloudError, CloudId, Effect, ErrorKind, Kind, Op, Outcome,
    layer::Layer,
    op::{FunctionOp, GatewayOp, NetworkOp},
};

use calls::{Answers, Careless, Sends};
use sights::{Blinks, Sees, Untagged};

/// Another cloud: a layer that is put around a right one.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// What is different about it.
    pub name: &'static str,
    /// Makes the layer, which may remember things.
    pub layer: fn() -> Box<dyn Layer>,
}

/// Each breaks one law; the suite must catch all.
pub const WRONG: &[Variant] = &[
    // Outcomes that are not true.
    variant("a route is done, and was never made", || Box::new(Sends(no_route))),
    variant("a subnet is failed, and was made", || Box::new(Answers(subnet_fails))),
    variant("a move is failed, and the function moved", || Box::new(Answers(move_fails))),
    variant("a call on an unknown thing is done", || Box::new(Answers(unknown_is_done))),
    variant("a subnet that does not fit is done", || Box::new(Answers(any_subnet_is_done))),
    variant("a refusal is unknown", || Box::new(Answers(refusal_is_unknown))),
    variant("the id that is told is another's", || Box::new(Answers(other_id))),
    variant("the IP that is told is another's", || Box::new(Answers(other_ip))),
    // Calls that do something else, or something more.
    variant("one token makes two gateways", || Box::<calls::Doubles>::default()),
    variant("a route is lost when another is added", || Box::new(calls::LosesRoutes)),
    variant("a route is overwritten", || Box::new(calls::Overwrites)),
    variant("a route is missing while it is replaced", || Box::<sights::Gap>::default()),
    variant("tags are set as a whole", || Box::new(calls::TagsWhole)),
    variant("one permission goes, and all go", || Box::new(calls::RevokesAll)),
    variant("any address is released", || Box::new(calls::ReleasesAny)),
    variant("another address comes back", || Box::new(Sends(any_ip))),
    variant("an address goes with its gateway", || Box::<calls::AddressGoes>::default()),
    variant("an address that is added is not used", || Box::new(Sees::new(sights::added_unused))),
    variant("an address that is added has another's IP", || Box::new(Sees::new(sights::added_ip))),
    variant("an address is taken off, and stays", || Box::new(Sends(no_disassociation))),
    variant("another address is taken off than was named", || Box::new(calls::TakesAny)),
    variant("a gateway's own address is taken off", || Box::new(Answers(own_taken_off))),
    variant("an address is taken from another gateway", || Box::<sights::Steals>::default()),
    variant("an address goes as it is taken off", || Box::<calls::TakenOffGoes>::default()),
    variant("a stale revision is accepted", || Box::new(Sends(no_revision))),
    variant("a function that moves loses its tags", || Box::new(calls::ForgetsTags)),
    variant("a function that moves loses a group", || Box::new(Sends(one_group))),
    variant("a lease's name is given twice", || Box::new(Answers(name_given_twice))),
    variant("a lease goes by its name", || Box::<calls::ByName>::default()),
    variant("a heartbeat is done, and was never made", || Box::new(Sends(no_heartbeat))),
    // Things that must stay.
    variant("a network in use is deleted", || Box::new(Careless::new(network))),
    variant("a subnet in use is deleted", || Box::new(Careless::new(subnet))),
    variant("a group in use is deleted", || Box::new(Careless::new(group))),
    variant("a table in use is deleted", || Box::new(Careless::new(table))),
    variant("an address in use is released", || Box::new(Careless::new(address))),
    // What is seen.
    variant("what is there takes no room", || Box::new(sights::Roomy)),
    variant("an address changes between two observations", || Box::new(Sees::new(sights::ip_changes))),
    variant("a gateway never leaves pending", || Box::new(Sees::new(sights::always_pending))),
    variant("a function is never settled", || Box::new(Sees::new(sights::never_settled))),
    variant("tags come later than the thing", || Box::<Untagged>::default()),
    variant("a scope hides what is not the stack's own", || Box::new(Sees::new(sights::own_only))),
    variant("leases are not seen", || Box::new(Sees::new(sights::no_leases))),
    variant("a group is not seen now and then", || Box::<Blinks>::default()),
    variant("observing changes something", || Box::<sights::Meddles>::default()),
    variant("a scope forgets the networks it names", || Box::new(Sees::new(sights::nameless))),
    variant("every subnet is in the first zone", || Box::new(Sees::new(sights::first_zone))),
    variant("subnets stand under other names", || Box::new(Sees::new(sights::other_names))),
    variant("a fresh group lets nothing out", || Box::new(Sees::new(sights::closed_groups))),
    variant("a route to a gone gateway is active", || Box::new(Sees::new(sights::all_active))),
    variant("the internet sees another IP", || Box::new(sights::OtherSource)),
    variant("packets arrive without a way out", || Box::new(sights::Leaks)),
];

/// Each is right, in a way that some cloud may be; the suite must let all pass.
pub const ROUGH: &[Variant] = &[
    variant("every seventh call is throttled", || Box::<rough::Throttles>::default()),
    variant("every fifth answer is lost", || Box::<rough::LosesAnswers>::default()),
    variant("deleting what is gone is done", || Box::new(Answers(gone_is_done))),
    variant("a used thing is busy", || Box::new(Answers(used_is_busy))),
];

const fn variant(name: &'static str, layer: fn() -> Box<dyn Layer>) -> Variant {
    Variant { name, layer }
}

fn gone_is_done(op: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(error) if error.kind == ErrorKind::NotFound && op.verb() == "delete" => {
            Outcome::Done(Effect::default())
        }
        other => other,
    }
}

fn used_is_busy(_: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(error) if error.kind == ErrorKind::InUse => {
            Outcome::Failed(CloudError { kind: ErrorKind::Busy, ..error })
        }
        other => other,
    }
}

fn no_route(op: Op<CloudId>) -> Option<Op<CloudId>> {
    (!matches!(op, Op::Network(NetworkOp::CreateRoute(_)))).then_some(op)
}

fn no_disassociation(op: Op<CloudId>) -> Option<Op<CloudId>> {
    (!matches!(op, Op::Gateway(GatewayOp::DisassociateNatAddress(_)))).then_some(op)
}

fn own_taken_off(op: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match (op, outcome) {
        (Op::Gateway(GatewayOp::DisassociateNatAddress(_)), Outcome::Failed(_)) => Outcome::Done(Effect::default()),
        (_, outcome) => outcome,
    }
}

fn no_heartbeat(op: Op<CloudId>) -> Option<Op<CloudId>> {
    (!matches!(&op, Op::Network(NetworkOp::SetTags(set)) if set.kind == Kind::Lease)).then_some(op)
}

fn name_given_twice(op: &Op<CloudId>, outcome: Outcome) -> Outcome {
    match (op, outcome) {
        (Op::Network(NetworkOp::CreateLease(_)), Outcome::Failed(_)) => Outcome::Done(Effect::default()),
        (_, outcome) => outcome,
    }
}

fn no_revision(mut op: Op<CloudId>) -> Option<Op<CloudId>> {
    if let Op::Function(FunctionOp::SetAttachment(set)) = &mut op {
        set.revision = None;
    }
    Some(op)
}

fn any_ip(mut op: Op<CloudId>) -> Option<Op<CloudId>> {
    if let Op::Gateway(GatewayOp::AllocateAddress(allocate)) = &mut op {
        allocate.ip = None;
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
