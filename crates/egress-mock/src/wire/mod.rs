//! AWS's wire formats: the other door into the model.
//!
//! [`MockCloud::answer`] takes an HTTP request and gives a [`Reply`], synchronously: what the call does is done when it
//! returns, and how long the answer takes and what becomes of the connection stand in the reply as data. Three transports
//! interpret it; see [`transport`](crate::transport).
//!
//! Each service has a table of its actions. An action takes its parameters as a data type, acts on the model as the door of
//! the traits does, and gives a data type back; forms, XML and JSON are read and written at one place each. Nothing is
//! decided here: a fact about AWS belongs into the model.

mod admin;
mod auth;
mod ec2;
mod fault;
mod iam;
mod lambda;
mod message;
mod page;
mod query;
mod route;
mod sts;
mod tagging;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod throttled;
mod time;
mod xml;

pub use fault::{Fault, Gives};
pub use message::{Fate, Reply, Request};

use crate::{
    MockCloud,
    cloud::{ApiError, Request as ApiRequest},
    mock::{Calling, Refused},
};
use auth::Service;
use route::{Answered, Routed};

impl MockCloud {
    /// Answers a request of EC2, Lambda, IAM, STS or the Resource Groups Tagging API.
    ///
    /// The service and the region are those that the request was signed for. Signatures themselves are not checked.
    ///
    /// Paths that begin with `/_egress/` are the emulator's own, and need no signature: `GET world` and `clock`, `POST clock`
    /// with `{"advance_seconds": 60}`, and `POST reset`.
    pub fn answer(&self, request: &Request) -> Reply {
        if request.path().starts_with(admin::PREFIX) {
            return admin::answer(self, request);
        }
        let request_id = self.next_request_id();
        let service = auth::signed(request).and_then(|signed| signed.service);
        let routed = route::route(request, &self.state().model.config.place.region);
        let shape = service.unwrap_or_else(|| route::shape_of(request));
        match routed {
            Ok(routed) => self.perform(shape, &request_id, routed),
            Err(error) => reply(shape, &request_id, "", Err(error)),
        }
    }

    /// Lets something befall the next calls on the wire.
    pub fn befall(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Takes all faults back that have not befallen a call yet.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    fn perform(&self, service: Service, request_id: &str, routed: Routed) -> Reply {
        let Routed { name, effect, whole, run } = routed;
        let counted = ApiRequest { api: service.api(), action: name, whole };
        let fault = fault::befalls(&mut self.state().faults, name);
        let calling = Calling { name, subject: String::new(), on: None, effect };
        let latency = self.latency(&calling);
        let mut answered = match &fault {
            Some(fault) if !fault.takes_effect => reply(service, request_id, name, Err(route::down())),
            _ => match self.run(&calling, |state| state.pay(&[counted]).and_then(|()| run(state))) {
                Ok(answered) => reply(service, request_id, name, Ok(answered)),
                Err(Refused::ByModel(error)) => reply(service, request_id, name, Err(error)),
                Err(Refused::ByFile(error)) => reply(service, request_id, name, Err(route::broken(&error.in_full()))),
            },
        };
        if let Some(fault) = fault {
            answered = befallen(service, request_id, fault.gives, answered);
        }
        answered.delay += latency;
        answered
    }
}

fn befallen(service: Service, request_id: &str, gives: Gives, right: Reply) -> Reply {
    match gives {
        Gives::Fate(fate) => Reply { fate, ..right },
        Gives::Error { status, code, message } => {
            let (headers, body) = error_body(service, request_id, status, &code, &message);
            Reply { status, headers, body, ..right }
        }
        Gives::Text(text) => Reply { status: 200, body: text.into_bytes(), ..right },
        Gives::Late(late) => Reply { delay: right.delay + late, ..right },
    }
}

/// Puts the service's envelope around what an action came to.
fn reply(service: Service, request_id: &str, action: &str, result: Result<Answered, ApiError>) -> Reply {
    let (status, headers, body, delay) = match result {
        Ok(Answered { status, mut headers, body, took }) => {
            let body = match service {
                Service::Ec2 => xml::ec2_answer(action, request_id, &body),
                Service::Iam => xml::query_answer(action, iam::NAMESPACE, request_id, &body),
                Service::Sts => xml::query_answer(action, sts::NAMESPACE, request_id, &body),
                Service::Lambda | Service::Tagging => body.into_bytes(),
            };
            headers.extend(base_headers(service, request_id));
            (status, headers, body, took)
        }
        Err(error) => {
            let status = error.code.status();
            let (headers, body) = error_body(service, request_id, status, error.code.as_str(), &error.message);
            (status, headers, body, std::time::Duration::ZERO)
        }
    };
    Reply { status, headers, body, delay, fate: Fate::Answer }
}

fn error_body(
    service: Service,
    request_id: &str,
    status: u16,
    code: &str,
    message: &str,
) -> (Vec<(&'static str, String)>, Vec<u8>) {
    let mut headers = base_headers(service, request_id);
    let body = match service {
        Service::Ec2 => xml::ec2_error(request_id, code, message),
        Service::Iam => xml::query_error(iam::NAMESPACE, request_id, status, code, message),
        Service::Sts => xml::query_error(sts::NAMESPACE, request_id, status, code, message),
        Service::Lambda => {
            headers.push(("x-amzn-ErrorType", code.to_owned()));
            lambda::error_body(status, code, message)
        }
        Service::Tagging => tagging::error_body(code, message),
    };
    (headers, body)
}

fn base_headers(service: Service, request_id: &str) -> Vec<(&'static str, String)> {
    let kind = match service {
        Service::Ec2 => "text/xml;charset=UTF-8",
        Service::Iam | Service::Sts => "text/xml",
        Service::Lambda => "application/json",
        Service::Tagging => "application/x-amz-json-1.1",
    };
    vec![("Content-Type", kind.to_owned()), ("x-amzn-RequestId", request_id.to_owned())]
}
