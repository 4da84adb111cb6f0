//! Failures that the engine finds itself.

use crate::error::{Error, Kind, Phase};

/// A clean end that is a failure all the same.
pub fn ended_early(terminal_declared: bool) -> Error {
    let (kind, sentence) = if terminal_declared {
        (Kind::Truncated, "the body ended before the terminal event; the stream is incomplete")
    } else {
        (
            Kind::Exhausted,
            "the server ended the stream again and again, and every attempt is used up; raise retry.attempts, or declare the terminal event",
        )
    };
    Error::new(kind, Phase::Body, sentence).with_sent(true)
}

/// A callback of the caller threw; JavaScript knows what.
pub fn threw(phase: Phase) -> Error {
    Error::new(Kind::Callback, phase, "a callback threw; see the cause")
}
