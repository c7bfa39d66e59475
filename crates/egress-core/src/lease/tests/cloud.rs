//! A cloud that has leases, and nothing else to do.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    Clock, CloudError, CloudId, Effect, ErrorKind, FunctionProvider, GatewayProvider, Invocation, Invoked,
    NetworkProvider, Outcome, Scope, Token,
    clock::VirtualClock,
    op::{FunctionOp, GatewayOp, NetworkOp, Op},
    quota::{Counted, Quotas},
    world::{FunctionPart, GatewayPart, NetworkPart, World, apply},
};

/// What becomes of one call instead of the usual.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    /// It fails, and changes nothing.
    Fail(ErrorKind),
    /// It takes effect, and the answer is lost.
    LostAfter,
    /// It does not take effect, and the answer is lost.
    LostBefore,
    /// It is never answered.
    Silence,
}

pub(super) struct LeaseCloud {
    clock: VirtualClock,
    invisible: Duration,
    latency: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    world: World,
    seen_from: BTreeMap<CloudId, Duration>,
    made: u32,
    scripts: BTreeMap<&'static str, VecDeque<Reply>>,
    calls: Vec<String>,
}

impl LeaseCloud {
    pub(super) fn new(clock: &VirtualClock) -> Self {
        let (invisible, latency) = (Duration::ZERO, Duration::from_millis(50));
        Self { clock: clock.clone(), invisible, latency, state: Mutex::default() }
    }

    /// What is new stays invisible for so long, to observations and calls; its name is taken at once.
    pub(super) fn hiding(self, invisible: Duration) -> Self {
        Self { invisible, ..self }
    }

    /// Says what becomes of the next calls of this sort: `create`, `delete`, `tag` or `look`.
    pub(super) fn script(&self, call: &'static str, replies: impl IntoIterator<Item = Reply>) {
        self.state().scripts.entry(call).or_default().extend(replies);
    }

    /// The names of the calls so far that changed something, or wanted to.
    pub(super) fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    /// The World, invisible things included.
    pub(super) fn world(&self) -> World {
        self.state().world.clone()
    }

    pub(super) fn edit(&self, edit: impl FnOnce(&mut World)) {
        edit(&mut self.state().world);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn call(&self, op: Op<CloudId>) -> Outcome {
        self.clock.sleep(self.latency).await;
        let reply = {
            let mut state = self.state();
            state.calls.push(op.to_string());
            state.scripts.get_mut(op.verb()).and_then(VecDeque::pop_front)
        };
        let lost = || Outcome::Unknown(CloudError::new(ErrorKind::Transport, op.verb(), "scripted"));
        match reply {
            None => self.perform(&mut self.state(), &op),
            Some(Reply::Fail(kind)) => Outcome::Failed(CloudError::new(kind, op.verb(), "scripted")),
            Some(Reply::LostBefore) => lost(),
            Some(Reply::LostAfter) => {
                self.perform(&mut self.state(), &op);
                lost()
            }
            Some(Reply::Silence) => std::future::pending().await,
        }
    }

    fn perform(&self, state: &mut State, op: &Op<CloudId>) -> Outcome {
        let now = self.clock.now();
        let unseen = |id: &&CloudId| state.seen_from.get(*id).is_some_and(|from| *from > now);
        if op.references().iter().any(unseen) {
            return Outcome::Failed(CloudError::new(ErrorKind::NotFound, op.verb(), "not visible yet"));
        }
        state.made += 1;
        let created = CloudId::new(format!("{}-{}", op.kind(), state.made));
        match apply(&mut state.world, op, &created) {
            Ok(()) if op.created_tags().is_some() => {
                state.seen_from.insert(created.clone(), now + self.invisible);
                Outcome::Done(Effect::created(created))
            }
            Ok(()) => Outcome::Done(Effect::default()),
            Err(crate::world::ApplyError::Exists(what)) => {
                Outcome::Failed(CloudError::new(ErrorKind::AlreadyExists, op.verb(), what))
            }
            Err(error) => Outcome::Failed(CloudError::new(ErrorKind::NotFound, op.verb(), error.to_string())),
        }
    }
}

#[async_trait]
impl NetworkProvider for LeaseCloud {
    async fn observe_network(&self, _: &Scope) -> Result<NetworkPart, CloudError> {
        self.clock.sleep(self.latency).await;
        let now = self.clock.now();
        let mut state = self.state();
        if let Some(Reply::Fail(kind)) = state.scripts.get_mut("look").and_then(VecDeque::pop_front) {
            return Err(CloudError::new(kind, "look", "scripted"));
        }
        let mut part = state.world.network.clone();
        part.leases.retain(|id, _| state.seen_from.get(id).is_none_or(|from| *from <= now));
        Ok(part)
    }

    async fn apply_network(&self, op: &NetworkOp<CloudId>, _: &Token) -> Outcome {
        self.call(Op::Network(op.clone())).await
    }

    async fn quotas(&self, _: &BTreeSet<Counted>) -> Result<Quotas, CloudError> {
        Ok(Quotas::default())
    }
}

#[async_trait]
impl GatewayProvider for LeaseCloud {
    async fn observe_gateways(&self, _: &Scope) -> Result<GatewayPart, CloudError> {
        Ok(self.state().world.gateway.clone())
    }

    async fn apply_gateway(&self, op: &GatewayOp<CloudId>, _: &Token) -> Outcome {
        self.call(Op::Gateway(op.clone())).await
    }
}

#[async_trait]
impl FunctionProvider for LeaseCloud {
    async fn observe_functions(&self, _: &Scope) -> Result<FunctionPart, CloudError> {
        Ok(FunctionPart::default())
    }

    async fn apply_function(&self, op: &FunctionOp<CloudId>, _: &Token) -> Outcome {
        self.call(Op::Function(op.clone())).await
    }

    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError> {
        Err(CloudError::new(ErrorKind::NotFound, "invoke", "no functions here").on(&invocation.function))
    }
}
