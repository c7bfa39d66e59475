//! Down again: what destroy waits for, what it overlaps, what it cleans up, and that it goes on from wherever it was stopped.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use egress_core::{
    CloudId, World,
    execute::{Event, What},
    plan::Verb,
    world::Version,
};
use egress_mock::Timing;
use futures::channel::oneshot;

use crate::stage::*;

/// A stack that stands, with the function `f` in it.
fn applied(seed: u64, timing: Timing) -> Stage {
    let stage = Stage::new(seed, timing);
    stage.run(apply());
    stage
}

fn events(stage: &Stage) -> Vec<Event> {
    std::mem::take(&mut *stage.events.lock().unwrap())
}

/// When a step began and when it was done.
fn span(events: &[Event], id: &str) -> (Duration, Duration) {
    let at = |so: &dyn Fn(&What) -> bool| events.iter().find(|event| so(&event.what)).unwrap().at;
    (
        at(&|what| matches!(what, What::Started { step, .. } if step.0 == id)),
        at(&|what| matches!(what, What::Done { step, .. } if step.0 == id)),
    )
}

/// What is there, under the names that people gave, with what it refers to left out: ids differ from run to run.
fn shape(world: &World) -> (BTreeSet<String>, BTreeMap<CloudId, String>) {
    let live = world.owned().into_iter().filter(|owned| owned.live).map(|owned| owned.owner.key.to_string());
    let function = |f: &egress_core::world::Function| format!("{:?} {:?} {:?}", f.attachment, f.update, f.tags);
    let interfaces = world.network.interfaces.values().map(|i| format!("interface of {:?}", i.kind));
    let functions = world.function.functions.values().map(|f| (f.id.clone(), function(f)));
    let roles = world.function.roles.values().map(|r| (r.id.clone(), format!("{:?}", r.grants)));
    (live.chain(interfaces).collect(), functions.chain(roles).collect())
}

#[test]
fn the_waits_for_interfaces_and_for_the_gateway_overlap() {
    let stage = applied(1, Timing::aws());
    events(&stage);
    stage.run(destroy());
    let events = events(&stage);
    let free = ["lambda_prv1", "lambda_prv2"]
        .map(|subnet| span(&events, &format!("await subnet/{subnet} free of functions' interfaces")));
    let gone = span(&events, "await nat-gateway/lambda_nat gone");
    for (began, ended) in free {
        let together = ended.min(gone.1).saturating_sub(began.max(gone.0));
        assert!(together * 10 >= (gone.1 - gone.0) * 9, "{began:?}..{ended:?} and {gone:?} overlap for {together:?}");
    }
}

#[test]
fn destroy_says_who_holds_the_interfaces_that_it_waits_for_and_how_long_that_usually_takes() {
    let stage = applied(1, Timing::aws());
    events(&stage);
    // Somebody publishes a version while destroy runs, and deletes it a minute later.
    let plan = stage.plan(destroy()).unwrap();
    let home = stage.cloud.world().function.functions[&"f".into()].attachment.clone();
    let cloud = stage.cloud.clone();
    let version = Version { version: "1".to_owned(), attachment: home };
    let mut published = false;
    let mut look = |event: &Event| {
        let step = matches!(&event.what, What::Started { step, .. } if step.0.starts_with("await subnet/"));
        if step && !std::mem::replace(&mut published, true) {
            let edit = |world: &mut World| {
                world.function.functions.get_mut(&"f".into()).unwrap().versions.push(version.clone());
            };
            cloud.edit(edit);
        }
        if published && event.at > Duration::from_secs(60) {
            cloud.edit(|world| world.function.functions.get_mut(&"f".into()).unwrap().versions.clear());
        }
    };
    let report = stage.execute_until(&plan, std::future::pending(), &mut look);
    assert!(report.is_complete(), "{:?}", report.failed);
    let events = events(&stage);
    let id = "await subnet/lambda_prv1 free of functions' interfaces";
    let usual = events.iter().find_map(|event| match &event.what {
        What::Started { step, usual, .. } if step.0 == id => *usual,
        _ => None,
    });
    assert_eq!(usual, Some(stage.cloud.pace().interfaces_gone));
    let mut details: Vec<String> = Vec::new();
    for event in &events {
        if let What::Waiting { step, detail, .. } = &event.what
            && step.0 == id
        {
            details.push(detail.split_once(' ').unwrap().1.to_owned());
        }
    }
    details.dedup();
    assert_eq!(
        details,
        ["is still used by version 1 of f", "is used by no function any more, and the cloud has yet to remove it",]
    );
}

#[test]
fn interfaces_that_turn_left_over_while_destroy_waits_are_deleted_with_their_subnets() {
    for seed in 1..6 {
        let stage = applied(seed, Timing::aws());
        events(&stage);
        let plan = stage.plan(destroy()).unwrap();
        // Its role loses the permission while the interfaces end: Lambda then leaves them behind.
        let cloud = stage.cloud.clone();
        let mut look = |event: &Event| {
            if event.at > Duration::from_secs(30) {
                cloud.edit(|world| {
                    world.function.roles.values_mut().for_each(|role| role.grants.clear());
                });
            }
        };
        let report = stage.execute_until(&plan, std::future::pending(), &mut look);
        assert!(report.is_complete(), "seed {seed}: {:?}", report.failed);
        let deleted = stage.cloud.calls().iter().filter(|c| c.name == "DeleteNetworkInterface").count();
        assert_eq!(deleted, 2, "seed {seed}");
        let world = stage.cloud.world();
        assert_eq!((world.network.networks.len(), world.network.interfaces.len()), (0, 0), "seed {seed}");
        // They were deleted as soon as they could be, not after the subnets' deletion was given up.
        assert!(report.took < Duration::from_secs(600), "seed {seed}: {:?}", report.took);
    }
}

#[test]
fn destroy_goes_on_from_wherever_it_was_stopped() {
    let undisturbed = {
        let stage = applied(1, Timing::aws());
        events(&stage);
        stage.run(destroy());
        (shape(&stage.cloud.world()), events(&stage))
    };
    let (end, events) = undisturbed;
    // While something is waited for nothing else happens: of the events that only say so, every tenth is enough.
    let waits = |event: &Event| matches!(event.what, What::Waiting { .. });
    let stops = (0..events.len()).filter(|nth| !waits(&events[*nth]) || nth % 10 == 0);
    let mut cases = 0;
    for nth in stops {
        let stage = applied(1, Timing::aws());
        let ip = stage.ip();
        let plan = stage.plan(destroy()).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (mut stop, mut seen) = (Some(stop), 0);
        let mut look = |_: &Event| {
            if seen == nth {
                drop(stop.take());
            }
            seen += 1;
        };
        let stopped = async { _ = stopped.await };
        stage.execute_until(&plan, stopped, &mut look);
        stage.run(destroy());
        assert_eq!(shape(&stage.cloud.world()), end, "stopped after event {nth}");
        assert_eq!(stage.ip(), ip);
        cases += 1;
    }
    println!("destroy was stopped at {cases} of {} events, and came to the same end", events.len());
    assert!(cases > 40);
}

#[test]
fn an_address_that_was_given_away_comes_back_and_is_used_again() {
    let stage = applied(1, Timing::aws());
    let ip = stage.ip();
    let release = Verb::Destroy { release: BTreeSet::from([ip]), remove_role_policy: false };
    stage.run(release.clone());
    assert!(stage.cloud.world().gateway.addresses.is_empty());
    let report = stage.run(Verb::Recover { ip });
    assert_eq!(report.addresses.values().copied().collect::<Vec<_>>(), [ip]);
    // At once: nothing is so new that the next command does not see it.
    stage.run(apply());
    assert_eq!(stage.call("f", ECHO).seen_ip(), Some(IpAddr::V4(ip)));
    assert_eq!(stage.plan(Verb::Recover { ip }).unwrap().steps, []);
    // Another account is faster the next time.
    stage.run(release);
    assert!(stage.cloud.take_released(ip));
    let report = stage.execute(&stage.plan(Verb::Recover { ip }).unwrap());
    let failed: Vec<String> = report.failed.iter().map(|(step, error)| format!("{step}: {error}")).collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].contains("InvalidAddress.NotFound"), "{failed:?}");
    assert!(stage.cloud.world().gateway.addresses.is_empty());
}
