//! What a failure means for another attempt.

use std::time::{Duration, UNIX_EPOCH};

use perennial_sse::error::{Error, Fault, Kind, Phase, Refusal};
use perennial_sse::reconnect::{Ending, Policy, ending_of, is_transient};

use super::policies;
use super::rig::{secs, status};

fn failure(kind: Kind, phase: Phase) -> Error {
    Error::new(kind, phase, "it failed")
}

fn refused(kind: Kind, status: u16, headers: &[(&str, &str)]) -> Error {
    let headers = headers.iter().map(|&(name, value)| (name.into(), value.into())).collect();
    let refusal = Refusal { status, headers, retry_after: Some(secs(7)), ..Refusal::default() };
    failure(kind, Phase::Response).with_sent(true).with_refusal(refusal)
}

fn said(class: &'static str, status: Option<u16>) -> Error {
    failure(Kind::Provider, Phase::Body).with_sent(true).with_fault(Fault {
        class,
        code: None,
        status,
    })
}

fn told(status: u16, wait: Duration) -> Ending {
    Ending::Status { status, retry_after: Some(wait) }
}

#[test]
fn every_failure_has_its_row_in_the_table_of_endings() {
    use Ending::{Fatal, HeadersTimeout, Lost, Unanswered, Unsent};
    let minute = [("retry-after", "Thu, 01 Jan 1970 00:01:00 GMT")];
    for (error, expected) in [
        (failure(Kind::Dns, Phase::Connect), Unsent),
        (failure(Kind::Connect, Phase::Connect), Unsent),
        (failure(Kind::Connect, Phase::Headers).with_sent(true), Unanswered),
        (failure(Kind::Reset, Phase::Headers).with_sent(true), Unanswered),
        (failure(Kind::Reset, Phase::Headers), Unsent),
        (failure(Kind::Reset, Phase::Body).with_sent(true), Lost),
        (failure(Kind::Truncated, Phase::Response).with_sent(true), Unanswered),
        (failure(Kind::Truncated, Phase::Body).with_sent(true), Lost),
        (failure(Kind::ContentEncoding, Phase::Body), Lost),
        (failure(Kind::ContentEncoding, Phase::Response), Fatal),
        (failure(Kind::Timeout, Phase::Connect), Unsent),
        (failure(Kind::Timeout, Phase::Headers), HeadersTimeout),
        (failure(Kind::Timeout, Phase::Idle), Lost),
        (failure(Kind::Timeout, Phase::Event), Lost),
        (failure(Kind::Timeout, Phase::Total), Fatal),
        (failure(Kind::Tls, Phase::Connect), Fatal),
        (failure(Kind::Connect, Phase::Connect).with_permanent(true), Fatal),
        (failure(Kind::Redirect, Phase::Response), Fatal),
        (failure(Kind::ContentType, Phase::Response), Fatal),
        (failure(Kind::Size, Phase::Body), Fatal),
        (failure(Kind::Callback, Phase::Prepare), Fatal),
        (failure(Kind::Pool, Phase::Prepare), Fatal),
        (refused(Kind::Status, 503, &[]), told(503, secs(7))),
        // A proxy's refusal counts like a server's, its failures are no answers.
        (refused(Kind::Proxy, 407, &minute), told(407, secs(60))),
        (refused(Kind::Proxy, 502, &minute), Unsent),
        (failure(Kind::Proxy, Phase::Connect), Unsent),
        // What a provider says inside a 200 counts as the status that it stands for.
        (said("rate-limit", Some(429)), status(429)),
        (said("quota", Some(429)), status(402)),
        (said("other", None), Fatal),
    ] {
        assert_eq!(ending_of(&error, UNIX_EPOCH), expected, "{error:?}");
    }
}

#[test]
fn what_passes_by_itself_is_told_apart_from_what_is_repeated() {
    let policy = policies::request();
    for (error, expected) in [
        (failure(Kind::Reset, Phase::Body), true),
        (failure(Kind::Timeout, Phase::Headers), true),
        (failure(Kind::Timeout, Phase::Total), false),
        (failure(Kind::Pool, Phase::Prepare), true),
        (failure(Kind::Pool, Phase::Prepare).with_permanent(true), false),
        (failure(Kind::Tls, Phase::Connect), false),
        (failure(Kind::ContentEncoding, Phase::Body), true),
        (failure(Kind::ContentEncoding, Phase::Response), false),
        (refused(Kind::Status, 502, &[]), true),
        (refused(Kind::Status, 404, &[]), false),
        (said("quota", Some(429)), false),
        (said("overloaded", Some(529)), true),
    ] {
        assert_eq!(is_transient(&error, &policy), expected, "{error:?}");
    }
    let listed = Policy { statuses: [402, 404].into_iter().collect(), ..policy };
    assert!(is_transient(&refused(Kind::Status, 404, &[]), &listed));
    assert!(is_transient(&said("quota", Some(429)), &listed));
}
