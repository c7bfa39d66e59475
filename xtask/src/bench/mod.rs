//! `cargo xtask bench`: figures, each with what it is measured on. Built and run in the release profile.

mod region;
mod trace;

use crate::run::{Result, cargo, show};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Measures this build as it is, not one of the release profile: quick to start, and slow.
    #[arg(long)]
    here: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The time that the doctor takes for a region of 10, 100, 1,000 and 10,000 functions, and how it grows.
    Trace(trace::Args),
}

/// Measures; a build of another profile builds itself again for it.
pub(crate) fn run(args: &Args) -> Result {
    if cfg!(debug_assertions) && !args.here {
        let own: Vec<String> = std::env::args().skip(1).collect();
        let release = ["run", "--quiet", "--release", "--package", "xtask", "--"].map(str::to_owned);
        return show(cargo([release.as_slice(), &own].concat()));
    }
    match &args.what {
        What::Trace(args) => trace::run(args),
    }
}
