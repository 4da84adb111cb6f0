//! How long failures are held against a key or an endpoint.
#![forbid(unsafe_code)]

use std::time::Duration;

/// The longest that a key rests after 429s that told no time, unless its first rest is longer.
pub const COOLDOWN_MAX: Duration = Duration::from_secs(60);

/// How long failures are held against a key or an endpoint. Any value is safe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// How long a key rests after a 429 that told no time, doubled with each in a row. Zero: it
    /// does not rest.
    pub cooldown: Duration,
    /// The longest such rest. Below `cooldown` it counts as `cooldown`. Told times have no limit.
    pub cooldown_max: Duration,
    /// When an endpoint is given a rest. `None`: never.
    pub breaker: Option<BreakerRules>,
}

/// When an endpoint fails too often to be asked, and for how long it is left alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerRules {
    /// How far back requests count. Measured in tenths, so that memory does not grow with load: a
    /// request counts for at least nine tenths of this and never longer.
    pub window: Duration,
    /// The requests below which nothing is concluded from failures.
    pub requests: u32,
    /// The share of failures that opens the breaker. Above 1, or not a number: never.
    pub failures: f64,
    /// How long it stays open before one request may probe, doubled with each probe that fails.
    pub open_for: Duration,
    /// The longest that it stays open. Below `open_for` it counts as `open_for`.
    pub open_max: Duration,
}

impl Rules {
    /// The rest after one of this length.
    pub(super) fn longer_rest(&self, rest: Duration) -> Duration {
        rest.saturating_mul(2).min(self.cooldown_max.max(self.cooldown))
    }
}

impl BreakerRules {
    /// The time open after a probe failed that ended one of this length.
    pub(super) fn longer_open(&self, open: Duration) -> Duration {
        open.saturating_mul(2).min(self.open_max.max(self.open_for))
    }
}
