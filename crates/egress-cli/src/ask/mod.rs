//! What a question names: a destination, who sends, and where a name's addresses come from. Reading it has no side effects.

mod destination;
mod near;
mod resolve;
mod sender;

pub(crate) use destination::{Destination, Host, Port};
pub(crate) use near::near;
pub(crate) use resolve::{Override, Resolution, Resolved, resolve};
pub(crate) use sender::{Named, SenderName};
