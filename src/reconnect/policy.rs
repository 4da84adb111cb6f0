//! What the caller permits: how often, for how long and after which failures to try again.
#![forbid(unsafe_code)]

use std::time::Duration;

use serde::Deserialize;

use super::{Backoff, Statuses, millis};

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
    /// Whether any attempt can ever be repeated.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.attempts != Some(0) || self.recover_after.is_some()
    }
}
