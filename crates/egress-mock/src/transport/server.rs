//! The emulator as an HTTP server.

use std::{
    fmt, io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Limited};
use hyper::{
    Response, StatusCode,
    body::Incoming,
    header::{HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    MockCloud,
    wire::{Fate, Reply, Request},
};

/// The largest body that is read: a function's code may have 50 MB, and grows by a third on its way (Lambda quotas).
const LARGEST_BODY: usize = 70 << 20;
/// How long requests that are under way are waited for when the server stops.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait after a connection could not be taken: there are too many open files, mostly.
const BREATHER: Duration = Duration::from_millis(50);

/// Answers requests until `stop` resolves, then lets those that are under way come to their end, for a moment.
///
/// Every connection is served as a task of the runtime that this is called in; it needs Tokio's time and network drivers.
pub async fn serve(cloud: &MockCloud, listener: TcpListener, stop: impl Future<Output = ()>) {
    let mut connections = JoinSet::new();
    let stopping = Arc::new(tokio::sync::Notify::new());
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(cloud.clone(), stream, Arc::clone(&stopping)));
                }
                Err(_) => tokio::time::sleep(BREATHER).await,
            },
            // Those that have ended are forgotten as they end.
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    stopping.notify_waiters();
    let all_ended = async { while connections.join_next().await.is_some() {} };
    // What is silent for ever is dropped with the set.
    let _ = tokio::time::timeout(GRACE, all_ended).await;
}

async fn connection(cloud: MockCloud, stream: TcpStream, stopping: Arc<tokio::sync::Notify>) {
    // Small answers must not wait for each other. A connection that cannot do without works all the same.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let io = TokioIo::new(Stream { inner: stream, reset: Arc::clone(&reset) });
    let service = service_fn(move |request| handle(cloud.clone(), Arc::clone(&reset), request));
    let serving = http1::Builder::new().timer(TokioTimer::new()).serve_connection(io, service);
    let mut serving = std::pin::pin!(serving);
    // A connection that breaks is the client's affair.
    tokio::select! {
        _ = &mut serving => return,
        () = stopping.notified() => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = serving.await;
}

async fn handle(
    cloud: MockCloud,
    reset: Arc<AtomicBool>,
    request: hyper::Request<Incoming>,
) -> Result<Response<Answer>, Broken> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(_) => return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE)),
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let request = Request {
        method: head.method.to_string(),
        target: target.to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
    };
    let reply = cloud.answer(&request);
    cloud.pause(reply.delay).await;
    match reply.fate {
        Fate::Answer => Ok(response(reply, Whole::Yes)),
        Fate::CutShort => Ok(response(reply, Whole::No)),
        Fate::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(Broken)
        }
        Fate::Silence => std::future::pending().await,
    }
}

/// Whether a body arrives to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

fn response(reply: Reply, whole: Whole) -> Response<Answer> {
    let announced = reply.body.len() as u64;
    let bytes = Bytes::from(reply.body);
    let (first, breaks) = match whole {
        Whole::Yes => (bytes, Breaks::Never),
        Whole::No => (bytes.slice(..bytes.len() / 2), Breaks::AfterAFlush),
    };
    let mut response = Response::new(Answer { announced, left: Some(first), breaks });
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).unwrap_or(UNNAMED), value);
        }
    }
    response
}

/// Stands where a header's name is none, which no reply of the emulator has.
const UNNAMED: HeaderName = HeaderName::from_static("x-egress-unnamed");

fn plain(status: StatusCode) -> Response<Answer> {
    let mut response = Response::new(Answer { announced: 0, left: None, breaks: Breaks::Never });
    *response.status_mut() = status;
    response
}

/// A body that may break off after its first half.
struct Answer {
    announced: u64,
    left: Option<Bytes>,
    breaks: Breaks,
}

/// Whether and when a body breaks off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Never,
    /// What was written is flushed first: hyper does so when there is nothing to write for a moment.
    AfterAFlush,
    Now,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(bytes) = self.left.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.breaks {
            Breaks::Never => Poll::Ready(None),
            Breaks::AfterAFlush => {
                self.breaks = Breaks::Now;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Breaks::Now => Poll::Ready(Some(Err(Broken))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.breaks == Breaks::Never && self.left.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}

/// The connection is to break.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is to break here")
    }
}

impl std::error::Error for Broken {}

/// A connection that can be reset, not only closed.
struct Stream {
    inner: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Where this fails the client sees a connection that is closed without an answer: as bad.
            let _ = self.inner.set_zero_linger();
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Relaxed) {
            // A shutdown would say a friendly goodbye before the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
