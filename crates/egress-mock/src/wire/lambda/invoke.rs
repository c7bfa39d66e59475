//! Invocations.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::{
    Asked,
    names::{Named, named},
};
use crate::{
    cloud::{ApiError, Code, LATEST, constraint},
    mock::State,
    net,
    wire::route::Answered,
};

/// `Invoke`: what the function gave back is the body, and how long it took is part of the answer's delay. A function that
/// failed is told by a header, not by the status [doc].
pub(super) fn invoke(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let Named { function: id, qualifier } = named(&state.model, asked)?;
    let qualifier = qualifier.unwrap_or_else(|| LATEST.to_owned());
    let version = match state.model.world.function.functions.contains_key(&id) {
        true => state.model.version_of(&id, &qualifier)?,
        // Asked for a function that is not there, `Invoke` names the version too, as recorded from AWS.
        false => return Err(state.model.no_such_version(&id, &qualifier)),
    };
    let payload = payload(&asked.body)?;
    match asked.header("X-Amz-Invocation-Type").unwrap_or("RequestResponse") {
        "RequestResponse" => {}
        "DryRun" => return Ok(Answered { status: 204, ..Answered::default() }),
        "Event" => {
            net::invoke(state, &id, &version, &payload)?;
            return Ok(Answered { status: 202, ..Answered::default() });
        }
        other => {
            let rule = "Member must satisfy enum value set: [Event, RequestResponse, DryRun]";
            return Err(constraint("invocationType", other, rule));
        }
    }
    let (invoked, took) = net::invoke(state, &id, &version, &payload)?;
    let mut headers = vec![("X-Amz-Executed-Version", version.clone())];
    if invoked.error.is_some() {
        headers.push(("X-Amz-Function-Error", "Unhandled".to_owned()));
    }
    if asked.header("X-Amz-Log-Type") == Some("Tail") {
        headers.push(("X-Amz-Log-Result", BASE64_STANDARD.encode(log(&version, took))));
    }
    let body = invoked.payload.to_string();
    Ok(Answered { status: 200, headers, body, took })
}

/// No body is an empty object, as functions see it `[?]`.
fn payload(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("Could not parse request body into json: Could not parse payload into json: {error}");
        ApiError::new(Code::InvalidRequestContent, message)
    })
}

fn log(version: &str, took: Duration) -> String {
    let ms = took.as_millis();
    format!("START Version: {version}\nEND\nREPORT Duration: {ms}.00 ms\tBilled Duration: {ms} ms\n")
}
