//! Lambda: REST with JSON.

use serde::Serialize;

use super::{Request, route::Routed};
use crate::cloud::{ApiError, Code};

/// The action that a method and a path ask for.
pub(super) fn route(request: &Request) -> Result<Routed, ApiError> {
    let message = format!("there is no {} {}", request.method, request.path());
    Err(ApiError::new(Code::UnknownOperation, message))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorBody<'a> {
    #[serde(rename = "Type")]
    whose: &'static str,
    message: &'a str,
}

/// An error's body.
pub(super) fn error_body(status: u16, message: &str) -> Vec<u8> {
    let body = ErrorBody { whose: if status < 500 { "User" } else { "Service" }, message };
    serde_json::to_vec(&body).unwrap_or_default()
}
