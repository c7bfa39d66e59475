//! Roles: whom they trust, and what lets them make interfaces.

use std::collections::BTreeSet;

use aws_sdk_iam::types::{EntityType, PolicyEvaluationDecisionType, Tag};
use egress_core::{
    CloudError, CloudId, ErrorKind, Scope, Tags,
    world::{Grant, Role},
};
use futures::try_join;

use super::{grants::INLINE_POLICY, trust};
use crate::{
    AwsCloud,
    policy::VPC_ACCESS_LEAST,
    wire::{Read, must, pages, unreadable, unreadable_in},
};

/// Where the roles of egress's own live. A stack's have its name as the next part of the path.
pub(crate) const PATH: &str = "/egress/";

/// The path of a stack's own roles.
pub(crate) fn path_of(stack: &str) -> String {
    format!("{PATH}{stack}/")
}

/// The names of the roles that have the managed policy, in one paged read for all of them.
pub(super) async fn with_managed_policy(cloud: &AwsCloud) -> Result<BTreeSet<String>, CloudError> {
    let request = (cloud.reads().iam.list_entities_for_policy())
        .policy_arn(cloud.partition().vpc_access_policy_arn())
        .entity_filter(EntityType::Role);
    let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>();
    let pages = cloud.call("ListEntitiesForPolicy", None::<&str>).read(pages).await?;
    let roles = pages.iter().flat_map(|page| page.policy_roles());
    Ok(roles.filter_map(|role| role.role_name().map(str::to_owned)).collect())
}

/// The names of egress's own roles: the stack's, or all.
pub(super) async fn own(cloud: &AwsCloud, scope: &Scope) -> Result<BTreeSet<CloudId>, CloudError> {
    let path = match scope {
        Scope::Everything => PATH.to_owned(),
        Scope::Stack { stack, .. } | Scope::Lease { stack } => path_of(stack.as_str()),
    };
    let roles = pages!(cloud, "ListRoles", cloud.reads().iam.list_roles().path_prefix(path)).await?;
    Ok(roles.iter().map(|role| CloudId::new(role.role_name())).collect())
}

/// A role; `None` where it does not exist. One of egress's own that has the managed policy has nothing else, so nothing else
/// is asked.
pub(super) async fn role(
    cloud: &AwsCloud,
    name: CloudId,
    managed: &BTreeSet<String>,
    own: &BTreeSet<CloudId>,
) -> Result<Option<Role>, CloudError> {
    let has_managed = managed.contains(name.as_str());
    let is_known = has_managed && own.contains(&name);
    let inline = async { if is_known { Ok(Vec::new()) } else { inline(cloud, &name).await } };
    let (found, inline) = match try_join!(get(cloud, &name), inline) {
        Ok(answers) => answers,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut grants = BTreeSet::new();
    if has_managed {
        grants.insert(Grant::Managed);
    }
    if inline.iter().any(|policy| policy == INLINE_POLICY) {
        grants.insert(Grant::Inline);
    }
    // One of egress's own has what egress gave it, and nothing else.
    if grants.is_empty() && !found.path.starts_with(PATH) {
        grants.extend(other(cloud, &found.arn).await?);
    }
    let trusts_functions = match &found.trust {
        Some(document) => trust::trusts_lambda(document).map_err(|why| unreadable("GetRole", why))?,
        None => false,
    };
    Ok(Some(Role { id: name, trusts_functions, grants, tags: found.tags }))
}

/// What `GetRole` says.
pub(crate) struct Found {
    pub(crate) arn: String,
    pub(crate) path: String,
    pub(crate) tags: Tags,
    trust: Option<String>,
}

/// A role by its name.
pub(crate) async fn get(cloud: &AwsCloud, name: &CloudId) -> Result<Found, CloudError> {
    let call = cloud.call("GetRole", Some(name));
    let answer = call.read(cloud.reads().iam.get_role().role_name(name.as_str()).send()).await?;
    let role = answer.role().ok_or_else(|| unreadable("GetRole", "it has no role"))?;
    let read = || -> Read<Found> {
        Ok(Found {
            arn: must("Arn", Some(role.arn()))?.to_owned(),
            path: role.path().to_owned(),
            tags: tags(role.tags()),
            trust: role.assume_role_policy_document().map(str::to_owned),
        })
    };
    read().map_err(unreadable_in("GetRole"))
}

pub(crate) fn tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// The names of the policies that stand in a role itself.
pub(crate) async fn inline(cloud: &AwsCloud, name: &CloudId) -> Result<Vec<String>, CloudError> {
    pages!(cloud, "ListRolePolicies", cloud.reads().iam.list_role_policies().role_name(name.as_str())).await
}

/// The policy, other than egress's own ways, that lets a role make interfaces. AWS itself is asked what the role may do.
///
/// Where it does not say, because the caller may not ask or the endpoint cannot tell, nothing is taken for granted, and this
/// client does not ask again. What passes by itself is an error like any other.
async fn other(cloud: &AwsCloud, arn: &str) -> Result<Option<Grant>, CloudError> {
    if cloud.cannot_simulate() {
        return Ok(None);
    }
    let request = (cloud.reads().iam.simulate_principal_policy())
        .policy_source_arn(arn)
        .set_action_names(Some(VPC_ACCESS_LEAST.map(str::to_owned).into()));
    let results = match pages!(cloud, "SimulatePrincipalPolicy", request).await {
        Ok(results) => results,
        Err(error) if matches!(error.kind, ErrorKind::Throttled | ErrorKind::Transport) => return Err(error),
        Err(error) => {
            // A role that is too young to be found may be simulated later.
            if error.kind != ErrorKind::NotFound {
                cloud.give_up_simulating();
            }
            return Ok(None);
        }
    };
    let allowed = |action: &&str| {
        results.iter().any(|result| {
            result.eval_action_name().eq_ignore_ascii_case(action)
                && *result.eval_decision() == PolicyEvaluationDecisionType::Allowed
        })
    };
    if !VPC_ACCESS_LEAST.iter().all(allowed) {
        return Ok(None);
    }
    let matched = results.iter().flat_map(|result| result.matched_statements());
    let name = matched.filter_map(|statement| statement.source_policy_id()).min();
    Ok(Some(Grant::Other(name.unwrap_or("another policy").to_owned())))
}
