//! Many who want the lock at once, some of whom die, pause or have wrong clocks.

use std::sync::{
    Mutex,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

use futures::future::{join_all, select};
use proptest::prelude::*;

use super::*;
use crate::Clock;

/// How one of them behaves.
#[derive(Clone, Copy, Debug)]
struct Racer {
    /// When it comes, in seconds.
    comes: u64,
    /// How long it works, in seconds.
    works: u64,
    /// After how many seconds it dies, where it does.
    dies: Option<u64>,
    /// By how many seconds its clock is wrong.
    skew: i64,
}

/// Lets all of them race; gives who held the lock, one after the other.
fn race(racers: &[Racer], invisible: Duration) -> Vec<usize> {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock).hiding(invisible);
    let (at_work, order) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let runs = racers.iter().enumerate().map(|(n, racer)| {
        let (cloud, clock, at_work, order) = (&cloud, &clock, &at_work, &order);
        async move {
            clock.sleep(secs(racer.comes)).await;
            let epoch = TODAY.checked_add_signed(racer.skew);
            let mut terms = terms(&format!("racer{n}"));
            terms.epoch = epoch;
            terms.patience = secs(1_000_000);
            let working = AtomicU32::new(0);
            let mut tell = |_| {};
            let run = hold(cloud, clock, &terms, pending(), &mut tell, async |_| {
                working.store(1, Ordering::SeqCst);
                let others = at_work.fetch_add(1, Ordering::SeqCst);
                assert_eq!(others, 0, "racer {n} works at the same time as another");
                order.lock().unwrap().push(n);
                clock.sleep(secs(racer.works)).await;
                at_work.fetch_sub(1, Ordering::SeqCst);
                working.store(0, Ordering::SeqCst);
            });
            match racer.dies {
                None => run.await.unwrap(),
                Some(dies) => {
                    select(std::pin::pin!(run), clock.sleep(secs(dies))).await;
                    // The dead do not work.
                    at_work.fetch_sub(usize::from(working.swap(0, Ordering::SeqCst) == 1), Ordering::SeqCst);
                }
            }
        }
    });
    clock.block_on(join_all(runs));
    order.into_inner().unwrap()
}

trait Signed {
    fn checked_add_signed(self, seconds: i64) -> Duration;
}

impl Signed for Duration {
    fn checked_add_signed(self, seconds: i64) -> Duration {
        Duration::from_secs(self.as_secs().saturating_add_signed(seconds))
    }
}

#[test]
fn of_twenty_who_want_the_lock_at_once_each_has_it_once_and_one_at_a_time() {
    for invisible in [Duration::ZERO, secs(2), secs(30)] {
        let racers = vec![Racer { comes: 0, works: 40, dies: None, skew: 0 }; 20];
        let mut order = race(&racers, invisible);
        order.sort_unstable();
        assert_eq!(order, (0..20).collect::<Vec<_>>(), "invisible for {invisible:?}");
    }
}

fn racer() -> impl Strategy<Value = Racer> {
    let dies = proptest::option::weighted(0.3, 0u64..900);
    (0u64..600, 0u64..400, dies, -7200i64..7200).prop_map(|(comes, works, dies, skew)| Racer {
        comes,
        works,
        dies,
        skew,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever their clocks say and whoever dies: one at a time, and everyone who lives has his turn.
    #[test]
    fn one_at_a_time_whoever_dies_and_whatever_the_clocks_say(
        racers in proptest::collection::vec(racer(), 1..20),
        invisible in 0u64..30,
    ) {
        let order = race(&racers, secs(invisible));
        for (n, racer) in racers.iter().enumerate() {
            let turns = order.iter().filter(|who| **who == n).count();
            prop_assert!(turns == 1 || (turns == 0 && racer.dies.is_some()), "racer {} had {} turns", n, turns);
        }
    }
}
