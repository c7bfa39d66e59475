//! Who works on a stack.

use std::time::Duration;

use egress_core::{
    StackName,
    lease::{LeaseError, Standing},
};
use serde::Serialize;

/// Who works on a stack, as its lock says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Lock {
    /// Who, and as whom the cloud knows them.
    pub(crate) who: String,
    /// With which command.
    pub(crate) command: String,
    /// Since how many seconds.
    pub(crate) since_seconds: u64,
    /// How many seconds ago it last said that it is alive.
    pub(crate) heartbeat_seconds: u64,
    #[serde(skip)]
    sentence: String,
}

impl Lock {
    /// Reads it, at this moment since 1970.
    pub(crate) fn of(standing: &Standing, stack: &StackName, now: Duration) -> Self {
        let held = standing.held(stack, now);
        let sentence = held.to_string();
        match held {
            LeaseError::Held { who, command, since, heartbeat, .. } => Self {
                who,
                command,
                since_seconds: since.as_secs(),
                heartbeat_seconds: heartbeat.unwrap_or_default().as_secs(),
                sentence,
            },
            // Nothing else is ever said of a lock that stands.
            _ => Self { who: String::new(), command: String::new(), since_seconds: 0, heartbeat_seconds: 0, sentence },
        }
    }

    /// One lower-case sentence without its full stop.
    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }
}
