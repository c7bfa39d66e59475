//! The Security Token Service: who calls.

use serde::{Deserialize, Serialize};

use super::route::{Action, action};
use crate::{cloud::ApiError, mock::State};

pub(super) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) const ACTIONS: &[&[Action]] = &[&[action!("GetCallerIdentity" Reads get_caller_identity)]];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetCallerIdentity {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CallerIdentity {
    arn: String,
    user_id: String,
    account: String,
}

/// The emulator knows no users: whoever calls is one called `egress`.
fn get_caller_identity(state: &mut State, _args: GetCallerIdentity) -> Result<CallerIdentity, ApiError> {
    let account = &state.model.config.place.account;
    Ok(CallerIdentity {
        arn: format!("arn:aws:iam::{account}:user/egress"),
        user_id: "AIDAEGRESSEGRESSEGRES".to_owned(),
        account: account.clone(),
    })
}
