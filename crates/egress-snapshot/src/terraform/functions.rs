//! Functions and their roles.

use std::collections::BTreeSet;

use egress_core::{
    CloudId,
    world::{Attachment, Function, FunctionState, Grant, Role, UpdateState},
};
use serde_json::{Map, Value};

use super::{Resource, Site, filters::GROUPS, network::SUBNETS, refer::Meaning, tags};
use crate::text::{Flaw, Read, must, role_name};

const ROLES: &[&str] = &["aws_iam_role"];

/// The policies that let a function make interfaces (source: Lambda guide, "Execution role permissions").
const NETWORK_POLICIES: [&str; 2] =
    ["service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AWSLambdaENIManagementAccess"];

pub(super) fn functions(site: &mut Site<'_>) {
    let functions = site.read(&["aws_lambda_function"], |site, r| {
        let attachment = r.blocks("vpc_config").next().map(|block| attachment(site, r, block)).transpose()?.flatten();
        let first = attachment.as_ref().and_then(|attachment| attachment.subnets.first());
        let network = first.and_then(|id| site.world.network.subnets.get(id)).map(|subnet| subnet.network.clone());
        Ok(Function {
            id: CloudId::new(must("function_name", r.text("function_name"))?),
            role: role(site, r),
            state: FunctionState::Active,
            update: UpdateState::Done,
            attachment,
            network,
            file_systems: r
                .blocks("file_system_config")
                .filter_map(|b| super::refer::text(b, "arn"))
                .map(ToOwned::to_owned)
                .collect(),
            revision: String::new(),
            versions: Vec::new(),
            aliases: Vec::new(),
            timeout: r.number("timeout").and_then(|n| u32::try_from(n).ok()),
            concurrency: r.number("reserved_concurrent_executions").and_then(|n| u32::try_from(n).ok()),
            managed_by: Some("Terraform".to_owned()),
            tags: tags(r),
        })
    });
    site.world.function.functions = functions.into_iter().map(|function| (function.id.clone(), function)).collect();
    roles(site);
}

/// Where a function runs; `None` for a block that is empty, as Terraform writes it for none.
fn attachment(site: &Site<'_>, r: &Resource, block: &Map<String, Value>) -> Read<Option<Attachment<CloudId>>> {
    let these = |name, kinds| match site.document.meaning_in(r, block, &["vpc_config", name], kinds) {
        Meaning::These(ids) => Ok(ids.into_iter().collect::<BTreeSet<_>>()),
        Meaning::Nothing => Ok(BTreeSet::new()),
        Meaning::Unknown => Err(Flaw::new(format!("what its {name} are cannot be told"))),
    };
    let subnets = these("subnet_ids", SUBNETS)?;
    if subnets.is_empty() {
        return Ok(None);
    }
    let ipv6 = block.get("ipv6_allowed_for_dual_stack").and_then(Value::as_bool).unwrap_or_default();
    Ok(Some(Attachment { subnets, groups: these("security_group_ids", GROUPS)?, ipv6 }))
}

/// The role's name: by its ARN, else that of the resource that is meant.
fn role(site: &Site<'_>, r: &Resource) -> Option<CloudId> {
    if let Some(arn) = r.text("role") {
        return role_name(arn).ok();
    }
    let id = site.document.meaning(r, "role", ROLES).one()?;
    site.every(ROLES).find(|role| role.id() == id).map(name_of)
}

fn name_of(role: &Resource) -> CloudId {
    CloudId::new(role.text("name").unwrap_or(&role.address))
}

/// The roles that the document makes. What lets a role make interfaces is told by the policies that are attached here; one with
/// policies that are not read is left out, so that nothing is said of it.
fn roles(site: &mut Site<'_>) {
    let attached = site.read(&["aws_iam_role_policy_attachment"], |site, r| {
        let policy = r.text("policy_arn").unwrap_or_default().to_owned();
        Ok((role_of(site, r)?, policy))
    });
    let inline =
        site.read(&["aws_iam_role_policy"], |site, r| Ok((role_of(site, r)?, r.text("policy").map(ToOwned::to_owned))));
    let roles: Vec<Role> = site
        .every(ROLES)
        .filter_map(|r| {
            let id = name_of(r);
            let managed = attached.iter().filter(|(role, _)| role == &id).map(|(_, policy)| policy.as_str());
            let listed = r.values.get("managed_policy_arns").and_then(Value::as_array).into_iter().flatten();
            let managed: Vec<&str> = managed.chain(listed.filter_map(Value::as_str)).collect();
            let own = r.blocks("inline_policy").map(|block| super::refer::text(block, "policy"));
            let own = own.chain(inline.iter().filter(|(role, _)| role == &id).map(|(_, text)| text.as_deref()));
            let own: Vec<Option<&str>> = own.collect();
            let mut grants = BTreeSet::new();
            if managed.iter().any(|arn| NETWORK_POLICIES.iter().any(|name| arn.ends_with(name))) {
                grants.insert(Grant::Managed);
            }
            if own.iter().flatten().any(|text| text.contains("ec2:CreateNetworkInterface")) {
                grants.insert(Grant::Other("an inline policy".to_owned()));
            }
            let others = managed.iter().any(|arn| arn.is_empty() || !arn.contains(":aws:policy/"));
            if grants.is_empty() && (others || own.iter().any(Option::is_none)) {
                return None;
            }
            let trust = r.text("assume_role_policy").unwrap_or("lambda.amazonaws.com");
            Some(Role { id, trusts_functions: trust.contains("lambda.amazonaws.com"), grants, tags: tags(r) })
        })
        .collect();
    site.world.function.roles = roles.into_iter().map(|role| (role.id.clone(), role)).collect();
}

/// The name of the role that a policy is for.
fn role_of(site: &Site<'_>, r: &Resource) -> Read<CloudId> {
    if let Some(name) = r.text("role") {
        return Ok(CloudId::new(name));
    }
    let id = site.must(r, "role", ROLES)?;
    site.every(ROLES).find(|role| role.id() == id).map(name_of).ok_or_else(|| Flaw::new("whose it is cannot be told"))
}
