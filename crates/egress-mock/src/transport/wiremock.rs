//! The emulator under a `wiremock` server.
//!
//! A test's own mocks stand above the emulator (wiremock's usual priority is 5, the emulator's are 254 and 255), so that a
//! single answer can be replaced, and `received_requests` tells what came. Delays are those of the machine's clock: use a cloud
//! where nothing takes time.
//!
//! wiremock keeps a log for each mock that grows with every request, even with recording off: fine for a test.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use wiremock::{Match, Mock, MockServer, Request as WiremockRequest, Respond, ResponseTemplate};

use crate::{
    MockCloud,
    wire::{Fate, Reply, Request},
};

/// Where connections break.
const BREAKS: u8 = 254;
/// Where everything else is answered.
const ANSWERS: u8 = 255;
/// How long a silent server is silent: longer than anybody waits.
const SILENCE: Duration = Duration::from_secs(24 * 3600);

impl MockCloud {
    /// Mounts the cloud on a server, below whatever else is mounted there.
    pub async fn mount(&self, server: &MockServer) {
        let kept = Kept::default();
        // wiremock asks one mock after the other, one request at a time. So the first may run the emulator and keep the
        // reply, whether or not it is the one that answers.
        let breaks = Mock::given(Runs { cloud: self.clone(), kept: kept.clone() })
            .respond_with_err(|_: &WiremockRequest| io::Error::from(io::ErrorKind::ConnectionReset))
            .with_priority(BREAKS);
        let answers = Mock::given(wiremock::matchers::any()).respond_with(Answers { kept }).with_priority(ANSWERS);
        server.register(breaks).await;
        server.register(answers).await;
    }
}

/// The reply to the request that is being looked at.
type Kept = Arc<Mutex<Option<Reply>>>;

struct Runs {
    cloud: MockCloud,
    kept: Kept,
}

impl Match for Runs {
    fn matches(&self, request: &WiremockRequest) -> bool {
        let reply = self.cloud.answer(&read(request));
        // wiremock can only drop a connection, before anything was answered.
        let breaks = matches!(reply.fate, Fate::Reset | Fate::CutShort);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
        breaks
    }
}

struct Answers {
    kept: Kept,
}

impl Respond for Answers {
    fn respond(&self, _: &WiremockRequest) -> ResponseTemplate {
        let Some(reply) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return ResponseTemplate::new(500);
        };
        let silence = if reply.fate == Fate::Silence { SILENCE } else { Duration::ZERO };
        let mut kind = String::new();
        let mut template = ResponseTemplate::new(reply.status).set_delay(reply.delay + silence);
        for (name, value) in reply.headers {
            if name.eq_ignore_ascii_case("content-type") {
                kind.clone_from(&value);
            }
            template = template.append_header(name, value);
        }
        template.set_body_raw(reply.body, &kind)
    }
}

fn read(request: &WiremockRequest) -> Request {
    let url = &request.url;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    Request {
        method: request.method.to_string(),
        target: format!("{}{query}", url.path()),
        headers: request.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: request.body.clone(),
    }
}
