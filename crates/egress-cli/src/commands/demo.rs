//! `egress demo`: the whole journey on an embedded mock cloud, in virtual time. Nothing is written to the disk.

use std::sync::{Arc, Mutex};

use egress_core::{CloudId, StackName, clock::VirtualClock, plan::Verb, probe::Reply};
use egress_mock::{MockCloud, Profile};

use super::{apply, destroy, init, mock, plan, run::Consent, stack, status, verify};
use crate::{
    args::{ApplyArgs, DemoArgs, DestroyArgs, Format, Global, InitArgs, PlanArgs, VerifyArgs},
    error::CliError,
    exit::Exit,
    inspect::egress_ips,
    output::{Out, Stage},
    render::{style, text::paint},
    session::{Backend, Interrupt, Session, SpecFile, mock_config},
};

/// The function of the story.
const FUNCTION: &str = "order-sync";
/// The stack of the story.
const STACK: &str = "demo";

pub(super) fn run(args: &DemoArgs, global: &Global, out: Out) -> Result<(), CliError> {
    let clock = VirtualClock::new();
    let spec = SpecFile::Memory { name: "egress.toml".into(), text: Mutex::new(None) };
    let config = mock_config(global.timing_profile()?.unwrap_or(Profile::Aws), &global.mock, &spec);
    let cloud = MockCloud::new(config, Arc::new(clock.clone()));
    let seed = global.mock.seed;
    let session = Session {
        out: Out { format: Format::Human, stage: Stage::Open, ..out },
        spec,
        pace: cloud.pace(),
        cloud: Backend::Mock(cloud.clone()),
        clock: Arc::new(clock.clone()),
        interrupt: Interrupt::Never,
        nonce: format!("demo{seed:012x}"),
    };
    clock.block_on(story(&session, &cloud, args, seed))
}

async fn story(session: &Session, cloud: &MockCloud, args: &DemoArgs, seed: u64) -> Result<(), CliError> {
    let function = CloudId::new(FUNCTION);
    note(
        session,
        &format!(
            "A mock cloud with AWS's timings, in virtual time, seed {seed}. The function {FUNCTION} calls a third"
        ),
    );
    note(session, "party that admits only IPs on its list:");
    mock::create_function(cloud, &function, mock::Role::Made, None)?;
    call(session, cloud, &function).await?;

    command(session, &format!("init --stack {STACK} --function {FUNCTION}"));
    let stack = StackName::new(STACK).map_err(|error| CliError::new(Exit::Usage, error.to_string()))?;
    let init = InitArgs { stack: Some(stack.clone()), functions: vec![FUNCTION.to_owned()], ..InitArgs::default() };
    init::run(&init, None, &session.spec, session.out)?;

    // Where something is broken later on, that is the story.
    if args.breakage.is_none() {
        command(session, "plan");
        plan::run(session, &PlanArgs::default()).await?;
    }

    command(session, "apply --yes");
    apply::with_consent(session, &ApplyArgs::default(), &Consent::Shown).await?;

    let spec = stack::read_spec(session)?;
    let world = stack::observe(session, &spec, &Verb::Verify).await?;
    for address in egress_ips(&spec, &world) {
        tell(session, &format!("Somebody pastes {} into the third party's list:", address.ip));
        let unknown = |error: egress_mock::UnknownParty| CliError::new(Exit::NotFound, error.to_string());
        cloud.internet().allow(PARTY, address.ip).map_err(unknown)?;
    }
    call(session, cloud, &function).await?;

    if let Some(breakage) = args.breakage {
        tell(session, "Somebody deletes the route to the NAT gateway.");
        mock::break_it(cloud, breakage)?;
    }
    command(session, "verify");
    verify::run(session, &VerifyArgs::default()).await?;

    command(session, "status");
    status::run(session).await?;

    command(session, "destroy --yes");
    destroy::run(session, &DestroyArgs { yes: true, ..DestroyArgs::default() }).await?;
    tell(session, "All of it happened in memory. `egress --cloud mock` keeps such a cloud in a file, to play with.");
    Ok(())
}

/// The third party of the story, and where it listens.
const PARTY: &str = "wechat";
const PARTY_URL: &str = "https://wechat.mock.test/cgi-bin/stable_token";

/// Lets the function call the third party, and tells what it got.
async fn call(session: &Session, cloud: &MockCloud, function: &CloudId) -> Result<(), CliError> {
    let called = mock::call(cloud, function, PARTY_URL).await?;
    let answer = match &called.reply {
        Reply::Answered { body, .. } => body.trim_end().to_owned(),
        Reply::TimedOut => "nothing came back".to_owned(),
        Reply::Failed { error } => error.clone(),
    };
    let seen = cloud.internet().seen().pop().map(|seen| format!(", seen as {}", paint(style::STRONG, seen.source)));
    session.out.talk(&format!("  {FUNCTION} calls {PARTY}{}:\n  {answer}\n", seen.unwrap_or_default()));
    Ok(())
}

fn tell(session: &Session, text: &str) {
    session.out.talk("\n");
    note(session, text);
}

fn note(session: &Session, text: &str) {
    session.out.talk(&format!("{}\n", paint(style::NOTE, format!("# {text}"))));
}

fn command(session: &Session, line: &str) {
    session.out.talk(&format!("\n{}\n", paint(style::STRONG, format!("» egress {line}"))));
}
