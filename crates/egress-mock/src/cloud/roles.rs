//! IAM roles, as far as functions need them.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Tags,
    world::{Grant, Role},
};

use super::{ApiError, Code, Model, Wait, quota::Quota, tags::check_strict_tags};

/// The arguments of `CreateRole`.
#[derive(Clone, Debug)]
pub(crate) struct CreateRole {
    pub(crate) role_name: String,
    /// Whether the trust policy names `lambda.amazonaws.com`.
    pub(crate) trusts_functions: bool,
    pub(crate) tags: Tags,
}

/// The managed policy that is attachable out of the box.
const MANAGED_ARN: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";

impl Model {
    /// `CreateRole`: functions can use it only after IAM has propagated it.
    pub(crate) fn create_role(&mut self, args: CreateRole) -> Result<CloudId, ApiError> {
        check_strict_tags(&args.tags, Code::InvalidInput)?;
        let id = CloudId::new(&args.role_name);
        if self.world.function.roles.contains_key(&id) {
            let message = format!("Role with name {} already exists.", args.role_name);
            return Err(ApiError::new(Code::EntityAlreadyExists, message));
        }
        let role =
            Role { id: id.clone(), trusts_functions: args.trusts_functions, grants: BTreeSet::new(), tags: args.tags };
        self.world.function.roles.insert(id.clone(), role);
        let from = self.after(Wait::RoleUsable, &args.role_name);
        self.hidden.role_usable_from.insert(id.clone(), from);
        Ok(id)
    }

    /// `DeleteRole`: refused while a policy is attached to it or stands in it, of which AWS speaks differently
    /// (hashicorp/boundary pull request 5646, ekristen/aws-nuke issue 203).
    pub(crate) fn delete_role(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let grants = &self.role(id)?.grants;
        if !grants.is_empty() {
            let managed = grants.iter().any(|grant| *grant != Grant::Inline);
            let verb = if managed { "detach all" } else { "delete" };
            let message = format!("Cannot delete entity, must {verb} policies first.");
            return Err(ApiError::new(Code::DeleteConflict, message));
        }
        self.world.function.roles.remove(id);
        self.hidden.role_usable_from.remove(id);
        Ok(())
    }

    /// `AttachRolePolicy`, or `PutRolePolicy` for an inline one: a second time is no mistake. It counts only after IAM has
    /// propagated it.
    pub(crate) fn grant(&mut self, id: &CloudId, grant: Grant) -> Result<(), ApiError> {
        let role = self.role(id)?;
        if role.grants.contains(&grant) {
            return Ok(());
        }
        if let Grant::Other(name) = &grant
            && !self.world.function.roles.values().any(|r| r.grants.contains(&grant))
        {
            let message = format!("Policy {} does not exist or is not attachable.", self.policy_arn(name));
            return Err(ApiError::new(Code::NoSuchEntity, message));
        }
        if grant != Grant::Inline {
            self.one_more(Quota::PoliciesPerRole, role.grants.iter().filter(|g| **g != Grant::Inline).count())?;
        }
        let subject = grant_subject(id, &grant);
        let from = self.after(Wait::GrantUsable, &subject);
        self.hidden.grant_usable_from.insert(subject, from);
        if let Some(role) = self.world.function.roles.get_mut(id) {
            role.grants.insert(grant);
        }
        Ok(())
    }

    /// `DetachRolePolicy`, or `DeleteRolePolicy` for an inline one. It counts at once.
    pub(crate) fn revoke(&mut self, id: &CloudId, grant: &Grant) -> Result<(), ApiError> {
        self.role(id)?;
        let removed = self.world.function.roles.get_mut(id).is_some_and(|r| r.grants.remove(grant));
        self.hidden.grant_usable_from.remove(&grant_subject(id, grant));
        if removed {
            return Ok(());
        }
        let message = match grant {
            Grant::Managed => format!("Policy {MANAGED_ARN} was not found."),
            Grant::Other(name) => format!("Policy {} was not found.", self.policy_arn(name)),
            Grant::Inline => "The role policy cannot be found.".to_owned(),
        };
        Err(ApiError::new(Code::NoSuchEntity, message))
    }

    /// The role.
    pub(crate) fn role(&self, id: &CloudId) -> Result<&Role, ApiError> {
        self.world.function.roles.get(id).ok_or_else(|| no_such_role(id))
    }

    /// Refuses a role that Lambda cannot assume: unknown, too young, or without trust.
    pub(crate) fn check_assumable(&self, id: Option<&CloudId>) -> Result<(), ApiError> {
        let usable = |r: &&Role| {
            r.trusts_functions && self.hidden.role_usable_from.get(&r.id).is_none_or(|from| *from <= self.hidden.now)
        };
        match id.and_then(|id| self.world.function.roles.get(id)).filter(usable) {
            Some(_) => Ok(()),
            None => Err(ApiError::new(
                Code::RoleCannotBeAssumed,
                "The role defined for the function cannot be assumed by Lambda.",
            )),
        }
    }

    /// Refuses a role whose permission to make interfaces is absent or does not count yet.
    pub(crate) fn check_network_access(&self, id: Option<&CloudId>) -> Result<(), ApiError> {
        let counts =
            |r: &&Role| r.grants.iter().any(|g| !self.hidden.grant_usable_from.contains_key(&grant_subject(&r.id, g)));
        match id.and_then(|id| self.world.function.roles.get(id)).filter(counts) {
            Some(_) => Ok(()),
            None => Err(ApiError::new(
                Code::RoleLacksPermission,
                "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
            )),
        }
    }

    fn policy_arn(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:policy/{name}", self.config.place.account)
    }
}

/// IAM's sentence about a role that is not there.
pub(crate) fn no_such_role(id: &CloudId) -> ApiError {
    ApiError::new(Code::NoSuchEntity, format!("The role with name {id} cannot be found."))
}

fn grant_subject(role: &CloudId, grant: &Grant) -> String {
    match grant {
        Grant::Managed => format!("{role}/managed"),
        Grant::Inline => format!("{role}/inline"),
        Grant::Other(name) => format!("{role}/other/{name}"),
    }
}
