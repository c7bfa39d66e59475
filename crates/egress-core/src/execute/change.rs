//! Changes: one call, made until it is done, refused for good, or settled.

use std::{collections::BTreeMap, pin::Pin, time::Duration};

use futures::future::{Either, select};

use super::{
    StepError, What,
    patience::{ROUNDS, backoff, patience, token},
    run::{End, Run, Task},
    settle::{find, settle, shown},
    slots::Slot,
    watch::until,
};
use crate::{
    CloudError, CloudExt, CloudId, Effect, ErrorKind, Key, Outcome, Token,
    op::{FunctionOp, GatewayOp, NetworkOp, Op},
    plan::Condition,
    world::Target,
};

/// Makes a change. Gives what it created.
pub(super) async fn change(task: &Task<'_, '_>, op: &Op<Key>, slot: Option<Slot<'_>>) -> Result<Option<CloudId>, End> {
    let run = task.run;
    let resolved = run.resolve(op)?;
    let mut attempts = Attempts {
        op,
        resolved,
        token: token(&run.plan.stack, run.options, &task.step.id),
        lost: None,
        called: run.clock.now(),
        first: BTreeMap::new(),
        failures: 0,
        gateway: GatewayWait::Unasked,
    };
    let end = match attempts.make(task, slot).await {
        Ok(effect) => finish(task, op, &attempts.resolved, effect).await,
        // Giving up between two calls is only harmless where no call before may have taken effect.
        Err(End::GivenUp) => Err(attempts.lost.take().map_or(End::GivenUp, |error| StepError::Unsettled(error).into())),
        Err(end) => Err(end),
    };
    if let (Err(End::Failed(error)), Some(owner)) = (&end, op.creates())
        && matches!(**error, StepError::Unsettled(_) | StepError::Unbound(_))
    {
        run.doubt(&owner.key, attempts.called);
    }
    end
}

/// The calls of one change.
struct Attempts<'a> {
    op: &'a Op<Key>,
    resolved: Op<CloudId>,
    token: Token,
    /// The last answer that was lost.
    lost: Option<CloudError>,
    /// When the last call came to its end.
    called: Duration,
    /// When each kind of failure was first met.
    first: BTreeMap<ErrorKind, Duration>,
    failures: u32,
    gateway: GatewayWait,
}

/// A route may have to wait for its gateway.
enum GatewayWait {
    Unasked,
    Waiting(Pin<Box<dyn Future<Output = Result<(), End>> + Send>>),
    Ready(Duration),
}

impl Attempts<'_> {
    async fn make(&mut self, task: &Task<'_, '_>, slot: Option<Slot<'_>>) -> Result<Effect, End> {
        let run = task.run;
        let mut slot = slot;
        let mut rounds = 0;
        loop {
            let held = match slot.take() {
                Some(slot) => slot,
                None => task.slot().await?,
            };
            let outcome = run.cloud.apply(&self.resolved, &self.token).await;
            drop(held);
            self.called = run.clock.now();
            match outcome {
                Outcome::Done(effect) => return Ok(effect),
                Outcome::Unknown(error) => {
                    self.lost = Some(error.clone());
                    if let Some(effect) = settle(task, &self.resolved, &error).await? {
                        return Ok(effect);
                    }
                    rounds += 1;
                    if rounds == ROUNDS {
                        return Err(StepError::Unsettled(error).into());
                    }
                    task.goes_on()?;
                    run.emit(What::Retrying { step: task.step.id.clone(), error, pause: Duration::ZERO });
                }
                Outcome::Failed(error) => {
                    let Some(pause) = self.pause_after(task, &error)? else {
                        return refused(run, &self.resolved, self.lost.as_ref(), error).await;
                    };
                    task.goes_on()?;
                    run.emit(What::Retrying { step: task.step.id.clone(), error, pause });
                    self.pause(task, pause).await?;
                }
            }
        }
    }

    /// How long to pause after a failure; `None` where trying again is of no use.
    fn pause_after(&mut self, task: &Task<'_, '_>, error: &CloudError) -> Result<Option<Duration>, End> {
        let run = task.run;
        let now = run.clock.now();
        let first = *self.first.entry(error.kind).or_insert(now);
        let mut until_when = match error.kind {
            ErrorKind::NotFound => run.settles_at(self.op),
            kind => patience(kind, self.op, &run.options.pace).map(|patience| first.saturating_add(patience)),
        };
        if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Busy)
            && let Some(gateway) = routes_to(self.op)
        {
            until_when = Some(match self.gateway {
                GatewayWait::Ready(since) => since.saturating_add(run.options.pace.visibility),
                GatewayWait::Waiting(_) => Duration::MAX,
                GatewayWait::Unasked => {
                    let ready = until(run, None, &Condition::Ready(gateway.clone()))?;
                    self.gateway = GatewayWait::Waiting(Box::pin(ready));
                    Duration::MAX
                }
            });
        }
        let Some(until_when) = until_when.filter(|&until| now < until) else { return Ok(None) };
        let pause = match self.gateway {
            // The watcher says when the gateway is ready; trying before that is only for clouds that allow it earlier.
            GatewayWait::Waiting(_) if error.kind != ErrorKind::Throttled => {
                backoff(self.failures, now.saturating_sub(first), ErrorKind::Transport)
            }
            _ => task.pause_after(self.op.family(), self.failures, now.saturating_sub(first), error.kind),
        };
        self.failures += 1;
        Ok(Some(pause.min(until_when - now)))
    }

    /// Pauses; less long where the gateway that a route leads to gets ready meanwhile.
    async fn pause(&mut self, task: &Task<'_, '_>, pause: Duration) -> Result<(), End> {
        let GatewayWait::Waiting(ready) = &mut self.gateway else { return task.pause(pause).await };
        let sleep = task.run.clock.sleep(pause);
        if let Either::Left((ready, _)) = task.unless_given_up(select(ready, sleep)).await? {
            ready?;
            self.gateway = GatewayWait::Ready(task.run.clock.now());
        }
        Ok(())
    }
}

/// A call was refused for good. It may still be so that the World is as it should be: by a call before, whose answer was
/// lost, or because somebody else did the same.
async fn refused(run: &Run<'_>, op: &Op<CloudId>, lost: Option<&CloudError>, error: CloudError) -> Result<Effect, End> {
    if lost.is_none() && !matches!(error.kind, ErrorKind::AlreadyExists | ErrorKind::NotFound) {
        return Err(StepError::Cloud(error).into());
    }
    match run.observe(op.family()).await {
        Ok(world) => shown(run, &world, op).ok_or_else(|| StepError::Cloud(error).into()),
        Err(_) => Err(lost.cloned().map_or(StepError::Cloud(error), StepError::Unsettled).into()),
    }
}

/// Takes down what a change that is done has created.
async fn finish(
    task: &Task<'_, '_>,
    op: &Op<Key>,
    resolved: &Op<CloudId>,
    effect: Effect,
) -> Result<Option<CloudId>, End> {
    let run = task.run;
    if let Some(key) = op.deletes() {
        run.deleted(key);
    }
    if let Op::Function(FunctionOp::SetAttachment(op)) = op {
        run.attached(&op.function, resolved);
    }
    let Some(owner) = op.creates() else { return Ok(effect.id) };
    let is_address = matches!(op, Op::Gateway(GatewayOp::AllocateAddress(_)));
    let effect = match effect {
        Effect { id: None, .. } => find(task, resolved, |found| found.id.is_some()).await?,
        Effect { id: Some(id), ip: None } if is_address => {
            // The address exists whether or not its IP can be read now.
            let same = |found: &Effect| found.id.as_ref() == Some(&id) && found.ip.is_some();
            let found = find(task, resolved, same).await.unwrap_or_default();
            Effect { id: Some(id), ip: found.ip }
        }
        told => told,
    };
    if let Some(id) = &effect.id {
        run.bind(&owner.key, id);
    }
    if let Some(ip) = effect.ip {
        run.address_known(&owner.key, ip);
    }
    Ok(effect.id)
}

/// The gateway that a route leads to.
fn routes_to(op: &Op<Key>) -> Option<&Key> {
    let target = match op {
        Op::Network(NetworkOp::CreateRoute(op)) => &op.target,
        Op::Network(NetworkOp::ReplaceRoute(op)) => &op.target,
        _ => return None,
    };
    match target {
        Target::NatGateway(gateway) => Some(gateway),
        _ => None,
    }
}
