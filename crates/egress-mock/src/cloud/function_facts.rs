//! What AWS knows of a function beyond the World: its code, its settings, its versions and aliases.
//!
//! The World stays the truth about what it knows. A function that came from a file of an earlier version, or was put into the
//! World behind everybody's back, has the settings of [`Configuration::default`].

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use egress_core::{CloudId, world::Function};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ApiError, Code, Model};

/// What AWS knows of a function beyond the World.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FunctionFacts {
    pub(crate) configuration: Configuration,
    /// The role's ARN as it was given, which outlives the role.
    pub(crate) role_arn: String,
    /// Whether it ever had a `VpcConfig`: one that never had shows none, one that left its network shows an empty one.
    pub(crate) had_network: bool,
    /// Why it could not be made: AWS's reason code and sentence.
    pub(crate) failure: Option<(String, String)>,
    /// How many versions were published so far.
    pub(crate) published: u64,
    pub(crate) versions: BTreeMap<String, VersionFacts>,
    pub(crate) aliases: BTreeMap<String, AliasFacts>,
}

/// What AWS knows of a published version beyond the World.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct VersionFacts {
    pub(crate) configuration: Configuration,
    pub(crate) role_arn: String,
    pub(crate) had_network: bool,
    pub(crate) revision: String,
}

/// What AWS knows of an alias beyond the World.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AliasFacts {
    pub(crate) description: String,
    /// The version that gets what no weight gives to another.
    pub(crate) function_version: String,
    /// Shares of calls by version.
    pub(crate) weights: BTreeMap<String, f64>,
    pub(crate) revision: String,
}

/// What can be set of a function, besides its role and its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Configuration {
    /// Absent for images, as is the handler.
    pub(crate) runtime: Option<String>,
    pub(crate) handler: Option<String>,
    pub(crate) description: String,
    /// In MB.
    pub(crate) memory_size: u32,
    pub(crate) timeout: Duration,
    /// Absent where it was never set.
    pub(crate) environment: Option<BTreeMap<String, String>>,
    pub(crate) architecture: String,
    pub(crate) tracing: String,
    /// In MB.
    pub(crate) ephemeral_storage: u32,
    pub(crate) logging: Logging,
    pub(crate) code: PackedCode,
    /// When a call changed it last.
    pub(crate) last_modified: Duration,
}

/// Where a function's output goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Logging {
    /// `Text` or `JSON`.
    pub(crate) format: String,
    /// Absent for `/aws/lambda/` and the function's name.
    pub(crate) group: Option<String>,
    /// Both with JSON alone.
    pub(crate) application_level: Option<String>,
    pub(crate) system_level: Option<String>,
}

/// A package of code, of which only its looks are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackedCode {
    /// In base64.
    pub(crate) sha256: String,
    /// In bytes.
    pub(crate) size: u64,
}

/// The defaults of `CreateFunction` [doc].
impl Default for Configuration {
    fn default() -> Self {
        Self {
            runtime: Some("python3.13".to_owned()),
            handler: Some("index.handler".to_owned()),
            description: String::new(),
            memory_size: 128,
            timeout: Duration::from_secs(3),
            environment: None,
            architecture: "x86_64".to_owned(),
            tracing: "PassThrough".to_owned(),
            ephemeral_storage: 512,
            logging: Logging::default(),
            code: PackedCode::default(),
            last_modified: Duration::ZERO,
        }
    }
}

impl Default for Logging {
    fn default() -> Self {
        Self { format: "Text".to_owned(), group: None, application_level: None, system_level: None }
    }
}

impl Default for PackedCode {
    fn default() -> Self {
        Self::of(&[])
    }
}

/// The runtimes that functions can have, in AWS's own order (localstack/localstack's answers recorded from AWS,
/// `test_create_lambda_exceptions`, 2026).
const RUNTIMES: [&str; 25] = [
    "nodejs20.x",
    "python3.14",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "nodejs24.x",
    "nodejs22.x",
    "java25",
    "python3.10",
    "python3.11",
    "java21",
    "ruby3.3",
    "ruby3.4",
    "ruby3.2",
    "python3.8",
    "python3.9",
    "java17",
    "nodejs16.x",
    "dotnet10",
    "dotnet8",
    "java11",
    "dotnet6",
    "nodejs18.x",
    "provided.al2",
    "java8.al2",
];
const ARCHITECTURES: [&str; 2] = ["x86_64", "arm64"];
/// The most bytes of a zip that comes with the call [doc].
const MOST_ZIP_BYTES: usize = 52_428_800;
/// The most bytes of an environment, as JSON [doc].
const MOST_ENVIRONMENT_BYTES: usize = 4_096;
const LONGEST_DESCRIPTION: usize = 256;

impl PackedCode {
    /// A zip file. Whether it begins like one is all that is looked at.
    pub(crate) fn of_zip(zip: &[u8]) -> Result<Self, ApiError> {
        if zip.len() > MOST_ZIP_BYTES {
            let message = format!("Zipped size must be smaller than {MOST_ZIP_BYTES} bytes");
            return Err(ApiError::new(Code::RequestEntityTooLarge, message));
        }
        if !zip.starts_with(b"PK\x03\x04") {
            let message = "Could not unzip uploaded file. Please check your file, then try to upload again.";
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        Ok(Self::of(zip))
    }

    fn of(bytes: &[u8]) -> Self {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { sha256: BASE64_STANDARD.encode(Sha256::digest(bytes)), size }
    }
}

impl Configuration {
    /// Refuses what AWS refuses.
    ///
    /// Source of the sentences: localstack/localstack's answers recorded from AWS, `tests/aws/services/lambda_`.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        if let Some(runtime) = self.runtime.as_deref().filter(|runtime| !RUNTIMES.contains(runtime)) {
            let message = format!(
                "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a \
                 valid ARN",
                RUNTIMES.join(", ")
            );
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        if !ARCHITECTURES.contains(&self.architecture.as_str()) {
            let rule = "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must \
                        not be null]";
            return Err(constraint("architectures", format!("[{}]", self.architecture), rule));
        }
        in_range("timeout", self.timeout.as_secs(), 1, 900)?;
        in_range("memorySize", self.memory_size.into(), 128, 10_240)?;
        in_range("ephemeralStorage.size", self.ephemeral_storage.into(), 512, 10_240)?;
        one_of("tracingConfig.mode", &self.tracing, &["Active", "PassThrough"])?;
        one_of("loggingConfig.logFormat", &self.logging.format, &["JSON", "Text"])?;
        if self.description.chars().count() > LONGEST_DESCRIPTION {
            let rule = format!("Member must have length less than or equal to {LONGEST_DESCRIPTION}");
            return Err(constraint("description", &self.description, &rule));
        }
        let environment = serde_json::to_string(&self.environment).unwrap_or_default();
        if environment.len() > MOST_ENVIRONMENT_BYTES {
            let message = format!(
                "Lambda was unable to configure your environment variables because the environment variables you have \
                 provided exceeded the 4KB limit. String measured: {environment}"
            );
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        Ok(())
    }

    /// How long one invocation may take, as the World has it.
    pub(crate) fn seconds(&self) -> u32 {
        u32::try_from(self.timeout.as_secs()).unwrap_or(u32::MAX)
    }
}

impl Model {
    /// What is known of a function; `None` where there is no such function.
    pub(crate) fn function_facts(&self, id: &CloudId) -> Option<FunctionFacts> {
        let function = self.world.function.functions.get(id)?;
        let mut facts = self.hidden.functions.get(id).cloned().unwrap_or_else(|| self.facts_of_long_ago(function));
        facts.had_network |= function.attachment.is_some();
        if let Some(seconds) = function.timeout {
            facts.configuration.timeout = Duration::from_secs(seconds.into());
        }
        let numbers: BTreeSet<&String> = function.versions.iter().map(|v| &v.version).collect();
        facts.versions.retain(|number, _| numbers.contains(number));
        for version in &function.versions {
            facts.published = facts.published.max(version.version.parse().unwrap_or_default());
            let of_now = || VersionFacts {
                configuration: facts.configuration.clone(),
                role_arn: facts.role_arn.clone(),
                had_network: version.attachment.is_some(),
                revision: format!("{}-{}", function.revision, version.version),
            };
            if !facts.versions.contains_key(&version.version) {
                let made = of_now();
                facts.versions.insert(version.version.clone(), made);
            }
        }
        facts.aliases.retain(|name, _| function.aliases.iter().any(|alias| &alias.name == name));
        for alias in &function.aliases {
            facts.aliases.entry(alias.name.clone()).or_insert_with(|| AliasFacts {
                function_version: alias.versions.first().cloned().unwrap_or_else(|| "$LATEST".to_owned()),
                weights: alias.versions.iter().skip(1).map(|version| (version.clone(), 0.5)).collect(),
                revision: format!("{}-{}", function.revision, alias.name),
                ..AliasFacts::default()
            });
        }
        Some(facts)
    }

    /// What is known of a function that must be there.
    pub(crate) fn facts_of_function(&self, id: &CloudId) -> Result<FunctionFacts, ApiError> {
        self.function_facts(id).ok_or_else(|| self.no_such_function(id))
    }

    /// Changes what is known of a function.
    pub(crate) fn change_function(&mut self, id: &CloudId, change: impl FnOnce(&mut FunctionFacts)) {
        let Some(mut facts) = self.function_facts(id) else { return };
        change(&mut facts);
        self.hidden.functions.insert(id.clone(), facts);
    }

    fn facts_of_long_ago(&self, function: &Function) -> FunctionFacts {
        let mut configuration = Configuration::default();
        if let Some(limit) = self.hidden.time_limits.get(&function.id) {
            configuration.timeout = *limit;
        }
        let role_arn = function.role.as_ref().map(|role| self.role_arn(role)).unwrap_or_default();
        FunctionFacts { configuration, role_arn, ..FunctionFacts::default() }
    }
}

fn in_range(member: &str, value: u64, least: u64, most: u64) -> Result<(), ApiError> {
    let rule = match value {
        _ if value < least => format!("Member must have value greater than or equal to {least}"),
        _ if value > most => format!("Member must have value less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(constraint(member, value, &rule))
}

fn one_of(member: &str, value: &str, words: &[&str]) -> Result<(), ApiError> {
    if words.contains(&value) {
        return Ok(());
    }
    let rule = format!("Member must satisfy enum value set: [{}]", words.join(", "));
    Err(constraint(member, value, &rule))
}

/// What the front of Lambda says of a value that its model does not allow.
pub(crate) fn constraint(member: &str, value: impl std::fmt::Display, rule: &str) -> ApiError {
    let message =
        format!("1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}");
    ApiError::new(Code::ValidationFailed, message)
}
