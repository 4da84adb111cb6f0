//! What a failure means for another attempt.
#![forbid(unsafe_code)]

use std::time::SystemTime;

use super::{Ending, Policy, retry_after};
use crate::error::{Error, Kind, Phase};

/// The row of a failure in the table of endings. `now` is the moment of the failure: a proxy may name a
/// date to come back at.
#[must_use]
pub fn ending_of(error: &Error, now: SystemTime) -> Ending {
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
                Ending::Status { status, retry_after: retry_after::parse(seconds, millis, now) }
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

/// Whether the same request could succeed at another time, whether or not it is asked again: what
/// callers see as `error.retryable`.
#[must_use]
pub fn is_transient(error: &Error, policy: &Policy) -> bool {
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

/// Whether the provider says that the account is out of credit.
fn is_out_of_credit(error: &Error) -> bool {
    error.fault().is_some_and(|fault| fault.class == "quota")
}

/// Whether a status is of a kind that passes by itself.
const fn passes(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429 | 500 | 502..=504 | 507 | 509 | 512..=599)
}
