//! The arguments of the verbs that only look: they need no egress.toml.

use std::{collections::BTreeSet, net::IpAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use egress_core::{trace::Severity, world::Protocol};

use super::values::protocol;
use crate::ask::{Destination, Override, SenderName};

/// Where it is looked: in the cloud, or in files.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FromArgs {
    /// Look into this folder instead of the cloud: of what `aws ec2 describe-*` and the like printed, see `egress snapshot`.
    /// `--region` and `--account` choose among several places that it holds.
    #[arg(long, value_name = "DIR", help_heading = "Where to look")]
    pub(crate) snapshot: Option<PathBuf>,

    /// Look into a plan or a state of Terraform's instead of the cloud: what `terraform show -json` printed. Of a plan, what
    /// would be once it is applied.
    #[arg(long, value_name = "FILE", conflicts_with = "snapshot", help_heading = "Where to look")]
    pub(crate) terraform: Option<PathBuf>,

    /// The account that it must be, or of several in a snapshot.
    #[arg(long, value_name = "ACCOUNT", help_heading = "Where to look")]
    pub(crate) account: Option<String>,
}

/// `egress trace`.
#[derive(Clone, Debug, Args)]
#[command(
    after_long_help = "Nothing is sent to the destination, and nothing is changed: the way is worked out from what routes, \
    gateways and filters are set to. A host's name is resolved by this machine's own resolver, or by `--resolve`. `--output json` \
    prints a document of docs/schemas/trace.schema.json.\n\nThe exit code is the verdict: 0 reaches, 11 drops, 12 mixed, 13 unknown."
)]
pub(crate) struct TraceArgs {
    /// Who sends: a function's name or ARN, with `:VERSION` or `:ALIAS` or without; or the id of a subnet, an interface, an instance
    /// or a VPC. What looks like an id is a function's name only where there is no such thing. A subnet sends as a function in it
    /// would: without a public address, and with a group that lets everything out.
    #[arg(value_name = "SOURCE")]
    pub(crate) source: SenderName,

    /// Where to: a host, an address, a range, a URL, or `internet` (all of IPv4 that is routed there, as 0.0.0.0/0 means too). With
    /// `:PORT`, or to 443; an IPv6 address with a port stands in brackets.
    #[arg(long, value_name = "DEST[:PORT]")]
    pub(crate) to: Destination,

    /// With which protocol: tcp, udp, icmp, icmp6, or its number.
    #[arg(long, value_name = "PROTOCOL", default_value = "tcp", value_parser = protocol)]
    pub(crate) protocol: Protocol,

    /// The addresses of the destination's name, instead of what a resolver says; may be repeated.
    #[arg(long, value_name = "HOST=IP[,IP]")]
    pub(crate) resolve: Vec<Override>,

    #[command(flatten)]
    pub(crate) from: FromArgs,
}

/// `egress ips`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct IpsArgs {
    /// Instead of the stack's: for each function of the region, which IPs the internet sees. Needs no egress.toml.
    #[arg(long)]
    pub(crate) all: bool,

    #[command(flatten)]
    pub(crate) from: FromArgs,
}

/// `egress snapshot`.
#[derive(Clone, Debug, Args)]
#[command(
    after_long_help = "The files are as the AWS CLI would print them, and hold no secrets: no code, no environment variables. \
    `egress trace --snapshot DIR` and `egress doctor --snapshot DIR` read them."
)]
pub(crate) struct SnapshotArgs {
    /// The folder: a new or an empty one.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// The account that it must be.
    #[arg(long, value_name = "ACCOUNT", help_heading = "Where to look")]
    pub(crate) account: Option<String>,
}

/// `egress doctor`.
#[derive(Clone, Debug, Args)]
#[command(
    after_long_help = "Nothing is sent and nothing is changed. Each finding has a rule, which docs/rules.md explains, and what \
    mends it. `--output json` prints a document of docs/schemas/doctor.schema.json.\n\nThe exit code is 0, or 14 where something \
    was found that is as bad as `--fail-on` says."
)]
pub(crate) struct DoctorArgs {
    /// The functions to look at, by their names or ARNs; without, all of the region, and what no function uses.
    #[arg(value_name = "FUNCTION")]
    pub(crate) functions: Vec<SenderName>,

    /// Where they send to, by TCP: as `egress trace --to` takes it.
    #[arg(long, value_name = "DEST[:PORT]", default_value = "internet:443")]
    pub(crate) to: Destination,

    /// The addresses of the destination's name, instead of what a resolver says; may be repeated.
    #[arg(long, value_name = "HOST=IP[,IP]")]
    pub(crate) resolve: Vec<Override>,

    /// Exit with 14 where something so bad, or worse, was found.
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub(crate) fail_on: SeverityChoice,

    /// The IPs that functions must be seen from: from each of them, and from no other. Where one is not, that is an error.
    #[arg(long, value_name = "IP[,IP]", value_delimiter = ',')]
    pub(crate) expect_ips: Vec<IpAddr>,

    #[command(flatten)]
    pub(crate) from: FromArgs,
}

impl DoctorArgs {
    /// The IPs that are expected; `None` where any will do.
    pub(crate) fn expected(&self) -> Option<BTreeSet<IpAddr>> {
        (!self.expect_ips.is_empty()).then(|| self.expect_ips.iter().copied().collect())
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityChoice {
    /// It works, and may cost or surprise.
    Info,
    /// It works today, and is fragile.
    Warning,
    /// Packets are stopped, or a function cannot run.
    Error,
}

impl From<SeverityChoice> for Severity {
    fn from(choice: SeverityChoice) -> Self {
        match choice {
            SeverityChoice::Info => Self::Info,
            SeverityChoice::Warning => Self::Warning,
            SeverityChoice::Error => Self::Error,
        }
    }
}
