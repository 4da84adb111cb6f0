//! What the handler of a body says about another attempt.
#![forbid(unsafe_code)]

/// What the table of endings needs to know of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// GET or HEAD: repeating it costs nothing (RFC 9110 9.2.1).
    pub safe: bool,
    /// The consumer was given something that a repetition would give again.
    pub delivered: bool,
    /// The caller said which event completes the stream.
    pub terminal_declared: bool,
}

/// What the handler of a body says about another attempt, once one has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAdvice {
    /// As the table of endings says, for such a request.
    Table(RequestFacts),
    /// Another attempt is sensible, whatever the table says; within the limits of the policy.
    Repeat,
    /// No further attempt; the error is the last one.
    Final,
}

impl RetryAdvice {
    /// The request as the limits of a wait see it. One that is repeated on advice counts as one that
    /// a caller waits for.
    pub(super) const fn request(self) -> RequestFacts {
        match self {
            Self::Table(request) => request,
            Self::Repeat | Self::Final => {
                RequestFacts { safe: false, delivered: false, terminal_declared: false }
            }
        }
    }

    /// Whether another attempt does no harm: no server acts twice, and the consumer is given nothing
    /// twice.
    pub(super) const fn harmless(self) -> bool {
        match self {
            Self::Table(request) => request.safe || !request.delivered,
            Self::Repeat => true,
            Self::Final => false,
        }
    }
}
