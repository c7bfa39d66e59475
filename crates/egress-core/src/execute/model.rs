//! What execution is told, and what it tells.

use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    CloudError, CloudId, Key, Kind,
    plan::{Notice, StepId},
};

/// How execution behaves. Everything that it needs of the outside world is here or handed in.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many calls may be under way at once.
    pub limit: usize,
    /// Random text of this run, for client tokens: 8 to 32 lower-case letters and digits.
    pub nonce: String,
    /// How long things usually take on this cloud.
    pub pace: Pace,
}

impl Options {
    /// The usual behaviour.
    pub fn new(nonce: impl Into<String>, pace: Pace) -> Self {
        Self { limit: 10, nonce: nonce.into(), pace }
    }
}

/// How long things usually take on a cloud; shown to people beside each wait, and the source of time-outs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A NAT gateway from creation to available.
    pub nat_ready: Duration,
    /// A NAT gateway from deletion to gone.
    pub nat_gone: Duration,
    /// An address from being put on a NAT gateway to being in use.
    pub address_in_use: Duration,
    /// An address from being taken off a NAT gateway to the end of its last connection.
    pub address_drained: Duration,
    /// A function's first attachment to a pair of subnet and groups.
    pub function_ready: Duration,
    /// A function's interfaces from the detachment of the last function to their end.
    pub interfaces_gone: Duration,
    /// Anything else.
    pub other: Duration,
    /// How long something that was made may stay invisible.
    pub visibility: Duration,
    /// How many times the usual a wait may take before it is given up.
    pub patience: u32,
}

/// What happened, in the order in which it happened. Times are the clock's, since the run began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum What {
    /// A step began.
    Started {
        /// Which.
        step: StepId,
        /// What it does, for people.
        title: String,
        /// How long such a step usually takes, where it is a wait.
        usual: Option<Duration>,
    },
    /// A step is still waiting.
    Waiting {
        /// Which.
        step: StepId,
        /// Since it began.
        elapsed: Duration,
        /// What the cloud says of the thing now, for people: `pending`.
        detail: String,
    },
    /// A call failed or was lost, and is tried again.
    Retrying {
        /// Which.
        step: StepId,
        /// Why.
        error: CloudError,
        /// After how long.
        pause: Duration,
    },
    /// An egress IP is known: it can be given to third parties from now on.
    AddressKnown {
        /// The address.
        key: Key,
        /// The IP.
        ip: Ipv4Addr,
    },
    /// A path was proven: the internet saw this IP.
    Proved {
        /// Which.
        step: StepId,
        /// The subnet.
        subnet: Key,
        /// What the internet saw; absent where the path was only followed and the address is not known.
        seen: Option<Ipv4Addr>,
    },
    /// A step is done.
    Done {
        /// Which.
        step: StepId,
        /// How long it took.
        took: Duration,
        /// What it created.
        id: Option<CloudId>,
    },
    /// A step failed for good.
    Failed {
        /// Which.
        step: StepId,
        /// Why.
        error: StepError,
    },
    /// The user asked to stop: nothing new is begun.
    Stopping,
}

/// Why a step failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepError {
    /// The cloud refused a call, and nothing was changed by it.
    #[error("{0}")]
    Cloud(CloudError),
    /// A call's answer was lost, and no observation could settle whether it took effect.
    #[error("{0}; whether it took effect could not be settled")]
    Unsettled(CloudError),
    /// The thing that was waited for has failed for good.
    #[error("{subject} failed: {code}: {message}")]
    Broken {
        /// What.
        subject: Key,
        /// The cloud's code.
        code: String,
        /// The cloud's sentence.
        message: String,
    },
    /// It took too long.
    #[error("{subject} was not so after {waited:?}: {detail}")]
    TimedOut {
        /// What.
        subject: Key,
        /// How long it was waited for.
        waited: Duration,
        /// What the cloud last said of it.
        detail: String,
    },
    /// A path does not lead out from exactly the addresses that it should.
    #[error("{subnet} does not leave from {}: {detail}", ips(expected))]
    NotProven {
        /// The subnet that packets start in.
        subnet: Key,
        /// What the internet saw, where anything arrived.
        seen: Option<Ipv4Addr>,
        /// What it should have seen.
        expected: Vec<Ipv4Addr>,
        /// What happened instead: a time-out, another IP, the reasons of the trace.
        detail: String,
    },
    /// Something that the step refers to is not there.
    #[error("{0} is not known to the cloud")]
    Unbound(Key),
}

impl StepError {
    /// What the user can do, beside running the same again.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Cloud(error) | Self::Unsettled(error) => error.hint.clone(),
            Self::Broken { subject, .. } if subject.kind == Kind::NatGateway => Some(
                "the next apply makes another gateway in its place, with the same address; what its message names, if \
                 anything, must be put right first"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

pub(super) fn ips(ips: &[Ipv4Addr]) -> String {
    ips.iter().map(Ipv4Addr::to_string).collect::<Vec<_>>().join(", ")
}

/// What stands at the end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Steps that are done.
    pub done: Vec<StepId>,
    /// Steps that failed for good, and why.
    pub failed: Vec<(StepId, StepError)>,
    /// Steps that were never begun, or were given up, with nothing changed by them, when another step failed or the user
    /// asked to stop.
    pub not_run: Vec<StepId>,
    /// Whether the user asked to stop.
    pub stopped: bool,
    /// What the cloud calls things now.
    pub bindings: BTreeMap<Key, CloudId>,
    /// The egress IPs that were learnt on the way.
    pub addresses: BTreeMap<Key, Ipv4Addr>,
    /// What the user should know.
    pub notices: Vec<Notice>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Whether every step is done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.not_run.is_empty()
    }
}
