//! One opaque error for the whole core: what failed, where, and why.
#![forbid(unsafe_code)]

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// The source of an [`Error`], whatever layer it came from.
pub type Source = Box<dyn StdError + Send + Sync>;

/// What failed. Each kind has one stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The connection could not be made: refused, unreachable, or closed before a response.
    Connect,
    /// The host name could not be resolved.
    Dns,
    /// The TLS handshake failed: certificate, name or protocol.
    Tls,
    /// A proxy could not be reached, or did not connect to the server.
    Proxy,
    /// A deadline passed; the [`Phase`] says which.
    Timeout,
    /// The server answered with a status that is not a stream.
    Status,
    /// The response is not an event stream.
    ContentType,
    /// The body has a `Content-Encoding` that cannot be decoded, or is corrupt.
    ContentEncoding,
    /// A redirect that must not be followed.
    Redirect,
    /// The connection was reset, or broke, while the response was arriving.
    Reset,
    /// The body ended before its declared length, its last chunk, or its terminal event.
    Truncated,
    /// A line or event larger than the configured bound.
    Size,
    /// A callback given by the caller threw or did not answer in time.
    Callback,
    /// Clean ends used up every permitted attempt.
    Exhausted,
    /// The request cannot be sent as configured.
    Request,
    /// The provider of an answer said, inside a 200, that it failed.
    Provider,
    /// An event of an answer is not what its provider's dialect sends.
    Malformed,
    /// No endpoint of the pool can be asked.
    Pool,
    /// The engine itself failed, which is a bug.
    Internal,
}

impl Kind {
    /// The stable code that JavaScript sees as `error.code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Connect => "ERR_SSE_CONNECT",
            Self::Dns => "ERR_SSE_DNS",
            Self::Tls => "ERR_SSE_TLS",
            Self::Proxy => "ERR_SSE_PROXY",
            Self::Timeout => "ERR_SSE_TIMEOUT",
            Self::Status => "ERR_SSE_STATUS",
            Self::ContentType => "ERR_SSE_CONTENT_TYPE",
            Self::ContentEncoding => "ERR_SSE_CONTENT_ENCODING",
            Self::Redirect => "ERR_SSE_REDIRECT",
            Self::Reset => "ERR_SSE_RESET",
            Self::Truncated => "ERR_SSE_TRUNCATED",
            Self::Size => "ERR_SSE_SIZE",
            Self::Callback => "ERR_SSE_CALLBACK",
            Self::Exhausted => "ERR_SSE_EXHAUSTED",
            Self::Request => "ERR_SSE_REQUEST",
            Self::Provider => "ERR_SSE_PROVIDER",
            Self::Malformed => "ERR_SSE_MALFORMED",
            Self::Pool => "ERR_SSE_POOL",
            Self::Internal => "ERR_SSE_INTERNAL",
        }
    }
}

/// Where in the life of an attempt a failure happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Caller's callbacks are computing the request.
    Prepare,
    /// Name resolution, TCP or TLS.
    Connect,
    /// The request is out, no response headers yet.
    Headers,
    /// The response head is being judged: status, type, encoding, redirect.
    Response,
    /// The body: bytes arrive.
    Body,
    /// No byte arrived for the idle timeout.
    Idle,
    /// No event arrived for the event timeout.
    Event,
    /// The stream's total time is over.
    Total,
}

impl Phase {
    /// The lower-case name that JavaScript sees as `error.phase`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Connect => "connect",
            Self::Headers => "headers",
            Self::Response => "response",
            Self::Body => "body",
            Self::Idle => "idle",
            Self::Event => "event",
            Self::Total => "total",
        }
    }
}

/// A response that was refused: what a person needs to see of it.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The response headers, in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// At most the first KiB of the body, decoded as UTF-8 with replacement.
    pub body: String,
    /// What `Retry-After` or `retry-after-ms` asked for.
    pub retry_after: Option<Duration>,
}

/// What a provider said about the failure of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of failure it is, whatever the provider calls it, for example `rate-limit`.
    pub class: &'static str,
    /// The provider's own code.
    pub code: Option<String>,
    /// The HTTP status that it stands for.
    pub status: Option<u16>,
}

/// A failure of a stream. Its text is one lower-case sentence without its source.
#[derive(Debug)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: Kind,
    phase: Phase,
    message: String,
    /// Whether the request may have been acted on: every byte of it was handed to the network.
    sent: bool,
    permanent: bool,
    stale: bool,
    refusal: Option<Refusal>,
    fault: Option<Fault>,
    source: Option<Source>,
}

impl Error {
    /// A failure of `kind` in `phase`, told in one lower-case sentence that holds no secret.
    pub fn new(kind: Kind, phase: Phase, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            inner: Box::new(Inner {
                kind,
                phase,
                message,
                sent: false,
                permanent: false,
                stale: false,
                refusal: None,
                fault: None,
                source: None,
            }),
        }
    }

    /// Keeps the lower-level error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Marks that the request had been sent in full when this happened.
    #[must_use]
    pub fn with_sent(mut self, sent: bool) -> Self {
        self.inner.sent = sent;
        self
    }

    /// Marks that another attempt would fail as this one did, though others of its kind may pass.
    #[must_use]
    pub fn with_permanent(mut self, permanent: bool) -> Self {
        self.inner.permanent = permanent;
        self
    }

    /// Marks that a connection broke which had waited for the request: the server may have closed it long
    /// before.
    #[must_use]
    pub fn with_stale(mut self, stale: bool) -> Self {
        self.inner.stale = stale;
        self
    }

    /// Keeps what the server answered instead of a stream.
    #[must_use]
    pub fn with_refusal(mut self, refusal: Refusal) -> Self {
        self.inner.refusal = Some(refusal);
        self
    }

    /// Keeps what the provider said.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.inner.fault = Some(fault);
        self
    }

    /// What the provider said, if it said anything.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.inner.fault.as_ref()
    }

    /// What failed.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Where it failed.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.inner.phase
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.inner.kind.code()
    }

    /// Whether the request had been sent in full.
    #[must_use]
    pub fn sent(&self) -> bool {
        self.inner.sent
    }

    /// Whether another attempt would fail as this one did.
    #[must_use]
    pub fn permanent(&self) -> bool {
        self.inner.permanent
    }

    /// Whether a connection broke that had waited for the request.
    #[must_use]
    pub fn stale(&self) -> bool {
        self.inner.stale
    }

    /// What the server answered instead of a stream, if it answered.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.inner.refusal.as_ref()
    }

    /// The messages of the chain of sources, outermost first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = StdError::source(self);
        while let Some(source) = next {
            causes.push(source.to_string());
            next = source.source();
        }
        causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}
