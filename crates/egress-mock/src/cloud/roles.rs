//! IAM roles, as far as functions need them.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{CloudId, Tags, world::Role};

use super::{
    ApiError, Code, Model, Wait,
    policy::{Statement, TRUSTS_FUNCTIONS, read_trust, trusts_functions},
    role_facts::{DEFAULT_SESSION, RoleFacts, grant_subject},
    tags::check_strict_tags,
};

/// The arguments of `CreateRole`.
#[derive(Clone, Debug)]
pub(crate) struct CreateRole {
    pub(crate) role_name: String,
    /// With both slashes.
    pub(crate) path: String,
    pub(crate) assume_role_policy_document: String,
    pub(crate) description: Option<String>,
    /// In seconds.
    pub(crate) max_session_duration: Option<u32>,
    pub(crate) tags: Tags,
}

impl CreateRole {
    /// A role that functions may assume.
    pub(crate) fn for_functions(role_name: impl Into<String>, tags: Tags) -> Self {
        Self {
            role_name: role_name.into(),
            path: "/".to_owned(),
            assume_role_policy_document: TRUSTS_FUNCTIONS.to_owned(),
            description: None,
            max_session_duration: None,
            tags,
        }
    }
}

/// The user that calls: the emulator knows no others.
pub(crate) const CALLER: &str = "user/egress";

/// The longest name of a role [doc].
const LONGEST_ROLE_NAME: usize = 64;
/// The most bytes of a trust policy, white space left out [doc].
const MOST_TRUST_BYTES: usize = 2_048;
/// How long a session may last at least and at most, in seconds [doc].
const SESSIONS: (u32, u32) = (3_600, 43_200);

impl Model {
    /// `CreateRole`: functions can use it only after IAM has propagated it.
    pub(crate) fn create_role(&mut self, args: CreateRole) -> Result<CloudId, ApiError> {
        check_role(&args)?;
        check_strict_tags(&args.tags, Code::InvalidInput)?;
        let trust = check_trust(&args.assume_role_policy_document)?;
        // Names are not told apart by their case [doc].
        if self.world.function.roles.keys().any(|id| id.as_str().eq_ignore_ascii_case(&args.role_name)) {
            let message = format!("Role with name {} already exists.", args.role_name);
            return Err(ApiError::new(Code::EntityAlreadyExists, message));
        }
        let id = CloudId::new(&args.role_name);
        let facts = RoleFacts {
            path: args.path,
            role_id: self.new_role_id(&args.role_name),
            created: self.hidden.now,
            description: args.description,
            max_session_duration: args.max_session_duration.unwrap_or(DEFAULT_SESSION),
            trust: args.assume_role_policy_document,
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
        };
        let role = Role {
            id: id.clone(),
            trusts_functions: trusts_functions(&trust),
            grants: BTreeSet::new(),
            tags: args.tags,
        };
        self.world.function.roles.insert(id.clone(), role);
        self.hidden.roles.insert(id.clone(), facts);
        let from = self.propagated(Wait::RoleUsable, &args.role_name);
        self.hidden.role_usable_from.insert(id.clone(), from);
        Ok(id)
    }

    /// `UpdateAssumeRolePolicy`. It counts at once; how long AWS takes for it is not known `[?]`.
    pub(crate) fn update_assume_role_policy(&mut self, id: &CloudId, document: &str) -> Result<(), ApiError> {
        self.role(id)?;
        check_trust(document)?;
        self.change_role(id, |facts| document.clone_into(&mut facts.trust));
        Ok(())
    }

    /// `DeleteRole`: refused while a policy is attached to it or stands in it, of which AWS speaks differently
    /// (hashicorp/boundary pull request 5646, ekristen/aws-nuke issue 203).
    pub(crate) fn delete_role(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let facts = self.facts_of_role(id)?;
        let verb = match (facts.attached.is_empty(), facts.inline.is_empty()) {
            (false, _) => Some("detach all"),
            (true, false) => Some("delete"),
            (true, true) => None,
        };
        if let Some(verb) = verb {
            let message = format!("Cannot delete entity, must {verb} policies first.");
            return Err(ApiError::new(Code::DeleteConflict, message));
        }
        self.world.function.roles.remove(id);
        self.hidden.roles.remove(id);
        self.hidden.role_usable_from.remove(id);
        Ok(())
    }

    /// The role.
    pub(crate) fn role(&self, id: &CloudId) -> Result<&Role, ApiError> {
        self.world.function.roles.get(id).ok_or_else(|| no_such_role(id))
    }

    /// What is known of a role.
    pub(crate) fn facts_of_role(&self, id: &CloudId) -> Result<RoleFacts, ApiError> {
        self.role_facts(id).ok_or_else(|| no_such_role(id))
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
}

/// IAM's sentence about a role that is not there.
pub(crate) fn no_such_role(id: &CloudId) -> ApiError {
    ApiError::new(Code::NoSuchEntity, format!("The role with name {id} cannot be found."))
}

/// Checks a trust policy and reads it.
fn check_trust(document: &str) -> Result<Vec<Statement>, ApiError> {
    let trust = read_trust(document)?;
    if weight(document) > MOST_TRUST_BYTES {
        let message = format!("Cannot exceed quota for ACLSizePerRole: {MOST_TRUST_BYTES}");
        return Err(ApiError::new(Code::PoliciesPerRole, message));
    }
    Ok(trust)
}

/// How much of a quota a document takes.
pub(crate) fn weight(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).map(char::len_utf8).sum()
}

/// What a role is made of. The sentences about lengths and values are of the form that AWS's front gives (aws/aws-cli issue
/// 7854); that about paths is from memory `[?]`.
fn check_role(args: &CreateRole) -> Result<(), ApiError> {
    check_name("roleName", &args.role_name, LONGEST_ROLE_NAME)?;
    let path = &args.path;
    let printable = path.bytes().all(|b| (0x21..=0x7e).contains(&b));
    if !path.starts_with('/') || !path.ends_with('/') || !printable || path.len() > 512 {
        let message = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                       characters and/or / characters.";
        return Err(ApiError::new(Code::IamValidation, message));
    }
    let (least, most) = SESSIONS;
    match args.max_session_duration {
        Some(seconds) if seconds < least => Err(constraint(
            "maxSessionDuration",
            seconds,
            &format!("Member must have value greater than or equal to {least}"),
        )),
        Some(seconds) if seconds > most => Err(constraint(
            "maxSessionDuration",
            seconds,
            &format!("Member must have value less than or equal to {most}"),
        )),
        _ => Ok(()),
    }
}

pub(crate) fn check_name(member: &str, name: &str, longest: usize) -> Result<(), ApiError> {
    if name.chars().count() > longest {
        return Err(constraint(member, name, &format!("Member must have length less than or equal to {longest}")));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.is_empty() || !name.chars().all(allowed) {
        let message = format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: \
             +=,.@_-"
        );
        return Err(ApiError::new(Code::IamValidation, message));
    }
    Ok(())
}

fn constraint(member: &str, value: impl std::fmt::Display, rule: &str) -> ApiError {
    let message =
        format!("1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}");
    ApiError::new(Code::IamValidation, message)
}
