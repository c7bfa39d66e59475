//! The arguments of the verbs that play with the mock cloud.

use std::{
    ffi::OsString,
    net::{IpAddr, Ipv4Addr},
};

use clap::{Args, Subcommand, ValueEnum};
use egress_core::CloudId;

use super::values::cloud_id;

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
