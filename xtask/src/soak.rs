//! `cargo xtask soak`: what the tests do with few random cases, with many.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::run::{Result, cargo, show};

/// How long to go on.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many pairs of faults.
    #[arg(long, default_value_t = 20_000)]
    cases: usize,
    /// What they are drawn from; another one each time where it is left out.
    #[arg(long)]
    seed: Option<u64>,
}

/// Lets pairs of calls go wrong, and prints the seed, the number and the time.
pub(crate) fn run(args: &Args) -> Result {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let seed = args.seed.unwrap_or(now);
    eprintln!("{} pairs of faults of seed {seed}", args.cases);
    let began = Instant::now();
    let mut test = cargo(["test", "--package", "egress-mock", "--test", "engine", "--", "--ignored", "--nocapture"]);
    test.arg("soak_of_pairs");
    test.env("EGRESS_SOAK_SEED", seed.to_string()).env("EGRESS_SOAK_CASES", args.cases.to_string());
    let done = show(test);
    eprintln!("{} pairs of faults of seed {seed} took {:.0?}", args.cases, began.elapsed());
    done.map_err(|error| format!("{error}\nagain: cargo xtask soak --seed {seed} --cases {}", args.cases))
}
