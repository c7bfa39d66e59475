//! One command with faults, run until it comes to its end.

use std::{
    future::{pending, poll_fn},
    net::Ipv4Addr,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use egress_core::{
    Clock, Cloud, CloudError, CloudExt, VirtualClock, World,
    execute::{Options, Report, execute},
    plan::{PlanError, Verb, scope},
};

use super::{Door, Fault, Faults, Paths, Start, complaints, paths::Seen, plain};
use crate::MockCloud;

/// How long the account is left alone before it is judged: longer than anything is under way by itself, and than a NAT
/// gateway that is gone is listed.
const REST: Duration = Duration::from_secs(2 * 3_600);

/// What became of a command.
pub struct Life {
    /// The account in the end, after everything has come to rest.
    pub world: World,
    /// How many calls the engine made.
    pub calls: usize,
    /// What went wrong, at which call, for people.
    pub struck: Vec<String>,
    /// How each run ended, for people.
    pub runs: Vec<String>,
    /// What must not be, in what the runs themselves said.
    pub(super) wrong: Vec<String>,
    /// The addresses that the command names to be released.
    pub(super) named: Vec<Ipv4Addr>,
    pub(super) seen: Seen,
}

/// The life that nothing disturbs: what all others are measured by.
pub struct Undisturbed {
    /// It.
    pub life: Life,
    /// How the account looks in the end.
    pub(super) plain: Vec<String>,
}

impl Undisturbed {
    /// Lives it.
    ///
    /// # Errors
    ///
    /// Where not even this one comes to a good end.
    pub fn of(start: &Start, door: &dyn Door) -> Result<Self, String> {
        let life = live(start, Vec::new(), door);
        let undisturbed = Self { plain: plain(&life.world), life };
        let wrong = complaints(&undisturbed.life, &undisturbed);
        if wrong.is_empty() { Ok(undisturbed) } else { Err(format!("{:?}: {wrong:?}", undisturbed.life.runs)) }
    }
}

/// How one run ended.
enum End {
    /// The process was killed.
    Killed,
    /// It could not read the account.
    Blind(CloudError),
    /// There was no Plan.
    Refused(PlanError),
    /// The Plan was run.
    Ran(Report),
}

/// Lives a life: runs the command with these faults, and again until it comes to its end. Each run has nothing but the file
/// and the cloud.
pub fn live(start: &Start, faults: Vec<Fault>, door: &dyn Door) -> Life {
    let clock = VirtualClock::new();
    let cloud = start.cloud.fork(Arc::new(clock.clone()));
    let most = faults.len() + 1;
    let faults = Arc::new(Faults::new(faults));
    let paths = Arc::new(Paths::new(cloud.clone(), start.functions.clone()));
    let (runs, wrong) = clock.block_on(async {
        let (mut runs, mut wrong) = (Vec::new(), Vec::new());
        loop {
            let struck = faults.struck().len();
            let end = run(start, &cloud, &clock, door, &faults, &paths, runs.len()).await;
            runs.push(end.describe());
            let disturbed = faults.struck().len() > struck;
            // Once something was done, a refusal says that nothing is left to do; where that is not true, the account tells.
            let refused_at_once = matches!(end, End::Refused(_)) && runs.len() == 1;
            if end.is_final() && !refused_at_once {
                break;
            }
            if !disturbed || runs.len() > most {
                wrong.push(format!("run {} came to no good end although nothing went wrong", runs.len()));
                break;
            }
            if matches!(end, End::Killed) {
                hold_after_a_dead_run(&cloud, &clock).await;
            }
        }
        (runs, wrong)
    });
    paths.look(&"what was under way");
    cloud.advance(REST);
    paths.look(&"what was under way at the end");
    Life {
        world: cloud.world(),
        calls: faults.calls(),
        struck: faults.struck(),
        runs,
        wrong,
        named: match &start.verb {
            Verb::Destroy { release, .. } => release.iter().copied().collect(),
            _ => Vec::new(),
        },
        seen: paths.seen(),
    }
}

/// What a run does that takes over from a dead one: it waits until all that the dead one may have made can be seen. This
/// stands for the lease, whose take-over waits so.
async fn hold_after_a_dead_run(cloud: &MockCloud, clock: &VirtualClock) {
    clock.sleep(cloud.pace().visibility).await;
}

/// One process, from its start to its end or its death.
async fn run(
    start: &Start,
    cloud: &MockCloud,
    clock: &VirtualClock,
    door: &dyn Door,
    faults: &Arc<Faults>,
    paths: &Arc<Paths>,
    before: usize,
) -> End {
    let opened = door.open(cloud, clock, faults, paths);
    let options = Options::new(format!("nonce{before:03}"), cloud.pace());
    let mut process = pin!(process(start, &*opened, clock, &options));
    poll_fn(|context| {
        let polled = process.as_mut().poll(context);
        // Dropping what is left of it is what kills a process here. One that ends by itself in the same moment is dead all the
        // same, and the next one is not.
        if faults.take_kill() { Poll::Ready(End::Killed) } else { polled }
    })
    .await
}

async fn process(start: &Start, cloud: &dyn Cloud, clock: &VirtualClock, options: &Options) -> End {
    let world = match cloud.observe(&scope(&start.spec, &start.verb)).await {
        Ok(world) => world,
        Err(error) => return End::Blind(error),
    };
    match start.plan(world) {
        Ok(plan) => End::Ran(execute(&plan, cloud, clock, options, pending(), &mut |_| {}).await),
        Err(error) => End::Refused(error),
    }
}

impl End {
    /// Whether a user would run the command no more: it is done, or there is nothing to do.
    fn is_final(&self) -> bool {
        match self {
            Self::Killed | Self::Blind(_) => false,
            Self::Refused(_) => true,
            Self::Ran(report) => report.is_complete(),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Killed => "killed".to_owned(),
            Self::Blind(error) => format!("blind: {error}"),
            Self::Refused(error) => format!("refused: {error}"),
            Self::Ran(report) if report.is_complete() => format!("done, {} steps", report.done.len()),
            Self::Ran(report) => {
                let failed: Vec<String> =
                    report.failed.iter().map(|(step, error)| format!("{step}: {error}")).collect();
                format!(
                    "failed: {}; {} steps done, {} not run",
                    failed.join("; "),
                    report.done.len(),
                    report.not_run.len()
                )
            }
        }
    }
}
