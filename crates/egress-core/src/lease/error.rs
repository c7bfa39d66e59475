//! Why a stack's lock could not be had.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{STALE, record::Standing};
use crate::{CloudError, StackName};

/// Why a stack's lock could not be had. Nothing was changed then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LeaseError {
    /// Another run works on the stack.
    #[error("{who} works on stack {stack} (`egress {command}`, for {}){}", span(*since), beat(*heartbeat))]
    Held {
        /// The stack.
        stack: String,
        /// Who, and as whom the cloud knows them.
        who: String,
        /// With which command.
        command: String,
        /// Since how long, as far as the two clocks agree.
        since: Duration,
        /// How long ago it said that it is alive, as far as the two clocks agree; `None` where it was seen just now.
        heartbeat: Option<Duration>,
    },
    /// The name is taken by something that egress did not make, or that this caller cannot see.
    #[error(
        "the lock of stack {stack} cannot be made: `{name}` exists, and is no lock of egress's that can be seen here"
    )]
    Foreign {
        /// The stack.
        stack: String,
        /// The name that is taken.
        name: String,
    },
    /// The cloud refused, or cannot be asked.
    #[error("the lock of the stack cannot be had: {0}")]
    Cloud(CloudError),
    /// The user asked to stop before there was a lock.
    #[error("interrupted while waiting for the lock")]
    Interrupted,
}

impl Standing {
    /// Who works on a stack, as others are told: a [`LeaseError::Held`]. `now` is since 1970.
    pub fn held(&self, stack: &StackName, now: Duration) -> LeaseError {
        LeaseError::held(stack, self, now, false)
    }
}

impl LeaseError {
    /// Another run's lease, as it stands at `now`.
    pub(super) fn held(stack: &StackName, standing: &Standing, now: Duration, seen_alive: bool) -> Self {
        let holder = standing.holder.as_ref();
        let text = |of: fn(&super::Holder) -> &str| holder.map_or("somebody", of).to_owned();
        let who = match &standing.created_by {
            Some(maker) => format!("{} ({maker})", text(|holder| &holder.who)),
            None => text(|holder| &holder.who),
        };
        let ago = |then: Option<Duration>| then.map(|then| now.saturating_sub(then));
        Self::Held {
            stack: stack.to_string(),
            who,
            command: holder.map_or("?", |holder| &holder.command).to_owned(),
            since: ago(holder.map(|holder| holder.since)).unwrap_or_default(),
            heartbeat: if seen_alive { None } else { ago(holder.map(|holder| holder.heartbeat)) },
        }
    }

    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Held { .. } => format!(
                "wait for it; if that run is dead, its lock is taken over {} after its last heartbeat, or `egress unlock` \
                 gives it up at once",
                span(STALE)
            ),
            Self::Foreign { name, .. } => format!("delete or rename `{name}` if it is not in use"),
            Self::Cloud(error) => return error.hint.clone(),
            Self::Interrupted => return None,
        })
    }
}

impl From<CloudError> for LeaseError {
    fn from(error: CloudError) -> Self {
        Self::Cloud(error)
    }
}

fn beat(heartbeat: Option<Duration>) -> String {
    match heartbeat {
        Some(ago) => format!("; its last heartbeat was {} ago", span(ago)),
        None => "; it was seen alive just now".to_owned(),
    }
}

/// A span as people say it.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}
