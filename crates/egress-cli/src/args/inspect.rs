//! The arguments of the verbs that only look: they need no egress.toml.

use std::path::PathBuf;

use clap::Args;
use egress_core::world::Protocol;

use super::values::protocol;
use crate::ask::{Destination, Override, SenderName};

/// Where it is looked: in the cloud, or in files.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FromArgs {
    /// Look into this folder instead of the cloud: of what `aws ec2 describe-*` and the like printed, see `egress snapshot`.
    /// `--region` and `--account` choose among several places that it holds.
    #[arg(long, value_name = "DIR", help_heading = "Where to look")]
    pub(crate) snapshot: Option<PathBuf>,

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
