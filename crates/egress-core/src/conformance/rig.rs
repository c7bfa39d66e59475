//! What every case is tried with: calls that are checked against the laws that hold for all of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::Ipv4Addr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{
    Subject,
    subject::Fixture,
    view,
    well_formed::{complete, keyed, well_formed},
};
use crate::{
    Cloud, CloudError, CloudExt, CloudId, Effect, ErrorKind, Invocation, Invoked, Key, Kind, Op, Outcome, Owner, Retry,
    Scope, Tags, Token, World,
    op::{GatewayOp, NetworkOp},
    quota::{Counted, Room},
    world::{self, Grant, Lease},
};

/// Why a case ended early.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// A law is broken, and how.
    Broken(String),
    /// The case cannot be tried, and why.
    Skipped(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Broken(text) | Self::Skipped(text)) = self;
        f.write_str(text)
    }
}

/// What a case comes to.
pub(super) type Law<T = ()> = Result<T, Stop>;

/// A law is broken.
pub(super) fn broken<T>(how: impl fmt::Display) -> Law<T> {
    Err(Stop::Broken(how.to_string()))
}

/// The law is broken unless this is so.
pub(super) fn hold(so: bool, otherwise: impl fmt::Display) -> Law {
    if so { Ok(()) } else { broken(otherwise) }
}

/// One case's access to the cloud.
pub(super) struct Rig<'a> {
    subject: &'a Subject<'a>,
    index: usize,
    tokens: AtomicUsize,
    /// Every address that was seen, with its IP: it must never have another one.
    ips: Mutex<BTreeMap<CloudId, Ipv4Addr>>,
    /// Whether the case is about leases, which cost an observation of their own.
    leases: AtomicBool,
    /// What was granted to a role that is not the suite's.
    lent: Mutex<BTreeSet<(CloudId, Grant)>>,
}

impl<'a> Rig<'a> {
    pub(super) fn new(subject: &'a Subject<'a>, index: usize) -> Self {
        Self {
            subject,
            index,
            tokens: AtomicUsize::new(0),
            ips: Mutex::default(),
            leases: AtomicBool::new(false),
            lent: Mutex::default(),
        }
    }

    pub(super) fn cloud(&self) -> &'a dyn Cloud {
        self.subject.cloud
    }

    pub(super) fn fixture(&self) -> &'a Fixture {
        &self.subject.fixture
    }

    /// A name that no other case and no earlier run has.
    pub(super) fn name(&self, what: &str) -> String {
        format!("{}-{}-{what}", self.fixture().nonce, self.index)
    }

    /// The tags of a thing of this case's.
    pub(super) fn tags(&self, kind: Kind, what: &str) -> Tags {
        let owner = Owner { stack: self.fixture().stack.clone(), key: Key::new(kind, self.name(what)) };
        owner.tags(&Tags::from([("conformance:note".to_owned(), "kept".to_owned())]))
    }

    /// A token that no other call has.
    pub(super) fn token(&self) -> Token {
        let count = self.tokens.fetch_add(1, Ordering::Relaxed);
        Token::new(format!("{}-{}-{count}", self.fixture().nonce, self.index))
    }

    /// Waits.
    pub(super) async fn sleep(&self, duration: Duration) {
        self.subject.clock.sleep(duration).await;
    }

    pub(super) fn now(&self) -> Duration {
        self.subject.clock.now()
    }

    /// Waits a little, longer each time: densely while an answer is due, twice a minute when it is late.
    pub(super) async fn pause(&self, round: u32) {
        let pause = match round {
            0..=4 => Duration::from_millis(250) * 2u32.pow(round),
            5..=40 => Duration::from_secs(5),
            _ => Duration::from_secs(30),
        };
        self.sleep(pause).await;
    }

    /// From now on every observation of the stack shows its leases too.
    pub(super) fn look_at_leases(&self) {
        self.leases.store(true, Ordering::Relaxed);
    }

    /// The stack's World, which is well formed, and in which no address has changed.
    pub(super) async fn observe(&self) -> Law<World> {
        let mut world = self.read(&self.fixture().scope()).await?;
        if self.leases.load(Ordering::Relaxed) {
            world.network.leases = self.leases().await?;
        }
        let mut ips = self.ips();
        for (id, address) in &world.gateway.addresses {
            let Some(ip) = address.ip else { return broken(format!("address {id} has no IP")) };
            let first = *ips.entry(id.clone()).or_insert(ip);
            hold(first == ip, format!("address {id} was {first} and is {ip} now"))?;
        }
        Ok(world)
    }

    /// The stack's leases, as their own scope shows them.
    async fn leases(&self) -> Law<BTreeMap<CloudId, Lease>> {
        let scope = Scope::Lease { stack: self.fixture().stack.clone() };
        let begun = self.now();
        for round in 0.. {
            match self.cloud().observe_network(&scope).await {
                Ok(mut part) => {
                    keyed(&part.leases, |lease| &lease.id).map_err(Stop::Broken)?;
                    part.leases.retain(|_, lease| view::is_of(&lease.tags, &self.fixture().stack));
                    return Ok(part.leases);
                }
                Err(error) if error.kind.retry() == Retry::Later && self.now() - begun < self.fixture().patience => {
                    self.pause(round).await;
                }
                Err(error) => return broken(format!("the leases cannot be observed: {error}")),
            }
        }
        broken("the leases cannot be observed")
    }

    /// A World of any scope, well formed and, after the usual delay, complete.
    pub(super) async fn read(&self, scope: &Scope) -> Law<World> {
        let begun = self.now();
        for round in 0.. {
            match self.cloud().observe(scope).await {
                Ok(world) => {
                    well_formed(&world).map_err(Stop::Broken)?;
                    match complete(&world) {
                        Ok(()) => return Ok(world),
                        Err(_) if self.now() - begun < self.fixture().visibility => self.pause(round).await,
                        Err(how) => return broken(how),
                    }
                }
                Err(error) if error.kind.retry() == Retry::Later && self.now() - begun < self.fixture().patience => {
                    self.pause(round).await;
                }
                Err(error) => return broken(format!("the cloud cannot be observed: {error}")),
            }
        }
        broken("the cloud cannot be observed")
    }

    /// Observes until it is so. `so` may say that it never will be.
    pub(super) async fn until(
        &self,
        what: impl fmt::Display,
        limit: Duration,
        so: impl Fn(&World) -> Law<bool> + Send,
    ) -> Law<World> {
        let begun = self.now();
        for round in 0.. {
            let world = self.observe().await?;
            if so(&world)? {
                return Ok(world);
            }
            if self.now() - begun >= limit {
                break;
            }
            self.pause(round).await;
        }
        broken(format!("after {limit:?} still not so: {what}"))
    }

    /// What the stack's World comes to when nothing is under way and two observations are the same.
    pub(super) async fn steady(&self) -> Law<World> {
        let deadline = self.now() + self.fixture().patience;
        let look = || async { Ok(view::of_stack(&self.observe().await?, self.fixture())) };
        let mut last = look().await?;
        for round in 0.. {
            self.pause(round).await;
            let next = look().await?;
            if next == last && view::at_rest(&next) {
                return Ok(next);
            }
            if self.now() >= deadline {
                let why = view::difference(&last, &next).unwrap_or_else(|| "something stays under way".to_owned());
                return broken(format!("with no call made, the World never comes to rest: {why}"));
            }
            last = next;
        }
        broken("the World never comes to rest")
    }

    /// Makes a call as the engine would, until it is done. The World then shows it, and goes on showing it; what it made is
    /// there once, under the id that *done* told, with its tags.
    pub(super) async fn done(&self, op: Op<CloudId>) -> Law<Effect> {
        let effect = self.insist(&op).await?;
        let shown = |world: &World| {
            seen_whole(world, &op, &effect)?;
            self.alone(world, &op)?;
            Ok(world::shows(world, &op) && made(&op, &effect).is_none_or(|(kind, id)| world::holds(world, kind, id)))
        };
        self.until(format!("the World shows \"{op}\"{}", called(&effect)), self.fixture().visibility, shown).await?;
        // Where all is seen at once nothing can be seen, and then not be seen any more.
        let looks = if self.fixture().visibility.is_zero() { 0 } else { 2 };
        for _ in 0..looks {
            self.sleep(Duration::from_secs(1)).await;
            hold(shown(&self.observe().await?)?, format!("the World showed \"{op}\", and then did not any more"))?;
        }
        Ok(effect)
    }

    /// [`done`](Self::done) for an Op that makes something: its id.
    pub(super) async fn create(&self, op: Op<CloudId>) -> Law<CloudId> {
        match self.done(op.clone()).await?.id {
            Some(id) => Ok(id),
            None => broken(format!("\"{op}\" is done, and does not tell the id of what it made")),
        }
    }

    /// Makes a call that must be *failed* with one of these kinds, and must change nothing.
    pub(super) async fn refused(&self, op: Op<CloudId>, kinds: &[ErrorKind]) -> Law {
        let before = self.steady().await?;
        let error = match self.attempt(&op).await {
            Outcome::Failed(error) => error,
            Outcome::Done(_) => return broken(format!("\"{op}\" is done, and must be refused as one of {kinds:?}")),
            Outcome::Unknown(error) => return broken(format!("\"{op}\" must be failed, and is unknown: {error}")),
        };
        let said = error.kind;
        hold(kinds.contains(&said), format!("\"{op}\" is refused as {said:?}, not as one of {kinds:?}: {error}"))?;
        self.unchanged(&op, &before).await
    }

    /// Makes a call to a thing that is gone: *failed* or, as its end is shown, *done*; nothing changes.
    pub(super) async fn futile(&self, op: Op<CloudId>) -> Law {
        let before = self.steady().await?;
        if let Outcome::Unknown(error) = self.attempt(&op).await {
            return broken(format!("\"{op}\" on a thing that is gone must be failed or done, and is unknown: {error}"));
        }
        self.unchanged(&op, &before).await
    }

    async fn unchanged(&self, op: &Op<CloudId>, before: &World) -> Law {
        self.sleep(self.fixture().visibility).await;
        match view::difference(before, &self.steady().await?) {
            Some(what) => broken(format!("\"{op}\" must change nothing, and changed something: {what}")),
            None => Ok(()),
        }
    }

    /// The room that is told for one thing; asked again only where the cloud is too busy to look at it.
    pub(super) async fn room(&self, what: &Counted) -> Law<Vec<Room>> {
        let begun = self.now();
        let mut round = 0;
        loop {
            match self.cloud().quotas(&BTreeSet::from([what.clone()])).await {
                Ok(quotas) => return Ok(quotas.rooms),
                Err(error) if error.kind.retry() == Retry::Later && self.now() - begun < self.fixture().patience => {
                    self.pause(round).await;
                    round += 1;
                }
                Err(error) => return broken(format!("the room for {what:?} cannot be asked for: {error}")),
            }
        }
    }

    /// One call.
    pub(super) async fn attempt(&self, op: &Op<CloudId>) -> Outcome {
        self.send(op, &self.token()).await
    }

    /// One call with this token; again only where the cloud is too busy to look at it, and a few times where no answer
    /// comes.
    pub(super) async fn send(&self, op: &Op<CloudId>, token: &Token) -> Outcome {
        let begun = self.now();
        let mut lost = 0;
        for round in 0.. {
            let outcome = self.cloud().apply(op, token).await;
            match &outcome {
                Outcome::Failed(error) if error.kind == ErrorKind::Throttled => {}
                Outcome::Unknown(_) if lost < 2 => lost += 1,
                _ => return outcome,
            }
            if self.now() - begun >= self.fixture().patience {
                return outcome;
            }
            self.pause(round).await;
        }
        Outcome::Unknown(CloudError::new(ErrorKind::Transport, "apply", "no answer"))
    }

    /// Calls a function; again only where the cloud is too busy to look at it.
    pub(super) async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError> {
        let begun = self.now();
        let mut round = 0;
        loop {
            match self.cloud().invoke(invocation).await {
                Err(error) if error.kind == ErrorKind::Throttled && self.now() - begun < self.fixture().patience => {
                    self.pause(round).await;
                    round += 1;
                }
                answer => return answer,
            }
        }
    }

    /// Calls until it is done. Each time that the cloud says *failed*, nothing may have changed.
    async fn insist(&self, op: &Op<CloudId>) -> Law<Effect> {
        let token = self.token();
        let shown_before = world::shows(&self.observe().await?, op);
        let begun = self.now();
        for round in 0.. {
            let error = match self.cloud().apply(op, &token).await {
                Outcome::Done(effect) => return Ok(effect),
                Outcome::Failed(error) => {
                    let shown = !shown_before && world::shows(&self.observe().await?, op);
                    hold(!shown, format!("\"{op}\" is failed ({error}), and yet the World shows it"))?;
                    error
                }
                Outcome::Unknown(error) => {
                    self.sleep(self.fixture().visibility).await;
                    let world = self.observe().await?;
                    if let Some(effect) = found(&world, op) {
                        return Ok(effect);
                    }
                    error
                }
            };
            if error.kind == ErrorKind::Unsupported && is_optional(op) {
                return Err(Stop::Skipped(error.to_string()));
            }
            if !may_pass(&error) || self.now() - begun >= self.fixture().patience {
                return broken(format!("\"{op}\" is not done: {error}"));
            }
            self.pause(round).await;
        }
        broken(format!("\"{op}\" is never done"))
    }

    /// Nothing but what this Op made has its Key.
    fn alone(&self, world: &World, op: &Op<CloudId>) -> Law {
        let Some(owner) = op.creates() else { return Ok(()) };
        let live: Vec<_> = world.owned().into_iter().filter(|o| o.live && o.owner == owner).map(|o| o.id).collect();
        hold(live.len() < 2, format!("\"{op}\" was asked for once, and there are two: {}", join(&live)))
    }

    /// Grants something to a role that is not the suite's; it is taken back at the end.
    pub(super) async fn lend(&self, role: &CloudId, grant: Grant) -> Law {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner).insert((role.clone(), grant.clone()));
        self.done(super::ops::grant(role, grant)).await.map(drop)
    }

    /// What was granted to roles that are not the suite's.
    pub(super) fn lent(&self) -> BTreeSet<(CloudId, Grant)> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ips(&self) -> MutexGuard<'_, BTreeMap<CloudId, Ipv4Addr>> {
        self.ips.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an Op made, where it makes anything and told so.
fn made<'e>(op: &Op<CloudId>, effect: &'e Effect) -> Option<(Kind, &'e CloudId)> {
    op.created_tags().and(effect.id.as_ref()).map(|id| (op.kind(), id))
}

/// As soon as a thing is seen it has all its tags, and an address the IP that *done* told.
fn seen_whole(world: &World, op: &Op<CloudId>, effect: &Effect) -> Law {
    let Some((kind, id)) = made(op, effect) else { return Ok(()) };
    let (Some(tags), Some(wanted)) = (world.tags(kind, id), op.created_tags()) else { return Ok(()) };
    for (name, value) in wanted {
        hold(
            tags.get(name) == Some(value),
            format!("{id} was made with the tag {name} = {value}, and is seen without"),
        )?;
    }
    if let (Kind::Address, Some(address)) = (kind, world.gateway.addresses.get(id)) {
        let (told, seen) = (effect.ip, address.ip);
        hold(told == seen, format!("\"{op}\" told the IP {told:?}, and {id} is seen with {seen:?}"))?;
    }
    Ok(())
}

/// Where the answer to an Op was lost: what it did, if the World shows that it did.
fn found(world: &World, op: &Op<CloudId>) -> Option<Effect> {
    if !world::shows(world, op) {
        return None;
    }
    let id = match op {
        Op::Network(NetworkOp::CreateLease(op)) => {
            world.network.leases.values().find(|lease| lease.name == op.name).map(|lease| lease.id.clone())
        }
        _ => {
            op.creates().and_then(|owner| world.owned().into_iter().find(|o| o.live && o.owner == owner)).map(|o| o.id)
        }
    };
    let ip = id.as_ref().and_then(|id| world.gateway.addresses.get(id)).and_then(|address| address.ip);
    Some(Effect { id, ip })
}

/// Whether a cloud need not be able to do this at all.
fn is_optional(op: &Op<CloudId>) -> bool {
    matches!(op, Op::Gateway(GatewayOp::AssociateNatAddress(_)))
}

/// Whether the engine would try again: it has just made what the cloud may not see yet.
fn may_pass(error: &CloudError) -> bool {
    error.kind.retry() == Retry::Later || error.kind == ErrorKind::NotFound
}

fn called(effect: &Effect) -> String {
    effect.id.as_ref().map(|id| format!(" as {id}")).unwrap_or_default()
}

fn join<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
