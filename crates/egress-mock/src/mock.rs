//! The handle: one model behind a lock, on a clock, perhaps in a file.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use egress_core::{Clock, CloudError, CloudId, ErrorKind, World, execute::Pace};

use crate::{
    cloud::{ApiError, Buckets, Config, Drawn, Model, NatFailure, Profile, Quotas, Request, Wait, uuid},
    file::{FileError, StateFile},
    internet::{Handler, Internet, Memory},
    net::FunctionCode,
    wire::Fault,
};

/// A cloud in this process. Clones are the same cloud.
///
/// Every call first brings the model up to the clock's present: what was under way and is due by then happens, in the order
/// of time. The model's time is the clock's own, except that a cloud from a file whose last moment lies in the clock's future
/// goes on from that moment.
#[derive(Clone)]
pub struct MockCloud {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    file: Option<StateFile>,
}

/// Everything that a call may touch.
#[derive(Clone)]
pub(crate) struct State {
    /// What is added to the clock's time.
    shift: Duration,
    pub(crate) model: Model,
    /// What the internet remembers.
    pub(crate) memory: Memory,
    /// Hosts that were added to the internet.
    pub(crate) hosts: BTreeMap<String, Handler>,
    /// What functions do that are not just probes.
    pub(crate) codes: BTreeMap<CloudId, FunctionCode>,
    /// How often each action may still be called. Not kept in a file: they fill up between two commands.
    buckets: Buckets,
    /// What befalls the next calls on the wire.
    pub(crate) faults: Vec<Fault>,
    /// The key that the present call on the wire was signed with.
    pub(crate) caller: String,
    /// How many requests came over the wire.
    requests: u64,
    calls: Vec<CallRecord>,
    /// How often each call was made, for the draw of its duration.
    counts: BTreeMap<String, u64>,
    /// How many calls may have changed something.
    changing_calls: u64,
}

/// One call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// When it arrived, in the model's time.
    pub at: Duration,
    /// AWS's name of the call, or `observe network`, `observe gateways`, `observe functions`, `observe leases`,
    /// `observe quotas`.
    pub name: &'static str,
    /// What it was about, for people; empty for observations.
    pub subject: String,
    /// AWS's code where it was refused.
    pub refused: Option<String>,
}

/// What a call is, before it is made.
pub(crate) struct Calling {
    pub(crate) name: &'static str,
    /// For the record.
    pub(crate) subject: String,
    /// For the error: what it is done to.
    pub(crate) on: Option<String>,
    pub(crate) effect: CallEffect,
}

/// Whether a call may change anything that a file must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallEffect {
    Reads,
    Changes,
}

impl MockCloud {
    /// A cloud that lives in memory alone.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        Self::with_state(Model::new(config), Memory::default(), clock, None)
    }

    /// A cloud that is kept in a file: the one that the file holds, or a new one where there is no file.
    ///
    /// Of a cloud that the file holds, the account, the region, the seed, the quotas and everything that was made are as
    /// they were; timing, visibility and the like are as `config` says. Every change is written before it is answered, and
    /// a change that cannot be written is refused and undone. While the cloud is open no other process can open the file.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or locked, or is not a mock cloud's. It is never overwritten then.
    pub fn open(path: &Path, config: Config, clock: Arc<dyn Clock>) -> Result<Self, FileError> {
        let (file, saved) = StateFile::open(path)?;
        let (model, memory) = match saved {
            Some(saved) => (saved.model.reconfigured(config), saved.memory),
            None => (Model::new(config), Memory::default()),
        };
        Ok(Self::with_state(model, memory, clock, Some(file)))
    }

    fn with_state(model: Model, memory: Memory, clock: Arc<dyn Clock>, file: Option<StateFile>) -> Self {
        let shift = model.hidden.now.saturating_sub(clock.now());
        let state = State {
            shift,
            model,
            memory,
            hosts: BTreeMap::new(),
            codes: BTreeMap::new(),
            buckets: Buckets::default(),
            faults: Vec::new(),
            caller: String::new(),
            requests: 0,
            calls: Vec::new(),
            counts: BTreeMap::new(),
            changing_calls: 0,
        };
        Self { inner: Arc::new(Inner { clock, state: Mutex::new(state), file }) }
    }

    /// Another cloud that is at this moment as this one is: on a clock of its own, in no file, with an empty list of calls.
    /// From here on each goes its own way.
    pub fn fork(&self, clock: Arc<dyn Clock>) -> Self {
        let mut state = self.state().clone();
        state.shift = state.model.hidden.now.saturating_sub(clock.now());
        state.calls.clear();
        Self { inner: Arc::new(Inner { clock, state: Mutex::new(state), file: None }) }
    }

    /// Writes the cloud into its file, if it has one. Only what was changed outside calls needs it: by [`MockCloud::edit`],
    /// [`MockCloud::create_function`] and [`Internet`].
    ///
    /// # Errors
    ///
    /// Where the file cannot be written; the old one is intact then.
    pub fn save(&self) -> Result<(), FileError> {
        let state = self.state();
        self.write(&state)
    }

    /// What the cloud holds at this moment, invisible things included. No call.
    pub fn world(&self) -> World {
        self.state().model.world.clone()
    }

    /// Changes what the cloud holds behind everybody's back, as drift does: no checks, no waits, no call.
    pub fn edit<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut state = self.state();
        let changed = change(&mut state.model.world);
        state.model.count_free_addresses();
        changed
    }

    /// The public addresses that the cloud holds at this moment, invisible ones included. No call.
    pub fn addresses(&self) -> Vec<Ipv4Addr> {
        self.state().model.world.gateway.addresses.values().filter_map(|address| address.ip).collect()
    }

    /// A number that grows whenever something may have changed: by a call, or by what was under way.
    pub fn changes(&self) -> u64 {
        let state = self.state();
        state.model.happened + state.changing_calls
    }

    /// The cloud's time, counted from its beginning.
    pub fn now(&self) -> Duration {
        self.state().model.hidden.now
    }

    /// Lets time jump forward: what is under way and due by then happens.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.shift = state.shift.saturating_add(by);
        drop(state);
        drop(self.state());
    }

    /// Begins anew: nothing was ever made or called. The seed, the account, the hosts and functions' code that were added
    /// stay as they are, and time goes on.
    ///
    /// # Errors
    ///
    /// Where the cloud's file cannot be written: nothing is changed then.
    pub fn reset(&self) -> Result<(), FileError> {
        let mut state = self.state();
        let model = Model::new(state.model.config.clone());
        let before = (std::mem::replace(&mut state.model, model), std::mem::take(&mut state.memory));
        if let Err(error) = self.write(&state) {
            (state.model, state.memory) = before;
            return Err(error);
        }
        state.faults.clear();
        state.buckets = Buckets::default();
        state.calls.clear();
        state.counts.clear();
        Ok(())
    }

    /// Makes the next NAT gateway fail.
    pub fn fail_next_nat_gateway(&self, failure: NatFailure) {
        self.state().model.hidden.nat_failures.push_back(failure);
    }

    /// Lets another account take an address that this one gave away: it cannot be had back from now on. `false` where this
    /// account gave no such address away, or has it again.
    pub fn take_released(&self, ip: Ipv4Addr) -> bool {
        self.state().model.hidden.released_ips.remove(&ip)
    }

    /// Raises or lowers how many things there may be, as AWS's support does on request. What is there already stays.
    pub fn set_quotas(&self, quotas: Quotas) {
        self.state().model.config.quotas = quotas;
    }

    /// Takes back what [`MockCloud::fail_next_nat_gateway`] has in store.
    pub fn fail_no_nat_gateway(&self) {
        self.state().model.hidden.nat_failures.clear();
    }

    /// The internet behind the cloud.
    pub fn internet(&self) -> Internet {
        Internet::new(self.clone())
    }

    /// Every timing that was drawn since the cloud was made or opened, in the order of drawing.
    pub fn drawn(&self) -> Vec<Drawn> {
        self.state().model.drawn.clone()
    }

    /// Every call that was made since the cloud was made or opened, in the order of arrival.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.state().calls.clone()
    }

    /// How long the engine should expect things to take here.
    pub fn pace(&self) -> Pace {
        let config = self.state().model.config.clone();
        let visibility = config.visibility.unwrap_or_else(|| config.timing.longest(Wait::Visible));
        Pace { visibility, ..config.timing.pace() }
    }

    /// One call: half its latency, the model, the file, the other half.
    pub(crate) async fn call<T>(
        &self,
        calling: Calling,
        act: impl FnOnce(&mut State) -> Result<T, ApiError> + Send,
    ) -> Result<T, CloudError> {
        let half = self.latency(&calling) / 2;
        self.pause(half).await;
        let answer = self.run(&calling, act).map_err(|refused| cloud_error(&calling, &refused));
        self.pause(half).await;
        answer
    }

    /// The model and the file, in no time. A change that cannot be written is undone.
    pub(crate) fn run<T>(
        &self,
        calling: &Calling,
        act: impl FnOnce(&mut State) -> Result<T, ApiError>,
    ) -> Result<T, Refused> {
        let mut state = self.state();
        let before = self.inner.file.as_ref().filter(|_| calling.effect == CallEffect::Changes);
        let before = before.map(|_| (state.model.clone(), state.memory.clone()));
        let answer = match (act(&mut state).map_err(Refused::ByModel), before) {
            (Ok(done), Some((model, memory))) => self.write(&state).map(|()| done).map_err(|error| {
                (state.model, state.memory) = (model, memory);
                Refused::ByFile(error)
            }),
            (answer, _) => answer,
        };
        let refused = answer.as_ref().err().map(|refused| match refused {
            Refused::ByModel(error) => error.code.as_str().to_owned(),
            Refused::ByFile(error) => error.in_full(),
        });
        let at = state.model.hidden.now;
        state.changing_calls += u64::from(calling.effect == CallEffect::Changes);
        state.calls.push(CallRecord { at, name: calling.name, subject: calling.subject.clone(), refused });
        answer
    }

    /// An id for the next request on the wire.
    pub(crate) fn next_request_id(&self) -> String {
        let mut state = self.state();
        state.requests += 1;
        let nth = state.requests.to_string();
        uuid(state.model.config.seed, &["request", &nth])
    }

    /// The state, brought up to the present.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.inner.clock.now().saturating_add(state.shift);
        state.model.advance(now);
        state
    }

    /// Lets time pass on the cloud's clock.
    pub(crate) async fn pause(&self, duration: Duration) {
        if !duration.is_zero() {
            self.inner.clock.sleep(duration).await;
        }
    }

    pub(crate) fn latency(&self, calling: &Calling) -> Duration {
        let mut state = self.state();
        let config = &state.model.config;
        if config.timing.profile == Profile::Instant {
            return Duration::ZERO;
        }
        let (timing, seed) = (config.timing, config.seed);
        let what = format!("{} {}", calling.name, calling.subject);
        let nth = state.counts.entry(what.clone()).or_default();
        *nth += 1;
        timing.draw(seed, Wait::Call, &format!("{what} {nth}"))
    }

    fn write(&self, state: &State) -> Result<(), FileError> {
        match &self.inner.file {
            Some(file) => file.write(&state.model, &state.memory),
            None => Ok(()),
        }
    }
}

impl State {
    /// Takes what requests cost from the buckets of the account; refuses where one of them comes too often.
    pub(crate) fn pay(&mut self, requests: &[Request]) -> Result<(), ApiError> {
        let config = &self.model.config;
        if !config.throttles() {
            return Ok(());
        }
        self.buckets.take(self.model.hidden.now, config.timing.factor(), requests)
    }
}

/// Why a call was refused.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The model refused it.
    ByModel(ApiError),
    /// What it changed could not be kept, and was undone.
    ByFile(FileError),
}

fn cloud_error(calling: &Calling, refused: &Refused) -> CloudError {
    let error = match refused {
        Refused::ByModel(error) => error,
        Refused::ByFile(error) => {
            return CloudError::new(ErrorKind::Local, calling.name, error.in_full()).hint(error.hint());
        }
    };
    CloudError {
        kind: error.code.kind(),
        operation: calling.name.to_owned(),
        subject: calling.on.clone(),
        code: Some(error.code.as_str().to_owned()),
        message: error.message.clone(),
        hint: None,
    }
}
