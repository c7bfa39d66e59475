//! Security groups.

use egress_core::{
    CloudId, Tags,
    world::{Direction, Peer, Rule, SecurityGroup},
};

use super::{ApiError, Bug, Code, Model, NewRule, error::invalid, quota::Quota, tags::check_ec2_tags};

/// The name of the group that comes with every network and goes with it.
pub(crate) const DEFAULT_GROUP: &str = "default";

/// The arguments of `CreateSecurityGroup`, which knows no client token.
#[derive(Clone, Debug)]
pub(crate) struct CreateSecurityGroup {
    pub(crate) vpc_id: CloudId,
    pub(crate) group_name: String,
    pub(crate) description: String,
    pub(crate) tags: Tags,
}

impl Model {
    /// `CreateSecurityGroup`: a new group lets everything out and nothing in.
    pub(crate) fn create_security_group(&mut self, args: CreateSecurityGroup) -> Result<CloudId, ApiError> {
        check_ec2_tags(&args.tags)?;
        if args.group_name == DEFAULT_GROUP {
            return Err(invalid("Cannot use reserved security group name: default"));
        }
        if args.group_name.starts_with("sg-") {
            // Recorded word for word in many deployments' logs.
            return Err(invalid(format!(
                "Value ({}) for parameter GroupName is invalid. Group names may not be in the format sg-*",
                args.group_name
            )));
        }
        check_group_text("GroupName", "name", &args.group_name)?;
        check_group_text("GroupDescription", "description", &args.description)?;
        self.vpc(&args.vpc_id)?;
        let groups = &self.world.network.groups;
        if groups.values().any(|g| g.network == args.vpc_id && g.name == args.group_name) {
            let message = format!("The security group '{}' already exists for VPC '{}'", args.group_name, args.vpc_id);
            return Err(ApiError::new(Code::GroupDuplicate, message));
        }
        self.one_more(Quota::Groups, groups.len())?;
        let id = self.new_id("sg", &args.group_name);
        let group = SecurityGroup {
            id: id.clone(),
            network: args.vpc_id,
            name: args.group_name.clone(),
            ingress: Vec::new(),
            egress: vec![Rule::all_v4()],
            tags: args.tags,
        };
        self.world.network.groups.insert(id.clone(), group);
        self.hidden.facts.group_descriptions.insert(id.clone(), args.description);
        self.hide(&id, &args.group_name);
        Ok(id)
    }

    /// `AuthorizeSecurityGroupEgress` with one rule.
    pub(crate) fn authorize_egress(&mut self, id: &CloudId, rule: Rule) -> Result<(), ApiError> {
        let new = NewRule { rule, description: None };
        self.authorize(id, Direction::Egress, vec![new], &Tags::new()).map(drop)
    }

    /// `DeleteSecurityGroup`: refused for a default one, and while an interface has it or another group refers to it.
    pub(crate) fn delete_security_group(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let group = self.group(id)?;
        if group.name == DEFAULT_GROUP {
            let message = format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
            return Err(ApiError::new(Code::CannotDelete, message));
        }
        let part = &self.world.network;
        let on_an_interface =
            part.interfaces.values().any(|i| i.groups.contains(id)) && !self.has(Bug::GroupInUseDeleted);
        let refers = |rule: &Rule| matches!(&rule.peer, Peer::Group(peer) if peer == id);
        let others = part.groups.values().filter(|g| &g.id != id);
        if on_an_interface || others.flat_map(|g| g.ingress.iter().chain(&g.egress)).any(refers) {
            return Err(ApiError::new(Code::DependencyViolation, format!("resource {id} has a dependent object")));
        }
        self.world.network.groups.remove(id);
        self.hidden.facts.group_descriptions.remove(id);
        self.settle_lists();
        Ok(())
    }

    /// The group, if calls see it.
    pub(crate) fn group(&self, id: &CloudId) -> Result<&SecurityGroup, ApiError> {
        let found = self.world.network.groups.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| no_such_group(id))
    }
}

/// EC2's sentence about a group that is not there; `CreateTags` says the same (boto/boto3 issue 620).
pub(crate) fn no_such_group(id: &CloudId) -> ApiError {
    ApiError::new(Code::GroupNotFound, format!("The security group '{id}' does not exist"))
}

/// A name or a description of a group may have at most 255 characters \[doc\], of ASCII alone. Sources of the sentences:
/// hashicorp/terraform-provider-aws pull request 43854, cds-snc/notification-terraform pull request 561.
fn check_group_text(parameter: &str, noun: &str, text: &str) -> Result<(), ApiError> {
    if !text.is_ascii() {
        return Err(invalid(format!(
            "Value ({text}) for parameter {parameter} is invalid. Character sets beyond ASCII are not supported."
        )));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.is_empty() || text.len() > 255 || !text.chars().all(allowed) {
        return Err(invalid(format!(
            "Invalid security group {noun}. Valid {noun}s are strings less than 256 characters from the following set:  \
             a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
        )));
    }
    Ok(())
}
