//! A Plan in the making: Steps with what they need, bindings, notices and refusals.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::*;
use crate::{
    CloudId, Key, Kind, Owner, Tags,
    op::{Family, GatewayOp, NetworkOp, Op, SetTags},
    world::{NatAddressState, NatState, NetworkPart},
};

/// A Plan in the making.
pub(super) struct Draft<'a> {
    pub(super) spec: &'a Spec,
    pub(super) world: &'a World,
    pub(super) request: &'a Request,
    pub(super) bindings: BTreeMap<Key, CloudId>,
    /// Things that the stack does not use because another one has the same Key: by Keys of their own ids, with that Key.
    pub(super) spares: BTreeMap<Key, Key>,
    pub(super) steps: Vec<Step>,
    pub(super) addresses: Vec<AddressChange>,
    pub(super) connectivity: Vec<Connectivity>,
    pub(super) notices: BTreeSet<Notice>,
    pub(super) refusals: BTreeSet<Refusal>,
    /// The Steps that prove the way out of every private subnet, once they are there.
    pub(super) gate: Option<Vec<StepId>>,
    /// Whether any function of the user's leaves through the stack already, or is set to.
    pub(super) serves: bool,
    /// The Steps that must be done before traffic is led to addresses that were just listed.
    pub(super) listed: Vec<StepId>,
    /// Why things made room for others, by the Keys that they got: see [`replace`].
    pub(super) retired: BTreeMap<Key, String>,
    /// Which Step makes the thing of a Key.
    makers: BTreeMap<Key, StepId>,
    /// Which Step gives the thing of a Key its tags, where that was not the one that carried the Key before.
    renamers: BTreeMap<Key, StepId>,
    /// Which Step takes a Key from what carries it now.
    vacated: BTreeMap<Key, StepId>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(spec: &'a Spec, world: &'a World, request: &'a Request) -> Self {
        Self {
            spec,
            world,
            request,
            bindings: BTreeMap::new(),
            spares: BTreeMap::new(),
            steps: Vec::new(),
            addresses: Vec::new(),
            connectivity: Vec::new(),
            notices: BTreeSet::new(),
            refusals: BTreeSet::new(),
            gate: None,
            serves: false,
            listed: Vec::new(),
            retired: BTreeMap::new(),
            makers: BTreeMap::new(),
            renamers: BTreeMap::new(),
            vacated: BTreeMap::new(),
        }
    }

    /// What the World calls the thing of a Key; `None` where it is still to be made.
    pub(super) fn bound(&self, key: &Key) -> Option<&CloudId> {
        self.bindings.get(key)
    }

    /// Things of the stack of this kind that the Spec does not name, by the Keys that they have now.
    pub(super) fn unnamed(&self, kind: Kind) -> Vec<(Key, CloudId)> {
        let named = self.spec.keys();
        let bound = self.bindings.iter().filter(|(key, _)| key.kind == kind && !named.contains(*key));
        let bound = bound.filter(|(key, _)| !self.spares.contains_key(*key));
        bound.map(|(key, id)| (key.clone(), id.clone())).collect()
    }

    /// Who made a thing, as its tags say.
    pub(super) fn owner_of(&self, key: &Key) -> Option<Owner> {
        self.bound(key).and_then(|id| self.world.tags(key.kind, id)).and_then(Owner::of)
    }

    /// Whether a network carries the stack's tags.
    pub(super) fn owns_network(&self, id: &CloudId) -> bool {
        self.bindings.iter().any(|(key, bound)| key.kind == Kind::Network && bound == id)
    }

    /// Gives what one Key stands for another Key.
    pub(super) fn rebind(&mut self, from: &Key, to: &Key) {
        if let Some(id) = self.bindings.remove(from) {
            self.bindings.insert(to.clone(), id);
        }
    }

    /// Writes into the tags of the stack's things what they are called from now on. What is made under a Key that another
    /// thing carries is made only after that.
    pub(super) fn retag(&mut self) {
        let tags = |key: &Key, id| self.world.tags(key.kind, id).and_then(Owner::of);
        let renamed: Vec<(Key, Key)> = (self.bindings.iter())
            .filter_map(|(key, id)| Some((key.clone(), tags(key, id)?)))
            .filter(|(key, owner)| owner.stack == self.spec.stack && &owner.key != key)
            .filter(|(key, _)| !self.spares.contains_key(key))
            .map(|(key, owner)| (key, owner.key))
            .collect();
        for (key, before) in renamed {
            let why = self.retired.get(&key).cloned().unwrap_or_else(|| format!("it was {before}"));
            let set = match self.retired.contains_key(&key) {
                true => [(crate::tags::KEY.to_owned(), key.to_string())].into(),
                false => self.tags(&key),
            };
            let step = self.set_tags(&key, set);
            self.because(why);
            self.renamers.insert(key, step.clone());
            self.vacated.insert(before, step);
        }
    }

    /// The tags that the thing of a Key carries from its creation.
    pub(super) fn tags(&self, key: &Key) -> Tags {
        Owner { stack: self.spec.stack.clone(), key: key.clone() }.tags(&self.spec.tags)
    }

    /// Adds a call. It needs whatever makes the things that it refers to, and `needs`.
    pub(super) fn change(&mut self, op: Op<Key>, needs: impl IntoIterator<Item = StepId>) -> StepId {
        let mut needs: BTreeSet<StepId> = needs.into_iter().collect();
        needs.extend(op.references().into_iter().filter_map(|key| self.makers.get(key)).cloned());
        let id = self.unique(step_name(&op));
        // What is given another name is deleted under that.
        needs.extend(op.deletes().and_then(|key| self.renamers.get(key)).cloned());
        if let Some(owner) = op.creates() {
            needs.extend(self.vacated.get(&owner.key).cloned());
            self.makers.insert(owner.key, id.clone());
        }
        self.push(id, needs, Action::Change(op))
    }

    /// Adds a wait.
    pub(super) fn wait(&mut self, condition: Condition<Key>, needs: impl IntoIterator<Item = StepId>) -> StepId {
        let mut needs: BTreeSet<StepId> = needs.into_iter().collect();
        needs.extend(self.makers.get(condition.subject()).cloned());
        let id = self.unique(format!("await {condition}"));
        self.push(id, needs, Action::Await(condition))
    }

    /// Adds a proof.
    pub(super) fn prove(&mut self, proof: Proof, needs: impl IntoIterator<Item = StepId>) -> StepId {
        let way = match &proof.by {
            Method::Probe { .. } => "the way out",
            Method::Trace { .. } => "the new way out",
        };
        let id = self.unique(format!("prove {way} of {}", proof.subnet));
        self.push(id, needs.into_iter().collect(), Action::Prove(proof))
    }

    /// Adds the deletion of what functions leave behind in a subnet.
    pub(super) fn sweep(&mut self, subnet: Key, needs: impl IntoIterator<Item = StepId>) -> StepId {
        let id = self.unique(format!("sweep {subnet}"));
        self.push(id, needs.into_iter().collect(), Action::Sweep(subnet))
    }

    /// Says why the last Step is there.
    pub(super) fn because(&mut self, why: impl Into<String>) {
        if let Some(step) = self.steps.last_mut() {
            step.why = Some(why.into());
        }
    }

    /// Makes the last Step one that tidies up.
    pub(super) fn tidying(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step.cleanup = true;
        }
    }

    /// The Steps so far that decide where packets go: changes of networks and gateways, and waits for gateways.
    pub(super) fn path_steps(&self) -> BTreeSet<StepId> {
        let decides = |step: &&Step| match &step.action {
            Action::Change(op) => op.family() != Family::Function,
            Action::Await(Condition::Ready(key)) => key.kind == Kind::NatGateway,
            Action::Await(Condition::InUse { .. }) => true,
            Action::Await(_) | Action::Prove(_) | Action::Sweep(_) => false,
        };
        self.steps.iter().filter(decides).map(|s| s.id.clone()).collect()
    }

    /// The calls so far that do a certain thing.
    pub(super) fn steps_where(&self, wanted: impl Fn(&Op<Key>) -> bool) -> Vec<StepId> {
        let does = |step: &&Step| matches!(&step.action, Action::Change(op) if wanted(op));
        self.steps.iter().filter(does).map(|s| s.id.clone()).collect()
    }

    /// Whether the request allows something.
    pub(super) fn permits(&self, permit: &Permit) -> bool {
        self.request.verb.permits(permit)
    }

    pub(super) fn refuse(
        &mut self,
        kind: RefusalKind,
        subject: impl ToString,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let hint = Some(hint.into()).filter(|h: &String| !h.is_empty());
        let subject = Some(subject.to_string());
        self.refusals.insert(Refusal { kind, subject, message: message.into(), hint, permit: None });
    }

    pub(super) fn note(
        &mut self,
        level: Level,
        subject: impl ToString,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let hint = Some(hint.into()).filter(|h: &String| !h.is_empty());
        self.notices.insert(Notice { level, subject: Some(subject.to_string()), message: message.into(), hint });
    }

    /// Tags that the Spec asks for and a thing of the stack lacks are set.
    pub(super) fn keep_tagged(&mut self, key: &Key) {
        let Some(tags) = self.bound(key).and_then(|id| self.world.tags(key.kind, id)) else { return };
        if Owner::of(tags).is_none_or(|owner| owner.stack != self.spec.stack) {
            return;
        }
        let set: Tags = self.tags(key).into_iter().filter(|(name, value)| tags.get(name) != Some(value)).collect();
        if set.is_empty() || self.renamers.contains_key(key) {
            return;
        }
        self.set_tags(key, set);
        self.because("its tags are not those of the file");
    }

    /// Takes a tag from something that has it.
    pub(super) fn untag(&mut self, key: &Key, name: &str) -> Option<StepId> {
        let tags = self.bound(key).and_then(|id| self.world.tags(key.kind, id))?;
        tags.contains_key(name).then(|| self.change_tags(key, Tags::new(), vec![name.to_owned()]))
    }

    /// Sets tags of something that is there.
    fn set_tags(&mut self, key: &Key, set: Tags) -> StepId {
        self.change_tags(key, set, Vec::new())
    }

    fn change_tags(&mut self, key: &Key, set: Tags, remove: Vec<String>) -> StepId {
        let change = SetTags { resource: key.clone(), kind: key.kind, set, remove };
        let op = match key.kind {
            Kind::InternetGateway | Kind::NatGateway | Kind::Address => {
                Op::Gateway(crate::op::GatewayOp::SetTags(change))
            }
            Kind::Function | Kind::Probe | Kind::Role => Op::Function(crate::op::FunctionOp::SetTags(change)),
            Kind::Network | Kind::Subnet | Kind::RouteTable | Kind::SecurityGroup | Kind::Interface | Kind::Lease => {
                Op::Network(NetworkOp::SetTags(change))
            }
        };
        self.change(op, [])
    }

    /// The id of a thing in the World that the Steps lead to.
    pub(super) fn id_after(&self, key: &Key) -> CloudId {
        self.bindings.get(key).cloned().unwrap_or_else(|| planned_id(key))
    }

    /// The World that the Steps so far lead to, all waits over.
    pub(super) fn after(&self) -> World {
        self.after_steps(|_| true)
    }

    /// The World that some of the Steps lead to, by their places. Gateways translate once they are waited for.
    pub(super) fn after_steps(&self, done: impl Fn(usize) -> bool) -> World {
        let mut world = self.world.clone();
        settle(&mut world);
        for (_, step) in self.steps.iter().enumerate().filter(|(n, _)| done(*n)) {
            let Action::Change(op) = &step.action else { continue };
            let created = op.creates().map_or_else(|| CloudId::new(""), |owner| planned_id(&owner.key));
            let Ok(resolved) = op.try_map(&mut |key: &Key| Ok::<_, std::convert::Infallible>(self.id_after(key)));
            // An Op that does not fit the World in memory leaves it as it was; the proof then fails and says where.
            let _ = crate::world::apply(&mut world, &resolved, &created);
            if let Op::Gateway(GatewayOp::CreateNatGateway(_)) = op
                && let Some(owner) = op.creates()
                && connectivity::is_pending(&self.steps, &done, &owner.key)
            {
                connectivity::make_pending(&mut world, &created);
            }
        }
        world
    }

    pub(super) fn finish(self) -> Result<Plan, PlanError> {
        if !self.refusals.is_empty() {
            return Err(PlanError { refusals: self.refusals.into_iter().collect() });
        }
        let cost = crate::report::cost::of_stack(&self.after(), &self.spec.stack);
        let mut functions = match scope(self.spec, &self.request.verb) {
            Scope::Stack { functions, .. } => functions,
            Scope::Everything | Scope::Lease { .. } => BTreeSet::new(),
        };
        // One that leaves the stack is in none of its networks any more, and must be seen all the same.
        let bound = self.bindings.iter().filter(|(key, _)| key.kind == Kind::Function);
        functions.extend(bound.map(|(_, id)| id.clone()));
        let needs = needs::of(&self);
        Ok(Plan {
            stack: self.spec.stack.clone(),
            place: self.world.network.place.clone(),
            functions,
            bindings: self.bindings,
            fingerprint: fingerprint(self.world),
            addresses: self.addresses,
            connectivity: self.connectivity,
            steps: reduced(self.steps),
            needs,
            cost,
            notices: self.notices.into_iter().collect(),
        })
    }

    fn push(&mut self, id: StepId, needs: BTreeSet<StepId>, action: Action) -> StepId {
        self.steps.push(Step { id: id.clone(), needs, action, cleanup: false, why: None });
        id
    }

    fn unique(&self, name: String) -> StepId {
        let taken = |id: &StepId| self.steps.iter().any(|s| &s.id == id);
        let mut id = StepId(name.clone());
        let mut n = 2;
        while taken(&id) {
            id = StepId(format!("{name} ({n})"));
            n += 1;
        }
        id
    }
}

/// Takes away needs that other needs imply, so that people see only what matters.
fn reduced(mut steps: Vec<Step>) -> Vec<Step> {
    let mut before: BTreeMap<StepId, BTreeSet<StepId>> = BTreeMap::new();
    for step in &mut steps {
        let all = |id: &StepId| before.get(id).into_iter().flatten();
        let implied: BTreeSet<StepId> = step.needs.iter().flat_map(all).cloned().collect();
        let ancestors = implied.union(&step.needs).cloned().collect();
        step.needs.retain(|need| !implied.contains(need));
        before.insert(step.id.clone(), ancestors);
    }
    steps
}

/// What a thing that is still to be made is called in the World in memory.
fn planned_id(key: &Key) -> CloudId {
    CloudId::new(format!("planned:{key}"))
}

/// What is under way is through in the World that a Plan leads to: its waits see to that.
fn settle(world: &mut World) {
    for gateway in world.gateway.nat_gateways.values_mut() {
        match gateway.state {
            NatState::Pending => {
                gateway.state = NatState::Available;
                gateway.addresses.iter_mut().for_each(|address| address.state = NatAddressState::InUse);
            }
            NatState::Deleting => gateway.state = NatState::Deleted,
            NatState::Available | NatState::Failed { .. } | NatState::Deleted => {}
        }
        if !gateway.state.is_live() {
            gateway.addresses.clear();
        }
    }
    let gateways = &world.gateway.nat_gateways;
    for address in world.gateway.addresses.values_mut() {
        if address.nat_gateway.as_ref().and_then(|id| gateways.get(id)).is_some_and(|g| !g.state.is_live()) {
            (address.nat_gateway, address.interface) = (None, None);
        }
    }
}

fn step_name(op: &Op<Key>) -> String {
    if let Some(owner) = op.creates() {
        return format!("{} {}", op.verb(), owner.key);
    }
    match op {
        Op::Network(NetworkOp::CreateRoute(r)) => format!("route {} in {}", r.destination, r.table),
        Op::Network(NetworkOp::ReplaceRoute(r)) => format!("reroute {} in {}", r.destination, r.table),
        Op::Network(NetworkOp::DeleteRoute(r)) => format!("unroute {} in {}", r.destination, r.table),
        Op::Network(NetworkOp::AssociateRouteTable(a)) => format!("associate {} with {}", a.subnet, a.table),
        Op::Network(NetworkOp::DisassociateRouteTable(a)) => format!("disassociate {} from {}", a.subnet, a.table),
        _ => {
            let subject = op.references().first().map(ToString::to_string).unwrap_or_default();
            format!("{} {subject}", op.verb())
        }
    }
}

/// A digest of a World: the first 16 hexadecimal digits of the SHA-256 of its JSON. Who works on a stack changes nothing of
/// what is planned for it, so leases do not count.
fn fingerprint(world: &World) -> Fingerprint {
    let without_leases = World {
        network: NetworkPart { leases: BTreeMap::new(), ..world.network.clone() },
        gateway: world.gateway.clone(),
        function: world.function.clone(),
    };
    let json = serde_json::to_vec(&without_leases).unwrap_or_default();
    let digest = Sha256::digest(&json);
    Fingerprint(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}
