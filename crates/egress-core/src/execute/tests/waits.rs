//! Waits, and the observations that they share.

use proptest::prelude::*;

use super::{cloud::*, plans::*, *};
use crate::{
    CloudId, ErrorKind, Key, Tags,
    op::Family,
    plan::{Action, Condition, Plan, StepId},
    world::{
        Address, Function, FunctionState, NatAddress, NatAddressState, NatGateway, NatScope, NatState, UpdateState,
        World,
    },
};

fn gateway() -> Plan {
    let mut plan = way_out();
    plan.steps.retain(|step| step.id.0 != "route t to g");
    plan
}

pub(super) fn function(name: &str, update: UpdateState) -> Function {
    Function {
        id: CloudId::from(name),
        role: None,
        state: FunctionState::Active,
        update,
        attachment: None,
        network: None,
        file_systems: Vec::new(),
        revision: String::new(),
        versions: Vec::new(),
        aliases: Vec::new(),
        timeout: None,
        concurrency: None,
        managed_by: None,
        tags: Tags::new(),
    }
}

pub(super) fn put_function(world: &mut World, function: Function) {
    world.function.functions.insert(function.id.clone(), function);
}

/// A plan that does nothing but wait.
pub(super) fn waiting(condition: Condition<Key>, id: &str) -> Plan {
    let subject = condition.subject().to_string();
    bound(plan([step("wait", &[], Action::Await(condition))]), &[(subject.as_str(), id)])
}

/// What a step said while it waited, each text once.
pub(super) fn details(ran: &Ran) -> Vec<String> {
    let detail = |event: &Event| match &event.what {
        What::Waiting { detail, .. } => Some(detail.clone()),
        _ => None,
    };
    let mut details: Vec<String> = ran.events.iter().filter_map(detail).collect();
    details.dedup();
    details
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_wait_ends_at_most_three_percent_or_a_quarter_of_a_second_late(ready in 0u64..400_000) {
        let ready = millis(ready);
        let ran = run(&TestCloud::new().with(|s| s.nat_ready = ready), &gateway());
        let late = ran.done_at("await nat-gateway/g") - ready;
        prop_assert!(late <= millis(250).max(ready * 3 / 100), "{late:?} after {ready:?}");
    }
}

#[test]
fn many_who_wait_cost_no_more_observations_than_one() {
    let observations = |waits: usize| {
        let mut plan = gateway();
        for n in 0..waits {
            plan.steps.push(step(&format!("wait {n}"), &["create nat-gateway/g"], ready("nat-gateway/g")));
        }
        let cloud = TestCloud::new();
        let ran = run(&cloud, &plan);
        assert!(ran.report.is_complete());
        (cloud.observations(Family::Gateway), cloud.observations(Family::Network))
    };
    assert_eq!(observations(0), (115, 0));
    assert_eq!(observations(20), observations(0));
}

#[test]
fn a_function_is_not_ready_by_an_observation_from_before_its_change() {
    // The function is settled before it is attached, and looks so again only when that is through. Somebody else's wait
    // has an observation under way all the time.
    let mut plan = bound(gateway(), &[("function/f", "f")]);
    plan.steps.push(step("attach f", &["create subnet/s"], attach("function/f", "subnet/s")));
    plan.steps.push(step("await f", &["attach f"], ready("function/f")));
    plan.bindings.insert(key("function/other"), CloudId::from("other"));
    plan.steps.push(step("await other", &[], ready("function/other")));
    for invisible in [secs(0), secs(5)] {
        let cloud = TestCloud::new()
            .at(secs(0), |world| put_function(world, function("f", UpdateState::Done)))
            .at(secs(50), |world| put_function(world, function("other", UpdateState::Done)))
            .with(|s| (s.invisible, s.observing, s.latency) = (invisible, millis(700), millis(300)));
        let ran = run(&cloud, &plan);
        assert!(ran.report.is_complete());
        let attached = ran.done_at("attach f") + invisible + secs(90);
        let ready = ran.done_at("await f");
        assert!(ready >= attached && ready <= attached + secs(5), "{ready:?} instead of {attached:?}");
    }
}

#[test]
fn a_gateway_that_fails_ends_the_wait_with_its_reason() {
    let cloud = TestCloud::new().with(|s| s.nat_fails = Some("NoWay"));
    let ran = run(&cloud, &gateway());
    assert_eq!(ran.failed(), ["await nat-gateway/g: nat-gateway/g failed: NoWay: scripted"]);
    assert!(ran.report.took < secs(93));
}

#[test]
fn a_function_whose_update_fails_ends_the_wait_with_its_reason() {
    let update = UpdateState::Failed { code: "TooFewAddresses".to_owned(), message: "none left".to_owned() };
    let cloud = TestCloud::new().at(secs(20), |world| put_function(world, function("f", update)));
    let ran = run(&cloud, &waiting(Condition::Ready(key("function/f")), "f"));
    assert_eq!(ran.failed(), ["wait: function/f failed: TooFewAddresses: none left"]);
    assert_eq!(details(&ran), ["not visible yet"]);
}

#[test]
fn a_wait_times_out_after_the_usual_time_and_patience() {
    let cloud = TestCloud::new().with(|s| s.nat_ready = secs(100_000));
    let ran = run(&cloud, &gateway());
    assert_eq!(ran.failed(), ["await nat-gateway/g: nat-gateway/g was not so after 450s: pending"]);
    assert_eq!(ran.report.took, secs(450));
}

#[test]
fn a_gateway_is_gone_once_it_is_deleted_or_no_longer_listed() {
    let mut plan = gateway();
    plan.steps.push(step("delete g", &["await nat-gateway/g"], delete_nat("nat-gateway/g")));
    plan.steps.push(step("await no g", &["delete g"], gone("nat-gateway/g")));
    let cloud = TestCloud::new();
    let ran = run(&cloud, &plan);
    let took = ran.done_at("await no g") - ran.done_at("delete g");
    assert!(took >= secs(60) && took <= secs(62), "{took:?}");
    assert_eq!(details(&ran), ["pending", "deleting"]);
    assert!(!ran.report.bindings.contains_key(&key("nat-gateway/g")));
}

#[test]
fn saved_tags_can_be_read_back_once_all_of_egress_own_are_exactly_so() {
    let tags = |list: &[(&str, &str)]| list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Tags>();
    let with = |list: &'static [(&'static str, &'static str)]| {
        move |world: &mut World| {
            put_function(world, Function { tags: tags(list), ..function("f", UpdateState::Done) });
        }
    };
    let cloud = TestCloud::new()
        .at(secs(0), with(&[("team", "x")]))
        .at(secs(10), with(&[("egress:a", "1"), ("egress:old", "1"), ("team", "x")]))
        .at(secs(20), with(&[("egress:a", "2"), ("team", "x")]))
        .at(secs(30), with(&[("egress:a", "1"), ("team", "y")]));
    let condition = Condition::Tagged { function: key("function/f"), tags: tags(&[("egress:a", "1")]) };
    let ran = run(&cloud, &waiting(condition, "f"));
    assert_eq!(details(&ran), ["its tags are not as they were saved"]);
    assert!(ran.done_at("wait") >= secs(30) && ran.done_at("wait") <= secs(31));
}

/// Puts `eip-2` on `nat-1` as far as this, in place of what was there.
fn put_address(state: Option<NatAddressState>) -> impl Fn(&mut World) {
    move |world| {
        let held = state.as_ref().is_some_and(|s| !matches!(s, NatAddressState::Failed { .. }));
        let listed = state.iter().map(|state| NatAddress {
            address: Some("eip-2".into()),
            public_ip: None,
            private_ip: None,
            interface: None,
            zone: None,
            association: Some("assoc-2".into()),
            primary: false,
            state: state.clone(),
        });
        let gateway = NatGateway {
            id: "nat-1".into(),
            network: "network-1".into(),
            scope: NatScope::Subnet("subnet-1".into()),
            public: true,
            state: NatState::Available,
            addresses: listed.collect(),
            tags: Tags::new(),
        };
        let address = Address {
            id: "eip-2".into(),
            ip: None,
            interface: None,
            nat_gateway: held.then(|| "nat-1".into()),
            tags: Tags::new(),
        };
        world.gateway.nat_gateways.insert(gateway.id.clone(), gateway);
        world.gateway.addresses.insert(address.id.clone(), address);
    }
}

/// A plan that waits for a condition on `eip-2` and `nat-1`.
fn waiting_for_address(condition: fn(Key, Key) -> Condition<Key>) -> Plan {
    let condition = condition(key("nat-gateway/g"), key("address/b"));
    bound(plan([step("wait", &[], Action::Await(condition))]), &[("nat-gateway/g", "nat-1"), ("address/b", "eip-2")])
}

fn in_use(gateway: Key, address: Key) -> Condition<Key> {
    Condition::InUse { gateway, address }
}

fn not_in_use(gateway: Key, address: Key) -> Condition<Key> {
    Condition::NotInUse { gateway, address }
}

#[test]
fn an_address_is_in_use_once_its_gateway_makes_connections_from_it() {
    let cloud = TestCloud::new()
        .at(secs(0), put_address(Some(NatAddressState::Disassociating)))
        .at(secs(10), put_address(None))
        .at(secs(20), put_address(Some(NatAddressState::Associating)))
        .at(secs(40), put_address(Some(NatAddressState::InUse)));
    let ran = run(&cloud, &waiting_for_address(in_use));
    assert_eq!(details(&ran), ["disassociating", "not visible yet", "associating"]);
    assert!(ran.done_at("wait") >= secs(40) && ran.done_at("wait") <= secs(42));
}

#[test]
fn an_address_that_could_not_be_put_on_its_gateway_ends_the_wait() {
    let failed = NatAddressState::Failed { message: "eip-2 is already associated".to_owned() };
    let cloud = TestCloud::new()
        .at(secs(0), put_address(Some(NatAddressState::Associating)))
        .at(secs(10), put_address(Some(failed)));
    let ran = run(&cloud, &waiting_for_address(in_use));
    let error = StepError::Broken {
        subject: key("address/b"),
        code: "failed".to_owned(),
        message: "eip-2 is already associated".to_owned(),
    };
    assert_eq!(ran.report.failed, [(StepId("wait".to_owned()), error)]);
}

#[test]
fn an_address_is_no_longer_in_use_once_it_is_drained_and_nothing_holds_it() {
    let still_held = |world: &mut World| {
        world.gateway.nat_gateways.get_mut(&CloudId::from("nat-1")).unwrap().addresses.clear();
    };
    let cloud = TestCloud::new()
        .at(secs(0), put_address(Some(NatAddressState::InUse)))
        .at(secs(10), put_address(Some(NatAddressState::Disassociating)))
        .at(secs(360), still_held)
        .at(secs(400), put_address(None));
    let ran = run(&cloud, &waiting_for_address(not_in_use));
    assert_eq!(details(&ran), ["still in use", "its connections may still end", "still attached"]);
    assert!(ran.done_at("wait") >= secs(400) && ran.done_at("wait") <= secs(412));
    let failed = NatAddressState::Failed { message: String::new() };
    let ran = run(&TestCloud::new().at(secs(0), put_address(Some(failed))), &waiting_for_address(not_in_use));
    assert_eq!((details(&ran), ran.report.is_complete()), (vec![], true));
}

#[test]
fn observations_that_fail_for_a_while_end_no_wait() {
    let cloud = TestCloud::new().with(|s| s.blind.extend([ErrorKind::Throttled; 10]));
    assert!(run(&cloud, &gateway()).report.is_complete());
}

#[test]
fn observations_that_fail_for_good_end_every_wait_of_their_family() {
    for (kind, count, took) in
        [(ErrorKind::Denied, 1, 0), (ErrorKind::Transport, 1000, 120), (ErrorKind::Throttled, 1000, 900)]
    {
        let mut plan = gateway();
        plan.steps.push(step("second wait", &["create nat-gateway/g"], ready("nat-gateway/g")));
        let cloud = TestCloud::new().with(|s| s.blind.extend(vec![kind; count]));
        let ran = run(&cloud, &plan);
        assert_eq!(ran.failed()[..1], ["await nat-gateway/g: observe: scripted"]);
        assert_eq!(ran.report.took, secs(took));
        assert_eq!(ran.failed().len() + ran.not_run().len(), 2);
    }
}

#[test]
fn the_first_look_is_made_again_while_there_are_too_many_calls_and_other_failures_are_told_at_once() {
    let look = |failures: Vec<ErrorKind>| {
        let cloud = TestCloud::new().with(|s| s.blind.extend(failures));
        let scope = crate::Scope::Everything;
        let seen = cloud.clock.block_on(observe(&cloud, &cloud.clock, &scope, "nonce123"));
        (seen.err().map(|error| error.kind), crate::Clock::now(&cloud.clock))
    };
    let (seen, took) = look(vec![ErrorKind::Throttled; 12]);
    assert_eq!(seen, None);
    assert!((secs(1)..secs(60)).contains(&took), "{took:?}");
    assert_eq!(look(vec![ErrorKind::Transport]), (Some(ErrorKind::Transport), secs(0)));
    assert_eq!(look(vec![ErrorKind::Throttled; 5000]), (Some(ErrorKind::Throttled), secs(900)));
}

#[test]
fn a_wait_for_what_is_not_known_fails_at_once() {
    let ran = run(&TestCloud::new(), &plan([step("wait", &[], ready("network/n"))]));
    assert_eq!(ran.failed(), ["wait: network/n is not known to the cloud"]);
}

#[test]
fn things_of_every_kind_are_gone_until_they_are_there() {
    for kind in crate::Kind::ALL {
        let subject = crate::Key::new(kind, "x");
        let gone = run(&TestCloud::new(), &waiting(Condition::Gone(subject.clone()), "x"));
        assert!(gone.report.is_complete());
        let ready = run(&TestCloud::new(), &waiting(Condition::Ready(subject.clone()), "x"));
        assert_eq!(details(&ready), ["not visible yet"], "{kind}");
        let waited = super::patience::usual(&Condition::Ready(subject), &PACE) * PACE.patience;
        assert_eq!(ready.report.took, waited);
    }
}
