//! `cargo xtask e2e`: the conformance suite and the whole journey against real AWS, or against an emulator.
//!
//! It works in two stacks of its own, [`LAWS`] and [`JOURNEY`], with functions whose names begin with
//! [`fixture::PREFIX`](egress_aws::fixture::PREFIX). Whatever happens (a failure, Ctrl-C, a panic), it takes them down again;
//! what an earlier run left behind, because its machine died, is found by the same tags and names and taken down first.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to whoever runs it")]

mod clean;
mod clock;
mod journey;
mod laws;

use std::{
    any::Any,
    io::{self, IsTerminal, Write as _},
    panic::AssertUnwindSafe,
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use clap::Parser;
use egress_aws::{AwsCloud, Settings};
use egress_core::StackName;
use futures::FutureExt;

use clock::PacedClock;

/// The stack of the conformance suite.
pub(crate) const LAWS: &str = "egress-e2e-laws";
/// The stack of the journey.
pub(crate) const JOURNEY: &str = "egress-e2e-journey";

/// What comes of a part of a run; the error is for a person.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The conformance suite and the whole journey against real AWS, or against an emulator.
#[derive(Parser)]
#[command(bin_name = "cargo xtask e2e")]
pub(crate) struct Args {
    /// An emulator's endpoint: nothing is asked then.
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,

    /// The region.
    #[arg(long)]
    region: Option<String>,

    /// The profile of the AWS configuration.
    #[arg(long)]
    profile: Option<String>,

    /// A role to assume.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,

    /// The binary whose journey it is.
    #[arg(long, value_name = "FILE", hide = true)]
    egress: PathBuf,

    /// Leave out what needs functions to run: an emulator may not run any.
    #[arg(long)]
    no_invoke: bool,

    /// Wait so many times less than on real AWS: for emulators where everything happens at once.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    faster: f64,

    /// Only take down what earlier runs left behind.
    #[arg(long)]
    sweep: bool,

    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// What both parts work with.
pub(crate) struct Stage<'a> {
    pub(crate) args: &'a Args,
    pub(crate) cloud: AwsCloud,
    pub(crate) clock: PacedClock,
    /// Text that no other run has.
    pub(crate) nonce: String,
    /// Whether the user asked to stop.
    stopping: &'a AtomicBool,
}

impl Stage<'_> {
    /// Fails where the user asked to stop.
    pub(crate) fn go_on(&self) -> Result {
        if self.stopping.load(Ordering::Relaxed) { Err("interrupted".to_owned()) } else { Ok(()) }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("cannot begin to run: {error}")),
    };
    match runtime.block_on(run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &str) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

async fn run(args: &Args) -> Result {
    let settings = Settings::default()
        .profile(args.profile.clone())
        .region(args.region.clone())
        .role_arn(args.role_arn.clone())
        .endpoint_url(args.endpoint_url.clone());
    let cloud = AwsCloud::connect(&settings).await.map_err(|error| told(&error))?;
    let identity = cloud.identity().await.map_err(|error| told(&error))?;
    println!("{}", announcement(args, cloud.region(), &identity.account, &identity.arn));
    if args.endpoint_url.is_none() && !args.yes {
        agree(&identity.account)?;
    }

    let clock = PacedClock::new(args.faster);
    let nonce = format!("{:x}", clock.since_1970().as_millis());
    let stopping = AtomicBool::new(false);
    let stage = Stage { args, cloud, clock, nonce, stopping: &stopping };
    println!("\n== what earlier runs left behind");
    clean::all(&stage).await?;
    if args.sweep {
        return Ok(());
    }

    let tried = until_stopped(&stopping, AssertUnwindSafe(both(&stage)).catch_unwind()).await;
    let tried = tried.unwrap_or_else(|panic| Err(format!("a panic: {}", text_of(panic.as_ref()))));
    println!("\n== taking everything down");
    let cleaned = clean::all(&stage).await;
    match (tried, cleaned) {
        (Ok(()), Ok(())) => {
            println!("\nall of it held; nothing is left");
            Ok(())
        }
        (Err(error), Ok(())) => Err(error),
        (Ok(()), Err(left)) => Err(left),
        (Err(error), Err(left)) => Err(format!("{error}\nand then, while cleaning up: {left}")),
    }
}

async fn both(stage: &Stage<'_>) -> Result {
    println!("\n== the laws");
    laws::run(stage).await?;
    println!("\n== the journey");
    journey::run(stage).await
}

/// Runs to the end; Ctrl-C is remembered, and whatever runs ends at its next step.
async fn until_stopped<T>(stopping: &AtomicBool, run: impl Future<Output = T>) -> T {
    let mut run = std::pin::pin!(run);
    loop {
        tokio::select! {
            result = &mut run => return result,
            heard = tokio::signal::ctrl_c() => {
                if heard.is_err() {
                    return run.await;
                }
                eprintln!("\nstopping: what was made is taken down");
                stopping.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn announcement(args: &Args, region: &str, account: &str, arn: &str) -> String {
    let head = format!("account {account}, region {region}, as {arn}");
    if let Some(url) = &args.endpoint_url {
        return format!("{head}, at {url}");
    }
    format!(
        "{head}\n\n\
         This makes, one after another, and deletes again:\n\
         \x20 networks, subnets, route tables, security groups, internet gateways: no charge\n\
         \x20 at most 2 NAT gateways and 3 Elastic IPs at a time, in stacks {LAWS} and {JOURNEY}\n\
         \x20 functions and roles whose names begin with {} or egress-probe-\n\
         It takes one to two hours, most of them waiting for Lambda to let its interfaces go, and costs less than\n\
         1 USD at AWS's prices of 2026-11 (a NAT gateway 0.045 to 0.062 USD an hour, an address 0.005).\n\
         Whatever happens, everything is taken down again, the addresses included.",
        egress_aws::fixture::PREFIX
    )
}

fn agree(account: &str) -> Result {
    if !io::stdin().is_terminal() {
        return Err("there is nobody to ask: `--yes` agrees".to_owned());
    }
    print!("\nType the account ({account}) to go on: ");
    io::stdout().flush().map_err(|error| error.to_string())?;
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| error.to_string())?;
    if line.trim() == account { Ok(()) } else { Err("not agreed to; nothing was done".to_owned()) }
}

/// An error of the cloud's with its hint.
pub(crate) fn told(error: &egress_core::CloudError) -> String {
    error.hint.as_ref().map_or_else(|| error.to_string(), |hint| format!("{error}\nhint: {hint}"))
}

/// One of the two stacks.
pub(crate) fn stack(name: &str) -> Result<StackName> {
    StackName::new(name).map_err(|error| error.to_string())
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("with no text")
}
