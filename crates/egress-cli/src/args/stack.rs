//! The arguments of the verbs that work on a stack.

use std::{collections::BTreeSet, net::Ipv4Addr, path::PathBuf};

use clap::{Args, ValueEnum};
use egress_core::{CloudId, StackName, plan::Permit, spec::Permission};

use super::values::{cloud_id, stack_name};

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
    /// `egress trace`; `egress ips --all` needs the same.
    Trace,
    /// `egress doctor`.
    Doctor,
    /// `egress snapshot`.
    Snapshot,
}
