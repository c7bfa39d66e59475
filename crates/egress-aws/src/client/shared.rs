//! Reads that several observers want at once are sent once.

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use egress_core::{CloudError, CloudId};
use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};

/// Which read it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flight {
    /// The networks tagged for a stack, or all.
    Networks(Option<String>),
    /// The subnets of a stack's networks, of those of these functions, and of these networks.
    Subnets(String, BTreeSet<CloudId>, BTreeSet<CloudId>),
    /// A function.
    Function(String),
}

/// Reads under way. Whoever asks for one that has not ended joins it, unless something was changed since it began: nobody
/// may be told of a World from before his own change.
#[derive(Default)]
pub(crate) struct Flights {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many changes have ended so far.
    generation: u64,
    under_way: BTreeMap<Flight, (u64, WeakShared<BoxFuture<'static, Landed>>)>,
}

type Landed = Result<Arc<dyn Any + Send + Sync>, CloudError>;

impl Flights {
    /// Joins the read, or begins it.
    pub(crate) async fn join<T, F>(&self, flight: Flight, begin: impl FnOnce() -> F) -> Result<Arc<T>, CloudError>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, CloudError>> + Send + 'static,
    {
        let landed = self.shared(flight.clone(), begin).await?;
        landed.downcast::<T>().map_err(|_| crate::wire::unreadable("observe", format!("{flight:?} is of two kinds")))
    }

    fn shared<T, F>(&self, flight: Flight, begin: impl FnOnce() -> F) -> Shared<BoxFuture<'static, Landed>>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, CloudError>> + Send + 'static,
    {
        let mut state = self.state();
        let generation = state.generation;
        if let Some((born, weak)) = state.under_way.get(&flight)
            && *born == generation
            && let Some(read) = weak.upgrade()
            && read.peek().is_none()
        {
            return read;
        }
        let read = begin().map(|read| read.map(|read| Arc::new(read) as Arc<dyn Any + Send + Sync>)).boxed().shared();
        state.under_way.retain(|_, (_, weak)| weak.upgrade().is_some());
        if let Some(weak) = read.downgrade() {
            state.under_way.insert(flight, (generation, weak));
        }
        read
    }

    /// From now on, until the guard is dropped and afterwards, nobody joins a read that began before.
    pub(crate) fn changing(&self) -> Changing<'_> {
        Changing { flights: self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change is being made; it ends when this is dropped, also where its future is.
pub(crate) struct Changing<'a> {
    flights: &'a Flights,
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.flights.state().generation += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    use egress_core::{Clock, VirtualClock};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    struct Reads {
        clock: VirtualClock,
        flights: Flights,
        begun: Arc<AtomicU32>,
    }

    impl Reads {
        fn new() -> Self {
            Self { clock: VirtualClock::new(), flights: Flights::default(), begun: Arc::default() }
        }

        /// Reads for a second; tells which read it was.
        async fn read(&self, flight: Flight) -> u32 {
            let (clock, begun) = (self.clock.clone(), Arc::clone(&self.begun));
            let read = || async move {
                let n = begun.fetch_add(1, Ordering::Relaxed);
                clock.sleep(SECOND).await;
                Ok(n)
            };
            *self.flights.join(flight, read).await.unwrap()
        }
    }

    #[test]
    fn readers_at_one_time_share_one_read_and_later_ones_begin_another() {
        let reads = Reads::new();
        let told = reads.clock.block_on(async {
            let all = || Flight::Networks(None);
            let (a, b, other) =
                futures::join!(reads.read(all()), reads.read(all()), reads.read(Flight::Networks(Some("s".into()))));
            (a, b, other, reads.read(all()).await)
        });
        assert_eq!(told, (0, 0, 1, 2));
    }

    #[test]
    fn after_a_change_nobody_joins_a_read_that_began_before_it_ended() {
        let reads = Reads::new();
        let told = reads.clock.block_on(async {
            futures::join!(reads.read(Flight::Networks(None)), async {
                let change = reads.flights.changing();
                reads.clock.sleep(SECOND / 2).await;
                drop(change);
                reads.read(Flight::Networks(None)).await
            })
        });
        assert_eq!(told, (0, 1));
    }

    #[test]
    fn a_reader_that_leaves_takes_nothing_from_the_others() {
        let reads = Reads::new();
        let told = reads.clock.block_on(async {
            let mut first = Box::pin(reads.read(Flight::Networks(None)).fuse());
            let mut wait = Box::pin(reads.clock.sleep(SECOND / 2).fuse());
            let second = reads.read(Flight::Networks(None)).fuse();
            futures::select_biased! { _ = first => panic!("too early"), () = wait => {} }
            drop(first);
            second.await
        });
        assert_eq!(told, 1);
    }
}
