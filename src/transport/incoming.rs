//! The response body.
#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Request, Response};
use http_body::{Body as _, Frame};
use tower_http::decompression::{Decompression, DecompressionBody};
use tower_service::Service;

use super::failure;
use super::http1;
use super::lanes::Lease;
use super::request::Body;
use crate::error::{Error, Kind, Phase, Source};

/// What [`decode`] understands, as `Accept-Encoding` says it.
pub(super) const ENCODINGS: &str = "gzip,br";

/// The bytes of a response as they arrive.
#[derive(Default)]
pub(super) enum Arriving {
    Http1(http1::Body),
    Http2(hyper::body::Incoming),
    /// Somebody else has them.
    #[default]
    Gone,
}

impl Arriving {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Source>>> {
        match self {
            Self::Http1(body) => body.poll_data(cx).map_err(Into::into),
            Self::Http2(body) => poll_frames(body, cx),
            Self::Gone => Poll::Ready(None),
        }
    }

    /// Whether it ended without the mark of an end, which hyper overlooks when HTTP/2 closes a stream.
    fn was_cut(&self) -> bool {
        matches!(self, Self::Http2(body) if !body.is_end_stream())
    }
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = Source;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Source>>> {
        self.poll_data(cx).map_ok(Frame::data)
    }
}

/// The next data of a body; what else it has to say nobody asks for.
fn poll_frames<B>(body: &mut B, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Source>>>
where
    B: http_body::Body<Data = Bytes, Error: Into<Source>> + Unpin,
{
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) if !bytes.is_empty() => return Poll::Ready(Some(Ok(bytes))),
                _ => {}
            },
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => return Poll::Ready(None),
        }
    }
}

/// A body that may be compressed.
pub(super) enum Decoded {
    Plain(Arriving),
    Compressed(Box<DecompressionBody<Arriving>>),
}

impl Decoded {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Source>>> {
        match self {
            Self::Plain(body) => body.poll_data(cx),
            Self::Compressed(body) => poll_frames(&mut **body, cx),
        }
    }

    fn was_cut(&self) -> bool {
        match self {
            Self::Plain(body) => body.was_cut(),
            Self::Compressed(body) => body.get_ref().was_cut(),
        }
    }
}

/// The decoded bytes of a response. Nothing follows an end or an error.
pub(super) struct Incoming {
    body: Option<Decoded>,
    /// Held until the body is over.
    lease: Option<Lease>,
}

impl Incoming {
    pub(super) const fn new(body: Decoded, lease: Option<Lease>) -> Self {
        Self { body: Some(body), lease }
    }

    /// A body that nobody could read.
    pub(super) const fn nothing() -> Self {
        Self { body: None, lease: None }
    }

    fn end(&mut self) -> Option<Error> {
        self.lease = None;
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

/// Decodes the body as its `Content-Encoding` says, and takes that header away.
pub(super) async fn decode(response: Response<Arriving>) -> Response<Decoded> {
    if !response.headers().contains_key(CONTENT_ENCODING) {
        return response.map(Decoded::Plain);
    }
    let Ok(decoded) = Decompression::new(Received(Some(response))).call(Request::new(())).await;
    decoded.map(|body| Decoded::Compressed(Box::new(body)))
}

/// A service that has its one response already: tower-http decodes the responses of services.
struct Received(Option<Response<Arriving>>);

impl Service<Request<()>> for Received {
    type Response = Response<Arriving>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(self.0.take().unwrap_or_default()))
    }
}

/// Refuses an encoding that was not decoded; a decoded one is no longer among the headers.
pub(super) fn check_encoding(headers: &HeaderMap) -> Result<(), Error> {
    let unknown = headers
        .get_all(CONTENT_ENCODING)
        .into_iter()
        .find(|value| !value.is_empty() && !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    let Some(unknown) = unknown else { return Ok(()) };
    // The server's words, kept short and printable.
    let name: String = unknown.as_bytes().escape_ascii().take(64).map(char::from).collect();
    let message = format!(
        "the response is encoded as {name}, which cannot be decoded; ask for gzip, br or identity"
    );
    Err(Error::new(Kind::ContentEncoding, Phase::Response, message).with_sent(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let check = |value: &'static str| {
            let headers = [(CONTENT_ENCODING, value.parse().unwrap())].into_iter().collect();
            check_encoding(&headers).map_err(|error| error.to_string())
        };
        assert_eq!(check_encoding(&HeaderMap::new()).ok(), Some(()));
        assert_eq!(check("Identity"), Ok(()));
        assert!(check("zstd").unwrap_err().contains("encoded as zstd,"));
        assert!(check("gzip, br").is_err());
    }
}
