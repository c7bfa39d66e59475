//! The watcher: observes for every step that waits, each family of resources once for all of them.

use std::{
    convert::Infallible,
    future::{Future, pending},
    pin::pin,
    time::Duration,
};

use futures::{
    FutureExt, StreamExt,
    channel::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
        oneshot,
    },
    future::{Either, join, select},
};

use super::{
    StepError, What,
    judge::{Finding, family, judge},
    patience::{interval, usual},
    run::{End, Run, lock},
};
use crate::{
    CloudId, Key,
    op::{Family, Op},
    plan::{Condition, StepId},
    world::{FunctionPart, World, shows},
};

/// Takes what is to be waited for.
pub(super) struct Watcher {
    network: UnboundedSender<Watch>,
    gateway: UnboundedSender<Watch>,
    function: UnboundedSender<Watch>,
}

/// Where each family's watches arrive.
pub(super) struct Inboxes {
    pub(super) network: UnboundedReceiver<Watch>,
    pub(super) gateway: UnboundedReceiver<Watch>,
    pub(super) function: UnboundedReceiver<Watch>,
}

/// One condition that somebody waits for.
pub(super) struct Watch {
    /// Who is told about the progress.
    step: Option<StepId>,
    subject: Key,
    condition: Condition<CloudId>,
    /// What must be visible before the condition counts: a function looked settled before this run moved it, too.
    after: Option<Op<CloudId>>,
    since: Duration,
    limit: Duration,
    due: Duration,
    answer: oneshot::Sender<Result<(), StepError>>,
}

impl Watcher {
    pub(super) fn new() -> (Self, Inboxes) {
        let (network, network_inbox) = unbounded();
        let (gateway, gateway_inbox) = unbounded();
        let (function, function_inbox) = unbounded();
        let inboxes = Inboxes { network: network_inbox, gateway: gateway_inbox, function: function_inbox };
        (Self { network, gateway, function }, inboxes)
    }

    fn inbox(&self, family: Family) -> &UnboundedSender<Watch> {
        match family {
            Family::Network => &self.network,
            Family::Gateway => &self.gateway,
            Family::Function => &self.function,
        }
    }
}

/// Waits for a condition, from now on. Events about it carry the step's name; there are none without one.
pub(super) fn until(
    run: &Run<'_>,
    step: Option<&StepId>,
    condition: &Condition<Key>,
) -> Result<impl Future<Output = Result<(), End>> + use<>, End> {
    let subject = condition.subject().clone();
    let resolved = condition.try_map(&mut |key| run.bound(key))?;
    let now = run.clock.now();
    let pace = &run.options.pace;
    let (answer, answered) = oneshot::channel();
    let family = family(subject.kind);
    let watch = Watch {
        step: step.cloned(),
        condition: resolved,
        after: if let Condition::Ready(function) = condition { run.attachment(function) } else { None },
        since: now,
        limit: usual(condition, pace).saturating_mul(pace.patience),
        due: now,
        subject,
        answer,
    };
    _ = run.watcher.inbox(family).unbounded_send(watch);
    Ok(async move {
        match answered.await {
            Ok(answer) => answer.map_err(End::from),
            // The watcher answers whatever it is sent; it ends only with the run.
            Err(oneshot::Canceled) => Err(End::GivenUp),
        }
    })
}

/// Watches one family for ever.
///
/// Each watch is judged by every observation that began after it was asked for, whoever that was due for; so many who wait
/// cost no more observations than the one who began last.
pub(super) async fn tend(run: &Run<'_>, family: Family, mut inbox: UnboundedReceiver<Watch>) -> Infallible {
    let mut watches: Vec<Watch> = Vec::new();
    let mut users = Users::default();
    loop {
        while let Some(Some(watch)) = inbox.next().now_or_never() {
            watches.push(watch);
        }
        watches.retain(|watch| !watch.answer.is_canceled());
        let Some(due) = watches.iter().map(|watch| watch.due).min() else {
            match inbox.next().await {
                Some(watch) => watches.push(watch),
                None => pending().await,
            }
            continue;
        };
        let now = run.clock.now();
        if due > now {
            let sleep = run.clock.sleep(due - now);
            if let Either::Left((Some(watch), _)) = select(pin!(inbox.next()), sleep).await {
                watches.push(watch);
            }
            continue;
        }
        let asks = watches.iter().any(|watch| matches!(watch.condition, Condition::NoFunctionInterfaces(_)));
        watches = match join(run.watch(family), users.look(run, asks)).await.0 {
            Ok(mut world) => {
                if asks {
                    world.function.clone_from(&users.part);
                }
                watches.into_iter().filter_map(|watch| look(run, watch, &world)).collect()
            }
            Err(error) => {
                for watch in watches {
                    _ = watch.answer.send(Err(StepError::Cloud(error.clone())));
                }
                Vec::new()
            }
        };
    }
}

/// How often it is looked who uses the interfaces that are waited for: only people want to know, and it takes many calls.
const USERS_EVERY: Duration = Duration::from_secs(60);

/// The functions that may use the interfaces that are waited for, as they were last seen.
#[derive(Default)]
struct Users {
    part: FunctionPart,
    seen: Option<Duration>,
}

impl Users {
    /// Looks again, if somebody asks and it is time. What cannot be seen now is as it was.
    async fn look(&mut self, run: &Run<'_>, asks: bool) {
        let now = run.clock.now();
        if !asks || self.seen.is_some_and(|seen| now.saturating_sub(seen) < USERS_EVERY) {
            return;
        }
        self.seen = Some(now);
        if let Ok(world) = run.observe_once(Family::Function).await {
            self.part = world.function;
        }
    }
}

/// Looks whether a watch is over, and answers it; else says when it is due again.
fn look(run: &Run<'_>, mut watch: Watch, world: &World) -> Option<Watch> {
    if watch.answer.is_canceled() {
        return None;
    }
    let subject = watch.subject.clone();
    let detail = match judge(world, subject.kind, &watch.condition) {
        Finding::So if watch.after.as_ref().is_none_or(|op| shows(world, op)) => {
            _ = watch.answer.send(Ok(()));
            return None;
        }
        Finding::Broken { code, message } => {
            _ = watch.answer.send(Err(StepError::Broken { subject, code, message }));
            return None;
        }
        Finding::So => "the change is not visible yet".to_owned(),
        Finding::NotYet(detail) => detail,
    };
    let now = run.clock.now();
    let waited = now.saturating_sub(watch.since);
    if waited >= watch.limit {
        _ = watch.answer.send(Err(StepError::TimedOut { subject, waited, detail }));
        return None;
    }
    if let Some(step) = &watch.step {
        run.emit(What::Waiting { step: step.clone(), elapsed: waited, detail });
    }
    let pause = lock(run.tempo(family(watch.subject.kind))).at_least(interval(waited));
    watch.due = now + pause.min(watch.limit - waited);
    Some(watch)
}
