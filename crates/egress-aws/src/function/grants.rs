//! Gives roles the permission to make interfaces, and takes it back.

use egress_core::{
    CloudError, CloudId, Effect, ErrorKind,
    op::{GrantNetworkAccess, RevokeNetworkAccess},
    world::Grant,
};

use crate::{
    AwsCloud,
    client::Refusal,
    policy::{VPC_ACCESS_LEAST, VPC_ACCESS_POLICY, document::network_access},
};

/// The name of the policy that egress writes into a role for [`Grant::Inline`].
pub(crate) const INLINE_POLICY: &str = "egress-network-access";

const NOTHING_MADE: Effect = Effect { id: None, ip: None };

pub(super) async fn grant(cloud: &AwsCloud, op: &GrantNetworkAccess<CloudId>) -> Result<Effect, Refusal> {
    match &op.grant {
        Grant::Managed => attach_managed(cloud, &op.role).await.map(|()| NOTHING_MADE),
        Grant::Inline => {
            let document = network_access(&VPC_ACCESS_LEAST).to_string();
            let request = (cloud.writes().iam.put_role_policy())
                .role_name(op.role.as_str())
                .policy_name(INLINE_POLICY)
                .policy_document(document);
            let call = cloud.call("PutRolePolicy", Some(&op.role));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        Grant::Other(name) => Err(not_ours("AttachRolePolicy", &op.role, name)),
    }
}

pub(super) async fn revoke(cloud: &AwsCloud, op: &RevokeNetworkAccess<CloudId>) -> Result<Effect, Refusal> {
    match &op.grant {
        Grant::Managed => {
            let request = (cloud.writes().iam.detach_role_policy())
                .role_name(op.role.as_str())
                .policy_arn(cloud.partition().vpc_access_policy_arn());
            let call = cloud.call("DetachRolePolicy", Some(&op.role));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        Grant::Inline => {
            let request =
                cloud.writes().iam.delete_role_policy().role_name(op.role.as_str()).policy_name(INLINE_POLICY);
            let call = cloud.call("DeleteRolePolicy", Some(&op.role));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        Grant::Other(name) => Err(not_ours("DetachRolePolicy", &op.role, name)),
    }
}

/// A second time is no mistake to IAM.
pub(super) async fn attach_managed(cloud: &AwsCloud, role: &CloudId) -> Result<(), Refusal> {
    let request = (cloud.writes().iam.attach_role_policy())
        .role_name(role.as_str())
        .policy_arn(cloud.partition().vpc_access_policy_arn());
    cloud.call("AttachRolePolicy", Some(role)).change(request.send()).await.map(drop)
}

fn not_ours(operation: &'static str, role: &CloudId, name: &str) -> Refusal {
    let message = format!("{name} is no policy of egress's: it is neither given nor taken");
    let error = CloudError::new(ErrorKind::Unsupported, operation, message).on(role);
    Refusal::Certain(error.hint(format!("egress gives {VPC_ACCESS_POLICY}, or a policy in the role itself")))
}
