//! A connection that speaks HTTP/1.1 or 1.0 (RFC 9112).
//!
//! The part that writes events is our own: a payload for thousands of clients is framed once and goes to their
//! sockets from one task, which wakes none of theirs. A request's body is never read, so that nothing can hide
//! behind a head; the connection is closed instead.
#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Sleep, sleep, timeout};

use super::answer::{Answer, Desk};
use super::client::Client;
use super::head::{self, Incoming};
use super::options::Site;
use super::payload::{Framing, LAST_CHUNK, Payload};
use super::seat::{Next, Seat, is_abrupt};
use super::socket::Socket;

/// Sent at once, so that the client knows that it is heard, and a proxy that it is to pass on.
pub const GREETING: &[u8] = b":\n\n";
/// Who sends more than so many bytes behind its request means no good.
const MOST_UNASKED: usize = 64 * 1024;

/// What is left of a connection.
pub enum Left<S> {
    /// Nothing: it is closed.
    Nothing,
    /// It speaks HTTP/2, of which this was read.
    Http2(S, BytesMut),
}

/// A connection, whatever stands between it and its socket.
pub struct Connection<S> {
    /// What it reads and writes.
    pub io: S,
    /// Behind that.
    pub socket: Arc<Socket>,
    /// Whether nothing is in between.
    pub is_direct: bool,
    /// Who is at the other end.
    pub peer: Option<IpAddr>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Answers requests until there are none.
    pub async fn serve(mut self, desk: &Desk, site: Site) -> io::Result<Left<S>> {
        let mut buffer = BytesMut::new();
        loop {
            let options = &desk.options;
            let reading = head::read(&mut self.io, &mut buffer, options.max_header_size);
            let Ok(incoming) = timeout(options.headers_timeout, reading).await else {
                return Ok(Left::Nothing);
            };
            let request = match incoming? {
                Incoming::Request(request) => request,
                Incoming::Http2 => return Ok(Left::Http2(self.io, buffer)),
                Incoming::Closed => return Ok(Left::Nothing),
                Incoming::Wrong(status) => {
                    let mut response = Response::new(Bytes::new());
                    *response.status_mut() = status;
                    self.write(&response, false, false, options.headers_timeout).await?;
                    return Ok(Left::Nothing);
                }
            };
            let keeps = head::keeps_alive(&request);
            if !self.respond(desk, site, &request, keeps).await? || !keeps {
                // Without an end of its own a proxy could take the response for one that broke.
                _ = timeout(options.patience, self.io.shutdown()).await;
                return Ok(Left::Nothing);
            }
        }
    }

    /// Whether another request may follow.
    async fn respond(
        &mut self,
        desk: &Desk,
        site: Site,
        request: &Request<()>,
        keeps: bool,
    ) -> io::Result<bool> {
        let framing = match request.version() {
            Version::HTTP_10 => Framing::Bare,
            _ => Framing::Chunked,
        };
        let direct = self.is_direct.then(|| Arc::clone(&self.socket));
        let answer = desk.answer(site, request, self.peer, || Seat::new(framing, direct)).await;
        match answer {
            Answer::Whole(response) => {
                let is_head = request.method() == Method::HEAD;
                self.write(&response, keeps, is_head, desk.options.patience).await?;
                Ok(true)
            }
            Answer::Events(fields, mut client) => {
                let mut first = head_of_events(framing, keeps, &fields);
                first.extend_from_slice(&Payload::new(GREETING).framed(framing));
                let ended = self.write_events(first.into(), &mut client, desk.options.patience);
                match ended.await {
                    Ended::Whole => Ok(framing == Framing::Chunked),
                    Ended::Last => Ok(false),
                    Ended::Cut => {
                        self.socket.reset_on_close();
                        Err(io::ErrorKind::ConnectionReset.into())
                    }
                    Ended::Gone => Err(io::ErrorKind::UnexpectedEof.into()),
                }
            }
        }
    }

    async fn write(
        &mut self,
        response: &Response<Bytes>,
        keeps: bool,
        is_head: bool,
        patience: Duration,
    ) -> io::Result<()> {
        let body = response.body();
        let mut out = head(response.status(), keeps, response.headers());
        if !is_head && response.status() != StatusCode::NO_CONTENT {
            out.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        if !is_head {
            out.extend_from_slice(body);
        }
        let writing = async {
            self.io.write_all(&out).await?;
            self.io.flush().await
        };
        timeout(patience, writing).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// Writes what the client is given, from `first` on, until it ends.
    async fn write_events(
        &mut self,
        first: Bytes,
        client: &mut Client,
        patience: Duration,
    ) -> Ended {
        let mut writing = Writing { out: first, unasked: 0, ending: None, is_last: false };
        poll_fn(|cx| writing.poll(&mut self.io, client, patience, cx)).await
    }
}

/// How the events of a client ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// With everything written.
    Whole,
    /// The same, but what came meanwhile was not read: nothing follows on the connection.
    Last,
    /// It is not to look whole.
    Cut,
    /// Its peer has gone.
    Gone,
}

struct Writing {
    out: Bytes,
    unasked: usize,
    /// When it is cut that has been told of its end.
    ending: Option<Pin<Box<Sleep>>>,
    /// What is written is the last.
    is_last: bool,
}

impl Writing {
    fn poll<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut S,
        client: &mut Client,
        patience: Duration,
        cx: &mut Context<'_>,
    ) -> Poll<Ended> {
        if self.poll_gone(io, cx).is_ready() {
            return Poll::Ready(Ended::Gone);
        }
        loop {
            if self.poll_cut(client, patience, cx).is_ready() {
                return Poll::Ready(Ended::Cut);
            }
            if !self.out.is_empty() {
                match ready!(Pin::new(&mut *io).poll_write(cx, &self.out)) {
                    Ok(written) if written > 0 => self.out.advance(written),
                    _ => return Poll::Ready(Ended::Gone),
                }
                continue;
            }
            if ready!(Pin::new(&mut *io).poll_flush(cx)).is_err() {
                return Poll::Ready(Ended::Gone);
            }
            if self.is_last {
                let ended = if self.unasked == 0 { Ended::Whole } else { Ended::Last };
                return Poll::Ready(ended);
            }
            match ready!(client.seat().poll_next(cx)) {
                Next::Write(bytes) => self.out = bytes,
                Next::Resume => client.resume(),
                Next::End(reason) => {
                    client.ends(reason);
                    self.is_last = true;
                    if client.seat().framing() == Framing::Chunked {
                        self.out = Bytes::from_static(LAST_CHUNK);
                    }
                }
            }
        }
    }

    /// Ready when the peer says that it is gone, or what it should not.
    fn poll_gone<S: AsyncRead + Unpin>(&mut self, io: &mut S, cx: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 512];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut *io).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => self.unasked += buffer.filled().len(),
                _ => return Poll::Ready(()),
            }
            if self.unasked > MOST_UNASKED {
                return Poll::Ready(());
            }
        }
    }

    /// Ready when it is to be cut: at once, or because its last bytes do not leave.
    fn poll_cut(
        &mut self,
        client: &mut Client,
        patience: Duration,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let Poll::Ready(reason) = client.seat().poll_ending(cx) else { return Poll::Pending };
        client.ends(reason);
        if is_abrupt(reason) {
            return Poll::Ready(());
        }
        self.ending.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx)
    }
}

fn head_of_events(framing: Framing, keeps: bool, fields: &HeaderMap) -> Vec<u8> {
    let mut out = head(StatusCode::OK, keeps && framing == Framing::Chunked, fields);
    if framing == Framing::Chunked {
        out.extend_from_slice(b"transfer-encoding: chunked\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// A head up to the fields that frame the body.
fn head(status: StatusCode, keeps: bool, fields: &HeaderMap) -> Vec<u8> {
    let reason = status.canonical_reason().unwrap_or_default();
    let date = httpdate::fmt_http_date(SystemTime::now());
    let mut out = format!("HTTP/1.1 {} {reason}\r\ndate: {date}\r\n", status.as_u16()).into_bytes();
    for (name, value) in fields {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    let connection = if keeps { "keep-alive" } else { "close" };
    out.extend_from_slice(format!("connection: {connection}\r\n").as_bytes());
    out
}
