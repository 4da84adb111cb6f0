//! The response body.
#![forbid(unsafe_code)]

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Body as _;

use super::coding::Coding;
use super::decompress::Decompress;
use super::failure;
use super::http1;
use super::http2_pool::Reservation;
use super::request::Body;
use crate::error::{Error, Source};

/// The bytes of a response as they arrive.
pub(super) enum Arriving {
    Http1(http1::Body),
    Http2(hyper::body::Incoming),
}

impl Arriving {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Source>>> {
        match self {
            Self::Http1(body) => body.poll_data(cx).map_err(Into::into),
            Self::Http2(body) => poll_frames(body, cx),
        }
    }

    /// Whether it ended without the mark of an end, which hyper overlooks when HTTP/2 closes a stream.
    fn was_cut(&self) -> bool {
        matches!(self, Self::Http2(body) if !body.is_end_stream())
    }
}

/// The next data of a body; what else it says, such as trailers, is dropped.
fn poll_frames(
    body: &mut hyper::body::Incoming,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, Source>>> {
    match ready!(Pin::new(&mut *body).poll_frame(cx)) {
        Some(Ok(frame)) => Poll::Ready(Some(Ok(frame.into_data().unwrap_or_default()))),
        Some(Err(error)) => Poll::Ready(Some(Err(measured(error, body.size_hint().exact())))),
        None => Poll::Ready(None),
    }
}

/// h2 refuses a body that is not as long as was announced, but does not say so.
fn measured(error: hyper::Error, missing: Option<u64>) -> Source {
    let refused = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
    let refused = refused.is_some_and(|error| {
        error.is_library() && error.is_reset() && error.reason() == Some(h2::Reason::PROTOCOL_ERROR)
    });
    match missing {
        Some(missing) if refused => Box::new(Mismeasured { missing, error }),
        _ => error.into(),
    }
}

/// A body that is not as long as its `Content-Length` says (RFC 9113, 8.1.1).
#[derive(Debug)]
pub(super) struct Mismeasured {
    /// How much was still to come.
    pub(super) missing: u64,
    error: hyper::Error,
}

impl fmt::Display for Mismeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is not as long as its content-length says")
    }
}

impl StdError for Mismeasured {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.error)
    }
}

/// A body that may be compressed.
pub(super) enum Decoded {
    Plain(Arriving),
    Compressed(Box<Decompress>),
}

impl Decoded {
    /// A body to which these codings were applied, in this order.
    pub(super) fn new(body: Arriving, codings: &[Coding]) -> Self {
        codings.iter().rev().fold(Self::Plain(body), |source, coding| {
            Self::Compressed(Box::new(Decompress::new(source, *coding)))
        })
    }

    pub(super) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Source>>> {
        match self {
            Self::Plain(body) => body.poll_data(cx),
            Self::Compressed(body) => body.poll_data(cx),
        }
    }

    fn was_cut(&self) -> bool {
        match self {
            Self::Plain(body) => body.was_cut(),
            Self::Compressed(body) => body.source().was_cut(),
        }
    }
}

/// The decoded bytes of a response. Nothing follows an end or an error.
pub(super) struct Incoming {
    body: Option<Decoded>,
    /// Held until the body is over.
    reservation: Option<Reservation>,
}

impl Incoming {
    pub(super) const fn new(body: Decoded, reservation: Option<Reservation>) -> Self {
        Self { body: Some(body), reservation }
    }

    /// A body that no decoder could read.
    pub(super) const fn nothing() -> Self {
        Self { body: None, reservation: None }
    }

    fn end(&mut self) -> Option<Error> {
        self.reservation = None;
        self.body.take().is_some_and(|body| body.was_cut()).then(failure::abandoned)
    }
}

impl Body for Incoming {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match ready!(body.poll_data(cx)) {
            Some(Ok(bytes)) => Poll::Ready(Some(Ok(bytes))),
            Some(Err(error)) => {
                self.end();
                Poll::Ready(Some(Err(failure::in_body(error))))
            }
            None => Poll::Ready(self.end().map(Err)),
        }
    }
}
