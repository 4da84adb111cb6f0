//! Policies as JavaScript sends them unless the caller says otherwise.

use std::time::Duration;

use perennial_sse::reconnect::{Backoff, Jitter, Policy, Statuses};

/// For GET and HEAD: unlimited attempts, from 1 s doubling to 30 s, each in its upper half, counters
/// reset after 60 s of connection, `Retry-After` obeyed up to 1 h.
pub fn subscribe() -> Policy {
    Policy {
        attempts: None,
        elapsed: None,
        reset_after: Duration::from_secs(60),
        recover_after: None,
        statuses: transient(),
        unsafe_replay: false,
        retry_after_cap: Duration::from_secs(60 * 60),
        server_min: Duration::from_millis(100),
        server_max: Duration::from_secs(60 * 60),
        backoff: Backoff {
            base: Duration::from_secs(1),
            factor: 2.0,
            min: Duration::from_millis(100),
            max: Duration::from_secs(30),
            jitter: Jitter::Equal,
        },
    }
}

/// For other methods: two repetitions, `Retry-After` obeyed up to 60 s, and only statuses that say that
/// nothing was done.
pub fn request() -> Policy {
    Policy {
        attempts: Some(2),
        statuses: [408, 425, 429].into_iter().collect(),
        retry_after_cap: Duration::from_secs(60),
        ..subscribe()
    }
}

/// For an `EventSource`: from 3 s, up to a fifth is added, and no status is worth another attempt.
pub fn event_source() -> Policy {
    let policy = subscribe();
    let (base, jitter) = (Duration::from_secs(3), Jitter::AddRatio(0.2));
    Policy {
        statuses: Statuses::default(),
        backoff: Backoff { base, jitter, ..policy.backoff },
        ..policy
    }
}

/// What passes by itself.
pub fn transient() -> Statuses {
    [408, 409, 425, 429, 500, 502, 503, 504].into_iter().collect()
}
