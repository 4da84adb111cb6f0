//! What a stream is told when it is opened.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::Deserialize;
use url::Url;

use super::endpoints::Endpoints;
use super::given;
use super::terminal::Terminal;
use crate::delivery::Limits;
use crate::reconnect::{Policy, millis};
use crate::transport::{Proxy, Tls};

/// Everything that decides how a stream behaves, as `lib/options/connect.js` sends it. Defaults are set,
/// once, where users meet them.
#[allow(clippy::struct_excessive_bools, reason = "independent switches, mirrored from the options")]
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// The HTTP method.
    #[serde(deserialize_with = "given::method")]
    pub method: Method,
    /// Where to; `None` while a callback is to say.
    #[serde(deserialize_with = "given::url")]
    pub url: Option<Url>,
    /// Where to below the address of a pool's endpoint.
    #[serde(default)]
    pub path: String,
    /// The endpoints to choose from; they give address and key.
    #[serde(skip)]
    pub endpoints: Option<Arc<Endpoints>>,
    /// Where the caller stands among those whom a canary takes its share of, in ten thousandths.
    pub affinity: Option<u16>,
    /// The caller's headers.
    #[serde(deserialize_with = "given::headers")]
    pub headers: HeaderMap,
    /// The body.
    #[serde(skip)]
    pub body: Option<Bytes>,
    /// What counts as a stream in `Content-Type`, in lower case.
    pub accept: Vec<String>,
    /// Whether only that is taken for a stream that a browser's `EventSource` takes.
    pub strict: bool,
    /// The id to resume after, empty for none.
    pub last_event_id: String,
    /// When to try again, and after how long.
    pub retry: Policy,
    /// The clocks.
    pub timeouts: Timeouts,
    /// Events that complete the stream.
    pub terminal: Vec<Terminal>,
    /// Which callbacks JavaScript answers.
    pub callbacks: Callbacks,
    /// Whether events replayed after a reconnect are dropped.
    pub dedupe: bool,
    /// Whether an event is delivered whose blank line never came.
    pub incomplete: bool,
    /// The largest event in bytes.
    pub max_event_size: Option<usize>,
    /// How much may wait for the consumer.
    #[serde(deserialize_with = "given::limits")]
    pub mailbox: Limits,
    /// How many redirects an attempt may follow.
    pub max_redirects: u32,
    /// Certificates.
    #[serde(deserialize_with = "given::tls")]
    pub tls: Tls,
    /// The proxy.
    #[serde(deserialize_with = "given::proxy")]
    pub proxy: Proxy,
    /// Whether to speak HTTP/2.
    pub http2: bool,
    /// Whether to fail at once, and with the last failure, where a wait would outlast
    /// [`Timeouts::total`].
    #[serde(skip)]
    pub impatient: bool,
}

/// Deadlines; `None` disables one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeouts {
    /// Name resolution, TCP and TLS; also every callback.
    #[serde(deserialize_with = "millis::optional")]
    pub connect: Option<Duration>,
    /// From connected to the response head.
    #[serde(deserialize_with = "millis::optional")]
    pub headers: Option<Duration>,
    /// Without a byte.
    #[serde(deserialize_with = "millis::optional")]
    pub idle: Option<Duration>,
    /// Without an event that counts.
    #[serde(deserialize_with = "millis::optional")]
    pub event: Option<Duration>,
    /// Names of events that do not count.
    pub event_ignore: Vec<String>,
    /// The whole life of the stream.
    #[serde(deserialize_with = "millis::optional")]
    pub total: Option<Duration>,
}

/// Which questions JavaScript answers.
#[allow(clippy::struct_excessive_bools, reason = "a set of flags, mirrored from the options")]
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Callbacks {
    /// The URL of an attempt.
    pub url: bool,
    /// The headers of an attempt.
    pub headers: bool,
    /// The body of an attempt.
    pub body: bool,
    /// Whether to retry.
    pub should_retry: bool,
    /// Whether the events delivered complete the answer.
    pub terminal: bool,
}

impl Options {
    /// Whether the method may be repeated without harm (RFC 9110, 9.2.1; only those that stream).
    #[must_use]
    pub fn safe(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// Whether the caller declared how a complete stream ends.
    #[must_use]
    pub fn terminal_declared(&self) -> bool {
        !self.terminal.is_empty() || self.callbacks.terminal
    }
}
