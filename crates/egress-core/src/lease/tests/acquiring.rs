//! Getting the lock: from nobody, from a living run, from a dead one.

use futures::future::join;

use super::{cloud::Reply, *};
use crate::{Clock, ErrorKind};

/// Somebody gets the lock and dies a moment later.
async fn dies(cloud: &LeaseCloud, clock: &VirtualClock, terms: &Terms, after: Duration) {
    let mut tell = |_| {};
    let holds = hold(cloud, clock, terms, pending(), &mut tell, async |_| pending::<()>().await);
    futures::future::select(std::pin::pin!(holds), clock.sleep(after)).await;
}

#[test]
fn a_lock_that_nobody_has_is_had_at_once_and_given_back() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let (began, told) = clock.block_on(work(&cloud, &clock, &terms("ana"), secs(10)));
    assert_eq!((began, told), (Ok(Duration::from_millis(50)), Vec::new()));
    assert_eq!(cloud.calls(), ["create lease egress-lock-shop", "delete lease-1"]);
    assert!(cloud.world().network.leases.is_empty());
}

#[test]
fn a_living_run_is_named_with_what_it_does_and_since_when() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let (ana, ben) = (terms("ana@laptop"), terms("ben@ci"));
    let second = async {
        clock.sleep(secs(200)).await;
        work(&cloud, &clock, &ben, secs(1)).await.0
    };
    let (first, second) = clock.block_on(join(work(&cloud, &clock, &ana, secs(300)), second));
    assert_eq!(first.0, Ok(Duration::from_millis(50)));
    let error = second.unwrap_err();
    insta::assert_snapshot!(error, @"ana@laptop works on stack shop (`egress apply`, for 3 min); its last heartbeat was 20 s ago");
    insta::assert_snapshot!(error.hint().unwrap(), @"wait for it; if that run is dead, its lock is taken over 5 min after its last heartbeat, or `egress unlock` gives it up at once");
}

#[test]
fn whoever_has_patience_waits_for_a_living_run() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let ben = Terms { patience: secs(600), ..terms("ben") };
    let second = async {
        clock.sleep(secs(1)).await;
        work(&cloud, &clock, &ben, secs(1)).await
    };
    let ((first, _), (second, told)) = clock.block_on(join(work(&cloud, &clock, &terms("ana"), secs(300)), second));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(second >= first + secs(300) && second < first + secs(306), "{first:?} {second:?}");
    assert!(matches!(told[..], [LeaseEvent::Waiting(LeaseError::Held { .. })]), "{told:?}");
}

#[test]
fn a_dead_runs_lock_is_taken_over_after_five_minutes_and_the_visibility_window_is_waited_out() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    clock.block_on(async {
        dies(&cloud, &clock, &terms("ana"), secs(90)).await;
        // Its last heartbeat was at 60 s. For five minutes it may be alive.
        clock.sleep(secs(240)).await;
        let (early, _) = work(&cloud, &clock, &terms("ben"), secs(1)).await;
        assert!(matches!(early, Err(LeaseError::Held { .. })), "{early:?}");
        clock.sleep(secs(35)).await;
        let asked = clock.now();
        let (began, told) = work(&cloud, &clock, &terms("ben"), secs(1)).await;
        // It was watched for a beat and a half and the window, and then the window was waited out.
        let waited = began.unwrap() - asked;
        assert!(waited >= secs(120 + 30) && waited < secs(120 + 30 + 10), "{waited:?}");
        let holders: Vec<_> = told
            .iter()
            .map(|event| match event {
                LeaseEvent::TakenOver(standing) => standing.holder.as_ref().map(|holder| holder.who.clone()).unwrap(),
                LeaseEvent::Settling(window) => format!("{window:?}"),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(holders, ["ana", "30s"]);
    });
    assert!(cloud.world().network.leases.is_empty());
}

#[test]
fn a_living_run_whose_clock_is_slow_is_not_taken_for_dead() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let slow = Terms { epoch: TODAY - secs(3600), ..terms("ana") };
    let second = async {
        clock.sleep(secs(10)).await;
        work(&cloud, &clock, &terms("ben"), secs(1)).await.0
    };
    let (first, second) = clock.block_on(join(work(&cloud, &clock, &slow, secs(600)), second));
    assert!(first.0.is_ok());
    let error = second.unwrap_err();
    insta::assert_snapshot!(error, @"ana works on stack shop (`egress apply`, for 61 min); it was seen alive just now");
}

#[test]
fn a_dead_run_whose_clock_was_fast_holds_the_lock_for_five_minutes_and_not_for_ever() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let fast = Terms { epoch: TODAY + secs(86_400), ..terms("ana") };
    clock.block_on(async {
        dies(&cloud, &clock, &fast, secs(1)).await;
        let asked = clock.now();
        let began = work(&cloud, &clock, &terms("ben"), secs(1)).await.0.unwrap();
        assert!((began - asked).abs_diff(STALE + VISIBILITY) < secs(5), "{:?}", began - asked);
    });
}

#[test]
fn a_lost_answer_to_the_creation_is_settled_by_the_nonce() {
    for reply in [Reply::LostAfter, Reply::LostBefore, Reply::Fail(ErrorKind::Throttled)] {
        for invisible in [Duration::ZERO, secs(20)] {
            let clock = VirtualClock::new();
            let cloud = LeaseCloud::new(&clock).hiding(invisible);
            cloud.script("create", [reply]);
            let (began, told) = clock.block_on(work(&cloud, &clock, &terms("ana"), secs(60)));
            assert!(began.is_ok(), "{reply:?}: {began:?} {told:?}");
            assert!(cloud.world().network.leases.is_empty(), "{reply:?}");
        }
    }
}

#[test]
fn a_lost_answer_to_the_deletion_leaves_nothing() {
    for reply in [Reply::LostAfter, Reply::LostBefore, Reply::Fail(ErrorKind::Internal)] {
        let clock = VirtualClock::new();
        let cloud = LeaseCloud::new(&clock);
        cloud.script("delete", [reply]);
        let (began, told) = clock.block_on(work(&cloud, &clock, &terms("ana"), secs(1)));
        assert!(began.is_ok() && told.is_empty(), "{reply:?}: {told:?}");
        assert!(cloud.world().network.leases.is_empty(), "{reply:?}");
    }
}

#[test]
fn whoever_may_not_make_a_lease_is_told_which_call_was_refused() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    cloud.script("create", [Reply::Fail(ErrorKind::Denied)]);
    let (refused, _) = clock.block_on(work(&cloud, &clock, &terms("ana"), secs(1)));
    insta::assert_snapshot!(refused.unwrap_err(), @"the lock of the stack cannot be had: create: scripted");
}

#[test]
fn a_name_that_is_taken_by_something_else_is_said() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock).hiding(secs(100_000));
    let foreign = clock.block_on(async {
        dies(&cloud, &clock, &terms("ana"), secs(1)).await;
        work(&cloud, &clock, &terms("ben"), secs(1)).await.0
    });
    insta::assert_snapshot!(foreign.unwrap_err(), @"the lock of stack shop cannot be made: `egress-lock-shop` exists, and is no lock of egress's that can be seen here");
}

#[test]
fn a_lock_without_a_readable_holder_is_watched_for_five_minutes() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    clock.block_on(async {
        dies(&cloud, &clock, &terms("ana"), secs(1)).await;
        cloud.edit(|world| {
            world.network.leases.values_mut().for_each(|lease| _ = lease.tags.remove("egress:heartbeat"))
        });
        let asked = clock.now();
        let began = work(&cloud, &clock, &terms("ben"), secs(1)).await.0.unwrap();
        assert!(began - asked >= STALE + VISIBILITY);
    });
}

#[test]
fn whoever_stops_while_waiting_leaves_no_lock_behind() {
    for reply in [None, Some(Reply::LostAfter)] {
        let clock = VirtualClock::new();
        let cloud = LeaseCloud::new(&clock).hiding(secs(20));
        cloud.script("create", reply);
        let ben = terms("ben");
        // In the middle of the first call, and while it is settled.
        for stop_after in [Duration::from_millis(60), secs(5)] {
            let stopped = clock.block_on(async {
                let stop = clock.sleep(stop_after);
                hold(&cloud, &clock, &ben, stop, &mut |_| {}, async |_| clock.sleep(secs(60)).await).await
            });
            if reply.is_some() {
                assert_eq!(stopped, Err(LeaseError::Interrupted));
            }
            assert!(cloud.world().network.leases.is_empty(), "{reply:?} {stop_after:?}");
            cloud.script("create", reply);
        }
    }
}

#[test]
fn giving_a_dead_runs_lock_up_waits_out_the_visibility_window_too() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    clock.block_on(async {
        dies(&cloud, &clock, &terms("ana"), secs(1)).await;
        let standing = look(&cloud, &stack()).await.unwrap().unwrap();
        let asked = clock.now();
        unlock(&cloud, &clock, &standing, VISIBILITY).await.unwrap();
        assert!(clock.now() - asked >= VISIBILITY);
        assert_eq!(look(&cloud, &stack()).await, Ok(None));
        // Again: it is gone already.
        unlock(&cloud, &clock, &standing, VISIBILITY).await.unwrap();
    });
}
