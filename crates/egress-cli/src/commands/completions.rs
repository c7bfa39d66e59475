//! `egress completions`: a script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{args::Cli, error::CliError, output::Out};

pub(super) fn run(shell: Shell, out: Out) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "egress", &mut script);
    out.raw(&String::from_utf8_lossy(&script))
}
