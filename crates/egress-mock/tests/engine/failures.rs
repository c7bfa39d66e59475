//! One sort of failure at a time: every call meets it, the run bears it or ends in good order, and the next one goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::{Mutex, atomic::AtomicUsize, atomic::Ordering},
    time::Duration,
};

use egress_core::{
    Clock, Cloud, CloudError, ErrorKind, Kind, Outcome, World, async_trait,
    clock::VirtualClock,
    execute::{Report, StepError},
    layer::{Answer, Call, Layer, Layered, Part},
    op::Family,
    plan::Fate,
    world::NatState,
};
use egress_mock::{Config, MockCloud, NatFailure, Quotas, Timing};

use crate::stage::*;

const SECOND: Duration = Duration::from_secs(1);

/// What the stack has of the things that there must be one of.
fn counts(world: &World) -> BTreeMap<Kind, usize> {
    let one_each = [Kind::Network, Kind::InternetGateway, Kind::NatGateway, Kind::Address, Kind::SecurityGroup];
    let live = |kind| world.owned().iter().filter(|o| o.live && o.owner.key.kind == kind).count();
    one_each.into_iter().map(|kind| (kind, live(kind))).collect()
}

/// The stack is whole, nothing of it is there twice, and nothing is left to do.
#[track_caller]
fn stands(stage: &Stage) {
    let world = stage.cloud.world();
    assert!(counts(&world).values().all(|n| *n == 1), "{:?}", counts(&world));
    assert_eq!(stage.call("f", ECHO).seen_ip(), Some(IpAddr::V4(stage.ip())));
    let again = stage.plan(apply()).unwrap();
    assert!(again.steps.is_empty(), "{:#?}", again.steps);
}

/// What befalls a call.
#[derive(Clone, Copy, Debug)]
enum Befall {
    /// It is refused, and changes nothing.
    Refused(ErrorKind),
    /// It has no effect, and no answer comes, for so long.
    LostBefore(ErrorKind, Duration),
    /// It has its effect, and no answer comes, for so long.
    LostAfter(ErrorKind, Duration),
}

/// Every change and every invocation goes wrong once, and every third observation of each family.
struct Once {
    befall: Befall,
    clock: VirtualClock,
    met: Mutex<BTreeSet<String>>,
    looks: Mutex<BTreeMap<Family, usize>>,
}

impl Once {
    fn meets(&self, call: &Call<'_>) -> bool {
        match call {
            Call::Apply(op, _) => self.met.lock().unwrap().insert(op.to_string()),
            Call::Invoke(invocation) => self.met.lock().unwrap().insert(invocation.function.to_string()),
            Call::Observe(family, _) => {
                let mut looks = self.looks.lock().unwrap();
                let n = looks.entry(*family).or_default();
                *n += 1;
                *n % 3 == 1
            }
            Call::Quotas(_) => false,
        }
    }
}

#[async_trait]
impl Layer for Once {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        if !self.meets(&call) {
            return call.run(cloud).await;
        }
        let (kind, outcome, after): (_, fn(CloudError) -> Outcome, _) = match self.befall {
            Befall::Refused(kind) => (kind, Outcome::Failed, Duration::ZERO),
            Befall::LostBefore(kind, after) => (kind, Outcome::Unknown, after),
            Befall::LostAfter(kind, after) => {
                _ = call.run(cloud).await;
                (kind, Outcome::Unknown, after)
            }
        };
        self.clock.sleep(after).await;
        call.refuse(CloudError::new(kind, "a call", format!("{:?}", self.befall)), outcome)
    }
}

#[test]
fn throttling_server_errors_timeouts_and_resets_at_every_call_end_no_run() {
    let now = Duration::ZERO;
    for befall in [
        Befall::Refused(ErrorKind::Throttled),
        // A 5xx, before and after its effect.
        Befall::LostBefore(ErrorKind::Internal, now),
        Befall::LostAfter(ErrorKind::Internal, now),
        // A connection that is reset.
        Befall::LostBefore(ErrorKind::Transport, now),
        Befall::LostAfter(ErrorKind::Transport, now),
        // A server that says nothing until the caller gives up.
        Befall::LostBefore(ErrorKind::Transport, 30 * SECOND),
        Befall::LostAfter(ErrorKind::Transport, 30 * SECOND),
    ] {
        let stage = Stage::new(2, Timing::aws());
        let run = |nonce: &str, verb| {
            let clock = stage.clock.clone();
            let once = Once { befall, clock, met: Mutex::default(), looks: Mutex::default() };
            let cloud = Layered::new(once, stage.cloud.clone());
            let report = stage.execute_on(&cloud, nonce, &stage.plan(verb).unwrap());
            assert!(report.is_complete(), "{befall:?}: {:#?}, not run {:?}", report.failed, report.not_run);
        };
        run("nonce-up", apply());
        stands(&stage);
        let ip = stage.ip();
        run("nonce-down", destroy());
        let left: Vec<_> = stage.cloud.world().owned().iter().filter(|o| o.live).map(|o| o.owner.key.kind).collect();
        assert_eq!((left, stage.ip()), (vec![Kind::Address], ip), "{befall:?}");
    }
}

/// Lets so many calls through; from then on the caller's credentials have expired.
struct Expires {
    after: usize,
    calls: AtomicUsize,
}

#[async_trait]
impl Layer for Expires {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        if self.calls.fetch_add(1, Ordering::Relaxed) < self.after {
            return call.run(cloud).await;
        }
        let expired = CloudError::new(ErrorKind::Unauthenticated, "a call", "the security token has expired");
        call.refuse(expired, Outcome::Failed)
    }
}

fn is_expired(report: &Report) -> bool {
    let expired = |error: &StepError| matches!(error, StepError::Cloud(e) if e.kind == ErrorKind::Unauthenticated);
    !report.failed.is_empty() && report.failed.iter().all(|(_, error)| expired(error))
}

#[test]
fn credentials_that_expire_half_way_end_the_run_in_good_order_and_the_next_goes_on() {
    for after in (0..60).step_by(4) {
        let stage = Stage::new(3, Timing::aws());
        let cloud = Layered::new(Expires { after, calls: AtomicUsize::new(0) }, stage.cloud.clone());
        let report = stage.execute_on(&cloud, "nonce-expired", &stage.plan(apply()).unwrap());
        let calls = cloud.layer().calls.load(Ordering::Relaxed);
        if report.is_complete() {
            assert!(calls <= after, "{calls} calls");
            continue;
        }
        assert!(is_expired(&report), "after {after}: {:#?}", report.failed);
        // Nobody goes on asking: what was under way ends, what tidies up is tried once.
        assert!(calls - after < 40, "after {after} calls, {} more", calls - after);
        stage.run(apply());
        stands(&stage);
    }
}

#[test]
fn a_quota_that_is_met_half_way_is_said_and_once_it_is_raised_the_next_run_goes_on() {
    let none = Quotas { nat_gateways_per_zone: 0, ..Quotas::default() };
    let stage = Stage::with_config(Config::new(4).timing(Timing::aws()).quotas(none), FUNCTION);
    let report = stage.execute(&stage.plan(apply()).unwrap());
    let [(step, StepError::Cloud(error))] = &report.failed[..] else { panic!("{:#?}", report.failed) };
    assert_eq!((step.0.as_str(), error.kind), ("create nat-gateway/lambda_nat", ErrorKind::Quota));
    assert_eq!(error.code.as_deref(), Some("NatGatewayLimitExceeded"));
    let before = stage.cloud.world();
    assert_eq!(before.function.functions[&"f".into()].attachment, None);
    assert_eq!(counts(&before)[&Kind::Network], 1);

    stage.cloud.set_quotas(Quotas::default());
    let plan = stage.plan(apply()).unwrap();
    assert_eq!(plan.addresses.iter().map(|a| (a.ip, a.fate)).collect::<Vec<_>>(), [(Some(stage.ip()), Fate::Kept)]);
    assert!(stage.execute(&plan).is_complete());
    stands(&stage);
    let networks: BTreeSet<_> = before.network.networks.into_keys().collect();
    assert_eq!(stage.cloud.world().network.networks.into_keys().collect::<BTreeSet<_>>(), networks);
}

/// Shows each family's part of the World as it was a while ago, whatever sort of thing has changed since.
struct Late {
    by: Duration,
    clock: VirtualClock,
    cloud: MockCloud,
    seen: Mutex<Vec<(Duration, World)>>,
}

impl Late {
    fn note(&self) {
        self.seen.lock().unwrap().push((self.clock.now(), self.cloud.world()));
    }

    fn then(&self) -> World {
        let seen = self.seen.lock().unwrap();
        let then = self.clock.now().saturating_sub(self.by);
        let last = seen.iter().rev().find(|(when, _)| *when <= then).or(seen.first());
        last.map(|(_, world)| world.clone()).unwrap_or_default()
    }
}

#[async_trait]
impl Layer for Late {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        self.note();
        let answer = call.run(cloud).await;
        self.note();
        let (Call::Observe(family, _), Answer::Observed(Ok(_))) = (&call, &answer) else { return answer };
        let world = self.then();
        Answer::Observed(Ok(match family {
            Family::Network => Part::Network(Box::new(world.network)),
            Family::Gateway => Part::Gateway(world.gateway),
            Family::Function => Part::Function(world.function),
        }))
    }
}

#[test]
fn a_cloud_that_shows_everything_up_to_thirty_seconds_late_gets_the_same_stack() {
    for seed in 1..4 {
        let config = Config { visibility: Some(30 * SECOND), ..Config::new(seed).timing(Timing::aws()) };
        let stage = Stage::with_config(config, FUNCTION);
        let late = || {
            let (clock, cloud) = (stage.clock.clone(), stage.cloud.clone());
            Layered::new(Late { by: 28 * SECOND, clock, cloud: cloud.clone(), seen: Mutex::default() }, cloud)
        };
        let report = stage.execute_on(&late(), "nonce-late", &stage.plan(apply()).unwrap());
        assert!(report.is_complete(), "seed {seed}: {:#?}, not run {:?}", report.failed, report.not_run);
        stage.clock.block_on(stage.clock.sleep(30 * SECOND));
        stands(&stage);
        let report = stage.execute_on(&late(), "nonce-gone", &stage.plan(destroy()).unwrap());
        assert!(report.is_complete(), "seed {seed}: {:#?}, not run {:?}", report.failed, report.not_run);
        assert_eq!(counts(&stage.cloud.world()).values().sum::<usize>(), 1, "the address alone is left");
    }
}

#[test]
fn roles_and_permissions_that_count_only_after_a_minute_are_waited_for() {
    for seed in 0..6 {
        let config = Config { propagation: Some(60 * SECOND), ..Config::new(seed).timing(Timing::aws()) };
        let stage = Stage::with_config(config, FUNCTION);
        stage.run(apply());
        stands(&stage);
        let refusals: BTreeSet<_> = stage.cloud.calls().into_iter().filter_map(|call| call.refused).collect();
        assert!(refusals.contains("InvalidParameterValueException"), "nothing was too young: {refusals:?}");
    }
}

#[test]
fn a_gateway_that_fails_is_replaced_with_its_reason_said_and_its_address_kept_whatever_the_reason() {
    for failure in NatFailure::ALL {
        let stage = Stage::new(5, Timing::aws());
        let code = failure.code();
        for _ in 0..2 {
            stage.cloud.fail_next_nat_gateway(failure);
            let report = stage.execute(&stage.plan(apply()).unwrap());
            let error = report.failed.iter().map(|(_, error)| error).find(|e| matches!(e, StepError::Broken { .. }));
            let Some(error) = error else { panic!("{code}: {:#?}", report.failed) };
            assert!(error.to_string().contains(code), "{error}");
            assert!(error.hint().is_some_and(|hint| hint.contains("the next apply makes another")), "{error:?}");
            // Nothing was moved onto a path that is not there.
            assert_eq!(stage.cloud.world().function.functions[&"f".into()].attachment, None);
        }
        let ip = stage.ip();
        let plan = stage.plan(apply()).unwrap();
        let replaces = plan.steps.iter().find(|step| step.id.0 == "create nat-gateway/lambda_nat").unwrap();
        assert!(replaces.why.as_ref().is_some_and(|why| why.contains(code)), "{:?}", replaces.why);
        assert_eq!(plan.addresses.iter().map(|a| (a.ip, a.fate)).collect::<Vec<_>>(), [(Some(ip), Fate::Kept)]);
        assert!(stage.execute(&plan).is_complete());
        // The two that failed are still listed, with the same Key, and stand in nobody's way.
        let failed = |world: &World| {
            let gateways = world.gateway.nat_gateways.values();
            gateways.filter(|gateway| matches!(gateway.state, NatState::Failed { .. })).count()
        };
        assert_eq!(failed(&stage.cloud.world()), 2, "{code}");
        stands(&stage);
        stage.run(destroy());
        let world = stage.cloud.world();
        assert_eq!((failed(&world), world.network.networks.len(), stage.ip()), (2, 0, ip), "{code}");
    }
}
