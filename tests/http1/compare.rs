//! What both readers make of the same connection, and how they may differ.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body::Body as _;
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::connect::Peer;
use super::http1::{self, Connection, Idle, Outgoing};
use super::script::{Script, Socket};

/// The clock stands still: once it is reached, nobody has anything to do any more.
const STILL: Duration = Duration::from_millis(10);
/// As many as ours takes; hyper's own bound is lower.
const HEADERS: usize = 128;

/// Names and values.
type Lines = Vec<(String, Vec<u8>)>;

/// What became of one request.
#[derive(Debug)]
pub struct Exchange {
    pub head: Option<(StatusCode, Version, HeaderMap)>,
    pub data: Vec<u8>,
    pub end: End,
    /// The connection may carry another request.
    pub free: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Complete,
    Refused,
    /// More is waited for.
    Waits,
}

impl Exchange {
    const fn new() -> Self {
        Self { head: None, data: Vec::new(), end: End::Waits, free: false }
    }

    /// Notes the head.
    fn answered<B, E>(&mut self, answer: Result<Response<B>, E>) -> Option<B> {
        let Ok(answer) = answer else {
            self.end = End::Refused;
            return None;
        };
        let (head, body) = answer.into_parts();
        self.head = Some((head.status, head.version, head.headers));
        Some(body)
    }

    /// The head, each run of white space in a value as one space: to how many a folded line comes is
    /// for its reader to say (RFC 9112 5.2).
    fn unfolded(&self) -> Option<(StatusCode, Version, Lines)> {
        let (status, version, headers) = self.head.as_ref()?;
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
        let words = |value: &[u8]| {
            let words = value.split(is_space).filter(|word| !word.is_empty());
            words.collect::<Vec<_>>().join(&b' ')
        };
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), words(value.as_bytes())));
        Some((*status, *version, headers.collect()))
    }

    /// Notes the next data; whether more may follow.
    fn read<E>(&mut self, data: Option<Result<Bytes, E>>) -> bool {
        match data {
            Some(Ok(data)) => {
                self.data.extend_from_slice(&data);
                return true;
            }
            Some(Err(_)) => self.end = End::Refused,
            None => self.end = End::Complete,
        }
        false
    }
}

/// Runs as long as there is something to do.
async fn while_busy(work: impl Future<Output = ()>) {
    let _ = timeout(STILL, work).await;
}

/// What ours makes of it, request by request, as long as the connection may carry another one.
async fn ours(method: &Method, script: &Script) -> Vec<Exchange> {
    let spares = Idle::default().spares(&Peer);
    let mut next = Some(Connection::new(Box::new(Socket::new(script.clone()))));
    let mut exchanges = Vec::new();
    while exchanges.len() < script.requests()
        && let Some(connection) = next.take()
    {
        let url = "http://a.test/".parse().unwrap();
        let request = Outgoing::new(method.clone(), &url, &HeaderMap::new(), Bytes::new());
        let mut exchange = Exchange::new();
        while_busy(async {
            let answer = http1::ask(connection, request, || (), Arc::clone(&spares)).await;
            if let Some(mut body) = exchange.answered(answer) {
                while exchange.read(poll_fn(|cx| body.poll_data(cx)).await) {}
            }
        })
        .await;
        next = spares.take(true);
        exchange.free = next.is_some();
        exchanges.push(exchange);
    }
    exchanges
}

/// The same by hyper.
async fn hypers(method: &Method, script: &Script) -> Vec<Exchange> {
    let io = TokioIo::new(Socket::new(script.clone()));
    let mut builder = Builder::new();
    builder.max_headers(HEADERS).allow_obsolete_multiline_headers_in_responses(true);
    let (mut sender, connection) = builder.handshake::<_, Nothing>(io).await.unwrap();
    tokio::spawn(connection);
    let mut exchanges = Vec::new();
    while exchanges.len() < script.requests() {
        let mut request = Request::new(Nothing);
        *request.method_mut() = method.clone();
        request.headers_mut().insert("host", "a.test".parse().unwrap());
        let mut exchange = Exchange::new();
        while_busy(async {
            let answer = sender.send_request(request).await;
            if let Some(mut body) = exchange.answered(answer) {
                while exchange.read(next_data(&mut body).await) {}
            }
        })
        .await;
        let ready = async { exchange.free = sender.ready().await.is_ok() };
        while_busy(ready).await;
        let free = exchange.free;
        exchanges.push(exchange);
        if !free {
            break;
        }
    }
    exchanges
}

async fn next_data(body: &mut hyper::body::Incoming) -> Option<Result<Bytes, hyper::Error>> {
    let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap_or_default()))
}

/// The body of a request that has none.
struct Nothing;

impl http_body::Body for Nothing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        std::task::Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}

/// Reads a connection with both, and panics if they differ where they must not. Returns ours.
pub fn compare(method: &Method, script: &Script) -> Vec<Exchange> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let (ours, hypers) = (ours(method, script).await, hypers(method, script).await);
        for (index, exchange) in ours.iter().enumerate() {
            // Whatever ours still uses a connection for, hyper does, too.
            let other = &hypers[index];
            let closed = script.closes() && index + 1 == script.requests();
            let told = format!("{index} of {:?}:\n{exchange:?}\n{other:?}", script.text());
            check(exchange, other, closed, &told);
        }
        ours
    })
}

fn check(ours: &Exchange, hypers: &Exchange, closed: bool, told: &str) {
    assert!(hypers.free || !ours.free, "a connection is used again, {told}");
    if hypers.end == End::Refused {
        // Where it is told at once, or by the end of the connection.
        assert!(ours.end == End::Refused || (ours.end == End::Waits && !closed), "taken, {told}");
    }
    if ours.end == End::Complete && hypers.end == End::Complete {
        assert_eq!(ours.unfolded(), hypers.unfolded(), "{told}");
        assert_eq!(ours.data, hypers.data, "{told}");
    }
    if ours.end == End::Complete {
        assert_eq!(hypers.end, End::Complete, "complete, {told}");
    }
    if hypers.end == End::Complete {
        // Nobody asked for another protocol; hyper would hand the connection over. And trailers that
        // are none it reads as what they might have been.
        let switched = hypers.head.as_ref().is_some_and(|(status, ..)| *status == 101);
        let trailers = ours.head.is_some() && ours.data == hypers.data;
        assert!(ours.end == End::Complete || switched || trailers, "refused, {told}");
    }
    let shared = ours.data.len().min(hypers.data.len());
    assert_eq!(ours.data[..shared], hypers.data[..shared], "{told}");
}
