//! Keeping the lock: heartbeats, losing it, and what a run that lost it must not do.

use std::sync::Mutex;

use futures::future::{join, select};

use super::{cloud::Reply, *};
use crate::{
    Clock, CloudExt, CloudId, ErrorKind, Op, Outcome, Tags, Token,
    op::{AllocateAddress, CreateNetwork, DeleteNetwork, GatewayOp, NetworkOp},
};

fn create_network() -> Op<CloudId> {
    let cidr = "10.0.0.0/16".parse().unwrap();
    Op::Network(NetworkOp::CreateNetwork(CreateNetwork { cidr, tags: Tags::new() }))
}

fn delete_network(network: &CloudId) -> Op<CloudId> {
    Op::Network(NetworkOp::DeleteNetwork(DeleteNetwork { network: network.clone() }))
}

#[test]
fn a_heartbeat_is_written_every_minute_for_as_long_as_the_work_goes_on() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    assert!(clock.block_on(work(&cloud, &clock, &terms("ana"), secs(605))).0.is_ok());
    let beats = cloud.calls().iter().filter(|call| call.starts_with("tag")).count();
    assert_eq!(beats, 10);
}

#[test]
fn heartbeats_that_fail_for_a_while_are_made_up_for() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    cloud.script("tag", [Reply::Fail(ErrorKind::Throttled), Reply::LostBefore, Reply::LostAfter]);
    let (began, told) = clock.block_on(work(&cloud, &clock, &terms("ana"), secs(600)));
    assert!(began.is_ok() && told.is_empty());
    let lost = clock.block_on(hold(&cloud, &clock, &terms("ben"), pending(), &mut |_| {}, async |tenure| {
        clock.sleep(secs(600)).await;
        tenure.why_lost()
    }));
    assert_eq!(lost, Ok(None));
}

#[test]
fn a_run_whose_heartbeats_do_not_get_through_stops_before_others_take_over() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    cloud.script("tag", vec![Reply::LostBefore; 1000]);
    let (when, why) = lost(&clock, &cloud);
    insta::assert_snapshot!(why, @"no heartbeat of this run got through to the lock of stack shop for so long that others may soon take it over: tag: scripted");
    assert!(when >= GIVE_UP && when + secs(30) < STALE, "{when:?}");
    // It is still this run's, and given back.
    assert!(cloud.world().network.leases.is_empty());

    let cloud = LeaseCloud::new(&clock);
    cloud.script("tag", [Reply::Silence]);
    let began = clock.now();
    let (when, _) = lost(&clock, &cloud);
    assert!(when - began >= GIVE_UP && when - began + secs(30) < STALE, "{when:?}");
}

/// When and why somebody who only waits loses the lock.
fn lost(clock: &VirtualClock, cloud: &LeaseCloud) -> (Duration, String) {
    let lost = clock.block_on(hold(cloud, clock, &terms("ana"), pending(), &mut |_| {}, async |tenure| {
        tenure.lost().await;
        (clock.now(), tenure.why_lost().unwrap())
    }));
    lost.unwrap()
}

#[test]
fn a_paused_holder_that_wakes_deletes_nothing_and_makes_nothing() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let network = clock.block_on(async {
        match cloud.apply(&create_network(), &Token::new("t")).await {
            Outcome::Done(effect) => effect.id.unwrap(),
            other => panic!("{other:?}"),
        }
    });
    let outcomes = Mutex::new(Vec::new());
    let (ana, ben) = (terms("ana"), terms("ben"));
    // A paused process: its future is not polled at all for twenty minutes.
    let mut tell = |_| {};
    let mut paused = Box::pin(hold(&cloud, &clock, &ana, pending(), &mut tell, async |tenure| {
        clock.sleep(secs(10)).await;
        for op in [delete_network(&network), create_network()] {
            let outcome = tenure.cloud().apply(&op, &Token::new("t")).await;
            outcomes.lock().unwrap().push(outcome);
        }
        tenure.lost().await;
    }));
    clock.block_on(async {
        select(&mut paused, clock.sleep(secs(5))).await;
        clock.sleep(secs(1200)).await;
        let other = work(&cloud, &clock, &ben, secs(400));
        let (_, (began, _)) = join(
            async {
                // Right after the other one has it.
                clock.sleep(secs(160)).await;
                (&mut paused).await.unwrap();
            },
            other,
        )
        .await;
        began.unwrap();
    });
    let outcomes = outcomes.lock().unwrap();
    assert_eq!(outcomes.len(), 2);
    for outcome in outcomes.iter() {
        let Outcome::Failed(error) = outcome else { panic!("{outcome:?}") };
        assert_eq!(error.kind, ErrorKind::Changed);
        let told = error.message.as_str();
        assert_eq!(
            told,
            "the lock of stack shop is no longer this run's: ben took it over (`egress apply`); nothing was changed"
        );
    }
    assert_eq!(cloud.world().network.networks.len(), 1);
    assert!(cloud.world().network.leases.is_empty(), "ben gave it back, and ana did not touch it");
}

#[test]
fn a_lock_that_was_given_up_by_hand_stops_the_run_at_its_next_change() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let ana = terms("ana");
    let mut tell = |_| {};
    let holder = hold(&cloud, &clock, &ana, pending(), &mut tell, async |tenure| {
        clock.sleep(secs(50)).await;
        let op = Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: Tags::new(), ip: None }));
        let outcome = tenure.cloud().apply(&op, &Token::new("t")).await;
        (outcome, tenure.why_lost())
    });
    let by_hand = async {
        clock.sleep(secs(10)).await;
        let standing = look(&cloud, &stack()).await.unwrap().unwrap();
        unlock(&cloud, &clock, &standing, VISIBILITY).await.unwrap();
    };
    let (held, ()) = clock.block_on(join(holder, by_hand));
    let (outcome, why) = held.unwrap();
    assert!(matches!(outcome, Outcome::Failed(error) if error.kind == ErrorKind::Changed));
    insta::assert_snapshot!(why.unwrap(), @"the lock of stack shop is no longer this run's: somebody gave it up");
    assert!(cloud.world().gateway.addresses.is_empty());
}

#[test]
fn a_heartbeat_notices_that_the_lock_is_gone() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let lost_at = clock.block_on(hold(&cloud, &clock, &terms("ana"), pending(), &mut |_| {}, async |tenure| {
        clock.sleep(secs(40)).await;
        cloud.edit(|world| world.network.leases.clear());
        tenure.lost().await;
        clock.now()
    }));
    // The next beat, and the time for which something may stay invisible.
    assert!(lost_at.unwrap() < secs(62) + VISIBILITY);
}

#[test]
fn of_many_changes_at_once_none_takes_a_young_lease_for_lost() {
    let clock = VirtualClock::new();
    for begins in (0..2000).step_by(90) {
        let cloud = LeaseCloud::new(&clock).hiding(Duration::from_millis(970));
        let outcomes = clock.block_on(hold(&cloud, &clock, &terms("ana"), pending(), &mut |_| {}, async |tenure| {
            let clock = &clock;
            let changes = (0..10).map(|n| async move {
                clock.sleep(Duration::from_millis(begins * n / 10)).await;
                tenure.cloud().apply(&create_network(), &Token::new(format!("t{n}"))).await
            });
            futures::future::join_all(changes).await
        }));
        assert!(outcomes.unwrap().iter().all(|outcome| matches!(outcome, Outcome::Done(_))), "{begins}");
    }
}

#[test]
fn a_lease_that_is_not_visible_yet_is_not_lost() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock).hiding(secs(20));
    let outcome = clock.block_on(hold(&cloud, &clock, &terms("ana"), pending(), &mut |_| {}, async |tenure| {
        tenure.cloud().apply(&create_network(), &Token::new("t")).await
    }));
    assert!(matches!(outcome, Ok(Outcome::Done(_))), "{outcome:?}");
}

#[test]
fn a_lease_that_is_not_visible_yet_is_given_back_all_the_same() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock).hiding(secs(20));
    let (began, told) = clock.block_on(work(&cloud, &clock, &terms("ana"), secs(1)));
    assert!(began.is_ok() && told.is_empty(), "{told:?}");
    assert!(cloud.world().network.leases.is_empty());
}

#[test]
fn a_look_that_fails_keeps_the_call_from_being_made() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    let outcome = clock.block_on(hold(&cloud, &clock, &terms("ana"), pending(), &mut |_| {}, async |tenure| {
        cloud.script("look", [Reply::Fail(ErrorKind::Throttled)]);
        tenure.cloud().apply(&create_network(), &Token::new("t")).await
    }));
    assert!(matches!(outcome, Ok(Outcome::Failed(error)) if error.kind == ErrorKind::Throttled));
    assert!(cloud.world().network.networks.is_empty());
}

#[test]
fn what_cannot_be_given_back_is_told() {
    let clock = VirtualClock::new();
    let cloud = LeaseCloud::new(&clock);
    cloud.script("delete", [Reply::Fail(ErrorKind::Denied)]);
    let (began, told) = clock.block_on(work(&cloud, &clock, &terms("ana"), secs(1)));
    assert!(began.is_ok());
    assert!(matches!(&told[..], [LeaseEvent::NotReleased(error)] if error.kind == ErrorKind::Denied), "{told:?}");
}
