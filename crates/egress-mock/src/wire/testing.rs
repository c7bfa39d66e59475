//! A client for tests: literal requests to a cloud on a virtual clock.

use std::{sync::Arc, time::Duration};

use egress_core::{Clock, clock::VirtualClock};

use super::{Reply, Request};
use crate::{Config, MockCloud, Timing};

pub(super) struct Client {
    pub(super) cloud: MockCloud,
    pub(super) clock: VirtualClock,
    /// The key that requests are signed with.
    pub(super) access_key: String,
}

/// A status and a body.
pub(super) type Said = (u16, String);

impl Client {
    pub(super) fn new() -> Self {
        Self::with(Config::new(7))
    }

    pub(super) fn with_timing(timing: Timing) -> Self {
        Self::with(Config::new(7).timing(timing))
    }

    pub(super) fn with(config: Config) -> Self {
        let clock = VirtualClock::new();
        let cloud = MockCloud::new(config, Arc::new(clock.clone()));
        Self { cloud, clock, access_key: "AKIA".to_owned() }
    }

    pub(super) fn wait(&self, seconds: u64) {
        self.clock.block_on(self.clock.sleep(Duration::from_secs(seconds)));
    }

    /// A form to IAM or STS.
    pub(super) fn form(&self, service: &str, form: &[(&str, &str)]) -> Said {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let reply = self.send(service, "POST", "/", &[], body.as_bytes());
        (reply.status, text(&reply))
    }

    /// The answer to a form without its envelope.
    pub(super) fn fields(&self, service: &str, form: &[(&str, &str)]) -> Result<String, String> {
        let (status, body) = self.form(service, form);
        if status != 200 {
            let message = element(&body, "Message").replace("&apos;", "'");
            return Err(format!("{status} {}: {message}", element(&body, "Code")));
        }
        let action = form.iter().find(|(name, _)| *name == "Action").map_or("", |(_, action)| action);
        Ok(element(&body, &format!("{action}Result")))
    }

    /// JSON to Lambda.
    pub(super) fn rest(&self, method: &str, target: &str, body: &str) -> Said {
        let reply = self.send("lambda", method, target, &[], body.as_bytes());
        (reply.status, text(&reply))
    }

    pub(super) fn send(
        &self,
        service: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential={}/20261101/ap-northeast-1/{service}/aws4_request, SignedHeaders=host, Signature=0",
            self.access_key
        );
        let mut all = vec![("Authorization".to_owned(), scope)];
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.cloud.answer(&Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: all,
            body: body.to_vec(),
        })
    }
}

pub(super) fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

/// What stands in the first element of this name; nothing where there is none.
pub(super) fn element(xml: &str, name: &str) -> String {
    let inside = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    inside.map(|(inside, _)| inside.to_owned()).unwrap_or_default()
}
