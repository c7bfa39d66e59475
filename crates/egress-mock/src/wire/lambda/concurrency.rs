//! How many of a function may run at once.

use serde::{Deserialize, Serialize};

use super::{Asked, json, names::named, nothing};
use crate::{
    cloud::{ApiError, reserved},
    mock::State,
    wire::route::Answered,
};

/// `Concurrency`, and the answer of the calls about it.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConcurrencyShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reserved_concurrent_executions: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PutBody {
    reserved_concurrent_executions: Option<i64>,
}

pub(super) fn put(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let body: PutBody = asked.read()?;
    let id = named(&state.model, asked)?.function;
    let number = body.reserved_concurrent_executions;
    let number = reserved(number.ok_or_else(|| super::functions::missing("reservedConcurrentExecutions"))?)?;
    state.model.set_concurrency(&id, Some(number))?;
    json(200, &ConcurrencyShape { reserved_concurrent_executions: Some(number) })
}

/// An empty object where the function has no share of its own [doc].
pub(super) fn get(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let id = named(&state.model, asked)?.function;
    let reserved_concurrent_executions = state.model.function(&id)?.concurrency;
    json(200, &ConcurrencyShape { reserved_concurrent_executions })
}

pub(super) fn delete(state: &mut State, asked: &Asked) -> Result<Answered, ApiError> {
    let id = named(&state.model, asked)?.function;
    state.model.set_concurrency(&id, None)?;
    Ok(nothing())
}
