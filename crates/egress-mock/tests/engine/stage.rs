//! One account, one stack, one clock.

use std::{
    collections::BTreeSet,
    future::pending,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use egress_core::{
    Clock, Cloud, CloudError, CloudExt, CloudId, Invocation, Outcome, Token, World,
    clock::VirtualClock,
    execute::{Event, Options, Report, execute},
    op::Op,
    plan::{Plan, PlanError, Request, Verb, plan, scope},
    probe::{Ask, Reply},
    spec::{self, Spec},
};
use egress_mock::{Config, FunctionSetup, MockCloud, RoleSetup, Timing};

pub(crate) const ECHO: &str = "https://ip.mock.test/";

/// The end of a file that attaches the function `f`.
pub(crate) const FUNCTION: &str = "\n[[function]]\nname = \"f\"\n";

pub(crate) struct Stage {
    pub(crate) clock: VirtualClock,
    pub(crate) cloud: MockCloud,
    pub(crate) spec: Spec,
    pub(crate) events: Arc<Mutex<Vec<Event>>>,
    runs: Mutex<u32>,
}

impl Stage {
    /// An account with the function `f`, and a file that attaches it.
    pub(crate) fn new(seed: u64, timing: Timing) -> Self {
        Self::with_spec(seed, timing, FUNCTION)
    }

    /// The same with another end of the file.
    pub(crate) fn with_spec(seed: u64, timing: Timing, rest: &str) -> Self {
        Self::with_config(Config::new(seed).timing(timing), rest)
    }

    /// The same on a cloud of this sort.
    pub(crate) fn with_config(config: Config, rest: &str) -> Self {
        let clock = VirtualClock::new();
        let cloud = MockCloud::new(config, Arc::new(clock.clone()));
        cloud.create_role(RoleSetup::new("f-role")).unwrap();
        cloud.create_function(FunctionSetup::new("f", "f-role")).unwrap();
        let text = format!("stack = \"demo\"\npreset = \"lambda-static-ip\"\n{rest}");
        let spec = spec::parse(&text).unwrap().spec;
        Self { clock, cloud, spec, events: Arc::default(), runs: Mutex::new(0) }
    }

    pub(crate) fn observe(&self, verb: &Verb) -> World {
        self.clock.block_on(self.cloud.observe(&scope(&self.spec, verb))).unwrap()
    }

    pub(crate) fn plan(&self, verb: Verb) -> Result<Plan, PlanError> {
        let world = self.observe(&verb);
        plan(&self.spec, &world, &Request { verb, echo_url: ECHO.to_owned() })
    }

    pub(crate) fn execute(&self, plan: &Plan) -> Report {
        self.execute_until(plan, pending(), &mut |_| ())
    }

    /// The same, with a wish to stop, and somebody who looks at each event.
    pub(crate) fn execute_until(
        &self,
        plan: &Plan,
        stop: impl Future<Output = ()> + Send,
        look: &mut (dyn FnMut(&Event) + Send),
    ) -> Report {
        let nonce = {
            let mut runs = self.runs.lock().unwrap();
            *runs += 1;
            format!("nonce{runs:03}")
        };
        self.go(&self.cloud, &nonce, plan, stop, look)
    }

    /// Executes on the stage's cloud with something around it.
    pub(crate) fn execute_on(&self, cloud: &dyn Cloud, nonce: &str, plan: &Plan) -> Report {
        self.go(cloud, nonce, plan, pending(), &mut |_| ())
    }

    fn go(
        &self,
        cloud: &dyn Cloud,
        nonce: &str,
        plan: &Plan,
        stop: impl Future<Output = ()> + Send,
        look: &mut (dyn FnMut(&Event) + Send),
    ) -> Report {
        let options = Options::new(nonce, self.cloud.pace());
        let mut on_event = |event| {
            look(&event);
            self.events.lock().unwrap().push(event);
        };
        self.clock.block_on(execute(plan, cloud, &self.clock, &options, stop, &mut on_event))
    }

    /// Plans and executes; everything must be done.
    #[track_caller]
    pub(crate) fn run(&self, verb: Verb) -> Report {
        let plan = self.plan(verb).unwrap();
        let report = self.execute(&plan);
        assert!(report.is_complete(), "failed: {:#?}, not run: {:?}", report.failed, report.not_run);
        report
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// What a function gets that calls a URL.
    pub(crate) fn call(&self, function: &str, url: &str) -> Reply {
        self.clock.block_on(call(&self.cloud, function, url)).unwrap()
    }

    /// Makes a call as somebody else would; what it created.
    #[track_caller]
    pub(crate) fn by_hand(&self, op: Op<CloudId>) -> Option<CloudId> {
        match self.clock.block_on(self.cloud.apply(&op, &Token::new(format!("by-hand-{op}-{}", self.now().as_secs()))))
        {
            Outcome::Done(effect) => effect.id,
            outcome => panic!("{op}: {outcome:?}"),
        }
    }

    /// The one IP that the stack has.
    pub(crate) fn ip(&self) -> Ipv4Addr {
        let world = self.cloud.world();
        let ips: Vec<_> = world.gateway.addresses.values().filter_map(|a| a.ip).collect();
        assert_eq!(ips.len(), 1);
        ips[0]
    }
}

/// What a function gets that calls a URL.
pub(crate) async fn call(cloud: &dyn Cloud, function: &str, url: &str) -> Result<Reply, CloudError> {
    let ask = Ask { url: url.to_owned(), timeout_seconds: 5 };
    let invocation = Invocation { function: function.into(), payload: serde_json::to_value(ask).unwrap() };
    let invoked = cloud.invoke(&invocation).await?;
    Ok(serde_json::from_value(invoked.payload).unwrap())
}

pub(crate) fn apply() -> Verb {
    Verb::Apply { permits: BTreeSet::new() }
}

pub(crate) fn destroy() -> Verb {
    Verb::Destroy { release: BTreeSet::new(), remove_role_policy: false }
}
