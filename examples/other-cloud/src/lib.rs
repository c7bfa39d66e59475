//! Nimbus, a toy cloud, behind egress.
//!
//! Start here to write a backend of your own. A backend does two things for each of three families of resources: it
//! *observes* what the cloud holds, as plain data, and it *applies* one call at a time. Planning, waiting, retrying and
//! undoing are the engine's.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`nimbus`] | the cloud itself, in its own words: in your backend, your vendor's library |
//! | `network.rs`, `gateway.rs`, `function.rs` | the backend: one trait a file, one `match` a trait |
//! | `refusal.rs` | what Nimbus says when it refuses, in the engine's words: one table |
//! | `tests/conformance.rs` | the laws, and the proof that the suite would notice |
//!
//! | Nimbus says | egress says |
//! | --- | --- |
//! | area, lane, district | network, subnet, zone |
//! | signpost, sign | route table, route |
//! | gate, door, plate | internet gateway, NAT gateway, address |
//! | guard | security group |
//! | flag | lease |
//! | worker, post, badge, pass | function, attachment, role, permission |
//!
//! ```
//! use std::time::Duration;
//! use egress_core::{CloudExt, Outcome, Scope, Tags, Token, clock::VirtualClock, op::*, world};
//! use other_cloud::Backend;
//!
//! let clock = VirtualClock::new();
//! let cloud = Backend::new(clock.clone());
//! let op = Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: Tags::new(), ip: None }));
//! clock.block_on(async {
//!     assert!(matches!(cloud.apply(&op, &Token::new("t-1")).await, Outcome::Done(_)));
//!     let world = cloud.observe(&Scope::Everything).await.unwrap();
//!     assert!(world::shows(&world, &op));
//! });
//! ```

mod function;
mod gateway;
mod network;
pub mod nimbus;
mod refusal;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use egress_core::{Clock, Effect, Outcome};

use nimbus::{Nimbus, Refusal};

/// A Nimbus account, as egress sees it.
#[derive(Debug)]
pub struct Backend<C> {
    clock: C,
    nimbus: Mutex<Nimbus>,
}

impl<C: Clock> Backend<C> {
    /// An empty account that lives by this clock.
    pub fn new(clock: C) -> Self {
        Self { clock, nimbus: Mutex::default() }
    }

    /// Asks Nimbus something, at the clock's time.
    pub fn ask<T>(&self, question: impl FnOnce(&mut Nimbus, Duration) -> T) -> T {
        let mut nimbus = self.nimbus.lock().unwrap_or_else(PoisonError::into_inner);
        question(&mut nimbus, self.clock.now())
    }

    /// Makes one call. Nimbus looks before it acts, so what it refuses has changed nothing: the Outcome is *failed*. A
    /// call over a wire can also end in no answer at all, and that is *unknown*, never *failed*.
    fn call(&self, name: &str, call: impl FnOnce(&mut Nimbus, Duration) -> Result<Effect, Refusal>) -> Outcome {
        match self.ask(call) {
            Ok(effect) => Outcome::Done(effect),
            Err(refusal) => Outcome::Failed(refusal.into_error(name)),
        }
    }
}
