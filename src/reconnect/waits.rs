//! How long to wait before another attempt, and whether the limits of the policy allow it.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::backoff::unit;
use super::{Cause, Ending, Facts, Policy, RequestFacts, Step, Wait};

/// The most by which a told wait is prolonged, so that clients told the same do not return in one
/// instant: a tenth of it, and no more than a second.
const SPREAD_MAX: Duration = Duration::from_secs(1);

/// When to repeat, if the limits of the policy still allow it, whatever the table says about the
/// ending.
///
/// `Retry-After` is waited for in full, prolonged by chance for at most a tenth and 1 s; zero (also
/// a date that passed, perhaps by a wrong clock) says nothing, there the backoff goes on. Over the
/// cap GET and HEAD wait for the cap, shortened by as much. A recovery waits for
/// exactly its time.
pub(super) fn repeat(policy: &Policy, facts: &Facts) -> Step {
    let Facts { ending, now, chance, .. } = *facts;
    let request = facts.advice.request();
    let history = facts.history.ended(policy, Some(&ending), now);
    let told = told(&ending);
    if let Some(told) = told
        && told > policy.retry_after_cap
        && !request.safe
    {
        return Step::Fail(Cause::RetryAfter(told));
    }

    let told = told.map(|told| obey(policy, told, request, chance));
    let attempt = history.failures.saturating_add(1);
    let delay = told.unwrap_or_else(|| {
        policy.backoff.delay(attempt, history.previous, history.server_base, chance)
    });
    let spent = policy.attempts.is_some_and(|attempts| history.failures >= attempts);
    let late =
        policy.elapsed.is_some_and(|elapsed| history.outage(now).saturating_add(delay) > elapsed);

    if !spent && !late {
        let attempt = attempt.saturating_add(history.moves);
        let wait = if told.is_some() { Wait::RetryAfter } else { Wait::Backoff };
        return Step::Retry { delay, attempt, wait };
    }
    policy.recover_after.map_or(Step::Fail(Cause::Exhausted), |rest| {
        let delay = rest.max(policy.backoff.min).max(told.unwrap_or_default());
        Step::Retry { delay, attempt: history.moves, wait: Wait::Recovery }
    })
}

/// How long to wait before an attempt for which every key of the pool still has to rest, the first one
/// for `rest`; `None` where that is too long. `left` as in [`Facts`], `chance` uniform in `[0, 1)`.
///
/// Streams that wait for one key must not come back in one instant.
#[must_use]
pub fn wait_for_pool(
    policy: &Policy,
    rest: Duration,
    left: Option<Duration>,
    chance: f64,
) -> Option<Duration> {
    let waits = rest <= policy.retry_after_cap && ends_in_time(rest, left);
    waits.then(|| rest.saturating_add(spread(rest, chance)))
}

/// Whether a wait ends before the stream has to.
pub(super) fn ends_in_time(delay: Duration, left: Option<Duration>) -> bool {
    left.is_none_or(|left| delay < left)
}

/// The wait that the server asked for, if it asked for one.
fn told(ending: &Ending) -> Option<Duration> {
    match ending {
        Ending::Status { retry_after, .. } => retry_after.filter(|told| !told.is_zero()),
        _ => None,
    }
}

/// The wait that obeys the server.
fn obey(policy: &Policy, told: Duration, request: RequestFacts, chance: f64) -> Duration {
    let (cap, floor) = (policy.retry_after_cap, policy.backoff.min);
    if told > cap && request.safe {
        // Already earlier than asked, so the spread can as well lie below the cap.
        return cap.saturating_sub(spread(cap, chance)).max(floor);
    }
    let told = told.max(floor);
    let wait = told.saturating_add(spread(told, chance));
    if request.safe { wait.min(cap.max(told)) } else { wait }
}

fn spread(wait: Duration, chance: f64) -> Duration {
    (wait / 10).min(SPREAD_MAX).mul_f64(unit(chance))
}
