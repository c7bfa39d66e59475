//! Launch templates, as far as a lock needs them: a name that is unique, who made it, and tags. Nothing is launched here.
//!
//! In the World a template is a lease: the one thing that egress makes of them.

use std::time::Duration;

use egress_core::{CloudId, Tags, world::Lease};

use super::{ApiError, Bug, Code, Model, tags::check_ec2_tags};

/// The arguments of `CreateLaunchTemplate`, but for what is to be launched.
#[derive(Clone, Debug)]
pub(crate) struct CreateLaunchTemplate {
    pub(crate) launch_template_name: String,
    pub(crate) client_token: Option<String>,
    /// The ARN of the caller.
    pub(crate) created_by: String,
    pub(crate) tags: Tags,
}

impl Model {
    /// `CreateLaunchTemplate`. That the name is unique does not wait for the other template to be visible.
    ///
    /// Source of the sentence: hashicorp/packer issue 7817.
    pub(crate) fn create_launch_template(&mut self, args: CreateLaunchTemplate) -> Result<CloudId, ApiError> {
        let parameters = format!("{} {:?}", args.launch_template_name, args.tags);
        let token = args.client_token.clone();
        self.once("CreateLaunchTemplate", token.as_deref(), parameters, |model| model.make_launch_template(args))
    }

    fn make_launch_template(&mut self, args: CreateLaunchTemplate) -> Result<CloudId, ApiError> {
        let CreateLaunchTemplate { launch_template_name: name, created_by, tags, client_token: _ } = args;
        check_name(&name)?;
        check_ec2_tags(&tags)?;
        if self.world.network.leases.values().any(|template| template.name == name) && !self.has(Bug::NameGivenTwice) {
            return Err(ApiError::new(Code::LaunchTemplateNameTaken, "Launch template name already in use."));
        }
        let id = self.new_id("lt", &name);
        let lease = Lease { id: id.clone(), name: name.clone(), created_by: Some(created_by), tags };
        self.world.network.leases.insert(id.clone(), lease);
        self.hidden.facts.made_at.insert(id.clone(), self.hidden.now);
        self.hide(&id, &name);
        Ok(id)
    }

    /// `DeleteLaunchTemplate`: gives what it was. The name is free at once (getmoto/moto pull request 5726).
    pub(crate) fn delete_launch_template(&mut self, id: &CloudId) -> Result<Lease, ApiError> {
        let template = self.launch_template(id)?.clone();
        self.world.network.leases.remove(id);
        self.hidden.facts.made_at.remove(id);
        Ok(template)
    }

    /// The template, if calls see it.
    pub(crate) fn launch_template(&self, id: &CloudId) -> Result<&Lease, ApiError> {
        self.world.network.leases.get(id).filter(|_| self.sees(id)).ok_or_else(|| no_such_template(id))
    }

    /// The template of this name, if calls see it.
    pub(crate) fn launch_template_named(&self, name: &str) -> Result<&Lease, ApiError> {
        let named = self.world.network.leases.values().find(|template| template.name == name);
        named.filter(|template| self.sees(&template.id)).ok_or_else(|| no_such_template_name(name))
    }

    /// When a template was made.
    pub(crate) fn launch_template_made_at(&self, id: &CloudId) -> Duration {
        self.hidden.facts.made_at.get(id).copied().unwrap_or_default()
    }
}

/// EC2's sentence about a template that is not there (aws/karpenter-provider-aws pull request 5665).
pub(crate) fn no_such_template(id: &CloudId) -> ApiError {
    let message = format!("The specified launch template, with template ID {id}, does not exist.");
    ApiError::new(Code::LaunchTemplateNotFound, message)
}

/// The same by name (getmoto/moto pull request 5477).
pub(crate) fn no_such_template_name(name: &str) -> ApiError {
    let message = format!("The specified launch template, with template name {name}, does not exist.");
    ApiError::new(Code::LaunchTemplateNameNotFound, message)
}

/// 3 to 128 letters, digits and some signs (EC2 error code page, which the sentence is taken from `[?]`).
fn check_name(name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./()".contains(c);
    if (3..=128).contains(&name.chars().count()) && name.chars().all(allowed) {
        return Ok(());
    }
    let message = "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the \
                   following characters: - ( ) . / _.";
    Err(ApiError::new(Code::LaunchTemplateNameMalformed, message))
}
