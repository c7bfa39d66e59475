//! Getting the lease: make it, or find out whose it is.

use std::{pin::pin, time::Duration};

use futures::future::{Either, select};

use super::{
    BEAT, LeaseError, LeaseEvent, STALE, Terms,
    calls::{pause_after, remove},
    record::{Holder, Standing, look, name},
};
use crate::{
    Clock, Cloud, CloudExt, CloudId, ErrorKind, Outcome, Token,
    op::{CreateLease, NetworkOp, Op},
};

/// The lease is ours.
pub(super) struct Acquired {
    pub(super) id: CloudId,
    /// When the call that made it came to its end, by our clock.
    pub(super) at: Duration,
    /// Whether it was a dead run's.
    pub(super) taken_over: bool,
}

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// How long, beside what the cloud needs, a name may be taken by nothing that is seen: others come and go meanwhile.
const UNSEEN: Duration = Duration::from_secs(30);
/// The pause between two looks at a living run's lease.
const WAITING: Duration = Duration::from_secs(2);

/// One caller who wants the lease.
pub(super) struct Acquisition<'a, 'e> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) clock: &'a dyn Clock,
    pub(super) terms: &'a Terms,
    pub(super) tell: &'e mut (dyn FnMut(LeaseEvent) + Send),
    /// How often the lease was asked for. Each call has a token of its own: AWS remembers a token longer than what it made.
    pub(super) calls: u32,
}

/// What came of asking for the lease by its name.
enum Asked {
    Ours(CloudId),
    Taken,
}

impl Acquisition<'_, '_> {
    /// Gets the lease, or says whose it is.
    pub(super) async fn run(&mut self, stop: impl Future<Output = ()>) -> Result<Acquired, LeaseError> {
        let ended = match select(pin!(self.acquire()), pin!(stop)).await {
            Either::Left((acquired, _)) => Some(acquired),
            Either::Right(_) => None,
        };
        match ended {
            Some(acquired) => acquired,
            None => {
                self.abandon().await;
                Err(LeaseError::Interrupted)
            }
        }
    }

    async fn acquire(&mut self) -> Result<Acquired, LeaseError> {
        let until = self.clock.now().saturating_add(self.terms.patience);
        let mut unseen_since = None;
        let mut taken_over = false;
        let mut told = false;
        loop {
            if let Asked::Ours(id) = self.ask().await? {
                return Ok(Acquired { id, at: self.clock.now(), taken_over });
            }
            let Some(standing) = self.look().await? else {
                // It was made a moment ago, or is given up just now, or is not one of ours at all.
                let now = self.clock.now();
                let since = *unseen_since.get_or_insert(now);
                if now.saturating_sub(since) > self.terms.visibility * 3 + UNSEEN && now >= until {
                    return Err(self.foreign());
                }
                self.clock.sleep(PAUSE).await;
                continue;
            };
            unseen_since = None;
            if standing.is_of(&self.nonce()) {
                return Ok(Acquired { id: standing.id, at: self.clock.now(), taken_over });
            }
            match self.pulse(&standing).await? {
                Pulse::Gone => {}
                Pulse::Dead => {
                    remove(self.cloud, self.clock, &standing.id, Duration::ZERO).await?;
                    (self.tell)(LeaseEvent::TakenOver(standing));
                    taken_over = true;
                }
                Pulse::Alive { seen } => {
                    let now = self.clock.now();
                    let held = LeaseError::held(&self.terms.stack, &standing, self.terms.utc(now), seen);
                    if now >= until {
                        return Err(held);
                    }
                    if !std::mem::replace(&mut told, true) {
                        (self.tell)(LeaseEvent::Waiting(held));
                    }
                    self.clock.sleep(WAITING.min(until - now)).await;
                }
            }
        }
    }

    /// Asks for the lease, once the answer is certain.
    async fn ask(&mut self) -> Result<Asked, LeaseError> {
        let began = self.clock.now();
        loop {
            let holder = Holder::of(self.terms, self.terms.utc(self.clock.now()));
            let op = CreateLease { name: name(&self.terms.stack), tags: holder.tags(&self.terms.stack) };
            self.calls += 1;
            let at = self.terms.utc(self.clock.now()).as_millis();
            let token = Token::new(format!("{}-{at}-{}", self.terms.nonce, self.calls));
            match self.cloud.apply(&Op::Network(NetworkOp::CreateLease(op)), &token).await {
                Outcome::Done(effect) => {
                    if let Some(id) = effect.id {
                        return Ok(Asked::Ours(id));
                    }
                    if let Some(id) = self.find_ours().await? {
                        return Ok(Asked::Ours(id));
                    }
                }
                Outcome::Failed(error) if error.kind == ErrorKind::AlreadyExists => return Ok(Asked::Taken),
                Outcome::Failed(error) => pause_after(self.clock, error, began).await?,
                // It may have been made, by this call: its nonce tells. If not, asking again harms nothing, because the
                // name is unique.
                Outcome::Unknown(error) => match self.find_ours().await? {
                    Some(id) => return Ok(Asked::Ours(id)),
                    None => pause_after(self.clock, error, began).await?,
                },
            }
        }
    }

    /// Looks for a lease of our own until it would be visible. Another's ends the search.
    async fn find_ours(&self) -> Result<Option<CloudId>, LeaseError> {
        let began = self.clock.now();
        loop {
            match self.look().await? {
                Some(standing) => return Ok(standing.is_of(&self.nonce()).then_some(standing.id)),
                None if self.clock.now().saturating_sub(began) >= self.terms.visibility => return Ok(None),
                None => self.clock.sleep(PAUSE).await,
            }
        }
    }

    /// Whether the run that holds a lease is alive; see the module's words on clocks.
    async fn pulse(&self, standing: &Standing) -> Result<Pulse, LeaseError> {
        let began = self.clock.now();
        let watch = match standing.holder.as_ref().map(|holder| holder.heartbeat) {
            // Nobody says that he is alive: he has all the time to do so.
            None => STALE,
            Some(heartbeat) => match self.terms.utc(began).checked_sub(heartbeat) {
                Some(age) if age < STALE => return Ok(Pulse::Alive { seen: false }),
                Some(_) => BEAT + BEAT / 2 + self.terms.visibility,
                // A second or two of difference is what clocks have.
                None if heartbeat - self.terms.utc(began) < BEAT => return Ok(Pulse::Alive { seen: false }),
                None => STALE,
            },
        };
        loop {
            let waited = self.clock.now().saturating_sub(began);
            if waited >= watch {
                return Ok(Pulse::Dead);
            }
            self.clock.sleep(WAITING.min(watch - waited)).await;
            match self.look().await? {
                None => return Ok(Pulse::Gone),
                Some(now) if now.id != standing.id => return Ok(Pulse::Gone),
                Some(now) if now.holder != standing.holder => return Ok(Pulse::Alive { seen: true }),
                Some(_) => {}
            }
        }
    }

    /// The user asked to stop: what may have been made meanwhile is deleted. What cannot be deleted goes stale.
    async fn abandon(&mut self) {
        if self.calls > 0
            && let Ok(Some(id)) = self.find_ours().await
        {
            _ = remove(self.cloud, self.clock, &id, Duration::ZERO).await;
        }
    }

    async fn look(&self) -> Result<Option<Standing>, LeaseError> {
        let began = self.clock.now();
        loop {
            match look(self.cloud, &self.terms.stack).await {
                Ok(standing) => return Ok(standing),
                Err(error) => pause_after(self.clock, error, began).await?,
            }
        }
    }

    fn nonce(&self) -> String {
        Holder::of(self.terms, Duration::ZERO).nonce
    }

    fn foreign(&self) -> LeaseError {
        LeaseError::Foreign { stack: self.terms.stack.to_string(), name: name(&self.terms.stack) }
    }
}

/// How a run that holds a lease is.
enum Pulse {
    /// Alive, by its heartbeat, or because that was seen to change.
    Alive { seen: bool },
    /// Dead.
    Dead,
    /// Its lease is gone meanwhile.
    Gone,
}
