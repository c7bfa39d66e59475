//! Functions and their versions: made, read, changed, deleted.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use egress_core::{CloudId, Tags};
use serde::{Deserialize, Serialize};

use super::{
    Asked,
    concurrency::ConcurrencyShape,
    json,
    names::{Named, named, parse},
    nothing,
    shapes::{ConfigurationShape, Progress, Settings, VpcConfig, configuration},
};
use crate::{
    cloud::{
        ApiError, Code, Configuration, CreateFunction, LATEST, Model, PackedCode, PublishVersion,
        UpdateFunctionConfiguration, VpcChange, constraint,
    },
    mock::State,
    wire::{page::Page, route::Answered},
};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CreateFunctionBody {
    function_name: Option<String>,
    role: Option<String>,
    code: CodeBody,
    package_type: Option<String>,
    architectures: Option<Vec<String>>,
    vpc_config: Option<VpcConfig>,
    tags: Tags,
    publish: bool,
    runtime: Option<String>,
    handler: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CodeBody {
    zip_file: Option<String>,
    s3_bucket: Option<String>,
    image_uri: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateConfigurationBody {
    role: Option<String>,
    vpc_config: Option<VpcConfig>,
    revision_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateCodeBody {
    zip_file: Option<String>,
    s3_bucket: Option<String>,
    image_uri: Option<String>,
    architectures: Option<Vec<String>>,
    revision_id: Option<String>,
    publish: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PublishBody {
    code_sha256: Option<String>,
    description: Option<String>,
    revision_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionShape {
    configuration: ConfigurationShape,
    code: CodeShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<ConcurrencyShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CodeShape {
    repository_type: &'static str,
    location: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionList {
    functions: Vec<ConfigurationShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionList {
    versions: Vec<ConfigurationShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

pub(super) fn list(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let model = &state.model;
    let everything = match asked.query("FunctionVersion").filter(|version| !version.is_empty()) {
        None => false,
        Some("ALL") => true,
        Some(other) => {
            return Err(constraint("functionVersion", other, "Member must satisfy enum value set: [ALL]"));
        }
    };
    let mut all = Vec::new();
    for (id, function) in &model.world.function.functions {
        all.push((id, LATEST.to_owned()));
        if everything {
            all.extend(function.versions.iter().map(|v| (id, v.version.clone())));
        }
    }
    let Page { items, next } = asked.page(all)?;
    let shape = |(id, version): (&CloudId, String)| {
        configuration(model, id, &version, everything.then_some(version.as_str()), Progress::Untold)
    };
    let functions = items.into_iter().map(shape).collect::<Result<_, _>>()?;
    json(200, &FunctionList { functions, next_marker: next })
}

pub(super) fn list_versions(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let model = &state.model;
    let Named { function: id, .. } = named(model, asked)?;
    let published = model.function(&id)?.versions.iter().map(|v| v.version.clone());
    let Page { items, next } = asked.page([LATEST.to_owned()].into_iter().chain(published).collect())?;
    let shape = |version: String| configuration(model, &id, &version, Some(&version), Progress::Untold);
    let versions = items.into_iter().map(shape).collect::<Result<_, _>>()?;
    json(200, &VersionList { versions, next_marker: next })
}

pub(super) fn get(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let model = &state.model;
    let named = named(model, asked)?;
    let configuration = shown(model, &named)?;
    let place = &model.config.place;
    // Nobody can fetch the code here: the emulator keeps none.
    let location = format!(
        "https://awslambda-{0}-tasks.s3.{0}.amazonaws.com/snapshots/{1}/{2}",
        place.region, place.account, named.function
    );
    let function = model.function(&named.function)?;
    let (tags, reserved) = (function.tags.clone(), function.concurrency);
    json(
        200,
        &FunctionShape {
            configuration,
            code: CodeShape { repository_type: "S3", location },
            tags: (!tags.is_empty()).then_some(tags),
            concurrency: reserved.map(|n| ConcurrencyShape { reserved_concurrent_executions: Some(n) }),
        },
    )
}

pub(super) fn get_configuration(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let named = named(&state.model, asked)?;
    json(200, &shown(&state.model, &named)?)
}

/// The function, or the version that the qualifier means, under the name that was asked for.
fn shown(model: &Model, named: &Named) -> Result<ConfigurationShape, ApiError> {
    let Named { function: id, qualifier } = named;
    let Some(qualifier) = qualifier else { return configuration(model, id, LATEST, None, Progress::Told) };
    let version = model.world.function.functions.get(id).map(|_| model.version_of(id, qualifier)).transpose()?;
    let Some(version) = version else {
        return Err(model.no_such_version(id, qualifier));
    };
    configuration(model, id, &version, Some(qualifier), Progress::Told)
}

pub(super) fn create(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let body: CreateFunctionBody = asked.read()?;
    let settings: Settings = asked.read()?;
    let model = &mut state.model;
    let given = body.function_name.ok_or_else(|| missing("functionName"))?;
    let role = model.role_of_arn(&body.role.ok_or_else(|| missing("role"))?)?;
    if body.package_type.as_deref() == Some("Image") || body.code.image_uri.is_some() {
        return Err(no_image(body.code.image_uri.as_deref().unwrap_or_default()));
    }
    if body.runtime.is_none() || body.handler.is_none() {
        // From memory [?].
        let message = "Runtime and Handler are mandatory parameters for functions created with deployment packages.";
        return Err(ApiError::new(Code::InvalidFunctionParameter, message));
    }
    let code = code(body.code.zip_file.as_deref(), body.code.s3_bucket.as_deref())?;
    let mut configuration = Configuration { code, ..Configuration::default() };
    if let Some(architecture) = architecture(body.architectures)? {
        configuration.architecture = architecture;
    }
    settings.set(&mut configuration);
    // An ARN names a function as well as its name does.
    let function_name = parse(model, &given)
        .ok()
        .filter(|named| named.qualifier.is_none())
        .map_or(given, |named| named.function.to_string());
    let id = model.create_function(CreateFunction {
        function_name,
        role,
        vpc_config: body.vpc_config.and_then(VpcConfig::attachment),
        configuration,
        tags: body.tags,
    })?;
    if body.publish {
        let version = model.publish_first_version(&id)?;
        return json(201, &super::shapes::configuration(model, &id, &version, Some(&version), Progress::Told)?);
    }
    json(201, &super::shapes::configuration(model, &id, LATEST, None, Progress::Told)?)
}

pub(super) fn update_configuration(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let body: UpdateConfigurationBody = asked.read()?;
    let settings: Settings = asked.read()?;
    let model = &mut state.model;
    let Named { function: id, .. } = named(model, asked)?;
    let mut configuration = model.facts_of_function(&id)?.configuration;
    let before = configuration.clone();
    settings.set(&mut configuration);
    let vpc_config = match body.vpc_config {
        None => VpcChange::Keep,
        Some(config) => config.attachment().map_or(VpcChange::Leave, VpcChange::To),
    };
    let role = body.role.map(|arn| model.role_of_arn(&arn)).transpose()?;
    model.update_function_configuration(UpdateFunctionConfiguration {
        function_name: id.clone(),
        vpc_config,
        role,
        configuration: (configuration != before).then_some(configuration),
        revision_id: body.revision_id,
    })?;
    json(200, &super::shapes::configuration(model, &id, LATEST, None, Progress::Told)?)
}

pub(super) fn update_code(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let body: UpdateCodeBody = asked.read()?;
    let model = &mut state.model;
    let Named { function: id, .. } = named(model, asked)?;
    if let Some(image) = &body.image_uri {
        return Err(no_image(image));
    }
    let mut configuration = model.facts_of_function(&id)?.configuration;
    configuration.code = code(body.zip_file.as_deref(), body.s3_bucket.as_deref())?;
    if let Some(architecture) = architecture(body.architectures)? {
        configuration.architecture = architecture;
    }
    model.update_function_configuration(UpdateFunctionConfiguration {
        function_name: id.clone(),
        vpc_config: VpcChange::Keep,
        role: None,
        configuration: Some(configuration),
        revision_id: body.revision_id,
    })?;
    if body.publish {
        let version = model.publish_first_version(&id)?;
        return json(200, &super::shapes::configuration(model, &id, &version, Some(&version), Progress::Told)?);
    }
    json(200, &super::shapes::configuration(model, &id, LATEST, None, Progress::Told)?)
}

pub(super) fn delete(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let Named { function: id, qualifier } = named(&state.model, asked)?;
    match qualifier {
        None => state.model.delete_function(&id)?,
        Some(version) => state.model.delete_version(&id, &version)?,
    }
    Ok(nothing())
}

pub(super) fn publish(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let body: PublishBody = asked.read()?;
    let Named { function: id, .. } = named(&state.model, asked)?;
    let version = state.model.publish_version(PublishVersion {
        function_name: id.clone(),
        description: body.description.filter(|description| !description.is_empty()),
        code_sha256: body.code_sha256.filter(|sha256| !sha256.is_empty()),
        revision_id: body.revision_id,
    })?;
    json(201, &configuration(&state.model, &id, &version, Some(&version), Progress::Told)?)
}

/// No function here has a code signing configuration, and then the answer is empty.
pub(super) fn code_signing(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let Named { function: id, .. } = named(&state.model, asked)?;
    state.model.function(&id)?;
    json(200, &BTreeMap::<String, String>::new())
}

/// The code that comes with a call. The emulator has no S3.
fn code(zip_file: Option<&str>, s3_bucket: Option<&str>) -> Result<PackedCode, ApiError> {
    let refuse = |message: &str| Err(ApiError::new(Code::InvalidFunctionParameter, message));
    match (zip_file, s3_bucket) {
        (Some(zip), _) => match BASE64_STANDARD.decode(zip) {
            Ok(zip) => PackedCode::of_zip(&zip),
            Err(_) => PackedCode::of_zip(b""),
        },
        // These two from memory [?].
        (None, Some(_)) => refuse(
            "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
        ),
        (None, None) => refuse("Please provide a source for function code."),
    }
}

fn no_image(uri: &str) -> ApiError {
    let message = format!("Source image {uri} does not exist. Provide a valid source image.");
    ApiError::new(Code::InvalidFunctionParameter, message)
}

fn architecture(given: Option<Vec<String>>) -> Result<Option<String>, ApiError> {
    match given.unwrap_or_default().as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        many => {
            let rule = "Member must have length less than or equal to 1";
            Err(constraint("architectures", format!("[{}]", many.join(", ")), rule))
        }
    }
}

pub(super) fn missing(member: &str) -> ApiError {
    let message = format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    );
    ApiError::new(Code::ValidationFailed, message)
}
