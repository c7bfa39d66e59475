//! What all steps of one run share.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    pin::pin,
    sync::Mutex,
    time::Duration,
};

use futures::future::{Either, select};

use super::{
    Event, Options, Report, StepError, What,
    graph::Presence,
    look::Look,
    patience::{BLIND, Tempo, backoff, spread},
    slots::{Slot, Slots},
    watch::Watcher,
};
use crate::{
    Clock, Cloud, CloudError, CloudExt, CloudId, ErrorKind, Key, Scope,
    op::{Family, Op},
    plan::{Action, Method, Notice, Plan, Step},
    world::World,
};

pub(super) use crate::sync::{Signal, lock};

/// One run of a Plan.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    pub(super) cloud: &'a dyn Cloud,
    pub(super) clock: &'a dyn Clock,
    pub(super) options: &'a Options,
    pub(super) slots: Slots,
    pub(super) watcher: Watcher,
    /// The user asked to stop: nothing at all is begun.
    pub(super) stopped: Signal,
    began: Duration,
    scope: Scope,
    events: Mutex<&'a mut (dyn FnMut(Event) + Send + 'a)>,
    known: Mutex<Known>,
    tempos: [Mutex<Tempo>; 3],
}

/// What a run learns.
#[derive(Default)]
struct Known {
    bindings: BTreeMap<Key, CloudId>,
    /// When this run made things.
    made: BTreeMap<Key, Duration>,
    /// What this run deleted.
    deleted: BTreeSet<Key>,
    /// What may have been made, without anybody knowing what it is called, and since when.
    doubtful: BTreeMap<Key, Duration>,
    /// The last attachment that this run gave to each function.
    attached: BTreeMap<Key, Op<CloudId>>,
    addresses: BTreeMap<Key, Ipv4Addr>,
    notices: Vec<Notice>,
}

/// How a step ends that is not done.
#[derive(Debug)]
pub(super) enum End {
    /// It failed for good.
    Failed(Box<StepError>),
    /// It was given up between two calls, with nothing changed by it.
    GivenUp,
}

impl From<StepError> for End {
    fn from(error: StepError) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        cloud: &'a dyn Cloud,
        clock: &'a dyn Clock,
        options: &'a Options,
        watcher: Watcher,
        on_event: &'a mut (dyn FnMut(Event) + Send + 'a),
    ) -> Self {
        Self {
            plan,
            cloud,
            clock,
            options,
            slots: Slots::new(options.limit),
            watcher,
            stopped: Signal::new(),
            began: clock.now(),
            scope: Scope::Stack {
                stack: plan.stack.clone(),
                functions: plan.functions.clone(),
                networks: plan.networks.clone(),
            },
            events: Mutex::new(on_event),
            known: Mutex::new(Known { bindings: plan.bindings.clone(), ..Known::default() }),
            tempos: Default::default(),
        }
    }

    pub(super) fn emit(&self, what: What) {
        let event = Event { at: self.elapsed(), what };
        (lock(&self.events))(event);
    }

    pub(super) fn stop(&self) {
        self.emit(What::Stopping);
        self.stopped.fire();
    }

    pub(super) fn bound(&self, key: &Key) -> Result<CloudId, End> {
        lock(&self.known).bindings.get(key).cloned().ok_or_else(|| StepError::Unbound(key.clone()).into())
    }

    /// Puts the cloud's names for the Keys.
    pub(super) fn resolve(&self, op: &Op<Key>) -> Result<Op<CloudId>, End> {
        op.try_map(&mut |key| self.bound(key))
    }

    pub(super) fn bind(&self, key: &Key, id: &CloudId) {
        let mut known = lock(&self.known);
        known.bindings.insert(key.clone(), id.clone());
        known.made.insert(key.clone(), self.clock.now());
        known.deleted.remove(key);
    }

    /// Takes down what the cloud calls a thing that the Plan could not know yet.
    pub(super) fn found(&self, key: &Key, id: &CloudId) {
        lock(&self.known).bindings.insert(key.clone(), id.clone());
    }

    /// What this run made and did not delete again, and when it made the last of it; `None` where that is nothing.
    pub(super) fn made(&self) -> Option<(Duration, BTreeMap<Key, CloudId>)> {
        let known = lock(&self.known);
        let made = || known.made.iter().filter(|(key, _)| !known.deleted.contains(*key));
        let latest = made().map(|(_, when)| *when).max()?;
        Some((latest, made().filter_map(|(key, _)| Some((key.clone(), known.bindings.get(key)?.clone()))).collect()))
    }

    /// When the last call was made that may have made something that nobody has seen.
    pub(super) fn last_doubt(&self) -> Option<Duration> {
        lock(&self.known).doubtful.values().max().copied()
    }

    pub(super) fn deleted(&self, key: &Key) {
        lock(&self.known).deleted.insert(key.clone());
    }

    pub(super) fn attached(&self, function: &Key, op: &Op<CloudId>) {
        lock(&self.known).attached.insert(function.clone(), op.clone());
    }

    /// The last attachment that this run gave to a function.
    pub(super) fn attachment(&self, function: &Key) -> Option<Op<CloudId>> {
        lock(&self.known).attached.get(function).cloned()
    }

    pub(super) fn doubt(&self, key: &Key, since: Duration) {
        lock(&self.known).doubtful.insert(key.clone(), since);
    }

    /// Until when something that an Op refers to may not be visible yet, because this run has just made it.
    pub(super) fn settles_at(&self, op: &Op<Key>) -> Option<Duration> {
        let known = lock(&self.known);
        let made = op.references().into_iter().filter_map(|key| known.made.get(key)).max()?;
        Some(made.saturating_add(self.options.pace.visibility))
    }

    pub(super) fn address_known(&self, key: &Key, ip: Ipv4Addr) {
        lock(&self.known).addresses.insert(key.clone(), ip);
        self.emit(What::AddressKnown { key: key.clone(), ip });
    }

    pub(super) fn address(&self, key: &Key) -> Option<Ipv4Addr> {
        lock(&self.known).addresses.get(key).copied()
    }

    pub(super) fn notice(&self, notice: Notice) {
        let notices = &mut lock(&self.known).notices;
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }

    /// Whether everything that a step refers to is there.
    pub(super) fn presence(&self, step: &Step) -> Presence {
        let known = lock(&self.known);
        let absent: Vec<&Key> =
            references(&step.action).into_iter().filter(|key| !known.bindings.contains_key(key)).collect();
        match absent[..] {
            [] => Presence::There,
            _ if absent.iter().any(|key| known.doubtful.contains_key(*key)) => Presence::Doubtful,
            _ => Presence::Never,
        }
    }

    /// Reads one family's part of the World, again and again for a while if need be. The other parts are empty.
    pub(super) async fn observe(&self, family: Family) -> Result<World, CloudError> {
        self.look().at(family, None).await
    }

    /// The same for somebody who watches, and gives way to those who do something.
    pub(super) async fn watch(&self, family: Family) -> Result<World, CloudError> {
        let seen = self.look().at(family, Some(self.tempo(family))).await;
        if seen.is_ok() {
            lock(self.tempo(family)).let_through();
        }
        seen
    }

    /// How often this run may ask one family's provider what it can also ask later.
    pub(super) fn tempo(&self, family: Family) -> &Mutex<Tempo> {
        match family {
            Family::Network => &self.tempos[0],
            Family::Gateway => &self.tempos[1],
            Family::Function => &self.tempos[2],
        }
    }

    fn look(&self) -> Look<'_> {
        let (cloud, clock, scope, nonce) = (self.cloud, self.clock, &self.scope, self.options.nonce.as_str());
        Look { cloud, clock, scope, nonce, blind: BLIND }
    }

    /// Reads the whole World; see [`Run::observe`].
    pub(super) async fn observe_all(&self) -> Result<World, CloudError> {
        let (network, gateway, function) = futures::try_join!(
            self.observe(Family::Network),
            self.observe(Family::Gateway),
            self.observe(Family::Function)
        )?;
        Ok(World { network: network.network, gateway: gateway.gateway, function: function.function })
    }

    /// Reads the whole World once.
    pub(super) async fn glance(&self) -> Result<World, CloudError> {
        self.cloud.observe(&self.scope).await
    }

    /// Reads one family's part of the World once; see [`Run::observe`].
    pub(super) async fn observe_once(&self, family: Family) -> Result<World, CloudError> {
        self.look().once(family).await
    }

    fn elapsed(&self) -> Duration {
        self.clock.now().saturating_sub(self.began)
    }

    /// What was learnt; what became of the steps is left open.
    pub(super) fn report(&self) -> Report {
        let known = std::mem::take(&mut *lock(&self.known));
        let mut bindings = known.bindings;
        bindings.retain(|key, _| !known.deleted.contains(key));
        Report {
            stopped: self.stopped.is_fired(),
            bindings,
            addresses: known.addresses,
            notices: known.notices,
            took: self.elapsed(),
            ..Report::default()
        }
    }
}

fn references(action: &Action) -> Vec<&Key> {
    match action {
        Action::Change(op) => op.references(),
        Action::Await(condition) => vec![condition.subject()],
        Action::Sweep(subnet) => vec![subnet],
        Action::Prove(proof) => {
            let probe = match &proof.by {
                Method::Probe { probe, .. } => Some(probe),
                Method::Trace { .. } => None,
            };
            [&proof.subnet].into_iter().chain(probe).chain(&proof.expect).collect()
        }
    }
}

/// One step under way.
pub(super) struct Task<'r, 'a> {
    pub(super) run: &'r Run<'a>,
    pub(super) step: &'r Step,
}

impl<'r> Task<'r, '_> {
    /// Whether the step is still to go on.
    pub(super) fn goes_on(&self) -> Result<(), End> {
        if self.run.stopped.is_fired() { Err(End::GivenUp) } else { Ok(()) }
    }

    /// Waits for something, unless the user asks to stop meanwhile.
    pub(super) async fn unless_given_up<F: Future>(&self, future: F) -> Result<F::Output, End> {
        match select(self.run.stopped.fired(), pin!(future)).await {
            Either::Left(_) => Err(End::GivenUp),
            Either::Right((output, _)) => Ok(output),
        }
    }

    /// The pause after the n-th failure of a call to this family's provider; see [`backoff`], [`spread`] and [`Tempo`].
    pub(super) fn pause_after(&self, family: Family, n: u32, elapsed: Duration, kind: ErrorKind) -> Duration {
        let pause = backoff(n, elapsed, kind);
        let mut tempo = lock(self.run.tempo(family));
        if kind == ErrorKind::Throttled {
            tempo.refused();
            return spread(pause, kind, &self.run.options.nonce, &self.step.id.0, n);
        }
        tempo.at_least(pause)
    }

    pub(super) async fn pause(&self, duration: Duration) -> Result<(), End> {
        self.unless_given_up(self.run.clock.sleep(duration)).await
    }

    /// Waits for the right to make a call.
    pub(super) async fn slot(&self) -> Result<Slot<'r>, End> {
        self.unless_given_up(self.run.slots.take()).await
    }
}
