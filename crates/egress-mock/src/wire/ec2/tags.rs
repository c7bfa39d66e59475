//! Tags: given at creation, set, deleted and listed.

use egress_core::{CloudId, Tags};
use serde::{Deserialize, Serialize};

use super::{
    filter::{Filter, one},
    ids,
    listing::{Ask, Listing, Pages, Words, describe_answer},
};
use crate::{
    cloud::{ApiError, Code, Model},
    mock::State,
    wire::route::{Action, Return, action},
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateTags" Changes create_tags),
    action!("DeleteTags" Changes delete_tags),
    action!("DescribeTags" Reads describe_tags),
];

/// Tags for what a call creates.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TagSpecification {
    resource_type: Option<String>,
    #[serde(default)]
    tag: Vec<Tag>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
    value: Option<String>,
}

/// The tags that a thing of this type is to have. The first sentence is recorded; the others are inferred from it `[?]`.
pub(super) fn tags_for(created: &str, specifications: Vec<TagSpecification>) -> Result<Tags, ApiError> {
    let mut all = Vec::new();
    for specification in specifications {
        match specification.resource_type.as_deref() {
            Some(kind) if kind == created => {}
            Some(kind) => {
                return Err(invalid(format!("'{kind}' is not a valid taggable resource type for this operation.")));
            }
            None => return Err(invalid("Tag specification resource type must have a value".to_owned())),
        }
        if specification.tag.is_empty() {
            return Err(invalid("Tag specification must have at least one tag".to_owned()));
        }
        all.extend(specification.tag);
    }
    distinct(all)
}

fn distinct(list: Vec<Tag>) -> Result<Tags, ApiError> {
    let mut tags = Tags::new();
    for Tag { key, value } in list {
        if tags.contains_key(&key) {
            return Err(invalid(format!("Duplicate tag key '{key}' specified.")));
        }
        tags.insert(key, value.unwrap_or_default());
    }
    Ok(tags)
}

fn invalid(message: String) -> ApiError {
    ApiError::new(Code::InvalidParameterValue, message)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagArgs {
    #[serde(default)]
    resource_id: Vec<CloudId>,
    #[serde(default)]
    tag: Vec<Tag>,
}

fn create_tags(state: &mut State, args: TagArgs) -> Result<Return, ApiError> {
    needs("resourceIdSet", &args.resource_id)?;
    needs("tagSet", &args.tag)?;
    let tags = distinct(args.tag)?;
    state.model.create_resource_tags(&args.resource_id, &tags)?;
    Ok(Return::TRUE)
}

/// A tag without a value is deleted whatever its value is; with an empty one, only where it is empty [doc].
fn delete_tags(state: &mut State, args: TagArgs) -> Result<Return, ApiError> {
    needs("resourceIdSet", &args.resource_id)?;
    let which: Vec<_> = args.tag.into_iter().map(|tag| (tag.key, tag.value)).collect();
    state.model.delete_resource_tags(&args.resource_id, &which)?;
    Ok(Return::TRUE)
}

fn needs<T>(name: &str, list: &[T]) -> Result<(), ApiError> {
    if !list.is_empty() {
        return Ok(());
    }
    Err(ApiError::new(Code::MissingParameter, format!("The request must contain the parameter {name}")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeTags {
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

describe_answer!(TagsAnswer "tagSet" Listed);

/// A tag as it is listed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    /// For the order: resource and key.
    #[serde(skip)]
    place: String,
    resource_id: String,
    resource_type: &'static str,
    key: String,
    value: String,
}

const LISTING: Listing<Listed> = Listing {
    kind: &ids::TAG,
    id: |tag| &tag.place,
    tags: None,
    filters: &[
        ("key", |_, tag| one(&tag.key)),
        ("resource-id", |_, tag| one(&tag.resource_id)),
        ("resource-type", |_, tag| one(tag.resource_type)),
        ("value", |_, tag| one(&tag.value)),
    ],
    pages: Pages { least: 5, most: 1_000, ids: "", words: Words::Old },
};

fn describe_tags(state: &mut State, args: DescribeTags) -> Result<TagsAnswer, ApiError> {
    let model = &state.model;
    // `tag:KEY=VALUE` asks for key and value at once.
    let (by_tag, filters): (Vec<Filter>, Vec<Filter>) = args.filter.into_iter().partition(Filter::is_of_a_tag);
    let fits = |tag: &Listed| by_tag.iter().all(|filter| filter.is_of(&tag.key, &tag.value));
    let mut all: Vec<Listed> = every_tag(model).filter(fits).collect();
    all.sort_by(|a, b| a.place.cmp(&b.place));
    let ask = Ask {
        filters: &filters,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
        ..Ask::default()
    };
    let page = LISTING.select(model, all.iter(), ask)?;
    Ok(TagsAnswer { list: page.shaped(Clone::clone), next_token: page.next_token })
}

fn every_tag(model: &Model) -> impl Iterator<Item = Listed> {
    model.every_tagged().filter(|(_, id, _)| model.sees(id)).flat_map(|(resource_type, id, tags)| {
        tags.iter().map(move |(key, value)| Listed {
            place: format!("{id}\n{key}"),
            resource_id: id.to_string(),
            resource_type,
            key: key.clone(),
            value: value.clone(),
        })
    })
}
