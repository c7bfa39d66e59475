//! Launch templates: names, makers and tags. What would be launched is taken and not kept.

use std::collections::BTreeMap;

use egress_core::{CloudId, world::Lease};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    filter::{Filter, one},
    ids,
    listing::{Ask, Listing, Pages, Words, describe_answer},
    shape::{TagSet, moment, tag_set},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{self, ApiError, Code, Model, no_such_template_name},
    mock::State,
    wire::route::{Action, action},
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateLaunchTemplate" Changes create_launch_template),
    action!("DeleteLaunchTemplate" Changes delete_launch_template),
    action!("DescribeLaunchTemplates" Reads describe_launch_templates),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TemplateShape {
    launch_template_id: CloudId,
    launch_template_name: String,
    create_time: String,
    created_by: String,
    default_version_number: u32,
    latest_version_number: u32,
    tag_set: TagSet,
}

fn shape(model: &Model, template: &Lease) -> TemplateShape {
    TemplateShape {
        launch_template_id: template.id.clone(),
        launch_template_name: template.name.clone(),
        create_time: made_at(model, template),
        created_by: template.created_by.clone().unwrap_or_default(),
        default_version_number: 1,
        latest_version_number: 1,
        tag_set: tag_set(&template.tags),
    }
}

fn made_at(model: &Model, template: &Lease) -> String {
    moment(model.launch_template_made_at(&template.id))
}

const LISTING: Listing<Lease> = Listing {
    kind: &ids::LAUNCH_TEMPLATE,
    id: |template| template.id.as_str(),
    tags: Some(|_, template| &template.tags),
    filters: &[
        ("create-time", |model, template| one(made_at(model, template))),
        ("launch-template-name", |_, template| one(&template.name)),
    ],
    // "This value can be between 1 and 200" (API reference of DescribeLaunchTemplates).
    pages: Pages { least: 1, most: 200, ids: "", words: Words::New },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeLaunchTemplates {
    #[serde(default, rename = "LaunchTemplateId")]
    ids: Vec<String>,
    #[serde(default, rename = "LaunchTemplateName")]
    names: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

describe_answer!(TemplatesAnswer "launchTemplates" TemplateShape);

fn describe_launch_templates(state: &mut State, args: DescribeLaunchTemplates) -> Result<TemplatesAnswer, ApiError> {
    let model = &state.model;
    for name in &args.names {
        model.launch_template_named(name)?;
    }
    let named = |template: &&Lease| args.names.is_empty() || args.names.contains(&template.name);
    let seen = model.world.network.leases.values().filter(|template| model.sees(&template.id)).filter(named);
    let ask = Ask {
        ids: &args.ids,
        filters: &args.filter,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
    };
    let page = LISTING.select(model, seen, ask)?;
    Ok(TemplatesAnswer { list: page.shaped(|template| shape(model, template)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateLaunchTemplate {
    launch_template_name: String,
    launch_template_data: Option<BTreeMap<String, Value>>,
    client_token: Option<String>,
    #[serde(rename = "VersionDescription")]
    _version_description: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TemplateAnswer {
    launch_template: TemplateShape,
}

fn create_launch_template(state: &mut State, args: CreateLaunchTemplate) -> Result<TemplateAnswer, ApiError> {
    check_data(args.launch_template_data.as_ref())?;
    let tags = tags_for("launch-template", args.tag_specification)?;
    let model = &mut state.model;
    let created_by = model.caller(&state.caller).arn;
    let (launch_template_name, client_token) = (args.launch_template_name, args.client_token);
    let name = launch_template_name.clone();
    let args = cloud::CreateLaunchTemplate { launch_template_name, client_token, created_by, tags };
    let id = model.create_launch_template(args)?;
    // The answer to a repeated token may be about a template that is gone by now.
    let template = model.world.network.leases.get(&id).ok_or_else(|| no_such_template_name(&name))?;
    Ok(TemplateAnswer { launch_template: shape(model, template) })
}

/// What a template may say of what is launched (API reference, `RequestLaunchTemplateData`).
const DATA: [&str; 33] = [
    "BlockDeviceMapping",
    "CapacityReservationSpecification",
    "CpuOptions",
    "CreditSpecification",
    "DisableApiStop",
    "DisableApiTermination",
    "EbsOptimized",
    "ElasticGpuSpecification",
    "ElasticInferenceAccelerator",
    "EnclaveOptions",
    "HibernationOptions",
    "IamInstanceProfile",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceMarketOptions",
    "InstanceRequirements",
    "InstanceType",
    "KernelId",
    "KeyName",
    "LicenseSpecification",
    "MaintenanceOptions",
    "MetadataOptions",
    "Monitoring",
    "NetworkInterface",
    "NetworkPerformanceOptions",
    "Operator",
    "Placement",
    "PrivateDnsNameOptions",
    "RamDiskId",
    "SecurityGroup",
    "SecurityGroupId",
    "TagSpecification",
    "UserData",
];

/// A template must say something. Source of the sentence: awsdocs/aws-cloudformation-user-guide pull request 453; that data
/// without any element is answered in the same way is inferred `[?]`.
fn check_data(data: Option<&BTreeMap<String, Value>>) -> Result<(), ApiError> {
    let Some(data) = data.filter(|data| !data.is_empty()) else {
        let message =
            "No launch template data was provided. Launch template data is required to create a launch template.";
        return Err(ApiError::new(Code::MissingParameter, message));
    };
    match data.keys().find(|name| !DATA.contains(&name.as_str())) {
        Some(name) => {
            let message = format!("The parameter LaunchTemplateData.{name} is not recognized");
            Err(ApiError::new(Code::UnknownParameter, message))
        }
        None => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteLaunchTemplate {
    launch_template_id: Option<CloudId>,
    launch_template_name: Option<String>,
}

fn delete_launch_template(state: &mut State, args: DeleteLaunchTemplate) -> Result<TemplateAnswer, ApiError> {
    let model = &mut state.model;
    let id = match (args.launch_template_id, args.launch_template_name) {
        (Some(id), None) => id,
        (None, Some(name)) => model.launch_template_named(&name)?.id.clone(),
        // "You must specify either the launch template ID or the launch template name, but not both" (API reference); the
        // code is inferred `[?]`.
        (Some(_), Some(_)) => {
            let message = "You may specify either a launch template ID or a launch template name, but not both.";
            return Err(ApiError::new(Code::InvalidParameterCombination, message));
        }
        (None, None) => {
            let message = "Either a launch template ID or a launch template name must be specified in the request.";
            return Err(ApiError::new(Code::MissingParameter, message));
        }
    };
    let shown = model.launch_template(&id).map(|template| shape(model, template));
    let read_first = ids::read_first([(&ids::LAUNCH_TEMPLATE, id.as_str())]);
    let deleted = shown.and_then(|shown| model.delete_launch_template(&id).map(|_| shown));
    Ok(TemplateAnswer { launch_template: deleted.map_err(read_first)? })
}
