//! Functions, and the roles that they run as.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Unseen;
use crate::{CloudId, Tags};

/// The part of a World that [`FunctionProvider`](crate::FunctionProvider) observes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionPart {
    /// Functions by name.
    pub functions: BTreeMap<CloudId, Function>,
    /// Roles by name.
    pub roles: BTreeMap<CloudId, Role>,
    /// What of the family was not read.
    #[serde(default, skip_serializing_if = "Unseen::is_empty")]
    pub unseen: Unseen,
}

/// A serverless function, in its newest, mutable form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name, unique in account and region.
    pub id: CloudId,
    /// The role that it runs as, where it has one.
    pub role: Option<CloudId>,
    /// Whether it can be invoked.
    pub state: FunctionState,
    /// How far the last change of its configuration is.
    pub update: UpdateState,
    /// The subnets and groups that it runs in; `None` where it runs in the cloud's own network.
    pub attachment: Option<Attachment<CloudId>>,
    /// The network of its subnets.
    pub network: Option<CloudId>,
    /// File systems that are mounted in it: it cannot leave the network that they are in.
    pub file_systems: Vec<String>,
    /// Changes whenever its configuration does.
    pub revision: String,
    /// Published versions: immutable, each with the attachment that it had.
    pub versions: Vec<Version>,
    /// Names for versions.
    pub aliases: Vec<Alias>,
    /// How long one invocation may run, in seconds, where the cloud tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// How many of it may run at once, where that is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// The tool that looks after it and would set it back, in words for people, where the cloud tells.
    #[serde(default)]
    pub managed_by: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

impl Function {
    /// Whether the cloud is still making or changing it.
    pub fn is_under_way(&self) -> bool {
        self.state == FunctionState::Pending || self.update == UpdateState::InProgress
    }

    /// Whether its configuration can be changed and it can be invoked.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, FunctionState::Active | FunctionState::Inactive) && self.update == UpdateState::Done
    }
}

/// Whether a function can be invoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FunctionState {
    /// Being made.
    Pending,
    /// It can.
    Active,
    /// Put to sleep by the cloud: the next invocation fails and wakes it.
    Inactive,
    /// It could not be made.
    Failed,
}

/// How far the last change of a function's configuration is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateState {
    /// Through, or there was none.
    Done,
    /// Under way: the old configuration still serves.
    InProgress,
    /// It did not work: the old configuration serves.
    Failed {
        /// The cloud's code.
        code: String,
        /// The cloud's sentence.
        message: String,
    },
}

/// The subnets and groups that a function runs in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: Ord + Deserialize<'de>"))]
pub struct Attachment<R: Ord> {
    /// The subnets; never empty.
    pub subnets: BTreeSet<R>,
    /// The groups.
    pub groups: BTreeSet<R>,
    /// Whether it may send IPv6.
    pub ipv6: bool,
}

impl<R: Ord> Attachment<R> {
    /// Puts other names for the same things.
    pub fn try_map<S: Ord, E>(&self, f: &mut impl FnMut(&R) -> Result<S, E>) -> Result<Attachment<S>, E> {
        Ok(Attachment {
            subnets: self.subnets.iter().map(&mut *f).collect::<Result<_, E>>()?,
            groups: self.groups.iter().map(&mut *f).collect::<Result<_, E>>()?,
            ipv6: self.ipv6,
        })
    }
}

/// A published version of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, as the cloud writes it.
    pub version: String,
    /// Where it runs, for ever.
    pub attachment: Option<Attachment<CloudId>>,
}

/// A name for one or more versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// The versions that it sends callers to.
    pub versions: BTreeSet<String>,
}

/// The identity that a function runs as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub id: CloudId,
    /// Whether the functions' service may assume it.
    pub trusts_functions: bool,
    /// What lets it make the interfaces that a function in a network needs; empty where nothing does.
    pub grants: BTreeSet<Grant>,
    /// Its tags.
    pub tags: Tags,
}

impl Role {
    /// Whether a function with this role can be attached to a network.
    pub fn has_network_access(&self) -> bool {
        !self.grants.is_empty()
    }
}

/// What gives a role the permission to make interfaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// The cloud's own ready-made policy for it.
    Managed,
    /// A policy of egress's in the role itself.
    Inline,
    /// Some other policy, by name.
    Other(String),
}
