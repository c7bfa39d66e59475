//! What a Plan is made of.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::Ipv4Addr,
};

use serde::{Deserialize, Serialize};

use crate::{CloudId, Key, StackName, op::Op, quota::Need, report::cost::Cost, world::Place};

/// What to do to a stack, and all that was decided about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whose plan it is.
    pub stack: StackName,
    /// The account and region that it was made for.
    pub place: Place,
    /// The functions that must be observed beside the stack itself: those that are asked for, and those that it lets go.
    pub functions: BTreeSet<CloudId>,
    /// The networks that must be observed beside the stack's own: those that were there before.
    #[serde(default)]
    pub networks: BTreeSet<CloudId>,
    /// What the World that it was made from calls things: what the stack has already, and what of others' it refers to.
    pub bindings: BTreeMap<Key, CloudId>,
    /// Of the World that it was made from.
    pub fingerprint: Fingerprint,
    /// What becomes of the egress IPs.
    pub addresses: Vec<AddressChange>,
    /// What becomes of each function's way to the internet meanwhile, ordered by function.
    pub connectivity: Vec<Connectivity>,
    /// The nodes of the graph, ordered by what they need; empty where nothing is to be done.
    pub steps: Vec<Step>,
    /// How many more things it needs of each kind whose number clouds limit.
    pub needs: Vec<Need>,
    /// What the stack costs once the Plan is done.
    pub cost: Cost,
    /// What the user should know: warnings and what was left alone.
    pub notices: Vec<Notice>,
}

impl Plan {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        !self.steps.iter().any(|s| matches!(s.action, Action::Change(_)))
    }
}

/// A digest of a World, equal for equal Worlds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// The name of a Step, unique in its Plan and the same in every Plan for the same thing, e.g. `create subnet/private1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub String);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A node of a Plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// The Steps that must be done before; all stand earlier in the Plan.
    pub needs: BTreeSet<StepId>,
    /// What it does.
    pub action: Action,
    /// Whether it tidies up after Steps that it needs: it then runs even where one of them failed, as long as the thing
    /// that it removes is there.
    pub cleanup: bool,
    /// Why it is in the Plan, where that is not plain: `the route was deleted`.
    pub why: Option<String>,
}

/// What a Step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// One mutating call.
    Change(Op<Key>),
    /// Deletes every interface of functions in this subnet that nothing uses any more. A cloud may leave some behind while
    /// the Plan runs, so they cannot be named before: the Step names their subnet, and takes all of them.
    Sweep(Key),
    /// A wait until the World is so.
    Await(Condition<Key>),
    /// A proof that a path works; the Steps that need it do not run without.
    Prove(Proof),
}

/// What a Step waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition<R> {
    /// A network or subnet can be used; a NAT gateway is available; a function or probe is active and settled. It fails
    /// where the thing has failed for good.
    Ready(R),
    /// A NAT gateway is gone; anything else is no longer in the World.
    Gone(R),
    /// No interface of a function is in this subnet, or has this group, but for those that nothing uses any more.
    NoFunctionInterfaces(R),
    /// A function carries exactly these tags of egress's own: what was saved in them can be read back.
    Tagged {
        /// The function.
        function: R,
        /// The tags.
        tags: crate::Tags,
    },
    /// A NAT gateway makes new connections from an address that was put on it. It fails where the address could not be.
    InUse {
        /// The gateway.
        gateway: R,
        /// The address.
        address: R,
    },
    /// An address was taken off a NAT gateway, and what was still connected through it has ended or was cut off.
    NotInUse {
        /// The gateway.
        gateway: R,
        /// The address.
        address: R,
    },
}

impl<R> Condition<R> {
    /// What it is about.
    pub fn subject(&self) -> &R {
        match self {
            Self::Ready(r) | Self::Gone(r) | Self::NoFunctionInterfaces(r) | Self::Tagged { function: r, .. } => r,
            Self::InUse { address, .. } | Self::NotInUse { address, .. } => address,
        }
    }

    /// Puts other names for the things that it refers to. `f` may refuse one.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(&R) -> Result<S, E>) -> Result<Condition<S>, E> {
        Ok(match self {
            Self::Ready(r) => Condition::Ready(f(r)?),
            Self::Gone(r) => Condition::Gone(f(r)?),
            Self::NoFunctionInterfaces(r) => Condition::NoFunctionInterfaces(f(r)?),
            Self::Tagged { function, tags } => Condition::Tagged { function: f(function)?, tags: tags.clone() },
            Self::InUse { gateway, address } => Condition::InUse { gateway: f(gateway)?, address: f(address)? },
            Self::NotInUse { gateway, address } => Condition::NotInUse { gateway: f(gateway)?, address: f(address)? },
        })
    }
}

impl<R: fmt::Display> fmt::Display for Condition<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(r) => write!(f, "{r} ready"),
            Self::Gone(r) => write!(f, "{r} gone"),
            Self::NoFunctionInterfaces(r) => write!(f, "{r} free of functions' interfaces"),
            Self::Tagged { function, .. } => write!(f, "{function} readable as saved"),
            Self::InUse { gateway, address } => write!(f, "{address} in use by {gateway}"),
            Self::NotInUse { gateway, address } => write!(f, "{address} no longer in use by {gateway}"),
        }
    }
}

/// A path that is to be proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The subnet that packets start in.
    pub subnet: Key,
    /// How.
    pub by: Method,
    /// The addresses that the internet must see, and no others.
    pub expect: BTreeSet<Key>,
}

/// How a path is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// By a probe in the subnet that calls a host which answers with the IP it saw.
    Probe {
        /// The probe.
        probe: Key,
        /// The host's URL.
        url: String,
    },
    /// By following the path in the World as it is then, after these Ops: for a route that may only be replaced once the
    /// new way works.
    Trace {
        /// The Ops that are still to come.
        assuming: Vec<Op<Key>>,
    },
}

/// What becomes of one egress IP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressChange {
    /// The address.
    pub key: Key,
    /// Its IP, unless it is still to be allocated.
    pub ip: Option<Ipv4Addr>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of an egress IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It stays, in use.
    Kept,
    /// It is the account's still, but nothing leaves from it until it is used again.
    Parked,
    /// It will be allocated.
    New,
    /// It was given away once, and will be the account's again.
    Recovered,
    /// It is given away, because the user named it.
    GivenUp,
}

/// What becomes of a function's way to the internet while a Plan is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connectivity {
    /// The function: one that has a way out through the stack now.
    pub function: CloudId,
    /// How long it is without, at worst.
    pub gap: Gap,
    /// The Step that brings it about, where there is one.
    pub by: Option<StepId>,
}

/// How long a function is without a way to the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gap {
    /// Not at all.
    None,
    /// New connections get out all the time; those that are open when the way changes are cut and must be made anew.
    Seconds,
    /// From a certain Step on until the Plan is done.
    UntilDone,
}

/// Something that the user should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// What it is about.
    pub subject: Option<String>,
    /// One lower-case sentence without its full stop.
    pub message: String,
    /// What can be done.
    pub hint: Option<String>,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Something is, or will be, worse than it should be.
    Warning,
    /// Good to know.
    Note,
}

/// What a Plan is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What to do.
    pub verb: Verb,
    /// The URL of a host that answers with the IP it sees, where the Spec names none.
    pub echo_url: String,
}

/// What to do to a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Make everything as the Spec says, and mend what has drifted.
    Apply {
        /// What is allowed.
        permits: BTreeSet<Permit>,
    },
    /// Attach functions to the stack, which must exist.
    Attach {
        /// The functions, and how their roles get the permission.
        functions: Vec<crate::spec::FunctionSpec>,
        /// What is allowed.
        permits: BTreeSet<Permit>,
    },
    /// Give functions back what they had before.
    Detach {
        /// The functions.
        functions: BTreeSet<CloudId>,
        /// Whether to take back the permission that egress gave to their roles.
        remove_role_policy: bool,
    },
    /// Prove the path from each private subnet.
    Verify,
    /// Take everything down.
    Destroy {
        /// The addresses to give away; all others are kept.
        release: BTreeSet<Ipv4Addr>,
        /// Whether to take back the permission that egress gave to roles.
        remove_role_policy: bool,
    },
    /// Take an address back that the account gave away, as far as the cloud still has it to give.
    Recover {
        /// Its IP.
        ip: Ipv4Addr,
    },
}

/// Why there is no Plan. Every reason is there, not only the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", refusals.iter().map(|r| r.message.as_str()).collect::<Vec<_>>().join("; "))]
pub struct PlanError {
    /// The reasons; never empty.
    pub refusals: Vec<Refusal>,
}

/// One reason why there is no Plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refusal {
    /// What sort of reason; decides the exit code.
    pub kind: RefusalKind,
    /// What it is about.
    pub subject: Option<String>,
    /// One lower-case sentence without its full stop.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
    /// What the same request may say to be accepted, where there is such a thing.
    pub permit: Option<Permit>,
}

/// What a request may allow, which is refused or left undone without. How a user says it is the front end's to tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Permit {
    /// Functions may be taken out of this network.
    Leave(CloudId),
    /// Functions may be without a way out for a while, where there is no other way to what the Spec asks for.
    Outage,
    /// Third parties admit this IP already: traffic may leave from it.
    Listed(Ipv4Addr),
    /// Nothing need leave from this IP any more. It stays the account's.
    GiveUp(Ipv4Addr),
    /// This function may be moved although another tool looks after it, whose next run may move it back.
    Managed(CloudId),
}

impl Verb {
    /// What the request allows.
    pub fn permits(&self, permit: &Permit) -> bool {
        match self {
            Self::Apply { permits } | Self::Attach { permits, .. } => permits.contains(permit),
            Self::Detach { .. } | Self::Verify | Self::Destroy { .. } | Self::Recover { .. } => false,
        }
    }
}

/// What sort of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// Something that the user named does not exist.
    NotFound,
    /// It is another account or region than the Spec's.
    WrongPlace,
    /// It would break something that works, or take what is not egress's.
    Unsafe,
    /// The World cannot be made so: too few zones, no free tags, two things with one Key.
    Impossible,
    /// Functions would not leave from exactly the planned addresses.
    Unproven,
}
