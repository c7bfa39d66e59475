//! The data plane: what a function's packets meet.

use std::{borrow::Cow, net::Ipv4Addr, sync::Arc, time::Duration};

use egress_core::{
    CloudId, Invoked, World,
    ipnet::IpNet,
    probe::{Ask, Reply},
    trace::{Query, Source, SourceAddress, To, Verdict, trace},
    world::Protocol,
};
use serde_json::{Value, json};

use crate::{
    MockCloud,
    cloud::{ApiError, LATEST, Model, pool_ip, rng},
    internet::{Url, answer, ip_of},
    mock::State,
};

/// What a function does with what it is given. It reaches the internet through [`Net`] alone.
pub(crate) type FunctionCode = Arc<dyn Fn(&Value, &mut Net<'_>) -> Value + Send + Sync>;

/// How long a probe may run.
pub(crate) const PROBE_TIME_LIMIT: Duration = Duration::from_secs(60);

/// The longest body that a probe hands back, in characters.
const LONGEST_BODY: usize = 4_096;

/// The network as one invocation of a function has it.
pub struct Net<'a> {
    state: &'a mut State,
    function: &'a CloudId,
    /// The version that runs.
    version: &'a str,
    /// Draws what AWS leaves open for this invocation: the subnet, the address.
    rng: fastrand::Rng,
    /// How long the invocation has waited so far.
    waited: Duration,
}

impl Net<'_> {
    /// Calls a URL by GET and waits for at most `timeout`.
    ///
    /// The host sees the source address that the World's routes, gateways and filters give; where they let nothing through,
    /// or where nobody can tell, there is no answer.
    pub fn get(&mut self, url: &str, timeout: Duration) -> Reply {
        let Some(url) = Url::parse(url) else {
            return Reply::Failed { error: format!("`{url}` is no URL of http or https") };
        };
        let Some(ip) = ip_of(self.state, &url.host) else {
            return Reply::Failed { error: format!("could not resolve host: {}", url.host) };
        };
        let Some(source) = self.source_towards(ip, url.port) else {
            self.waited += timeout;
            return Reply::TimedOut;
        };
        let response = answer(self.state, url, source);
        Reply::Answered { status: response.status, body: response.body.chars().take(LONGEST_BODY).collect() }
    }

    /// Which address a host sees; `None` where the packet dies.
    fn source_towards(&mut self, ip: Ipv4Addr, port: u16) -> Option<Ipv4Addr> {
        let query = Query {
            source: Source::Function(self.function.clone()),
            to: To::Ip(ip.into()),
            protocol: Protocol::Tcp,
            port,
        };
        let traced = trace(&serving_world(&self.state.model, self.function, self.version), &query);
        // Lambda chooses the subnet of each execution environment itself, so each path is as likely as any other.
        let verdict = match traced.paths.len() {
            0 => &traced.verdict,
            n => &traced.paths[self.rng.usize(..n)].verdict,
        };
        let Verdict::Reaches { sources } = verdict else { return None };
        let chosen = sources.iter().nth(self.rng.usize(..sources.len().max(1)))?;
        match chosen {
            SourceAddress::Fixed { ip, .. } => *ip,
            SourceAddress::Mapped(ip) => Some(*ip),
            SourceAddress::Private(IpNet::V4(range)) => Some(range.addr()),
            // The hosts of this internet speak IPv4.
            SourceAddress::Private(IpNet::V6(_)) | SourceAddress::Own(_) => None,
            SourceAddress::Unfixed => Some(pool_ip(&mut self.rng)),
        }
    }
}

/// Runs a version of a function: what it gave back, and how long it took.
pub(crate) fn invoke(
    state: &mut State,
    function: &CloudId,
    version: &str,
    payload: &Value,
) -> Result<(Invoked, Duration), ApiError> {
    state.model.check_concurrency(function)?;
    state.model.check_invocable(function)?;
    state.model.hidden.invocations += 1;
    let nth = state.model.hidden.invocations.to_string();
    let limit = state.model.function_facts(function).map_or(PROBE_TIME_LIMIT, |facts| facts.configuration.timeout);
    let rng = rng(state.model.config.seed, &["invocation", function.as_str(), &nth]);
    let code = state.codes.get(function).cloned();
    let mut net = Net { state, function, version, rng, waited: Duration::ZERO };
    let returned = match code {
        Some(code) => Ok(code(payload, &mut net)),
        None => probe(payload, &mut net),
    };
    let waited = net.waited;
    if waited > limit {
        let message = format!("Task timed out after {:.2} seconds", limit.as_secs_f64());
        let payload = json!({ "errorType": "Sandbox.Timedout", "errorMessage": message });
        return Ok((Invoked { payload, error: Some(message) }, limit));
    }
    let invoked = match returned {
        Ok(payload) => Invoked { payload, error: None },
        Err(message) => Invoked {
            payload: json!({ "errorType": "Runtime.UserCodeSyntaxError", "errorMessage": message }),
            error: Some(message),
        },
    };
    Ok((invoked, waited))
}

/// The built-in code: calls the URL that it is asked to call.
fn probe(payload: &Value, net: &mut Net<'_>) -> Result<Value, String> {
    let ask: Ask = serde_json::from_value(payload.clone()).map_err(|e| format!("the payload is no question: {e}"))?;
    let reply = net.get(&ask.url, Duration::from_secs(ask.timeout_seconds.into()));
    serde_json::to_value(reply).map_err(|e| e.to_string())
}

/// The World as the function's packets meet it: until its last change is through, its old attachment serves; a published
/// version runs where it was published.
fn serving_world<'m>(model: &'m Model, function: &CloudId, version: &str) -> Cow<'m, World> {
    let serving = match version {
        LATEST => model.hidden.serving.get(function).cloned(),
        version => model.attachment_of(function, version).ok(),
    };
    let Some(serving) = serving else { return Cow::Borrowed(&model.world) };
    let mut world = model.world.clone();
    if let Some(f) = world.function.functions.get_mut(function) {
        let subnet = serving.as_ref().and_then(|a| a.subnets.first());
        f.network = subnet.and_then(|id| world.network.subnets.get(id)).map(|s| s.network.clone());
        f.attachment = serving;
    }
    Cow::Owned(world)
}

impl MockCloud {
    /// What becomes of a packet that a function sends to a host at this moment, by TCP. Not a call, and no time passes.
    pub fn way_of(&self, function: &CloudId, to: Ipv4Addr, port: u16) -> Verdict {
        let query =
            Query { source: Source::Function(function.clone()), to: To::Ip(to.into()), protocol: Protocol::Tcp, port };
        trace(&serving_world(&self.state().model, function, LATEST), &query).verdict
    }
}
