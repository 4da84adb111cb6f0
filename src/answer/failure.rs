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
