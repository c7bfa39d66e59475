//! Networks, subnets, route tables, groups, filters, interfaces and leases: EC2.

mod acls;
mod beyond;
mod block_public_access;
mod dhcp;
mod endpoints;
mod groups;
mod inside;
mod interfaces;
mod leases;
mod machines;
mod names;
mod observe;
mod ops;
mod peerings;
mod quotas;
mod route_tables;
mod tagging;
mod transit;
mod vpcs;
pub(crate) mod zones;

pub(crate) use observe::{networks_of, subnets_of};
pub(crate) use ops::{created, unknown_op};
pub(crate) use tagging::set_ec2_tags;

use std::collections::BTreeSet;

use egress_core::{
    CloudError, CloudId, NetworkProvider, Outcome, Quotas, Scope, Token, async_trait, op::NetworkOp, quota::Counted,
    world::NetworkPart,
};

use crate::{AwsCloud, client::Refusal};

#[async_trait]
impl NetworkProvider for AwsCloud {
    async fn observe_network(&self, scope: &Scope) -> Result<NetworkPart, CloudError> {
        observe::observe(self, scope).await
    }

    async fn apply_network(&self, op: &NetworkOp<CloudId>, token: &Token) -> Outcome {
        Refusal::outcome(ops::apply(self, op, token).await)
    }

    async fn quotas(&self, of: &BTreeSet<Counted>) -> Result<Quotas, CloudError> {
        quotas::quotas(self, of).await
    }
}
