//! Runs the cases.

use futures::future::BoxFuture;

use super::{
    CaseOutcome, CaseResult, Report, Subject, address, function, gateway, lease, nat_address, network, observation,
    probe,
    rig::{Law, Rig, Stop},
    route,
    sweep::sweep,
};

/// One law, and how it is tried.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name, which says what it expects.
    pub name: &'static str,
    /// The law, in one sentence without its full stop.
    pub law: &'static str,
    pub(super) run: Run,
}

pub(super) type Run = for<'a> fn(&'a Rig<'a>) -> BoxFuture<'a, Law>;

/// A case that is called as the function that tries it.
macro_rules! case {
    ($run:ident, $law:literal) => {
        $crate::conformance::run::Case { name: stringify!($run), law: $law, run: |rig| Box::pin($run(rig)) }
    };
}
pub(super) use case;

/// Every case, by topic, in the order in which they run: what later ones build upon comes first.
pub const CASES: [&[Case]; 9] = [
    observation::CASES,
    lease::CASES,
    network::CASES,
    route::CASES,
    address::CASES,
    gateway::CASES,
    nat_address::CASES,
    function::CASES,
    probe::CASES,
];

/// Tries every case, one after the other.
///
/// The fixture's stack must be empty. Where a case cannot clean up after itself, the later ones are skipped: on a cloud
/// that keeps what it was told to delete they would only leave more behind.
pub async fn run(subject: &Subject<'_>) -> Report {
    run_telling(subject, &mut |_| {}).await
}

/// The same, and tells each case as soon as it was tried: on a real cloud the whole takes more than an hour.
pub async fn run_telling(subject: &Subject<'_>, tell: &mut (dyn FnMut(&CaseResult) + Send)) -> Report {
    Report { cases: cases(subject, Until::End, tell).await }
}

/// Tries cases until one fails, and tells which.
pub(super) async fn first_failure(subject: &Subject<'_>) -> Option<CaseResult> {
    cases(subject, Until::Failure, &mut |_| {}).await.into_iter().find(|c| matches!(c.outcome, CaseOutcome::Failed(_)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    Failure,
}

async fn cases(subject: &Subject<'_>, until: Until, tell: &mut (dyn FnMut(&CaseResult) + Send)) -> Vec<CaseResult> {
    // A stack that cannot be used fails the first case: nothing was tried, and that is no success.
    let mut unusable = empty(subject).await.err();
    let mut stop = unusable.clone();
    let mut results = Vec::new();
    for (index, case) in CASES.into_iter().flatten().enumerate() {
        let outcome = match (unusable.take(), &stop) {
            (Some(reason), _) => CaseOutcome::Failed(reason),
            (None, Some(reason)) => CaseOutcome::Skipped(reason.clone()),
            (None, None) => {
                let (outcome, clean) = attempt(subject, case, index).await;
                stop = (!clean).then(|| format!("{} left things behind", case.name));
                outcome
            }
        };
        let failed = matches!(outcome, CaseOutcome::Failed(_));
        let result = CaseResult { name: case.name, law: case.law, outcome };
        tell(&result);
        results.push(result);
        if failed && until == Until::Failure {
            break;
        }
    }
    results
}

/// Tries one case and cleans up; tells also whether that worked.
async fn attempt(subject: &Subject<'_>, case: &Case, index: usize) -> (CaseOutcome, bool) {
    let rig = Rig::new(subject, index);
    let tried = (case.run)(&rig).await;
    let swept = sweep(&rig).await;
    let clean = swept.is_ok();
    let outcome = match (tried, swept) {
        (Err(Stop::Broken(how)), Ok(())) => CaseOutcome::Failed(how),
        (Err(Stop::Broken(how)), Err(left)) => {
            CaseOutcome::Failed(format!("{how}; and then, while cleaning up: {left}"))
        }
        (_, Err(left)) => CaseOutcome::Failed(format!("while cleaning up: {left}")),
        (Err(Stop::Skipped(why)), Ok(())) => CaseOutcome::Skipped(why),
        (Ok(()), Ok(())) => CaseOutcome::Passed,
    };
    (outcome, clean)
}

async fn empty(subject: &Subject<'_>) -> Result<(), String> {
    let rig = Rig::new(subject, 0);
    rig.look_at_leases();
    let world = match rig.observe().await {
        Ok(world) => world,
        Err(stop) => return Err(stop.to_string()),
    };
    let stack = &subject.fixture.stack;
    if let Some(lease) = world.network.leases.values().next() {
        return Err(format!("somebody works on the stack {stack}: it has the lease {} ({})", lease.name, lease.id));
    }
    match world.owned_by(stack).iter().find(|o| o.live) {
        Some(owned) => Err(format!("the stack {stack} is not empty: it has {} ({})", owned.owner.key, owned.id)),
        None => Ok(()),
    }
}
