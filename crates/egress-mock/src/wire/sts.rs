//! The Security Token Service: who calls, and keys for a while.

use serde::{Deserialize, Serialize};

use super::{
    iam,
    route::{Action, action},
    time::to_seconds,
};
use crate::{
    cloud::{ApiError, AssumeRole, Session},
    mock::State,
};

pub(super) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) const ACTIONS: &[&[Action]] = &[&[
    action!("AssumeRole" Changes assume_role, iam::typed),
    action!("GetCallerIdentity" Reads get_caller_identity, iam::typed),
    action!("GetSessionToken" Changes get_session_token, iam::typed),
]];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetCallerIdentity {}

/// A policy for the session, tags and an external id change nothing here, for the emulator lets every caller do everything.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleArgs {
    role_arn: String,
    role_session_name: String,
    duration_seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSessionTokenArgs {
    duration_seconds: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CallerIdentity {
    arn: String,
    user_id: String,
    account: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Assumed {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SessionToken {
    credentials: Credentials,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

fn get_caller_identity(state: &mut State, _args: GetCallerIdentity) -> Result<CallerIdentity, ApiError> {
    let caller = state.model.caller(&state.caller);
    Ok(CallerIdentity { arn: caller.arn, user_id: caller.user_id, account: state.model.config.place.account.clone() })
}

fn assume_role(state: &mut State, args: AssumeRoleArgs) -> Result<Assumed, ApiError> {
    let caller = state.model.caller(&state.caller);
    let session = state.model.assume_role(
        &caller,
        AssumeRole {
            role_arn: args.role_arn,
            role_session_name: args.role_session_name,
            duration_seconds: args.duration_seconds,
        },
    )?;
    let identity = session.identity.clone();
    let assumed_role_user = AssumedRoleUser { assumed_role_id: identity.user_id, arn: identity.arn };
    Ok(Assumed { credentials: credentials(session), assumed_role_user })
}

fn get_session_token(state: &mut State, args: GetSessionTokenArgs) -> Result<SessionToken, ApiError> {
    let caller = state.model.caller(&state.caller);
    let session = state.model.session_token(caller, args.duration_seconds)?;
    Ok(SessionToken { credentials: credentials(session) })
}

fn credentials(session: Session) -> Credentials {
    Credentials {
        access_key_id: session.access_key_id,
        secret_access_key: session.secret_access_key,
        session_token: session.session_token,
        expiration: to_seconds(session.expires),
    }
}
