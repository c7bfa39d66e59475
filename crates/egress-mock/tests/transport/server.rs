//! The HTTP server.

use std::{io::ErrorKind, net::SocketAddr};

use egress_mock::{
    MockCloud,
    transport::server,
    wire::{Fate, Fault, Gives},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::{WHO, announced, ask, body, cloud};

/// Serves while something is tried.
async fn while_served<T>(cloud: &MockCloud, tried: impl AsyncFnOnce(SocketAddr) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let trying = async {
        let result = tried(address).await;
        drop(stop);
        result
    };
    let serving = server::serve(cloud, listener, async { drop(stopped.await) });
    tokio::join!(serving, trying).1
}

#[tokio::test]
async fn an_answer_arrives_whole() {
    let (answer, ended) = while_served(&cloud(), async |address| ask(address, WHO).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(body(&answer).contains("<Account>123456789012</Account>"), "{answer}");
    assert_eq!((body(&answer).len(), ended.is_ok()), (announced(&answer), true));
}

#[tokio::test]
async fn a_connection_that_is_to_be_reset_is_reset() {
    let cloud = cloud();
    cloud.befall(Fault::next("GetCallerIdentity", Gives::Fate(Fate::Reset)));
    let (answer, ended) = while_served(&cloud, async |address| ask(address, WHO).await).await;
    assert_eq!((answer.as_str(), ended.map_err(|e| e.kind())), ("", Err(ErrorKind::ConnectionReset)));
    assert_eq!(cloud.calls().len(), 1, "it took effect all the same");
}

#[tokio::test]
async fn an_answer_that_is_to_be_cut_short_is_announced_whole_and_breaks_off() {
    let cloud = cloud();
    cloud.befall(Fault::next("GetCallerIdentity", Gives::Fate(Fate::CutShort)));
    let (answer, _) = while_served(&cloud, async |address| ask(address, WHO).await).await;
    assert_eq!(body(&answer).len(), announced(&answer) / 2, "{answer}");
}

#[tokio::test]
async fn a_silent_connection_gives_nothing_until_the_server_stops() {
    let cloud = cloud();
    cloud.befall(Fault::next("GetCallerIdentity", Gives::Fate(Fate::Silence)));
    let stream = while_served(&cloud, async |address| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(WHO.as_bytes()).await.unwrap();
        // The call has arrived, and others are answered.
        while cloud.calls().is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(ask(address, WHO).await.0.contains("200 OK"));
        stream
    });
    let mut stream = stream.await;
    let mut bytes = Vec::new();
    // However it ends, nothing came.
    let _ = stream.read_to_end(&mut bytes).await;
    assert_eq!(bytes, b"");
}

#[tokio::test]
async fn requests_that_are_none_are_refused_and_the_server_lives_on() {
    let answers = while_served(&cloud(), async |address| {
        let mut answers = Vec::new();
        for request in ["NONSENSE\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", WHO] {
            answers.push(ask(address, request).await.0.lines().next().unwrap_or_default().to_owned());
        }
        answers
    })
    .await;
    assert!(answers[0].starts_with("HTTP/1.1 400"), "{answers:?}");
    assert_eq!(answers[1..], ["HTTP/1.1 403 Forbidden", "HTTP/1.1 200 OK"]);
}
