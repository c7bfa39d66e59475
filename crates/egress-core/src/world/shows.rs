//! Whether a World shows that an Op has taken effect.
use crate::{CloudId, op::Op, world::World};

/// Whether it does.
pub fn shows(_world: &World, _op: &Op<CloudId>) -> bool {
    false
}
