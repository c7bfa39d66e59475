//! Lambda: REST with JSON.

mod aliases;
mod concurrency;
mod functions;
mod invoke;
mod names;
mod shapes;
mod tags;
#[cfg(test)]
mod tests;

use percent_encoding::percent_decode_str;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Request,
    page::Page,
    route::{Answered, Routed},
};
use crate::{
    cloud::{ApiError, Code},
    mock::{CallEffect, State},
};

/// One action: a method, a path in which `{}` stands for one segment, and what it does.
struct Action {
    name: &'static str,
    effect: CallEffect,
    method: &'static str,
    path: &'static str,
    run: fn(&mut State, &Asked) -> Result<Answered, ApiError>,
}

/// What a request says beside its method and its path.
struct Asked {
    /// What stands where the path has `{}`, decoded.
    named: Vec<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Lambda's actions (API reference, version 2015-03-31; those of tags 2017-03-31, of concurrency 2017-10-31 and 2019-09-30, of code signing
/// 2020-06-30).
#[rustfmt::skip]
const ACTIONS: &[Action] = &[
    action("ListFunctions", CallEffect::Reads, "GET", "2015-03-31/functions", functions::list),
    action("CreateFunction", CallEffect::Changes, "POST", "2015-03-31/functions", functions::create),
    action("GetFunction", CallEffect::Reads, "GET", "2015-03-31/functions/{}", functions::get),
    action("DeleteFunction", CallEffect::Changes, "DELETE", "2015-03-31/functions/{}", functions::delete),
    action("GetFunctionConfiguration", CallEffect::Reads, "GET", "2015-03-31/functions/{}/configuration", functions::get_configuration),
    action("UpdateFunctionConfiguration", CallEffect::Changes, "PUT", "2015-03-31/functions/{}/configuration", functions::update_configuration),
    action("UpdateFunctionCode", CallEffect::Changes, "PUT", "2015-03-31/functions/{}/code", functions::update_code),
    action("ListVersionsByFunction", CallEffect::Reads, "GET", "2015-03-31/functions/{}/versions", functions::list_versions),
    action("PublishVersion", CallEffect::Changes, "POST", "2015-03-31/functions/{}/versions", functions::publish),
    action("GetFunctionCodeSigningConfig", CallEffect::Reads, "GET", "2020-06-30/functions/{}/code-signing-config", functions::code_signing),
    action("PutFunctionConcurrency", CallEffect::Changes, "PUT", "2017-10-31/functions/{}/concurrency", concurrency::put),
    action("DeleteFunctionConcurrency", CallEffect::Changes, "DELETE", "2017-10-31/functions/{}/concurrency", concurrency::delete),
    action("GetFunctionConcurrency", CallEffect::Reads, "GET", "2019-09-30/functions/{}/concurrency", concurrency::get),
    action("ListAliases", CallEffect::Reads, "GET", "2015-03-31/functions/{}/aliases", aliases::list),
    action("CreateAlias", CallEffect::Changes, "POST", "2015-03-31/functions/{}/aliases", aliases::create),
    action("GetAlias", CallEffect::Reads, "GET", "2015-03-31/functions/{}/aliases/{}", aliases::get),
    action("Invoke", CallEffect::Changes, "POST", "2015-03-31/functions/{}/invocations", invoke::invoke),
    action("ListTags", CallEffect::Reads, "GET", "2017-03-31/tags/{}", tags::list),
    action("TagResource", CallEffect::Changes, "POST", "2017-03-31/tags/{}", tags::tag),
    action("UntagResource", CallEffect::Changes, "DELETE", "2017-03-31/tags/{}", tags::untag),
];

const fn action(
    name: &'static str,
    effect: CallEffect,
    method: &'static str,
    path: &'static str,
    run: fn(&mut State, &Asked) -> Result<Answered, ApiError>,
) -> Action {
    Action { name, effect, method, path, run }
}

/// The action that a method and a path ask for.
pub(super) fn route(request: &Request) -> Result<Routed, ApiError> {
    let segments = segments(request.path())?;
    let found = ACTIONS.iter().filter(|action| action.method == request.method);
    let Some((action, named)) = found.filter_map(|action| Some((action, fit(action.path, &segments)?))).next() else {
        let message = format!("there is no {} {}", request.method, request.path());
        return Err(ApiError::new(Code::UnknownOperation, message));
    };
    let asked = Asked {
        named,
        query: form_urlencoded::parse(request.query().as_bytes()).into_owned().collect(),
        headers: request.headers.clone(),
        body: request.body.clone(),
    };
    let act = action.run;
    let run = Box::new(move |state: &mut State| act(state, &asked));
    Ok(Routed { name: action.name, effect: action.effect, whole: false, run })
}

/// The segments of a path, decoded. A slash at the end means nothing: clients list functions with one.
fn segments(path: &str) -> Result<Vec<String>, ApiError> {
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8().map(|text| text.into_owned());
    let segments = path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect::<Result<_, _>>();
    segments.map_err(|_| ApiError::new(Code::UnknownOperation, "the path is not UTF-8"))
}

/// What stands where a pattern has `{}`, if the path is of the pattern.
fn fit(pattern: &str, segments: &[String]) -> Option<Vec<String>> {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fits = parts.len() == segments.len()
        && parts.iter().zip(segments).all(|(part, segment)| *part == "{}" || part == segment);
    let named = parts.iter().zip(segments).filter(|(part, _)| **part == "{}");
    fits.then(|| named.map(|(_, segment)| segment.clone()).collect())
}

impl Asked {
    /// The first thing that the path names.
    fn name(&self) -> &str {
        self.named.first().map_or("", String::as_str)
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as a type; no body is an empty object.
    fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| {
            let message = format!("Could not parse request body into json: {error}");
            ApiError::new(Code::InvalidRequestContent, message)
        })
    }

    /// One page of a list.
    fn page<T>(&self, all: Vec<T>) -> Result<Page<T>, ApiError> {
        /// The most items of a page [doc].
        const MOST: usize = 50;
        let wanted = match self.query("MaxItems").filter(|wanted| !wanted.is_empty()) {
            None => MOST,
            Some(wanted) => wanted.parse().ok().filter(|n| (1..=10_000).contains(n)).ok_or_else(|| {
                let rule = "Member must have value between 1 and 10000";
                crate::cloud::constraint("maxItems", wanted, rule)
            })?,
        };
        super::page::page(all, self.query("Marker"), wanted.min(MOST), Code::InvalidFunctionParameter)
    }
}

/// An answer in JSON.
fn json(status: u16, value: &impl Serialize) -> Result<Answered, ApiError> {
    let body = serde_json::to_string(value).map_err(|error| super::route::broken(&error.to_string()))?;
    Ok(Answered { status, body, ..Answered::default() })
}

/// An answer without a body.
fn nothing() -> Answered {
    Answered { status: 204, ..Answered::default() }
}

/// An error's body. In localstack/localstack's answers recorded from AWS, what is refused by the front of Lambda has no `Type`,
/// and two exceptions have their sentence under `Message`, the others under `message`.
#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    whose: Option<&'static str>,
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    capital: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

/// An error's body.
pub(super) fn error_body(status: u16, code: &str, message: &str) -> Vec<u8> {
    let is_capital = matches!(code, "ResourceNotFoundException" | "ServiceException");
    let by_front = matches!(
        code,
        "ValidationException"
            | "AccessDeniedException"
            | "UnknownOperationException"
            | "RequestEntityTooLargeException"
    );
    let whose = if status < 500 { "User" } else { "Service" };
    let body = ErrorBody {
        whose: (!by_front).then_some(whose),
        capital: is_capital.then_some(message),
        message: (!is_capital).then_some(message),
    };
    serde_json::to_vec(&body).unwrap_or_default()
}
