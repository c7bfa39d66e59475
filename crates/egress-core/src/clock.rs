//! Time, handed in.

use std::time::Duration;

use async_trait::async_trait;

/// The only clock that the engine knows. Real in the command line, virtual in tests.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time since some fixed moment in the past; never goes back.
    fn now(&self) -> Duration;

    /// Returns once `duration` has passed on this clock.
    async fn sleep(&self, duration: Duration);
}
