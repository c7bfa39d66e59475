//! Ops on functions, their attachment, their roles, and the probe.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{SetTags, list, made};
use crate::{
    Kind, Tags,
    world::{Attachment, Grant},
};

/// One mutating call to a [`FunctionProvider`](crate::FunctionProvider).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", bound(deserialize = "R: Ord + Deserialize<'de>"))]
#[non_exhaustive]
pub enum FunctionOp<R: Ord> {
    /// See [`SetAttachment`].
    SetAttachment(SetAttachment<R>),
    /// See [`GrantNetworkAccess`].
    GrantNetworkAccess(GrantNetworkAccess<R>),
    /// See [`RevokeNetworkAccess`].
    RevokeNetworkAccess(RevokeNetworkAccess<R>),
    /// See [`CreateProbeRole`].
    CreateProbeRole(CreateProbeRole),
    /// See [`DeleteProbeRole`].
    DeleteProbeRole(DeleteProbeRole<R>),
    /// See [`CreateProbe`].
    CreateProbe(CreateProbe<R>),
    /// See [`DeleteProbe`].
    DeleteProbe(DeleteProbe<R>),
    /// See [`SetTags`]; for functions.
    SetTags(SetTags<R>),
}

/// Moves a function to other subnets and groups, or out of all networks. Done: the change is under way; it is through when
/// the function is settled, and until then the old configuration serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: Ord + Deserialize<'de>"))]
pub struct SetAttachment<R: Ord> {
    /// Which function.
    pub function: R,
    /// Where to; `None` for the cloud's own network.
    pub to: Option<Attachment<R>>,
    /// The revision that was read: the call fails with `Changed` where the function has another one. `None` to go ahead
    /// in any case.
    pub revision: Option<String>,
}

/// Gives a role what it needs to make interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantNetworkAccess<R> {
    /// Which role.
    pub role: R,
    /// How.
    pub grant: Grant,
}

/// Takes that from a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeNetworkAccess<R> {
    /// Which role.
    pub role: R,
    /// What.
    pub grant: Grant,
}

/// Makes the role that probes run as; it can be used by functions and may make interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateProbeRole {
    /// Its name.
    pub name: String,
    /// Its tags from the start.
    pub tags: Tags,
}

/// Deletes the probes' role and its permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteProbeRole<R> {
    /// Which.
    pub role: R,
}

/// Makes a function of egress's own in one subnet. It answers [`probe::Ask`](crate::probe::Ask) with
/// [`probe::Reply`](crate::probe::Reply).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: Ord + Deserialize<'de>"))]
pub struct CreateProbe<R: Ord> {
    /// Its name.
    pub name: String,
    /// The role that it runs as.
    pub role: R,
    /// The subnet and the groups.
    pub attachment: Attachment<R>,
    /// Its tags from the start.
    pub tags: Tags,
}

/// Deletes a probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteProbe<R> {
    /// Which.
    pub probe: R,
}

impl<R: Ord> FunctionOp<R> {
    pub(super) fn try_map<S: Ord, E>(&self, f: &mut impl FnMut(&R) -> Result<S, E>) -> Result<FunctionOp<S>, E> {
        Ok(match self {
            Self::SetAttachment(op) => FunctionOp::SetAttachment(SetAttachment {
                function: f(&op.function)?,
                to: op.to.as_ref().map(|to| to.try_map(f)).transpose()?,
                revision: op.revision.clone(),
            }),
            Self::GrantNetworkAccess(op) => {
                FunctionOp::GrantNetworkAccess(GrantNetworkAccess { role: f(&op.role)?, grant: op.grant.clone() })
            }
            Self::RevokeNetworkAccess(op) => {
                FunctionOp::RevokeNetworkAccess(RevokeNetworkAccess { role: f(&op.role)?, grant: op.grant.clone() })
            }
            Self::CreateProbeRole(op) => FunctionOp::CreateProbeRole(op.clone()),
            Self::DeleteProbeRole(op) => FunctionOp::DeleteProbeRole(DeleteProbeRole { role: f(&op.role)? }),
            Self::CreateProbe(op) => FunctionOp::CreateProbe(CreateProbe {
                name: op.name.clone(),
                role: f(&op.role)?,
                attachment: op.attachment.try_map(f)?,
                tags: op.tags.clone(),
            }),
            Self::DeleteProbe(op) => FunctionOp::DeleteProbe(DeleteProbe { probe: f(&op.probe)? }),
            Self::SetTags(op) => FunctionOp::SetTags(op.try_map(f)?),
        })
    }

    pub(super) fn references(&self) -> Vec<&R> {
        fn of<R: Ord>(attachment: &Attachment<R>) -> impl Iterator<Item = &R> {
            attachment.subnets.iter().chain(&attachment.groups)
        }
        match self {
            Self::SetAttachment(op) => [&op.function].into_iter().chain(op.to.iter().flat_map(of)).collect(),
            Self::GrantNetworkAccess(op) => vec![&op.role],
            Self::RevokeNetworkAccess(op) => vec![&op.role],
            Self::CreateProbeRole(_) => Vec::new(),
            Self::DeleteProbeRole(op) => vec![&op.role],
            Self::CreateProbe(op) => [&op.role].into_iter().chain(of(&op.attachment)).collect(),
            Self::DeleteProbe(op) => vec![&op.probe],
            Self::SetTags(op) => vec![&op.resource],
        }
    }

    pub(super) fn created_tags(&self) -> Option<&Tags> {
        match self {
            Self::CreateProbeRole(op) => Some(&op.tags),
            Self::CreateProbe(op) => Some(&op.tags),
            _ => None,
        }
    }

    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::SetAttachment(op) if op.to.is_some() => "attach",
            Self::SetAttachment(_) => "detach",
            Self::GrantNetworkAccess(_) => "grant",
            Self::RevokeNetworkAccess(_) => "revoke",
            Self::CreateProbeRole(_) | Self::CreateProbe(_) => "create",
            Self::DeleteProbeRole(_) | Self::DeleteProbe(_) => "delete",
            Self::SetTags(_) => "tag",
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::SetAttachment(_) => Kind::Function,
            Self::GrantNetworkAccess(_)
            | Self::RevokeNetworkAccess(_)
            | Self::CreateProbeRole(_)
            | Self::DeleteProbeRole(_) => Kind::Role,
            Self::CreateProbe(_) | Self::DeleteProbe(_) => Kind::Probe,
            Self::SetTags(op) => op.kind,
        }
    }
}

impl<R: Ord + fmt::Display> fmt::Display for FunctionOp<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetAttachment(SetAttachment { function, to: Some(to), .. }) => {
                write!(f, "attach {function} to {} with {}", list(&to.subnets), list(&to.groups))
            }
            Self::SetAttachment(SetAttachment { function, to: None, .. }) => {
                write!(f, "detach {function} from its network")
            }
            Self::GrantNetworkAccess(op) => write!(f, "grant {} network access ({})", op.role, grant(&op.grant)),
            Self::RevokeNetworkAccess(op) => write!(f, "revoke network access of {} ({})", op.role, grant(&op.grant)),
            Self::CreateProbeRole(op) => write!(f, "create {}", made(&op.tags, Kind::Role)),
            Self::DeleteProbeRole(op) => write!(f, "delete {}", op.role),
            Self::CreateProbe(op) => {
                write!(f, "create {} in {}", made(&op.tags, Kind::Probe), list(&op.attachment.subnets))
            }
            Self::DeleteProbe(op) => write!(f, "delete {}", op.probe),
            Self::SetTags(op) => op.fmt(f),
        }
    }
}

fn grant(grant: &Grant) -> &str {
    match grant {
        Grant::Managed => "managed policy",
        Grant::Inline => "inline policy",
        Grant::Other(name) => name,
    }
}
