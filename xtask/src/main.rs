//! The project's own chores. `cargo xtask --help` lists them.
#![expect(clippy::print_stderr, reason = "a chore talks to whoever runs it")]

mod bench;
mod e2e;
mod interop;
mod lab;
mod markdown;
mod readme;
mod run;
mod soak;
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
    /// Tries many more random cases than the tests do.
    Soak(soak::Args),
    /// Measures how fast things are.
    Bench(bench::Args),
    /// Checks the invariants of the house that a machine can check.
    Tidy(tidy::Args),
    /// Tries the laws and the whole journey on real AWS, or on an emulator: asks first, and takes all of it down again.
    E2e(e2e::Args),
    /// Tries our backend on an emulator by others, and our emulator with the AWS CLI and boto3.
    Interop(interop::Args),
    /// Tries random Worlds as network namespaces of this machine, and compares what the kernel does with what trace says.
    Lab(lab::Args),
    /// A process of `lab`'s.
    #[command(hide = true)]
    LabAgent(lab::agent::Args),
    /// Runs the commands of both READMEs and compares what they print with what stands there.
    Readme(readme::Args),
}

fn main() -> ExitCode {
    let result = match Args::parse().chore {
        Chore::Test(args) => test::run(&args),
        Chore::Soak(args) => soak::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Tidy(args) => tidy::run(&args),
        Chore::E2e(args) => e2e::run(&args),
        Chore::Interop(args) => interop::run(&args),
        Chore::Lab(args) => lab::run(&args),
        Chore::LabAgent(args) => lab::agent::run(&args),
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
