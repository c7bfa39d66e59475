//! Lambda functions.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    CloudId, Tags,
    world::{Attachment, Function, FunctionState, UpdateState},
};

use super::{
    ApiError, Bug, Code, Model, Wait,
    hidden::Transition,
    hyperplane::{Leave, UpdateFailure},
    tags::check_strict_tags,
};

/// The arguments of `CreateFunction`.
#[derive(Clone, Debug)]
pub(crate) struct CreateFunction {
    pub(crate) function_name: String,
    /// The role's name.
    pub(crate) role: CloudId,
    pub(crate) vpc_config: Option<Attachment<CloudId>>,
    /// How long one invocation may take.
    pub(crate) timeout: Duration,
    pub(crate) tags: Tags,
}

/// The arguments of `UpdateFunctionConfiguration`, as far as it concerns the network.
#[derive(Clone, Debug)]
pub(crate) struct UpdateFunctionConfiguration {
    pub(crate) function_name: CloudId,
    /// `None` for the empty `VpcConfig` that takes a function out of its network.
    pub(crate) vpc_config: Option<Attachment<CloudId>>,
    pub(crate) revision_id: Option<String>,
}

/// The most subnets of a function [doc].
const MOST_SUBNETS: usize = 16;
/// The most groups of a function [doc].
const MOST_GROUPS: usize = 5;

/// What happens to a function that may change its `RevisionId`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// A call changed its configuration.
    Configured,
    /// Its state or the status of its last update changed by itself.
    Settled,
}

impl Change {
    /// Whether it changes the `RevisionId`. Changes of tags are no change at all in this sense `[?]`.
    const fn makes_a_revision(self) -> bool {
        match self {
            Self::Configured | Self::Settled => true,
        }
    }
}

impl Model {
    /// `CreateFunction`: State is Pending until its interfaces carry packets.
    pub(crate) fn create_function(&mut self, args: CreateFunction) -> Result<CloudId, ApiError> {
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
            tags: args.tags,
        };
        self.world.function.functions.insert(id.clone(), function);
        self.hidden.time_limits.insert(id.clone(), args.timeout);
        self.settle_function_at(due, &id, joined.err());
        Ok(id)
    }

    /// `UpdateFunctionConfiguration`: answers while `LastUpdateStatus` is InProgress; until it is through, the old
    /// configuration serves.
    pub(crate) fn update_function_configuration(&mut self, args: UpdateFunctionConfiguration) -> Result<(), ApiError> {
        let id = args.function_name;
        let function = self.function(&id)?;
        if args.revision_id.is_some_and(|revision| revision != function.revision) {
            let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias \
                           API to retrieve the latest Revision Id";
            return Err(ApiError::new(Code::PreconditionFailed, message));
        }
        self.check_not_busy(function)?;
        if let (None, Some(access_point)) = (&args.vpc_config, function.file_systems.first()) {
            // aws-cloudformation/cfn-lint pull request 4408.
            let message =
                format!("Function must be configured to execute in a VPC to reference access point {access_point}");
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        let role = function.role.clone();
        let served = match self.hidden.serving.get(&id) {
            Some(serving) => serving.clone(),
            None => function.attachment.clone(),
        };
        let network = self.check_vpc_config(args.vpc_config.as_ref(), role.as_ref())?;
        let mut due = self.after(Wait::FunctionUpdated, id.as_str());
        let joined = args.vpc_config.as_ref().map(|to| self.join(&id, role.as_ref(), to)).transpose();
        due = due.max(joined.clone().ok().flatten().unwrap_or_default());
        self.hidden.serving.insert(id.clone(), served);
        if let Some(function) = self.world.function.functions.get_mut(&id) {
            function.update = UpdateState::InProgress;
            function.attachment = args.vpc_config;
            function.network = network;
        }
        self.settle_function_at(due, &id, joined.err());
        Ok(())
    }

    /// `DeleteFunction`: at once; its interfaces linger.
    pub(crate) fn delete_function(&mut self, id: &CloudId) -> Result<(), ApiError> {
        self.function(id)?;
        self.world.function.functions.remove(id);
        self.hidden.serving.remove(id);
        self.hidden.time_limits.remove(id);
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
        match (function.state == FunctionState::Pending, failure) {
            (true, None) => function.state = FunctionState::Active,
            (true, Some(_)) => function.state = FunctionState::Failed,
            (false, None) => function.update = UpdateState::Done,
            (false, Some((code, message))) => function.update = UpdateState::Failed { code, message },
        }
        if !failed {
            self.hidden.serving.remove(id);
        }
        self.revise(id, Change::Settled);
        self.release_unused(Leave::Detached);
    }

    /// Lambda's sentence about a function that is not there.
    pub(crate) fn no_such_function(&self, id: &CloudId) -> ApiError {
        ApiError::new(Code::FunctionNotFound, format!("Function not found: {}", self.function_arn(id)))
    }

    /// Refuses while an earlier change is under way.
    fn check_not_busy(&self, function: &Function) -> Result<(), ApiError> {
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

    /// Checks a `VpcConfig` and answers with its network.
    ///
    /// Sources of the sentences: aws/aws-sdk-js issue 1293 (coexist), smoketurner/serverless-vpc-plugin issue 765 (groups of
    /// another network). That of subnets in several networks is inferred from the latter `[?]`.
    fn check_vpc_config(
        &self,
        config: Option<&Attachment<CloudId>>,
        role: Option<&CloudId>,
    ) -> Result<Option<CloudId>, ApiError> {
        let Some(config) = config else { return Ok(None) };
        let refuse = |message: String| Err(ApiError::new(Code::InvalidFunctionParameter, message));
        if config.subnets.is_empty() || config.groups.is_empty() {
            return refuse("SubnetIds and SecurityIds must coexist or be both empty list.".to_owned());
        }
        check_length("subnetIds", &config.subnets, MOST_SUBNETS)?;
        check_length("securityGroupIds", &config.groups, MOST_GROUPS)?;
        let mut network = None;
        for id in &config.subnets {
            let subnet = self.subnet(id).map_err(|e| by_lambda(&e, Code::SubnetNotFoundByLambda, "DescribeSubnets"))?;
            if !self.world.network.zones.iter().any(|z| z.name == subnet.zone && z.functions) {
                return refuse(format!(
                    "The provided subnets contain availability zone Lambda doesn't support: {}",
                    subnet.zone
                ));
            }
            if *network.get_or_insert_with(|| subnet.network.clone()) != subnet.network {
                return refuse("Subnets are required to be in the same VPC.".to_owned());
            }
        }
        for id in &config.groups {
            let group =
                self.group(id).map_err(|e| by_lambda(&e, Code::GroupNotFoundByLambda, "DescribeSecurityGroups"))?;
            if network.as_ref() != Some(&group.network) {
                return refuse("Security Groups are required to be in the same VPC.".to_owned());
            }
        }
        self.check_assumable(role)?;
        self.check_network_access(role)?;
        Ok(network)
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
            function.revision = fresh;
        }
        function.revision.clone()
    }

    fn function_arn(&self, id: &CloudId) -> String {
        let place = &self.config.place;
        format!("arn:aws:lambda:{}:{}:function:{id}", place.region, place.account)
    }
}

/// The most members of a list in a `VpcConfig`, which the front of Lambda checks before anything else
/// (aws-solutions/simple-file-manager-for-amazon-efs issue 75).
fn check_length(member: &str, ids: &BTreeSet<CloudId>, most: usize) -> Result<(), ApiError> {
    if ids.len() <= most {
        return Ok(());
    }
    let listed: Vec<&str> = ids.iter().map(CloudId::as_str).collect();
    let message = format!(
        "1 validation error detected: Value '[{}]' at 'vpcConfig.{member}' failed to satisfy constraint: Member must have \
         length less than or equal to {most}",
        listed.join(", ")
    );
    Err(ApiError::new(Code::ValidationFailed, message))
}

/// What an invocation is told of a function that is not active (remotion-dev/remotion issue 1186).
fn in_state(state: &str) -> ApiError {
    let message = format!(
        "The operation cannot be performed at this time. The function is currently in the following state: {state}"
    );
    ApiError::new(Code::FunctionBusy, message)
}

/// How Lambda passes on what EC2 told it.
fn by_lambda(error: &ApiError, code: Code, call: &str) -> ApiError {
    let message = format!(
        "Error occurred while {call}. EC2 Error Code: {}. EC2 Error Message: {}",
        error.code.as_str(),
        error.message
    );
    ApiError::new(code, message)
}
