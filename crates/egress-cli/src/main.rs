//! `egress`: gives serverless functions a fixed outbound IP, and proves it.
//!
//! `args` says what can be asked, `ask` what a question names, `commands` does it, `session` holds what they work with, `worlds`
//! reads what is only looked at, `render` turns values into what
//! people read, `output` prints, `progress` shows what execution reports, `exit` has the table of exit codes.

mod args;
mod ask;
mod clock;
mod commands;
mod error;
mod exit;
mod inspect;
mod output;
mod plan_file;
mod progress;
mod render;
mod session;
mod worlds;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    args::Cli,
    exit::Exit,
    output::{Out, Stage},
};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            // Nobody reads it: there is nobody to tell.
            let _ = error.print();
            return exit.into();
        }
    };
    let out = Out { format: cli.global.output, quiet: cli.global.quiet, stage: Stage::Aside };
    match commands::run(&cli, out) {
        Ok(()) => Exit::Ok.into(),
        Err(error) => {
            out.error(&error);
            error.exit.into()
        }
    }
}
