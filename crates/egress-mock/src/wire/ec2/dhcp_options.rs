//! Sets of DHCP options.

use std::collections::BTreeMap;

use egress_core::{CloudId, Tags};
use serde::{Deserialize, Serialize};

use super::{
    filter::{each, one},
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{TagSet, owner, tag_set},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{ApiError, Code, DhcpOptions, Model},
    mock::State,
    wire::{
        route::{Action, Return, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("AssociateDhcpOptions" Changes associate_dhcp_options),
    action!("CreateDhcpOptions" Changes create_dhcp_options),
    action!("DeleteDhcpOptions" Changes delete_dhcp_options),
    action!("DescribeDhcpOptions" Reads describe_dhcp_options),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsShape {
    dhcp_options_id: CloudId,
    owner_id: String,
    dhcp_configuration_set: Items<ConfigurationShape>,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationShape {
    key: String,
    value_set: Items<ValueShape>,
}

#[derive(Serialize)]
struct ValueShape {
    value: String,
}

/// A set with what it says.
type Row = (CloudId, DhcpOptions);

fn shape(model: &Model, (id, options): &Row) -> OptionsShape {
    let configuration = |(key, values): (&String, &Vec<String>)| ConfigurationShape {
        key: key.clone(),
        value_set: values.iter().map(|value| ValueShape { value: value.clone() }).collect(),
    };
    OptionsShape {
        dhcp_options_id: id.clone(),
        owner_id: owner(model),
        dhcp_configuration_set: options.0.iter().map(configuration).collect(),
        tag_set: tag_set(tags(model, id)),
    }
}

fn tags<'m>(model: &'m Model, id: &CloudId) -> &'m Tags {
    const NONE: &Tags = &Tags::new();
    model.hidden.facts.other_tags.get(id).unwrap_or(NONE)
}

const LISTING: Listing<Row> = Listing {
    kind: &ids::DHCP_OPTIONS,
    id: |(id, _)| id.as_str(),
    tags: Some(|model, (id, _)| tags(model, id)),
    filters: &[
        ("dhcp-options-id", |_, (id, _)| one(id.as_str())),
        ("key", |_, (_, options)| each(options.0.keys().map(String::as_str))),
        ("owner-id", |model, _| one(owner(model))),
        ("value", |_, (_, options)| each(options.0.values().flatten().map(String::as_str))),
    ],
    pages: Pages::usual("DhcpOptionsIds"),
};

describe_args!(DescribeDhcpOptions "DhcpOptionsId");
describe_answer!(OptionsAnswer "dhcpOptionsSet" OptionsShape);

fn describe_dhcp_options(state: &mut State, args: DescribeDhcpOptions) -> Result<OptionsAnswer, ApiError> {
    let model = &state.model;
    let all: Vec<Row> = model.every_dhcp_options().into_iter().collect();
    let page = LISTING.select(model, all.iter(), args.ask())?;
    Ok(OptionsAnswer { list: page.shaped(|row| shape(model, row)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateDhcpOptions {
    #[serde(default)]
    dhcp_configuration: Vec<NewConfiguration>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct NewConfiguration {
    key: String,
    #[serde(default)]
    value: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedAnswer {
    dhcp_options: OptionsShape,
}

fn create_dhcp_options(state: &mut State, args: CreateDhcpOptions) -> Result<CreatedAnswer, ApiError> {
    if args.dhcp_configuration.is_empty() {
        let message = "The request must contain the parameter dhcpConfigurationSet";
        return Err(ApiError::new(Code::MissingParameter, message));
    }
    // Several servers may come as one text with commas [doc].
    let split = |values: Vec<String>| -> Vec<String> {
        values.iter().flat_map(|value| value.split(',')).map(|value| value.trim().to_owned()).collect()
    };
    let said: BTreeMap<_, _> = args.dhcp_configuration.into_iter().map(|c| (c.key, split(c.value))).collect();
    let options = DhcpOptions(said);
    let tags = tags_for("dhcp-options", args.tag_specification)?;
    let id = state.model.create_dhcp_options(options.clone(), tags)?;
    Ok(CreatedAnswer { dhcp_options: shape(&state.model, &(id, options)) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AssociateDhcpOptions {
    dhcp_options_id: CloudId,
    vpc_id: CloudId,
}

/// The word `default` stands for no options at all [doc].
fn associate_dhcp_options(state: &mut State, args: AssociateDhcpOptions) -> Result<Return, ApiError> {
    let (id, network) = (&args.dhcp_options_id, &args.vpc_id);
    let set = (id.as_str() != "default").then_some(id);
    let mut read_first = vec![(&ids::VPC, network.as_str())];
    read_first.extend(set.map(|id| (&ids::DHCP_OPTIONS, id.as_str())));
    state.model.associate_dhcp_options(set, network).map_err(ids::read_first(read_first))?;
    Ok(Return::TRUE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteDhcpOptions {
    dhcp_options_id: CloudId,
}

fn delete_dhcp_options(state: &mut State, args: DeleteDhcpOptions) -> Result<Return, ApiError> {
    let id = args.dhcp_options_id;
    state.model.delete_dhcp_options(&id).map_err(ids::read_first([(&ids::DHCP_OPTIONS, id.as_str())]))?;
    Ok(Return::TRUE)
}
