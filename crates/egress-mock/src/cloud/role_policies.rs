//! Policies of roles: attached to them, in them, and what they allow.

use egress_core::{CloudId, world::Grant};

use super::{
    ApiError, Code, Model,
    arns::last_part,
    managed::ManagedPolicy,
    policy::{Decision, INTERFACE_POLICY, Statement, decide, read_policy},
    quota::Quota,
    role_facts::OUR_INLINE_POLICY,
    roles::{CALLER, check_name, no_such_role, weight},
};

/// The longest name of a policy in a role [doc].
const LONGEST_POLICY_NAME: usize = 128;
/// The most bytes of all policies in a role, white space left out [doc].
const MOST_INLINE_BYTES: usize = 10_240;
impl Model {
    /// `AttachRolePolicy`: a second time is no mistake.
    ///
    /// Source of the sentences: localstack/localstack's answers recorded from AWS, `tests/aws/services/iam`.
    pub(crate) fn attach_role_policy(&mut self, id: &CloudId, arn: &str) -> Result<(), ApiError> {
        let facts = self.facts_of_role(id)?;
        if !is_arn(arn) {
            return Err(ApiError::new(Code::IamValidation, "Invalid ARN:  Could not be parsed!"));
        }
        if facts.attached.contains(arn) {
            return Ok(());
        }
        if !self.knows_policy(arn) {
            let message = format!("Policy {arn} does not exist or is not attachable.");
            return Err(ApiError::new(Code::NoSuchEntity, message));
        }
        self.one_more(Quota::PoliciesPerRole, facts.attached.len())?;
        self.change_role(id, |facts| {
            facts.attached.insert(arn.to_owned());
        });
        Ok(())
    }

    /// `DetachRolePolicy`.
    pub(crate) fn detach_role_policy(&mut self, id: &CloudId, arn: &str) -> Result<(), ApiError> {
        if !self.facts_of_role(id)?.attached.contains(arn) {
            return Err(no_such_policy(arn));
        }
        self.change_role(id, |facts| {
            facts.attached.remove(arn);
        });
        Ok(())
    }

    /// `PutRolePolicy`: an earlier one of that name gives way.
    pub(crate) fn put_role_policy(&mut self, id: &CloudId, name: &str, document: &str) -> Result<(), ApiError> {
        let facts = self.facts_of_role(id)?;
        check_name("policyName", name, LONGEST_POLICY_NAME)?;
        read_policy(document)?;
        let others = facts.inline.iter().filter(|(other, _)| *other != name).map(|(_, document)| weight(document));
        if others.sum::<usize>() + weight(document) > MOST_INLINE_BYTES {
            // awslabs/aws-deployment-framework issue 474; the status stands in gchq/sleeper issue 1459.
            let message = format!("Maximum policy size of {MOST_INLINE_BYTES} bytes exceeded for role {id}");
            return Err(ApiError::new(Code::PoliciesPerRole, message));
        }
        self.change_role(id, |facts| {
            facts.inline.insert(name.to_owned(), document.to_owned());
        });
        Ok(())
    }

    /// `DeleteRolePolicy`.
    pub(crate) fn delete_role_policy(&mut self, id: &CloudId, name: &str) -> Result<(), ApiError> {
        self.role_policy(id, name)?;
        self.change_role(id, |facts| {
            facts.inline.remove(name);
        });
        Ok(())
    }

    /// `GetRolePolicy`: the document.
    pub(crate) fn role_policy(&self, id: &CloudId, name: &str) -> Result<String, ApiError> {
        self.facts_of_role(id)?.inline.remove(name).ok_or_else(|| {
            ApiError::new(Code::NoSuchEntity, format!("The role policy with name {name} cannot be found."))
        })
    }

    /// `ListEntitiesForPolicy`: the roles that a policy is attached to.
    pub(crate) fn roles_with_policy(&self, arn: &str) -> Result<Vec<CloudId>, ApiError> {
        if !self.knows_policy(arn) {
            return Err(no_such_policy(arn));
        }
        let roles = self.world.function.roles.keys();
        Ok(roles.filter(|id| self.role_facts(id).is_some_and(|f| f.attached.contains(arn))).cloned().collect())
    }

    /// `GetPolicy`: one of AWS's own.
    pub(crate) fn policy(&self, arn: &str) -> Result<&'static ManagedPolicy, ApiError> {
        self.managed_policy(arn).ok_or_else(|| no_such_policy(arn))
    }

    /// `GetPolicyVersion`: of AWS's own policies, the version that counts is the only one here.
    pub(crate) fn policy_version(&self, arn: &str, version: &str) -> Result<&'static ManagedPolicy, ApiError> {
        let policy = self.policy(arn)?;
        if policy.version == version {
            return Ok(policy);
        }
        let message = format!("Policy {arn} version {version} does not exist or is not attachable.");
        Err(ApiError::new(Code::NoSuchEntity, message))
    }

    /// `SimulatePrincipalPolicy` for the role with this ARN, or for the user that calls, who may do everything.
    pub(crate) fn simulate_principal(
        &self,
        arn: &str,
        action: &str,
        resource: &str,
    ) -> Result<(Decision, Vec<String>), ApiError> {
        if arn == self.iam_arn(CALLER) {
            return Ok((Decision::Allowed, Vec::new()));
        }
        let id = CloudId::new(last_part(arn));
        match self.world.function.roles.contains_key(&id) && self.role_arn(&id) == arn {
            true => self.simulate(&id, action, resource),
            false => Err(no_such_role(&id)),
        }
    }

    /// `SimulatePrincipalPolicy` for one action on one resource: the decision, and the policies that have a say in it.
    pub(crate) fn simulate(
        &self,
        id: &CloudId,
        action: &str,
        resource: &str,
    ) -> Result<(Decision, Vec<String>), ApiError> {
        let policies = self.role_policies(&self.facts_of_role(id)?);
        let all: Vec<&Statement> = policies.iter().flat_map(|policy| &policy.statements).collect();
        let decision = decide(all, action, resource);
        let says = |statements: &[Statement]| decide(statements, action, resource) == decision;
        let matched = match decision {
            Decision::ImplicitDeny => Vec::new(),
            _ => policies.into_iter().filter(|p| says(&p.statements)).map(|p| p.name).collect(),
        };
        Ok((decision, matched))
    }

    /// `AttachRolePolicy`, or `PutRolePolicy` for the one that is egress's own, in the World's words.
    pub(crate) fn grant(&mut self, id: &CloudId, grant: &Grant) -> Result<(), ApiError> {
        match grant {
            // The same document again would put back what somebody has changed in it.
            Grant::Inline if self.role(id)?.grants.contains(grant) => Ok(()),
            Grant::Inline => self.put_role_policy(id, OUR_INLINE_POLICY, INTERFACE_POLICY),
            Grant::Managed | Grant::Other(_) => self.attach_role_policy(id, &self.grant_arn(grant)),
        }
    }

    /// `DetachRolePolicy`, or `DeleteRolePolicy` for what stands in the role itself, in the World's words.
    pub(crate) fn revoke(&mut self, id: &CloudId, grant: &Grant) -> Result<(), ApiError> {
        let facts = self.facts_of_role(id)?;
        match grant {
            Grant::Inline => self.delete_role_policy(id, OUR_INLINE_POLICY),
            Grant::Other(name) if facts.inline.contains_key(name) => self.delete_role_policy(id, name),
            Grant::Managed | Grant::Other(_) => self.detach_role_policy(id, &self.grant_arn(grant)),
        }
    }

    /// Takes every policy from a role.
    pub(crate) fn strip_role(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let facts = self.facts_of_role(id)?;
        for arn in &facts.attached {
            self.detach_role_policy(id, arn)?;
        }
        for name in facts.inline.keys() {
            self.delete_role_policy(id, name)?;
        }
        Ok(())
    }

    /// Whether there is such a policy: one of AWS's own, or one of the account's that some role has.
    fn knows_policy(&self, arn: &str) -> bool {
        let has = |id: &CloudId| self.role_facts(id).is_some_and(|facts| facts.attached.contains(arn));
        self.managed_policy(arn).is_some() || self.world.function.roles.keys().any(has)
    }
}

/// IAM's sentence about a policy that is not there (localstack/localstack's answers recorded from AWS).
fn no_such_policy(arn: &str) -> ApiError {
    ApiError::new(Code::NoSuchEntity, format!("Policy {arn} was not found."))
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}
