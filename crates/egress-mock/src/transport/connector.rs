//! The emulator as the HTTP client of an AWS SDK client.
//!
//! ```
//! use std::sync::Arc;
//! use egress_core::clock::VirtualClock;
//! use egress_mock::{Config, MockCloud};
//!
//! let cloud = MockCloud::new(Config::new(7), Arc::new(VirtualClock::new()));
//! // `.http_client(cloud.connector())` on any SDK client's configuration.
//! let connector = cloud.connector();
//! # let _ = connector;
//! ```

use std::fmt;

use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

use crate::{
    MockCloud,
    wire::{Fate, Reply, Request},
};

/// Hands an SDK client's requests to the emulator. Clones are of the same cloud.
#[derive(Clone)]
pub struct Connector {
    cloud: MockCloud,
}

impl MockCloud {
    /// The cloud as the HTTP client of an SDK client. The client's region must be the cloud's; any credentials will do.
    pub fn connector(&self) -> Connector {
        Connector { cloud: self.clone() }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let cloud = self.cloud.clone();
        HttpConnectorFuture::new(async move {
            let request = read(&request)?;
            let reply = cloud.answer(&request);
            cloud.pause(reply.delay).await;
            match reply.fate {
                Fate::Answer => response(reply),
                // A client that counts bytes would fail here; one that parses what came fails there.
                Fate::CutShort => {
                    let half = reply.body.len() / 2;
                    response(Reply { body: reply.body.into_iter().take(half).collect(), ..reply })
                }
                Fate::Reset => Err(ConnectorError::io("connection reset by peer".into())),
                Fate::Silence => std::future::pending().await,
            }
        })
    }
}

fn read(request: &HttpRequest) -> Result<Request, ConnectorError> {
    let Some(body) = request.body().bytes() else {
        return Err(ConnectorError::user("the emulator takes no streamed bodies".into()));
    };
    let uri = request.uri();
    let after_scheme = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let target = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/");
    Ok(Request {
        method: request.method().to_owned(),
        target: target.to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.to_vec(),
    })
}

fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(reply.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
    for (name, value) in reply.headers {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
