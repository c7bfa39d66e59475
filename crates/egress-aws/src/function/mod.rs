//! Functions, and the roles that they run as: Lambda, IAM and the index of tags.

mod by_tag;
mod convert;
mod grants;
mod invoke;
mod observe;
pub(crate) mod ops;
pub(crate) mod probe_role;
pub(crate) mod roles;
pub(crate) mod trust;

pub(crate) use observe::asked;

use egress_core::{
    CloudError, CloudId, FunctionProvider, Invocation, Invoked, Outcome, Scope, Token, async_trait, op::FunctionOp,
    world::FunctionPart,
};

use crate::{AwsCloud, client::Refusal};

#[async_trait]
impl FunctionProvider for AwsCloud {
    async fn observe_functions(&self, scope: &Scope) -> Result<FunctionPart, CloudError> {
        observe::observe(self, scope).await
    }

    async fn apply_function(&self, op: &FunctionOp<CloudId>, _token: &Token) -> Outcome {
        Refusal::outcome(ops::apply(self, op).await)
    }

    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError> {
        invoke::invoke(self, invocation).await
    }
}
