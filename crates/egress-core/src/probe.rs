//! What is said to a probe, and what it says: the contract between the engine and the probe's code on any cloud.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Asks a probe, or any function that speaks this contract, to call a URL from where it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What to call, by GET.
    pub url: String,
    /// How long to wait for the answer, in seconds.
    pub timeout_seconds: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Reply {
    /// The host answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body, as text, cut at 4,096 characters.
        body: String,
    },
    /// Nothing came back in time.
    TimedOut,
    /// The call failed before an answer: no such host, refused, reset.
    Failed {
        /// Why, as the probe's own system says.
        error: String,
    },
}

impl Reply {
    /// The IP that an echoing host says it saw: a body that is an IP and nothing else.
    pub fn seen_ip(&self) -> Option<IpAddr> {
        match self {
            Self::Answered { status: 200, body } => body.trim().parse().ok(),
            _ => None,
        }
    }
}
