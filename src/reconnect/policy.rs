//! What the caller permits: how often, for how long and after which failures to try again.
#![forbid(unsafe_code)]

use std::time::Duration;

use serde::Deserialize;

use super::{Backoff, Jitter, Statuses, millis};

/// The least time that `retry:` may set: below it, a server could make its clients hammer it.
const SERVER_MIN: Duration = Duration::from_millis(100);
/// The greatest time that `retry:` may set: beyond it, a typing error would silence a stream.
const SERVER_MAX: Duration = Duration::from_secs(60 * 60);
/// How long a subscription obeys `Retry-After`; nobody waits for it, so it can wait long.
const SUBSCRIBE_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// How long a request obeys `Retry-After`; somebody waits for it. The openai SDK has the same bound.
const REQUEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// When to repeat an attempt. A plain value; [`next_step()`](super::next_step()) applies it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// How many repetitions in a row without [progress](super::Progress); the first attempt does not count. `None` is unlimited.
    /// With `Some(0)` and no `recover_after` reconnecting is off: the end of a body is final.
    pub attempts: Option<u32>,
    /// How long the stream may be without a connection before it is given up; a stable connection
    /// starts it anew. `None` is unlimited.
    #[serde(deserialize_with = "millis::optional")]
    pub elapsed: Option<Duration>,
    /// A connection that was up this long is stable: after it, the counters start anew, as after progress.
    /// Not on connect, or a server that accepts and closes would be asked for ever at the shortest delay.
    #[serde(deserialize_with = "millis::duration")]
    pub reset_after: Duration,
    /// How long to rest when `attempts` or `elapsed` are used up, before a new round. `None` ends
    /// the stream instead.
    #[serde(deserialize_with = "millis::optional")]
    pub recover_after: Option<Duration>,
    /// The statuses worth another attempt.
    pub statuses: Statuses,
    /// Whether a request other than GET or HEAD may be sent again although the server may have
    /// acted on it. Only before its first event.
    #[serde(rename = "unsafe")]
    pub unsafe_replay: bool,
    /// The longest obeyed `Retry-After`. Asked for more, GET and HEAD wait this long, others fail.
    #[serde(deserialize_with = "millis::duration")]
    pub retry_after_cap: Duration,
    /// The least time that the stream's `retry:` field can set.
    #[serde(deserialize_with = "millis::duration")]
    pub server_min: Duration,
    /// The greatest time that the stream's `retry:` field can set.
    #[serde(deserialize_with = "millis::duration")]
    pub server_max: Duration,
    /// How long to wait.
    pub backoff: Backoff,
}

impl Policy {
    /// For GET and HEAD: unlimited attempts, from 1 s doubling to 30 s, each in its upper half,
    /// counters reset after 60 s of connection, `Retry-After` obeyed up to 1 h.
    #[must_use]
    pub fn subscribe() -> Self {
        Self {
            attempts: None,
            elapsed: None,
            reset_after: Duration::from_secs(60),
            recover_after: None,
            statuses: Statuses::transient(),
            unsafe_replay: false,
            retry_after_cap: SUBSCRIBE_RETRY_AFTER,
            server_min: SERVER_MIN,
            server_max: SERVER_MAX,
            backoff: Backoff {
                base: Duration::from_secs(1),
                factor: 2.0,
                min: Duration::from_millis(100),
                max: Duration::from_secs(30),
                jitter: Jitter::Equal,
            },
        }
    }

    /// For other methods: as [`subscribe`](Self::subscribe), but two repetitions, and
    /// `Retry-After` obeyed up to 60 s, and only statuses that say that nothing was done.
    #[must_use]
    pub fn request() -> Self {
        Self {
            attempts: Some(2),
            statuses: Statuses::refusing(),
            retry_after_cap: REQUEST_RETRY_AFTER,
            ..Self::subscribe()
        }
    }

    /// For a strict `EventSource` (GET): as [`subscribe`](Self::subscribe), but from 3 s, and no
    /// status is worth another attempt.
    ///
    /// Up to a fifth is added and none taken away: WHATWG HTML 9.2.3 lets a client wait longer than the
    /// reconnection time, not shorter.
    #[must_use]
    pub fn event_source() -> Self {
        let policy = Self::subscribe();
        Self {
            statuses: Statuses::none(),
            backoff: Backoff {
                base: Duration::from_secs(3),
                jitter: Jitter::AddRatio(0.2),
                ..policy.backoff
            },
            ..policy
        }
    }

    /// For `retry: false`: one attempt, whatever its ending.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: Some(0), ..Self::request() }
    }

    /// Whether any attempt can ever be repeated.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.attempts != Some(0) || self.recover_after.is_some()
    }
}
