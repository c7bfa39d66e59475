//! Layers: wrappers of a [`Cloud`] that see every call, written once for all three families.
//!
//! ```
//! use std::sync::atomic::{AtomicUsize, Ordering};
//! use egress_core::{async_trait, layer::{Answer, Call, Layer}, Cloud};
//!
//! /// Counts what goes to the cloud.
//! struct Counter(AtomicUsize);
//!
//! #[async_trait]
//! impl Layer for Counter {
//!     async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
//!         self.0.fetch_add(1, Ordering::Relaxed);
//!         call.run(cloud).await
//!     }
//! }
//! ```

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::{
    CloudError, CloudId,
    cloud::{
        Cloud, CloudExt, FunctionProvider, GatewayProvider, Invocation, Invoked, NetworkProvider, Outcome, Scope, Token,
    },
    op::{Family, FunctionOp, GatewayOp, NetworkOp, Op},
    quota::{Counted, Quotas},
    world::{FunctionPart, GatewayPart, NetworkPart},
};

/// One call to a cloud.
#[derive(Clone, Debug)]
pub enum Call<'a> {
    /// An observation of one family's part.
    Observe(Family, &'a Scope),
    /// A question for room.
    Quotas(&'a BTreeSet<Counted>),
    /// A mutating call.
    Apply(Op<CloudId>, &'a Token),
    /// An invocation of a function.
    Invoke(&'a Invocation),
}

/// What came of a call; always of the variant that the call asks for.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Of [`Call::Observe`].
    Observed(Result<Part, CloudError>),
    /// Of [`Call::Quotas`].
    Quotas(Result<Quotas, CloudError>),
    /// Of [`Call::Apply`].
    Applied(Outcome),
    /// Of [`Call::Invoke`].
    Invoked(Result<Invoked, CloudError>),
}

/// One family's part of a World.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Networks.
    Network(Box<NetworkPart>),
    /// Gateways.
    Gateway(GatewayPart),
    /// Functions.
    Function(FunctionPart),
}

impl Call<'_> {
    /// Passes the call on.
    pub async fn run(&self, cloud: &dyn Cloud) -> Answer {
        match self {
            Self::Observe(Family::Network, scope) => {
                Answer::Observed(cloud.observe_network(scope).await.map(Box::new).map(Part::Network))
            }
            Self::Observe(Family::Gateway, scope) => {
                Answer::Observed(cloud.observe_gateways(scope).await.map(Part::Gateway))
            }
            Self::Observe(Family::Function, scope) => {
                Answer::Observed(cloud.observe_functions(scope).await.map(Part::Function))
            }
            Self::Quotas(of) => Answer::Quotas(cloud.quotas(of).await),
            Self::Apply(op, token) => Answer::Applied(cloud.apply(op, token).await),
            Self::Invoke(invocation) => Answer::Invoked(cloud.invoke(invocation).await),
        }
    }

    /// The answer that says that the call did not go through: certain for what changes nothing and for invocations, and *failed* or
    /// *unknown* for Ops as `outcome` says.
    pub fn refuse(&self, error: CloudError, outcome: fn(CloudError) -> Outcome) -> Answer {
        match self {
            Self::Observe(..) => Answer::Observed(Err(error)),
            Self::Quotas(_) => Answer::Quotas(Err(error)),
            Self::Apply(..) => Answer::Applied(outcome(error)),
            Self::Invoke(_) => Answer::Invoked(Err(error)),
        }
    }
}

/// What happens around each call.
#[async_trait]
pub trait Layer: Send + Sync {
    /// Handles one call: pass it on with [`Call::run`], any number of times, and change the call or the answer at will.
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer;
}

#[async_trait]
impl<L: Layer + ?Sized> Layer for Box<L> {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        (**self).around(call, cloud).await
    }
}

/// A cloud with a layer around it; itself a cloud.
#[derive(Clone, Debug)]
pub struct Layered<L, C> {
    layer: L,
    inner: C,
}

impl<L: Layer, C: Cloud> Layered<L, C> {
    /// Puts a layer around a cloud.
    pub fn new(layer: L, inner: C) -> Self {
        Self { layer, inner }
    }

    /// The layer.
    pub fn layer(&self) -> &L {
        &self.layer
    }

    /// The cloud inside.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    async fn observe_part(&self, family: Family, scope: &Scope) -> Result<Part, CloudError> {
        match self.layer.around(Call::Observe(family, scope), &self.inner).await {
            Answer::Observed(part) => part,
            _ => Err(broken("observe")),
        }
    }

    async fn apply_op(&self, op: Op<CloudId>, token: &Token) -> Outcome {
        match self.layer.around(Call::Apply(op, token), &self.inner).await {
            Answer::Applied(outcome) => outcome,
            _ => Outcome::Unknown(broken("apply")),
        }
    }
}

fn broken(operation: &str) -> CloudError {
    CloudError::new(crate::ErrorKind::Internal, operation, "a layer answered with something else than was asked")
}

#[async_trait]
impl<L: Layer, C: Cloud> NetworkProvider for Layered<L, C> {
    async fn observe_network(&self, scope: &Scope) -> Result<NetworkPart, CloudError> {
        match self.observe_part(Family::Network, scope).await? {
            Part::Network(part) => Ok(*part),
            _ => Err(broken("observe")),
        }
    }

    async fn apply_network(&self, op: &NetworkOp<CloudId>, token: &Token) -> Outcome {
        self.apply_op(Op::Network(op.clone()), token).await
    }

    async fn quotas(&self, of: &BTreeSet<Counted>) -> Result<Quotas, CloudError> {
        match self.layer.around(Call::Quotas(of), &self.inner).await {
            Answer::Quotas(quotas) => quotas,
            _ => Err(broken("quotas")),
        }
    }
}

#[async_trait]
impl<L: Layer, C: Cloud> GatewayProvider for Layered<L, C> {
    async fn observe_gateways(&self, scope: &Scope) -> Result<GatewayPart, CloudError> {
        match self.observe_part(Family::Gateway, scope).await? {
            Part::Gateway(part) => Ok(part),
            _ => Err(broken("observe")),
        }
    }

    async fn apply_gateway(&self, op: &GatewayOp<CloudId>, token: &Token) -> Outcome {
        self.apply_op(Op::Gateway(op.clone()), token).await
    }
}

#[async_trait]
impl<L: Layer, C: Cloud> FunctionProvider for Layered<L, C> {
    async fn observe_functions(&self, scope: &Scope) -> Result<FunctionPart, CloudError> {
        match self.observe_part(Family::Function, scope).await? {
            Part::Function(part) => Ok(part),
            _ => Err(broken("observe")),
        }
    }

    async fn apply_function(&self, op: &FunctionOp<CloudId>, token: &Token) -> Outcome {
        self.apply_op(Op::Function(op.clone()), token).await
    }

    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError> {
        match self.layer.around(Call::Invoke(invocation), &self.inner).await {
            Answer::Invoked(invoked) => invoked,
            _ => Err(broken("invoke")),
        }
    }
}
