//! The crash matrix through the whole client: every HTTP request may be the one at which a process dies, an answer is lost
//! on the connection, or a service refuses.
//!
//! egress-mock's own tests try every call of the engine; over the wire one call of the engine is several requests, and each
//! of them costs what the SDK costs in a debug build. So the calls are drawn here, from a seed.

use std::{fmt, sync::Arc};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    shared::IntoShared,
};
use egress_core::{Cloud, VirtualClock};
use egress_mock::{
    MockCloud,
    crash::{Bench, Door, Failure, Faults, Paths, Tally, Topology, Way, sample, scenarios, spread},
    transport::connector::Connector,
    wire::{Fate, Fault, Gives},
};

use super::{super::wire::connector::Asked, carried};

/// What the calls are drawn from.
const SEED: u64 = 4;
/// How many calls of each scenario go wrong in each way.
const STRETCHES: usize = 1;
/// The same, for what gives a function back that neither the file nor the command names.
const STRETCHES_OF_GIVING_BACK: usize = 3;
/// How many pairs of faults are drawn.
const PAIRS: usize = 10;

/// By AWS's wire formats: a call is an HTTP request.
struct Wire;

impl Door for Wire {
    fn open(
        &self,
        cloud: &MockCloud,
        clock: &VirtualClock,
        faults: &Arc<Faults>,
        paths: &Arc<Paths>,
    ) -> Box<dyn Cloud> {
        // The SDK draws its backoff and some tokens from this thread's dice. A case must be the same each time it is tried.
        fastrand::seed(SEED);
        let line = Line {
            cloud: cloud.clone(),
            connector: cloud.connector(),
            faults: Arc::clone(faults),
            paths: Arc::clone(paths),
        };
        let connector: SharedHttpConnector = line.into_shared();
        Box::new(carried(http_client_fn(move |_, _| connector.clone()), clock))
    }
}

/// The line between the client and the emulator.
#[derive(Clone)]
struct Line {
    cloud: MockCloud,
    connector: Connector,
    faults: Arc<Faults>,
    paths: Arc<Paths>,
}

impl Line {
    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let action = Asked::of(&request).action;
        let way = self.faults.next(&action);
        self.paths.look(&"what was under way");
        match way {
            Some(Way::KilledBefore) => match self.faults.kill().await {},
            Some(Way::Hidden) => self.cloud.befall(anything(true, lost(self.faults.calls()))),
            Some(Way::Throttled) => self.cloud.befall(anything(false, Refusals::of(&request).throttled())),
            Some(Way::Denied) => self.cloud.befall(anything(false, Refusals::of(&request).denied())),
            None | Some(Way::KilledAfter | Way::KilledUnseen) => {}
        }
        // Nothing else runs between here and the emulator: what was said to befall the next call befalls this one.
        let answer = self.connector.call(request).await;
        self.paths.look(&action);
        if matches!(way, Some(Way::KilledAfter | Way::KilledUnseen)) {
            match self.faults.kill().await {}
        }
        answer
    }
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(request))
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

/// What befalls the next call, whatever it is.
fn anything(takes_effect: bool, gives: Gives) -> Fault {
    Fault { action: None, skip: 0, times: 1, takes_effect, gives }
}

/// How an answer is lost, each way in turn.
fn lost(call: usize) -> Gives {
    match call % 4 {
        0 => Gives::Fate(Fate::Reset),
        1 => Gives::Fate(Fate::CutShort),
        2 => Gives::Fate(Fate::Silence),
        _ => error(500, "InternalError", "An internal error has occurred"),
    }
}

fn error(status: u16, code: &str, message: &str) -> Gives {
    Gives::Error { status, code: code.to_owned(), message: message.to_owned() }
}

/// In which words a service refuses.
struct Refusals {
    throttled: (u16, &'static str),
    denied: &'static str,
}

impl Refusals {
    fn of(request: &HttpRequest) -> Self {
        let host = request.uri().split_once("://").map_or("", |(_, rest)| rest);
        match host.split('.').next() {
            Some("ec2") => Self { throttled: (503, "RequestLimitExceeded"), denied: "UnauthorizedOperation" },
            Some("lambda") => Self { throttled: (429, "TooManyRequestsException"), denied: "AccessDeniedException" },
            Some("tagging") => Self { throttled: (400, "ThrottledException"), denied: "AccessDeniedException" },
            _ => Self { throttled: (400, "Throttling"), denied: "AccessDenied" },
        }
    }

    fn throttled(&self) -> Gives {
        let (status, code) = self.throttled;
        error(status, code, "Request limit exceeded.")
    }

    fn denied(&self) -> Gives {
        error(403, self.denied, "You are not authorized to perform this operation.")
    }
}

/// Lets calls of every command go wrong in every way.
fn calls_of(topology: Topology, stretches: usize) {
    let mut bench = Bench::new(&Wire);
    let cases = scenarios(topology).into_iter().flat_map(|scenario| Way::ALL.map(|way| (scenario, way)));
    let tallies: Vec<Tally> = (SEED..)
        .zip(cases)
        .map(|(seed, (scenario, way))| spread(&mut bench, &scenario, way, seed, stretches).unwrap())
        .collect();
    let tried: usize = tallies.iter().map(|tally| tally.cases).sum();
    assert_eq!(tried, scenarios(topology).len() * Way::ALL.len() * stretches);
    judge(&format!("{}, calls of seed {SEED}", topology.name()), &tallies);
}

fn pairs(cases: usize) {
    let tally = sample(&mut Bench::new(&Wire), SEED, cases).unwrap();
    assert_eq!(tally.cases, cases);
    judge(&tally.what.clone(), &[tally]);
}

/// Says how many cases were tried, shows the first failures, and fails.
fn judge(what: &str, tallies: &[Tally]) {
    let tried: usize = tallies.iter().map(|tally| tally.cases).sum();
    let failures: Vec<&Failure> = tallies.iter().flat_map(|tally| &tally.failures).collect();
    println!("crash over the wire: {what}: {tried} cases");
    let shown: Vec<String> = failures.iter().take(5).map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{} cases failed, among them\n{}", failures.len(), shown.join("\n\n"));
}

#[test]
fn crash_at_drawn_requests_of_the_reference_network() {
    calls_of(Topology::Reference, STRETCHES);
}

#[test]
fn crash_at_drawn_requests_of_three_zones() {
    calls_of(Topology::ThreeZones, STRETCHES);
}

/// From its move until its tags are off, only these say that `g` is the stack's: whoever comes next must find it by them.
#[test]
fn crash_while_a_function_is_given_back_that_nobody_names() {
    let mut bench = Bench::new(&Wire);
    let unnamed = ["change", "destroy", "destroy --release"];
    let scenarios = scenarios(Topology::Reference).into_iter().filter(|scenario| unnamed.contains(&scenario.name));
    let cases = scenarios.flat_map(|scenario| [Way::KilledBefore, Way::Hidden].map(|way| (scenario, way)));
    let tallies: Vec<Tally> = (SEED..)
        .zip(cases)
        .map(|(seed, (scenario, way))| spread(&mut bench, &scenario, way, seed, STRETCHES_OF_GIVING_BACK).unwrap())
        .collect();
    assert_eq!(tallies.len(), unnamed.len() * 2);
    judge("while a function is given back", &tallies);
}

#[test]
fn crash_at_pairs_of_requests() {
    pairs(PAIRS);
}

#[test]
#[ignore = "minutes: more of the same"]
fn soak_of_requests() {
    Topology::ALL.into_iter().for_each(|topology| calls_of(topology, 3 * STRETCHES));
    pairs(5 * PAIRS);
}
