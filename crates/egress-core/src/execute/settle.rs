//! What the World says about a call whose answer does not say it.

use std::time::Duration;

use super::{
    StepError,
    patience::interval,
    run::{End, Run, Task},
};
use crate::{
    CloudError, CloudId, Effect, Owner,
    op::Op,
    plan::{Level, Notice},
    world::{World, shows},
};

/// Observes until the World shows an Op whose answer was lost. `None` where it does not within the time that something may
/// stay invisible: the call is then made again. A step that is being given up observes once.
pub(super) async fn settle(
    task: &Task<'_, '_>,
    op: &Op<CloudId>,
    lost: &CloudError,
) -> Result<Option<Effect>, StepError> {
    let unsettled = || StepError::Unsettled(lost.clone());
    watch(task, op, |_| true).await.map_err(|_| unsettled())
}

/// Observes until it is known what an Op that is done has created.
pub(super) async fn find(
    task: &Task<'_, '_>,
    op: &Op<CloudId>,
    enough: impl Fn(&Effect) -> bool,
) -> Result<Effect, End> {
    let unbound = || op.creates().map_or(End::GivenUp, |owner: Owner| StepError::Unbound(owner.key).into());
    watch(task, op, enough).await.ok().flatten().ok_or_else(unbound)
}

async fn watch(
    task: &Task<'_, '_>,
    op: &Op<CloudId>,
    enough: impl Fn(&Effect) -> bool,
) -> Result<Option<Effect>, Blind> {
    let run = task.run;
    let began = run.clock.now();
    let patience = run.options.pace.visibility;
    loop {
        let world = run.observe(op.family()).await.map_err(|_| Blind)?;
        if let Some(effect) = shown(run, &world, op).filter(&enough) {
            return Ok(Some(effect));
        }
        let waited: Duration = run.clock.now().saturating_sub(began);
        if waited >= patience {
            return Ok(None);
        }
        task.pause(interval(waited).min(patience - waited)).await.map_err(|_| Blind)?;
    }
}

/// It could not be observed any more.
struct Blind;

/// What an Op has done, where the World shows it.
///
/// What was created is known by its owner's tags; a thing with the same tags that the Plan knew is an older one.
pub(super) fn shown(run: &Run<'_>, world: &World, op: &Op<CloudId>) -> Option<Effect> {
    if !shows(world, op) {
        return None;
    }
    let Some(owner) = op.creates() else { return Some(Effect::default()) };
    let older = run.plan.bindings.get(&owner.key);
    let mut made: Vec<_> = world.owned_by(&owner.stack);
    made.retain(|thing| thing.owner == owner && Some(&thing.id) != older);
    made.sort_by(|a, b| (!a.live, &a.id).cmp(&(!b.live, &b.id)));
    let id = made.first()?.id.clone();
    let others: Vec<&str> = made.iter().skip(1).filter(|thing| thing.live).map(|thing| thing.id.as_str()).collect();
    if !others.is_empty() {
        run.notice(Notice {
            level: Level::Warning,
            subject: Some(owner.key.to_string()),
            message: format!("more than one thing carries this key: {id} is used, {} not", others.join(", ")),
            hint: Some("delete what is not used: it may cost money".to_owned()),
        });
    }
    let ip = world.gateway.addresses.get(&id).and_then(|address| address.ip);
    Some(Effect { id: Some(id), ip })
}
