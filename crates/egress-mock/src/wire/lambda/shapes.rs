//! Lambda's shapes (API reference, version 2015-03-31).

use std::collections::BTreeMap;

use egress_core::{
    CloudId,
    world::{Attachment, Function, FunctionState, UpdateState},
};
use serde::{Deserialize, Serialize};

use crate::{
    cloud::{ApiError, Configuration, FunctionFacts, LATEST, Model, rng},
    wire::time::to_milliseconds,
};

/// `FunctionConfiguration`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfigurationShape {
    function_name: String,
    function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<String>,
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    handler: Option<String>,
    code_size: u64,
    description: String,
    timeout: u64,
    memory_size: u32,
    last_modified: String,
    code_sha256: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_config: Option<VpcConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment>,
    tracing_config: TracingConfig,
    revision_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    file_system_configs: Vec<FileSystemConfig>,
    package_type: &'static str,
    architectures: Vec<String>,
    ephemeral_storage: EphemeralStorage,
    snap_start: SnapStart,
    logging_config: LoggingConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime_version_config: Option<RuntimeVersionConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status_reason_code: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct VpcConfig {
    pub(super) subnet_ids: Vec<String>,
    pub(super) security_group_ids: Vec<String>,
    #[serde(skip_deserializing)]
    vpc_id: String,
    pub(super) ipv6_allowed_for_dual_stack: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Environment {
    pub(super) variables: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TracingConfig {
    pub(super) mode: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EphemeralStorage {
    pub(super) size: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct LoggingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) application_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) system_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log_group: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FileSystemConfig {
    arn: String,
    local_mount_path: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStart {
    apply_on: &'static str,
    optimization_status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuntimeVersionConfig {
    runtime_version_arn: String,
}

/// Whether an answer tells how far a function is: lists do not [doc: ListFunctions, "The response does not include these
/// fields"].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Told,
    Untold,
}

/// A function, or a version of it. `qualifier` is what stands at the end of the ARN.
pub(super) fn configuration(
    model: &Model,
    id: &CloudId,
    version: &str,
    qualifier: Option<&str>,
    progress: Progress,
) -> Result<ConfigurationShape, ApiError> {
    let function = model.function(id)?;
    let attachment = model.attachment_of(id, version)?;
    let mut facts = model.facts_of_function(id)?;
    let mut revision_id = function.revision.clone();
    if let Some(published) = facts.versions.remove(version) {
        facts.configuration = published.configuration;
        facts.role_arn = published.role_arn;
        facts.had_network = published.had_network;
        revision_id = published.revision;
    }
    let FunctionFacts { configuration, role_arn, had_network, failure, .. } = facts;
    let arn = model.function_arn(id);
    let log_group = configuration.logging.group.clone().unwrap_or_else(|| format!("/aws/lambda/{id}"));
    let mut shape = ConfigurationShape {
        function_name: id.to_string(),
        function_arn: qualifier.map_or_else(|| arn.clone(), |qualifier| format!("{arn}:{qualifier}")),
        role: role_arn,
        code_size: configuration.code.size,
        description: configuration.description,
        timeout: configuration.timeout.as_secs(),
        memory_size: configuration.memory_size,
        last_modified: to_milliseconds(configuration.last_modified),
        code_sha256: configuration.code.sha256,
        version: version.to_owned(),
        vpc_config: had_network.then(|| vpc_config(model, attachment.as_ref())),
        environment: configuration.environment.map(|variables| Environment { variables }),
        tracing_config: TracingConfig { mode: configuration.tracing },
        revision_id,
        file_system_configs: function.file_systems.iter().map(|arn| file_system(arn)).collect(),
        package_type: "Zip",
        architectures: vec![configuration.architecture],
        ephemeral_storage: EphemeralStorage { size: configuration.ephemeral_storage },
        snap_start: SnapStart { apply_on: "None", optimization_status: "Off" },
        logging_config: LoggingConfig {
            log_format: Some(configuration.logging.format),
            application_log_level: configuration.logging.application_level,
            system_log_level: configuration.logging.system_level,
            log_group: Some(log_group),
        },
        runtime_version_config: configuration.runtime.as_deref().map(|runtime| runtime_version(model, runtime)),
        runtime: configuration.runtime,
        handler: configuration.handler,
        state: None,
        state_reason: None,
        state_reason_code: None,
        last_update_status: None,
        last_update_status_reason: None,
        last_update_status_reason_code: None,
    };
    match progress {
        Progress::Told if version == LATEST => tell(&mut shape, function, failure),
        // A version was published when its function was at rest.
        Progress::Told => (shape.state, shape.last_update_status) = (Some("Active"), Some("Successful")),
        Progress::Untold => shape.runtime_version_config = None,
    }
    Ok(shape)
}

/// The sentences of a state (localstack/localstack's answers recorded from AWS, `test_vpc_config`); that of a function that
/// sleeps from its documentation, "Function states" `[?]`.
fn tell(shape: &mut ConfigurationShape, function: &Function, failure: Option<(String, String)>) {
    const MAKING: (&str, &str) = ("Creating", "The function is being created.");
    let owned = |(code, sentence): (&str, &str)| Some((code.to_owned(), sentence.to_owned()));
    let (state, reason) = match function.state {
        FunctionState::Pending => ("Pending", owned(MAKING)),
        FunctionState::Active => ("Active", None),
        FunctionState::Inactive => ("Inactive", owned(("Idle", "The function is idle."))),
        FunctionState::Failed => ("Failed", failure),
    };
    shape.state = Some(state);
    (shape.state_reason_code, shape.state_reason) = reason.unzip();
    if function.state == FunctionState::Pending {
        return;
    }
    let (status, reason) = match &function.update {
        UpdateState::Done => ("Successful", None),
        UpdateState::InProgress => ("InProgress", owned(MAKING)),
        UpdateState::Failed { code, message } => ("Failed", Some((code.clone(), message.clone()))),
    };
    shape.last_update_status = Some(status);
    (shape.last_update_status_reason_code, shape.last_update_status_reason) = reason.unzip();
}

/// A function that left its network shows empty lists and no VPC's id.
fn vpc_config(model: &Model, attachment: Option<&Attachment<CloudId>>) -> VpcConfig {
    let Some(attachment) = attachment else { return VpcConfig::default() };
    let texts = |ids: &std::collections::BTreeSet<CloudId>| ids.iter().map(ToString::to_string).collect();
    let first = attachment.subnets.first().and_then(|id| model.world.network.subnets.get(id));
    VpcConfig {
        subnet_ids: texts(&attachment.subnets),
        security_group_ids: texts(&attachment.groups),
        vpc_id: first.map(|subnet| subnet.network.to_string()).unwrap_or_default(),
        ipv6_allowed_for_dual_stack: attachment.ipv6,
    }
}

fn file_system(arn: &str) -> FileSystemConfig {
    FileSystemConfig { arn: arn.to_owned(), local_mount_path: "/mnt/efs" }
}

fn runtime_version(model: &Model, runtime: &str) -> RuntimeVersionConfig {
    let region = &model.config.place.region;
    let hash = format!("{:032x}", rng(0, &["runtime", runtime]).u128(..)).repeat(2);
    RuntimeVersionConfig { runtime_version_arn: format!("{}:lambda:{region}::runtime:{hash}", model.arn()) }
}

impl VpcConfig {
    /// `None` for an empty one, which takes a function out of its network.
    pub(super) fn attachment(self) -> Option<Attachment<CloudId>> {
        let ids = |texts: Vec<String>| texts.into_iter().map(CloudId::new).collect();
        let attachment = Attachment {
            subnets: ids(self.subnet_ids),
            groups: ids(self.security_group_ids),
            ipv6: self.ipv6_allowed_for_dual_stack,
        };
        (!attachment.subnets.is_empty() || !attachment.groups.is_empty()).then_some(attachment)
    }
}

/// What `CreateFunction` and `UpdateFunctionConfiguration` can set, where it is given.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Settings {
    pub(super) runtime: Option<String>,
    pub(super) handler: Option<String>,
    pub(super) description: Option<String>,
    pub(super) timeout: Option<u32>,
    pub(super) memory_size: Option<u32>,
    pub(super) environment: Option<Environment>,
    pub(super) tracing_config: Option<TracingConfig>,
    pub(super) ephemeral_storage: Option<EphemeralStorage>,
    pub(super) logging_config: Option<LoggingConfig>,
}

impl Settings {
    /// Sets what is given.
    pub(super) fn set(self, c: &mut Configuration) {
        c.runtime = self.runtime.or_else(|| c.runtime.take());
        c.handler = self.handler.or_else(|| c.handler.take());
        c.environment = self.environment.map(|e| e.variables).or_else(|| c.environment.take());
        if let Some(description) = self.description {
            c.description = description;
        }
        if let Some(timeout) = self.timeout {
            c.timeout = std::time::Duration::from_secs(timeout.into());
        }
        if let Some(size) = self.memory_size {
            c.memory_size = size;
        }
        if let Some(tracing) = self.tracing_config {
            c.tracing = tracing.mode;
        }
        if let Some(storage) = self.ephemeral_storage {
            c.ephemeral_storage = storage.size;
        }
        if let Some(logging) = self.logging_config {
            let old = std::mem::take(&mut c.logging);
            c.logging.format = logging.log_format.unwrap_or(old.format);
            c.logging.group = logging.log_group.or(old.group);
            c.logging.application_level = logging.application_log_level.or(old.application_level);
            c.logging.system_level = logging.system_log_level.or(old.system_level);
        }
    }
}
