//! Calls that fail, and calls whose answers are lost.

use super::{cloud::*, plans::*, *};
use crate::{
    CloudId, ErrorKind,
    op::Family,
    plan::{Action, Level, Notice, Plan},
    world::World,
};

fn one_network() -> Plan {
    plan([step("create network/n", &[], network("network/n"))])
}

/// How one call ends that always fails like this: after how long, and as what.
fn always(kind: ErrorKind) -> (u64, Vec<String>) {
    let cloud = TestCloud::new().script("create", vec![Reply::Fail(kind); 1000]);
    let ran = run(&cloud, &one_network());
    assert_eq!(cloud.calls().len(), ran.pauses("create network/n").len() + 1);
    (ran.report.took.as_secs(), ran.failed())
}

#[test]
fn each_kind_of_failure_is_borne_for_its_own_time() {
    let failed = vec!["create network/n: create: scripted".to_owned()];
    let patience = [
        (ErrorKind::NotFound, 0),
        (ErrorKind::AlreadyExists, 0),
        (ErrorKind::InUse, 240 * 5),
        (ErrorKind::Busy, 90 * 5),
        (ErrorKind::Throttled, 900),
        (ErrorKind::Quota, 0),
        (ErrorKind::Capacity, 0),
        (ErrorKind::Denied, 0),
        (ErrorKind::Unauthenticated, 0),
        (ErrorKind::Invalid, 0),
        (ErrorKind::RoleNotUsable, 120),
        (ErrorKind::RolePermission, 120),
        (ErrorKind::Changed, 0),
        (ErrorKind::Unsupported, 0),
        (ErrorKind::Transport, 120),
        (ErrorKind::Internal, 120),
        (ErrorKind::Local, 0),
    ];
    assert_eq!(patience.map(|(kind, _)| (kind, always(kind))), patience.map(|(kind, s)| (kind, (s, failed.clone()))));
}

#[test]
fn a_failure_that_passes_is_tried_again_with_growing_pauses_and_the_same_token() {
    let cloud = TestCloud::new().script("create", [Reply::Fail(ErrorKind::Internal); 9]);
    let ran = run(&cloud, &one_network());
    assert!(ran.report.is_complete());
    assert_eq!(ran.pauses("create network/n"), [250, 400, 640, 1024, 1638, 2621, 4194, 5000, 5000]);
    let mut tokens: Vec<_> = cloud.state().calls.iter().map(|(_, _, token)| token.clone()).collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(cloud.world().network.networks.len(), 1);
}

#[test]
fn kinds_of_failure_that_take_turns_do_not_go_on_for_ever() {
    let turns = [Reply::Fail(ErrorKind::Throttled), Reply::Fail(ErrorKind::Internal)];
    let cloud = TestCloud::new().script("create", turns.repeat(1000));
    let ran = run(&cloud, &one_network());
    assert_eq!(ran.failed().len(), 1);
    assert!(ran.report.took <= secs(130), "{:?}", ran.report.took);
}

#[test]
fn what_this_run_has_just_made_may_be_invisible_for_a_while() {
    let made = |invisible| {
        let cloud = TestCloud::new().with(|s| s.invisible = invisible);
        let ran = run(&cloud, &way_out());
        (ran.report.took, ran.failed())
    };
    let (took, failed) = made(secs(8));
    assert_eq!(failed, [""; 0]);
    // The network, the subnet and the gateway become visible one after another, and the gateway and its route take their time.
    let least = secs(8) * 3 + secs(90);
    assert!(took >= least && took <= least + secs(7), "{took:?}");
    let (took, failed) = made(secs(31));
    let refused =
        ["create subnet/s", "create route-table/t"].map(|step| format!("{step}: create: network-1 does not exist"));
    assert_eq!(failed, refused);
    assert_eq!(took, secs(30));
}

#[test]
fn a_run_that_is_complete_waits_until_what_it_made_last_can_be_seen() {
    let cloud = TestCloud::new().with(|s| s.invisible = secs(8));
    let ran = run(&cloud, &one_network());
    assert!(ran.report.is_complete());
    assert!(ran.report.took >= secs(8) && ran.report.took <= millis(8500), "{:?}", ran.report.took);
}

#[test]
fn a_reference_that_nothing_is_bound_to_fails_before_any_call() {
    let cloud = TestCloud::new();
    let ran = run(&cloud, &plan([step("create subnet/s", &[], subnet("subnet/s", "network/n"))]));
    assert_eq!(ran.failed(), ["create subnet/s: network/n is not known to the cloud"]);
    assert_eq!(cloud.calls(), [""; 0]);
}

#[test]
fn a_lost_answer_to_a_call_that_took_effect_is_settled_without_another_call() {
    let cloud = TestCloud::new().script("create network", [Reply::LostAfter]).with(|s| s.invisible = secs(9));
    let ran = run(&cloud, &one_network());
    assert!(ran.report.is_complete());
    assert_eq!((cloud.calls().len(), ran.pauses("create network/n")), (1, vec![]));
    assert_eq!(ran.report.bindings.get(&key("network/n")), cloud.world().network.networks.keys().next());
    assert!(ran.report.took >= secs(9) && ran.report.took <= millis(9500), "{:?}", ran.report.took);
}

#[test]
fn a_lost_answer_to_a_call_without_effect_is_called_again_once_it_could_be_seen() {
    let cloud = TestCloud::new().script("create network", [Reply::LostBefore]);
    let ran = run(&cloud, &one_network());
    assert!(ran.report.is_complete());
    assert_eq!((cloud.calls().len(), ran.report.took), (2, PACE.visibility));
    assert_eq!(cloud.world().network.networks.len(), 1);
}

#[test]
fn a_call_whose_answers_are_always_lost_ends_unsettled() {
    let cloud = TestCloud::new().script("create network", vec![Reply::LostBefore; 100]);
    let ran = run(&cloud, &one_network());
    assert_eq!(ran.failed(), ["create network/n: create: scripted; whether it took effect could not be settled"]);
    assert_eq!((cloud.calls().len(), ran.report.took), (5, PACE.visibility * 5));
}

#[test]
fn an_effect_that_shows_after_the_repetition_was_refused_counts() {
    // The first call's effect is seen later than it should be, and the second call is told that it is there already.
    let cloud = TestCloud::new()
        .script("create network", [Reply::LostBefore, Reply::Fail(ErrorKind::AlreadyExists)])
        .at(secs(30), |world| {
            let Action::Change(op) = network("network/n") else { unreachable!() };
            let op = op.try_map(&mut |_| Err(())).unwrap();
            crate::world::apply(world, &op, &CloudId::from("late")).unwrap();
        });
    // Not yet there at the last observation of the first round.
    let ran = run(&cloud.with(|s| s.latency = millis(1)), &one_network());
    assert_eq!(ran.report.bindings, [(key("network/n"), CloudId::from("late"))].into());
}

#[test]
fn a_lost_answer_to_create_nat_makes_no_second_gateway() {
    for reply in [Reply::LostAfter, Reply::LostBefore] {
        for invisible in [secs(0), secs(20)] {
            let cloud = TestCloud::new().script("create nat-gateway", [reply]).with(|s| s.invisible = invisible);
            let ran = run(&cloud, &way_out());
            assert!(ran.report.is_complete(), "{:?}", ran.report);
            let gateways: Vec<_> = cloud.world().gateway.nat_gateways.into_keys().collect();
            assert_eq!(gateways, [ran.report.bindings[&key("nat-gateway/g")].clone()]);
        }
    }
}

#[test]
fn a_lost_answer_to_an_allocation_still_tells_the_ip() {
    let plan = plan([step("allocate address/a", &[], address("address/a"))]);
    for reply in [Reply::LostAfter, Reply::Unnamed] {
        let cloud = TestCloud::new().script("allocate", [reply]).with(|s| s.invisible = secs(2));
        let ran = run(&cloud, &plan);
        assert!(ran.report.is_complete());
        assert_eq!(ran.report.addresses, [(key("address/a"), IP)].into());
        assert_eq!(cloud.world().gateway.addresses.len(), 1);
    }
}

#[test]
fn a_creation_that_names_nothing_and_is_never_seen_fails() {
    let cloud = TestCloud::new().script("create", [Reply::Unnamed]).with(|s| s.invisible = secs(31));
    let ran = run(&cloud, &one_network());
    assert_eq!(ran.failed(), ["create network/n: network/n is not known to the cloud"]);
}

#[test]
fn of_two_things_with_one_key_the_first_is_used_and_the_user_is_told() {
    let twin = |world: &mut World| {
        let Action::Change(op) = network("network/n") else { unreachable!() };
        let op = op.try_map(&mut |_| Err(())).unwrap();
        crate::world::apply(world, &op, &CloudId::from("a-twin")).unwrap();
    };
    let cloud = TestCloud::new().script("create", [Reply::LostAfter]).at(secs(0), twin);
    let ran = run(&cloud, &one_network());
    assert_eq!(ran.report.bindings, [(key("network/n"), CloudId::from("a-twin"))].into());
    assert_eq!(ran.report.notices.len(), 1);
    let Notice { level, subject, message, .. } = &ran.report.notices[0];
    assert_eq!((*level, subject.as_deref()), (Level::Warning, Some("network/n")));
    assert!(message.starts_with("more than one thing carries this key: a-twin is used, network-"), "{message}");
}

#[test]
fn a_thing_that_the_plan_knew_is_not_taken_for_the_new_one() {
    let older = |world: &mut World| {
        let Action::Change(op) = network("network/n") else { unreachable!() };
        let op = op.try_map(&mut |_| Err(())).unwrap();
        crate::world::apply(world, &op, &CloudId::from("a-older")).unwrap();
    };
    let cloud = TestCloud::new().script("create", [Reply::LostAfter]).at(secs(0), older);
    let ran = run(&cloud, &bound(one_network(), &[("network/n", "a-older")]));
    assert_ne!(ran.report.bindings[&key("network/n")], CloudId::from("a-older"));
    assert_eq!(ran.report.notices, []);
}

#[test]
fn deleting_what_is_gone_already_is_done_and_forgets_it() {
    let cloud = TestCloud::new();
    let plan = bound(plan([step("delete subnet/s", &[], delete_subnet("subnet/s"))]), &[("subnet/s", "subnet-9")]);
    let ran = run(&cloud, &plan);
    assert_eq!((ran.done(), ran.report.bindings.len()), (vec!["delete subnet/s"], 0));
}

#[test]
fn observations_that_fail_are_made_again_while_an_answer_is_settled() {
    let cloud = TestCloud::new()
        .script("create", [Reply::LostAfter])
        .with(|s| s.blind.extend([ErrorKind::Transport, ErrorKind::Transport, ErrorKind::Internal]));
    let ran = run(&cloud, &one_network());
    assert!(ran.report.is_complete());
    // Three that fail, one that settles it, and a last look whether the next run will see it.
    assert_eq!((cloud.observations(Family::Network), ran.report.took), (5, millis(1290)));
    let cloud = TestCloud::new().script("create", [Reply::LostAfter]).with(|s| s.blind.extend([ErrorKind::Denied]));
    let ran = run(&cloud, &one_network());
    assert_eq!(ran.failed(), ["create network/n: create: scripted; whether it took effect could not be settled"]);
}

#[test]
fn a_route_is_made_soon_after_its_gateway_is_available_however_long_that_takes() {
    let cloud = TestCloud::new().with(|s| s.nat_ready = secs(400));
    let ran = run(&cloud, &way_out());
    let late = ran.done_at("route t to g") - secs(400);
    assert!(late <= secs(5), "{late:?}");
    let routes = cloud.calls().iter().filter(|call| call.starts_with("route")).count();
    assert!(routes < 90, "{routes} tries");
}

#[test]
fn a_route_to_a_gateway_that_fails_ends_with_the_gateways_own_reason() {
    let cloud = TestCloud::new().with(|s| s.nat_fails = Some("NoWay"));
    let mut plan = way_out();
    plan.steps.pop();
    let ran = run(&cloud, &plan);
    assert_eq!(ran.failed(), ["route t to g: nat-gateway/g failed: NoWay: scripted"]);
}

#[test]
fn a_route_to_a_gateway_that_never_gets_ready_is_given_up() {
    let cloud = TestCloud::new().with(|s| s.nat_ready = secs(100_000));
    let mut plan = way_out();
    plan.steps.pop();
    let ran = run(&cloud, &plan);
    assert_eq!(ran.failed(), ["route t to g: nat-gateway/g was not so after 450s: pending"]);
}
