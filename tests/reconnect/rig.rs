//! Facts without ceremony.

use std::collections::HashSet;
use std::time::Duration;

use perennial_sse::reconnect::{
    Backoff, Ending, Facts, History, Jitter, Policy, RequestFacts, RetryAdvice, ShouldRetry, Step,
    next_step,
};

use super::policies;

pub const GET: RequestFacts =
    RequestFacts { safe: true, delivered: false, terminal_declared: false };
pub const POST: RequestFacts =
    RequestFacts { safe: false, delivered: false, terminal_declared: false };

/// Half of the way: a chance that tells the ends of a range from its middle.
pub const HALF: f64 = 0.5;

/// The facts about an ending where neither a pool nor the caller has a say.
pub fn facts(
    history: &History,
    ending: &Ending,
    request: RequestFacts,
    now: Duration,
    chance: f64,
) -> Facts {
    Facts {
        history: *history,
        ending: *ending,
        stale: false,
        advice: RetryAdvice::Table(request),
        pool: None,
        should_retry: ShouldRetry::Absent,
        left: None,
        now,
        chance,
    }
}

/// What follows an ending where neither a pool nor the caller has a say.
pub fn step(
    policy: &Policy,
    history: &History,
    ending: &Ending,
    request: RequestFacts,
    now: Duration,
    chance: f64,
) -> Step {
    next_step(policy, &facts(history, ending, request, now, chance))
}

pub fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn status(status: u16) -> Ending {
    Ending::Status { status, retry_after: None }
}

pub fn busy(retry_after: Duration) -> Ending {
    Ending::Status { status: 429, retry_after: Some(retry_after) }
}

pub fn backoff(jitter: Jitter) -> Backoff {
    Backoff { jitter, ..policies::subscribe().backoff }
}

pub fn delay_of(step: Step) -> Duration {
    match step {
        Step::Retry { delay, .. } => delay,
        other => panic!("expected a retry, got {other:?}"),
    }
}

pub fn sample(backoff: &Backoff, attempt: u32, previous: Option<Duration>) -> Vec<Duration> {
    let mut rng = fastrand::Rng::with_seed(7);
    (0..2000).map(|_| backoff.delay(attempt, previous, None, rng.f64())).collect()
}

pub fn assert_spread(delays: &[Duration], low: Duration, high: Duration, name: &str) {
    let count = u32::try_from(delays.len()).expect("a small sample");
    let mean = delays.iter().sum::<Duration>() / count;
    let width = high.saturating_sub(low);
    let edge = width / 20;
    assert!(delays.iter().all(|delay| (low..=high).contains(delay)), "{name}: out of range");
    assert!(delays.iter().collect::<HashSet<_>>().len() > 1900, "{name}: delays coincide");
    let middle = low + width / 2;
    assert!(mean.abs_diff(middle) < edge, "{name}: mean {mean:?}, expected {middle:?}");
    assert!(delays.iter().any(|delay| *delay < low + edge), "{name}: nothing near {low:?}");
    assert!(delays.iter().any(|delay| *delay + edge > high), "{name}: nothing near {high:?}");
}
