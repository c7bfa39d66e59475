//! What a cloud says when it does not do what it was asked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What sort of failure it was; decides whether trying again helps, the hint, and the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The thing does not exist, or is not visible yet.
    NotFound,
    /// A thing of that name, range or destination exists already.
    AlreadyExists,
    /// Something else still uses the thing.
    InUse,
    /// The thing is being changed by an earlier call, or is not in a state that allows this one yet.
    Busy,
    /// Too many calls.
    Throttled,
    /// A quota of the account is used up.
    Quota,
    /// A subnet has no free address left.
    Capacity,
    /// The caller may not do this.
    Denied,
    /// The caller could not be identified: no credentials, or expired ones.
    Unauthenticated,
    /// The call itself makes no sense to the cloud.
    Invalid,
    /// A role is too young to be used, or does not trust the functions' service.
    RoleNotUsable,
    /// A role lacks the permission that the thing needs.
    RolePermission,
    /// The thing was changed by somebody else since it was read.
    Changed,
    /// The cloud cannot do this at all.
    Unsupported,
    /// No answer, or one that cannot be read.
    Transport,
    /// The cloud said that it failed by itself.
    Internal,
    /// Something on this machine keeps the backend from its work: a file, a full disk.
    Local,
}

/// Whether the same call may succeed later with nothing changed by anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Trying again gives the same answer.
    Never,
    /// Trying again after a while may succeed.
    Later,
}

impl ErrorKind {
    /// Whether the same call may succeed later. [`ErrorKind::NotFound`] is `Never` here; the executor retries it for things
    /// that the same run has just made.
    pub const fn retry(self) -> Retry {
        match self {
            Self::InUse
            | Self::Busy
            | Self::Throttled
            | Self::RoleNotUsable
            | Self::RolePermission
            | Self::Transport
            | Self::Internal => Retry::Later,
            Self::NotFound
            | Self::AlreadyExists
            | Self::Quota
            | Self::Capacity
            | Self::Denied
            | Self::Unauthenticated
            | Self::Invalid
            | Self::Changed
            | Self::Unsupported
            | Self::Local => Retry::Never,
        }
    }
}

/// A failure of one call: what sort, of which operation, on what, in the cloud's words and in ours.
///
/// `Display` is one lower-case fragment without the hint; whoever prints it prints the hint on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudError {
    /// What sort of failure.
    pub kind: ErrorKind,
    /// The cloud's own name for the call, e.g. `CreateSubnet`; or what was being done.
    pub operation: String,
    /// What it was done to, where that is known.
    pub subject: Option<String>,
    /// The cloud's own code, where it has one.
    pub code: Option<String>,
    /// What the cloud said, or what went wrong on the way.
    pub message: String,
    /// What the user can do about it.
    pub hint: Option<String>,
}

impl CloudError {
    /// An error with nothing but its kind, its operation and a message.
    pub fn new(kind: ErrorKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, operation: operation.into(), subject: None, code: None, message: message.into(), hint: None }
    }

    /// Says what the operation was done to.
    #[must_use]
    pub fn on(mut self, subject: impl fmt::Display) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// Adds the cloud's own code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        if let Some(subject) = &self.subject {
            write!(f, " on {subject}")?;
        }
        f.write_str(": ")?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for CloudError {}
