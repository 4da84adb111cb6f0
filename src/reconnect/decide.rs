//! Ending, policy and history to a decision: the table of endings.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::backoff::unit;
use super::{Ending, History, Policy};

/// The most by which a told wait is prolonged, so that clients told the same do not return in one
/// instant: a tenth of it, and no more than a second.
const SPREAD_MAX: Duration = Duration::from_secs(1);

/// What the table needs to know of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// GET or HEAD: repeating it costs nothing (RFC 9110 9.2.1).
    pub safe: bool,
    /// The caller said which event completes the stream.
    pub terminal_declared: bool,
}

/// What to do after an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Try again.
    Retry {
        /// How long to wait first.
        delay: Duration,
        /// Which repetition in a row this is, from 1; 0 for a recovery, which is a fresh start.
        attempt: u32,
        /// Where the delay comes from.
        wait: Wait,
    },
    /// The stream is complete, without an error.
    Close(Reason),
    /// The stream ends with an error.
    Fail(Cause),
}

/// Where a delay comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The policy's backoff.
    Backoff,
    /// The server's `Retry-After`.
    RetryAfter,
    /// The policy's `recover_after`: a round is used up, a new one begins.
    Recovery,
}

/// Why a stream is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its terminal event came.
    Terminal,
    /// Its body ended, and that is an ending for this request.
    End,
    /// The server answered 204.
    NoContent,
}

impl Reason {
    /// The name that JavaScript sees in `close { reason }`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::End => "end",
            Self::NoContent => "no-content",
        }
    }
}

/// Why a stream ends with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The failure must not, or cannot usefully, be repeated. The error is the failure itself.
    Final,
    /// The body ended without the declared terminal event.
    Truncated,
    /// Attempts or time are used up. The error is the last failure; a clean end has none, there it
    /// is truncation if a terminal event was declared, else exhaustion.
    Exhausted,
    /// The server asked for a longer wait than the policy obeys. The error is the failure itself,
    /// with this wait.
    RetryAfter(Duration),
}

/// What the table of endings says about an ending.
enum Verdict {
    Repeat,
    Close(Reason),
    Fail(Cause),
}

/// Decides what follows an ending. Pure: the same values give the same decision.
///
/// `now` is the moment of the ending on the clock of `history`, `chance` uniform in `[0, 1)`. Hand
/// a decision that is obeyed to [`History::follow`].
#[must_use]
pub fn decide(
    policy: &Policy,
    history: &History,
    ending: &Ending,
    request: RequestFacts,
    now: Duration,
    chance: f64,
) -> Decision {
    match judge(policy, history.delivered, ending, request) {
        Verdict::Repeat => repeat(policy, history, ending, request, now, chance),
        Verdict::Close(reason) => Decision::Close(reason),
        Verdict::Fail(cause) => Decision::Fail(cause),
    }
}

/// When to repeat after an ending, if the limits of the policy still allow it, whatever the table
/// says about the ending: for a caller's `shouldRetry` that overrides it.
///
/// `Retry-After` is waited for in full, prolonged by chance for at most a tenth and 1 s; zero (also
/// a date that passed, perhaps by a wrong clock) says nothing, there the backoff goes on. Over the
/// cap GET and HEAD wait for the cap, shortened by as much. A recovery waits for
/// exactly its time.
#[must_use]
pub fn repeat(
    policy: &Policy,
    history: &History,
    ending: &Ending,
    request: RequestFacts,
    now: Duration,
    chance: f64,
) -> Decision {
    let history = history.ended(policy, Some(ending), now);
    let told = told(ending);
    if let Some(told) = told
        && told > policy.retry_after_cap
        && !request.safe
    {
        return Decision::Fail(Cause::RetryAfter(told));
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
        let wait = if told.is_some() { Wait::RetryAfter } else { Wait::Backoff };
        return Decision::Retry { delay, attempt, wait };
    }
    policy.recover_after.map_or(Decision::Fail(Cause::Exhausted), |rest| {
        let rest = rest.max(policy.backoff.min).max(told.unwrap_or_default());
        Decision::Retry { delay: rest, attempt: 0, wait: Wait::Recovery }
    })
}

/// The table of endings: GET and HEAD repeat whatever may pass, other methods only what the server
/// cannot have acted on, or has refused, before it sent an event.
fn judge(policy: &Policy, delivered: bool, ending: &Ending, request: RequestFacts) -> Verdict {
    let repeatable = match ending {
        Ending::Terminal => return Verdict::Close(Reason::Terminal),
        Ending::NoContent => return Verdict::Close(Reason::NoContent),
        Ending::End if request.safe && policy.repeats() => true,
        Ending::End if request.terminal_declared => return Verdict::Fail(Cause::Truncated),
        Ending::End => return Verdict::Close(Reason::End),
        Ending::Lost | Ending::Unanswered => request.safe || (policy.unsafe_replay && !delivered),
        Ending::Unsent => request.safe || !delivered,
        // Not even with `unsafe_replay`: the server is probably still at work on the first one.
        Ending::HeadersTimeout => request.safe,
        Ending::Status { status, .. } => {
            policy.statuses.contains(*status) && (request.safe || !delivered)
        }
        Ending::Fatal => false,
    };
    if repeatable && policy.repeats() { Verdict::Repeat } else { Verdict::Fail(Cause::Final) }
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
    let spread = |wait: Duration| (wait / 10).min(SPREAD_MAX).mul_f64(unit(chance));
    if told > cap && request.safe {
        // Already earlier than asked, so the spread can as well lie below the cap.
        return cap.saturating_sub(spread(cap)).max(floor);
    }
    let told = told.max(floor);
    let wait = told.saturating_add(spread(told));
    if request.safe { wait.min(cap.max(told)) } else { wait }
}
