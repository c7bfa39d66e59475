//! `cargo xtask e2e`: builds the command line and the program of `xtask/e2e`, and runs it.
//!
//! That program is a package of its own because it needs the AWS backend, which takes minutes to build; the other chores do
//! not wait for it.

use std::process::{Command, Stdio};

use crate::run::{Result, built, cargo, show};

/// What the workspace is built as, as in every other stage of CI.
const SELECTION: [&str; 2] = ["--workspace", "--all-features"];

/// What is said to the program; `cargo xtask e2e -- --help` lists it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Given to the program as they are.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs the program on the terminal.
pub(crate) fn run(args: &Args) -> Result {
    let mut command = program()?;
    // It asks, and it hears Ctrl-C.
    command.args(&args.rest).stdin(Stdio::inherit());
    show(command)
}

/// Builds the program and the command line, with the AWS backend.
pub(crate) fn build() -> Result {
    show(cargo(["build", "--quiet", "--bins"].into_iter().chain(SELECTION)))
}

/// The program, built, with the binary that it drives.
pub(crate) fn program() -> Result<Command> {
    build()?;
    let mut command = crate::run::program(&built("egress-e2e")?, [] as [&str; 0]);
    command.args(["--egress", &built("egress")?]);
    Ok(command)
}
