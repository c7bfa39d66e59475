//! The project's own chores. `cargo xtask --help` lists them.
#![expect(clippy::print_stderr, reason = "a chore talks to whoever runs it")]

mod markdown;
mod readme;
mod run;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Runs every test: unit and integration tests, doctests, and the same in `examples/other-cloud`.
    Test(test::Args),
    /// Checks the invariants of the house that a machine can check.
    Tidy(tidy::Args),
    /// Runs the commands of both READMEs and compares what they print with what stands there.
    Readme(readme::Args),
}

fn main() -> ExitCode {
    let result = match Args::parse().chore {
        Chore::Test(args) => test::run(&args),
        Chore::Tidy(args) => tidy::run(&args),
        Chore::Readme(args) => readme::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
