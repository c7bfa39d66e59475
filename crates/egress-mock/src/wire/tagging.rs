//! The Resource Groups Tagging API, as far as functions go: which of them carry which tags. JSON 1.1.
//!
//! Source: its API reference, version 2017-01-26.

use egress_core::Tags;
use serde::{Deserialize, Serialize};

use super::{
    Request,
    page::{Page, page},
    route::{Answered, Routed, broken},
};
use crate::{
    cloud::{ApiError, Code},
    mock::{CallEffect, State},
};

/// Stands before the action in the header `X-Amz-Target`.
const TARGET: &str = "ResourceGroupsTaggingAPI_20170126.";
/// The most things of a page [doc].
const MOST: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetResources {
    pagination_token: Option<String>,
    resources_per_page: Option<usize>,
    #[serde(default)]
    resource_type_filters: Vec<String>,
    #[serde(default)]
    tag_filters: Vec<TagFilter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagFilter {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

impl TagFilter {
    /// A filter without values is for every value.
    fn fits(&self, tags: &Tags) -> bool {
        tags.get(&self.key).is_some_and(|value| self.values.is_empty() || self.values.contains(value))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resources {
    pagination_token: String,
    resource_tag_mapping_list: Vec<Mapping>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mapping {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "__type")]
    code: &'a str,
    #[serde(rename = "Message")]
    message: &'a str,
}

/// The action that the target asks for.
pub(super) fn route(request: &Request) -> Result<Routed, ApiError> {
    let target = request.header("x-amz-target").unwrap_or_default();
    if target.strip_prefix(TARGET) != Some("GetResources") {
        return Err(ApiError::new(Code::UnknownTarget, format!("the emulator does not speak `{target}`")));
    }
    let body = request.body.clone();
    let run = Box::new(move |state: &mut State| {
        let asked =
            serde_json::from_slice(&body).map_err(|error| ApiError::new(Code::Unserialisable, error.to_string()));
        get_resources(state, &asked?)
    });
    Ok(Routed { name: "GetResources", effect: CallEffect::Reads, whole: false, run })
}

fn get_resources(state: &State, asked: &GetResources) -> Result<Answered, ApiError> {
    let wanted = asked.resources_per_page.unwrap_or(MOST);
    if !(1..=MOST).contains(&wanted) {
        return Err(bad(format!("ResourcesPerPage is {wanted}, and must be between 1 and {MOST}")));
    }
    let of_lambda = |kind: &String| kind == "lambda" || kind.starts_with("lambda:");
    if asked.resource_type_filters.is_empty() || !asked.resource_type_filters.iter().all(of_lambda) {
        return Err(bad("the emulator finds functions alone by their tags: ask for the type lambda:function"));
    }
    let of_functions = asked.resource_type_filters.iter().any(|kind| kind == "lambda" || kind == "lambda:function");
    let fits = |tags: &Tags| of_functions && asked.tag_filters.iter().all(|filter| filter.fits(tags));
    let found = state.model.tagged_functions().into_iter().filter(|(_, tags)| fits(tags)).collect();
    let Page { items, next } = page(found, asked.pagination_token.as_deref(), wanted, Code::TaggingParameter)?;
    let resource_tag_mapping_list = items.into_iter().map(|(resource_arn, tags)| Mapping {
        resource_arn,
        tags: tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect(),
    });
    let answer = Resources {
        pagination_token: next.unwrap_or_default(),
        resource_tag_mapping_list: resource_tag_mapping_list.collect(),
    };
    let body = serde_json::to_string(&answer).map_err(|error| broken(&error.to_string()))?;
    Ok(Answered { status: 200, body, ..Answered::default() })
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::TaggingParameter, message)
}

/// An error's body.
pub(super) fn error_body(code: &str, message: &str) -> Vec<u8> {
    serde_json::to_vec(&ErrorBody { code, message }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::TARGET;
    use crate::{
        FunctionSetup, RoleSetup,
        wire::testing::{Client, text},
    };

    const ARN: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:";

    /// Three functions: `a` and `b` of the stack `shop`, one with a tag more, and `c` without a tag.
    fn client() -> Client {
        let client = Client::new();
        client.cloud.create_role(RoleSetup::new("r")).unwrap();
        for name in ["a", "b", "c"] {
            client.cloud.create_function(FunctionSetup::new(name, "r")).unwrap();
        }
        for (name, tags) in [("a", json!({ "stack": "shop" })), ("b", json!({ "stack": "shop", "team": "pay" }))] {
            let (status, _) = client.rest(
                "POST",
                &format!("/2017-03-31/tags/{}", format!("{ARN}{name}").replace(':', "%3A")),
                &json!({ "Tags": tags }).to_string(),
            );
            assert_eq!(status, 204);
        }
        client
    }

    fn ask(client: &Client, action: &str, body: &Value) -> (u16, Value) {
        let target = format!("{TARGET}{action}");
        let headers = [("X-Amz-Target", target.as_str())];
        let reply = client.send("tagging", "POST", "/", &headers, body.to_string().as_bytes());
        (reply.status, serde_json::from_str(&text(&reply)).unwrap())
    }

    /// The names of the functions that fit the filters.
    fn found(filters: &Value) -> Vec<String> {
        let asked = json!({ "ResourceTypeFilters": ["lambda:function"], "TagFilters": filters });
        let (status, told) = ask(&client(), "GetResources", &asked);
        assert_eq!((status, &told["PaginationToken"]), (200, &json!("")));
        let list = told["ResourceTagMappingList"].as_array().unwrap().iter();
        list.map(|one| one["ResourceARN"].as_str().unwrap().strip_prefix(ARN).unwrap().to_owned()).collect()
    }

    #[test]
    fn all_filters_must_fit_and_one_of_the_values_of_each() {
        assert_eq!(found(&json!([{ "Key": "stack", "Values": ["shop"] }])), ["a", "b"]);
        assert_eq!(found(&json!([{ "Key": "stack", "Values": ["other", "shop"] }, { "Key": "team" }])), ["b"]);
        assert_eq!(found(&json!([{ "Key": "stack", "Values": ["other"] }])), [""; 0]);
        assert_eq!(found(&json!([])), ["a", "b"], "what carries no tag is not in the index");
    }

    #[test]
    fn a_long_list_comes_in_pages() {
        let client = client();
        let mut asked = json!({ "ResourceTypeFilters": ["lambda"], "ResourcesPerPage": 1 });
        let (_, first) = ask(&client, "GetResources", &asked);
        assert_eq!(
            first,
            json!({
                "PaginationToken": "1",
                "ResourceTagMappingList": [
                    { "ResourceARN": format!("{ARN}a"), "Tags": [{ "Key": "stack", "Value": "shop" }] }
                ]
            })
        );
        asked["PaginationToken"] = first["PaginationToken"].clone();
        let (_, second) = ask(&client, "GetResources", &asked);
        assert_eq!(second["PaginationToken"], "");
        assert_eq!(second["ResourceTagMappingList"][0]["ResourceARN"], format!("{ARN}b"));
    }

    #[test]
    fn what_is_not_spoken_is_refused_in_the_services_own_shape() {
        let client = client();
        let code = |(status, told): (u16, Value)| (status, told["__type"].as_str().unwrap().to_owned());
        let types = json!({ "ResourceTypeFilters": ["ec2:vpc"] });
        for body in [json!({}), types, json!({ "ResourceTypeFilters": ["lambda"], "ResourcesPerPage": 101 })] {
            let said = ask(&client, "GetResources", &body);
            assert_eq!(code(said), (400, "InvalidParameterException".to_owned()), "{body}");
        }
        let said = ask(&client, "GetResources", &json!({ "ResourceARNList": [] }));
        assert_eq!(code(said), (400, "SerializationException".to_owned()));
        assert_eq!(code(ask(&client, "GetTagKeys", &json!({}))), (400, "UnknownOperationException".to_owned()));
    }
}
