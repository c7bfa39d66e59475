//! Block Public Access: the switch, and its exclusions.

use std::time::Duration;

use egress_core::{
    CloudId, Tags,
    world::{BlockMode, Exclusion},
};
use serde::{Deserialize, Serialize};

use super::{
    filter::{Filter, one},
    ids,
    listing::{Ask, Listing, Pages, describe_answer},
    shape::{TagSet, arn, moment, owner, tag_set},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{ApiError, Code, Model},
    mock::State,
    wire::route::{Action, action},
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateVpcBlockPublicAccessExclusion" Changes create_exclusion),
    action!("DeleteVpcBlockPublicAccessExclusion" Changes delete_exclusion),
    action!("DescribeVpcBlockPublicAccessExclusions" Reads describe_exclusions),
    action!("DescribeVpcBlockPublicAccessOptions" Reads describe_options),
    action!("ModifyVpcBlockPublicAccessExclusion" Changes modify_exclusion),
    action!("ModifyVpcBlockPublicAccessOptions" Changes modify_options),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsShape {
    aws_account_id: String,
    aws_region: String,
    state: &'static str,
    internet_gateway_block_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_timestamp: Option<String>,
    managed_by: &'static str,
    exclusions_allowed: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsAnswer {
    vpc_block_public_access_options: OptionsShape,
}

/// `default-state` until somebody switches it [doc].
fn options(model: &Model) -> OptionsAnswer {
    let switched = model.hidden.facts.block_mode_set_at;
    let mode = model.world.network.block_public_access.mode;
    let untouched = switched.is_none() && mode == BlockMode::Off;
    let options = OptionsShape {
        aws_account_id: owner(model),
        aws_region: model.config.place.region.clone(),
        state: if untouched { "default-state" } else { "update-complete" },
        internet_gateway_block_mode: mode_word(mode),
        last_update_timestamp: switched.map(moment),
        managed_by: "account",
        exclusions_allowed: "allowed",
    };
    OptionsAnswer { vpc_block_public_access_options: options }
}

const MODES: [(&str, BlockMode); 3] =
    [("off", BlockMode::Off), ("block-bidirectional", BlockMode::Bidirectional), ("block-ingress", BlockMode::Ingress)];

const EXCLUSIONS: [(&str, Exclusion); 2] =
    [("allow-bidirectional", Exclusion::Bidirectional), ("allow-egress", Exclusion::Egress)];

fn mode_word(mode: BlockMode) -> &'static str {
    MODES.iter().find(|(_, of)| *of == mode).map_or("", |(word, _)| word)
}

fn exclusion_word(exclusion: Exclusion) -> &'static str {
    EXCLUSIONS.iter().find(|(_, of)| *of == exclusion).map_or("", |(word, _)| word)
}

/// One of a few words. The sentence is that of other calls `[?]`.
fn read<T: Copy>(parameter: &str, word: &str, words: &[(&str, T)]) -> Result<T, ApiError> {
    words.iter().find(|(known, _)| *known == word).map(|(_, of)| *of).ok_or_else(|| {
        let message = format!("Value ({word}) for parameter {parameter} is invalid. Unknown value.");
        ApiError::new(Code::InvalidParameterValue, message)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn describe_options(state: &mut State, Nothing {}: Nothing) -> Result<OptionsAnswer, ApiError> {
    Ok(options(&state.model))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ModifyOptions {
    internet_gateway_block_mode: String,
}

fn modify_options(state: &mut State, args: ModifyOptions) -> Result<OptionsAnswer, ApiError> {
    state.model.set_block_mode(read("InternetGatewayBlockMode", &args.internet_gateway_block_mode, &MODES)?);
    Ok(options(&state.model))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExclusionShape {
    exclusion_id: CloudId,
    internet_gateway_exclusion_mode: &'static str,
    resource_arn: String,
    state: &'static str,
    creation_timestamp: String,
    tag_set: TagSet,
}

/// An exclusion with what it takes to show it.
struct Row {
    id: CloudId,
    of: CloudId,
    mode: Exclusion,
}

fn rows(model: &Model) -> Vec<Row> {
    let exclusions = &model.world.network.block_public_access.exclusions;
    let row = |(of, mode): (&CloudId, &Exclusion)| Row { id: model.exclusion_id(of), of: of.clone(), mode: *mode };
    let mut rows: Vec<Row> = exclusions.iter().map(row).collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

fn shape(model: &Model, row: &Row) -> ExclusionShape {
    let made = model.hidden.facts.made_at.get(&row.id).copied().unwrap_or(Duration::ZERO);
    ExclusionShape {
        exclusion_id: row.id.clone(),
        internet_gateway_exclusion_mode: exclusion_word(row.mode),
        resource_arn: resource_arn(model, row),
        state: COMPLETE,
        creation_timestamp: moment(made),
        tag_set: tag_set(tags(model, row)),
    }
}

const COMPLETE: &str = "create-complete";

fn resource_arn(model: &Model, row: &Row) -> String {
    let kind = if row.of.as_str().starts_with("subnet-") { "subnet" } else { "vpc" };
    arn(model, kind, &row.of)
}

fn tags<'m>(model: &'m Model, row: &Row) -> &'m Tags {
    const NONE: &Tags = &Tags::new();
    model.hidden.facts.other_tags.get(&row.id).unwrap_or(NONE)
}

const LISTING: Listing<Row> = Listing {
    kind: &ids::EXCLUSION,
    id: |row| row.id.as_str(),
    tags: Some(|model, row| tags(model, row)),
    filters: &[
        ("internet-gateway-exclusion-mode", |_, row| one(exclusion_word(row.mode))),
        ("resource-arn", |model, row| one(resource_arn(model, row))),
        ("state", |_, _| one(COMPLETE)),
    ],
    pages: Pages::usual("ExclusionIds"),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeExclusions {
    #[serde(default)]
    exclusion_id: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

describe_answer!(ExclusionsAnswer "vpcBlockPublicAccessExclusionSet" ExclusionShape);

fn describe_exclusions(state: &mut State, args: DescribeExclusions) -> Result<ExclusionsAnswer, ApiError> {
    let model = &state.model;
    let rows = rows(model);
    let ask = Ask {
        ids: &args.exclusion_id,
        filters: &args.filter,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
    };
    let page = LISTING.select(model, rows.iter(), ask)?;
    Ok(ExclusionsAnswer { list: page.shaped(|row| shape(model, row)), next_token: page.next_token })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExclusionAnswer {
    vpc_block_public_access_exclusion: ExclusionShape,
}

fn answer(model: &Model, id: &CloudId, state: &'static str) -> Result<ExclusionAnswer, ApiError> {
    let rows = rows(model);
    let row = rows.iter().find(|row| row.id == *id).ok_or_else(|| ids::EXCLUSION.refuse(&[id.as_str()]))?;
    Ok(ExclusionAnswer { vpc_block_public_access_exclusion: ExclusionShape { state, ..shape(model, row) } })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateExclusion {
    subnet_id: Option<CloudId>,
    vpc_id: Option<CloudId>,
    internet_gateway_exclusion_mode: String,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

fn create_exclusion(state: &mut State, args: CreateExclusion) -> Result<ExclusionAnswer, ApiError> {
    let mode = read("InternetGatewayExclusionMode", &args.internet_gateway_exclusion_mode, &EXCLUSIONS)?;
    let (kind, of) = match (args.vpc_id, args.subnet_id) {
        (Some(vpc), None) => (&ids::VPC, vpc),
        (None, Some(subnet)) => (&ids::SUBNET, subnet),
        (None, None) => {
            let message = "The request must contain the parameter vpcId or subnetId";
            return Err(ApiError::new(Code::MissingParameter, message));
        }
        (Some(_), Some(_)) => {
            let message = "The parameters vpcId and subnetId cannot be used together.";
            return Err(ApiError::new(Code::InvalidParameterCombination, message));
        }
    };
    let tags = tags_for("vpc-block-public-access-exclusion", args.tag_specification)?;
    let made = state.model.create_exclusion(&of, mode, tags).map_err(ids::read_first([(kind, of.as_str())]))?;
    answer(&state.model, &made, COMPLETE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ModifyExclusion {
    exclusion_id: CloudId,
    internet_gateway_exclusion_mode: String,
}

fn modify_exclusion(state: &mut State, args: ModifyExclusion) -> Result<ExclusionAnswer, ApiError> {
    let mode = read("InternetGatewayExclusionMode", &args.internet_gateway_exclusion_mode, &EXCLUSIONS)?;
    state.model.modify_exclusion(&args.exclusion_id, mode)?;
    answer(&state.model, &args.exclusion_id, "update-complete")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteExclusion {
    exclusion_id: CloudId,
}

fn delete_exclusion(state: &mut State, args: DeleteExclusion) -> Result<ExclusionAnswer, ApiError> {
    let gone = answer(&state.model, &args.exclusion_id, "delete-in-progress")?;
    state.model.delete_exclusion(&args.exclusion_id)?;
    Ok(gone)
}
