//! Ops applied to a World in memory.
use crate::{Key, op::Op, world::World};

/// Why an Op cannot be applied to a World.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ApplyError(pub String);

/// Applies an Op.
pub fn apply(_world: &mut World, _op: &Op<Key>) -> Result<(), ApplyError> {
    Ok(())
}
