//! The command line. Parsing it has no side effects.

mod inspect;
mod mock;
mod stack;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use self::values::positive;
pub(crate) use self::{inspect::*, mock::*, stack::*};
use crate::exit;

/// Gives serverless functions a fixed outbound IP, and proves it.
#[derive(Debug, Parser)]
#[command(name = "egress", version, after_long_help = exit::help(), max_term_width = 100, propagate_version = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The file that says what you want.
    #[arg(long, global = true, value_name = "FILE", default_value = "egress.toml", help_heading = "Global options")]
    pub(crate) spec: PathBuf,

    /// Which cloud to work on; `mock` is one in a local file, for trying things out.
    #[arg(long, global = true, env = "EGRESS_CLOUD", default_value = "aws", help_heading = "Global options")]
    pub(crate) cloud: CloudChoice,

    /// How to print what was asked for: for people, or one JSON document.
    #[arg(long, global = true, default_value = "human", help_heading = "Global options")]
    pub(crate) output: Format,

    /// Print nothing but what was asked for, and errors.
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,

    /// With AWS: the profile of your AWS configuration. With the mock: how long things take, `instant` or `aws`.
    #[arg(long, global = true, value_name = "PROFILE", help_heading = "Global options")]
    pub(crate) profile: Option<String>,

    #[command(flatten)]
    pub(crate) aws: AwsArgs,

    #[command(flatten)]
    pub(crate) mock: MockArgs,
}

/// How AWS is reached. What is not said comes from the environment and the AWS configuration, as for the AWS CLI.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct AwsArgs {
    /// The region; the spec's where absent, then that of the AWS configuration. `init` writes it into the spec.
    #[arg(long, global = true, value_name = "REGION", help_heading = "AWS")]
    pub(crate) region: Option<String>,

    /// A role to assume with the credentials that are found.
    #[arg(long, global = true, value_name = "ARN", help_heading = "AWS")]
    pub(crate) role_arn: Option<String>,

    /// Another endpoint than AWS's own, for all its services: an emulator's.
    #[arg(long, global = true, value_name = "URL", help_heading = "AWS")]
    pub(crate) endpoint_url: Option<String>,
}

/// How the mock cloud behaves.
#[derive(Clone, Debug, Args)]
pub(crate) struct MockArgs {
    /// Where the mock keeps its cloud between commands.
    #[arg(long, global = true, value_name = "FILE", default_value = ".egress-mock.json", help_heading = "Mock cloud")]
    pub(crate) mock_file: PathBuf,

    /// How many times faster than its profile the mock is.
    #[arg(long, global = true, value_name = "FACTOR", default_value = "1", value_parser = positive, help_heading = "Mock cloud")]
    pub(crate) speed: f64,

    /// What the mock draws its ids, addresses and timings from.
    #[arg(long, global = true, value_name = "N", default_value = "1", help_heading = "Mock cloud")]
    pub(crate) seed: u64,
}

/// Which cloud to work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CloudChoice {
    /// Amazon Web Services.
    Aws,
    /// A cloud in a local file.
    Mock,
}

/// How to print what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// One JSON document on stdout; JSON lines on stderr.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a first egress.toml.
    Init(InitArgs),
    /// Write an egress.toml that uses what is there already, as it is.
    Adopt(AdoptArgs),
    /// Show what `apply` would do: to your egress IPs, step by step, and to the bill.
    Plan(PlanArgs),
    /// Make it so, and mend what has drifted.
    Apply(ApplyArgs),
    /// Show what stands, what has drifted, and what still leaves from elsewhere.
    Status,
    /// Print the egress IPs, one a line, to paste into an allow-list; or those that each function has.
    Ips(IpsArgs),
    /// Say whether a function or a subnet reaches a destination, by which way, and from which IP it is seen.
    Trace(TraceArgs),
    /// Find what is wrong with the way out of functions, and say how to mend it.
    Doctor(DoctorArgs),
    /// Attach functions to the stack: from then on they leave from its IPs.
    Attach(AttachArgs),
    /// Give functions back the network configuration that they had before.
    Detach(DetachArgs),
    /// Prove, with a probe in each private subnet, which IP the internet sees.
    Verify(VerifyArgs),
    /// Take the stack down; its addresses are kept unless you name them.
    Destroy(DestroyArgs),
    /// Try to get an egress IP back that was given away.
    Recover(RecoverArgs),
    /// Say who works on the stack, and give up the lock of a run that is dead.
    Unlock(UnlockArgs),
    /// Write what the account and region hold into files, which `trace` and `doctor` read without the account.
    Snapshot(SnapshotArgs),
    /// Draw the stack: where traffic leaves, and from which IP.
    Graph(GraphArgs),
    /// Print the IAM policy that whoever runs egress needs, as JSON; asks nothing of AWS.
    IamPolicy(IamPolicyArgs),
    /// Watch the whole journey on an embedded mock cloud: no account, no files, a second.
    Demo(DemoArgs),
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Play with the mock cloud in the local file, or serve one.
    #[command(subcommand)]
    Mock(MockCommand),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
