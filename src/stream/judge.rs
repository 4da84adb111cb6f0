//! The third part of a body handler: what it makes of an attempt that ended.

use super::delivery::Delivery;
use super::options::Options;
use super::report::Report;
use crate::error::{Error, Kind};
use crate::pool::Outcome;
use crate::reconnect::{Ending, Progress, RequestFacts, RetryAdvice};

/// An attempt that ended without completing the stream.
#[derive(Clone, Copy, Debug)]
pub struct EndedAttempt<'a> {
    /// What the stream was told when it was opened.
    pub options: &'a Options,
    /// How it ended.
    pub ending: &'a Ending,
    /// The failure, if it was one.
    pub error: Option<&'a Error>,
    /// Bytes of its body.
    pub bytes: u64,
    /// Events of the stream so far.
    pub events: u64,
}

/// Says what failures are, whose fault they are and what should follow. It advises; the engine decides.
pub trait Judge {
    /// What it is if the server answers 204; `None` where that is an end like others.
    fn absent(&self) -> Option<Error> {
        None
    }

    /// Adds to a refusal what its body says.
    fn explain(&self, error: Error) -> Error {
        error
    }

    /// What a failure is, if the body said so outside of its items. `unheard` says that it had no items.
    fn explain_unread(&self, _error: &Error, _unread: &[u8], _unheard: bool) -> Option<Error> {
        None
    }

    /// What an ending says about the endpoint and the key that were used.
    fn outcome(&self, ending: &Ending, error: Option<&Error>) -> Outcome {
        outcome(ending, error)
    }

    /// Advises what should follow an attempt. Called once for each that did not complete the stream.
    fn judge(&mut self, ended: &EndedAttempt<'_>) -> RetryAdvice {
        let options = ended.options;
        RetryAdvice::Table(RequestFacts {
            safe: options.safe(),
            delivered: ended.events > 0,
            terminal_declared: options.terminal_declared(),
        })
    }

    /// What the present connection brought that ends an outage.
    fn progress(&self) -> Progress {
        Progress::None
    }

    /// The caller wants to connect afresh in the middle of an attempt, which brought so many bytes.
    fn interrupted(&mut self, _bytes: u64) {}

    /// The stream is over, with an error if it failed. What is delivered now is the last of it.
    fn over(&mut self, _error: Option<&Report>, _delivery: &mut Delivery) {}
}

/// What an ending says about an endpoint and a key, by statuses alone.
pub fn outcome(ending: &Ending, error: Option<&Error>) -> Outcome {
    match ending {
        Ending::Terminal | Ending::End | Ending::NoContent => Outcome::Success,
        // What a proxy refuses is not the key's fault.
        Ending::Status { .. } if error.is_some_and(|error| error.kind() == Kind::Proxy) => {
            Outcome::EndpointFailed
        }
        Ending::Status { status: 401..=403, .. } => Outcome::KeyDead,
        Ending::Status { status: 429, retry_after } => Outcome::KeyCooling(*retry_after),
        Ending::Status { status: 408 | 425 | 500.., .. }
        | Ending::Lost
        | Ending::Unsent
        | Ending::Unanswered
        | Ending::HeadersTimeout => Outcome::EndpointFailed,
        Ending::Status { .. } => Outcome::Neutral,
        Ending::Fatal => match error.map(Error::kind) {
            // A login page, or a certificate that cannot be checked: as good as no answer.
            Some(Kind::ContentType | Kind::ContentEncoding | Kind::Tls | Kind::Redirect) => {
                Outcome::EndpointFailed
            }
            _ => Outcome::Neutral,
        },
    }
}
