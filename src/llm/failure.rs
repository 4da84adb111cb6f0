//! What went wrong inside a 200.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

use super::problem::of_refusal;
use super::stray::of_stray;

/// How much of a provider's sentence is kept, in bytes: enough to read, too little to hoard.
const MAX_MESSAGE: usize = 1024;

/// How much of a provider's code is kept, in bytes. Known ones have at most 40.
const MAX_CODE: usize = 128;

/// What kind of failure it is, whatever the provider calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Too many requests or tokens in a time.
    RateLimit,
    /// The provider has no capacity right now.
    Overloaded,
    /// The account is out of credit. Waiting does not help, another key may.
    Quota,
    /// The key is not valid.
    Auth,
    /// The key may not do this.
    Permission,
    /// No such model, or no such endpoint.
    NotFound,
    /// The prompt and the answer do not fit the model.
    ContextLength,
    /// A filter stopped the prompt or the answer.
    ContentFilter,
    /// The request is wrong in another way, or the model could not obey it.
    InvalidRequest,
    /// The provider gave up waiting.
    Timeout,
    /// The provider broke, or did not say what happened.
    Server,
    /// An event is not what the dialect sends.
    Malformed,
    /// The answer outgrew a bound.
    Bound(Bound),
}

impl Class {
    /// The name that JavaScript sees, for example `rate-limit`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RateLimit => "rate-limit",
            Self::Overloaded => "overloaded",
            Self::Quota => "quota",
            Self::Auth => "auth",
            Self::Permission => "permission",
            Self::NotFound => "not-found",
            Self::ContextLength => "context-length",
            Self::ContentFilter => "content-filter",
            Self::InvalidRequest => "invalid-request",
            Self::Timeout => "timeout",
            Self::Server => "server",
            Self::Malformed => "malformed",
            Self::Bound(_) => "bound",
        }
    }

    /// Whether the same request, sent again, may succeed.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimit | Self::Overloaded | Self::Timeout | Self::Server | Self::Malformed
        )
    }

    /// The HTTP status that a provider would have answered with before the stream. What a gateway
    /// garbled counts as 502; what outgrew a bound has none.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        Some(match self {
            Self::RateLimit => 429,
            // Anthropic's, who send this inside a 200 more often than anybody.
            Self::Overloaded => 529,
            Self::Quota => 402,
            Self::Auth => 401,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::ContextLength | Self::ContentFilter | Self::InvalidRequest => 400,
            Self::Timeout => 504,
            Self::Server => 500,
            Self::Malformed => 502,
            Self::Bound(_) => return None,
        })
    }
}

/// Which bound an answer outgrew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// [`MAX_CHOICES`](super::MAX_CHOICES).
    Choices,
    /// [`MAX_TOOL_CALLS`](super::MAX_TOOL_CALLS).
    ToolCalls,
    /// [`MAX_PARTS`](super::MAX_PARTS).
    Parts,
    /// [`MAX_DEPTH`](super::MAX_DEPTH).
    Depth,
    /// [`Bounds::argument_bytes`](super::Bounds::argument_bytes).
    Arguments,
    /// [`Bounds::content_bytes`](super::Bounds::content_bytes).
    Content,
}

/// A failure inside a response that began as a success: told by the provider, or refused here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    class: Class,
    status: Option<u16>,
    code: Option<String>,
    message: String,
}

impl Failure {
    /// A failure told by the provider.
    pub(super) fn told(
        class: Class,
        status: Option<u16>,
        code: Option<&str>,
        message: &str,
    ) -> Self {
        Self {
            class,
            status,
            code: code.map(|code| readable(cut(code, MAX_CODE))),
            message: readable(cut(message.trim(), MAX_MESSAGE)),
        }
    }

    /// A refusal that its class explains.
    pub(super) const fn refused(class: Class) -> Self {
        Self { class, status: None, code: None, message: String::new() }
    }

    /// An event that is not what the dialect sends. `reason` quotes nothing of it.
    pub(super) const fn malformed(reason: String) -> Self {
        Self { class: Class::Malformed, status: None, code: None, message: reason }
    }

    /// The same with its texts spelled otherwise.
    pub(super) fn spelled(&self, spell: impl Fn(&str) -> String) -> Self {
        let (code, message) = (self.code.as_deref().map(&spell), spell(&self.message));
        Self { code, message, ..self.clone() }
    }

    /// What a refusal with this status says in its body, which may be cut short.
    #[must_use]
    pub fn of_refusal(status: u16, body: &str) -> Self {
        of_refusal(status, body)
    }

    /// What a body says outside of its events, if that explains why an answer is not complete; `alone`
    /// says that there were no events.
    #[must_use]
    pub fn of_stray(text: &str, alone: bool) -> Option<Self> {
        of_stray(text, alone)
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// The HTTP status that it stands for: the one it named, else the usual one of its class.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status.or(self.class.status())
    }

    /// The provider's code, else its type, at most 128 bytes of it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The provider's sentence as it stands, at most 1 KiB of it.
    ///
    /// A careless provider may quote the request here; the engine knows the key and takes it out.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the same request, sent again, may succeed.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.class.is_retryable()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class {
            Class::Malformed => write!(f, "an event of the answer is malformed: {}", self.message),
            Class::Bound(bound) => f.write_str(match bound {
                Bound::Choices => "the answer has more than 128 choices; ask for fewer",
                Bound::ToolCalls => "the answer has more than 128 tool calls; offer fewer tools",
                Bound::Parts => "an event of the answer has more than 1024 parts",
                Bound::Depth => "the arguments of a tool call are nested more than 100 deep",
                Bound::Arguments => {
                    "the arguments of the tool calls are too long; raise the bound if they may be"
                }
                Bound::Content => "the answer is too long; raise the bound if it may be",
            }),
            class => {
                write!(f, "the provider ended the answer with an error ({})", class.name())?;
                if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
            }
        }
    }
}

impl Error for Failure {}

/// Text that a log may hold: no line breaks and no orders to a terminal.
fn readable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// At most `limit` bytes of `text`, whole characters.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
