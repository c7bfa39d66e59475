//! The engine's clock as the SDK wants to see it.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use aws_smithy_async::{
    rt::sleep::{AsyncSleep, Sleep},
    time::TimeSource,
};
use egress_core::Clock;

/// Sleeps on a clock of the engine's, so that the SDK's time limits and pauses are the engine's too.
#[derive(Clone)]
pub(crate) struct Sleeping(pub(crate) Arc<dyn Clock>);

impl AsyncSleep for Sleeping {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = Arc::clone(&self.0);
        Sleep::new(Alone(Mutex::new(Box::pin(async move { clock.sleep(duration).await }))))
    }
}

impl fmt::Debug for Sleeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleeping")
    }
}

/// Tells the time of a clock of the engine's, counted from a day that signatures can be dated on.
#[derive(Clone)]
pub(crate) struct Telling(pub(crate) Arc<dyn Clock>);

/// 2026-01-01T00:00:00Z, in seconds of Unix time.
const FIRST_DAY: Duration = Duration::from_secs(1_767_225_600);

impl TimeSource for Telling {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + FIRST_DAY + self.0.now()
    }
}

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telling")
    }
}

/// A future that may be shared between threads because only its owner polls it. The SDK asks for that; nobody locks.
struct Alone(Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Future for Alone {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
    }
}
