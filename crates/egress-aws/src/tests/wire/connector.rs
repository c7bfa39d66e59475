//! A connector that answers as a test says.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{rt::sleep::SharedAsyncSleep, time::SharedTimeSource};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use egress_core::{Clock, VirtualClock};

use crate::{
    AwsCloud,
    client::{Sleeping, Telling, Wiring},
};

/// What a server does with a request.
pub(super) enum Reply {
    Says(u16, String),
    /// The connection is reset.
    Resets,
    /// Nothing ever comes.
    IsSilent,
}

/// The answer of a Query protocol to what was asked.
pub(super) fn ok(asked: &Asked, inside: &str) -> Reply {
    let action = &asked.action;
    Reply::Says(200, format!("<{action}Response>{inside}</{action}Response>"))
}

/// An EC2 refusal.
pub(super) fn refuses(status: u16, code: &str, message: &str) -> Reply {
    let error = format!("<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>");
    Reply::Says(status, format!("<Response>{error}<RequestID>r</RequestID></Response>"))
}

/// What was asked: the action of a Query protocol or of a target, or the method and path of Lambda's REST, and the body.
#[derive(Clone, Debug)]
pub(in crate::tests) struct Asked {
    pub(in crate::tests) action: String,
    pub(super) body: String,
}

impl Asked {
    pub(in crate::tests) fn of(request: &HttpRequest) -> Self {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let path = request.uri().split('?').next().unwrap_or_default();
        let path = path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
        let target = request.headers().get("x-amz-target").and_then(|target| target.split('.').next_back());
        let action = action.or(target).map_or_else(|| format!("{} {path}", request.method()), str::to_owned);
        Self { action, body }
    }
}

type Answer = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

/// A server in the process.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) clock: VirtualClock,
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<Answer>,
}

impl Server {
    /// `answer` is told what is asked and how often the same action was asked before.
    pub(super) fn new(answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self { clock: VirtualClock::new(), asked: Arc::default(), answer: Arc::new(answer) }
    }

    pub(super) fn cloud(&self) -> AwsCloud {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        self.cloud_with(SharedCredentialsProvider::new(credentials))
    }

    pub(super) fn cloud_with(&self, credentials: SharedCredentialsProvider) -> AwsCloud {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let wiring = Wiring {
            region: "us-east-1".to_owned(),
            credentials,
            http: self.http(),
            sleep: SharedAsyncSleep::new(Sleeping(Arc::clone(&clock))),
            time: SharedTimeSource::new(Telling(clock)),
            endpoint: None,
        };
        AwsCloud::wired(wiring).unwrap()
    }

    /// The actions that were asked for, in their order.
    pub(super) fn actions(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|asked| asked.action.clone()).collect()
    }

    pub(super) fn bodies(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|asked| asked.body.clone()).collect()
    }

    fn http(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    async fn reply(self, asked: Asked) -> Result<HttpResponse, ConnectorError> {
        let before = {
            let mut all = self.asked.lock().unwrap();
            let before = all.iter().filter(|earlier| earlier.action == asked.action).count();
            all.push(asked.clone());
            before
        };
        self.clock.sleep(Duration::from_millis(20)).await;
        match (self.answer)(&asked, before) {
            Reply::Says(status, body) => {
                Ok(HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body)))
            }
            Reply::Resets => Err(ConnectorError::io("connection reset by peer".into())),
            Reply::IsSilent => {
                self.clock.sleep(Duration::from_secs(1_000_000)).await;
                Err(ConnectorError::io("nobody waits so long".into()))
            }
        }
    }
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().reply(Asked::of(&request)))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}
