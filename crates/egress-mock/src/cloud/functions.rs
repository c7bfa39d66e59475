//! Lambda functions.

use std::time::Duration;

use egress_core::{
    CloudId, Tags,
    world::{Attachment, Function, FunctionState, UpdateState},
};

use super::{
    ApiError, Bug, Code, Model, Wait,
    arns::last_part,
    function_facts::{Configuration, FunctionFacts, constraint},
    hidden::Transition,
    hyperplane::{Leave, UpdateFailure},
    tags::check_strict_tags,
};

/// The arguments of `CreateFunction`.
#[derive(Clone, Debug)]
pub(crate) struct CreateFunction {
    pub(crate) function_name: String,
    /// The role's name; see [`Model::role_of_arn`].
    pub(crate) role: CloudId,
    pub(crate) vpc_config: Option<Attachment<CloudId>>,
    pub(crate) configuration: Configuration,
    pub(crate) tags: Tags,
}

/// The arguments of `UpdateFunctionConfiguration` and `UpdateFunctionCode`.
#[derive(Clone, Debug)]
pub(crate) struct UpdateFunctionConfiguration {
    pub(crate) function_name: CloudId,
    pub(crate) vpc_config: VpcChange,
    pub(crate) role: Option<CloudId>,
    /// What can be set besides; `None` to leave it.
    pub(crate) configuration: Option<Configuration>,
    pub(crate) revision_id: Option<String>,
}

impl UpdateFunctionConfiguration {
    /// Moves a function, or takes it out of its network, and changes nothing else.
    pub(crate) fn of_network(function_name: CloudId, to: Option<Attachment<CloudId>>) -> Self {
        let vpc_config = to.map_or(VpcChange::Leave, VpcChange::To);
        Self { function_name, vpc_config, role: None, configuration: None, revision_id: None }
    }
}

/// What becomes of a function's `VpcConfig`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VpcChange {
    /// None was given.
    Keep,
    /// An empty one: the function leaves its network.
    Leave,
    /// Another one.
    To(Attachment<CloudId>),
}

/// What a function runs as, and where.
struct Placed {
    role: Option<CloudId>,
    attachment: Option<Attachment<CloudId>>,
    network: Option<CloudId>,
}

/// The longest name of a function [doc].
const LONGEST_NAME: usize = 64;

/// What happens to a function that may change its `RevisionId`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// A call changed its configuration.
    Configured,
    /// Its state or the status of its last update changed by itself.
    Settled,
    /// A version of it was published.
    Published,
    /// Its tags were changed.
    Tagged,
}

impl Change {
    /// Whether it changes the `RevisionId` (localstack/localstack's answers recorded from AWS: `test_function_revisions_basic`,
    /// `test_function_revisions_version_and_alias`, and `TestLambdaTags::test_tag_lifecycle` for tags).
    const fn makes_a_revision(self) -> bool {
        match self {
            Self::Configured | Self::Settled | Self::Published | Self::Tagged => true,
        }
    }
}

impl Model {
    /// `CreateFunction`: State is Pending until its interfaces carry packets.
    pub(crate) fn create_function(&mut self, args: CreateFunction) -> Result<CloudId, ApiError> {
        check_name(&args.function_name)?;
        args.configuration.check()?;
        check_strict_tags(&args.tags, Code::InvalidFunctionParameter)?;
        let id = CloudId::new(&args.function_name);
        if self.world.function.functions.contains_key(&id) {
            let message = format!("Function already exist: {id}");
            return Err(ApiError::new(Code::FunctionAlreadyExists, message));
        }
        self.check_assumable(Some(&args.role))?;
        let network = self.check_vpc_config(args.vpc_config.as_ref(), Some(&args.role))?;
        let mut due = self.after(Wait::FunctionCreated, &args.function_name);
        let joined = args.vpc_config.as_ref().map(|to| self.join(&id, Some(&args.role), to)).transpose();
        due = due.max(joined.clone().ok().flatten().unwrap_or_default());
        let facts = FunctionFacts {
            role_arn: self.role_arn(&args.role),
            had_network: network.is_some(),
            configuration: Configuration { last_modified: self.hidden.now, ..args.configuration },
            ..FunctionFacts::default()
        };
        let function = Function {
            id: id.clone(),
            role: Some(args.role),
            state: FunctionState::Pending,
            update: UpdateState::Done,
            attachment: args.vpc_config,
            network,
            file_systems: Vec::new(),
            revision: String::new(),
            versions: Vec::new(),
            aliases: Vec::new(),
            // A caller cannot set the tags that would tell.
            timeout: Some(facts.configuration.seconds()),
            concurrency: None,
            managed_by: None,
            tags: args.tags,
        };
        self.world.function.functions.insert(id.clone(), function);
        self.hidden.functions.insert(id.clone(), facts);
        self.settle_function_at(due, &id, joined.err());
        Ok(id)
    }

    /// `UpdateFunctionConfiguration`: answers while `LastUpdateStatus` is InProgress; until it is through, the old
    /// configuration serves.
    pub(crate) fn update_function_configuration(&mut self, args: UpdateFunctionConfiguration) -> Result<(), ApiError> {
        let id = args.function_name;
        self.check_revision(&id, args.revision_id.as_deref())?;
        let function = self.function(&id)?.clone();
        self.check_not_busy(&function)?;
        if let Some(configuration) = &args.configuration {
            configuration.check()?;
        }
        if let (VpcChange::Leave, Some(access_point)) = (&args.vpc_config, function.file_systems.first()) {
            // aws-cloudformation/cfn-lint pull request 4408.
            let message =
                format!("Function must be configured to execute in a VPC to reference access point {access_point}");
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        let served = match self.hidden.serving.get(&id) {
            Some(serving) => serving.clone(),
            None => function.attachment.clone(),
        };
        let Placed { role, attachment, network } = self.check_update(&function, args.role, args.vpc_config)?;
        let mut due = self.after(Wait::FunctionUpdated, id.as_str());
        let joined = attachment.as_ref().map(|to| self.join(&id, role.as_ref(), to)).transpose();
        due = due.max(joined.clone().ok().flatten().unwrap_or_default());
        self.hidden.serving.insert(id.clone(), served);
        let timeout = args.configuration.as_ref().map(Configuration::seconds);
        let (now, role_arn) = (self.hidden.now, role.as_ref().map(|role| self.role_arn(role)));
        let role_changed = role != function.role;
        self.change_function(&id, |facts| {
            facts.configuration = args.configuration.unwrap_or_else(|| facts.configuration.clone());
            facts.configuration.last_modified = now;
            facts.had_network |= attachment.is_some();
            if let Some(role_arn) = role_arn.filter(|_| role_changed) {
                facts.role_arn = role_arn;
            }
        });
        if let Some(function) = self.world.function.functions.get_mut(&id) {
            function.update = UpdateState::InProgress;
            function.timeout = timeout.or(function.timeout);
            function.role = role;
            function.attachment = attachment;
            function.network = network;
        }
        self.settle_function_at(due, &id, joined.err());
        Ok(())
    }

    /// What a function will run as, and where, after a change.
    fn check_update(&self, function: &Function, role: Option<CloudId>, to: VpcChange) -> Result<Placed, ApiError> {
        let changes_role = role.is_some();
        if changes_role {
            self.check_assumable(role.as_ref())?;
        }
        let role = role.or_else(|| function.role.clone());
        let (attachment, network) = match to {
            VpcChange::Keep => {
                if changes_role && function.attachment.is_some() {
                    self.check_network_access(role.as_ref())?;
                }
                (function.attachment.clone(), function.network.clone())
            }
            VpcChange::Leave => (None, None),
            VpcChange::To(to) => {
                let network = self.check_vpc_config(Some(&to), role.as_ref())?;
                (Some(to), network)
            }
        };
        Ok(Placed { role, attachment, network })
    }

    /// `DeleteFunction`: at once; its interfaces linger.
    pub(crate) fn delete_function(&mut self, id: &CloudId) -> Result<(), ApiError> {
        self.function(id)?;
        self.world.function.functions.remove(id);
        self.hidden.serving.remove(id);
        self.hidden.time_limits.remove(id);
        self.hidden.functions.remove(id);
        self.release_unused(Leave::Deleted);
        Ok(())
    }

    /// The function.
    pub(crate) fn function(&self, id: &CloudId) -> Result<&Function, ApiError> {
        self.world.function.functions.get(id).ok_or_else(|| self.no_such_function(id))
    }

    /// The end of a creation or a change.
    pub(crate) fn function_settled(&mut self, id: &CloudId, revision: &str, failure: Option<UpdateFailure>) {
        let found = self.world.function.functions.get_mut(id).filter(|f| f.revision == revision);
        let Some(function) = found else { return };
        let failed = failure.is_some();
        let why = failure.clone().filter(|_| function.state == FunctionState::Pending);
        match (function.state == FunctionState::Pending, failure) {
            (true, None) => function.state = FunctionState::Active,
            (true, Some(_)) => function.state = FunctionState::Failed,
            (false, None) => function.update = UpdateState::Done,
            (false, Some((code, message))) => function.update = UpdateState::Failed { code, message },
        }
        if !failed {
            self.hidden.serving.remove(id);
        }
        self.change_function(id, |facts| facts.failure = why);
        self.revise(id, Change::Settled);
        self.release_unused(Leave::Detached);
    }

    /// Lambda's sentence about a function that is not there.
    pub(crate) fn no_such_function(&self, id: &CloudId) -> ApiError {
        ApiError::new(Code::FunctionNotFound, format!("Function not found: {}", self.function_arn(id)))
    }

    /// The name of the role with this ARN, for `CreateFunction` and `UpdateFunctionConfiguration`.
    ///
    /// Source of the sentence about a malformed ARN: localstack/localstack's answers recorded from AWS
    /// (`invalid_role_arn_exc`). That about another account is from memory `[?]`.
    pub(crate) fn role_of_arn(&self, arn: &str) -> Result<CloudId, ApiError> {
        let mut parts = arn.splitn(6, ':');
        let (_, _, service, _, account, resource) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
        let named = resource.and_then(|resource| resource.strip_prefix("role/")).filter(|name| !name.is_empty());
        let (true, Some("iam"), Some(_)) = (arn.starts_with("arn:"), service, named) else {
            let rule = "Member must satisfy regular expression pattern: \
                        arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+";
            return Err(constraint("role", arn, rule));
        };
        if account != Some(self.config.place.account.as_str()) {
            return Err(ApiError::new(Code::LambdaAccessDenied, "Cross-account pass role is not allowed."));
        }
        let id = CloudId::new(last_part(arn));
        if self.role_arn(&id) == arn {
            return Ok(id);
        }
        // Not this role: it has another path.
        self.check_assumable(None).map(|()| id)
    }

    /// Refuses a revision that is not the newest.
    pub(crate) fn check_revision(&self, id: &CloudId, revision: Option<&str>) -> Result<(), ApiError> {
        let newest = &self.function(id)?.revision;
        if revision.is_none_or(|revision| revision == newest) {
            return Ok(());
        }
        let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
                       retrieve the latest Revision Id";
        Err(ApiError::new(Code::PreconditionFailed, message))
    }

    /// Refuses while an earlier change is under way.
    pub(crate) fn check_not_busy(&self, function: &Function) -> Result<(), ApiError> {
        if self.has(Bug::SecondUpdateAccepted) {
            return Ok(());
        }
        if function.state == FunctionState::Pending {
            // Not what an invocation is told (aws/serverless-application-model issue 2356).
            let message = format!(
                "The operation cannot be performed at this time. The resource {} is currently in the following state: \
                 'Pending'. StateReasonCode: 'Creating'",
                self.function_arn(&function.id)
            );
            return Err(ApiError::new(Code::FunctionBusy, message));
        }
        if function.update == UpdateState::InProgress {
            let message = format!(
                "The operation cannot be performed at this time. An update is in progress for resource: {}",
                self.function_arn(&function.id)
            );
            return Err(ApiError::new(Code::FunctionBusy, message));
        }
        Ok(())
    }

    /// Refuses an invocation of a function that is not active. One that sleeps begins to wake.
    pub(crate) fn check_invocable(&mut self, id: &CloudId) -> Result<(), ApiError> {
        match self.function(id)?.state {
            FunctionState::Active => Ok(()),
            FunctionState::Pending => Err(in_state("Pending")),
            FunctionState::Failed => Err(in_state("Failed")),
            FunctionState::Inactive => {
                let due = self.after(Wait::InterfaceCreated, id.as_str());
                if let Some(function) = self.world.function.functions.get_mut(id) {
                    function.state = FunctionState::Pending;
                }
                self.settle_function_at(due, id, None);
                Err(in_state("Inactive"))
            }
        }
    }

    fn settle_function_at(&mut self, due: Duration, id: &CloudId, failure: Option<UpdateFailure>) {
        let revision = self.revise(id, Change::Configured);
        self.at(due, Transition::FunctionSettled { id: id.clone(), revision, failure });
    }

    /// Gives a function a new `RevisionId` where the change calls for one, and answers with the one that it has.
    pub(crate) fn revise(&mut self, id: &CloudId, change: Change) -> String {
        let fresh = change.makes_a_revision().then(|| self.new_uuid("revision", id.as_str()));
        let Some(function) = self.world.function.functions.get_mut(id) else { return String::new() };
        if let Some(fresh) = fresh {
            let old = std::mem::replace(&mut function.revision, fresh.clone());
            self.hidden.rename_revision(&old, &fresh);
            return fresh;
        }
        function.revision.clone()
    }
}

/// What `CreateFunction` takes for a name (localstack/localstack's answers recorded from AWS, `test_function_arns`).
fn check_name(name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(allowed) {
        let rule = "Member must satisfy regular expression pattern: \
                    (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?\
                    (function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";
        return Err(constraint("functionName", name, rule));
    }
    if name.len() > LONGEST_NAME {
        let rule = format!("Member must have length less than or equal to {LONGEST_NAME}");
        let message = constraint("functionName", name, &rule).message;
        return Err(ApiError::new(Code::InvalidFunctionParameter, message));
    }
    Ok(())
}

/// What an invocation is told of a function that is not active (remotion-dev/remotion issue 1186).
fn in_state(state: &str) -> ApiError {
    let message = format!(
        "The operation cannot be performed at this time. The function is currently in the following state: {state}"
    );
    ApiError::new(Code::FunctionBusy, message)
}
