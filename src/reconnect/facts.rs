//! What is known when an attempt has ended.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::{Ending, History, RetryAdvice};

/// What is known when an attempt has ended: plain values, collected by the engine for
/// [`next_step`](super::next_step()).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// What happened before this ending.
    pub history: History,
    /// How the attempt ended.
    pub ending: Ending,
    /// The attempt used a connection that had waited for it, and that the server may have closed
    /// long before.
    pub stale: bool,
    /// What the handler of the body says.
    pub advice: RetryAdvice,
    /// Where the attempt went, if a pool chose that and is to blame.
    pub pool: Option<PoolFacts>,
    /// What the caller's function says.
    pub should_retry: ShouldRetry,
    /// The time until the deadline of a stream that fails at once instead of waiting in vain;
    /// `None` for all others.
    pub left: Option<Duration>,
    /// The moment of the ending, on the clock of `history`.
    pub now: Duration,
    /// Uniform in `[0, 1)`.
    pub chance: f64,
}

/// What a pool has to do with an ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolFacts {
    /// What failed.
    pub failed: PoolPart,
    /// Whether another place, one that was not tried in this outage, was taken for the next attempt;
    /// `None` while the pool has not been asked.
    pub another: Option<bool>,
}

/// The part of a pool that an attempt failed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolPart {
    /// The endpoint: it is out of order, whatever the key.
    Endpoint,
    /// The key: it was refused, or has to rest. The endpoint's others are as good as before.
    Key,
}

/// The caller's function `shouldRetry`, and what it says about this ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShouldRetry {
    /// There is none.
    Absent,
    /// There is one, which was not asked yet.
    Unasked,
    /// It was asked, and leaves it to the policy.
    Undecided,
    /// It wants another attempt.
    Yes,
    /// It wants none.
    No,
}
