//! Two runs on one stack at once, and runs that die or pause: never two networks, never a half.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use egress_core::{
    Clock, CloudExt, ErrorKind, Kind, World,
    clock::VirtualClock,
    execute::{Options, Report, StepError, execute},
    lease::{LeaseError, LeaseEvent, Terms, hold},
    plan::{PlanError, Request, Verb, plan, scope},
    spec::{self, Spec},
};
use egress_mock::{Config, FunctionSetup, MockCloud, RoleSetup, Timing};
use futures::future::{join, select};

use super::stage::{ECHO, apply, destroy};

/// How long something new may stay invisible.
const VISIBILITY: Duration = Duration::from_secs(30);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An account, a file that attaches one function, and a clock that all runs share.
struct Office {
    clock: VirtualClock,
    cloud: MockCloud,
    spec: Spec,
}

type Ran = Result<Result<Report, PlanError>, LeaseError>;

impl Office {
    fn new(seed: u64) -> Self {
        let clock = VirtualClock::new();
        let config = Config { visibility: Some(VISIBILITY), ..Config::new(seed).timing(Timing::aws()) };
        let cloud = MockCloud::new(config, Arc::new(clock.clone()));
        cloud.create_role(RoleSetup::new("f-role")).unwrap();
        cloud.create_function(FunctionSetup::new("f", "f-role")).unwrap();
        let text = "stack = \"demo\"\npreset = \"lambda-static-ip\"\n[[function]]\nname = \"f\"\n";
        Self { clock, cloud, spec: spec::parse(text).unwrap().spec }
    }

    fn terms(&self, who: &str, patience: Duration) -> Terms {
        let terms = Terms::new(self.spec.stack.clone(), who, "run", format!("nonce{who}"), VISIBILITY);
        Terms { epoch: secs(1_795_600_000), patience, ..terms }
    }

    /// One run under the lock, as the command line makes it.
    async fn run(&self, who: &str, verb: Verb, patience: Duration) -> (Ran, Vec<LeaseEvent>) {
        let terms = self.terms(who, patience);
        let mut told = Vec::new();
        let mut tell = |event| told.push(event);
        let work =
            async |tenure: &egress_core::lease::Tenure<'_>| self.work(who, verb, tenure.cloud(), tenure.lost()).await;
        let ran = hold(&self.cloud, &self.clock, &terms, pending(), &mut tell, work).await;
        (ran, told)
    }

    async fn work(
        &self,
        who: &str,
        verb: Verb,
        cloud: &dyn egress_core::Cloud,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Report, PlanError> {
        let world = cloud.observe(&scope(&self.spec, &verb)).await.unwrap();
        let plan = plan(&self.spec, &world, &Request { verb, echo_url: ECHO.to_owned() })?;
        let options = Options::new(format!("nonce{who}"), self.cloud.pace());
        Ok(execute(&plan, cloud, &self.clock, &options, stop, &mut |_| {}).await)
    }

    async fn after<F: Future>(&self, wait: Duration, run: F) -> F::Output {
        self.clock.sleep(wait).await;
        run.await
    }

    /// Lets a run go on for a while, and ends it as SIGKILL would.
    async fn killed(&self, run: impl Future, after: Duration) {
        select(pin!(run), self.clock.sleep(after)).await;
    }

    fn standing(&self) -> Standing {
        Standing::of(&self.cloud.world())
    }

    /// What is left to do, as seen when all can be seen.
    fn is_whole(&self) -> bool {
        self.clock.block_on(self.clock.sleep(VISIBILITY));
        let world = self.clock.block_on(self.cloud.observe(&scope(&self.spec, &apply()))).unwrap();
        let request = Request { verb: apply(), echo_url: ECHO.to_owned() };
        plan(&self.spec, &world, &request).is_ok_and(|plan| plan.steps.is_empty())
    }
}

/// What the cloud itself says that stands.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    /// How many things claim each Key, where it is not one.
    twice: BTreeMap<String, usize>,
    networks: usize,
    addresses: usize,
    attached: bool,
    locks: usize,
}

impl Standing {
    fn of(world: &World) -> Self {
        let mut claims = BTreeMap::<String, usize>::new();
        for owned in world.owned().into_iter().filter(|owned| owned.live && owned.owner.key.kind != Kind::Function) {
            *claims.entry(owned.owner.key.to_string()).or_default() += 1;
        }
        claims.retain(|_, claims| *claims > 1);
        Self {
            twice: claims,
            networks: world.network.networks.len(),
            addresses: world.gateway.addresses.len(),
            attached: world.function.functions.values().any(|f| f.id.as_str() == "f" && f.attachment.is_some()),
            locks: world.network.leases.len(),
        }
    }

    const APPLIED: Self = Self { twice: BTreeMap::new(), networks: 1, addresses: 1, attached: true, locks: 0 };
    const DESTROYED: Self = Self { twice: BTreeMap::new(), networks: 0, addresses: 1, attached: false, locks: 0 };
}

fn complete(ran: &Ran) -> bool {
    matches!(ran, Ok(Ok(report)) if report.is_complete())
}

#[test]
fn of_two_applies_at_once_one_is_done_and_the_other_is_told_who_works() {
    let office = Office::new(1);
    let none = Duration::ZERO;
    let both = join(office.run("ana", apply(), none), office.run("ben", apply(), none));
    let ((ana, _), (ben, _)) = office.clock.block_on(both);
    let (done, held) = if complete(&ana) { (ana, ben) } else { (ben, ana) };
    assert!(complete(&done), "{done:?}");
    assert!(matches!(held, Err(LeaseError::Held { .. })), "{held:?}");
    assert_eq!(office.standing(), Standing::APPLIED);
    assert!(office.is_whole());
}

#[test]
fn two_applies_that_wait_for_each_other_make_one_network() {
    for apart in [0, 1, 20, 100] {
        let office = Office::new(2);
        let second = office.after(secs(apart), office.run("ben", apply(), secs(3600)));
        let ((ana, _), (ben, _)) = office.clock.block_on(join(office.run("ana", apply(), secs(3600)), second));
        assert!(complete(&ana) && complete(&ben), "{apart} s apart: {ana:?} {ben:?}");
        assert_eq!(office.standing(), Standing::APPLIED, "{apart} s apart");
        assert!(office.is_whole());
    }
}

#[test]
fn an_apply_and_a_destroy_at_once_leave_all_or_nothing() {
    for apart in (0..240).step_by(12) {
        let office = Office::new(3);
        let second = office.after(secs(apart), office.run("ben", destroy(), secs(7200)));
        let ((ana, _), (ben, _)) = office.clock.block_on(join(office.run("ana", apply(), secs(7200)), second));
        assert!(complete(&ana) && complete(&ben), "{apart} s apart: {ana:?} {ben:?}");
        // The one that came later had the last word; at the same moment, either.
        let standing = office.standing();
        let either = apart == 0 && (standing == Standing::APPLIED || standing.networks == 0);
        assert!(either || standing == Standing::DESTROYED, "{apart} s apart: {standing:?}");
    }
}

#[test]
fn a_run_after_a_killed_one_takes_over_and_makes_nothing_twice() {
    let mut taken_over = 0;
    for seconds in (0..200).step_by(4) {
        let office = Office::new(4);
        let (ran, told) = office.clock.block_on(async {
            office.killed(office.run("ana", apply(), Duration::ZERO), secs(seconds) + Duration::from_millis(300)).await;
            office.run("ben", apply(), secs(3600)).await
        });
        assert!(complete(&ran), "killed after {seconds} s: {ran:?}");
        taken_over += usize::from(told.iter().any(|event| matches!(event, LeaseEvent::TakenOver(_))));
        assert_eq!(office.standing(), Standing::APPLIED, "killed after {seconds} s");
        assert!(office.is_whole());
    }
    println!("runs killed and taken over: {taken_over}");
    assert!(taken_over > 20, "{taken_over}");
}

/// What the lock is for: the same without it.
#[test]
fn without_the_lock_a_run_after_a_killed_one_makes_things_twice() {
    let mut twice = BTreeSet::new();
    for tenths in 0..100 {
        let office = Office::new(4);
        office.clock.block_on(async {
            let ana = office.work("ana", apply(), &office.cloud, pending());
            office.killed(ana, Duration::from_millis(100 * tenths)).await;
            let _ = office.work("ben", apply(), &office.cloud, pending()).await;
        });
        twice.extend(office.standing().twice.into_keys());
    }
    println!("made twice without the lock: {twice:?}");
    assert!(twice.contains("network/lambda_vpc"), "{twice:?}");
}

#[test]
fn a_paused_run_that_wakes_after_a_destroy_changes_nothing_more() {
    let mut refused = 0;
    for seconds in [3, 10, 25, 60, 90, 120, 150] {
        let office = Office::new(5);
        let mut paused = Box::pin(office.run("ana", apply(), Duration::ZERO));
        let (woken, told) = office.clock.block_on(async {
            select(&mut paused, office.clock.sleep(secs(seconds))).await;
            // Its process stands still for an hour; meanwhile another run takes the lock over and takes the stack down.
            let (ben, told) = office.run("ben", destroy(), secs(3600)).await;
            assert!(complete(&ben), "paused after {seconds} s: {ben:?}");
            office.clock.sleep(secs(3600)).await;
            ((&mut paused).await.0, told)
        });
        assert!(told.iter().any(|event| matches!(event, LeaseEvent::TakenOver(_))), "{told:?}");
        let standing = office.standing();
        assert_eq!((standing.networks, standing.attached, standing.locks), (0, false, 0), "paused after {seconds} s");
        let Ok(Ok(report)) = woken else { panic!("paused after {seconds} s: {woken:?}") };
        let changed = |error: &StepError| matches!(error, StepError::Cloud(e) if e.kind == ErrorKind::Changed);
        refused += usize::from(report.failed.iter().any(|(_, error)| changed(error)));
        assert!(!report.is_complete());
    }
    assert!(refused > 0);
}
