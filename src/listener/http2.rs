//! A connection that speaks HTTP/2, by hyper.
#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::answer::{Answer, Desk};
use super::client::Client;
use super::http1::GREETING;
use super::options::Site;
use super::payload::Framing;
use super::seat::{Next, Seat, is_abrupt};

/// How often a peer is asked whether it is there, and how long it may be silent then.
const ASK: Duration = Duration::from_secs(20);
/// How many requests one connection may have open: a browser's tabs share one.
const STREAMS: u32 = 256;
/// So many bytes of one response wait in the connection.
const SEND_BUFFER: usize = 64 * 1024;

/// Serves until the peer leaves. `read` is what was read of it already.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    io: S,
    read: BytesMut,
    desk: &Arc<Desk>,
    site: Site,
    peer: Option<IpAddr>,
) {
    let service = service_fn(|request: Request<Incoming>| {
        let desk = Arc::clone(desk);
        async move {
            let (parts, _) = request.into_parts();
            let request = Request::from_parts(parts, ());
            let seat = || Seat::new(Framing::Bare, None);
            let answer = desk.answer(site, &request, peer, seat).await;
            Ok::<_, Infallible>(response(answer))
        }
    });
    let headers = u32::try_from(desk.options.max_header_size).unwrap_or(u32::MAX);
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(ASK)
        .keep_alive_timeout(ASK)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(headers)
        .max_send_buf_size(SEND_BUFFER)
        .serve_connection(TokioIo::new(Rewound { read: read.freeze(), io }), service);
    // Each response has told its client's end; of the connection's own nobody waits to hear.
    _ = connection.await;
}

fn response(answer: Answer) -> Response<EventBody> {
    match answer {
        Answer::Whole(response) => response.map(|body| EventBody { first: body, client: None }),
        Answer::Events(fields, client) => {
            let first = Bytes::from_static(GREETING);
            let mut response = Response::new(EventBody { first, client: Some(client) });
            *response.headers_mut() = fields;
            response
        }
    }
}

/// What a client is given.
struct EventBody {
    first: Bytes,
    client: Option<Client>,
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(client) = &mut self.client else { return Poll::Ready(None) };
        loop {
            match std::task::ready!(client.seat().poll_next(cx)) {
                Next::Write(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Next::Resume => client.resume(),
                Next::End(reason) => {
                    client.ends(reason);
                    let cut = is_abrupt(reason);
                    // It is not to look whole: the stream is reset.
                    return Poll::Ready(cut.then(|| Err(io::ErrorKind::ConnectionReset.into())));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty() && self.client.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.client {
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.first.len() as u64),
        }
    }
}

/// A connection of which something was read.
struct Rewound<S> {
    read: Bytes,
    io: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buffer);
        }
        let length = self.read.len().min(buffer.remaining());
        buffer.put_slice(&self.read.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
