//! All calls in all ways, and pairs of them.

use std::{collections::BTreeMap, fmt};

use super::{Door, Fault, Scenario, Start, Topology, Undisturbed, Way, complaints, live, scenarios};

/// The seed that the clouds of the matrix are drawn from.
const CLOUD: u64 = 7;

/// Scenarios made ready for one door, each once.
pub struct Bench<'d> {
    door: &'d dyn Door,
    ready: BTreeMap<(Topology, &'static str, bool), Ready>,
}

/// A scenario's account, and its undisturbed life.
struct Ready {
    start: Start,
    undisturbed: Undisturbed,
}

/// How many cases were tried, and which of them failed.
#[derive(Debug)]
pub struct Tally {
    /// What was tried.
    pub what: String,
    /// How many cases.
    pub cases: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

/// A case that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The scenario.
    pub scenario: String,
    /// Its faults.
    pub faults: Vec<Fault>,
    /// What went wrong at which call, and how each run ended.
    pub story: Vec<String>,
    /// What is wrong in the end.
    pub wrong: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, faults {:?}", self.scenario, self.faults)?;
        self.story.iter().chain(&self.wrong).try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} cases", self.what, self.cases)?;
        if !self.failures.is_empty() {
            write!(f, ", {} FAILED", self.failures.len())?;
        }
        Ok(())
    }
}

impl<'d> Bench<'d> {
    /// Nothing is ready yet.
    pub fn new(door: &'d dyn Door) -> Self {
        Self { door, ready: BTreeMap::new() }
    }

    fn ready(&mut self, scenario: &Scenario, late: bool) -> Result<&Ready, String> {
        let key = (scenario.topology, scenario.name, late);
        if !self.ready.contains_key(&key) {
            let start = scenario.prepare(CLOUD, late)?;
            let undisturbed = Undisturbed::of(&start, self.door)
                .map_err(|error| format!("{} undisturbed: {error}", scenario.full_name()))?;
            self.ready.insert(key, Ready { start, undisturbed });
        }
        self.ready.get(&key).ok_or_else(|| scenario.full_name())
    }

    /// How many calls the undisturbed command makes.
    ///
    /// # Errors
    ///
    /// Where the scenario itself does not work.
    pub fn calls(&mut self, scenario: &Scenario, late: bool) -> Result<usize, String> {
        Ok(self.ready(scenario, late)?.undisturbed.life.calls)
    }

    /// Tries one case: how many faults struck, and what failed.
    ///
    /// # Errors
    ///
    /// Where the scenario itself does not work.
    pub fn case(&mut self, scenario: &Scenario, faults: &[Fault]) -> Result<(usize, Option<Failure>), String> {
        let door = self.door;
        let ready = self.ready(scenario, faults.iter().any(|fault| fault.way.is_late()))?;
        let life = live(&ready.start, faults.to_vec(), door);
        let wrong = complaints(&life, &ready.undisturbed);
        let struck = life.struck.len();
        if wrong.is_empty() {
            return Ok((struck, None));
        }
        let runs = life.runs.iter().enumerate().map(|(n, run)| format!("run {}: {run}", n + 1));
        let story = life.struck.iter().cloned().chain(runs).collect();
        Ok((struck, Some(Failure { scenario: scenario.full_name(), faults: faults.to_vec(), story, wrong })))
    }
}

/// Lets every single call of a command go wrong in one way.
///
/// # Errors
///
/// Where the scenario itself does not work.
pub fn exhaust(bench: &mut Bench<'_>, scenario: &Scenario, way: Way) -> Result<Tally, String> {
    let calls = bench.calls(scenario, way.is_late())?;
    each(bench, scenario, way, 1..=calls)
}

/// Lets one call of each of so many equal stretches of a command go wrong in one way, drawn from the seed: for a door by
/// which trying every call would take too long.
///
/// # Errors
///
/// Where the scenario itself does not work.
pub fn spread(
    bench: &mut Bench<'_>,
    scenario: &Scenario,
    way: Way,
    seed: u64,
    stretches: usize,
) -> Result<Tally, String> {
    let calls = bench.calls(scenario, way.is_late())?;
    let stretches = stretches.min(calls);
    let mut dice = fastrand::Rng::with_seed(seed);
    let edge = |stretch: usize| stretch * calls / stretches;
    each(bench, scenario, way, (0..stretches).map(|n| dice.usize(edge(n) + 1..=edge(n + 1))))
}

/// Lets these calls go wrong, one in each case.
fn each(
    bench: &mut Bench<'_>,
    scenario: &Scenario,
    way: Way,
    calls: impl Iterator<Item = usize>,
) -> Result<Tally, String> {
    let what = format!("{}: {way}", scenario.full_name());
    let mut tally = Tally { what, cases: 0, failures: Vec::new() };
    for call in calls {
        let (struck, failure) = bench.case(scenario, &[Fault { call, way }])?;
        if struck != 1 {
            return Err(format!("{}: call {call} was not made", tally.what));
        }
        tally.cases += 1;
        tally.failures.extend(failure);
    }
    Ok(tally)
}

/// Lets pairs of calls go wrong, drawn from the seed: the second one later in the same run, or in one that mends what the
/// first left. Each failure comes with its shortest reproduction.
///
/// # Errors
///
/// Where a scenario itself does not work.
pub fn sample(bench: &mut Bench<'_>, seed: u64, cases: usize) -> Result<Tally, String> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let all: Vec<Scenario> = Topology::ALL.into_iter().flat_map(scenarios).collect();
    let mut tally = Tally { what: format!("pairs of seed {seed}"), cases: 0, failures: Vec::new() };
    while tally.cases < cases {
        let scenario = &all[dice.usize(..all.len())];
        let [first, second] = [(); 2].map(|()| Way::ALL[dice.usize(..Way::ALL.len())]);
        let calls = bench.calls(scenario, first.is_late() || second.is_late())?;
        let call = dice.usize(1..=calls);
        let later = call + dice.usize(1..=calls);
        let faults = [Fault { call, way: first }, Fault { call: later, way: second }];
        let (struck, failure) = bench.case(scenario, &faults)?;
        // A life that was over before its second fault is no pair.
        if struck < 2 && failure.is_none() {
            continue;
        }
        tally.cases += 1;
        if let Some(failure) = failure {
            tally.failures.push(shortest(bench, scenario, failure)?);
        }
    }
    Ok(tally)
}

/// The shortest reproduction of a failure: fewer faults, the smaller network, earlier calls.
fn shortest(bench: &mut Bench<'_>, scenario: &Scenario, failure: Failure) -> Result<Failure, String> {
    let mut scenario = *scenario;
    let mut failure = failure;
    loop {
        let mut shorter = None;
        for (scenario, faults) in shortened(bench, &scenario, &failure.faults)? {
            if let (_, Some(failure)) = bench.case(&scenario, &faults)? {
                shorter = Some((scenario, failure));
                break;
            }
        }
        match shorter {
            Some(shorter) => (scenario, failure) = shorter,
            None => return Ok(failure),
        }
    }
}

/// What is shorter than a case, the shortest first.
fn shortened(
    bench: &mut Bench<'_>,
    scenario: &Scenario,
    faults: &[Fault],
) -> Result<Vec<(Scenario, Vec<Fault>)>, String> {
    let mut shorter = Vec::new();
    if faults.len() > 1 {
        shorter.extend(faults.iter().map(|fault| (*scenario, vec![*fault])));
    }
    let smaller = scenarios(Topology::Reference).into_iter().find(|s| s.name == scenario.name);
    if let Some(smaller) = smaller.filter(|_| scenario.topology != Topology::Reference) {
        let late = faults.iter().any(|fault| fault.way.is_late());
        let (few, many) = (bench.calls(&smaller, late)?, bench.calls(scenario, late)?);
        let scaled = |fault: &Fault| Fault { call: (fault.call * few / many.max(1)).max(1), ..*fault };
        shorter.push((smaller, faults.iter().map(scaled).collect()));
    }
    for (n, fault) in faults.iter().enumerate() {
        let first = faults[..n].iter().map(|before| before.call + 1).max().unwrap_or(1);
        for call in [first.midpoint(fault.call), fault.call - 1] {
            if (first..fault.call).contains(&call) {
                let mut earlier = faults.to_vec();
                earlier[n].call = call;
                shorter.push((*scenario, earlier));
            }
        }
    }
    Ok(shorter)
}
