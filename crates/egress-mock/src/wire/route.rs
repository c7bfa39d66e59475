//! From a request to the action that it asks for.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Request,
    auth::{Service, Signed, signed},
    ec2, iam, lambda,
    query::{BadForm, Params},
    sts, tagging, xml,
};
use crate::{
    cloud::{ApiError, Code},
    mock::{CallEffect, State},
};

/// A call whose action is known, ready to act on the model.
pub(super) struct Routed {
    /// AWS's name of the action.
    pub(super) name: &'static str,
    pub(super) effect: CallEffect,
    /// Whether it asks for everything at once: neither filtered nor paged.
    pub(super) whole: bool,
    pub(super) run: Run,
}

pub(super) type Run = Box<dyn FnOnce(&mut State) -> Result<Answered, ApiError> + Send>;

/// What an action answers with, before its envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    /// The fields as XML, or the whole JSON.
    pub(super) body: String,
    /// How long the call takes by its nature.
    pub(super) took: Duration,
}

/// One action of a Query service.
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) effect: CallEffect,
    pub(super) run: fn(&mut State, Params) -> Result<String, ApiError>,
}

/// A row of a table of actions: its name, whether it changes anything, and the function that takes its parameters as a
/// data type and gives its answer as one; and, for services that have sentences of their own about parameters, what reads
/// and writes instead of [`typed`].
macro_rules! action {
    ($name:literal $effect:ident $run:path) => {
        $crate::wire::route::action!($name $effect $run, $crate::wire::route::typed)
    };
    ($name:literal $effect:ident $run:path, $typed:path) => {
        $crate::wire::route::Action {
            name: $name,
            effect: $crate::mock::CallEffect::$effect,
            run: |state, params| $typed(state, params, $run),
        }
    };
}
pub(super) use action;

/// Reads the parameters, acts, and writes the answer.
pub(super) fn typed<A: DeserializeOwned, B: Serialize>(
    state: &mut State,
    params: Params,
    act: fn(&mut State, A) -> Result<B, ApiError>,
) -> Result<String, ApiError> {
    typed_by(state, params, act, ApiError::from)
}

/// The same for services that speak differently of parameters that do not fit.
pub(super) fn typed_by<A: DeserializeOwned, B: Serialize>(
    state: &mut State,
    params: Params,
    act: fn(&mut State, A) -> Result<B, ApiError>,
    bad: fn(BadForm) -> ApiError,
) -> Result<String, ApiError> {
    xml::fields(&act(state, params.try_read().map_err(bad)?)?)
}

/// For actions that answer with nothing but that they were done: EC2's `<return>true</return>`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Return {
    #[serde(rename = "return")]
    pub(super) done: bool,
}

impl Return {
    pub(super) const TRUE: Self = Self { done: true };
}

/// The action that a request asks for. `region` is the emulator's own.
pub(super) fn route(request: &Request, region: &str) -> Result<Routed, ApiError> {
    let Some(Signed { access_key, region: scope, service }) = signed(request) else {
        return Err(ApiError::new(Code::MissingAuthenticationToken, "Request is missing Authentication Token"));
    };
    let Some(service) = service else {
        return Err(ApiError::new(
            Code::InvalidAction,
            "The emulator speaks EC2, Lambda, IAM, STS and the tagging API alone.",
        ));
    };
    if service.is_regional() && scope != region {
        // The sentence that an endpoint of one region gives to a request that was signed for another.
        let message = format!("Credential should be scoped to a valid region, not '{scope}'. ");
        return Err(ApiError::new(Code::SignatureDoesNotMatch, message));
    }
    match service {
        Service::Ec2 => query(request, access_key, ec2::ACTIONS),
        Service::Iam => query(request, access_key, iam::ACTIONS),
        Service::Sts => query(request, access_key, sts::ACTIONS),
        Service::Lambda => lambda::route(request),
        Service::Tagging => tagging::route(request),
    }
}

/// In whose shape a request is answered that does not say which service it is for.
pub(super) fn shape_of(request: &Request) -> Service {
    if request.path().starts_with("/20") { Service::Lambda } else { Service::Ec2 }
}

fn query(request: &Request, access_key: String, actions: &[&[Action]]) -> Result<Routed, ApiError> {
    let mut form = request.query().as_bytes().to_vec();
    if !request.body.is_empty() {
        form.push(b'&');
        form.extend_from_slice(&request.body);
    }
    let mut params = Params::parse(&form)?;
    let Some(wanted) = params.take("Action") else {
        return Err(ApiError::new(Code::MissingAction, "The request must contain the parameter Action"));
    };
    let version = params.take("Version").unwrap_or_default();
    let Some(action) = actions.iter().copied().flatten().find(|action| action.name == wanted) else {
        let message = format!("The action {wanted} is not valid for this web service (version {version}).");
        return Err(ApiError::new(Code::InvalidAction, message));
    };
    let dry = params.take("DryRun").is_some_and(|dry| dry.eq_ignore_ascii_case("true"));
    let whole = params.is_empty();
    let act = action.run;
    let run: Run = Box::new(move |state| {
        if dry {
            // AWS checks the caller's permissions, which the emulator has none of (EC2 API reference, DryRun).
            let message = "Request would have succeeded, but DryRun flag is set.";
            return Err(ApiError::new(Code::DryRunOperation, message));
        }
        state.caller = access_key;
        Ok(Answered { status: 200, body: act(state, params)?, ..Answered::default() })
    });
    Ok(Routed { name: action.name, effect: action.effect, whole, run })
}

/// The service failed by itself.
pub(super) fn down() -> ApiError {
    ApiError::new(Code::ServiceUnavailable, "The service is unavailable. Please try again shortly.")
}

/// The emulator failed by itself.
pub(super) fn broken(why: &str) -> ApiError {
    ApiError::new(Code::InternalError, format!("An internal error has occurred: {why}"))
}
