//! What a failure means for the stream.

use std::time::SystemTime;

use crate::error::{Error, Kind, Phase};
use crate::reconnect::{Cause, Ending, Policy, retry_after};

/// Its row in the table of endings.
pub fn ending(error: &Error) -> Ending {
    let unanswered = if error.sent() { Ending::Unanswered } else { Ending::Unsent };
    match (error.kind(), error.phase()) {
        _ if error.permanent() => Ending::Fatal,
        // No wait fills an account, whatever the status that says so.
        _ if is_out_of_credit(error) => Ending::Status { status: 402, retry_after: None },
        (Kind::Status, _) => error.refusal().map_or(Ending::Fatal, |refusal| Ending::Status {
            status: refusal.status,
            retry_after: refusal.retry_after,
        }),
        // Inside a 200, but worth as much as the status that it stands for.
        (Kind::Provider | Kind::Malformed, _) => {
            let status = error.fault().and_then(|fault| fault.status);
            status.map_or(Ending::Fatal, |status| Ending::Status { status, retry_after: None })
        }
        // A proxy's answer counts like a server's; after a failure of its own the request is unsent.
        (Kind::Proxy, _) => match error.refusal() {
            Some(refusal) if (400..500).contains(&refusal.status) => {
                let (status, headers) = (refusal.status, &refusal.headers);
                let told = |wanted| headers.iter().find(|(name, _)| name == wanted);
                let told = |name| told(name).map(|(_, value)| value.as_str());
                let (seconds, millis) = (told("retry-after"), told("retry-after-ms"));
                let retry_after = retry_after::parse(seconds, millis, SystemTime::now());
                Ending::Status { status, retry_after }
            }
            _ => Ending::Unsent,
        },
        (Kind::Timeout, Phase::Connect) => Ending::Unsent,
        (Kind::Timeout, Phase::Headers) => Ending::HeadersTimeout,
        (Kind::Timeout, Phase::Idle | Phase::Event)
        | (Kind::Reset | Kind::Truncated | Kind::ContentEncoding, Phase::Body) => Ending::Lost,
        (Kind::Connect | Kind::Dns | Kind::Reset | Kind::Truncated, _) => unanswered,
        _ => Ending::Fatal,
    }
}

/// Whether the provider says that the account is out of credit.
fn is_out_of_credit(error: &Error) -> bool {
    error.fault().is_some_and(|fault| fault.class == "quota")
}

/// Whether a status is of a kind that passes by itself.
const fn passes(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429 | 500 | 502..=504 | 507 | 509 | 512..=599)
}

/// Whether the same request could succeed at another time, whether or not it is asked again.
pub fn transient(error: &Error, policy: &Policy) -> bool {
    let passes = |status| passes(status) || policy.statuses.contains(status);
    if error.permanent() {
        return false;
    }
    if is_out_of_credit(error) {
        return policy.statuses.contains(402);
    }
    match error.kind() {
        Kind::Status => error.refusal().is_some_and(|refusal| passes(refusal.status)),
        Kind::Provider | Kind::Malformed => {
            error.fault().and_then(|fault| fault.status).is_some_and(passes)
        }
        Kind::Timeout => error.phase() != Phase::Total,
        Kind::Pool
        | Kind::Connect
        | Kind::Dns
        | Kind::Proxy
        | Kind::Reset
        | Kind::Truncated
        | Kind::Exhausted => true,
        Kind::ContentEncoding => error.phase() == Phase::Body,
        Kind::Tls
        | Kind::ContentType
        | Kind::Redirect
        | Kind::Size
        | Kind::Callback
        | Kind::Request
        | Kind::Internal => false,
    }
}

/// A clean end that is a failure all the same.
pub fn ended_early(cause: Cause, terminal_declared: bool) -> Error {
    let (kind, sentence) = if cause == Cause::Truncated || terminal_declared {
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
