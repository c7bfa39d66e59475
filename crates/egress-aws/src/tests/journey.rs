//! A whole journey of a stack on moto: what each command calls is what the table of actions says.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    time::Instant,
};

use egress_core::{
    Clock, Cloud, CloudExt, Invoked, StackName, async_trait,
    execute::{Options, execute},
    layer::{Answer, Call, Layer, Layered},
    lease::{Tenure, Terms, hold},
    plan::{Plan, Request, Verb as PlanVerb, plan, scope},
    probe::Reply,
    spec::{Spec, parse},
    world::NatState,
};

use super::moto::{Fast, Mended, connect};
use crate::{
    AwsCloud, CallRecord, ECHO_URL,
    actions::{ACTIONS, Access, Verb},
    fixture,
};

/// moto runs no functions: an invocation answers as the internet would, with the address of the gateway that works.
struct Echoes;

#[async_trait]
impl Layer for Echoes {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let Call::Invoke(_) = &call else { return call.run(cloud).await };
        // The call itself is made too; what moto makes of it does not matter.
        call.run(cloud).await;
        let stack = StackName::new("journey").unwrap();
        let scope = egress_core::Scope::Stack { stack, functions: BTreeSet::new(), networks: BTreeSet::new() };
        let gateways = cloud.observe_gateways(&scope).await.unwrap().nat_gateways;
        let mut working = gateways.values().filter(|gateway| gateway.state == NatState::Available);
        let ip = working.find_map(|gateway| gateway.addresses.first()?.public_ip).unwrap();
        let reply = Reply::Answered { status: 200, body: ip.to_string() };
        Answer::Invoked(Ok(Invoked { payload: serde_json::to_value(reply).unwrap(), error: None }))
    }
}

/// A traveller, and what was called so far.
struct Journey<'a> {
    clock: &'a Fast,
    spec: Spec,
    called: BTreeMap<Verb, BTreeSet<String>>,
}

impl Journey<'_> {
    /// Plans and carries out. Tells the plan that was carried out.
    async fn go(&mut self, verb: Verb, what: PlanVerb) -> Plan {
        // A client of its own for each command, which does not know yet what another one has kept.
        let aws = connect().await.unwrap();
        let mended = Layered::new(Mended(connect().await.unwrap()), aws.clone());
        let cloud = Layered::new(Echoes, mended);
        let options = Options::new(format!("nonce{}", self.clock.now().as_millis()), AwsCloud::pace());
        let stack = self.spec.stack.clone();
        let terms = Terms::new(stack, "ana@laptop", verb.name(), options.nonce.clone(), AwsCloud::pace().visibility);
        let (clock, spec) = (self.clock, &self.spec);
        let planned = async |cloud: &dyn Cloud| {
            let world = cloud.observe(&scope(spec, &what)).await.unwrap();
            plan(spec, &world, &Request { verb: what.clone(), echo_url: ECHO_URL.to_owned() }).unwrap()
        };
        if verb == Verb::Plan {
            let plan = planned(&cloud).await;
            self.called.entry(verb).or_default().extend(counts(&aws.calls()).into_keys());
            return plan;
        }
        let work = async |tenure: &Tenure<'_>| {
            let plan = planned(tenure.cloud()).await;
            let mut tell = |event| println!("{event:?}");
            let report = execute(&plan, tenure.cloud(), clock, &options, pending(), &mut tell).await;
            (plan, report)
        };
        let mut tell = |event| println!("{event:?}");
        let (plan, report) = hold(&cloud, clock, &terms, pending(), &mut tell, work).await.unwrap();
        assert!(report.is_complete(), "{verb}: {report:#?}");
        self.called.entry(verb).or_default().extend(counts(&aws.calls()).into_keys());
        plan
    }
}

fn counts(calls: &[CallRecord]) -> BTreeMap<String, u32> {
    calls.iter().map(|call| (call.action.clone(), call.count)).collect()
}

#[tokio::test]
#[ignore = "wants a moto server, whose URL stands in EGRESS_MOTO, and any AWS credentials"]
async fn moto_journey_calls_what_the_table_says() {
    let Some(cloud) = connect().await else { return };
    let clock = Fast(Instant::now());
    fixture::sweep(&cloud, &clock).await.unwrap();
    let made = fixture::create(&cloud, &clock, "journey").await.unwrap();
    let text =
        format!("stack = \"journey\"\npreset = \"lambda-static-ip\"\n[[function]]\nname = \"{}\"\n", made.function);
    let spec = parse(&text).unwrap().spec;
    let mut journey = Journey { clock: &clock, spec, called: BTreeMap::new() };

    journey.go(Verb::Apply, PlanVerb::Apply { permits: BTreeSet::new() }).await;
    let again = journey.go(Verb::Plan, PlanVerb::Apply { permits: BTreeSet::new() }).await;
    assert_eq!(again.steps, [], "nothing is left to do");
    let before = counts(&cloud.calls());
    cloud.observe(&scope(&journey.spec, &PlanVerb::Apply { permits: BTreeSet::new() })).await.unwrap();
    let mut calls = counts(&cloud.calls());
    calls.retain(|action, count| {
        *count -= before.get(action).copied().unwrap_or_default();
        *count > 0
    });
    // One more than on AWS, because moto says that every function is in a network
    // of its own invention.
    assert!(calls.values().sum::<u32>() <= 18 + 1, "a plan with nothing to do took {calls:?}");
    journey.go(Verb::Verify, PlanVerb::Verify).await;
    let functions = BTreeSet::from([made.function.clone()]);
    journey.go(Verb::Detach, PlanVerb::Detach { functions, remove_role_policy: true }).await;
    let functions = journey.spec.functions.clone();
    journey.go(Verb::Attach, PlanVerb::Attach { functions, permits: BTreeSet::new() }).await;
    let world = cloud.observe(&scope(&journey.spec, &PlanVerb::Verify)).await.unwrap();
    let release: BTreeSet<_> = world.gateway.addresses.values().filter_map(|address| address.ip).collect();
    let destroy = PlanVerb::Destroy { release: release.clone(), remove_role_policy: true };
    journey.go(Verb::Destroy, destroy.clone()).await;
    let ip = *release.first().unwrap();
    journey.go(Verb::Recover, PlanVerb::Recover { ip }).await;
    journey.go(Verb::Destroy, destroy).await;
    let world = cloud.observe(&scope(&journey.spec, &PlanVerb::Verify)).await.unwrap();
    let stack = &journey.spec.stack;
    let left: Vec<_> = world.owned_by(stack).into_iter().filter(|owned| owned.live).collect();
    assert_eq!(left, [], "something is left behind");
    fixture::delete(&cloud, &clock, &made).await.unwrap();

    for (verb, called) in &journey.called {
        let allowed = ACTIONS.iter().filter(|action| action.is_for(*verb)).map(|action| action.name.to_owned());
        let strange: Vec<_> = called.difference(&allowed.collect()).cloned().collect();
        assert_eq!(strange, [""; 0], "{verb} calls what its policy does not allow");
        let always = ACTIONS.iter().filter(|a| a.always.contains(verb) && a.access != Access::Permission);
        let unused: Vec<_> = always.map(|action| action.name).filter(|name| !called.contains(*name)).collect();
        assert_eq!(unused, [""; 0], "{verb} does not call what its row says that it always calls");
    }
}
