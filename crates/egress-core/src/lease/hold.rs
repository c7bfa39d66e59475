//! The whole sequence: acquire, wait, work, release.

use std::{pin::pin, time::Duration};

use futures::future::{Either, select};

use super::{LeaseError, Standing, acquire::Acquisition, calls::remove, fence::Fence, keeper::Keeper};
use crate::{Clock, Cloud, CloudError, StackName, layer::Layered};

/// Who wants a stack's lock, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The stack.
    pub stack: StackName,
    /// Who: `ana@laptop`. Shown to others.
    pub who: String,
    /// With which command: `apply`. Shown to others.
    pub command: String,
    /// Random text that nothing else has that ever asks for the lock: 8 to 32 lower-case letters and digits.
    pub nonce: String,
    /// The time since 1970 at which the clock says zero: what is written into the lease is read on other machines.
    pub epoch: Duration,
    /// How long something that was made may stay invisible on this cloud; see [`Pace`](crate::execute::Pace).
    pub visibility: Duration,
    /// How long to wait for a living run to end.
    pub patience: Duration,
}

impl Terms {
    /// For a clock that counts from 1970, and with no patience.
    pub fn new(
        stack: StackName,
        who: impl Into<String>,
        command: impl Into<String>,
        nonce: impl Into<String>,
        visibility: Duration,
    ) -> Self {
        Self {
            stack,
            who: who.into(),
            command: command.into(),
            nonce: nonce.into(),
            epoch: Duration::ZERO,
            visibility,
            patience: Duration::ZERO,
        }
    }

    /// The time since 1970 when the clock says `now`.
    pub(super) fn utc(&self, now: Duration) -> Duration {
        self.epoch.saturating_add(now)
    }
}

/// What happens to a lock that people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseEvent {
    /// Another run works on the stack, which is a [`LeaseError::Held`]; it is waited for.
    Waiting(LeaseError),
    /// A dead run's lock was taken over.
    TakenOver(Standing),
    /// It is waited until everything can be seen that the dead run may have made.
    Settling(Duration),
    /// The lock could not be given back. It goes stale by itself.
    NotReleased(CloudError),
}

/// A run that holds the lock of its stack.
pub struct Tenure<'a> {
    cloud: Layered<Fence<'a>, &'a dyn Cloud>,
    keeper: &'a Keeper<'a>,
}

impl Tenure<'_> {
    /// The cloud to work on: each call that changes something is preceded by a look at the lock, and is *failed* with
    /// [`ErrorKind::Changed`](crate::ErrorKind::Changed) where it is no longer this run's.
    pub fn cloud(&self) -> &dyn Cloud {
        &self.cloud
    }

    /// Resolves when nothing more may be begun, because the lock is lost or soon may be: stop in good order then.
    pub fn lost(&self) -> impl Future<Output = ()> + Send + use<> {
        let lost = self.keeper.lost.fired();
        async move {
            // It is dropped where it fires.
            _ = lost.await;
        }
    }

    /// Keeps the lock from being given back at the end: calls were given up that may still take effect, so whoever comes
    /// next must wait for a while. It goes stale by itself.
    pub fn leave_locked(&self) {
        self.keeper.leave();
    }

    /// Why nothing more may be begun, for people; `None` while all is well.
    pub fn why_lost(&self) -> Option<String> {
        self.keeper.why_lost().map(|lost| lost.sentence(self.keeper.terms()))
    }
}

/// Works on a stack while no other run does.
///
/// `work` observes, plans and executes through [`Tenure::cloud`]; it must observe anew, because the World of before may be
/// another run's past. `stop` is the user's wish to end before the work has begun; within the work it is the work's own. The
/// lock is given back however the work ends. Dropping the future is like killing the process: the lock stays, and goes stale.
///
/// ```
/// use std::{future::pending, time::Duration};
/// use egress_core::{Clock, Cloud, CloudExt, Scope, StackName, World, lease::{LeaseError, Terms, hold}};
///
/// async fn look_in_peace(cloud: &dyn Cloud, clock: &dyn Clock, stack: StackName) -> Result<World, LeaseError> {
///     let terms = Terms::new(stack, "ana@laptop", "look", "k3j5h2g9", Duration::from_secs(30));
///     let mut tell = |_| {};
///     let seen = hold(cloud, clock, &terms, pending(), &mut tell, async |tenure| {
///         tenure.cloud().observe(&Scope::Everything).await
///     });
///     Ok(seen.await??)
/// }
/// ```
///
/// # Errors
///
/// [`LeaseError::Held`] where another run works on the stack and does not end in time, and whatever else keeps the lock from
/// being had. Nothing was done then.
pub async fn hold<T>(
    cloud: &dyn Cloud,
    clock: &dyn Clock,
    terms: &Terms,
    stop: impl Future<Output = ()>,
    tell: &mut (dyn FnMut(LeaseEvent) + Send),
    work: impl AsyncFnOnce(&Tenure<'_>) -> T,
) -> Result<T, LeaseError> {
    let mut stop = pin!(stop);
    let lease = Acquisition { cloud, clock, terms, tell: &mut *tell, calls: 0 }.run(stop.as_mut()).await?;
    let taken_over = lease.taken_over;
    let keeper = Keeper::new(cloud, clock, terms, lease);
    let tenure = Tenure { cloud: Layered::new(Fence { keeper: &keeper }, cloud), keeper: &keeper };
    let done = keeper
        .during(async {
            if taken_over {
                tell(LeaseEvent::Settling(terms.visibility));
                if let Either::Right(_) = select(clock.sleep(terms.visibility), stop).await {
                    return Err(LeaseError::Interrupted);
                }
            }
            Ok(work(&tenure).await)
        })
        .await;
    if let Err(error) = keeper.release().await {
        tell(LeaseEvent::NotReleased(error));
    }
    done
}

/// Gives up the lock of another run, which is dead or soon will be: waits until everything can be seen that it may have made
/// a moment ago, and deletes its lease by the id. Should it live on, it notices before its next change, and stops.
///
/// # Errors
///
/// Where the lease cannot be deleted. One that is gone by then is no error.
pub async fn unlock(
    cloud: &dyn Cloud,
    clock: &dyn Clock,
    standing: &Standing,
    visibility: Duration,
) -> Result<(), CloudError> {
    clock.sleep(visibility).await;
    remove(cloud, clock, &standing.id, Duration::ZERO).await
}
