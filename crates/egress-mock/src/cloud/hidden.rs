//! What AWS keeps to itself: nothing of this is in the World.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::Ipv4Addr,
    time::Duration,
};

use egress_core::{CloudId, world::Attachment};
use serde::{Deserialize, Serialize};

use super::{NatFailure, facts::Facts, function_facts::FunctionFacts, role_facts::RoleFacts, sessions::Identity};

/// What the model remembers beside its World.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hidden {
    /// The model's time: never goes back.
    pub(crate) now: Duration,
    /// What is under way.
    pub(crate) pending: Vec<Pending>,
    /// How many things were made of each prefix and name.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Client tokens, by action and token. AWS remembers them longer than what they made `[?]`; here for ever.
    pub(crate) tokens: BTreeMap<String, TokenUse>,
    /// From when on new things are visible to calls; absent for what is visible.
    pub(crate) visible_from: BTreeMap<CloudId, Duration>,
    /// From when on roles can be used; absent for those that can.
    pub(crate) role_usable_from: BTreeMap<CloudId, Duration>,
    /// From when on a permission counts; absent for one that does. By role and the name of the policy.
    pub(crate) grant_usable_from: BTreeMap<String, Duration>,
    /// Functions' interfaces.
    pub(crate) hyperplane: BTreeMap<CloudId, Hyperplane>,
    /// Where functions serve from whose last change is not through: the World shows the new attachment already, as AWS
    /// does.
    pub(crate) serving: BTreeMap<CloudId, Option<Attachment<CloudId>>>,
    /// How long functions may run that came from a file of an earlier version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) time_limits: BTreeMap<CloudId, Duration>,
    /// What is known of functions beyond the World.
    #[serde(default)]
    pub(crate) functions: BTreeMap<CloudId, FunctionFacts>,
    /// What is known of roles beyond the World.
    #[serde(default)]
    pub(crate) roles: BTreeMap<CloudId, RoleFacts>,
    /// Who stands behind the keys of sessions. They are never forgotten, for nothing here checks how old a key is.
    #[serde(default)]
    pub(crate) sessions: BTreeMap<String, Identity>,
    /// Every public address that was ever given to anyone.
    pub(crate) given_ips: BTreeSet<Ipv4Addr>,
    /// Public addresses that this account gave away and that nobody else has taken since.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) released_ips: BTreeSet<Ipv4Addr>,
    /// What goes wrong with the next NAT gateways, first come, first served.
    pub(crate) nat_failures: VecDeque<NatFailure>,
    /// How many functions were invoked so far.
    pub(crate) invocations: u64,
    /// What other accounts have in networks that they share, and keep to themselves.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) unshared: BTreeSet<CloudId>,
    /// What EC2 shows beside what the World holds.
    #[serde(default)]
    pub(crate) facts: Facts,
}

impl Hidden {
    /// A change of a function is still under way although the function has another revision now.
    pub(crate) fn rename_revision(&mut self, old: &str, new: &str) {
        for pending in &mut self.pending {
            if let Transition::FunctionSettled { revision, .. } = &mut pending.transition
                && revision == old
            {
                new.clone_into(revision);
            }
        }
    }
}

/// What was made with a client token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TokenUse {
    /// The other parameters of the call.
    pub(crate) parameters: String,
    /// What it made.
    pub(crate) made: CloudId,
}

/// What AWS knows of a function's interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hyperplane {
    /// When it carries packets.
    pub(crate) ready_at: Duration,
    /// The role of the function that caused it: Lambda removes the interface with that role's permission.
    pub(crate) role: Option<CloudId>,
    /// When it will be removed, unless it is used again before.
    pub(crate) release_at: Option<Duration>,
}

/// Something that will happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) due: Duration,
    pub(crate) transition: Transition,
}

/// What will happen. Each is checked again when it is due, because its subject may be gone or have changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Transition {
    NetworkAvailable(CloudId),
    SubnetAvailable(CloudId),
    NatSettled {
        id: CloudId,
        failure: Option<NatFailure>,
    },
    /// An address was put on a gateway that is there already, or could not be.
    AddressSettled {
        gateway: CloudId,
        address: CloudId,
        failure: Option<NatFailure>,
    },
    AddressDrained {
        gateway: CloudId,
        address: CloudId,
    },
    AddressForgotten {
        gateway: CloudId,
        address: CloudId,
    },
    NatDeleted(CloudId),
    NatForgotten(CloudId),
    /// The function's creation or last change is through. The revision tells it from a later change.
    FunctionSettled {
        id: CloudId,
        revision: String,
        /// AWS's reason code and sentence.
        failure: Option<(String, String)>,
    },
    InterfaceReleased(CloudId),
    EndpointAvailable(CloudId),
    /// A transit gateway, an attachment or a table of one.
    TransitAvailable(CloudId),
}
