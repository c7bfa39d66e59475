//! Identity and Access Management: roles and what they may do.

mod policies;
mod roles;
mod shapes;
#[cfg(test)]
mod tests;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    page::Page,
    query::{BadForm, Params},
    route::{Action, typed_by},
};
use crate::{
    cloud::{ApiError, Code},
    mock::State,
};

pub(super) const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

pub(super) const ACTIONS: &[&[Action]] = &[roles::ACTIONS, policies::ACTIONS];

/// The most items of a page that asks for no number [doc].
const USUAL_PAGE: usize = 100;

/// What an action answers with that answers with nothing.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Nothing {}

/// Reads the parameters, acts, and writes the answer, with IAM's sentences about parameters.
pub(super) fn typed<A: DeserializeOwned, B: Serialize>(
    state: &mut State,
    params: Params,
    act: fn(&mut State, A) -> Result<B, ApiError>,
) -> Result<String, ApiError> {
    typed_by(state, params, act, bad_form)
}

/// What IAM and STS say of a parameter that is not there, or not of its kind.
pub(super) fn bad_form(bad: BadForm) -> ApiError {
    match bad {
        BadForm::Missing(name) => {
            let message = format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                super::query::lower_first(name)
            );
            ApiError::new(Code::IamValidation, message)
        }
        BadForm::Unknown(name) => {
            let message = format!("The emulator does not know the parameter {name}");
            ApiError::new(Code::IamValidation, message)
        }
        BadForm::Value(why) => ApiError::new(Code::MalformedInput, why),
    }
}

fn page<T>(all: Vec<T>, marker: Option<&str>, max_items: Option<u16>) -> Result<Page<T>, ApiError> {
    super::page::page(all, marker, max_items.map_or(USUAL_PAGE, usize::from), Code::IamValidation)
}
