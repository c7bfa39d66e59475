//! How many calls may be under way at once.

use std::{collections::VecDeque, sync::Mutex};

use futures::channel::oneshot;

use super::run::lock;

/// Slots for calls, given out in the order in which they were asked for.
pub(super) struct Slots(Mutex<Queue>);

struct Queue {
    free: usize,
    waiting: VecDeque<oneshot::Sender<()>>,
}

/// The right to make one call; given back when dropped.
pub(super) struct Slot<'a>(&'a Slots);

impl Slots {
    /// So many, and one at least.
    pub(super) fn new(limit: usize) -> Self {
        Self(Mutex::new(Queue { free: limit.max(1), waiting: VecDeque::new() }))
    }

    /// Waits for a free slot.
    pub(super) async fn take(&self) -> Slot<'_> {
        let Some(turn) = self.queue() else { return Slot(self) };
        let mut turn = Turn { slots: self, turn };
        // It cannot be cancelled: its sender leaves the queue only to be used.
        _ = (&mut turn.turn).await;
        Slot(self)
    }

    /// Takes a free slot, or a place in the queue.
    fn queue(&self) -> Option<oneshot::Receiver<()>> {
        let mut queue = lock(&self.0);
        if queue.free > 0 {
            queue.free -= 1;
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        queue.waiting.push_back(sender);
        Some(receiver)
    }

    fn give_back(&self) {
        let mut queue = lock(&self.0);
        while let Some(next) = queue.waiting.pop_front() {
            if next.send(()).is_ok() {
                return;
            }
        }
        queue.free += 1;
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// A place in the queue. One that is left after its turn has come, but before that was noticed, passes the turn on.
struct Turn<'a> {
    slots: &'a Slots,
    turn: oneshot::Receiver<()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Ok(Some(())) = self.turn.try_recv() {
            self.slots.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn slots_are_given_out_in_the_order_of_asking() {
        let slots = Slots::new(1);
        let first = slots.take().now_or_never().unwrap();
        let mut second = Box::pin(slots.take());
        let mut third = Box::pin(slots.take());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.as_mut().now_or_never().is_none());
        let second = second.as_mut().now_or_never().unwrap();
        drop(second);
        assert!(third.as_mut().now_or_never().is_some());
    }

    #[test]
    fn a_place_in_the_queue_that_is_left_holds_nobody_up() {
        for turn_has_come in [false, true] {
            let slots = Slots::new(0);
            let first = slots.take().now_or_never().unwrap();
            let mut left = Box::pin(slots.take());
            let mut last = Box::pin(slots.take());
            assert!(left.as_mut().now_or_never().is_none());
            assert!(last.as_mut().now_or_never().is_none());
            if turn_has_come {
                drop(first);
                drop(left);
            } else {
                drop(left);
                drop(first);
            }
            assert!(last.as_mut().now_or_never().is_some());
        }
    }
}
