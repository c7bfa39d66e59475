//! A small cloud in memory: it does what it is told, as slowly, as badly and as late as a test wants.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::Ipv4Addr,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    Clock, CloudError, CloudId, Effect, ErrorKind, FunctionProvider, GatewayProvider, Invocation, Invoked,
    NetworkProvider, Outcome, Scope, Token,
    clock::VirtualClock,
    op::{Family, FunctionOp, GatewayOp, NetworkOp, Op},
    quota::{Counted, Quotas},
    world::{ApplyError, FunctionPart, GatewayPart, NatState, NetworkPart, Target, UpdateState, World, apply},
};

/// What the cloud does with one call instead of the usual.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    /// It fails, and changes nothing.
    Fail(ErrorKind),
    /// It takes effect, and the answer is lost.
    LostAfter,
    /// It does not take effect, and the answer is lost.
    LostBefore,
    /// It takes effect, and the answer names nothing.
    Unnamed,
}

pub(super) struct TestCloud {
    pub(super) clock: VirtualClock,
    state: Mutex<State>,
}

type Edit = Box<dyn FnOnce(&mut State) + Send>;

pub(super) struct State {
    pub(super) world: World,
    /// How long each call takes.
    pub(super) latency: Duration,
    /// How long each observation takes; it shows what was there when it began.
    pub(super) observing: Duration,
    /// How long effects stay invisible, to calls and observations.
    pub(super) invisible: Duration,
    pub(super) nat_ready: Duration,
    pub(super) nat_gone: Duration,
    pub(super) function_ready: Duration,
    /// The code with which gateways end that should become available.
    pub(super) nat_fails: Option<&'static str>,
    /// Errors of the next observations.
    pub(super) blind: VecDeque<ErrorKind>,
    /// What the probe says, in turn; the last one for ever.
    pub(super) replies: VecDeque<Result<Invoked, ErrorKind>>,
    /// What becomes of calls whose text begins so, in turn.
    scripts: BTreeMap<String, VecDeque<Reply>>,
    later: BTreeMap<(Duration, u64), Edit>,
    made: u64,
    /// What the tokens of gateways have made.
    tokens: BTreeMap<Token, CloudId>,
    /// Every mutating call, with its token, when it came.
    pub(super) calls: Vec<(Duration, String, Token)>,
    pub(super) observed: Vec<(Duration, Family)>,
    under_way: usize,
    pub(super) most_under_way: usize,
}

impl TestCloud {
    pub(super) fn new() -> Self {
        let state = State {
            world: World::default(),
            latency: Duration::ZERO,
            observing: Duration::ZERO,
            invisible: Duration::ZERO,
            nat_ready: Duration::from_secs(90),
            nat_gone: Duration::from_secs(60),
            function_ready: Duration::from_secs(90),
            nat_fails: None,
            blind: VecDeque::new(),
            replies: VecDeque::new(),
            scripts: BTreeMap::new(),
            later: BTreeMap::new(),
            made: 0,
            tokens: BTreeMap::new(),
            calls: Vec::new(),
            observed: Vec::new(),
            under_way: 0,
            most_under_way: 0,
        };
        Self { clock: VirtualClock::new(), state: Mutex::new(state) }
    }

    /// Says what becomes of the next calls whose text begins so.
    pub(super) fn script(self, call: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.state().scripts.entry(call.to_owned()).or_default().extend(replies);
        self
    }

    pub(super) fn with(self, set: impl FnOnce(&mut State)) -> Self {
        set(&mut self.state());
        self
    }

    /// Changes the World at a moment.
    pub(super) fn at(self, when: Duration, edit: impl FnOnce(&mut World) + Send + 'static) -> Self {
        self.state().at(when, move |state| edit(&mut state.world));
        self
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn under_way(&self) -> usize {
        self.state().under_way
    }

    /// The texts of the mutating calls, in order.
    pub(super) fn calls(&self) -> Vec<String> {
        self.state().calls.iter().map(|(_, call, _)| call.clone()).collect()
    }

    /// How often each family was observed.
    pub(super) fn observations(&self, family: Family) -> usize {
        self.state().observed.iter().filter(|(_, observed)| *observed == family).count()
    }

    /// The World as it is now.
    pub(super) fn world(&self) -> World {
        self.now().world.clone()
    }

    /// The state with everything that has happened by now.
    fn now(&self) -> MutexGuard<'_, State> {
        let now = self.clock.now();
        let mut state = self.state();
        while let Some(entry) = state.later.first_entry().filter(|entry| entry.key().0 <= now) {
            let edit = entry.remove();
            edit(&mut state);
        }
        state
    }

    async fn call(&self, op: Op<CloudId>, token: &Token) -> Outcome {
        let call = op.to_string();
        let latency = {
            let mut state = self.now();
            state.calls.push((self.clock.now(), call.clone(), token.clone()));
            state.begin()
        };
        if !latency.is_zero() {
            self.clock.sleep(latency).await;
        }
        let mut state = self.now();
        state.under_way -= 1;
        let mut scripts = state.scripts.iter_mut().filter(|(start, _)| call.starts_with(start.as_str()));
        let reply = scripts.find_map(|(_, replies)| replies.pop_front());
        let error = |kind| CloudError::new(kind, op.verb(), "scripted");
        match reply {
            None => state.perform(self.clock.now(), &op, token),
            Some(Reply::Fail(kind)) => Outcome::Failed(error(kind)),
            Some(Reply::LostBefore) => Outcome::Unknown(error(ErrorKind::Transport)),
            Some(Reply::LostAfter) => {
                state.perform(self.clock.now(), &op, token);
                Outcome::Unknown(error(ErrorKind::Transport))
            }
            Some(Reply::Unnamed) => match state.perform(self.clock.now(), &op, token) {
                Outcome::Done(_) => Outcome::Done(Effect::default()),
                other => other,
            },
        }
    }

    async fn observe<T>(&self, family: Family, part: impl FnOnce(&World) -> T) -> Result<T, CloudError> {
        let (part, observing) = {
            let mut state = self.now();
            state.observed.push((self.clock.now(), family));
            let part = match state.blind.pop_front() {
                Some(kind) => Err(CloudError::new(kind, "observe", "scripted")),
                None => Ok(part(&state.world)),
            };
            (part, state.observing)
        };
        if !observing.is_zero() {
            self.clock.sleep(observing).await;
        }
        part
    }
}

impl State {
    pub(super) fn at(&mut self, when: Duration, edit: impl FnOnce(&mut State) + Send + 'static) {
        self.made += 1;
        self.later.insert((when, self.made), Box::new(edit));
    }

    fn begin(&mut self) -> Duration {
        self.under_way += 1;
        self.most_under_way = self.most_under_way.max(self.under_way);
        self.latency
    }

    fn perform(&mut self, now: Duration, op: &Op<CloudId>, token: &Token) -> Outcome {
        let refuse = |kind, message: String| Outcome::Failed(CloudError::new(kind, op.verb(), message));
        if let Some(id) = self.tokens.get(token) {
            return Outcome::Done(Effect::created(id.clone()));
        }
        if let Op::Network(NetworkOp::CreateRoute(route)) = op
            && let Target::NatGateway(id) = &route.target
            && self.world.gateway.nat_gateways.get(id).is_none_or(|nat| nat.state != NatState::Available)
        {
            return refuse(ErrorKind::NotFound, format!("{id} does not exist"));
        }
        self.made += 1;
        let id = match op {
            Op::Function(FunctionOp::CreateProbe(op)) => CloudId::new(&op.name),
            Op::Function(FunctionOp::CreateProbeRole(op)) => CloudId::new(&op.name),
            _ => CloudId::new(format!("{}-{}", op.kind(), self.made)),
        };
        match apply(&mut self.world.clone(), op, &id) {
            Ok(()) => {}
            Err(error @ ApplyError::Missing(_)) => return refuse(ErrorKind::NotFound, error.to_string()),
            Err(error @ ApplyError::Exists(_)) => return refuse(ErrorKind::AlreadyExists, error.to_string()),
            Err(error @ ApplyError::InUse { .. }) => return refuse(ErrorKind::InUse, error.to_string()),
        }
        let is_nat = matches!(op, Op::Gateway(GatewayOp::CreateNatGateway(_)));
        if is_nat {
            self.tokens.insert(token.clone(), id.clone());
        }
        let ip = matches!(op, Op::Gateway(GatewayOp::AllocateAddress(_))).then(|| Ipv4Addr::new(203, 0, 113, 7));
        let (late_op, late_id) = (op.clone(), id.clone());
        if self.invisible.is_zero() {
            self.take_effect(now, &late_op, &late_id, ip);
        } else {
            let when = now + self.invisible;
            self.at(when, move |state| state.take_effect(when, &late_op, &late_id, ip));
        }
        let id = op.created_tags().map(|_| id);
        Outcome::Done(Effect { id, ip })
    }

    fn take_effect(&mut self, now: Duration, op: &Op<CloudId>, id: &CloudId, ip: Option<Ipv4Addr>) {
        if let Op::Gateway(GatewayOp::DeleteNatGateway(delete)) = op {
            let nat = self.world.gateway.nat_gateways.get_mut(&delete.gateway).unwrap();
            nat.state = NatState::Deleting;
            let op = op.clone();
            return self.at(now + self.nat_gone, move |state| {
                apply(&mut state.world, &op, &CloudId::from("")).unwrap();
            });
        }
        apply(&mut self.world, op, id).unwrap();
        let id = id.clone();
        match op {
            Op::Gateway(GatewayOp::AllocateAddress(_)) => self.world.gateway.addresses.get_mut(&id).unwrap().ip = ip,
            Op::Gateway(GatewayOp::CreateNatGateway(_)) => {
                self.world.gateway.nat_gateways.get_mut(&id).unwrap().state = NatState::Pending;
                let state = match self.nat_fails {
                    None => NatState::Available,
                    Some(code) => NatState::Failed { code: code.to_owned(), message: "scripted".to_owned() },
                };
                self.at(now + self.nat_ready, move |s| {
                    s.world.gateway.nat_gateways.get_mut(&id).unwrap().state = state;
                });
            }
            Op::Function(FunctionOp::SetAttachment(op)) => self.update(now, op.function.clone()),
            Op::Function(FunctionOp::CreateProbe(_)) => self.update(now, id),
            _ => {}
        }
    }

    fn update(&mut self, now: Duration, function: CloudId) {
        self.world.function.functions.get_mut(&function).unwrap().update = UpdateState::InProgress;
        self.at(now + self.function_ready, move |state| {
            if let Some(function) = state.world.function.functions.get_mut(&function) {
                function.update = UpdateState::Done;
            }
        });
    }
}

#[async_trait]
impl NetworkProvider for TestCloud {
    async fn observe_network(&self, _: &Scope) -> Result<NetworkPart, CloudError> {
        self.observe(Family::Network, |world| world.network.clone()).await
    }

    async fn apply_network(&self, op: &NetworkOp<CloudId>, token: &Token) -> Outcome {
        self.call(Op::Network(op.clone()), token).await
    }

    async fn quotas(&self, _: &BTreeSet<Counted>) -> Result<Quotas, CloudError> {
        Ok(Quotas::default())
    }
}

#[async_trait]
impl GatewayProvider for TestCloud {
    async fn observe_gateways(&self, _: &Scope) -> Result<GatewayPart, CloudError> {
        self.observe(Family::Gateway, |world| world.gateway.clone()).await
    }

    async fn apply_gateway(&self, op: &GatewayOp<CloudId>, token: &Token) -> Outcome {
        self.call(Op::Gateway(op.clone()), token).await
    }
}

#[async_trait]
impl FunctionProvider for TestCloud {
    async fn observe_functions(&self, _: &Scope) -> Result<FunctionPart, CloudError> {
        self.observe(Family::Function, |world| world.function.clone()).await
    }

    async fn apply_function(&self, op: &FunctionOp<CloudId>, token: &Token) -> Outcome {
        self.call(Op::Function(op.clone()), token).await
    }

    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError> {
        let latency = self.now().begin();
        self.clock.sleep(latency).await;
        let mut state = self.now();
        state.under_way -= 1;
        let reply = if state.replies.len() > 1 { state.replies.pop_front() } else { state.replies.front().cloned() };
        let reply = reply.unwrap_or(Err(ErrorKind::Unsupported));
        reply.map_err(|kind| CloudError::new(kind, "invoke", "scripted").on(&invocation.function))
    }
}
