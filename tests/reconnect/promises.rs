//! What every decision keeps, whatever the facts. The fuzz target `reconnect` checks the same.

use std::time::Duration;

use perennial_sse::reconnect::{
    Cause, Ending, Facts, Policy, PoolFacts, PoolPart, RetryAdvice, ShouldRetry, Step, Wait,
    next_step,
};

/// The most by which a wait that a server asked for may be prolonged.
const PROLONGED_MOST: Duration = Duration::from_secs(1);

/// Decides on these facts; the caller, if asked, gives `answer`, and the pool has another place or not.
/// Returns the facts that decided, and the step, both checked.
pub fn decide(
    policy: &Policy,
    mut facts: Facts,
    answer: ShouldRetry,
    another: bool,
) -> (Facts, Step) {
    loop {
        let step = next_step(policy, &facts);
        assert_eq!(step, next_step(policy, &facts), "the same values, another step");
        match step {
            Step::AskCaller { .. } => {
                assert_eq!(facts.should_retry, ShouldRetry::Unasked, "asked twice");
                facts.should_retry = answer;
            }
            Step::TakeAnother => {
                let pool = facts.pool.expect("without a pool nothing can be taken of it");
                assert_eq!(pool.another, None, "taken twice");
                facts.pool = Some(PoolFacts { another: Some(another), ..pool });
            }
            Step::Retry { delay, attempt, wait } => {
                may_repeat(policy, &facts, wait);
                waits_within_bounds(policy, &facts, delay, wait);
                keeps_count(policy, &facts, attempt, wait);
                return (facts, step);
            }
            Step::Close(_) => {
                assert!(!facts.ending.is_failure(), "{:?} is no success", facts.ending);
                return (facts, step);
            }
            Step::Fail(cause) => {
                fails_for_a_reason(policy, &facts, cause);
                return (facts, step);
            }
        }
    }
}

/// Whether a connection that is over ended the outage before it, and with it the count of failures.
pub fn ends_outage(policy: &Policy, facts: &Facts) -> bool {
    use perennial_sse::reconnect::Progress;
    facts.history.connected_at.is_some_and(|since| {
        let up = facts.now.saturating_sub(since);
        let lasted = facts.ending == Ending::End || up > facts.history.waited;
        up >= policy.reset_after
            || facts.history.progress == Progress::NewId
            || (facts.history.progress == Progress::Event && lasted)
    })
}

fn may_repeat(policy: &Policy, facts: &Facts, wait: Wait) {
    assert!(policy.repeats(), "reconnecting is off");
    assert_ne!(facts.advice, RetryAdvice::Final, "the handler advised against it");
    assert_ne!(facts.should_retry, ShouldRetry::No, "the caller forbade it");
    let asked = facts.should_retry != ShouldRetry::Unasked;
    assert!(asked || !facts.ending.is_failure(), "the caller was not asked");
    let RetryAdvice::Table(request) = facts.advice else { return };
    assert!(request.safe || !request.delivered, "sent again after something was delivered");
    assert!(
        !matches!(facts.ending, Ending::Terminal | Ending::NoContent),
        "the stream is complete"
    );
    if request.safe || facts.should_retry == ShouldRetry::Yes || wait == Wait::OtherKey {
        return;
    }
    match facts.ending {
        Ending::Lost | Ending::Unanswered => assert!(policy.unsafe_replay, "it may have acted"),
        Ending::HeadersTimeout => panic!("the server may still be at work"),
        Ending::End => panic!("a body that is over is over"),
        Ending::Status { status, .. } => assert!(policy.statuses.contains(status)),
        Ending::Fatal => assert!(went_elsewhere(facts, PoolPart::Endpoint), "in vain"),
        Ending::Terminal | Ending::NoContent | Ending::Unsent => {}
    }
}

fn waits_within_bounds(policy: &Policy, facts: &Facts, delay: Duration, wait: Wait) {
    if wait == Wait::OtherKey {
        assert!(went_elsewhere(facts, PoolPart::Key), "there is no other key");
        assert_eq!(delay, Duration::ZERO);
        return;
    }
    assert!(facts.left.is_none_or(|left| delay < left), "{delay:?} outlasts the deadline");
    if let (Some(elapsed), Wait::Backoff | Wait::RetryAfter) = (policy.elapsed, wait) {
        assert!(delay <= elapsed, "{delay:?} outlasts the time allowed, {elapsed:?}");
    }
    if delay.is_zero() && (facts.stale || went_elsewhere(facts, PoolPart::Endpoint)) {
        return;
    }
    let floor = policy.backoff.min;
    assert!(delay >= floor, "{delay:?} is less than {floor:?}");
    let told = match facts.ending {
        Ending::Status { retry_after, .. } => retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    let cap = policy.retry_after_cap;
    let safe = matches!(facts.advice, RetryAdvice::Table(request) if request.safe);
    let most = match wait {
        Wait::OtherKey => Duration::ZERO,
        Wait::Backoff => policy.backoff.cap(facts.history.server_base),
        Wait::RetryAfter => {
            assert!(delay >= told || (safe && told > cap), "{delay:?}, told {told:?}");
            let most = told.max(floor).saturating_add(PROLONGED_MOST);
            if safe { most.min(cap.max(floor)) } else { most }
        }
        Wait::Recovery => {
            let rest = policy.recover_after.expect("a recovery needs its time");
            assert!(delay >= rest, "{delay:?} is less than the rest of {rest:?}");
            // Over the cap the wait is shortened by chance instead of prolonged.
            let least = told.min(cap.saturating_sub((cap / 10).min(PROLONGED_MOST)));
            assert!(delay >= least, "{delay:?} is earlier than told, {told:?}");
            rest.max(floor).max(prolonged(told.min(cap).max(floor)))
        }
    };
    assert!(delay <= most, "{wait:?}: {delay:?} is more than {most:?}");
}

fn keeps_count(policy: &Policy, facts: &Facts, attempt: u32, wait: Wait) {
    let moves = facts.history.moves;
    let counted =
        if ends_outage(policy, facts) { 1 } else { facts.history.failures.saturating_add(1) };
    match wait {
        Wait::Recovery => assert_eq!(attempt, moves),
        Wait::OtherKey => assert_eq!(attempt, facts.history.repetition().saturating_add(1)),
        Wait::Backoff | Wait::RetryAfter => {
            assert_eq!(attempt, counted.saturating_add(moves), "the repetitions are counted");
            assert!(policy.attempts.is_none_or(|most| counted <= most), "{counted} are too many");
        }
    }
}

fn fails_for_a_reason(policy: &Policy, facts: &Facts, cause: Cause) {
    match cause {
        Cause::Final => assert_ne!(facts.advice, RetryAdvice::Repeat),
        Cause::Caller => assert_eq!(facts.should_retry, ShouldRetry::No),
        Cause::Truncated => assert_eq!(facts.ending, Ending::End),
        Cause::Exhausted => {
            let limited = policy.attempts.is_some() || policy.elapsed.is_some();
            assert!(limited || facts.left.is_some(), "nothing could be used up");
        }
        Cause::RetryAfter(told) => assert!(told > policy.retry_after_cap, "{told:?} is obeyed"),
    }
}

fn went_elsewhere(facts: &Facts, failed: PoolPart) -> bool {
    facts.pool == Some(PoolFacts { failed, another: Some(true) })
}

/// As much later as chance may make it: a tenth, and what a floating-point number rounds.
fn prolonged(wait: Duration) -> Duration {
    wait.saturating_add(wait / 10).saturating_add(wait / u32::MAX)
}
