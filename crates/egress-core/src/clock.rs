//! Time, handed in.

use std::{
    collections::BTreeMap,
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use async_trait::async_trait;

/// The only clock that the engine knows. Real in the command line, virtual in tests.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time since some fixed moment in the past; never goes back.
    fn now(&self) -> Duration;

    /// Returns once `duration` has passed on this clock.
    async fn sleep(&self, duration: Duration);
}

/// A clock on which waiting takes no time: whenever nothing else can go on, it jumps to the next moment that somebody
/// sleeps for.
///
/// It begins at zero. Sleepers wake in the order of their deadlines, and those with equal deadlines in the order in which
/// they began, so a run is the same each time. A sleep of zero length gives everything else that is ready one turn. A
/// sleep that is dropped is forgotten. Clones are the same clock.
///
/// Time passes only while a future runs inside [`run`](Self::run) or [`block_on`](Self::block_on). What shares a clock
/// belongs into one such future: the clock does not wait for another task, a socket or a thread while anybody sleeps.
///
/// ```
/// use std::time::Duration;
/// use egress_core::clock::{Clock, VirtualClock};
///
/// let clock = VirtualClock::new();
/// let hour = Duration::from_secs(3600);
/// clock.block_on(async {
///     // At the same time, so one hour in all.
///     futures::join!(clock.sleep(hour), clock.sleep(hour));
/// });
/// assert_eq!(clock.now(), hour);
/// ```
#[derive(Clone, Default)]
pub struct VirtualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    now: Duration,
    /// How many sleeps have begun so far.
    begun: u64,
    /// Who sleeps, by when and in which order they are to wake.
    sleepers: BTreeMap<Ticket, Waker>,
}

/// The deadline of a sleep, and how many sleeps had begun before it.
type Ticket = (Duration, u64);

impl VirtualClock {
    /// A clock that says zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Drives a future to its end on whatever runtime awaits this. When the future is waiting and nothing has woken it,
    /// the clock jumps to the next deadline. With no sleeper left it waits for a wake-up from outside.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| self.poll(future.as_mut(), context)).await
    }

    /// Drives a future to its end on this thread, without any runtime. Like [`run`](Self::run), it waits, here by parking
    /// the thread, when there is neither a sleeper nor anything ready; a future that nobody can ever wake never returns.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        futures::executor::block_on(self.run(future))
    }

    fn poll<F: Future>(&self, mut future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        let noted = Arc::new(Noted { woken: AtomicBool::new(false), outer: context.waker().clone() });
        let waker = Waker::from(Arc::clone(&noted));
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(output);
            }
            if noted.woken.swap(false, Ordering::AcqRel) {
                continue;
            }
            if !self.jump() {
                return Poll::Pending;
            }
            if !noted.woken.swap(false, Ordering::AcqRel) {
                // The sleepers belong to other tasks of the runtime, which must have their turn.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }

    /// Goes on to the earliest deadline and wakes all who sleep for it; `false` where nobody sleeps.
    fn jump(&self) -> bool {
        let mut state = self.state();
        let Some(&(deadline, _)) = state.sleepers.keys().next() else { return false };
        state.now = state.now.max(deadline);
        let later = match deadline.checked_add(Duration::from_nanos(1)) {
            Some(next) => state.sleepers.split_off(&(next, 0)),
            None => BTreeMap::new(),
        };
        let due = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        self.state().now
    }

    async fn sleep(&self, duration: Duration) {
        Sleep { clock: self, duration, ticket: None }.await;
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("VirtualClock").field("now", &state.now).field("sleepers", &state.sleepers.len()).finish()
    }
}

struct Sleep<'a> {
    clock: &'a VirtualClock,
    duration: Duration,
    /// Where it stands among the sleepers, from its first poll on.
    ticket: Option<Ticket>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock;
        let mut state = clock.state();
        match self.ticket {
            None => {
                let ticket = (state.now.saturating_add(self.duration), state.begun);
                state.begun += 1;
                state.sleepers.insert(ticket, context.waker().clone());
                self.ticket = Some(ticket);
                Poll::Pending
            }
            Some(ticket) => match state.sleepers.get_mut(&ticket) {
                Some(waker) => {
                    waker.clone_from(context.waker());
                    Poll::Pending
                }
                None => Poll::Ready(()),
            },
        }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.clock.state().sleepers.remove(&ticket);
        }
    }
}

/// Remembers that the future was woken, and passes it on for wake-ups that come while nobody polls.
struct Noted {
    woken: AtomicBool,
    outer: Waker,
}

impl Wake for Noted {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.outer.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt, channel::oneshot, select_biased, stream::FuturesUnordered};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Sleeps for each of the durations at the same time, and tells who woke when, in seconds.
    fn wake_order(durations: &[u64]) -> Vec<(usize, u64)> {
        let clock = VirtualClock::new();
        clock.block_on(async {
            let sleeps: FuturesUnordered<_> = durations
                .iter()
                .enumerate()
                .map(|(i, seconds)| {
                    let clock = &clock;
                    async move {
                        clock.sleep(SECOND * u32::try_from(*seconds).unwrap()).await;
                        (i, clock.now().as_secs())
                    }
                })
                .collect();
            sleeps.collect().await
        })
    }

    #[test]
    fn sleepers_wake_in_the_order_of_their_deadlines() {
        assert_eq!(wake_order(&[3, 1, 2]), [(1, 1), (2, 2), (0, 3)]);
    }

    #[test]
    fn sleepers_with_equal_deadlines_wake_in_the_order_in_which_they_began() {
        let clock = VirtualClock::new();
        let order = Mutex::new(Vec::new());
        let sleeper = |name: &'static str, first: u32, second: u32| {
            let (clock, order) = (&clock, &order);
            async move {
                clock.sleep(SECOND * first).await;
                clock.sleep(SECOND * second).await;
                order.lock().unwrap().push(name);
            }
        };
        clock.block_on(async {
            // All are due at 4 s; their second sleeps begin at 3 s, 1 s and 2 s.
            let mut all = FuturesUnordered::new();
            all.push(sleeper("began third", 3, 1));
            all.push(sleeper("began first", 1, 3));
            all.push(sleeper("began second", 2, 2));
            while all.next().await.is_some() {}
        });
        assert_eq!(order.into_inner().unwrap(), ["began first", "began second", "began third"]);
    }

    #[test]
    fn a_sleep_takes_exactly_its_time_and_sleeps_add_up() {
        let clock = VirtualClock::new();
        let at = clock.block_on(async {
            clock.sleep(Duration::from_millis(250)).await;
            clock.sleep(Duration::from_nanos(1)).await;
            clock.now()
        });
        assert_eq!(at, Duration::from_nanos(250_000_001));
    }

    #[test]
    fn a_sleep_of_zero_length_gives_the_others_one_turn() {
        let clock = VirtualClock::new();
        let order = Mutex::new(Vec::new());
        let note = |text| order.lock().unwrap().push(text);
        clock.block_on(async {
            futures::join!(
                async {
                    note("a before");
                    clock.sleep(Duration::ZERO).await;
                    note("a after");
                },
                async { note("b") },
            );
        });
        assert_eq!(order.into_inner().unwrap(), ["a before", "b", "a after"]);
        assert_eq!(clock.now(), Duration::ZERO);
    }

    #[test]
    fn a_dropped_sleep_is_forgotten() {
        let clock = VirtualClock::new();
        clock.block_on(async {
            let mut long = Box::pin(clock.sleep(SECOND * 100).fuse());
            let mut short = Box::pin(clock.sleep(SECOND).fuse());
            select_biased! { () = long => panic!("the long one ended first"), () = short => {} }
            drop(long);
            clock.sleep(SECOND).await;
        });
        assert_eq!(clock.now(), SECOND * 2);
        assert_eq!(format!("{clock:?}"), "VirtualClock { now: 2s, sleepers: 0 }");
    }

    #[test]
    fn without_sleepers_a_wake_up_from_another_thread_goes_through() {
        let clock = VirtualClock::new();
        let (send, receive) = oneshot::channel();
        let sender = std::thread::spawn(move || send.send(7));
        assert_eq!(clock.block_on(receive), Ok(7));
        assert_eq!(sender.join().unwrap(), Ok(()));
        assert_eq!(clock.now(), Duration::ZERO);
    }

    #[test]
    fn what_is_ready_goes_before_the_next_jump() {
        let clock = VirtualClock::new();
        let (send, receive) = oneshot::channel();
        let (_, seen) = clock.block_on(async {
            futures::join!(
                async {
                    clock.sleep(SECOND).await;
                    send.send(()).unwrap();
                    clock.sleep(SECOND * 10).await;
                },
                async {
                    receive.await.unwrap();
                    clock.now()
                },
            )
        });
        assert_eq!(seen, SECOND);
        assert_eq!(clock.now(), SECOND * 11);
    }

    #[test]
    fn a_sleeper_outside_the_running_future_gets_its_turn() {
        let clock = VirtualClock::new();
        let (outside, ()) = clock.block_on(async {
            futures::join!(
                async {
                    clock.sleep(SECOND * 2).await;
                    clock.now()
                },
                clock.run(clock.sleep(SECOND * 3)),
            )
        });
        assert_eq!((outside, clock.now()), (SECOND * 2, SECOND * 3));
    }

    #[test]
    fn the_running_future_may_move_between_threads() {
        fn send<T: Send>(_: T) {}
        let clock = VirtualClock::new();
        send(clock.run(clock.sleep(SECOND)));
    }

    #[test]
    fn a_sleep_beyond_the_end_of_time_ends_there() {
        let clock = VirtualClock::new();
        clock.block_on(async {
            clock.sleep(SECOND).await;
            clock.sleep(Duration::MAX).await;
        });
        assert_eq!(clock.now(), Duration::MAX);
    }
}
