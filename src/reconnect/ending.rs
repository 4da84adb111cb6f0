//! How an attempt ended.
#![forbid(unsafe_code)]

use std::time::Duration;

/// How an attempt ended, as far as the question of another one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The terminal event came.
    Terminal,
    /// The body ended cleanly, without a terminal event.
    End,
    /// The response broke after its head: reset, short body, idle or event timeout.
    Lost,
    /// The request was not sent in full: name resolution, refusal, connect timeout, TLS that broke
    /// for reasons that pass.
    Unsent,
    /// The request was sent in full, then the connection broke before the response head. The
    /// server may have acted on it.
    Unanswered,
    /// No response head arrived in time. The server may still be acting on the request.
    HeadersTimeout,
    /// The server answered with a status that is not a stream.
    Status {
        /// The HTTP status, or the one that an error inside a 200 stands for.
        status: u16,
        /// The wait that the response asked for; see [`retry_after`](super::retry_after).
        retry_after: Option<Duration>,
    },
    /// 204: the server asks its clients not to come back (WHATWG HTML 9.2.7).
    NoContent,
    /// What another attempt cannot mend: certificate, redirect, content type, size, a callback that
    /// threw, the total timeout.
    Fatal,
}

impl Ending {
    /// Whether something failed. A body that ends cleanly may be a failure all the same, which is for the
    /// table of endings to say.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        !matches!(self, Self::Terminal | Self::End | Self::NoContent)
    }
}
