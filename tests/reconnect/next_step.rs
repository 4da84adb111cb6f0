//! The decision as cases that can be read: `next_step.json`.

use std::collections::HashSet;
use std::time::Duration;

use perennial_sse::reconnect::{
    Cause, Ending, PoolFacts, RetryAdvice, ShouldRetry, Step, Wait, next_step, wait_for_pool,
};
use serde_json::{Value, json};

use super::cases::{Case, Cases};
use super::given::{GivenAnswer, ms};

/// Takes the steps of a case: answers what is asked, as the case says, until something is decided.
fn steps(cases: &Cases, case: &Case, name: &str) -> Vec<Value> {
    let policy = cases.policy(&case.policy);
    let mut facts = case.facts();
    let mut steps = Vec::new();
    loop {
        let step = next_step(&policy, &facts);
        steps.push(shown(&step));
        match step {
            Step::AskCaller { .. } => {
                facts.should_retry = match case.should_retry {
                    None => panic!("{name}: there is no function to ask"),
                    Some(GivenAnswer::Undecided) => ShouldRetry::Undecided,
                    Some(GivenAnswer::Yes) => ShouldRetry::Yes,
                    Some(GivenAnswer::No) => ShouldRetry::No,
                };
            }
            Step::TakeAnother => {
                let another = case.pool.map(|pool| pool.another);
                assert!(another.is_some(), "{name}: there is no pool");
                facts.pool = facts.pool.map(|pool| PoolFacts { another, ..pool });
            }
            step => {
                if let Some(after) = case.history_after() {
                    let mut history = facts.history;
                    history.follow(&policy, &facts.ending, &step, facts.now);
                    assert_eq!(history, after, "{name}");
                }
                return steps;
            }
        }
    }
}

/// A step as the cases write it.
fn shown(step: &Step) -> Value {
    match *step {
        Step::AskCaller { retries } => json!({ "do": "ask-caller", "retries": retries }),
        Step::TakeAnother => json!({ "do": "take-another" }),
        Step::Retry { delay, attempt, wait } => {
            let wait = match wait {
                Wait::Backoff => "backoff",
                Wait::RetryAfter => "retry-after",
                Wait::Recovery => "recovery",
                Wait::OtherKey => "other-key",
            };
            json!({ "do": "retry", "delayMs": whole_ms(delay), "attempt": attempt, "wait": wait })
        }
        Step::Close(reason) => json!({ "do": "close", "reason": reason.name() }),
        Step::Fail(Cause::RetryAfter(told)) => {
            json!({ "do": "fail", "cause": "retry-after", "retryAfterMs": whole_ms(told) })
        }
        Step::Fail(cause) => {
            let cause = match cause {
                Cause::Final => "final",
                Cause::Caller => "caller",
                Cause::Truncated => "truncated",
                Cause::Exhausted => "exhausted",
                Cause::RetryAfter(_) => unreachable!("shown above"),
            };
            json!({ "do": "fail", "cause": cause })
        }
    }
}

/// Rounded, because the numbers of other languages may be.
fn whole_ms(time: Duration) -> u128 {
    (time + Duration::from_micros(500)).as_millis()
}

#[test]
fn every_case_takes_its_steps() {
    let cases = Cases::read();
    let mut wrong = Vec::new();
    for group in &cases.groups {
        for case in &group.cases {
            let name = format!("{}: {}", group.about, case.name);
            let taken = steps(&cases, case, &name);
            if taken != case.steps {
                wrong.push(format!("{name}\n  {:?}\n  and not {:?}", taken, case.steps));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_pool_is_waited_for_as_its_cases_say() {
    let cases = Cases::read();
    for case in &cases.pool_waits {
        let (policy, left) = (cases.policy(&case.policy), case.left_ms.map(ms));
        let delay = wait_for_pool(&policy, ms(case.rest_ms), left, case.chance);
        assert_eq!(delay, case.delay_ms.map(ms), "{}", case.name);
    }
}

#[test]
fn the_cases_leave_nothing_out() {
    let cases = Cases::read();
    let all = || cases.groups.iter().flat_map(|group| &group.cases);
    let names: HashSet<_> = cases
        .groups
        .iter()
        .flat_map(|group| group.cases.iter().map(move |case| (&group.about, &case.name)))
        .collect();
    assert_eq!(names.len(), all().count(), "two cases of one group have the same name");

    let row = |ending: &Ending| match ending {
        Ending::Status { .. } => "Status".to_owned(),
        ending => format!("{ending:?}"),
    };
    let mut rows: HashSet<_> = HashSet::new();
    let mut seen: HashSet<String> = HashSet::new();
    for case in all() {
        let facts = case.facts();
        let RetryAdvice::Table(request) = facts.advice else { continue };
        let column = match (request.safe, request.delivered) {
            (true, _) => "safe",
            (false, false) => "unsafe",
            (false, true) => "unsafe, delivered",
        };
        rows.insert((row(&facts.ending), column));
        for step in &case.steps {
            let word =
                ["reason", "cause", "wait", "do"].iter().find_map(|field| step[*field].as_str());
            seen.extend(word.map(str::to_owned));
        }
    }
    for ending in [
        Ending::Terminal,
        Ending::End,
        Ending::Lost,
        Ending::Unsent,
        Ending::Unanswered,
        Ending::HeadersTimeout,
        Ending::Status { status: 0, retry_after: None },
        Ending::NoContent,
        Ending::Fatal,
    ] {
        for column in ["safe", "unsafe", "unsafe, delivered"] {
            let told = matches!(ending, Ending::Terminal | Ending::NoContent);
            let there = rows.contains(&(row(&ending), column));
            assert!(there || told, "no case of {ending:?} for requests that are {column}");
        }
    }
    for word in [
        ["terminal", "end", "no-content", "final", "caller", "truncated", "exhausted"].as_slice(),
        ["retry-after", "backoff", "recovery", "other-key", "ask-caller", "take-another"]
            .as_slice(),
    ]
    .concat()
    {
        assert!(seen.contains(word), "no case says {word}");
    }
}
