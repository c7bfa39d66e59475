//! The walk over the graph.

use std::{collections::BTreeMap, pin::pin, time::Duration};

use futures::{
    FutureExt, StreamExt,
    future::{Either, join3, select},
    select_biased,
    stream::FuturesUnordered,
};

use super::{
    Event, Options, Report, StepError, What,
    change::change,
    graph::{Fate, Graph},
    patience::{interval, usual},
    prove::prove,
    run::{End, Run, Task},
    sweep::sweep,
    watch::{Watcher, tend, until},
};
use crate::{
    Clock, Cloud, CloudId,
    op::Family,
    plan::{Action, Method, Plan, Step, StepId},
    world::holds,
};

/// Runs a Plan.
///
/// It returns when nothing is under way and nothing more can begin; it never fails by itself: what went wrong is in the
/// Report. A step that fails keeps those that need it from running, and no others: what is independent goes on, so that
/// the next run has less to do. `stop` is the user's wish to end early, e.g. Ctrl-C: calls under way are then heard out and everything else is
/// given up. Nothing is spawned, and no runtime is needed but what the cloud and the clock need; dropping the future is
/// like killing the process.
///
/// ```
/// use std::{future::pending, time::Duration};
/// use egress_core::{Cloud, clock::VirtualClock, execute::{Options, Pace, Report, execute}, plan::Plan};
///
/// fn run(plan: &Plan, cloud: &dyn Cloud, pace: Pace) -> Report {
///     let clock = VirtualClock::new();
///     let options = Options::new("k3j5h2g9", pace);
///     let mut events = Vec::new();
///     let mut on_event = |event| events.push(event);
///     clock.block_on(execute(plan, cloud, &clock, &options, pending(), &mut on_event))
/// }
/// ```
pub async fn execute(
    plan: &Plan,
    cloud: &dyn Cloud,
    clock: &dyn Clock,
    options: &Options,
    stop: impl Future<Output = ()> + Send,
    on_event: &mut (dyn FnMut(Event) + Send),
) -> Report {
    let (watcher, inboxes) = Watcher::new();
    let run = Run::new(plan, cloud, clock, options, watcher, on_event);
    let walk = walk(&run, stop);
    let watch = join3(
        tend(&run, Family::Network, inboxes.network),
        tend(&run, Family::Gateway, inboxes.gateway),
        tend(&run, Family::Function, inboxes.function),
    );
    match select(pin!(walk), pin!(watch)).await {
        Either::Left((report, _)) => report,
        Either::Right(((never, _, _), _)) => match never {},
    }
}

async fn walk(run: &Run<'_>, stop: impl Future<Output = ()> + Send) -> Report {
    let mut graph = Graph::new(&run.plan.steps);
    let mut errors: BTreeMap<StepId, StepError> = BTreeMap::new();
    let mut under_way = FuturesUnordered::new();
    let mut stop = pin!(stop.fuse());
    loop {
        for index in graph.begin(|step| run.presence(step)) {
            let step = graph.step(index);
            let task = Task { run, step };
            under_way.push(async move { (index, perform(task).await) });
        }
        if under_way.is_empty() {
            break;
        }
        select_biased! {
            () = stop => {
                run.stop();
                graph.stop();
            }
            (index, end) = under_way.select_next_some() => {
                let fate = match end {
                    Ok(()) => Fate::Done,
                    Err(End::GivenUp) => Fate::NotRun,
                    Err(End::Failed(error)) => {
                        errors.insert(graph.step(index).id.clone(), *error);
                        Fate::Failed
                    }
                };
                graph.end(index, fate);
            }
        }
    }
    until_seen(run).await;
    let failed = graph.ended(&[Fate::Failed]).into_iter();
    Report {
        done: graph.ended(&[Fate::Done]),
        failed: failed.filter_map(|id| errors.get(&id).cloned().map(|error| (id, error))).collect(),
        not_run: graph.ended(&[Fate::NotRun, Fate::Needless]),
        ..run.report()
    }
}

/// A run may soon be followed by another, which must see what this one made, or it would make it twice: waits until that is
/// so, but no longer than something new may stay invisible, which is over by the end of most runs. What may have been made by
/// a call whose answer was lost is given all of that time.
async fn until_seen(run: &Run<'_>) {
    let visibility = run.options.pace.visibility;
    let began = run.clock.now();
    if let Some(doubt) = run.last_doubt() {
        run.clock.sleep(doubt.saturating_add(visibility).saturating_sub(began)).await;
    }
    while let Some((latest, made)) = run.made() {
        let left = || latest.saturating_add(visibility).saturating_sub(run.clock.now());
        if left().is_zero() {
            return;
        }
        let world = run.glance().await;
        let (now, left) = (run.clock.now(), left());
        if world.is_ok_and(|world| made.iter().all(|(key, id)| holds(&world, key.kind, id))) {
            return;
        }
        run.clock.sleep(interval(now.saturating_sub(began)).min(left)).await;
    }
}

/// Performs one step from its beginning to its end, and tells of it.
async fn perform(task: Task<'_, '_>) -> Result<(), End> {
    let Task { run, step } = task;
    task.goes_on()?;
    let slot = if calls(step) { Some(task.slot().await?) } else { None };
    let began = run.clock.now();
    run.emit(What::Started { step: step.id.clone(), title: title(&step.action), usual: usually(run, step) });
    let end: Result<Option<CloudId>, End> = match &step.action {
        Action::Change(op) => change(&task, op, slot).await,
        Action::Await(condition) => {
            async {
                let so = until(run, Some(&step.id), condition)?;
                task.unless_given_up(so).await?.map(|()| None)
            }
            .await
        }
        Action::Sweep(subnet) => sweep(&task, subnet).await.map(|()| None),
        Action::Prove(proof) => prove(&task, proof, slot).await.map(|()| None),
    };
    match end {
        Ok(id) => {
            let took = run.clock.now().saturating_sub(began);
            run.emit(What::Done { step: step.id.clone(), took, id });
            Ok(())
        }
        Err(end) => {
            if let End::Failed(error) = &end {
                run.emit(What::Failed { step: step.id.clone(), error: (**error).clone() });
            }
            Err(end)
        }
    }
}

/// Whether a step makes calls that count against the limit.
fn calls(step: &Step) -> bool {
    match &step.action {
        Action::Change(_) => true,
        Action::Await(_) | Action::Sweep(_) => false,
        Action::Prove(proof) => matches!(proof.by, Method::Probe { .. }),
    }
}

/// What a step does, for people.
fn title(action: &Action) -> String {
    match action {
        Action::Change(op) => op.to_string(),
        Action::Await(condition) => format!("wait for {condition}"),
        Action::Sweep(subnet) => format!("delete what functions left in {subnet}"),
        Action::Prove(proof) => format!("prove the way out of {}", proof.subnet),
    }
}

fn usually(run: &Run<'_>, step: &Step) -> Option<Duration> {
    match &step.action {
        Action::Await(condition) => Some(usual(condition, &run.options.pace)),
        Action::Change(_) | Action::Sweep(_) | Action::Prove(_) => None,
    }
}
