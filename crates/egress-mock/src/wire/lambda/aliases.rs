//! Aliases of versions.

use std::collections::BTreeMap;

use egress_core::CloudId;
use serde::{Deserialize, Serialize};

use super::{
    Asked, json,
    names::{Named, named},
};
use crate::{
    cloud::{ApiError, Code, CreateAlias, Model},
    mock::State,
    wire::{page::Page, route::Answered},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateAliasBody {
    name: String,
    function_version: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    routing_config: Option<RoutingConfig>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RoutingConfig {
    additional_version_weights: BTreeMap<String, f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasShape {
    alias_arn: String,
    name: String,
    function_version: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_config: Option<RoutingConfig>,
    revision_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasList {
    aliases: Vec<AliasShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

pub(super) fn list(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let Named { function: id, .. } = named(&state.model, asked)?;
    let mut all = shapes(&state.model, &id)?;
    if let Some(version) = asked.query("FunctionVersion").filter(|version| !version.is_empty()) {
        all.retain(|alias| alias.function_version == version);
    }
    let Page { items, next } = asked.page(all)?;
    json(200, &AliasList { aliases: items, next_marker: next })
}

pub(super) fn create(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let body: CreateAliasBody = asked.read()?;
    let Named { function: id, .. } = named(&state.model, asked)?;
    state.model.create_alias(CreateAlias {
        function_name: id.clone(),
        name: body.name.clone(),
        function_version: body.function_version,
        description: body.description,
        weights: body.routing_config.unwrap_or_default().additional_version_weights,
    })?;
    json(201, &one(&state.model, &id, &body.name)?)
}

pub(super) fn get(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let Named { function: id, .. } = named(&state.model, asked)?;
    json(200, &one(&state.model, &id, asked.named.get(1).map_or("", String::as_str))?)
}

fn one(model: &Model, id: &CloudId, name: &str) -> Result<AliasShape, ApiError> {
    shapes(model, id)?.into_iter().find(|alias| alias.name == name).ok_or_else(|| {
        let message = format!("Cannot find alias arn: {}:{name}", model.function_arn(id));
        ApiError::new(Code::FunctionNotFound, message)
    })
}

fn shapes(model: &Model, id: &CloudId) -> Result<Vec<AliasShape>, ApiError> {
    let arn = model.function_arn(id);
    let aliases = model.facts_of_function(id)?.aliases;
    let shape = |(name, facts): (String, crate::cloud::AliasFacts)| AliasShape {
        alias_arn: format!("{arn}:{name}"),
        name,
        function_version: facts.function_version,
        description: facts.description,
        routing_config: (!facts.weights.is_empty())
            .then_some(RoutingConfig { additional_version_weights: facts.weights }),
        revision_id: facts.revision,
    };
    Ok(aliases.into_iter().map(shape).collect())
}
