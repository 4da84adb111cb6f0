//! The one decision: what follows an attempt that ended.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::table::{Verdict, judge};
use super::waits::{ends_in_time, repeat};
use super::{Cause, Ending, Facts, Policy, PoolPart, RetryAdvice, ShouldRetry, Step, Wait};

/// Decides what follows an attempt that ended. Pure: the same values give the same step.
///
/// In this order:
///
/// 1. The handler's advice, else the table of endings, says what may be repeated; the limits of the
///    policy say when, or that attempts and time are used up.
/// 2. The caller's `shouldRetry` is asked about each failure. It can forbid every repetition, and
///    demand one that does no harm and that the limits allow.
/// 3. After a key's failure another key is asked at once, also where the table would not repeat.
/// 4. After an endpoint's failure another endpoint is asked at once.
/// 5. The first repetition after a stale connection waits for nothing.
/// 6. A stream with a deadline does not begin a wait that outlasts it.
///
/// A step that is obeyed is told to [`History::follow`](super::History::follow).
#[must_use]
pub fn next_step(policy: &Policy, facts: &Facts) -> Step {
    let mut step = match facts.advice {
        RetryAdvice::Table(request) => match judge(policy, &facts.ending, request) {
            Verdict::Repeat => repeat(policy, facts),
            Verdict::Close(reason) => return Step::Close(reason),
            Verdict::Fail(cause) => Step::Fail(cause),
        },
        RetryAdvice::Repeat => repeat(policy, facts),
        RetryAdvice::Final => Step::Fail(Cause::Final),
    };
    let harmless = facts.advice.harmless();
    let rotates = harmless && facts.failed(PoolPart::Key) && policy.repeats();

    let retries = rotates || step.retries();
    // A clean end that is a failure is one for the caller, too.
    if facts.ending.is_failure() || matches!(step, Step::Fail(_)) {
        match facts.should_retry {
            ShouldRetry::Unasked => return Step::AskCaller { retries },
            ShouldRetry::No => return Step::Fail(Cause::Caller),
            // Not even a caller's word repeats a request that has begun to answer: it is not defined how the
            // two answers would become one.
            ShouldRetry::Yes if !retries && harmless => step = repeat(policy, facts),
            ShouldRetry::Yes | ShouldRetry::Absent | ShouldRetry::Undecided => {}
        }
    }

    if rotates {
        match facts.another() {
            None => return Step::TakeAnother,
            Some(true) => return facts.rotate(),
            Some(false) => {}
        }
    }
    if facts.failed(PoolPart::Endpoint) {
        // To ask the same endpoint again would be in vain, another one may do better.
        let useless = harmless && facts.ending == Ending::Fatal;
        let wanted = if useless { repeat(policy, facts) } else { step };
        if let Step::Retry { attempt, wait, .. } = wanted {
            match facts.another() {
                None => return Step::TakeAnother,
                Some(true) => step = Step::Retry { delay: Duration::ZERO, attempt, wait },
                Some(false) => {}
            }
        }
    }

    let Step::Retry { mut delay, attempt, wait } = step else { return step };
    // The server may have closed a connection that waited long before: no reason to wait again.
    if facts.stale && facts.is_first(policy) && wait != Wait::Recovery {
        delay = Duration::ZERO;
    }
    if ends_in_time(delay, facts.left) {
        Step::Retry { delay, attempt, wait }
    } else {
        Step::Fail(Cause::Exhausted)
    }
}

impl Facts {
    fn failed(&self, part: PoolPart) -> bool {
        self.pool.is_some_and(|pool| pool.failed == part)
    }

    fn another(&self) -> Option<bool> {
        self.pool.and_then(|pool| pool.another)
    }

    /// The pool has as many keys as it has: the policy need not count them.
    const fn rotate(&self) -> Step {
        let attempt = self.history.repetition().saturating_add(1);
        Step::Retry { delay: Duration::ZERO, attempt, wait: Wait::OtherKey }
    }

    /// Whether nothing was repeated in this outage yet.
    fn is_first(&self, policy: &Policy) -> bool {
        self.history.ended(policy, Some(&self.ending), self.now).failures == 0
    }
}

impl Step {
    const fn retries(&self) -> bool {
        matches!(self, Self::Retry { .. })
    }
}
