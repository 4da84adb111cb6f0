//! Random lives of streams, with policies as wild as they come.

use std::time::Duration;

use perennial_sse::reconnect::{
    Backoff, Ending, Facts, History, Jitter, Policy, PoolFacts, PoolPart, Progress, RequestFacts,
    RetryAdvice, ShouldRetry, Step,
};

use super::promises::decide;
use super::rig::ms;

#[test]
fn random_lives_keep_every_promise() {
    let mut rng = fastrand::Rng::with_seed(42);
    let (mut retries, mut ends) = (0, 0);
    for _ in 0..20_000 {
        let policy = random_policy(&mut rng);
        let mut history = History::default();
        let mut now = random_duration(&mut rng);
        for _ in 0..30 {
            if rng.u8(..) < 40 {
                history.connect(now);
            }
            if rng.u8(..) < 20 {
                history.tell(&policy, random_duration(&mut rng));
            }
            if rng.u8(..) < 20 {
                history.advance(if rng.bool() { Progress::Event } else { Progress::NewId });
            }
            now = now.saturating_add(random_duration(&mut rng));
            let facts = random_facts(&mut rng, history, now);
            let answers = [ShouldRetry::Undecided, ShouldRetry::Yes, ShouldRetry::No];
            let answer = rng.choice(answers).unwrap_or(ShouldRetry::Undecided);
            let (facts, step) = decide(&policy, facts, answer, rng.bool());
            history.follow(&policy, &facts.ending, &step, now);
            if !matches!(step, Step::Retry { .. }) {
                ends += 1;
                break;
            }
            retries += 1;
        }
    }
    assert!(retries > 5_000 && ends > 5_000, "{retries} repetitions, {ends} ends");
}

fn random_facts(rng: &mut fastrand::Rng, history: History, now: Duration) -> Facts {
    let (safe, delivered, terminal_declared) = (rng.bool(), rng.bool(), rng.bool());
    Facts {
        history,
        ending: random_ending(rng),
        stale: rng.u8(..) < 30,
        advice: match rng.u8(..8) {
            0 => RetryAdvice::Final,
            1 => RetryAdvice::Repeat,
            _ => RetryAdvice::Table(RequestFacts { safe, delivered, terminal_declared }),
        },
        pool: match rng.u8(..4) {
            0 => Some(PoolFacts { failed: PoolPart::Endpoint, another: None }),
            1 => Some(PoolFacts { failed: PoolPart::Key, another: None }),
            _ => None,
        },
        should_retry: if rng.u8(..) < 60 { ShouldRetry::Unasked } else { ShouldRetry::Absent },
        left: (rng.u8(..) < 60).then(|| random_duration(rng)),
        now,
        chance: rng.f64(),
    }
}

fn random_duration(rng: &mut fastrand::Rng) -> Duration {
    match rng.u8(..8) {
        0 => Duration::ZERO,
        1 => Duration::MAX,
        2 => Duration::from_nanos(rng.u64(..)),
        _ => ms(rng.u64(..200_000)),
    }
}

fn random_policy(rng: &mut fastrand::Rng) -> Policy {
    let jitter = match rng.u8(..6) {
        0 => Jitter::None,
        1 => Jitter::Full,
        2 => Jitter::Equal,
        3 => Jitter::Decorrelated,
        4 => Jitter::Ratio(rng.f64() * 2.0),
        _ => Jitter::Add(random_duration(rng)),
    };
    Policy {
        attempts: rng.bool().then(|| rng.u32(..5)),
        elapsed: rng.bool().then(|| random_duration(rng)),
        reset_after: random_duration(rng),
        recover_after: rng.bool().then(|| random_duration(rng)),
        statuses: (400..600).filter(|_| rng.bool()).collect(),
        unsafe_replay: rng.bool(),
        retry_after_cap: ms(rng.u64(..4_000_000)),
        server_min: random_duration(rng),
        server_max: random_duration(rng),
        backoff: Backoff {
            base: random_duration(rng),
            factor: f64::from_bits(rng.u64(..)),
            min: ms(rng.u64(..5_000)),
            max: random_duration(rng),
            jitter,
        },
    }
}

fn random_ending(rng: &mut fastrand::Rng) -> Ending {
    match rng.u8(..16) {
        0 => Ending::Terminal,
        1 => Ending::NoContent,
        2 => Ending::Fatal,
        3 | 4 => Ending::End,
        5 | 6 => Ending::Lost,
        7 | 8 => Ending::Unanswered,
        9 => Ending::HeadersTimeout,
        10..=12 => Ending::Unsent,
        _ => Ending::Status {
            status: rng.u16(400..600),
            retry_after: rng.bool().then(|| random_duration(rng)),
        },
    }
}
