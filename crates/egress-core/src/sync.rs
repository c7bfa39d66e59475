//! What several futures share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::{FutureExt, channel::oneshot, future::Shared};

/// Something that happens at most once, and that many wait for.
pub(crate) struct Signal {
    trigger: Mutex<Option<oneshot::Sender<()>>>,
    fired: Shared<oneshot::Receiver<()>>,
}

impl Signal {
    pub(crate) fn new() -> Self {
        let (trigger, fired) = oneshot::channel();
        Self { trigger: Mutex::new(Some(trigger)), fired: fired.shared() }
    }

    pub(crate) fn fire(&self) {
        // A sender that is dropped wakes the receivers.
        drop(lock(&self.trigger).take());
    }

    pub(crate) fn is_fired(&self) -> bool {
        lock(&self.trigger).is_none()
    }

    pub(crate) fn fired(&self) -> Shared<oneshot::Receiver<()>> {
        self.fired.clone()
    }
}

/// Locks, also where a caller's event handler has panicked under the lock.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
