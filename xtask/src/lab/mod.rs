//! `cargo xtask lab`: random Worlds as network namespaces of this machine, against `egress_core::trace`.
//!
//! [`world`] makes a World, [`net`] lays it out as namespaces, [`agent`] is what runs in them, [`compare`] sets what real TCP
//! connections did beside what trace says, and [`coverage`] tells whether a run has shown all that it must. What builds the
//! namespaces shares no code with trace: it is written from the VPC guide, so that the kernel is a second opinion.
//!
//! The machine's own network is left alone: all happens in namespaces that end with their processes, see [`agent`].

pub(crate) mod agent;
mod case;
mod clean;
mod compare;
mod coverage;
mod hosts;
mod keeper;
mod net;
mod nft;
mod plain;
mod ports;
mod router;
mod script;
mod shrink;
mod twist;
mod world;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, atomic::AtomicUsize, atomic::Ordering::Relaxed},
    thread,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use self::{
    case::Case,
    compare::Compared,
    coverage::Coverage,
    keeper::{disagreements, try_case, unshare},
};
use crate::run::{Result, output, print, program, root};

/// What to try.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many random Worlds.
    #[arg(long, default_value_t = 500)]
    worlds: usize,
    /// What they are drawn from; another one each time where it is left out.
    #[arg(long)]
    seed: Option<u64>,
    /// How many Worlds are up at the same time; most of the time is spent waiting for packets that are lost.
    #[arg(long, default_value_t = 6)]
    jobs: usize,
    /// Tries this file alone: one that an earlier run wrote.
    #[arg(long, conflicts_with_all = ["worlds", "seed"])]
    case: Option<PathBuf>,
    /// Ends what runs that are dead have left, and does nothing else.
    #[arg(long, conflicts_with_all = ["worlds", "seed", "case"])]
    clean: bool,
}

/// Tries the Worlds; fails where one differs, or where too little was shown.
pub(crate) fn run(args: &Args) -> Result {
    if args.clean {
        return clean::run();
    }
    can_run()?;
    if let Some(path) = &args.case {
        return again(path);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let seed = args.seed.unwrap_or(now);
    print(&format!("{} Worlds of seed {seed}\n", args.worlds));
    let began = Instant::now();
    let (coverage, failure) = try_all(args, seed);
    print(&coverage.text());
    print(&format!("seed {seed} took {:.0?}\n", began.elapsed()));
    let again = format!("again: cargo xtask lab --seed {seed} --worlds {}", args.worlds);
    if let Some(failure) = failure {
        return Err(format!("{}\n{again}", failure.tell()));
    }
    match coverage.missed() {
        missed if missed.is_empty() => Ok(()),
        missed => Err(format!("too little was shown:\n  {}\n{again}", missed.join("\n  "))),
    }
}

/// What a World came to that did not come out well.
enum Failure {
    /// The answers differ.
    Differs(Case),
    /// It could not be tried.
    Broke(Case, String),
}

/// Takes the Worlds in turn, several at a time, until one fails.
fn try_all(args: &Args, seed: u64) -> (Coverage, Option<Failure>) {
    let next = AtomicUsize::new(0);
    let state = Mutex::new((Coverage::default(), None));
    let work = || {
        loop {
            let place = next.fetch_add(1, Relaxed);
            if place >= args.worlds {
                return;
            }
            let case = world::case(seed, place);
            let tried = try_case(&case);
            // A poisoned lock: another worker died, and the run fails with it.
            let Ok(mut state) = state.lock() else { return };
            match tried {
                Ok(compared) if disagreements(&compared).is_empty() => state.0.note(&case, &compared),
                Ok(_) => {
                    state.1.get_or_insert(Failure::Differs(case));
                    next.store(args.worlds, Relaxed);
                }
                Err(why) => {
                    state.1.get_or_insert(Failure::Broke(case, why));
                    next.store(args.worlds, Relaxed);
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..args.jobs.max(1) {
            scope.spawn(work);
        }
    });
    state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Failure {
    /// What happened, and the files by which it can be looked at.
    fn tell(self) -> String {
        match self {
            Self::Broke(case, why) => format!("a World could not be tried: {why}\n{}", kept(&case)),
            Self::Differs(case) => {
                eprintln!("trace and the kernel differ; looking for the smallest World");
                let case = shrink::shrink(case);
                let differ = try_case(&case).map(|compared| disagreements(&compared)).unwrap_or_default();
                format!("trace and the kernel differ\n  {}\n{}", differ.join("\n  "), kept(&case))
            }
        }
    }
}

/// Writes the Case and the commands that build it; where they are.
fn kept(case: &Case) -> String {
    let folder = root().join("target/lab");
    let keep = || -> Result<String> {
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let (json, commands) = (folder.join("case.json"), folder.join("case.sh"));
        let text = serde_json::to_string_pretty(case).map_err(|error| error.to_string())?;
        fs::write(&json, text + "\n").map_err(|error| error.to_string())?;
        let script = script::script(case).unwrap_or_else(|error| format!("# {error}\n"));
        fs::write(&commands, script).map_err(|error| error.to_string())?;
        let (json, commands) = (json.display(), commands.display());
        Ok(format!("the World: cargo xtask lab --case {json}\nthe commands: {commands}"))
    };
    keep().unwrap_or_else(|error| format!("{} cannot be written: {error}", folder.display()))
}

/// Tries a Case from a file, and prints every question with both answers.
fn again(path: &Path) -> Result {
    let text = fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let case: Case =
        serde_json::from_str(&text).map_err(|error| format!("{} is not a Case: {error}", path.display()))?;
    let compared: Vec<Compared> = try_case(&case)?;
    compared.iter().for_each(|one| print(&format!("{one}\n")));
    match disagreements(&compared) {
        differ if differ.is_empty() => Ok(()),
        differ => Err(format!("trace and the kernel differ\n  {}", differ.join("\n  "))),
    }
}

/// The sentence says what is needed where it is not there.
fn can_run() -> Result {
    let needs = |name: &str, command: Command| output(command).map(drop).map_err(|error| format!("{name}: {error}"));
    needs("the lab needs iproute2", program("ip", ["-Version"]))?;
    needs("the lab needs nftables", program("nft", ["--version"]))?;
    let mut inside = unshare();
    inside.args(["nft", "list", "ruleset"]);
    needs("the lab needs namespaces of its own, for which one mostly must be root", inside)
}
