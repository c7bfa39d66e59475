//! The lock: one run at a time works on a stack.
//!
//! What is locked is a [`Lease`](crate::world::Lease) of the stack's name, which the cloud gives to one caller at a time.
//! [`hold`] is the whole sequence, for whatever works on a stack:
//!
//! 1. *acquire*: make the lease. Where it is there already, look at it: a living run's is left alone ([`LeaseError::Held`]),
//!    a dead run's is taken over: deleted by its id, made again by its name. Of many who try, one gets it;
//! 2. after a take-over, *wait* until everything can be seen that the dead run may have made a moment before its end, so that
//!    it is not made again;
//! 3. *work*: observe, plan, execute, through a cloud that looks at the lease before each call that changes something;
//!    meanwhile the lease gets a *heartbeat* every minute;
//! 4. *release*: delete the lease, by its id.
//!
//! # Whether a run is alive
//!
//! Whoever holds the lease writes its own time into it, every [`BEAT`]. A run is dead after [`STALE`] without a heartbeat. The
//! clocks of two machines may differ, so a time that somebody else wrote is never enough to call a run dead:
//!
//! - a heartbeat that is younger than [`STALE`], by our clock, is a living run's: nothing is asked further;
//! - one that is older is *watched* for longer than a beat takes to be made and to be seen. If it changes meanwhile, the run is
//!   alive and its clock is slow; if not, it is dead;
//! - one from the future says nothing about its age, so it is watched for all of [`STALE`].
//!
//! A run whose heartbeats do not get through stops in good order before others may think it dead ([`GIVE_UP`]).
//!
//! # What it does not promise
//!
//! A cloud does not look at the lease when it is called: a run that is paused between its last look and its call, for longer
//! than [`STALE`], may make that one call after another run has taken over. So each call is preceded by a look of its own, the
//! window is one call wide, and what is created twice all the same is found by its Key and refused by name.

mod acquire;
mod calls;
mod error;
mod fence;
mod hold;
mod keeper;
mod record;

#[cfg(test)]
mod tests;

pub use error::LeaseError;
pub use hold::{LeaseEvent, Tenure, Terms, hold, unlock};
pub use record::{Holder, Standing, look, name};

use std::time::Duration;

/// How often the holder of a lease says that it is alive.
pub const BEAT: Duration = Duration::from_secs(60);
/// After how long without a heartbeat a run is dead.
pub const STALE: Duration = Duration::from_secs(5 * 60);
/// After how long without a heartbeat that got through a run stops by itself: a minute before others may take over.
pub const GIVE_UP: Duration = Duration::from_secs(4 * 60);
