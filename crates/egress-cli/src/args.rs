//! The command line. Parsing it has no side effects.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use egress_core::{CloudId, StackName, plan::Permit, spec::Permission};

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
    /// Print the egress IPs, one a line, to paste into an allow-list.
    Ips,
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

/// `egress init`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InitArgs {
    /// The stack's name; that of the current folder where absent.
    #[arg(long, value_parser = stack_name)]
    pub(crate) stack: Option<StackName>,

    /// A function that is to leave through it; may be repeated.
    #[arg(long = "function", value_name = "FUNCTION")]
    pub(crate) functions: Vec<String>,

    /// Overwrite a file that is there.
    #[arg(long)]
    pub(crate) force: bool,

    /// Print the JSON Schema of egress.toml, for editors, and write nothing.
    #[arg(long, conflicts_with_all = ["stack", "functions", "force"])]
    pub(crate) schema: bool,
}

/// `egress adopt`. Without a choice: the one network that has subnets behind NAT gateways.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub(crate) struct AdoptArgs {
    /// Adopt the subnets behind NAT gateways of this VPC, and the functions in them.
    #[arg(long, value_name = "VPC", value_parser = cloud_id, conflicts_with_all = ["subnets", "function"])]
    pub(crate) vpc: Option<CloudId>,

    /// Adopt this subnet; may be repeated.
    #[arg(long = "subnet", value_name = "SUBNET", value_parser = cloud_id, conflicts_with = "function")]
    pub(crate) subnets: Vec<CloudId>,

    /// Adopt the subnets that this function runs in, and of all functions this one alone.
    #[arg(long, value_name = "FUNCTION", value_parser = cloud_id)]
    pub(crate) function: Option<CloudId>,

    /// The stack's name; that of the current folder where absent.
    #[arg(long, value_parser = stack_name)]
    pub(crate) stack: Option<StackName>,

    /// Print the file and write nothing.
    #[arg(long)]
    pub(crate) stdout: bool,

    /// Overwrite a file that is there.
    #[arg(long, conflicts_with = "stdout")]
    pub(crate) force: bool,
}

/// `egress plan`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PlanArgs {
    /// Exit with 2 where there is something to change.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,

    /// Save the plan, for `egress apply FILE` to do exactly this, or nothing where the cloud has moved meanwhile.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) permits: PermitArgs,
}

/// `egress apply`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ApplyArgs {
    /// A plan that `egress plan --out` saved: it is done as it was shown, and nobody is asked again. It holds its own spec.
    #[arg(value_name = "PLAN", conflicts_with = "PermitArgs")]
    pub(crate) plan: Option<PathBuf>,

    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) permits: PermitArgs,

    #[command(flatten)]
    pub(crate) lock: LockArgs,
}

/// The lock that keeps two runs on one stack apart.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LockArgs {
    /// Wait so long for another run on the stack to end; without it, say who works on it and stop.
    #[arg(long, value_name = "SECONDS", default_value = "0")]
    pub(crate) lock_timeout: u64,

    /// Work without the lock: nothing keeps another run from working on the stack at the same time.
    #[arg(long, conflicts_with = "lock_timeout")]
    pub(crate) no_lock: bool,
}

/// `egress verify`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) lock: LockArgs,
}

/// `egress unlock`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct UnlockArgs {
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// What is only done where it is said.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PermitArgs {
    /// A VPC that functions may be taken out of; may be repeated. They lose their way to what is in it.
    #[arg(long, value_name = "VPC", value_parser = cloud_id)]
    pub(crate) leave_vpc: Vec<CloudId>,

    /// Functions may be without a way out for a while, where what you want cannot be had otherwise; the plan says for how long.
    #[arg(long)]
    pub(crate) accept_outage: bool,

    /// An added egress IP that the third parties admit already: traffic may leave from it; may be repeated.
    #[arg(long, value_name = "IP")]
    pub(crate) listed: Vec<Ipv4Addr>,

    /// An egress IP that nothing need leave from any more; may be repeated. It stays yours.
    #[arg(long, value_name = "IP")]
    pub(crate) give_up: Vec<Ipv4Addr>,

    /// A function that may be moved although another tool looks after it, whose next run may move it back; may be repeated.
    #[arg(long, value_name = "FUNCTION", value_parser = cloud_id)]
    pub(crate) force: Vec<CloudId>,
}

impl PermitArgs {
    /// The same, in the planner's words.
    pub(crate) fn set(&self) -> BTreeSet<Permit> {
        let leave = self.leave_vpc.iter().cloned().map(Permit::Leave);
        let outage = self.accept_outage.then_some(Permit::Outage);
        let listed = self.listed.iter().copied().map(Permit::Listed);
        let given_up = self.give_up.iter().copied().map(Permit::GiveUp);
        let forced = self.force.iter().cloned().map(Permit::Managed);
        leave.chain(outage).chain(listed).chain(given_up).chain(forced).collect()
    }
}

/// `egress attach`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AttachArgs {
    /// Their names.
    #[arg(required = true, value_name = "FUNCTION", value_parser = cloud_id)]
    pub(crate) functions: Vec<CloudId>,

    /// How their roles get the permission to make network interfaces; `none`: you see to it.
    #[arg(long, default_value = "managed")]
    pub(crate) permission: PermissionChoice,

    #[command(flatten)]
    pub(crate) permits: PermitArgs,

    #[command(flatten)]
    pub(crate) lock: LockArgs,
}

/// How a function's role gets its permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PermissionChoice {
    /// The cloud's ready-made policy.
    Managed,
    /// A policy written into the role.
    Inline,
    /// Not by egress.
    None,
}

impl From<PermissionChoice> for Permission {
    fn from(choice: PermissionChoice) -> Self {
        match choice {
            PermissionChoice::Managed => Self::Managed,
            PermissionChoice::Inline => Self::Inline,
            PermissionChoice::None => Self::None,
        }
    }
}

/// `egress detach`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DetachArgs {
    /// Their names.
    #[arg(required = true, value_name = "FUNCTION", value_parser = cloud_id)]
    pub(crate) functions: Vec<CloudId>,

    /// Take back the permission that egress gave to their roles, where no other function needs it.
    #[arg(long)]
    pub(crate) remove_role_policy: bool,

    #[command(flatten)]
    pub(crate) lock: LockArgs,
}

/// `egress destroy`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DestroyArgs {
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// Only show what would be done, and exit as `egress plan` does: with 0, or with the reason where it is refused.
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,

    /// An egress IP to give away for good; may be repeated. All others are kept, and cost money.
    #[arg(long, value_name = "IP")]
    pub(crate) release_address: Vec<Ipv4Addr>,

    /// Take back the permission that egress gave to roles, where no other function needs it.
    #[arg(long)]
    pub(crate) remove_role_policy: bool,

    #[command(flatten)]
    pub(crate) lock: LockArgs,
}

/// `egress recover`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecoverArgs {
    /// The IP. The cloud can only give it back while nobody else has it.
    pub(crate) ip: Ipv4Addr,

    #[command(flatten)]
    pub(crate) lock: LockArgs,
}

/// `egress graph`.
#[derive(Clone, Debug, Args)]
pub(crate) struct GraphArgs {
    /// In which language.
    #[arg(long, default_value = "text")]
    pub(crate) format: GraphFormat,

    /// The file to write; stdout where absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Draw the whole account, not only the stack.
    #[arg(long)]
    pub(crate) all: bool,
}

/// In which language a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A picture for browsers.
    Svg,
    /// A picture for Markdown.
    Mermaid,
    /// Lines for a terminal.
    Text,
}

/// `egress iam-policy`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct IamPolicyArgs {
    /// Only what this verb needs; what all of them need where absent.
    #[arg(long)]
    pub(crate) verb: Option<VerbChoice>,

    /// Instead, a policy that denies the release of any address, for those who want AWS itself to hold it.
    #[arg(long, conflicts_with = "verb")]
    pub(crate) deny_release: bool,
}

/// A verb that calls AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerbChoice {
    /// `egress adopt`.
    Adopt,
    /// `egress plan`.
    Plan,
    /// `egress apply`.
    Apply,
    /// `egress status`.
    Status,
    /// `egress ips`.
    Ips,
    /// `egress attach`.
    Attach,
    /// `egress detach`.
    Detach,
    /// `egress verify`.
    Verify,
    /// `egress destroy`.
    Destroy,
    /// `egress graph`.
    Graph,
    /// `egress recover`.
    Recover,
    /// `egress unlock`.
    Unlock,
}

/// `egress demo`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DemoArgs {
    /// Break something behind egress's back after `apply`, and see `verify` find it.
    #[arg(long = "break", value_name = "WHAT")]
    pub(crate) breakage: Option<Breakage>,
}

/// What can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Breakage {
    /// Delete the route from the private subnets to the NAT gateway.
    NatRoute,
}

/// `egress mock`.
#[derive(Debug, Subcommand)]
pub(crate) enum MockCommand {
    /// Make a function in the mock cloud.
    Function {
        /// Its name.
        #[arg(value_parser = cloud_id)]
        name: CloudId,
        /// Make one without a role.
        #[arg(long)]
        no_role: bool,
        /// Make one that this CloudFormation stack looks after.
        #[arg(long, value_name = "STACK")]
        cloudformation: Option<String>,
    },
    /// Let a function call a URL, and print what it gets.
    Call {
        /// Which function.
        #[arg(value_parser = cloud_id)]
        function: CloudId,
        /// What to call.
        url: String,
    },
    /// Put an IP on the list of a third party of the mock internet.
    Allow {
        /// The third party's host.
        party: String,
        /// The IP.
        ip: Ipv4Addr,
    },
    /// Let another account take an IP that was given away.
    Take {
        /// The IP.
        ip: Ipv4Addr,
    },
    /// Break something behind egress's back.
    Break {
        /// What.
        what: Breakage,
    },
    /// Take egress's tags off everything, as if somebody had made it by hand.
    Disown,
    /// Serve a mock cloud to AWS's own tools and SDKs, by HTTP, until SIGTERM or Ctrl-C.
    Serve(ServeArgs),
    /// Run a command with a mock cloud as its AWS: endpoint, credentials and region are set for it.
    Run(RunArgs),
}

/// `egress mock serve`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServeArgs {
    /// The port to listen on; 0 for one that is free.
    #[arg(long, value_name = "N", default_value = "4566")]
    pub(crate) port: u16,

    /// The address to listen on. Whoever reaches it can use the cloud.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,

    #[command(flatten)]
    pub(crate) served: ServedArgs,
}

/// `egress mock run`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) served: ServedArgs,

    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// The cloud that is served.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServedArgs {
    /// Keep the cloud in the mock's file; without it, it lives in memory and ends with the command.
    #[arg(long)]
    pub(crate) keep: bool,

    /// Make an account without a default VPC.
    #[arg(long)]
    pub(crate) no_default_vpc: bool,

    /// Make a function with a role of its own, which calls the URL that it is given; may be repeated.
    #[arg(long = "function", value_name = "NAME", value_parser = cloud_id)]
    pub(crate) functions: Vec<CloudId>,
}

fn stack_name(text: &str) -> Result<StackName, String> {
    StackName::new(text).map_err(|error| error.to_string())
}

fn cloud_id(text: &str) -> Result<CloudId, String> {
    if text.trim().is_empty() {
        return Err("a name is expected".to_owned());
    }
    Ok(CloudId::new(text))
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor > 0.0 => Ok(factor),
        _ => Err("a number above 0 is expected".to_owned()),
    }
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
