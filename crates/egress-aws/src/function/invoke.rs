//! Invocation.

use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::timeout::TimeoutConfig;
use egress_core::{CloudError, ErrorKind, Invocation, Invoked};
use serde_json::Value;

use crate::{
    AwsCloud,
    client::{INVOKE_TIMEOUT, Refusal},
    wire::unreadable,
};

pub(super) async fn invoke(cloud: &AwsCloud, invocation: &Invocation) -> Result<Invoked, CloudError> {
    let payload = serde_json::to_vec(&invocation.payload)
        .map_err(|e| CloudError::new(ErrorKind::Invalid, "Invoke", e.to_string()).on(&invocation.function))?;
    let patient = TimeoutConfig::builder().read_timeout(INVOKE_TIMEOUT).operation_attempt_timeout(INVOKE_TIMEOUT);
    let request = (cloud.writes().lambda.invoke())
        .function_name(invocation.function.as_str())
        .payload(Blob::new(payload))
        .customize()
        .config_override(aws_sdk_lambda::config::Config::builder().timeout_config(patient.build()));
    let call = cloud.call("Invoke", Some(&invocation.function));
    let answer = call.change(request.send()).await.map_err(Refusal::into_error)?;
    let body = answer.payload().map(Blob::as_ref).unwrap_or_default();
    let payload = match body {
        [] => Value::Null,
        body => serde_json::from_slice(body).map_err(|e| unreadable("Invoke", e).on(&invocation.function))?,
    };
    let error = answer.function_error().map(|kind| failure(kind, &payload));
    Ok(Invoked { payload, error })
}

/// The function's own words about its failure, after Lambda's: `Unhandled: …`.
fn failure(kind: &str, payload: &Value) -> String {
    match payload.get("errorMessage").and_then(Value::as_str) {
        Some(message) => format!("{kind}: {message}"),
        None => kind.to_owned(),
    }
}
