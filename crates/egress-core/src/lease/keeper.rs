//! Keeping the lease: heartbeats while the work goes on, a look before each call, release at the end.

use std::{
    convert::Infallible,
    pin::pin,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::{Either, select};

use super::{
    BEAT, GIVE_UP, Terms,
    acquire::Acquired,
    calls::remove,
    record::{Standing, heartbeat, look},
};
use crate::{
    Clock, Cloud, CloudError, CloudExt, ErrorKind, Kind, Outcome, Token,
    op::{NetworkOp, Op, SetTags},
    sync::{Signal, lock},
};

/// How soon a heartbeat that did not get through is tried again.
const AGAIN: Duration = Duration::from_secs(10);
/// The pause between two looks for a lease that is not seen: the first change waits for it.
const PAUSE: Duration = Duration::from_millis(250);

/// Whoever holds the lease.
pub(super) struct Keeper<'a> {
    cloud: &'a dyn Cloud,
    clock: &'a dyn Clock,
    terms: &'a Terms,
    lease: Acquired,
    /// Fired when nothing more may be begun.
    pub(super) lost: Signal,
    why: Mutex<Option<Lost>>,
    /// Whether it stays at the end.
    left: AtomicBool,
}

/// Why nothing more may be begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The lease is another's, or gone.
    Taken(Option<Standing>),
    /// No heartbeat got through for so long that others may soon take over.
    Blind(CloudError),
}

/// What a look at the lease says.
pub(super) enum Look {
    /// It is ours.
    Ours,
    /// It is not.
    Lost(Lost),
    /// It could not be looked at.
    Unreadable(CloudError),
}

impl<'a> Keeper<'a> {
    pub(super) fn new(cloud: &'a dyn Cloud, clock: &'a dyn Clock, terms: &'a Terms, lease: Acquired) -> Self {
        Self { cloud, clock, terms, lease, lost: Signal::new(), why: Mutex::new(None), left: AtomicBool::new(false) }
    }

    pub(super) fn terms(&self) -> &Terms {
        self.terms
    }

    /// Why nothing more may be begun; `None` while all is well.
    pub(super) fn why_lost(&self) -> Option<Lost> {
        lock(&self.why).clone()
    }

    /// Says that it is alive for as long as a future runs.
    pub(super) async fn during<F: Future>(&self, work: F) -> F::Output {
        match select(pin!(work), pin!(self.beat())).await {
            Either::Left((output, _)) => output,
            Either::Right((never, _)) => match never {},
        }
    }

    async fn beat(&self) -> Infallible {
        let mut last = self.lease.at;
        let mut pause = BEAT;
        loop {
            self.clock.sleep(pause).await;
            if matches!(self.why_lost(), Some(Lost::Taken(_))) {
                continue;
            }
            let now = self.clock.now();
            // One that is not answered for so long did not get through.
            let left = last.saturating_add(GIVE_UP).saturating_sub(now).max(AGAIN);
            let said = match select(pin!(self.say_alive(now)), self.clock.sleep(left)).await {
                Either::Left((said, _)) => said,
                Either::Right(_) => Err(CloudError::new(ErrorKind::Transport, "heartbeat", "no answer")),
            };
            pause = match said {
                Ok(()) => {
                    last = now;
                    BEAT
                }
                Err(error) => {
                    let gone = error.kind == ErrorKind::NotFound;
                    let taken = gone && matches!(self.look().await, Look::Lost(_));
                    if !taken && self.clock.now().saturating_sub(last) >= GIVE_UP {
                        self.give_up(Lost::Blind(error));
                    }
                    AGAIN
                }
            };
        }
    }

    async fn say_alive(&self, now: Duration) -> Result<(), CloudError> {
        let op = SetTags {
            resource: self.lease.id.clone(),
            kind: Kind::Lease,
            set: heartbeat(self.terms.utc(now)),
            remove: Vec::new(),
        };
        match self.cloud.apply(&Op::Network(NetworkOp::SetTags(op)), &Token::new("")).await {
            Outcome::Done(_) => Ok(()),
            // Whether a lost one got through does not matter: the next one will.
            Outcome::Failed(error) | Outcome::Unknown(error) => Err(error),
        }
    }

    /// Looks whether the lease is still ours. One that is not is lost for good.
    ///
    /// That it is not seen counts only once it was not seen for as long as something may stay invisible: it may be young, and
    /// of two looks under way at once the one that began first may end last.
    pub(super) async fn look(&self) -> Look {
        let began = self.clock.now();
        loop {
            if let Some(lost @ Lost::Taken(_)) = self.why_lost() {
                return Look::Lost(lost);
            }
            let lost = match look(self.cloud, &self.terms.stack).await {
                Err(error) => return Look::Unreadable(error),
                Ok(Some(standing)) if standing.id == self.lease.id => return Look::Ours,
                Ok(None) if self.clock.now().saturating_sub(began) < self.terms.visibility => {
                    self.clock.sleep(PAUSE).await;
                    continue;
                }
                Ok(other) => Lost::Taken(other),
            };
            self.give_up(lost.clone());
            return Look::Lost(lost);
        }
    }

    /// From now on the lease is not given back.
    pub(super) fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    fn give_up(&self, why: Lost) {
        *lock(&self.why) = Some(why);
        self.lost.fire();
    }

    /// Gives the lease back, by its id: another's is never touched.
    pub(super) async fn release(&self) -> Result<(), CloudError> {
        if matches!(self.why_lost(), Some(Lost::Taken(_))) || self.left.load(Ordering::Relaxed) {
            return Ok(());
        }
        let visible_from = self.lease.at.saturating_add(self.terms.visibility);
        remove(self.cloud, self.clock, &self.lease.id, visible_from).await
    }
}

impl Lost {
    /// What to tell people: one lower-case sentence without its full stop.
    pub(super) fn sentence(&self, terms: &Terms) -> String {
        let stack = &terms.stack;
        match self {
            Self::Taken(Some(Standing { holder: Some(holder), .. })) => format!(
                "the lock of stack {stack} is no longer this run's: {} took it over (`egress {}`)",
                holder.who, holder.command
            ),
            Self::Taken(_) => format!("the lock of stack {stack} is no longer this run's: somebody gave it up"),
            Self::Blind(error) => {
                format!(
                    "no heartbeat of this run got through to the lock of stack {stack} for so long that others may soon take it over: {error}"
                )
            }
        }
    }
}
