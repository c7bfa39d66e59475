//! What becomes of each function's way to the internet while a Plan is carried out, worked out before anything is done.
//!
//! Steps that can break a way are looked at one by one, in the worst World that they can meet: one in which nothing is done
//! but what they need. A function is where it was until the wait for its move is over, and may be where it goes to as soon
//! as its move can have begun. So a Plan whose Steps lack a need is found out here, whatever made it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Condition, Connectivity, Gap, Permit, Refusal, RefusalKind, Step, StepId, Verb, draft::Draft};
use crate::{
    CloudId, Key, Kind, Owner, World,
    op::{FunctionOp, GatewayOp, NetworkOp, Op},
    trace::{Query, Source, SourceAddress, To, Trace, Verdict, trace},
    world::{Attachment, NatAddressState, NatState, Protocol},
};

/// Works out what functions lose, and refuses what they lose unasked.
pub(super) fn foresee(draft: &mut Draft<'_>) {
    let served = served(draft);
    if served.is_empty() {
        return;
    }
    let mut worst: BTreeMap<CloudId, (Gap, Option<StepId>)> =
        served.keys().map(|function| (function.clone(), (Gap::None, None))).collect();
    let graph = Graph::new(&draft.steps);
    for (index, step) in draft.steps.iter().enumerate().filter(|(_, step)| may_break(step)) {
        let moment = graph.before(index);
        let world = draft.after_steps(|n| n == index || moment.contains(&n));
        let mut seen: BTreeMap<Attachment<CloudId>, Gap> = BTreeMap::new();
        for (function, was) in &served {
            if graph.settled(function, &moment) {
                continue;
            }
            let gap = *seen.entry(was.attachment.clone()).or_insert_with(|| gap(&world, was));
            let worst = worst.entry(function.clone()).or_insert((Gap::None, None));
            if gap > worst.0 {
                *worst = (gap, Some(step.id.clone()));
            }
        }
    }
    draft.connectivity = worst.into_iter().map(|(function, (gap, by))| Connectivity { function, gap, by }).collect();
    refuse_outage(draft);
}

/// Where a function's packets leave now.
struct Served {
    attachment: Attachment<CloudId>,
    exits: BTreeSet<Exit>,
}

/// From which subnet, through which gateway, and as which address packets leave.
type Exit = (CloudId, Option<CloudId>, SourceAddress);

/// The user's functions that have a way out through the stack now.
fn served(draft: &Draft<'_>) -> BTreeMap<CloudId, Served> {
    let ours: BTreeSet<&CloudId> =
        draft.bindings.iter().filter(|(key, _)| key.kind == Kind::Subnet).map(|(_, id)| id).collect();
    let mut known: BTreeMap<Attachment<CloudId>, Option<BTreeSet<_>>> = BTreeMap::new();
    let mut served = BTreeMap::new();
    for function in draft.world.function.functions.values() {
        let probe = Owner::of(&function.tags).is_some_and(|owner| owner.key.kind == Kind::Probe);
        let Some(attachment) = function.attachment.as_ref().filter(|_| !probe) else { continue };
        if !attachment.subnets.iter().any(|subnet| ours.contains(subnet)) {
            continue;
        }
        let exits = known.entry(attachment.clone()).or_insert_with(|| exits(draft.world, attachment));
        if let Some(exits) = exits {
            served.insert(function.id.clone(), Served { attachment: attachment.clone(), exits: exits.clone() });
        }
    }
    served
}

/// How packets of an attachment leave; `None` where some do not get out.
fn exits(world: &World, attachment: &Attachment<CloudId>) -> Option<BTreeSet<Exit>> {
    let mut exits = BTreeSet::new();
    for subnet in &attachment.subnets {
        let source = Source::Subnet { subnet: subnet.clone(), groups: Some(attachment.groups.clone()) };
        let query = Query { source, to: To::Internet, protocol: Protocol::Tcp, port: 443 };
        let Trace { verdict: Verdict::Reaches { .. }, paths } = trace(world, &query) else { return None };
        for path in paths.iter().filter(|path| !path.bypass) {
            let gateway = path.hops.iter().find(|hop| hop.kind == "nat-gateway").and_then(|hop| hop.id.clone());
            exits.extend(path.verdict.sources().iter().map(|source| (subnet.clone(), gateway.clone(), source.clone())));
        }
    }
    Some(exits)
}

fn gap(world: &World, was: &Served) -> Gap {
    match exits(world, &was.attachment) {
        None => Gap::UntilDone,
        // Connections live in a gateway, and on one address of it: another one does not know them.
        Some(exits) if !was.exits.is_subset(&exits) => Gap::Seconds,
        Some(_) => Gap::None,
    }
}

/// Whether a Step can take a way from somebody.
fn may_break(step: &Step) -> bool {
    let Action::Change(op) = &step.action else { return false };
    match op {
        Op::Network(op) => match op {
            NetworkOp::AssociateRouteTable(_)
            | NetworkOp::DisassociateRouteTable(_)
            | NetworkOp::CreateRoute(_)
            | NetworkOp::ReplaceRoute(_)
            | NetworkOp::DeleteRoute(_)
            | NetworkOp::DeleteRouteTable(_)
            | NetworkOp::DeleteSubnet(_)
            | NetworkOp::DeleteGroup(_)
            | NetworkOp::DeleteInterface(_)
            | NetworkOp::DeleteNetwork(_) => true,
            NetworkOp::CreateNetwork(_)
            | NetworkOp::CreateSubnet(_)
            | NetworkOp::CreateRouteTable(_)
            | NetworkOp::CreateGroup(_)
            | NetworkOp::AllowEgress(_)
            | NetworkOp::SetTags(_)
            | NetworkOp::CreateLease(_)
            | NetworkOp::DeleteLease(_) => false,
        },
        Op::Gateway(op) => matches!(
            op,
            GatewayOp::DetachInternetGateway(_)
                | GatewayOp::DeleteInternetGateway(_)
                | GatewayOp::DeleteNatGateway(_)
                | GatewayOp::DisassociateNatAddress(_)
                | GatewayOp::ReleaseAddress(_)
        ),
        Op::Function(op) => matches!(op, FunctionOp::RevokeNetworkAccess(_)),
    }
}

/// What each Step needs, directly or not.
struct Graph<'s> {
    before: Vec<BTreeSet<usize>>,
    /// The last wait for each function's move.
    settles: BTreeMap<&'s Key, usize>,
}

impl<'s> Graph<'s> {
    fn new(steps: &'s [Step]) -> Self {
        let index: BTreeMap<&StepId, usize> = steps.iter().enumerate().map(|(n, step)| (&step.id, n)).collect();
        let mut before: Vec<BTreeSet<usize>> = Vec::with_capacity(steps.len());
        let mut settles = BTreeMap::new();
        for (n, step) in steps.iter().enumerate() {
            let mut all = BTreeSet::new();
            for need in step.needs.iter().filter_map(|need| index.get(need)) {
                all.insert(*need);
                all.extend(before.get(*need).into_iter().flatten().copied());
            }
            before.push(all);
            if let Action::Await(Condition::Ready(key)) = &step.action
                && key.kind == Kind::Function
            {
                settles.insert(key, n);
            }
        }
        Self { before, settles }
    }

    fn before(&self, step: usize) -> BTreeSet<usize> {
        self.before.get(step).cloned().unwrap_or_default()
    }

    /// Whether a function has certainly left where it was.
    fn settled(&self, function: &CloudId, done: &BTreeSet<usize>) -> bool {
        let key = Key::new(Kind::Function, function.as_str());
        self.settles.get(&key).is_some_and(|wait| done.contains(wait))
    }
}

/// Gateways that a Plan makes translate only once it has waited for them.
pub(super) fn is_pending(steps: &[Step], done: impl Fn(usize) -> bool, gateway: &Key) -> bool {
    let waits = |step: &Step| matches!(&step.action, Action::Await(Condition::Ready(key)) if key == gateway);
    !steps.iter().enumerate().any(|(n, step)| done(n) && waits(step))
}

/// Makes a gateway that was just made one that does not translate yet.
pub(super) fn make_pending(world: &mut World, gateway: &CloudId) {
    if let Some(gateway) = world.gateway.nat_gateways.get_mut(gateway) {
        gateway.state = NatState::Pending;
        gateway.addresses.iter_mut().for_each(|address| address.state = NatAddressState::Associating);
    }
}

/// Making a stack as its Spec says leaves functions without a way out only where the request accepts it.
fn refuse_outage(draft: &mut Draft<'_>) {
    if !matches!(draft.request.verb, Verb::Apply { .. } | Verb::Attach { .. }) {
        return;
    }
    let cut: Vec<&Connectivity> = draft.connectivity.iter().filter(|c| c.gap == Gap::UntilDone).collect();
    let Some(first) = cut.first().filter(|_| !draft.permits(&Permit::Outage)) else { return };
    let names: Vec<&str> = cut.iter().map(|c| c.function.as_str()).collect();
    let by = first.by.as_ref().map_or_else(String::new, |by| format!(", from `{by}` on"));
    draft.refusals.insert(Refusal {
        kind: RefusalKind::Unsafe,
        subject: Some(draft.spec.stack.to_string()),
        message: format!("{} would have no way out until all is done{by}", names.join(", ")),
        hint: Some(
            "an address is on one gateway only, and a gateway keeps its subnet: this cannot be had without an outage"
                .to_owned(),
        ),
        permit: Some(Permit::Outage),
    });
}
