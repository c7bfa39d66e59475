//! The machine's time.

use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use egress_core::Clock;

/// The time of the machine, counted from 1970, so that time passes on a mock cloud between two commands too. It never goes
/// back while a command runs.
pub(crate) struct RealClock {
    began: Instant,
    at: Duration,
}

impl Default for RealClock {
    fn default() -> Self {
        Self { began: Instant::now(), at: SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default() }
    }
}

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.at + self.began.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
