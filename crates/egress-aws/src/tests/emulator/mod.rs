//! The whole client against our own emulator: over the connector in virtual time, and over sockets.

mod crash;
mod everything;
mod faults;
mod given_back;
mod guard;
mod journey;
mod laws;

use std::sync::Arc;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{rt::sleep::SharedAsyncSleep, time::SharedTimeSource};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use egress_core::{Clock, CloudId, StackName, clock::VirtualClock, conformance::Fixture};
use egress_mock::{Config, FunctionSetup, MockCloud, RoleSetup, Timing};

use crate::{
    AwsCloud, ECHO_URL,
    client::{Sleeping, Telling, Wiring},
};

/// Where the emulator is.
const REGION: &str = "ap-northeast-1";
/// The function that is there, and its role's name.
const FUNCTION: (&str, &str) = ("order", "ordering");

/// An account with one function, whose role may not make interfaces yet.
fn account(timing: Timing, clock: Arc<dyn Clock>) -> MockCloud {
    let cloud = MockCloud::new(Config::new(7).timing(timing), clock);
    cloud.create_role(RoleSetup::new(FUNCTION.1)).unwrap();
    cloud.create_function(FunctionSetup::new(FUNCTION.0, FUNCTION.1)).unwrap();
    cloud
}

/// A client that hands its requests to the emulator without sockets; all of its time is the clock's.
fn connected(cloud: &MockCloud, clock: &VirtualClock) -> AwsCloud {
    carried(SharedHttpClient::new(cloud.connector()), clock)
}

/// The same with whatever carries its requests.
fn carried(http: SharedHttpClient, clock: &VirtualClock) -> AwsCloud {
    let wiring = Wiring {
        region: REGION.to_owned(),
        credentials: SharedCredentialsProvider::new(Credentials::new("AKIA", "secret", None, None, "tests")),
        http,
        sleep: SharedAsyncSleep::new(Sleeping(Arc::new(clock.clone()))),
        time: SharedTimeSource::new(Telling(Arc::new(clock.clone()))),
        endpoint: None,
    };
    AwsCloud::wired(wiring).unwrap()
}

/// What the conformance suite may use there.
fn fixture() -> Fixture {
    let mut fixture = Fixture::new(StackName::new("laws").unwrap(), "w1re");
    fixture.function = Some(CloudId::new(FUNCTION.0));
    fixture.echo_url = Some(ECHO_URL.to_owned());
    fixture
}
