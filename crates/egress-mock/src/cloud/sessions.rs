//! Sessions: keys that STS gives for a while, and who stands behind a key.

use std::time::Duration;

use egress_core::CloudId;
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Code, Model,
    arns::last_part,
    ids::rng,
    policy::{read_trust, trusts},
    role_facts::iam_id,
    roles::CALLER,
};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) arn: String,
    pub(crate) user_id: String,
}

/// Keys for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    pub(crate) expires: Duration,
    pub(crate) identity: Identity,
}

/// The arguments of `AssumeRole`.
#[derive(Clone, Debug)]
pub(crate) struct AssumeRole {
    pub(crate) role_arn: String,
    pub(crate) role_session_name: String,
    /// In seconds; `None` for an hour.
    pub(crate) duration_seconds: Option<u32>,
}

/// The shortest session, in seconds [doc].
const SHORTEST: u32 = 900;
/// How long a session of `GetSessionToken` lasts that asks for nothing, and at most, in seconds [doc].
const TOKEN_USUAL: u32 = 43_200;
const TOKEN_LONGEST: u32 = 129_600;

impl Model {
    /// `GetCallerIdentity`: the emulator knows one user, and the sessions that it gave keys to.
    pub(crate) fn caller(&self, access_key_id: &str) -> Identity {
        self.hidden.sessions.get(access_key_id).cloned().unwrap_or_else(|| Identity {
            arn: self.iam_arn(CALLER),
            user_id: iam_id("AIDA", self.config.seed, CALLER, ""),
        })
    }

    /// `AssumeRole`. A role that is not there is refused as one that does not trust the caller (uswitch/kiam issue 33 and
    /// aws/karpenter-provider-aws issue 4680 have the sentence).
    pub(crate) fn assume_role(&mut self, caller: &Identity, args: AssumeRole) -> Result<Session, ApiError> {
        let AssumeRole { role_arn, role_session_name: name, duration_seconds } = args;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if !(2..=64).contains(&name.len()) || !name.chars().all(allowed) {
            let rule = "Member must satisfy regular expression pattern: [\\w+=,.@-]*";
            return Err(invalid(format!(
                "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: {rule}"
            )));
        }
        let id = CloudId::new(last_part(&role_arn));
        let facts = self.role_facts(&id).filter(|_| self.role_arn(&id) == role_arn);
        let account = &self.config.place.account;
        let is_trusted = |trust: &str| read_trust(trust).is_ok_and(|trust| trusts(&trust, account, &caller.arn));
        let Some(facts) = facts.filter(|facts| is_trusted(&facts.trust)) else {
            let message =
                format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role_arn}", caller.arn);
            return Err(ApiError::new(Code::AccessDenied, message));
        };
        let seconds = check_duration(duration_seconds.unwrap_or(3_600), u32::MAX)?;
        if seconds > facts.max_session_duration {
            // From memory [?].
            return Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
        }
        let identity = Identity {
            arn: self.sts_arn(&format!("assumed-role/{id}/{name}")),
            user_id: format!("{}:{name}", facts.role_id),
        };
        Ok(self.new_session(identity, seconds))
    }

    /// `GetSessionToken`: the caller's own, for a while.
    pub(crate) fn session_token(&mut self, caller: Identity, seconds: Option<u32>) -> Result<Session, ApiError> {
        let seconds = check_duration(seconds.unwrap_or(TOKEN_USUAL), TOKEN_LONGEST)?;
        Ok(self.new_session(caller, seconds))
    }

    fn new_session(&mut self, identity: Identity, seconds: u32) -> Session {
        let nth = self.nth("session");
        let seed = self.config.seed;
        // Keys of sessions are 20 characters long, with 16 after `ASIA`.
        let mut access_key_id = iam_id("ASIA", seed, "session", &nth);
        access_key_id.truncate(20);
        let text = |purpose: &str, length: usize| {
            let mut rng = rng(seed, &[purpose, &nth]);
            (0..length).map(|_| rng.alphanumeric()).collect::<String>()
        };
        self.hidden.sessions.insert(access_key_id.clone(), identity.clone());
        Session {
            access_key_id,
            secret_access_key: text("secret", 40),
            session_token: text("session-token", 120),
            expires: self.hidden.now + Duration::from_secs(seconds.into()),
            identity,
        }
    }
}

fn check_duration(seconds: u32, longest: u32) -> Result<u32, ApiError> {
    let rule = match seconds {
        _ if seconds < SHORTEST => format!("Member must have value greater than or equal to {SHORTEST}"),
        _ if seconds > longest => format!("Member must have value less than or equal to {longest}"),
        _ => return Ok(seconds),
    };
    Err(invalid(format!(
        "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: {rule}"
    )))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::IamValidation, message)
}
