//! Random lives of a stack: commands, edits of its file and drift behind egress's back, on a cloud that goes wrong in every
//! way. In the end undisturbed applies must mend all; and throughout no address may be released that was not named.
//!
//! A life is told by its seed. One that fails is shrunk: its diary has only what it fails by.

mod account;
mod drift;
mod judge;
mod life;
mod script;
mod shrink;
mod sky;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
};

use egress_core::{Cloud, clock::VirtualClock};
use egress_mock::MockCloud;

use life::Life;
pub(crate) use script::Plot;
use script::{Step, script};

/// How commands reach the cloud.
#[derive(Clone, Copy)]
pub(crate) struct Door<C> {
    /// Opens it, anew for each command.
    pub(crate) open: fn(&MockCloud, &VirtualClock) -> C,
}

/// What was lived through.
pub(crate) type Tally = BTreeMap<&'static str, usize>;

/// How many lives are to be lived: `EGRESS_SEQUENCES`, else `usual`.
pub(crate) fn how_many(usual: u64) -> u64 {
    std::env::var("EGRESS_SEQUENCES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Lives these lives. Where one fails, its seed and the shortest diary that fails as well are told.
pub(crate) fn live_all<C: Cloud>(seeds: impl IntoIterator<Item = u64>, plot: Plot, door: &Door<C>) -> Tally {
    let mut tally = Tally::new();
    for seed in seeds {
        let script = script(seed, plot);
        match live(seed, &script, door) {
            Ok(lived) => lived.into_iter().for_each(|(what, n)| *tally.entry(what).or_default() += n),
            Err(Failed { why, .. }) => {
                // Of all failures, those of the same sort.
                let sort = |why: &str| why.split(' ').take(3).map(str::to_owned).collect::<Vec<_>>();
                let same =
                    |steps: &[Step]| live(seed, steps, door).is_err_and(|failed| sort(&failed.why) == sort(&why));
                let short = shrink::shrunk(&script, same);
                let again = live(seed, &short, door).err();
                let (short_why, diary) = again.map(|failed| (failed.why, failed.diary)).unwrap_or_default();
                panic!(
                    "life {seed} ({plot:?}): {why}\n\nshrunk from {} steps to {}: {short_why}\n{}",
                    script.len(),
                    short.len(),
                    diary.join("\n")
                );
            }
        }
    }
    tally
}

/// How a life failed.
struct Failed {
    why: String,
    diary: Vec<String>,
}

fn live<C: Cloud>(seed: u64, script: &[Step], door: &Door<C>) -> Result<Tally, Failed> {
    let diary = Mutex::new(Vec::new());
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let mut life = Life::new(seed, door, &diary);
        let lived = script.iter().try_for_each(|step| life.go(step)).and_then(|()| judge::end(&mut life));
        life.take_stock();
        lived.map(|()| life.tally)
    }));
    let why = match lived {
        Ok(Ok(tally)) => return Ok(tally),
        Ok(Err(why)) => why,
        Err(_) => "it panicked".to_owned(),
    };
    let diary = diary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Err(Failed { why, diary })
}
