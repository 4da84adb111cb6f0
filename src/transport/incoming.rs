//! The response body.
#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Request, Response, Version};
use http_body::Body as _;
use tower_http::decompression::{Decompression, DecompressionBody};
use tower_service::Service;

use super::failure;
use super::lanes::Lease;
use super::request::Body;
use crate::error::{Error, Kind, Phase};

type Decoded = DecompressionBody<reqwest::Body>;

/// What [`decode`] understands, as `Accept-Encoding` says it.
pub(super) const ENCODINGS: &str = "gzip,br";

/// The decoded bytes of a response. Nothing follows an end or an error.
pub(super) struct Incoming {
    body: Option<Decoded>,
    /// Whether the protocol marks the end, which hyper overlooks when HTTP/2 closes a stream.
    marked: bool,
    /// Held until the body is over.
    lease: Option<Lease>,
}

impl Incoming {
    pub(super) fn new(body: Decoded, version: Version, lease: Option<Lease>) -> Self {
        Self { body: Some(body), marked: version == Version::HTTP_2, lease }
    }

    /// A body that nobody could read.
    pub(super) fn nothing() -> Self {
        Self { body: None, marked: false, lease: None }
    }

    fn end(&mut self) -> Option<Error> {
        self.lease = None;
        let cut = |body: Decoded| self.marked && !body.get_ref().is_end_stream();
        self.body.take().is_some_and(cut).then(failure::abandoned)
    }
}

impl Body for Incoming {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        while let Some(body) = &mut self.body {
            match ready!(Pin::new(body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data()
                        && !bytes.is_empty()
                    {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Some(Err(error)) => {
                    self.end();
                    return Poll::Ready(Some(Err(failure::in_body(error))));
                }
                None => return Poll::Ready(self.end().map(Err)),
            }
        }
        Poll::Ready(None)
    }
}

/// Decodes the body as its `Content-Encoding` says, and takes that header away.
pub(super) async fn decode(response: Response<reqwest::Body>) -> Response<Decoded> {
    let Ok(decoded) = Decompression::new(Received(Some(response))).call(Request::new(())).await;
    decoded
}

/// A service that has its one response already: tower-http decodes the responses of services.
struct Received(Option<Response<reqwest::Body>>);

impl Service<Request<()>> for Received {
    type Response = Response<reqwest::Body>;
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
