//! Functions' tags.

use egress_core::{CloudId, Kind, Tags};
use serde::{Deserialize, Serialize};

use super::{Asked, json, names::parse, nothing};
use crate::{
    cloud::{ApiError, Code, Model, constraint},
    mock::State,
    wire::route::Answered,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagBody {
    #[serde(default)]
    tags: Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagList {
    tags: Tags,
}

pub(super) fn list(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let id = tagged(&state.model, asked)?;
    json(200, &TagList { tags: state.model.function(&id)?.tags.clone() })
}

pub(super) fn tag(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let TagBody { tags } = asked.read()?;
    let id = tagged(&state.model, asked)?;
    state.model.function(&id)?;
    if tags.is_empty() {
        let message = "An error occurred and the request cannot be processed.";
        return Err(ApiError::new(Code::InvalidFunctionParameter, message));
    }
    state.model.set_tags(Kind::Function, &id, &tags, &[]).map(|()| nothing())
}

pub(super) fn untag(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let id = tagged(&state.model, asked)?;
    let keys: Vec<String> = asked.query.iter().filter(|(n, _)| n == "tagKeys").map(|(_, key)| key.clone()).collect();
    if keys.is_empty() {
        let message = "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null";
        return Err(ApiError::new(Code::ValidationFailed, message));
    }
    state.model.set_tags(Kind::Function, &id, &Tags::new(), &keys).map(|()| nothing())
}

/// The function whose ARN the path has.
///
/// Source of the sentences: localstack/localstack's answers recorded from AWS, `TestLambdaTags`.
fn tagged(model: &Model, asked: &Asked) -> Result<CloudId, ApiError> {
    let arn = asked.name();
    let of_functions = arn.starts_with("arn:") && arn.split(':').nth(2) == Some("lambda") && arn.contains(":function:");
    if !of_functions {
        let rule = "Member must satisfy regular expression pattern: \
                    arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:\
                    (function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|\
                    code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-\
                    [0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)";
        return Err(constraint("resource", arn, rule));
    }
    let named = parse(model, arn)?;
    if named.qualifier.is_some() {
        let message = "Tags on function aliases and versions are not supported. Please specify a function ARN.";
        return Err(ApiError::new(Code::InvalidFunctionParameter, message));
    }
    Ok(named.function)
}
