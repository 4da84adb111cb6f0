//! The response body.
#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::failure;
use super::request::Body;
use crate::error::{Error, Kind, Phase};

/// The decoded bytes of a response. Nothing follows an end or an error.
pub(super) struct Incoming {
    body: Option<reqwest::Body>,
}

impl Incoming {
    pub(super) fn new(body: reqwest::Body) -> Self {
        Self { body: Some(body) }
    }

    /// A body that nobody could read.
    pub(super) fn nothing() -> Self {
        Self { body: None }
    }
}

impl Body for Incoming {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        while let Some(body) = &mut self.body {
            match ready!(http_body::Body::poll_frame(Pin::new(body), cx)) {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data()
                        && !bytes.is_empty()
                    {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Some(Err(error)) => {
                    self.body = None;
                    return Poll::Ready(Some(Err(failure::in_body(error))));
                }
                None => self.body = None,
            }
        }
        Poll::Ready(None)
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
