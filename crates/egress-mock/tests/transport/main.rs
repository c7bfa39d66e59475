//! The transports do with a reply what it says: over real sockets, on loopback.
#![cfg(all(feature = "server", feature = "wiremock"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod server;
mod under_wiremock;

use std::sync::Arc;

use egress_core::clock::VirtualClock;
use egress_mock::{Config, MockCloud};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A cloud where nothing takes time.
fn cloud() -> MockCloud {
    MockCloud::new(Config::new(7), Arc::new(VirtualClock::new()))
}

/// Asks who calls, as a client would that closes its connection afterwards.
const WHO: &str = "POST / HTTP/1.1\r\n\
    Host: localhost\r\n\
    Connection: close\r\n\
    Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261101/us-east-1/sts/aws4_request, Signature=0\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n\
    Content-Length: 43\r\n\r\n\
    Action=GetCallerIdentity&Version=2011-06-15";

/// Sends a request, and gives what came back until the connection's end, and how it ended.
async fn ask(address: std::net::SocketAddr, request: &str) -> (String, std::io::Result<()>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes).await.map(drop);
    (String::from_utf8(bytes).unwrap(), ended)
}

fn announced(answer: &str) -> usize {
    let line = answer.lines().find_map(|line| line.strip_prefix("content-length: "));
    line.and_then(|length| length.parse().ok()).unwrap()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
