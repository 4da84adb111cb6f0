//! A connection that speaks HTTP/1.1 or 1.0 (RFC 9112).
//!
//! The part that writes events is our own: a payload for thousands of clients is framed once and goes to their
//! sockets from one task, which wakes none of theirs. The body of a request is never read, so that nothing can hide
//! behind a head: its connection is closed behind the response.
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
/// Who sends more than so many bytes behind a request that is open means no good.
const MOST_UNREAD: usize = 64 * 1024;

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
            if buffer.is_empty() {
                // Its memory is not kept for as long as the client stays.
                buffer = BytesMut::new();
            }
            if !self.respond(desk, site, request, keeps, &mut buffer).await? || !keeps {
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
        request: Box<Request<()>>,
        keeps: bool,
        buffer: &mut BytesMut,
    ) -> io::Result<bool> {
        let framing = match request.version() {
            Version::HTTP_10 => Framing::Bare,
            _ => Framing::Chunked,
        };
        let direct = self.is_direct.then(|| Arc::clone(&self.socket));
        let seat = || Seat::new(framing, direct);
        let answer = Box::pin(desk.answer(site, &request, self.peer, seat)).await;
        let is_head = request.method() == Method::HEAD;
        drop(request);
        match answer {
            Answer::Whole(response) => {
                self.write(&response, keeps, is_head, desk.options.patience).await?;
                Ok(true)
            }
            Answer::Events(fields, mut client) => {
                let mut first = head_of_events(framing, keeps, &fields);
                first.extend_from_slice(&Payload::new(GREETING).framed(framing));
                let writing = Writing::new(first.into(), buffer, desk.options.patience);
                let ended = writing.run(&mut self.io, &mut client);
                match ended.await {
                    Ended::Whole => Ok(framing == Framing::Chunked),
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
}

/// How the events of a client ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// With everything written.
    Whole,
    /// It is not to look whole.
    Cut,
    /// Its peer has gone.
    Gone,
}

/// Writes what a client is given, until it ends.
struct Writing<'a> {
    out: Bytes,
    /// What comes meanwhile: requests that wait for this one's end.
    unread: &'a mut BytesMut,
    patience: Duration,
    /// When it is cut that has been told of its end.
    ending: Option<Pin<Box<Sleep>>>,
    /// What is written is the last.
    is_last: bool,
}

impl<'a> Writing<'a> {
    fn new(first: Bytes, unread: &'a mut BytesMut, patience: Duration) -> Self {
        Self { out: first, unread, patience, ending: None, is_last: false }
    }

    async fn run(
        mut self,
        io: &mut (impl AsyncRead + AsyncWrite + Unpin),
        client: &mut Client,
    ) -> Ended {
        poll_fn(|cx| self.poll(io, client, cx)).await
    }

    fn poll<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut S,
        client: &mut Client,
        cx: &mut Context<'_>,
    ) -> Poll<Ended> {
        if self.poll_gone(io, cx).is_ready() {
            return Poll::Ready(Ended::Gone);
        }
        loop {
            if self.poll_cut(client, cx).is_ready() {
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
                return Poll::Ready(Ended::Whole);
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
                Ok(()) if !buffer.filled().is_empty() => {
                    self.unread.extend_from_slice(buffer.filled());
                }
                _ => return Poll::Ready(()),
            }
            if self.unread.len() > MOST_UNREAD {
                return Poll::Ready(());
            }
        }
    }

    /// Ready when it is to be cut: at once, or because its last bytes do not leave.
    fn poll_cut(&mut self, client: &mut Client, cx: &mut Context<'_>) -> Poll<()> {
        let Poll::Ready(reason) = client.seat().poll_ending(cx) else { return Poll::Pending };
        client.ends(reason);
        if is_abrupt(reason) {
            return Poll::Ready(());
        }
        let patience = self.patience;
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
