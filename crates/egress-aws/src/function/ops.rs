//! Ops on functions and roles as calls to Lambda and IAM.

use aws_sdk_lambda::{
    primitives::Blob,
    types::{FunctionCode, VpcConfig},
};
use egress_core::{
    CloudError, CloudId, Effect, ErrorKind, Kind,
    op::{CreateProbe, FunctionOp, SetAttachment, SetTags},
    world::Attachment,
};

use super::{grants, probe_role, roles};
use crate::{AwsCloud, client::Refusal, network::unknown_op, probe};

const NOTHING_MADE: Effect = Effect { id: None, ip: None };

pub(super) async fn apply(cloud: &AwsCloud, op: &FunctionOp<CloudId>) -> Result<Effect, Refusal> {
    match op {
        FunctionOp::SetAttachment(op) => set_attachment(cloud, op).await,
        FunctionOp::GrantNetworkAccess(op) => grants::grant(cloud, op).await,
        FunctionOp::RevokeNetworkAccess(op) => grants::revoke(cloud, op).await,
        FunctionOp::CreateProbeRole(op) => probe_role::create(cloud, op).await,
        FunctionOp::DeleteProbeRole(op) => probe_role::delete(cloud, op).await,
        FunctionOp::CreateProbe(op) => create_probe(cloud, op).await,
        FunctionOp::DeleteProbe(op) => {
            let request = cloud.writes().lambda.delete_function().function_name(op.probe.as_str());
            let call = cloud.call("DeleteFunction", Some(&op.probe));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        FunctionOp::SetTags(op) if op.kind == Kind::Role => set_role_tags(cloud, op).await,
        FunctionOp::SetTags(op) => set_function_tags(cloud, op).await,
        _ => Err(unknown_op()),
    }
}

async fn set_attachment(cloud: &AwsCloud, op: &SetAttachment<CloudId>) -> Result<Effect, Refusal> {
    let request = (cloud.writes().lambda.update_function_configuration())
        .function_name(op.function.as_str())
        .vpc_config(vpc_config(op.to.as_ref()))
        .set_revision_id(op.revision.clone());
    let call = cloud.call("UpdateFunctionConfiguration", Some(&op.function));
    call.change(request.send()).await.map(|_| NOTHING_MADE)
}

/// Where a function is put; empty lists take it out of all networks.
fn vpc_config(to: Option<&Attachment<CloudId>>) -> VpcConfig {
    let names = |ids: &std::collections::BTreeSet<CloudId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    VpcConfig::builder()
        .set_subnet_ids(Some(to.map(|to| names(&to.subnets)).unwrap_or_default()))
        .set_security_group_ids(Some(to.map(|to| names(&to.groups)).unwrap_or_default()))
        .set_ipv6_allowed_for_dual_stack(Some(to.is_some_and(|to| to.ipv6)))
        .build()
}

async fn create_probe(cloud: &AwsCloud, op: &CreateProbe<CloudId>) -> Result<Effect, Refusal> {
    // Lambda wants the ARN, and a role has a path in it that its name does not tell.
    let role = roles::get(cloud, &op.role).await.map_err(Refusal::before_any_change)?;
    let made = create_function(cloud, &op.name, &role.arn, Some(&op.attachment), &op.tags).await?;
    Ok(Effect::created(made))
}

/// Makes a function of the probe's code.
pub(crate) async fn create_function(
    cloud: &AwsCloud,
    name: &str,
    role_arn: &str,
    attachment: Option<&Attachment<CloudId>>,
    tags: &egress_core::Tags,
) -> Result<CloudId, Refusal> {
    let code = probe::zipped()
        .map_err(|e| Refusal::Certain(CloudError::new(ErrorKind::Local, "CreateFunction", e.to_string()).on(name)))?;
    let request = (cloud.writes().lambda.create_function())
        .function_name(name)
        .role(role_arn)
        .runtime(probe::RUNTIME.into())
        .handler(probe::HANDLER)
        .timeout(probe::TIME_LIMIT_SECONDS)
        .memory_size(probe::MEMORY_MB)
        .description("made by egress")
        .code(FunctionCode::builder().zip_file(Blob::new(code)).build())
        .set_vpc_config(attachment.map(|to| vpc_config(Some(to))))
        .set_tags(Some(tags.clone().into_iter().collect()));
    cloud.call("CreateFunction", Some(name)).change(request.send()).await?;
    Ok(CloudId::new(name))
}

async fn set_function_tags(cloud: &AwsCloud, op: &SetTags<CloudId>) -> Result<Effect, Refusal> {
    let name = op.resource.as_str();
    let arn = cloud.function_arn(name).await.map_err(Refusal::before_any_change)?;
    let lambda = &cloud.writes().lambda;
    let mut changed = false;
    if !op.set.is_empty() {
        let request = lambda.tag_resource().resource(&arn).set_tags(Some(op.set.clone().into_iter().collect()));
        cloud.call("TagResource", Some(name)).change(request.send()).await?;
        changed = true;
    }
    if !op.remove.is_empty() {
        let request = lambda.untag_resource().resource(&arn).set_tag_keys(Some(op.remove.clone()));
        let removed = cloud.call("UntagResource", Some(name)).change(request.send()).await;
        removed.map_err(|refusal| if changed { refusal.after_a_change() } else { refusal })?;
    }
    Ok(NOTHING_MADE)
}

async fn set_role_tags(cloud: &AwsCloud, op: &SetTags<CloudId>) -> Result<Effect, Refusal> {
    let name = op.resource.as_str();
    let iam = &cloud.writes().iam;
    let mut changed = false;
    if !op.set.is_empty() {
        let request = iam.tag_role().role_name(name).set_tags(Some(probe_role::iam_tags(&op.set)?));
        cloud.call("TagRole", Some(name)).change(request.send()).await?;
        changed = true;
    }
    if !op.remove.is_empty() {
        let request = iam.untag_role().role_name(name).set_tag_keys(Some(op.remove.clone()));
        let removed = cloud.call("UntagRole", Some(name)).change(request.send()).await;
        removed.map_err(|refusal| if changed { refusal.after_a_change() } else { refusal })?;
    }
    Ok(NOTHING_MADE)
}
