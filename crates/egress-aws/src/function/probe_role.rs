//! The role that probes run as: more than one call to IAM, each way written so that sending it again converges.

use aws_sdk_iam::types::Tag;
use egress_core::{
    CloudError, CloudId, Effect, ErrorKind, Tags,
    op::{CreateProbeRole, DeleteProbeRole},
    tags,
};

use super::{grants, roles, trust};
use crate::{
    AwsCloud,
    client::Refusal,
    wire::{pages, unreadable},
};

/// Makes the role and lets it make interfaces. A role of that name that carries exactly these tags is one of an earlier
/// call whose answer was lost, or that stopped halfway: it is finished.
pub(super) async fn create(cloud: &AwsCloud, op: &CreateProbeRole) -> Result<Effect, Refusal> {
    let path = op.tags.get(tags::STACK).map_or_else(|| roles::PATH.to_owned(), |stack| roles::path_of(stack));
    let id = CloudId::new(&op.name);
    match create_role(cloud, &op.name, &path, &op.tags).await {
        Ok(()) => {}
        Err(Refusal::Certain(error)) if error.kind == ErrorKind::AlreadyExists => {
            let found = roles::get(cloud, &id).await.map_err(Refusal::before_any_change)?;
            if found.path != path || found.tags != op.tags {
                return Err(Refusal::Certain(error));
            }
        }
        Err(refusal) => return Err(refusal),
    }
    grants::attach_managed(cloud, &id).await.map_err(Refusal::after_a_change)?;
    Ok(Effect::created(id))
}

/// A role that only Lambda may assume, and that may do nothing.
pub(crate) async fn create_role(cloud: &AwsCloud, name: &str, path: &str, tags: &Tags) -> Result<(), Refusal> {
    let document = serde_json::to_string(&trust::document())
        .map_err(|e| Refusal::Certain(CloudError::new(ErrorKind::Invalid, "CreateRole", e.to_string())))?;
    let request = (cloud.writes().iam.create_role())
        .role_name(name)
        .path(path)
        .description("made by egress")
        .assume_role_policy_document(document)
        .set_tags(Some(iam_tags(tags)?));
    cloud.call("CreateRole", Some(name)).change(request.send()).await.map(drop)
}

/// Takes the role's policies away and deletes it. What is gone already is passed over.
pub(super) async fn delete(cloud: &AwsCloud, op: &DeleteProbeRole<CloudId>) -> Result<Effect, Refusal> {
    let name = op.role.as_str();
    let (iam, reads) = (&cloud.writes().iam, &cloud.reads().iam);
    let attached = reads.list_attached_role_policies().role_name(name);
    let attached = pages!(cloud, "ListAttachedRolePolicies", attached).await.map_err(Refusal::before_any_change)?;
    let inline = roles::inline(cloud, &op.role).await.map_err(Refusal::before_any_change)?;
    let mut changed = false;
    for policy in &attached {
        let Some(arn) = policy.policy_arn() else {
            return Err(Refusal::before_any_change(unreadable("ListAttachedRolePolicies", "a policy has no ARN")));
        };
        let request = iam.detach_role_policy().role_name(name).policy_arn(arn);
        let sent = cloud.call("DetachRolePolicy", Some(name)).change(request.send()).await.map(drop);
        changed |= gone(sent, changed)?;
    }
    for policy in &inline {
        let request = iam.delete_role_policy().role_name(name).policy_name(policy);
        let sent = cloud.call("DeleteRolePolicy", Some(name)).change(request.send()).await.map(drop);
        changed |= gone(sent, changed)?;
    }
    let sent = cloud.call("DeleteRole", Some(name)).change(iam.delete_role().role_name(name).send()).await;
    sent.map(|_| Effect::default()).map_err(|refusal| after(refusal, changed))
}

/// Whether something was taken away; what was gone already is no failure.
fn gone(sent: Result<(), Refusal>, changed: bool) -> Result<bool, Refusal> {
    match sent {
        Ok(()) => Ok(true),
        Err(Refusal::Certain(error)) if error.kind == ErrorKind::NotFound => Ok(false),
        Err(refusal) => Err(after(refusal, changed)),
    }
}

fn after(refusal: Refusal, changed: bool) -> Refusal {
    if changed { refusal.after_a_change() } else { refusal }
}

pub(crate) fn iam_tags(tags: &Tags) -> Result<Vec<Tag>, Refusal> {
    let tag = |(name, value): (&String, &String)| Tag::builder().key(name).value(value).build();
    let built: Result<Vec<Tag>, _> = tags.iter().map(tag).collect();
    built.map_err(|e| Refusal::Certain(CloudError::new(ErrorKind::Invalid, "TagRole", e.to_string())))
}
