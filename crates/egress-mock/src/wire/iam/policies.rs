//! Policies: in roles, attached to roles, and AWS's own.

use egress_core::CloudId;
use serde::{Deserialize, Serialize};

use super::{
    Nothing, page,
    shapes::{PolicyShape, encoded, policy},
};
use crate::{
    cloud::{ApiError, Decision, MANAGED, ManagedPolicy, last_part},
    mock::State,
    wire::{
        page::Page,
        route::{Action, action},
        xml::Members,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("AttachRolePolicy" Changes attach_role_policy, super::typed),
    action!("DeleteRolePolicy" Changes delete_role_policy, super::typed),
    action!("DetachRolePolicy" Changes detach_role_policy, super::typed),
    action!("GetPolicy" Reads get_policy, super::typed),
    action!("GetPolicyVersion" Reads get_policy_version, super::typed),
    action!("GetRolePolicy" Reads get_role_policy, super::typed),
    action!("ListAttachedRolePolicies" Reads list_attached_role_policies, super::typed),
    action!("ListEntitiesForPolicy" Reads list_entities_for_policy, super::typed),
    action!("ListPolicies" Reads list_policies, super::typed),
    action!("ListRolePolicies" Reads list_role_policies, super::typed),
    action!("PutRolePolicy" Changes put_role_policy, super::typed),
    action!("SimulatePrincipalPolicy" Reads simulate_principal_policy, super::typed),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RoleAndArn {
    role_name: String,
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RoleAndName {
    role_name: String,
    policy_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutRolePolicyArgs {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListOfRoleArgs {
    role_name: String,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PolicyArn {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PolicyVersionArgs {
    policy_arn: String,
    version_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListEntitiesArgs {
    policy_arn: String,
    entity_filter: Option<String>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListPoliciesArgs {
    scope: Option<String>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SimulateArgs {
    policy_source_arn: String,
    action_names: Vec<String>,
    #[serde(default)]
    resource_arns: Vec<String>,
    marker: Option<String>,
    max_items: Option<u16>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RolePolicy {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPolicies {
    attached_policies: Members<AttachedPolicy>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPolicy {
    policy_name: String,
    policy_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyNames {
    policy_names: Members<String>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OnePolicy {
    policy: PolicyShape,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OneVersion {
    policy_version: PolicyVersion,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyVersion {
    document: String,
    version_id: String,
    is_default_version: bool,
    create_date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyList {
    policies: Members<PolicyShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entities {
    policy_groups: Members<Nothing>,
    policy_users: Members<Nothing>,
    policy_roles: Members<PolicyRole>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyRole {
    role_name: String,
    role_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Evaluations {
    evaluation_results: Members<Evaluation>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Evaluation {
    eval_action_name: String,
    eval_resource_name: String,
    eval_decision: &'static str,
    matched_statements: Members<Matched>,
    missing_context_values: Members<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Matched {
    source_policy_id: String,
    source_policy_type: &'static str,
}

fn attach_role_policy(state: &mut State, args: RoleAndArn) -> Result<Nothing, ApiError> {
    state.model.attach_role_policy(&CloudId::new(args.role_name), &args.policy_arn).map(|()| Nothing {})
}

fn detach_role_policy(state: &mut State, args: RoleAndArn) -> Result<Nothing, ApiError> {
    state.model.detach_role_policy(&CloudId::new(args.role_name), &args.policy_arn).map(|()| Nothing {})
}

fn put_role_policy(state: &mut State, args: PutRolePolicyArgs) -> Result<Nothing, ApiError> {
    let id = CloudId::new(args.role_name);
    state.model.put_role_policy(&id, &args.policy_name, &args.policy_document).map(|()| Nothing {})
}

fn delete_role_policy(state: &mut State, args: RoleAndName) -> Result<Nothing, ApiError> {
    state.model.delete_role_policy(&CloudId::new(args.role_name), &args.policy_name).map(|()| Nothing {})
}

fn get_role_policy(state: &mut State, args: RoleAndName) -> Result<RolePolicy, ApiError> {
    let document = state.model.role_policy(&CloudId::new(&args.role_name), &args.policy_name)?;
    Ok(RolePolicy { role_name: args.role_name, policy_name: args.policy_name, policy_document: encoded(&document) })
}

fn list_attached_role_policies(state: &mut State, args: ListOfRoleArgs) -> Result<AttachedPolicies, ApiError> {
    let attached = state.model.facts_of_role(&CloudId::new(args.role_name))?.attached;
    let prefix = args.path_prefix.unwrap_or_else(|| "/".to_owned());
    let all = attached.into_iter().filter(|arn| path_of(arn).starts_with(&prefix)).collect();
    let Page { items, next } = page(all, args.marker.as_deref(), args.max_items)?;
    let attached_policies = items
        .into_iter()
        .map(|arn: String| AttachedPolicy { policy_name: last_part(&arn).to_owned(), policy_arn: arn })
        .collect();
    Ok(AttachedPolicies { attached_policies, is_truncated: next.is_some(), marker: next })
}

/// The path in a policy's ARN, with both slashes.
fn path_of(arn: &str) -> &str {
    let (Some(from), Some(to)) = (arn.find('/'), arn.rfind('/')) else { return "/" };
    &arn[from..=to]
}

fn list_role_policies(state: &mut State, args: ListOfRoleArgs) -> Result<PolicyNames, ApiError> {
    let inline = state.model.facts_of_role(&CloudId::new(args.role_name))?.inline;
    let Page { items, next } = page(inline.into_keys().collect(), args.marker.as_deref(), args.max_items)?;
    Ok(PolicyNames { policy_names: items.into_iter().collect(), is_truncated: next.is_some(), marker: next })
}

fn get_policy(state: &mut State, args: PolicyArn) -> Result<OnePolicy, ApiError> {
    Ok(OnePolicy { policy: policy(&state.model, state.model.policy(&args.policy_arn)?) })
}

fn get_policy_version(state: &mut State, args: PolicyVersionArgs) -> Result<OneVersion, ApiError> {
    let policy = state.model.policy_version(&args.policy_arn, &args.version_id)?;
    Ok(OneVersion {
        policy_version: PolicyVersion {
            document: encoded(&policy.document()),
            version_id: policy.version.to_owned(),
            is_default_version: true,
            create_date: policy.updated.to_owned(),
        },
    })
}

fn list_policies(state: &mut State, args: ListPoliciesArgs) -> Result<PolicyList, ApiError> {
    let model = &state.model;
    let prefix = args.path_prefix.unwrap_or_else(|| "/".to_owned());
    let is_attached = |policy: &ManagedPolicy| {
        let arn = model.managed_policy_arn(policy.path, policy.name);
        model.roles_with_policy(&arn).is_ok_and(|roles| !roles.is_empty())
    };
    // The account has no policies of its own, and no boundaries.
    let none =
        args.scope.as_deref() == Some("Local") || args.policy_usage_filter.as_deref() == Some("PermissionsBoundary");
    let fits = |policy: &&ManagedPolicy| {
        !none && policy.path.starts_with(&prefix) && (args.only_attached != Some(true) || is_attached(policy))
    };
    let all: Vec<&ManagedPolicy> = MANAGED.iter().filter(fits).collect();
    let Page { items, next } = page(all, args.marker.as_deref(), args.max_items)?;
    let policies = items.into_iter().map(|one| policy(model, one)).collect();
    Ok(PolicyList { policies, is_truncated: next.is_some(), marker: next })
}

fn list_entities_for_policy(state: &mut State, args: ListEntitiesArgs) -> Result<Entities, ApiError> {
    let model = &state.model;
    let prefix = args.path_prefix.unwrap_or_else(|| "/".to_owned());
    let wants_roles = args.entity_filter.as_deref().is_none_or(|kind| kind == "Role")
        && args.policy_usage_filter.as_deref() != Some("PermissionsBoundary");
    let roles = model.roles_with_policy(&args.policy_arn)?.into_iter().filter_map(|id| {
        let facts = model.role_facts(&id).filter(|facts| wants_roles && facts.path.starts_with(&prefix))?;
        Some(PolicyRole { role_name: id.to_string(), role_id: facts.role_id })
    });
    let Page { items, next } = page(roles.collect(), args.marker.as_deref(), args.max_items)?;
    Ok(Entities {
        policy_groups: Members::default(),
        policy_users: Members::default(),
        policy_roles: items.into_iter().collect(),
        is_truncated: next.is_some(),
        marker: next,
    })
}

/// One result for each action and resource, in their order. The caller of the emulator may do everything.
fn simulate_principal_policy(state: &mut State, args: SimulateArgs) -> Result<Evaluations, ApiError> {
    let SimulateArgs { policy_source_arn, action_names, resource_arns, marker, max_items } = args;
    let resources = if resource_arns.is_empty() { vec!["*".to_owned()] } else { resource_arns };
    let mut all = Vec::new();
    for action in &action_names {
        for resource in &resources {
            let (decision, policies) = state.model.simulate_principal(&policy_source_arn, action, resource)?;
            all.push((action.clone(), resource.clone(), decision, policies));
        }
    }
    let Page { items, next } = page(all, marker.as_deref(), max_items)?;
    Ok(Evaluations {
        evaluation_results: items.into_iter().map(evaluation).collect(),
        is_truncated: next.is_some(),
        marker: next,
    })
}

fn evaluation((action, resource, decision, policies): (String, String, Decision, Vec<String>)) -> Evaluation {
    let matched = policies.into_iter().map(|name| Matched { source_policy_id: name, source_policy_type: "IAM Policy" });
    Evaluation {
        eval_action_name: action,
        eval_resource_name: resource,
        eval_decision: decision.as_str(),
        matched_statements: matched.collect(),
        missing_context_values: Members::default(),
    }
}
