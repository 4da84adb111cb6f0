//! What to do after an attempt has ended.
#![forbid(unsafe_code)]

use std::time::Duration;

/// What to do after an attempt has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask the caller's `shouldRetry`, put what it says into the facts, and ask for the next step again.
    AskCaller {
        /// What happens if the caller leaves it to the policy: another attempt, or none.
        retries: bool,
    },
    /// Take an endpoint or a key of the pool that was not tried in this outage, put into the facts whether
    /// there was one, and ask for the next step again.
    TakeAnother,
    /// Try again.
    Retry {
        /// How long to wait first.
        delay: Duration,
        /// Which repetition in a row this is, from 1, moves to another key included; a recovery is a
        /// fresh start, from 0.
        attempt: u32,
        /// Where the delay comes from.
        wait: Wait,
    },
    /// The stream is complete, without an error.
    Close(Reason),
    /// The stream ends with an error.
    Fail(Cause),
}

/// Where a delay comes from. It is zero all the same where another endpoint can be asked at once, and
/// after a stale connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The policy's backoff.
    Backoff,
    /// The server's `Retry-After`.
    RetryAfter,
    /// The policy's `recover_after`: a round is used up, a new one begins.
    Recovery,
    /// There is none: another key is asked, which costs none of the policy's attempts.
    OtherKey,
}

/// Why a stream is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its terminal event came.
    Terminal,
    /// Its body ended, and that is an ending for this request.
    End,
    /// The server answered 204.
    NoContent,
}

impl Reason {
    /// The name that JavaScript sees in `close { reason }`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::End => "end",
            Self::NoContent => "no-content",
        }
    }
}

/// Why a stream ends with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The failure must not, or cannot usefully, be repeated. The error is the failure itself.
    Final,
    /// The caller's `shouldRetry` wants no other attempt. The error is the failure itself.
    Caller,
    /// The body ended without the declared terminal event.
    Truncated,
    /// Attempts or time are used up. The error is the last failure; a clean end has none, there it
    /// is truncation if a terminal event was declared, else exhaustion.
    Exhausted,
    /// The server asked for a longer wait than the policy obeys. The error is the failure itself,
    /// with this wait.
    RetryAfter(Duration),
}
