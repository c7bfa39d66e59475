//! One file for each verb.

mod apply;
mod attach;
mod completions;
mod demo;
mod destroy;
mod graph;
mod init;
mod ips;
mod mock;
mod plan;
mod run;
mod serve;
mod stack;
mod status;
mod verify;

use crate::{
    args::{Cli, Command, MockCommand},
    error::CliError,
    exit::Exit,
    output::Out,
    session::{Session, SpecFile},
};

/// Does what the command line says.
pub(crate) fn run(cli: &Cli, out: Out) -> Result<(), CliError> {
    match &cli.command {
        Command::Completions { shell } => completions::run(*shell, out),
        Command::Init(args) => init::run(args, &SpecFile::At(cli.global.spec.clone()), out),
        Command::Demo(args) => demo::run(args, &cli.global.mock, out),
        Command::Mock(MockCommand::Serve(args)) => runtime()?.block_on(serve::serve(&cli.global, args, out)),
        Command::Mock(MockCommand::Run(args)) => runtime()?.block_on(serve::run(&cli.global, args)),
        Command::Mock(_) => on_cloud(Session::open_mock(&cli.global, out), &cli.command),
        command => on_cloud(Session::open(&cli.global, out), command),
    }
}

/// Runs a command on a cloud, and keeps what is to be kept however the command ended.
fn on_cloud(session: Result<Session, CliError>, command: &Command) -> Result<(), CliError> {
    let session = session?;
    let result = runtime()?.block_on(verb(&session, command));
    match (result, session.close()) {
        (result, Ok(())) => result,
        (Ok(()), Err(lost)) => Err(lost),
        (Err(error), Err(lost)) => Err(error.and(lost)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::new(Exit::File, "cannot begin to run").caused_by(&error))
}

async fn verb(session: &Session, command: &Command) -> Result<(), CliError> {
    match command {
        Command::Plan(args) => plan::run(session, args).await,
        Command::Apply(args) => apply::run(session, args).await,
        Command::Status => status::run(session).await,
        Command::Ips => ips::run(session).await,
        Command::Attach(args) => attach::attach(session, args).await,
        Command::Detach(args) => attach::detach(session, args).await,
        Command::Verify => verify::run(session).await,
        Command::Destroy(args) => destroy::run(session, args).await,
        Command::Graph(args) => graph::run(session, args).await,
        Command::Mock(command) => mock::run(session, command).await,
        // Those that need no cloud were done before.
        Command::Init(_) | Command::Demo(_) | Command::Completions { .. } => Ok(()),
    }
}
