//! Ops: mutating calls as data.
//!
//! An Op is one call, so that it fails whole. It names other resources by `R`: by [`Key`] in a Plan, by
//! [`CloudId`](crate::CloudId) at a provider. What it creates carries its ownership in tags from the start.

mod function;
mod gateway;
mod network;

pub use function::*;
pub use gateway::*;
pub use network::*;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Key, Kind, Owner, Tags};

/// Which provider an Op is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// [`NetworkProvider`](crate::NetworkProvider).
    Network,
    /// [`GatewayProvider`](crate::GatewayProvider).
    Gateway,
    /// [`FunctionProvider`](crate::FunctionProvider).
    Function,
}

impl Family {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Network, Self::Gateway, Self::Function];

    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Gateway => "gateway",
            Self::Function => "function",
        }
    }
}

/// One mutating call of any family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", bound(deserialize = "R: Ord + Deserialize<'de>"))]
pub enum Op<R: Ord> {
    /// For the network provider.
    Network(NetworkOp<R>),
    /// For the gateway provider.
    Gateway(GatewayOp<R>),
    /// For the function provider.
    Function(FunctionOp<R>),
}

impl<R: Ord> Op<R> {
    /// Which provider it is for.
    pub fn family(&self) -> Family {
        match self {
            Self::Network(_) => Family::Network,
            Self::Gateway(_) => Family::Gateway,
            Self::Function(_) => Family::Function,
        }
    }

    /// Puts other names for the things that it refers to. `f` may refuse one.
    pub fn try_map<S: Ord, E>(&self, f: &mut impl FnMut(&R) -> Result<S, E>) -> Result<Op<S>, E> {
        Ok(match self {
            Self::Network(op) => Op::Network(op.try_map(f)?),
            Self::Gateway(op) => Op::Gateway(op.try_map(f)?),
            Self::Function(op) => Op::Function(op.try_map(f)?),
        })
    }

    /// Everything that it refers to, in no particular order.
    pub fn references(&self) -> Vec<&R> {
        match self {
            Self::Network(op) => op.references(),
            Self::Gateway(op) => op.references(),
            Self::Function(op) => op.references(),
        }
    }

    /// The tags that the thing it creates carries from the start; `None` for an Op that creates nothing.
    pub fn created_tags(&self) -> Option<&Tags> {
        match self {
            Self::Network(op) => op.created_tags(),
            Self::Gateway(op) => op.created_tags(),
            Self::Function(op) => op.created_tags(),
        }
    }

    /// The owner of the thing that it creates.
    pub fn creates(&self) -> Option<Owner> {
        Owner::of(self.created_tags()?)
    }

    /// What it puts an end to; `None` for an Op that deletes nothing.
    pub fn deletes(&self) -> Option<&R> {
        match self {
            Self::Network(NetworkOp::DeleteNetwork(op)) => Some(&op.network),
            Self::Network(NetworkOp::DeleteSubnet(op)) => Some(&op.subnet),
            Self::Network(NetworkOp::DeleteRouteTable(op)) => Some(&op.table),
            Self::Network(NetworkOp::DeleteGroup(op)) => Some(&op.group),
            Self::Network(NetworkOp::DeleteInterface(op)) => Some(&op.interface),
            Self::Network(NetworkOp::DeleteLease(op)) => Some(&op.lease),
            Self::Gateway(GatewayOp::DeleteInternetGateway(op)) => Some(&op.gateway),
            Self::Gateway(GatewayOp::ReleaseAddress(op)) => Some(&op.address),
            Self::Gateway(GatewayOp::DeleteNatGateway(op)) => Some(&op.gateway),
            Self::Function(FunctionOp::DeleteProbeRole(op)) => Some(&op.role),
            Self::Function(FunctionOp::DeleteProbe(op)) => Some(&op.probe),
            Self::Network(_) | Self::Gateway(_) | Self::Function(_) => None,
        }
    }

    /// What it does, as a verb: `create`, `delete`, `route`, ….
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Network(op) => op.verb(),
            Self::Gateway(op) => op.verb(),
            Self::Function(op) => op.verb(),
        }
    }

    /// What kind of thing it does that to.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Network(op) => op.kind(),
            Self::Gateway(op) => op.kind(),
            Self::Function(op) => op.kind(),
        }
    }
}

/// One line that tells a person what the Op does, e.g. `create subnet/lambda_prv1 10.0.1.0/24 in zone a`.
impl<R: Ord + fmt::Display> fmt::Display for Op<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(op) => op.fmt(f),
            Self::Gateway(op) => op.fmt(f),
            Self::Function(op) => op.fmt(f),
        }
    }
}

/// The Key in creation tags, for display; a creation without one is shown by its kind alone.
fn made(tags: &Tags, kind: Kind) -> String {
    match Owner::of(tags) {
        Some(Owner { key, .. }) => key.to_string(),
        None => kind.to_string(),
    }
}

/// Items of a set, for display.
fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|i| i.to_string()).collect::<Vec<_>>().join(", ")
}

/// Changes of tags on something that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTags<R> {
    /// What is tagged.
    pub resource: R,
    /// Its kind, because names of different kinds may be equal.
    pub kind: Kind,
    /// Tags to add or to overwrite.
    pub set: Tags,
    /// Names of tags to remove.
    pub remove: Vec<String>,
}

impl<R> SetTags<R> {
    fn try_map<S, E>(&self, f: &mut impl FnMut(&R) -> Result<S, E>) -> Result<SetTags<S>, E> {
        Ok(SetTags {
            resource: f(&self.resource)?,
            kind: self.kind,
            set: self.set.clone(),
            remove: self.remove.clone(),
        })
    }
}

impl<R: fmt::Display> fmt::Display for SetTags<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tag {}", self.resource)?;
        if !self.set.is_empty() {
            write!(f, " with {}", list(self.set.keys()))?;
        }
        if !self.remove.is_empty() {
            write!(f, " without {}", list(&self.remove))?;
        }
        Ok(())
    }
}

/// The Key that an Op's references have in a Plan.
pub type PlannedOp = Op<Key>;
