//! Calls that are made until their answer is certain.

use std::time::Duration;

use crate::{
    Clock, Cloud, CloudError, CloudExt, CloudId, ErrorKind, Outcome, Retry, Token,
    op::{DeleteLease, NetworkOp, Op},
};

/// How long a call is tried again for what passes by itself.
const PATIENCE: Duration = Duration::from_secs(120);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_secs(2);

/// Deletes a lease by its id. One that is gone is as good as deleted, whoever did it: so a lost answer is asked for again. But
/// one that was made a moment ago may not be visible to the call yet: until `visible_from` its absence says nothing.
pub(super) async fn remove(
    cloud: &dyn Cloud,
    clock: &dyn Clock,
    id: &CloudId,
    visible_from: Duration,
) -> Result<(), CloudError> {
    let op = Op::Network(NetworkOp::DeleteLease(DeleteLease { lease: id.clone() }));
    let began = clock.now();
    loop {
        match cloud.apply(&op, &Token::new("")).await {
            Outcome::Done(_) => return Ok(()),
            Outcome::Failed(error) if error.kind == ErrorKind::NotFound => {
                let left = visible_from.saturating_sub(clock.now());
                if left.is_zero() {
                    return Ok(());
                }
                clock.sleep(PAUSE.min(left)).await;
            }
            Outcome::Failed(error) | Outcome::Unknown(error) => pause_after(clock, error, began).await?,
        }
    }
}

/// Pauses before the next try, or gives an error back that does not pass.
pub(super) async fn pause_after(clock: &dyn Clock, error: CloudError, began: Duration) -> Result<(), CloudError> {
    if error.kind.retry() == Retry::Never || clock.now().saturating_sub(began) >= PATIENCE {
        return Err(error);
    }
    clock.sleep(PAUSE).await;
    Ok(())
}
