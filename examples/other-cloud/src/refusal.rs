//! What Nimbus says when it refuses, in the engine's words.

use egress_core::{CloudError, ErrorKind};

use crate::nimbus::Refusal;

impl Refusal {
    /// The kind decides whether the engine tries again, so this table is worth care.
    pub(crate) fn into_error(self, operation: &str) -> CloudError {
        let (kind, code, message) = match self {
            Self::NoSuch(id) => (ErrorKind::NotFound, "no-such", format!("{id} does not exist")),
            Self::Taken(what) => (ErrorKind::AlreadyExists, "taken", what),
            Self::Occupied(by) => (ErrorKind::InUse, "occupied", format!("{by} is still there")),
            Self::Moving(worker) => (ErrorKind::Busy, "moving", format!("{worker} is on its way")),
            Self::Stale(now) => (ErrorKind::Changed, "stale", format!("this is edition {now}")),
            Self::NoPass(badge) => (ErrorKind::RolePermission, "no-pass", format!("{badge} opens no lane")),
            Self::Crowded => (ErrorKind::Quota, "crowded", "there are as many as there may be".to_owned()),
            Self::Nonsense(what) => (ErrorKind::Invalid, "nonsense", what),
            Self::Beyond(what) => (ErrorKind::Unsupported, "beyond", format!("nimbus has no {what}")),
        };
        CloudError::new(kind, operation, message).code(code)
    }
}
