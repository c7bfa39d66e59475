//! One file for each verb.

mod adopt;
mod aim;
mod apply;
mod attach;
mod completions;
mod demo;
mod destroy;
mod doctor;
mod external;
mod graph;
mod iam_policy;
mod init;
mod ips;
mod locked;
mod mock;
mod plan;
mod recover;
mod run;
mod serve;
mod snapshot;
mod stack;
mod status;
mod trace;
mod unlock;
mod verify;

use crate::{
    args::{ApplyArgs, Cli, Command, Global, MockCommand},
    error::CliError,
    exit::Exit,
    output::Out,
    plan_file::PlanFile,
    session::{Session, SpecFile},
};

/// Does what the command line says.
pub(crate) fn run(cli: &Cli, out: Out) -> Result<(), CliError> {
    let global = &cli.global;
    match &cli.command {
        Command::Completions { shell } => completions::run(*shell, out),
        Command::Init(args) => init::run(args, global.aws.region.as_deref(), &SpecFile::At(global.spec.clone()), out),
        Command::IamPolicy(args) => iam_policy::run(args, global, out),
        Command::Demo(args) => demo::run(args, global, out),
        Command::Mock(MockCommand::Serve(args)) => runtime()?.block_on(serve::serve(global, args, out)),
        Command::Mock(MockCommand::Run(args)) => runtime()?.block_on(serve::run(global, args)),
        Command::Mock(command) => {
            let (session, cloud) = Session::open_mock(global, out)?;
            let result = runtime()?.block_on(mock::run(&session, &cloud, command));
            closed(&session, result)
        }
        Command::Apply(args @ ApplyArgs { plan: Some(path), .. }) => {
            let saved = PlanFile::read(path)?;
            let global = saved.at_its_place(global);
            runtime()?.block_on(in_session(&global, out, async |session| apply::saved(session, args, &saved).await))
        }
        Command::Trace(args) => runtime()?.block_on(trace::run(args, global, out)),
        Command::Doctor(args) => runtime()?.block_on(doctor::run(args, global, out)),
        Command::Snapshot(args) => runtime()?.block_on(snapshot::run(args, global, out)),

        Command::Ips(args) if args.all => runtime()?.block_on(ips::of_all(args, global, out)),
        command => runtime()?.block_on(in_session(global, out, async |session| verb(session, command).await)),
    }
}

/// Opens a session, does something in it, and closes it.
async fn in_session(
    global: &Global,
    out: Out,
    work: impl AsyncFnOnce(&Session) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let session = Session::open(global, out).await?;
    let result = work(&session).await;
    closed(&session, result)
}

/// Keeps what is to be kept, however the command ended.
fn closed(session: &Session, result: Result<(), CliError>) -> Result<(), CliError> {
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
        Command::Adopt(args) => adopt::run(session, args).await,
        Command::Plan(args) => plan::run(session, args).await,
        Command::Apply(args) => apply::run(session, args).await,
        Command::Status => status::run(session).await,
        Command::Ips(_) => ips::run(session).await,
        Command::Attach(args) => attach::attach(session, args).await,
        Command::Detach(args) => attach::detach(session, args).await,
        Command::Verify(args) => verify::run(session, args).await,
        Command::Unlock(args) => unlock::run(session, args).await,
        Command::Destroy(args) => destroy::run(session, args).await,
        Command::Recover(args) => recover::run(session, args).await,
        Command::Graph(args) => graph::run(session, args).await,
        // Those that need no cloud, or the mock, or only look, were done before.
        Command::Init(_)
        | Command::Trace(_)
        | Command::Doctor(_)
        | Command::Snapshot(_)
        | Command::IamPolicy(_)
        | Command::Demo(_)
        | Command::Mock(_)
        | Command::Completions { .. } => Ok(()),
    }
}
