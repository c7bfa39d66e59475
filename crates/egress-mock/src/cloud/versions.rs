//! Published versions of functions, and aliases for them.

use std::collections::BTreeMap;

use egress_core::{
    CloudId,
    world::{Alias, Attachment, Version},
};

use super::{
    ApiError, Code, Model,
    function_facts::{AliasFacts, Configuration, FunctionFacts, VersionFacts, constraint},
    functions::Change,
    hyperplane::Leave,
};

/// The version that can be changed.
pub(crate) const LATEST: &str = "$LATEST";

/// The arguments of `PublishVersion`.
#[derive(Clone, Debug)]
pub(crate) struct PublishVersion {
    pub(crate) function_name: CloudId,
    /// `None` for the function's own.
    pub(crate) description: Option<String>,
    /// Refuses to publish other code than this.
    pub(crate) code_sha256: Option<String>,
    pub(crate) revision_id: Option<String>,
}

/// The arguments of `CreateAlias`.
#[derive(Clone, Debug)]
pub(crate) struct CreateAlias {
    pub(crate) function_name: CloudId,
    pub(crate) name: String,
    pub(crate) function_version: String,
    pub(crate) description: String,
    /// Shares of calls that go to another version.
    pub(crate) weights: BTreeMap<String, f64>,
}

// Sources of the sentences here: localstack/localstack's answers recorded from AWS, `tests/aws/services/lambda_`.
impl Model {
    /// The `Publish` of `CreateFunction` and `UpdateFunctionCode`: also while the function is under way.
    pub(crate) fn publish_first_version(&mut self, id: &CloudId) -> Result<String, ApiError> {
        let facts = self.facts_of_function(id)?;
        Ok(self.add_version(id, &facts, facts.configuration.clone()))
    }

    /// `PublishVersion`: the number of the version. Without a change since the last one, it is that one.
    pub(crate) fn publish_version(&mut self, args: PublishVersion) -> Result<String, ApiError> {
        let id = args.function_name;
        self.check_revision(&id, args.revision_id.as_deref())?;
        let function = self.function(&id)?;
        self.check_not_busy(function)?;
        let attachment = function.attachment.clone();
        let facts = self.facts_of_function(&id)?;
        let code = &facts.configuration.code;
        if let Some(sha256) = args.code_sha256.filter(|sha256| *sha256 != code.sha256) {
            let message = format!(
                "CodeSHA256 ({sha256}) is different from current CodeSHA256 in $LATEST ({}). Please try again with the \
                 CodeSHA256 in $LATEST.",
                code.sha256
            );
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        let mut configuration = facts.configuration.clone();
        if let Some(last) = function.versions.last()
            && let Some(published) = facts.versions.get(&last.version)
        {
            let mut as_published = configuration.clone();
            as_published.description.clone_from(&published.configuration.description);
            as_published.last_modified = published.configuration.last_modified;
            if as_published == published.configuration && last.attachment == attachment {
                return Ok(last.version.clone());
            }
        }
        configuration.description = args.description.unwrap_or(configuration.description);
        Ok(self.add_version(&id, &facts, configuration))
    }

    fn add_version(&mut self, id: &CloudId, facts: &FunctionFacts, configuration: Configuration) -> String {
        let number = facts.published + 1;
        let version = number.to_string();
        let made = VersionFacts {
            configuration,
            role_arn: facts.role_arn.clone(),
            had_network: facts.had_network,
            revision: self.new_uuid("revision", &format!("{id}:{version}")),
        };
        if let Some(function) = self.world.function.functions.get_mut(id) {
            let attachment = function.attachment.clone();
            function.versions.push(Version { version: version.clone(), attachment });
        }
        let published = version.clone();
        self.change_function(id, |facts| {
            facts.published = number;
            facts.versions.insert(published, made);
        });
        self.revise(id, Change::Published);
        version
    }

    /// `DeleteFunction` for one version. One that is not there is no mistake [?].
    pub(crate) fn delete_version(&mut self, id: &CloudId, version: &str) -> Result<(), ApiError> {
        self.function(id)?;
        let refuse = |message: &str| Err(ApiError::new(Code::InvalidFunctionParameter, message));
        if version == LATEST {
            // From memory [?].
            return refuse("$LATEST version cannot be deleted without deleting the function.");
        }
        if !version.bytes().all(|b| b.is_ascii_digit()) {
            return refuse("Deletion of aliases is not currently supported.");
        }
        if let Some(function) = self.world.function.functions.get_mut(id) {
            function.versions.retain(|v| v.version != version);
        }
        self.change_function(id, |facts| {
            facts.versions.remove(version);
        });
        self.release_unused(Leave::Deleted);
        Ok(())
    }

    /// `CreateAlias`.
    pub(crate) fn create_alias(&mut self, args: CreateAlias) -> Result<(), ApiError> {
        let id = args.function_name;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_name = args.name.chars().all(allowed) && !args.name.chars().all(|c| c.is_ascii_digit());
        if !is_name || args.name.len() > 128 {
            let rule = "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)";
            return Err(constraint("name", &args.name, rule));
        }
        if args.weights.len() > 1 {
            let message = "Number of items in AdditionalVersionWeights cannot be greater than 1";
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        for version in std::iter::once(&args.function_version).chain(args.weights.keys()) {
            self.attachment_of(&id, version)?;
        }
        if args.weights.contains_key(&args.function_version) {
            let message = format!(
                "Invalid function version {0}. Function version {0} is already included in routing configuration.",
                args.function_version
            );
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        if self.function(&id)?.aliases.iter().any(|alias| alias.name == args.name) {
            let message = format!("Alias already exists: {}:{}", self.function_arn(&id), args.name);
            return Err(ApiError::new(Code::FunctionAlreadyExists, message));
        }
        let revision = self.new_uuid("revision", &format!("{id}:{}", args.name));
        let versions = args.weights.keys().cloned().chain([args.function_version.clone()]).collect();
        if let Some(function) = self.world.function.functions.get_mut(&id) {
            function.aliases.push(Alias { name: args.name.clone(), versions });
            function.aliases.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let facts = AliasFacts {
            description: args.description,
            function_version: args.function_version,
            weights: args.weights,
            revision,
        };
        self.change_function(&id, |known| {
            known.aliases.insert(args.name, facts);
        });
        Ok(())
    }

    /// The version that a qualifier means: itself, or the one that an alias sends most callers to.
    pub(crate) fn version_of(&self, id: &CloudId, qualifier: &str) -> Result<String, ApiError> {
        let version = match self.facts_of_function(id)?.aliases.remove(qualifier) {
            Some(alias) => alias.function_version,
            None => qualifier.to_owned(),
        };
        match self.attachment_of(id, &version) {
            Ok(_) => Ok(version),
            Err(_) => Err(self.no_such_version(id, qualifier)),
        }
    }

    /// Where a version runs.
    pub(crate) fn attachment_of(&self, id: &CloudId, version: &str) -> Result<Option<Attachment<CloudId>>, ApiError> {
        let missing = || self.no_such_version(id, version);
        let function = self.world.function.functions.get(id).ok_or_else(missing)?;
        if version == LATEST {
            return Ok(function.attachment.clone());
        }
        function.versions.iter().find(|v| v.version == version).map(|v| v.attachment.clone()).ok_or_else(missing)
    }

    /// Lambda's sentence about a version or an alias that is not there.
    pub(crate) fn no_such_version(&self, id: &CloudId, version: &str) -> ApiError {
        ApiError::new(Code::FunctionNotFound, format!("Function not found: {}:{version}", self.function_arn(id)))
    }
}
