//! Sweeps: what a cloud has left behind in a subnet is deleted, whatever it is called.

use super::{
    StepError, What,
    change::change,
    run::{End, Task},
};
use crate::{
    CloudId, Key, Kind,
    op::{DeleteInterface, Family, NetworkOp, Op},
    world::{InterfaceKind, World},
};

/// Deletes the interfaces of functions in a subnet that nothing uses any more, one after the other.
pub(super) async fn sweep(task: &Task<'_, '_>, subnet: &Key) -> Result<(), End> {
    let run = task.run;
    let id = run.bound(subnet)?;
    let began = run.clock.now();
    let world = run.observe(Family::Network).await.map_err(StepError::Cloud)?;
    for interface in left_over(&world, &id) {
        task.goes_on()?;
        let elapsed = run.clock.now().saturating_sub(began);
        let detail = format!("{interface} was left behind and is deleted");
        run.emit(What::Waiting { step: task.step.id.clone(), elapsed, detail });
        let key = Key::new(Kind::Interface, interface.as_str());
        run.found(&key, &interface);
        change(task, &Op::Network(NetworkOp::DeleteInterface(DeleteInterface { interface: key })), None).await?;
    }
    Ok(())
}

fn left_over(world: &World, subnet: &CloudId) -> Vec<CloudId> {
    let interfaces = world.network.interfaces.values();
    let left = interfaces.filter(|i| i.kind == InterfaceKind::Function && &i.subnet == subnet && !i.in_use);
    left.map(|i| i.id.clone()).collect()
}
