//! The traits that a backend implements: one per family of resources, and [`Cloud`] for whatever has all three.
//!
//! A backend observes its part of the World and applies its Ops, nothing else. Planning, waiting, retrying and undoing are
//! the engine's. The law that holds them together: **after `apply` says *done*, the observed World shows the Op**
//! ([`world::shows`](crate::world::shows)); the same question settles an *unknown* Outcome and a resumed run. The
//! `conformance` feature has the suite that checks it.

use std::{collections::BTreeSet, net::Ipv4Addr};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    CloudError, CloudId, StackName,
    op::{FunctionOp, GatewayOp, NetworkOp, Op},
    quota::{Counted, Quotas},
    world::{FunctionPart, GatewayPart, NetworkPart, World},
};

/// How much of the World is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Everything in the account and region. Roles that only functions outside every network have may be left out: reading
    /// them takes several calls each, and what a packet meets does not depend on them.
    Everything,
    /// At least what one stack needs: everything tagged for it; the networks that are tagged for it and these networks, all that
    /// is inside them, and every function with an interface there; these functions, and the networks that they are in; the
    /// functions tagged for it, wherever they are; the roles of all these; the place, the zones, and every address.
    Stack {
        /// The stack.
        stack: StackName,
        /// Functions by name; one that does not exist is simply absent from the World.
        functions: BTreeSet<CloudId>,
        /// Networks by id, whoever made them; one that does not exist is simply absent from the World.
        networks: BTreeSet<CloudId>,
    },
    /// At least the leases that are tagged for one stack, and the place. What keeps runs apart is looked at often, so a
    /// backend should need one cheap call for it, and none for the families of gateways and functions. Other scopes need not
    /// show leases.
    Lease {
        /// The stack.
        stack: StackName,
    },
}

/// What came of an Op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It has taken effect, or is certain to: the World shows it, perhaps after the cloud's usual delay.
    Done(Effect),
    /// It has certainly changed nothing.
    Failed(CloudError),
    /// The answer was lost or cannot be read: it may have taken effect or not. Observe, never assume.
    Unknown(CloudError),
}

/// What a cloud tells about an Op that is *done*.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What was created.
    pub id: Option<CloudId>,
    /// The IP of an address that was allocated.
    pub ip: Option<Ipv4Addr>,
}

impl Effect {
    /// Of an Op that creates something.
    pub fn created(id: CloudId) -> Self {
        Self { id: Some(id), ip: None }
    }
}

/// `Err` becomes *unknown*, so that *failed* is always written on purpose.
impl<E: Into<CloudError>> From<Result<Effect, E>> for Outcome {
    fn from(result: Result<Effect, E>) -> Self {
        match result {
            Ok(effect) => Self::Done(effect),
            Err(error) => Self::Unknown(error.into()),
        }
    }
}

/// A text that makes a repeated call the same call, for clouds that can tell. Equal for the retries of one step, different
/// for everything else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// Wraps a text of at most 64 letters, digits and hyphens.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A call of a function, as its own callers would make it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// Which function.
    pub function: CloudId,
    /// What it is given.
    pub payload: serde_json::Value,
}

/// What a function gave back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoked {
    /// What it returned; for a failed one, what the cloud says about the failure.
    pub payload: serde_json::Value,
    /// The failure, where the function itself failed: an exception, a time-out.
    pub error: Option<String>,
}

/// Networks, subnets, route tables, routes, security groups, interfaces, leases.
#[async_trait]
pub trait NetworkProvider: Send + Sync {
    /// Reads the family's part of the World.
    async fn observe_network(&self, scope: &Scope) -> Result<NetworkPart, CloudError>;

    /// Makes one call, once.
    async fn apply_network(&self, op: &NetworkOp<CloudId>, token: &Token) -> Outcome;

    /// How much room the account has for these things, gateways and addresses among them. What the cloud does not limit, or
    /// does not tell, is left out; what it gives every account, where it does not tell this one's limit, is
    /// [`Assumed`](crate::quota::Basis::Assumed).
    async fn quotas(&self, of: &BTreeSet<Counted>) -> Result<Quotas, CloudError>;
}

/// Internet gateways, NAT gateways, addresses.
#[async_trait]
pub trait GatewayProvider: Send + Sync {
    /// Reads the family's part of the World.
    async fn observe_gateways(&self, scope: &Scope) -> Result<GatewayPart, CloudError>;

    /// Makes one call, once.
    async fn apply_gateway(&self, op: &GatewayOp<CloudId>, token: &Token) -> Outcome;
}

/// Functions, their attachment, their roles' permission, the probe, and invocation.
#[async_trait]
pub trait FunctionProvider: Send + Sync {
    /// Reads the family's part of the World.
    async fn observe_functions(&self, scope: &Scope) -> Result<FunctionPart, CloudError>;

    /// Makes one call, once.
    async fn apply_function(&self, op: &FunctionOp<CloudId>, token: &Token) -> Outcome;

    /// Calls a function and waits for what it returns.
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError>;
}

/// All three families of one account in one region.
pub trait Cloud: NetworkProvider + GatewayProvider + FunctionProvider {}

impl<C: NetworkProvider + GatewayProvider + FunctionProvider + ?Sized> Cloud for C {}

/// Conveniences over any [`Cloud`].
#[async_trait]
pub trait CloudExt: Cloud {
    /// Reads the whole World, the three parts at once.
    async fn observe(&self, scope: &Scope) -> Result<World, CloudError> {
        let (network, gateway, function) = futures::try_join!(
            self.observe_network(scope),
            self.observe_gateways(scope),
            self.observe_functions(scope)
        )?;
        Ok(World { network, gateway, function })
    }

    /// Makes one call of whichever family.
    async fn apply(&self, op: &Op<CloudId>, token: &Token) -> Outcome {
        match op {
            Op::Network(op) => self.apply_network(op, token).await,
            Op::Gateway(op) => self.apply_gateway(op, token).await,
            Op::Function(op) => self.apply_function(op, token).await,
        }
    }
}

impl<C: Cloud + ?Sized> CloudExt for C {}

/// What points at a cloud is one.
macro_rules! cloud_behind {
    ($pointer:ty) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<C: NetworkProvider + ?Sized> NetworkProvider for $pointer {
            async fn observe_network(&self, scope: &Scope) -> Result<NetworkPart, CloudError> {
                (**self).observe_network(scope).await
            }

            async fn apply_network(&self, op: &NetworkOp<CloudId>, token: &Token) -> Outcome {
                (**self).apply_network(op, token).await
            }

            async fn quotas(&self, of: &BTreeSet<Counted>) -> Result<Quotas, CloudError> {
                (**self).quotas(of).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<C: GatewayProvider + ?Sized> GatewayProvider for $pointer {
            async fn observe_gateways(&self, scope: &Scope) -> Result<GatewayPart, CloudError> {
                (**self).observe_gateways(scope).await
            }

            async fn apply_gateway(&self, op: &GatewayOp<CloudId>, token: &Token) -> Outcome {
                (**self).apply_gateway(op, token).await
            }
        }

        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<C: FunctionProvider + ?Sized> FunctionProvider for $pointer {
            async fn observe_functions(&self, scope: &Scope) -> Result<FunctionPart, CloudError> {
                (**self).observe_functions(scope).await
            }

            async fn apply_function(&self, op: &FunctionOp<CloudId>, token: &Token) -> Outcome {
                (**self).apply_function(op, token).await
            }

            async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError> {
                (**self).invoke(invocation).await
            }
        }
    };
}

cloud_behind!(std::sync::Arc<C>);
cloud_behind!(&C);
