//! The conformance suite over AWS's wire formats, by each transport.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use egress_core::{
    Clock, async_trait,
    clock::VirtualClock,
    conformance::{Report, Subject, run},
};
use egress_mock::{Timing, transport::server};
use tokio::{net::TcpListener, sync::oneshot};
use wiremock::MockServer;

use super::{REGION, account, connected, fixture};
use crate::{AwsCloud, client::Wiring};

/// Every case was tried, and every law kept.
fn kept(by: &str, report: &Report) {
    println!("laws kept by egress-aws over {by}: {} cases", report.cases.len());
    report.passed().unwrap_or_else(|failures| panic!("{failures}"));
    assert!(!report.to_string().contains("skip  "), "the emulator can be tried in full:\n{report}");
}

#[test]
fn over_the_connector_the_client_keeps_every_law() {
    let clock = VirtualClock::new();
    let mock = account(Timing::aws(), Arc::new(clock.clone()));
    let cloud = connected(&mock, &clock);
    let report = clock.block_on(run(&Subject { cloud: &cloud, clock: &clock, fixture: fixture() }));
    kept("the connector", &report);
}

/// The machine's time, a hundred times faster: over sockets time cannot be virtual.
#[derive(Clone, Copy)]
struct Fast(Instant);

const FASTER: u32 = 100;

#[async_trait]
impl Clock for Fast {
    fn now(&self) -> Duration {
        self.0.elapsed() * FASTER
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / FASTER).await;
    }
}

/// Runs the suite against an endpoint where nothing takes any time.
async fn tried(endpoint: String) -> Report {
    let clock = Fast(Instant::now());
    let cloud = AwsCloud::wired(Wiring::at(endpoint, REGION)).unwrap();
    let mut fixture = fixture();
    // What is done is seen at once there.
    fixture.visibility = Duration::ZERO;
    run(&Subject { cloud: &cloud, clock: &clock, fixture }).await
}

#[tokio::test]
async fn over_wiremock_the_client_keeps_every_law() {
    let server = MockServer::builder().disable_request_recording().start().await;
    account(Timing::default(), Arc::new(Fast(Instant::now()))).mount(&server).await;
    kept("wiremock", &tried(server.uri()).await);
}

#[tokio::test]
async fn over_the_http_server_the_client_keeps_every_law() {
    let mock = account(Timing::default(), Arc::new(Fast(Instant::now())));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let trying = async {
        let report = tried(endpoint).await;
        drop(stop);
        report
    };
    let serving = server::serve(&mock, listener, async { drop(stopped.await) });
    kept("the HTTP server", &tokio::join!(serving, trying).1);
}
