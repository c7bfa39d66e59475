//! IAM's shapes (API reference, version 2010-05-08).

use egress_core::{CloudId, Tags};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::{
    cloud::{ApiError, ManagedPolicy, Model, RoleFacts, iam_id},
    wire::{time::to_seconds, xml::Members},
};

/// A role, with what an action shows of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleShape {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: String,
    assume_role_policy_document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_session_duration: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Members<Tag>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_last_used: Option<LastUsed>,
}

/// When a role was used: never.
#[derive(Serialize)]
struct LastUsed {}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyShape {
    policy_name: String,
    policy_id: String,
    arn: String,
    path: String,
    default_version_id: String,
    attachment_count: usize,
    permissions_boundary_usage_count: usize,
    is_attachable: bool,
    create_date: String,
    update_date: String,
}

/// In localstack/localstack's answers recorded from AWS, `CreateRole` leaves the session's length and the last use out, and
/// `ListRoles` the tags and the last use.
impl RoleShape {
    /// As `CreateRole` shows it.
    pub(super) fn created(self) -> Self {
        Self { max_session_duration: None, role_last_used: None, ..self }
    }

    /// As `ListRoles` shows it.
    pub(super) fn listed(self) -> Self {
        Self { tags: None, role_last_used: None, ..self }
    }
}

/// A role as `GetRole` shows it.
pub(super) fn role(model: &Model, id: &CloudId) -> Result<RoleShape, ApiError> {
    let RoleFacts { path, role_id, created, description, max_session_duration, trust, .. } = model.facts_of_role(id)?;
    let of_role = &model.role(id)?.tags;
    Ok(RoleShape {
        path,
        role_name: id.to_string(),
        role_id,
        arn: model.role_arn(id),
        create_date: to_seconds(created),
        assume_role_policy_document: encoded(&trust),
        description,
        max_session_duration: Some(max_session_duration),
        tags: (!of_role.is_empty()).then(|| tags(of_role).collect()),
        role_last_used: Some(LastUsed {}),
    })
}

pub(super) fn policy(model: &Model, policy: &ManagedPolicy) -> PolicyShape {
    let arn = model.managed_policy_arn(policy.path, policy.name);
    let attachment_count = model.roles_with_policy(&arn).map_or(0, |roles| roles.len());
    PolicyShape {
        policy_name: policy.name.to_owned(),
        policy_id: iam_id("ANPA", 0, policy.name, ""),
        arn,
        path: policy.path.to_owned(),
        default_version_id: policy.version.to_owned(),
        attachment_count,
        permissions_boundary_usage_count: 0,
        is_attachable: true,
        create_date: policy.updated.to_owned(),
        update_date: policy.updated.to_owned(),
    }
}

pub(super) fn tags(tags: &Tags) -> impl Iterator<Item = Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() })
}

/// The later of two equal names counts.
pub(super) fn read_tags(tags: Vec<Tag>) -> Tags {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// A document, percent-encoded as RFC 3986 has it: so IAM hands documents out [doc].
pub(super) fn encoded(document: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(document, RESERVED).to_string()
}
