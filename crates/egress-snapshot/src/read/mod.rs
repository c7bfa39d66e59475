//! Files into Worlds: bytes → documents → answers → entries, each with its place → one World per place.

mod build;
mod clue;
mod decode;
mod dir;
mod gather;
mod kind;
mod placing;
mod snapshot;
mod unite;

pub(crate) use build::{Bag, without_nulls};
pub use dir::read_dir;
pub(crate) use kind::Kind;
pub use snapshot::{ReadError, Snapshot, read};
