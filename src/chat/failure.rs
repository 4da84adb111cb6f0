//! A provider's failure as an error of the stream.

use crate::error::{Error, Fault, Kind, Phase};
use crate::llm::{Class, Failure};

/// What a provider said about a failure.
pub(super) fn fault(failure: &Failure) -> Fault {
    Fault {
        class: failure.class().name(),
        code: failure.code().map(str::to_owned),
        status: failure.status(),
    }
}

/// The error that a failure inside a 200 is.
pub(super) fn error_of(failure: &Failure) -> Error {
    let kind = match failure.class() {
        Class::Malformed => Kind::Malformed,
        Class::Bound(_) => Kind::Size,
        _ => Kind::Provider,
    };
    Error::new(kind, Phase::Body, failure.to_string()).with_sent(true).with_fault(fault(failure))
}

/// The provider ended the answer, but not for a reason: after content, which may be cut short, asking
/// again is for the caller to decide.
pub(super) fn unproven(begun: bool) -> Error {
    let sentence = if begun {
        "the answer ended with [DONE] but without a finish reason, so it may be cut short; if this \
         gateway never gives a reason, set done: 'evidence'"
    } else {
        "the answer ended with [DONE] before anything of it came"
    };
    Error::new(Kind::Truncated, Phase::Body, sentence).with_sent(true).with_permanent(begun)
}
