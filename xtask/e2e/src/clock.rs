//! The machine's time, perhaps made faster.

use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use egress_core::Clock;

/// The machine's time, as if it passed so many times faster: for emulators on which nothing takes as long as on AWS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PacedClock {
    began: Instant,
    factor: f64,
}

impl PacedClock {
    pub(crate) fn new(factor: f64) -> Self {
        Self { began: Instant::now(), factor: if factor.is_finite() && factor > 0.0 { factor } else { 1.0 } }
    }

    /// The real time.
    pub(crate) fn since_1970(&self) -> Duration {
        SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
    }
}

#[async_trait]
impl Clock for PacedClock {
    fn now(&self) -> Duration {
        self.began.elapsed().mul_f64(self.factor)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration.div_f64(self.factor)).await;
    }
}
