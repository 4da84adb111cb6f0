//! What a caller's callbacks say.

use bytes::Bytes;
use http::HeaderMap;
use url::Url;

/// What a caller's callback said.
#[derive(Debug)]
pub enum CallbackReply {
    /// The request of an attempt.
    Request(Box<Parts>),
    /// Retry, do not retry, or as the policy says.
    Retry(Option<bool>),
    /// Whether the events so far complete the stream.
    Complete(bool),
    /// The callback threw.
    Threw,
}

/// The parts of a request that callbacks compute; `None` keeps the part as it was.
#[derive(Debug)]
pub struct Parts {
    /// Where to.
    pub url: Option<Url>,
    /// All of the caller's headers.
    pub headers: Option<HeaderMap>,
    /// The body.
    pub body: Option<Bytes>,
}
