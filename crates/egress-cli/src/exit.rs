//! The exit codes: one table, shown by `egress --help`.

use std::process::ExitCode;

use egress_core::{ErrorKind, execute::StepError, plan::RefusalKind};
use serde::{Serialize, Serializer};

/// How a run of `egress` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All went well.
    Ok,
    /// The cloud failed an operation.
    CloudFailed,
    /// `plan --detailed-exitcode` found something to change.
    ChangesPending,
    /// The Spec is wrong.
    SpecWrong,
    /// What was asked for is unsafe or impossible.
    Refused,
    /// A path does not leave from the stack's addresses.
    NotProven,
    /// A function or a stack does not exist.
    NotFound,
    /// The cloud does not let us, or it is the wrong account or region.
    Denied,
    /// A quota or the room in a subnet is used up.
    Quota,
    /// A local file could not be read or written.
    File,
    /// Another run works on the stack.
    Locked,
    /// `trace`: the packet dies.
    Drops,
    /// `trace`: the packet arrives on some paths and dies on others.
    Mixed,
    /// `trace`: not enough is known to tell.
    Unknown,
    /// `doctor` found something as bad as `--fail-on` says.
    Found,
    /// The command line makes no sense.
    Usage,
    /// Stopped by Ctrl-C.
    Interrupted,
    /// `mock run`: the command's own code.
    Command(u8),
}

/// Every exit with its code and what it means to a script.
pub(crate) const TABLE: [(Exit, u8, &str); 17] = [
    (Exit::Ok, 0, "done, or nothing to do"),
    (Exit::CloudFailed, 1, "the cloud failed an operation; something may stand, and `egress apply` goes on from there"),
    (Exit::ChangesPending, 2, "`plan --detailed-exitcode` only: there is something to change"),
    (Exit::SpecWrong, 3, "the spec (egress.toml) is wrong"),
    (Exit::Refused, 4, "refused: it would break something that works, or is impossible"),
    (Exit::NotProven, 5, "not proven: a path does not leave from exactly the stack's addresses"),
    (Exit::NotFound, 6, "not found: a function, an address or a stack"),
    (Exit::Denied, 7, "denied: credentials, permissions, or another account or region than the spec's"),
    (Exit::Quota, 8, "a quota of the account, or the room in a subnet, is used up"),
    (Exit::File, 9, "a local file could not be read or written"),
    (Exit::Locked, 10, "locked: another run works on the stack, or took its lock over"),
    (Exit::Drops, 11, "`trace` only: the packet does not reach the destination"),
    (Exit::Mixed, 12, "`trace` only: it reaches the destination on some paths and not on others"),
    (Exit::Unknown, 13, "`trace` only: nobody can tell, something is missing"),
    (Exit::Found, 14, "`doctor` only: something was found that is as bad as `--fail-on` says"),
    (Exit::Usage, 64, "the command line makes no sense"),
    (Exit::Interrupted, 130, "interrupted; what stands was said"),
];

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        if let Self::Command(code) = self {
            return code;
        }
        TABLE.iter().find(|(exit, ..)| *exit == self).map_or(1, |(_, code, _)| *code)
    }

    /// The exit for an error of the cloud's.
    pub(crate) fn of_error(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Denied | ErrorKind::Unauthenticated | ErrorKind::RolePermission => Self::Denied,
            ErrorKind::Quota | ErrorKind::Capacity => Self::Quota,
            ErrorKind::Unsupported => Self::Refused,
            ErrorKind::Local => Self::File,
            // Everything else, and whatever a later version adds: the cloud did not do it.
            _ => Self::CloudFailed,
        }
    }

    /// The exit for a plan that was refused.
    pub(crate) fn of_refusal(kind: RefusalKind) -> Self {
        match kind {
            RefusalKind::NotFound => Self::NotFound,
            RefusalKind::WrongPlace => Self::Denied,
            RefusalKind::Unsafe | RefusalKind::Impossible => Self::Refused,
            RefusalKind::Unproven => Self::NotProven,
        }
    }

    /// The exit for a step that failed for good.
    pub(crate) fn of_step(error: &StepError) -> Self {
        match error {
            StepError::Cloud(error) => Self::of_error(error.kind),
            StepError::NotProven { .. } => Self::NotProven,
            _ => Self::CloudFailed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

/// The table as text, for `--help`.
pub(crate) fn help() -> String {
    let rows = TABLE.iter().map(|(_, code, meaning)| format!("  {code:>3}  {meaning}\n"));
    format!("Exit codes:\n{}`mock run` exits as the command does that it runs.\n", rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_exits_share_a_code() {
        let codes: BTreeSet<u8> = TABLE.iter().map(|(_, code, _)| *code).collect();
        let exits: BTreeSet<Exit> = TABLE.iter().map(|(exit, ..)| *exit).collect();
        assert_eq!((codes.len(), exits.len()), (TABLE.len(), TABLE.len()));
    }

    #[test]
    fn every_refusal_has_the_exit_that_the_table_promises() {
        let kinds = [
            (RefusalKind::NotFound, 6),
            (RefusalKind::WrongPlace, 7),
            (RefusalKind::Unsafe, 4),
            (RefusalKind::Impossible, 4),
            (RefusalKind::Unproven, 5),
        ];
        for (kind, code) in kinds {
            assert_eq!(Exit::of_refusal(kind).code(), code, "{kind:?}");
        }
    }
}
