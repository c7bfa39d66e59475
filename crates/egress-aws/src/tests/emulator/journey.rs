//! A whole journey of a stack, in virtual time: what each command calls is what the table of actions says, and a plan with
//! nothing to do takes no more calls than was promised.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use egress_core::{
    Clock, Cloud, CloudExt, CloudId, Invocation, Scope, Token, World,
    clock::VirtualClock,
    execute::{Options, execute},
    lease::{Tenure, Terms, hold, look, unlock},
    op::{DeleteRoute, NetworkOp, Op},
    plan::{Plan, Request, Verb as PlanVerb, plan, scope},
    spec::{Spec, parse},
    world::{Destination, Target},
};
use egress_mock::{MockCloud, Timing};
use futures::future::select;

use super::{FUNCTION, account, connected};
use crate::{
    AwsCloud, ECHO_URL,
    actions::{ACTIONS, Access, Verb},
};

/// The reference stack with one function.
const SPEC: &str = "stack = \"shop\"\npreset = \"lambda-static-ip\"\n[[function]]\nname = \"order\"\n";

pub(super) struct Journey {
    pub(super) clock: VirtualClock,
    pub(super) mock: MockCloud,
    spec: Spec,
    called: BTreeMap<Verb, BTreeSet<String>>,
}

impl Journey {
    pub(super) fn new() -> Self {
        let clock = VirtualClock::new();
        let mock = account(Timing::aws(), Arc::new(clock.clone()));
        Self { clock, mock, spec: parse(SPEC).unwrap().spec, called: BTreeMap::new() }
    }

    /// Plans and carries out under the stack's lock, with a client of its own, as each command has one. Tells the plan.
    pub(super) fn go(&mut self, verb: Verb, what: PlanVerb) -> Plan {
        let cloud = connected(&self.mock, &self.clock);
        let options = Options::new(format!("nonce{}", self.clock.now().as_millis()), self.mock.pace());
        let terms = self.terms(verb, &options.nonce);
        let (clock, spec) = (&self.clock, &self.spec);
        let work = async |tenure: &Tenure<'_>| {
            let world = tenure.cloud().observe(&scope(spec, &what)).await.unwrap();
            let request = Request { verb: what.clone(), echo_url: ECHO_URL.to_owned() };
            let plan = plan(spec, &world, &request).unwrap();
            let report = execute(&plan, tenure.cloud(), clock, &options, pending(), &mut |_| {}).await;
            (plan, report)
        };
        let held = clock.block_on(hold(&cloud, clock, &terms, pending(), &mut |event| panic!("{event:?}"), work));
        let (plan, report) = held.unwrap();
        assert!(report.is_complete(), "{verb}: {report:#?}");
        self.note(verb, &cloud);
        plan
    }

    fn terms(&self, verb: Verb, nonce: &str) -> Terms {
        Terms::new(self.spec.stack.clone(), "ana@laptop", verb.name(), nonce, self.mock.pace().visibility)
    }

    /// Somebody's run dies, and its lock is given up by hand.
    fn unlock(&mut self) {
        let (dead, cloud) = (connected(&self.mock, &self.clock), connected(&self.mock, &self.clock));
        let terms = self.terms(Verb::Apply, "nonce-of-the-dead");
        let (clock, stack) = (&self.clock, &self.spec.stack);
        clock.block_on(async {
            let mut tell = |_| {};
            let dies = hold(&dead, clock, &terms, pending(), &mut tell, async |_| pending::<()>().await);
            select(pin!(dies), clock.sleep(terms.visibility + Duration::from_secs(1))).await;
            let standing = look(&cloud, stack).await.unwrap().unwrap();
            assert_eq!(standing.created_by.as_deref(), Some("arn:aws:iam::123456789012:user/egress"));
            unlock(&cloud, clock, &standing, terms.visibility).await.unwrap();
            assert_eq!(look(&cloud, stack).await, Ok(None));
        });
        self.note(Verb::Unlock, &cloud);
    }

    pub(super) fn plan(&self, cloud: &dyn Cloud, what: PlanVerb) -> Plan {
        let world = self.observe(cloud, &scope(&self.spec, &what));
        plan(&self.spec, &world, &Request { verb: what, echo_url: ECHO_URL.to_owned() }).unwrap()
    }

    fn observe(&self, cloud: &dyn Cloud, scope: &Scope) -> World {
        self.clock.block_on(cloud.observe(scope)).unwrap()
    }

    /// A command that only looks.
    fn look(&mut self, verb: Verb, scope: &Scope) {
        let cloud = connected(&self.mock, &self.clock);
        self.observe(&cloud, scope);
        self.note(verb, &cloud);
    }

    fn note(&mut self, verb: Verb, cloud: &AwsCloud) {
        self.called.entry(verb).or_default().extend(cloud.calls().into_iter().map(|call| call.action));
    }

    /// Somebody deletes the route to the NAT gateway.
    fn drift(&self) {
        let cloud = connected(&self.mock, &self.clock);
        let world = self.mock.world();
        let leads_out =
            |t: &&egress_core::world::RouteTable| t.routes.iter().any(|r| matches!(r.target, Target::NatGateway(_)));
        let table = world.network.route_tables.values().find(leads_out).unwrap().id.clone();
        let op = Op::Network(NetworkOp::DeleteRoute(DeleteRoute { table, destination: Destination::default_v4() }));
        self.clock.block_on(cloud.apply(&op, &Token::new("drift")));
    }
}

pub(super) fn apply() -> PlanVerb {
    PlanVerb::Apply { permits: BTreeSet::new() }
}

#[test]
fn each_command_calls_what_the_table_says() {
    let mut journey = Journey::new();
    journey.go(Verb::Apply, apply());
    let stack = scope(&journey.spec, &PlanVerb::Verify);
    for verb in [Verb::Plan, Verb::Status, Verb::Ips, Verb::Graph] {
        journey.look(verb, &stack);
    }
    journey.look(Verb::Graph, &Scope::Everything);
    journey.look(Verb::Inspect, &Scope::Everything);
    journey.look(Verb::Status, &Scope::Lease { stack: journey.spec.stack.clone() });
    journey.unlock();
    journey.go(Verb::Verify, PlanVerb::Verify);
    journey.drift();
    let mended = journey.go(Verb::Apply, apply());
    assert_eq!(mended.steps.len(), 1, "the route alone is made again");
    let functions = BTreeSet::from([CloudId::new(FUNCTION.0)]);
    journey.go(Verb::Detach, PlanVerb::Detach { functions, remove_role_policy: true });
    let functions = journey.spec.functions.clone();
    journey.go(Verb::Attach, PlanVerb::Attach { functions, permits: BTreeSet::new() });
    let release: BTreeSet<_> =
        journey.mock.world().gateway.addresses.values().filter_map(|address| address.ip).collect();
    let ip = *release.first().unwrap();
    journey.go(Verb::Destroy, PlanVerb::Destroy { release, remove_role_policy: true });
    let world = journey.mock.world();
    let left: Vec<_> = world.owned().into_iter().filter(|owned| owned.live).collect();
    assert_eq!((left, world.network.leases), (Vec::new(), BTreeMap::new()), "something is left behind");
    journey.go(Verb::Recover, PlanVerb::Recover { ip });
    assert_eq!(journey.mock.world().gateway.address_at(ip).map(|address| address.ip), Some(Some(ip)));

    assert_eq!(
        journey.called.keys().copied().collect::<Vec<_>>(),
        BTreeSet::from(Verb::ALL).into_iter().collect::<Vec<_>>()
    );
    for (verb, called) in &journey.called {
        let needed = |action: &&crate::actions::Action| action.access != Access::Permission;
        let names = |pick: &dyn Fn(&crate::actions::Action) -> bool| -> BTreeSet<String> {
            ACTIONS.iter().filter(needed).filter(|a| pick(a)).map(|a| a.name.to_owned()).collect()
        };
        let allowed = names(&|action| action.is_for(*verb));
        assert_eq!(called.difference(&allowed).collect::<Vec<_>>(), [""; 0], "{verb} calls what its policy lacks");
        let always = names(&|action| action.always.contains(verb));
        assert_eq!(always.difference(called).collect::<Vec<_>>(), [""; 0], "{verb} never calls what it always calls");
    }
}

#[test]
fn a_plan_with_nothing_to_do_takes_at_most_18_calls() {
    let mut journey = Journey::new();
    journey.go(Verb::Apply, apply());
    let cloud = connected(&journey.mock, &journey.clock);
    assert_eq!(journey.plan(&cloud, apply()).steps, []);
    let calls: u32 = cloud.calls().iter().map(|call| call.count).sum();
    println!("calls of a plan with nothing to do: {calls}");
    assert_eq!(calls, 18, "{:#?}", cloud.calls());
}

#[test]
fn the_emulators_own_function_and_the_probe_speak_over_the_wire() {
    let journey = Journey::new();
    let cloud = connected(&journey.mock, &journey.clock);
    let payload = serde_json::json!({ "url": ECHO_URL, "timeout_seconds": 5 });
    let invocation = Invocation { function: CloudId::new(FUNCTION.0), payload };
    let invoked = journey.clock.block_on(egress_core::FunctionProvider::invoke(&cloud, &invocation)).unwrap();
    assert_eq!((invoked.error, invoked.payload["outcome"].clone()), (None, "answered".into()));
}
