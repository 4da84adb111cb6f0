//! What the engine asks of a transport, and what it gets.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::proxy::Proxy;
use crate::error::Error;

/// A way to send requests: HTTP in production, a script in tests.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and resolves with the final response, redirects followed.
    ///
    /// Dropping the future abandons the attempt and closes its connection. The deadlines of
    /// [`Request`] are the transport's to keep; every other clock is the engine's.
    fn dial(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>>;
}

/// The bytes of a response. Dropping it closes the connection unless the body was read to its end.
pub trait Body: Send {
    /// The next bytes, `None` at a clean end. Compressed bodies arrive decoded.
    ///
    /// Ready without bytes means that something was read, and nothing came of it so far: the reader
    /// decides whether it goes on at once or lets others have their turn.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>>;
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Where to; `http` or `https`.
    pub url: Url,
    /// Every header to send besides `Host`, `Content-Length` and `Accept-Encoding`.
    pub headers: HeaderMap,
    /// The body, sent with its `Content-Length`.
    pub body: Option<Bytes>,
    /// How long name resolution, TCP and TLS may take together. `None` disables the limit.
    pub connect_timeout: Option<Duration>,
    /// How long the response head may take once connected. `None` disables the limit.
    pub headers_timeout: Option<Duration>,
    /// How many redirects to follow.
    pub max_redirects: u32,
    /// Certificates; requests with equal settings share connections. Of them only [`Tls::ca`] holds
    /// for a proxy, and for other origins to which the server redirects.
    pub tls: Tls,
    /// The proxy.
    pub proxy: Proxy,
    /// Whether to speak HTTP/2: if the server agrees under `https`, in any case under `http`.
    pub http2: bool,
}

/// Certificates and keys of one client, all in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tls {
    /// Further roots to trust, beside the system's and the bundled ones.
    pub ca: Option<Vec<u8>>,
    /// The client's certificate chain.
    pub cert: Option<Vec<u8>>,
    /// The client's private key.
    pub key: Option<Vec<u8>>,
    /// Whether certificates are verified. On unless the caller turned it off by name.
    pub insecure: bool,
}

impl Tls {
    /// What of it holds for everybody: the roots. The certificate proves who the caller is, and the
    /// exception was made, to one origin alone.
    pub(super) fn for_strangers(&self) -> Self {
        Self { ca: self.ca.clone(), ..Self::default() }
    }
}

/// A response whose head has arrived.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The final URL, after redirects.
    pub url: Url,
    /// The body.
    pub body: Box<dyn Body>,
}
