//! The policy through whole lives of streams, with numbers as wild as they come: it never panics,
//! never waits less than its floor or longer than its caps, and keeps its promises.
#![no_main]

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use perennial_sse::reconnect::{
    Backoff, Decision, Ending, History, Jitter, Policy, Progress, RequestFacts, Statuses, Wait,
    decide, retry_after,
};

/// By how much a wait that a server asked for may be prolonged.
const PROLONGED_MOST: Duration = Duration::from_secs(1);

#[derive(Arbitrary, Debug)]
struct Life<'a> {
    limits: Limits,
    base: Time,
    factor: Number,
    min: Time,
    max: Time,
    spread: Spread,
    safe: bool,
    terminal_declared: bool,
    steps: Vec<(Time, Step<'a>)>,
}

#[derive(Arbitrary, Debug)]
struct Limits {
    attempts: Option<u32>,
    elapsed: Option<Time>,
    reset_after: Time,
    recover_after: Option<Time>,
    any_status: bool,
    unsafe_replay: bool,
    retry_after_cap: Time,
    server_min: Time,
    server_max: Time,
}

/// Chance alone would hardly ever come upon a time that anybody configures.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Time {
    Any(Duration),
    Millis(u16),
}

/// Likewise, for numbers between 0 and 4.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Number {
    Any(f64),
    Small(u8),
}

#[derive(Arbitrary, Debug)]
enum Spread {
    None,
    Full,
    Equal,
    Decorrelated,
    Ratio(Number),
    Add(Time),
    AddRatio(Number),
}

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Connect,
    Deliver,
    Progress { new_id: bool },
    Tell(Time),
    Disconnect,
    End(End<'a>, Number),
}

#[derive(Arbitrary, Debug)]
enum End<'a> {
    Terminal,
    Clean,
    Lost,
    Unsent,
    Unanswered,
    HeadersTimeout,
    Status { status: u16, seconds: Option<&'a str>, millis: Option<&'a str>, clock: u32 },
    StatusAfter { status: u16, wait: Option<Time> },
    NoContent,
    Fatal,
}

impl From<Time> for Duration {
    fn from(time: Time) -> Self {
        match time {
            Time::Any(time) => time,
            Time::Millis(millis) => Self::from_millis(millis.into()),
        }
    }
}

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        match number {
            Number::Any(number) => number,
            Number::Small(number) => Self::from(number) / 64.0,
        }
    }
}

impl Life<'_> {
    fn policy(&self) -> Policy {
        let jitter = match self.spread {
            Spread::None => Jitter::None,
            Spread::Full => Jitter::Full,
            Spread::Equal => Jitter::Equal,
            Spread::Decorrelated => Jitter::Decorrelated,
            Spread::Ratio(ratio) => Jitter::Ratio(ratio.into()),
            Spread::Add(extra) => Jitter::Add(extra.into()),
            Spread::AddRatio(ratio) => Jitter::AddRatio(ratio.into()),
        };
        let statuses = if self.limits.any_status {
            Statuses::none().with(0..=u16::MAX)
        } else {
            Statuses::transient()
        };
        Policy {
            attempts: self.limits.attempts,
            elapsed: self.limits.elapsed.map(Duration::from),
            reset_after: self.limits.reset_after.into(),
            recover_after: self.limits.recover_after.map(Duration::from),
            statuses,
            unsafe_replay: self.limits.unsafe_replay,
            retry_after_cap: self.limits.retry_after_cap.into(),
            server_min: self.limits.server_min.into(),
            server_max: self.limits.server_max.into(),
            backoff: Backoff {
                base: self.base.into(),
                factor: self.factor.into(),
                min: self.min.into(),
                max: self.max.into(),
                jitter,
            },
        }
    }
}

impl End<'_> {
    fn ending(&self) -> Ending {
        match *self {
            Self::Terminal => Ending::Terminal,
            Self::Clean => Ending::End,
            Self::Lost => Ending::Lost,
            Self::Unsent => Ending::Unsent,
            Self::Unanswered => Ending::Unanswered,
            Self::HeadersTimeout => Ending::HeadersTimeout,
            Self::Status { status, seconds, millis, clock } => {
                let now = SystemTime::UNIX_EPOCH + Duration::from_secs(clock.into());
                Ending::Status { status, retry_after: retry_after::parse(seconds, millis, now) }
            }
            Self::StatusAfter { status, wait } => {
                Ending::Status { status, retry_after: wait.map(Duration::from) }
            }
            Self::NoContent => Ending::NoContent,
            Self::Fatal => Ending::Fatal,
        }
    }
}

fuzz_target!(|life: Life<'_>| {
    let policy = life.policy();
    let request = RequestFacts { safe: life.safe, terminal_declared: life.terminal_declared };
    let steady = Policy {
        backoff: Backoff { factor: policy.backoff.factor.max(1.0), ..policy.backoff },
        ..policy.clone()
    };
    let mut history = History::default();
    let mut now = Duration::ZERO;
    for (passed, step) in &life.steps {
        now = now.saturating_add((*passed).into());
        match step {
            Step::Connect => history.connect(now),
            Step::Deliver => history.deliver(),
            Step::Progress { new_id } => {
                history.advance(if *new_id { Progress::NewId } else { Progress::Event });
            }
            Step::Tell(asked) => history.tell(&policy, (*asked).into()),
            Step::Disconnect => history.disconnect(&policy, now),
            Step::End(end, chance) => {
                let ending = end.ending();
                let chance = f64::from(*chance);
                let stable = history.connected_at.is_some_and(|since| {
                    let up = now.saturating_sub(since);
                    let lasted = ending == Ending::End || up > history.waited;
                    up >= policy.reset_after
                        || history.progress == Progress::NewId
                        || (history.progress == Progress::Event && lasted)
                });
                let decision = decide(&policy, &history, &ending, request, now, chance);
                let again = decide(&policy, &history, &ending, request, now, chance);
                assert_eq!(decision, again, "the same values, another decision");
                let steady = decide(&steady, &history, &ending, request, now, chance);
                assert_eq!(decision, steady, "a factor below 1 counts as 1");
                check(&policy, &history, &ending, request, &decision, stable);
                history.follow(&policy, &ending, &decision, now);
            }
        }
    }
});

/// The promises about one decision. `stable`: the connection before it ended the count of failures.
fn check(
    policy: &Policy,
    history: &History,
    ending: &Ending,
    request: RequestFacts,
    decision: &Decision,
    stable: bool,
) {
    let Decision::Retry { delay, attempt, wait } = *decision else { return };
    assert!(policy.repeats(), "reconnecting is off");
    assert!(!matches!(ending, Ending::Terminal | Ending::NoContent | Ending::Fatal));
    assert!(request.safe || !history.delivered, "sent again after an event was delivered");

    let floor = policy.backoff.min;
    assert!(delay >= floor, "{delay:?} is less than {floor:?}");
    let told = match *ending {
        Ending::Status { retry_after, .. } => retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    let most = match wait {
        Wait::Backoff => policy.backoff.cap(history.server_base),
        Wait::RetryAfter => {
            let cap = policy.retry_after_cap;
            assert!(delay >= told || (request.safe && told > cap), "{delay:?}, told {told:?}");
            let most = told.max(floor).saturating_add(PROLONGED_MOST);
            if request.safe { most.min(cap.max(floor)) } else { most }
        }
        Wait::Recovery => {
            let rest = policy.recover_after.expect("a recovery needs its time");
            assert!(delay >= rest, "{delay:?} is less than the rest of {rest:?}");
            // Over the cap the wait is shortened by chance instead of prolonged.
            let cap = policy.retry_after_cap;
            let least = told.min(cap.saturating_sub((cap / 10).min(PROLONGED_MOST)));
            assert!(delay >= least, "{delay:?} is earlier than told, {told:?}");
            rest.max(floor).max(prolonged(told.min(cap).max(floor)))
        }
    };
    assert!(delay <= most, "{wait:?}: {delay:?} is more than {most:?}");
    if wait == Wait::Recovery {
        assert_eq!(attempt, 0);
        return;
    }
    if let Some(elapsed) = policy.elapsed {
        assert!(delay <= elapsed, "{delay:?} outlasts the time allowed, {elapsed:?}");
    }
    if let Some(attempts) = policy.attempts {
        assert!(attempt <= attempts, "repetition {attempt} of {attempts}");
    }
    let counted = if stable { 1 } else { history.failures.saturating_add(1) };
    assert_eq!(attempt, counted, "the repetitions are counted");
}

/// As much later as chance may make it: a tenth, and what a floating-point number rounds.
fn prolonged(wait: Duration) -> Duration {
    wait.saturating_add(wait / 10).saturating_add(wait / u32::MAX)
}
