//! The decision through whole lives of streams, with numbers as wild as they come: it never panics, and keeps
//! the promises that `tests/reconnect/` checks, too.
#![no_main]

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use perennial_sse::reconnect::{
    Backoff, Ending, Facts, History, Jitter, Policy, PoolFacts, PoolPart, Progress, RequestFacts,
    RetryAdvice, ShouldRetry, Statuses, Step, retry_after, wait_for_pool,
};

#[path = "../../tests/reconnect/promises.rs"]
mod promises;

#[derive(Arbitrary, Debug)]
struct Life<'a> {
    limits: Limits,
    base: Time,
    factor: Number,
    min: Time,
    max: Time,
    spread: Spread,
    asks: bool,
    happens: Vec<(Time, Happens<'a>)>,
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
enum Happens<'a> {
    Connect,
    Progress { new_id: bool },
    Tell(Time),
    Disconnect,
    ResetRetries,
    PoolRests(Time, Option<Time>, Number),
    End(End<'a>, Surroundings),
}

/// What is known of an ending besides how it was.
#[derive(Arbitrary, Debug)]
struct Surroundings {
    stale: bool,
    advice: Advice,
    key_failed: Option<bool>,
    another: bool,
    answer: Option<bool>,
    left: Option<Time>,
    chance: Number,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Advice {
    Table { safe: bool, delivered: bool, terminal_declared: bool },
    Repeat,
    Final,
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
            Statuses::default().with(0..=u16::MAX)
        } else {
            [408, 409, 425, 429, 500, 502, 503, 504].into_iter().collect()
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

impl Surroundings {
    fn facts(&self, history: History, ending: Ending, asks: bool, now: Duration) -> Facts {
        Facts {
            history,
            ending,
            stale: self.stale,
            advice: match self.advice {
                Advice::Table { safe, delivered, terminal_declared } => {
                    RetryAdvice::Table(RequestFacts { safe, delivered, terminal_declared })
                }
                Advice::Repeat => RetryAdvice::Repeat,
                Advice::Final => RetryAdvice::Final,
            },
            pool: self.key_failed.map(|key| PoolFacts {
                failed: if key { PoolPart::Key } else { PoolPart::Endpoint },
                another: None,
            }),
            should_retry: if asks { ShouldRetry::Unasked } else { ShouldRetry::Absent },
            left: self.left.map(Duration::from),
            now,
            chance: self.chance.into(),
        }
    }

    fn answer(&self) -> ShouldRetry {
        match self.answer {
            None => ShouldRetry::Undecided,
            Some(true) => ShouldRetry::Yes,
            Some(false) => ShouldRetry::No,
        }
    }
}

fuzz_target!(|life: Life<'_>| {
    let policy = life.policy();
    let mut history = History::default();
    let mut now = Duration::ZERO;
    for (passed, happens) in &life.happens {
        now = now.saturating_add((*passed).into());
        match happens {
            Happens::Connect => history.connect(now),
            Happens::Progress { new_id } => {
                history.advance(if *new_id { Progress::NewId } else { Progress::Event });
            }
            Happens::Tell(asked) => history.tell(&policy, (*asked).into()),
            Happens::Disconnect => history.disconnect(&policy, now),
            Happens::ResetRetries => history.reset(),
            Happens::PoolRests(rest, left, chance) => {
                let (rest, left) = (Duration::from(*rest), left.map(Duration::from));
                if let Some(delay) = wait_for_pool(&policy, rest, left, (*chance).into()) {
                    assert!(delay >= rest && rest <= policy.retry_after_cap);
                    assert!(left.is_none_or(|left| rest < left));
                }
            }
            Happens::End(end, surroundings) => {
                let facts = surroundings.facts(history, end.ending(), life.asks, now);
                let (another, answer) = (surroundings.another, surroundings.answer());
                let (facts, step) = promises::decide(&policy, facts, answer, another);
                if !matches!(step, Step::Retry { .. }) {
                    return;
                }
                history.follow(&policy, &facts.ending, &step, now);
            }
        }
    }
});
