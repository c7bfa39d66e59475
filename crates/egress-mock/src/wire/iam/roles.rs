//! Roles: made, read, tagged, deleted.

use egress_core::{CloudId, Kind, Tags};
use serde::{Deserialize, Serialize};

use super::{
    Nothing, page,
    shapes::{RoleShape, Tag, read_tags, role, tags},
};
use crate::{
    cloud::{ApiError, CreateRole},
    mock::State,
    wire::{
        page::Page,
        route::{Action, action},
        xml::Members,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateRole" Changes create_role, super::typed),
    action!("DeleteRole" Changes delete_role, super::typed),
    action!("GetRole" Reads get_role, super::typed),
    action!("ListInstanceProfilesForRole" Reads list_instance_profiles, super::typed),
    action!("ListRoles" Reads list_roles, super::typed),
    action!("ListRoleTags" Reads list_role_tags, super::typed),
    action!("TagRole" Changes tag_role, super::typed),
    action!("UntagRole" Changes untag_role, super::typed),
    action!("UpdateAssumeRolePolicy" Changes update_assume_role_policy, super::typed),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateRoleArgs {
    role_name: String,
    path: Option<String>,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RoleName {
    role_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListRolesArgs {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OfRole {
    role_name: String,
    marker: Option<String>,
    max_items: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagRoleArgs {
    role_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UntagRoleArgs {
    role_name: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdateAssumeRolePolicyArgs {
    role_name: String,
    policy_document: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OneRole {
    role: RoleShape,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoleList {
    roles: Members<RoleShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagList {
    tags: Members<Tag>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceProfiles {
    instance_profiles: Members<Nothing>,
    is_truncated: bool,
}

fn create_role(state: &mut State, args: CreateRoleArgs) -> Result<OneRole, ApiError> {
    let id = state.model.create_role(CreateRole {
        role_name: args.role_name,
        path: args.path.unwrap_or_else(|| "/".to_owned()),
        assume_role_policy_document: args.assume_role_policy_document,
        description: args.description,
        max_session_duration: args.max_session_duration,
        tags: read_tags(args.tags),
    })?;
    Ok(OneRole { role: role(&state.model, &id)?.created() })
}

fn delete_role(state: &mut State, args: RoleName) -> Result<Nothing, ApiError> {
    state.model.delete_role(&CloudId::new(args.role_name)).map(|()| Nothing {})
}

fn get_role(state: &mut State, args: RoleName) -> Result<OneRole, ApiError> {
    Ok(OneRole { role: role(&state.model, &CloudId::new(args.role_name))? })
}

fn list_roles(state: &mut State, args: ListRolesArgs) -> Result<RoleList, ApiError> {
    let model = &state.model;
    let prefix = args.path_prefix.unwrap_or_else(|| "/".to_owned());
    let fits = |id: &&CloudId| model.role_facts(id).is_some_and(|facts| facts.path.starts_with(&prefix));
    let all: Vec<&CloudId> = model.world.function.roles.keys().filter(fits).collect();
    let Page { items, next } = page(all, args.marker.as_deref(), args.max_items)?;
    let listed = |id: &CloudId| Ok(role(model, id)?.listed());
    let roles = items.into_iter().map(listed).collect::<Result<_, ApiError>>()?;
    Ok(RoleList { roles, is_truncated: next.is_some(), marker: next })
}

fn list_role_tags(state: &mut State, args: OfRole) -> Result<TagList, ApiError> {
    let all = tags(&state.model.role(&CloudId::new(args.role_name))?.tags).collect();
    let Page { items, next } = page(all, args.marker.as_deref(), args.max_items)?;
    Ok(TagList { tags: items.into_iter().collect(), is_truncated: next.is_some(), marker: next })
}

/// The emulator has no instance profiles; Terraform asks for them before it deletes a role.
fn list_instance_profiles(state: &mut State, args: OfRole) -> Result<InstanceProfiles, ApiError> {
    state.model.role(&CloudId::new(args.role_name))?;
    Ok(InstanceProfiles { instance_profiles: Members::default(), is_truncated: false })
}

fn tag_role(state: &mut State, args: TagRoleArgs) -> Result<Nothing, ApiError> {
    set_tags(state, args.role_name, &read_tags(args.tags), &[])
}

fn untag_role(state: &mut State, args: UntagRoleArgs) -> Result<Nothing, ApiError> {
    set_tags(state, args.role_name, &Tags::new(), &args.tag_keys)
}

fn set_tags(state: &mut State, role: String, set: &Tags, remove: &[String]) -> Result<Nothing, ApiError> {
    state.model.set_tags(Kind::Role, &CloudId::new(role), set, remove).map(|()| Nothing {})
}

fn update_assume_role_policy(state: &mut State, args: UpdateAssumeRolePolicyArgs) -> Result<Nothing, ApiError> {
    let id = CloudId::new(args.role_name);
    state.model.update_assume_role_policy(&id, &args.policy_document).map(|()| Nothing {})
}
