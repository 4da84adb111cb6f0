//! Whether to try again, and after how long.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use perennial_sse::reconnect::{
    Backoff, Cause, Decision, Ending, History, Jitter, Novelty, Policy, Progress, Reason,
    RequestFacts, Statuses, Wait, decide, repeat, retry_after,
};

const GET: RequestFacts = RequestFacts { safe: true, terminal_declared: false };
const GET_TERMINAL: RequestFacts = RequestFacts { safe: true, terminal_declared: true };
const POST: RequestFacts = RequestFacts { safe: false, terminal_declared: false };
const POST_TERMINAL: RequestFacts = RequestFacts { safe: false, terminal_declared: true };

/// Half of the way: a chance that tells the ends of a range from its middle.
const HALF: f64 = 0.5;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn status(status: u16) -> Ending {
    Ending::Status { status, retry_after: None }
}

fn busy(retry_after: Duration) -> Ending {
    Ending::Status { status: 429, retry_after: Some(retry_after) }
}

fn backoff(jitter: Jitter) -> Backoff {
    Backoff { jitter, ..Policy::subscribe().backoff }
}

fn delay_of(decision: Decision) -> Duration {
    match decision {
        Decision::Retry { delay, .. } => delay,
        other => panic!("expected a retry, got {other:?}"),
    }
}

/// 2,000 delays with seeded chances.
fn sample(backoff: &Backoff, attempt: u32, previous: Option<Duration>) -> Vec<Duration> {
    let mut rng = fastrand::Rng::with_seed(7);
    (0..2000).map(|_| backoff.delay(attempt, previous, None, rng.f64())).collect()
}

fn assert_spread(delays: &[Duration], low: Duration, high: Duration, name: &str) {
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

#[test]
fn endings_follow_the_table() {
    #[derive(Debug, PartialEq)]
    enum Then {
        Retry,
        Close(Reason),
        Fail(Cause),
    }
    use Then::{Close, Fail, Retry};
    let done = || Close(Reason::Terminal);
    let last = || Fail(Cause::Final);
    let gone = || Close(Reason::NoContent);
    let refused = || status(429);
    let banned = || status(401);

    // Ending, whether an event was delivered, and what follows for: GET, POST, POST with `unsafe`.
    let table = [
        (Ending::Terminal, true, done(), done(), done()),
        (Ending::NoContent, false, gone(), gone(), gone()),
        (Ending::End, true, Retry, Close(Reason::End), Close(Reason::End)),
        (Ending::End, false, Retry, Close(Reason::End), Close(Reason::End)),
        (Ending::Lost, true, Retry, last(), last()),
        (Ending::Lost, false, Retry, last(), Retry),
        (Ending::Unsent, false, Retry, Retry, Retry),
        (Ending::Unsent, true, Retry, last(), last()),
        (Ending::Unanswered, false, Retry, last(), Retry),
        (Ending::Unanswered, true, Retry, last(), last()),
        (Ending::HeadersTimeout, false, Retry, last(), last()),
        (refused(), false, Retry, Retry, Retry),
        (refused(), true, Retry, last(), last()),
        (banned(), false, last(), last(), last()),
        (Ending::Fatal, false, last(), last(), last()),
        (Ending::Fatal, true, last(), last(), last()),
    ];
    let subscribe = Policy::subscribe();
    let request = Policy::request();
    let unsafe_replay = Policy { unsafe_replay: true, ..Policy::request() };
    for (ending, delivered, get, post, replayed) in table {
        let history = History { delivered, ..History::default() };
        let columns =
            [(GET, &subscribe, get), (POST, &request, post), (POST, &unsafe_replay, replayed)];
        for (facts, policy, expected) in columns {
            let actual = match decide(policy, &history, &ending, facts, ms(0), HALF) {
                Decision::Retry { attempt: 1, wait: Wait::Backoff, .. } => Retry,
                Decision::Retry { .. } => panic!("{ending:?}: not a first, plain repetition"),
                Decision::Close(reason) => Close(reason),
                Decision::Fail(cause) => Fail(cause),
            };
            assert_eq!(actual, expected, "{ending:?} {facts:?} delivered {delivered}");
        }
    }
}

#[test]
fn an_end_without_the_declared_terminal_event_is_never_success() {
    let history = History::default();
    let get = decide(&Policy::subscribe(), &history, &Ending::End, GET_TERMINAL, ms(0), HALF);
    assert!(matches!(get, Decision::Retry { .. }));
    for delivered in [false, true] {
        let history = History { delivered, ..history };
        let policy = Policy { unsafe_replay: true, ..Policy::request() };
        let post = decide(&policy, &history, &Ending::End, POST_TERMINAL, ms(0), HALF);
        assert_eq!(post, Decision::Fail(Cause::Truncated));
    }
}

#[test]
fn retryable_statuses_are_data() {
    for code in 100..=599 {
        let refusals: &[u16] = &[408, 425, 429];
        let passing: &[u16] = &[408, 409, 425, 429, 500, 502, 503, 504];
        for (policy, facts, statuses) in
            [(Policy::subscribe(), GET, passing), (Policy::request(), POST, refusals)]
        {
            let retryable = statuses.contains(&code);
            let decision = decide(&policy, &History::default(), &status(code), facts, ms(0), HALF);
            assert_eq!(matches!(decision, Decision::Retry { .. }), retryable, "{code} {facts:?}");
        }
    }
    let chat = Statuses::transient().with(409..=409).with(500..=599);
    assert!([409, 501, 529, 599].into_iter().all(|code| chat.contains(code)));
    assert!([400, 404, 499, 600].into_iter().all(|code| !chat.contains(code)));
}

#[test]
fn a_strict_event_source_fails_on_every_status_and_never_waits_less_than_told() {
    let policy = Policy::event_source();
    for code in 201..=599 {
        let decision = decide(&policy, &History::default(), &status(code), GET, ms(0), HALF);
        assert_eq!(decision, Decision::Fail(Cause::Final), "{code}");
    }
    for told in [ms(100), secs(3), secs(30), secs(40), secs(3600)] {
        let mut history = History::default();
        history.tell(&policy, told);
        for ending in [Ending::End, Ending::Lost, Ending::Unsent, Ending::HeadersTimeout] {
            let early = delay_of(decide(&policy, &history, &ending, GET, ms(0), 0.0));
            let late = delay_of(decide(&policy, &history, &ending, GET, ms(0), 0.999));
            assert!(early >= told, "{told:?}: {early:?}");
            let (least, most) = (told.mul_f64(1.19), told.mul_f64(1.2001));
            assert!((least..=most).contains(&late), "{told:?}: {late:?}");
        }
    }
}

#[test]
fn without_retry_an_attempt_is_the_only_one() {
    let policy = Policy::never();
    let judge = |ending, facts| decide(&policy, &History::default(), &ending, facts, ms(0), HALF);
    assert_eq!(judge(Ending::End, GET), Decision::Close(Reason::End));
    assert_eq!(judge(Ending::End, GET_TERMINAL), Decision::Fail(Cause::Truncated));
    for ending in [Ending::Lost, Ending::Unsent, status(503), busy(secs(100))] {
        for facts in [GET, POST] {
            assert_eq!(judge(ending, facts), Decision::Fail(Cause::Final), "{ending:?}");
        }
    }
    let forced = repeat(&policy, &History::default(), &Ending::Lost, GET, ms(0), HALF);
    assert_eq!(forced, Decision::Fail(Cause::Exhausted));
}

#[test]
fn a_caller_may_override_the_table_but_not_the_limits() {
    let policy = Policy::request();
    let mut history = History::default();
    for attempt in 1..=2 {
        let decision = repeat(&policy, &history, &status(404), POST, ms(0), HALF);
        assert!(matches!(decision, Decision::Retry { attempt: n, .. } if n == attempt));
        history.follow(&policy, &status(404), &decision, ms(0));
    }
    let decision = repeat(&policy, &history, &status(404), POST, ms(0), HALF);
    assert_eq!(decision, Decision::Fail(Cause::Exhausted));
    let asked = Ending::Status { status: 404, retry_after: Some(secs(61)) };
    let decision = repeat(&policy, &History::default(), &asked, POST, ms(0), HALF);
    assert_eq!(decision, Decision::Fail(Cause::RetryAfter(secs(61))));
}

#[test]
fn delays_double_up_to_the_cap() {
    let plain = backoff(Jitter::None);
    let delays: Vec<_> = (1..=7).map(|n| plain.delay(n, None, None, HALF).as_secs()).collect();
    assert_eq!(delays, [1, 2, 4, 8, 16, 30, 30]);
}

#[test]
fn every_jitter_keeps_its_shape_below_at_and_above_the_cap() {
    let cap = secs(30);
    for (jitter, first, capped) in [
        (Jitter::Full, (ms(100), secs(1)), (ms(100), cap)),
        (Jitter::Equal, (ms(500), secs(1)), (secs(15), cap)),
        (Jitter::Ratio(0.25), (ms(750), ms(1250)), (secs(18), cap)),
        (Jitter::Ratio(9.0), (ms(100), secs(2)), (ms(100), cap)),
        (Jitter::Add(secs(2)), (secs(1), secs(3)), (secs(28), cap)),
        (Jitter::Add(secs(90)), (ms(100), cap), (ms(100), cap)),
    ] {
        let backoff = backoff(jitter);
        for (attempt, (low, high)) in [(1, first), (6, capped), (1_000_000, capped)] {
            let name = format!("{jitter:?}, attempt {attempt}");
            assert_spread(&sample(&backoff, attempt, None), low, high, &name);
        }
    }
    for (previous, low, high) in
        [(None, secs(1), secs(3)), (Some(secs(5)), secs(1), secs(15)), (Some(cap), secs(1), cap)]
    {
        let delays = sample(&backoff(Jitter::Decorrelated), 4, previous);
        assert_spread(&delays, low, high, &format!("decorrelated after {previous:?}"));
    }
    // `retry:` came after the last delay and asks for more than it was.
    let slow = backoff(Jitter::Decorrelated);
    assert_eq!(slow.delay(2, Some(secs(1)), Some(secs(9)), 0.0), secs(9));
    assert_eq!(slow.delay(2, Some(secs(1)), Some(secs(9)), 1.0), secs(27));
    // A base at the cap: still no collapse.
    let high_base = Backoff { base: cap, ..backoff(Jitter::Decorrelated) };
    assert_spread(&sample(&high_base, 9, Some(cap)), secs(10), cap, "decorrelated, base = cap");
}

#[test]
fn a_floor_above_the_delay_lifts_the_spread_instead_of_removing_it() {
    for (jitter, min, low, high) in [
        (Jitter::Equal, secs(2), secs(2), ms(2500)),
        (Jitter::Full, secs(2), secs(2), secs(3)),
        (Jitter::Full, secs(1), secs(1), secs(2)),
        (Jitter::Ratio(0.5), secs(4), secs(4), secs(5)),
        (Jitter::Equal, secs(29), secs(29), ms(29_500)),
    ] {
        let backoff = Backoff { min, ..backoff(jitter) };
        assert_spread(&sample(&backoff, 1, None), low, high, &format!("{jitter:?}, min {min:?}"));
    }
    let high_floor = Backoff { min: secs(29), ..backoff(Jitter::Equal) };
    assert_spread(&sample(&high_floor, 99, None), secs(29), secs(30), "floor just below the cap");
}

#[test]
fn the_servers_time_replaces_the_base_and_raises_the_cap() {
    let equal = backoff(Jitter::Equal);
    assert_eq!(equal.delay(1, None, Some(secs(4)), 0.0), secs(2));
    assert_eq!(equal.delay(2, None, Some(secs(4)), 0.0), secs(4));
    assert_eq!(equal.delay(1, None, Some(secs(600)), 0.0), secs(300));
    assert_eq!(equal.delay(9, None, Some(secs(600)), 0.0), secs(300));
    assert_eq!(equal.cap(Some(secs(600))), secs(600));

    let policy = Policy::subscribe();
    let mut history = History::default();
    for (asked, kept) in
        [(Duration::ZERO, ms(100)), (ms(250), ms(250)), (Duration::MAX, secs(3600))]
    {
        history.tell(&policy, asked);
        assert_eq!(history.server_base, Some(kept));
        let delay = delay_of(decide(&policy, &history, &Ending::End, GET, ms(0), 0.0));
        assert!(delay >= ms(100) && delay >= kept / 2, "{asked:?} gave {delay:?}");
    }
    let upside_down = Policy { server_min: secs(9), server_max: secs(1), ..policy };
    history.tell(&upside_down, secs(5));
    assert_eq!(history.server_base, Some(secs(9)));
}

#[test]
fn absurd_backoffs_stay_within_their_bounds() {
    let jitters = [
        Jitter::None,
        Jitter::Full,
        Jitter::Equal,
        Jitter::Decorrelated,
        Jitter::Ratio(f64::NAN),
        Jitter::Ratio(f64::INFINITY),
        Jitter::Ratio(-1.0),
        Jitter::Add(Duration::MAX),
    ];
    let durations = [Duration::ZERO, Duration::from_nanos(1), secs(1), Duration::MAX];
    for jitter in jitters {
        for factor in [f64::NAN, f64::NEG_INFINITY, 0.0, 2.0, 1e308, f64::INFINITY] {
            for base in durations {
                for (min, max) in [(ms(100), secs(30)), (secs(30), ms(100)), (ms(0), Duration::MAX)]
                {
                    let backoff = Backoff { base, factor, min, max, jitter };
                    for attempt in [0, 1, 2, 1_000_000, u32::MAX] {
                        for chance in [0.0, 0.999_999, 1.0, 7.0, -1.0, f64::NAN] {
                            let told = durations.map(Some);
                            for server in [None].into_iter().chain(told) {
                                let delay = backoff.delay(attempt, server, server, chance);
                                assert!(delay >= min, "{backoff:?} {attempt} {chance}");
                                assert!(delay <= backoff.cap(server), "{backoff:?} {attempt}");
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn zero_base_waits_for_the_floor() {
    let zero = Backoff { base: Duration::ZERO, factor: f64::INFINITY, ..backoff(Jitter::Equal) };
    assert_eq!(zero.delay(1_000_000, None, None, HALF), ms(100));
}

#[test]
fn retry_after_is_read_in_every_form() {
    // Sun, 06 Nov 1994 08:49:37 GMT
    let now = UNIX_EPOCH + secs(784_111_777);
    let parse = |value| retry_after::parse(Some(value), None, now);
    for (value, expected) in [
        ("0", Some(secs(0))),
        ("120", Some(secs(120))),
        (" 7 ", Some(secs(7))),
        ("1.5", Some(ms(1500))),
        ("0.25", Some(ms(250))),
        ("Sun, 06 Nov 1994 08:50:07 GMT", Some(secs(30))),
        ("Sunday, 06-Nov-94 08:50:07 GMT", Some(secs(30))),
        ("Sun Nov  6 08:50:07 1994", Some(secs(30))),
        ("Sun, 06 Nov 1994 08:49:00 GMT", Some(secs(0))),
        ("99999999999999999999999999999", Some(Duration::MAX)),
        (&"9".repeat(4000), Some(Duration::MAX)),
        ("", None),
        (".", None),
        ("1.2.3", None),
        ("-1", None),
        ("+1", None),
        ("1e3", None),
        ("inf", None),
        ("NaN", None),
        ("soon", None),
        ("5s", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT+1", None),
        ("日曜日", None),
    ] {
        assert_eq!(parse(value), expected, "{value:?}");
    }
    assert_eq!(retry_after::parse(Some("9"), Some("1500"), now), Some(ms(1500)));
    assert_eq!(retry_after::parse(Some("9"), Some("0.5"), now), Some(Duration::from_micros(500)));
    assert_eq!(retry_after::parse(Some("9"), Some("soon"), now), Some(secs(9)));
    assert_eq!(retry_after::parse(None, Some("-5"), now), None);
    assert_eq!(retry_after::parse(None, None, now), None);
}

#[test]
fn retry_after_is_waited_for_in_full_and_slightly_spread() {
    let (subscribe, request) = (Policy::subscribe(), Policy::request());
    for (policy, facts, told, low, high) in [
        (&subscribe, GET, secs(5), secs(5), ms(5500)),
        (&subscribe, GET, secs(1800), secs(1800), secs(1801)),
        (&subscribe, GET, secs(7200), secs(3599), secs(3600)),
        (&subscribe, GET, Duration::MAX, secs(3599), secs(3600)),
        (&subscribe, GET, ms(1), ms(100), ms(110)),
        (&request, POST, secs(5), secs(5), ms(5500)),
        (&request, POST, secs(60), secs(60), secs(61)),
    ] {
        let mut rng = fastrand::Rng::with_seed(3);
        let mut draw = || {
            let decision =
                decide(policy, &History::default(), &busy(told), facts, ms(0), rng.f64());
            assert!(matches!(decision, Decision::Retry { wait: Wait::RetryAfter, .. }));
            delay_of(decision)
        };
        let delays: Vec<_> = (0..2000).map(|_| draw()).collect();
        assert_spread(&delays, low, high, &format!("{facts:?} told {told:?}"));
    }
    let hour = decide(&subscribe, &History::default(), &busy(secs(3600)), GET, ms(0), 0.9);
    assert_eq!(delay_of(hour), secs(3600));
    for told in [ms(60_001), Duration::MAX] {
        let decision = decide(&request, &History::default(), &busy(told), POST, ms(0), HALF);
        assert_eq!(decision, Decision::Fail(Cause::RetryAfter(told)));
    }
}

#[test]
fn a_retry_after_of_zero_leaves_the_backoff_growing() {
    let policy = Policy::subscribe();
    let mut history = History::default();
    for expected in [ms(500), secs(1), secs(2)] {
        let decision = decide(&policy, &history, &busy(Duration::ZERO), GET, ms(0), 0.0);
        assert_eq!(delay_of(decision), expected);
        history.follow(&policy, &busy(Duration::ZERO), &decision, ms(0));
    }
}

#[test]
fn counters_reset_on_stability_not_on_connect() {
    let policy = Policy { attempts: Some(3), ..Policy::subscribe() };
    let mut history = History::default();
    let mut now = ms(0);
    let mut drop_after = |history: &mut History, up: Duration, ending| {
        history.connect(now);
        now += up;
        let decision = decide(&policy, history, &ending, GET, now, HALF);
        history.follow(&policy, &ending, &decision, now);
        decision
    };
    for (up, ending, expected) in [
        (secs(1), Ending::Lost, 1),
        (ms(59_999), Ending::End, 2),
        (secs(60), Ending::Lost, 1),
        (secs(0), Ending::End, 2),
        (secs(0), Ending::End, 3),
        (secs(3600), Ending::End, 1),
        (secs(0), Ending::Lost, 2),
        (secs(0), Ending::Lost, 3),
    ] {
        let decision = drop_after(&mut history, up, ending);
        assert!(
            matches!(decision, Decision::Retry { attempt, .. } if attempt == expected),
            "up {up:?}: {decision:?}"
        );
    }
    let decision = drop_after(&mut history, secs(59), Ending::End);
    assert_eq!(decision, Decision::Fail(Cause::Exhausted));
    history.reset();
    let decision = drop_after(&mut history, secs(0), Ending::End);
    assert!(matches!(decision, Decision::Retry { attempt: 1, .. }));
}

#[test]
fn progress_ends_an_outage_and_greetings_do_not() {
    use Progress::{Event, NewId, None};
    let policy = Policy {
        backoff: Backoff { jitter: Jitter::None, ..Policy::subscribe().backoff },
        ..Policy::subscribe()
    };
    // What five connections bring, how long each is up, how it ends; and the waits.
    for (progress, up, ending, waits) in [
        (NewId, ms(0), Ending::Lost, [1, 1, 1, 1, 1]),
        (Event, ms(0), Ending::End, [1, 1, 1, 1, 1]),
        (Event, ms(0), Ending::Lost, [1, 2, 4, 8, 16]),
        (Event, secs(3), Ending::Lost, [1, 1, 1, 1, 1]),
        (Event, secs(1), Ending::Lost, [1, 2, 4, 8, 16]),
        (None, ms(0), Ending::End, [1, 2, 4, 8, 16]),
        (None, secs(59), Ending::Lost, [1, 2, 4, 8, 16]),
        (None, secs(60), Ending::Lost, [1, 1, 1, 1, 1]),
    ] {
        let (mut history, mut now) = (History::default(), ms(0));
        for wait in waits {
            history.connect(now);
            history.advance(progress);
            now += up;
            let decision = decide(&policy, &history, &ending, GET, now, HALF);
            history.follow(&policy, &ending, &decision, now);
            assert_eq!(delay_of(decision), secs(wait), "{progress:?}, {up:?}, {ending:?}");
            now += delay_of(decision);
        }
    }
}

#[test]
fn progress_gives_the_attempts_and_the_time_back() {
    let policy = Policy { attempts: Some(1), elapsed: Some(secs(5)), ..Policy::subscribe() };
    let mut history = History::default();
    for now in (0..100).map(secs) {
        history.connect(now);
        history.advance(Progress::NewId);
        let decision = decide(&policy, &history, &Ending::Lost, GET, now, HALF);
        assert!(matches!(decision, Decision::Retry { attempt: 1, .. }));
        history.follow(&policy, &Ending::Lost, &decision, now);
    }
    let decision = decide(&policy, &history, &Ending::Unsent, GET, secs(100), HALF);
    assert_eq!(decision, Decision::Fail(Cause::Exhausted));
}

#[test]
fn what_comes_again_is_no_progress() {
    let mut novelty = Novelty::default();
    let mut connection = |resumed: &str, events: &[(&str, &str)]| {
        novelty.connected(resumed.as_bytes());
        for (id, data) in events {
            let id = (*id != "-").then_some(id.as_bytes());
            novelty.event(id, (None, data.as_bytes()));
        }
        novelty.progress()
    };
    assert_eq!(connection("", &[]), Progress::None);
    assert_eq!(connection("", &[("-", "a")]), Progress::Event);
    assert_eq!(connection("", &[("", "a")]), Progress::Event, "an empty id is none");
    assert_eq!(connection("", &[("1", "a"), ("2", "b")]), Progress::NewId);
    assert_eq!(connection("2", &[("2", "b")]), Progress::None, "what it resumed after");
    assert_eq!(connection("2", &[("1", "a")]), Progress::None, "what came before");
    assert_eq!(connection("1", &[("1", "x")]), Progress::Event, "counted from 1 again, but new");
    assert_eq!(connection("1", &[("1", "x"), ("3", "c")]), Progress::NewId);
    // A server that crashes after the same three events is found out, a little later.
    let crash = [("a", "1"), ("b", "2"), ("c", "3")];
    let brought: Vec<_> = (0..5).map(|_| connection("c", &crash)).collect();
    assert_eq!(brought[3..], [Progress::None; 2]);
}

#[test]
fn recovery_rests_and_begins_a_new_round() {
    let policy =
        Policy { attempts: Some(1), recover_after: Some(secs(100)), ..Policy::subscribe() };
    let mut history = History::default();
    for _ in 0..3 {
        let first = decide(&policy, &history, &Ending::Unsent, GET, ms(0), HALF);
        assert!(matches!(first, Decision::Retry { attempt: 1, wait: Wait::Backoff, .. }));
        history.follow(&policy, &Ending::Unsent, &first, ms(0));
        let rest = decide(&policy, &history, &Ending::Unsent, GET, ms(0), HALF);
        let expected = Decision::Retry { delay: secs(100), attempt: 0, wait: Wait::Recovery };
        assert_eq!(rest, expected);
        let told = decide(&policy, &history, &busy(secs(600)), GET, ms(0), 0.0);
        assert_eq!(delay_of(told), secs(600));
        history.follow(&policy, &Ending::Unsent, &rest, ms(0));
        assert_eq!((history.failures, history.previous), (0, None));
    }
    let only_rests = Policy { attempts: Some(0), ..policy.clone() };
    for ending in [Ending::End, Ending::Lost] {
        let rest = decide(&only_rests, &history, &ending, GET, ms(0), HALF);
        assert!(matches!(rest, Decision::Retry { attempt: 0, wait: Wait::Recovery, .. }));
    }
    // Only what may be repeated at all is repeated after a rest.
    let fatal = decide(&policy, &history, &Ending::Fatal, GET, ms(0), HALF);
    assert_eq!(fatal, Decision::Fail(Cause::Final));
}

#[test]
fn an_outage_ends_when_the_next_delay_would_exceed_its_limit() {
    let policy = Policy { elapsed: Some(secs(10)), ..Policy::subscribe() };
    let mut history = History::default();
    let unsent = |history: &History, now| decide(&policy, history, &Ending::Unsent, GET, now, 0.0);
    let start = secs(500);
    let first = unsent(&history, start);
    history.follow(&policy, &Ending::Unsent, &first, start);
    // The second delay is one second.
    assert_eq!(delay_of(unsent(&history, start + secs(9))), secs(1));
    assert_eq!(unsent(&history, start + ms(9001)), Decision::Fail(Cause::Exhausted));

    // Time with a connection does not count, and a stable connection ends the outage.
    let mut shaky = history;
    shaky.connect(start + secs(2));
    assert_eq!(delay_of(unsent(&shaky, start + secs(11))), secs(1));
    let mut stable = history;
    stable.connect(start + secs(2));
    assert_eq!(delay_of(unsent(&stable, start + secs(62))), ms(500));

    let told = decide(&policy, &History::default(), &busy(secs(11)), GET, start, 0.0);
    assert_eq!(told, Decision::Fail(Cause::Exhausted));
}

#[test]
fn decorrelated_delays_follow_the_previous_backoff() {
    let policy = Policy { backoff: backoff(Jitter::Decorrelated), ..Policy::subscribe() };
    let mut history = History::default();
    let mut step = |ending| {
        let decision = decide(&policy, &history, &ending, GET, ms(0), 1.0);
        history.follow(&policy, &ending, &decision, ms(0));
        delay_of(decision)
    };
    assert_eq!(step(Ending::Lost), secs(3));
    assert_eq!(step(Ending::Lost), secs(9));
    assert_eq!(step(busy(secs(600))), secs(601));
    assert_eq!(step(Ending::Lost), secs(27));
}

#[test]
fn random_lives_never_panic_never_hurry_and_never_oversleep() {
    let mut rng = fastrand::Rng::with_seed(42);
    for _ in 0..4000 {
        let policy = random_policy(&mut rng);
        let facts = RequestFacts { safe: rng.bool(), terminal_declared: rng.bool() };
        let mut history = History::default();
        let mut now = random_duration(&mut rng);
        let mut row = 0;
        for _ in 0..30 {
            if rng.u8(..) < 40 {
                history.connect(now);
            }
            if rng.u8(..) < 20 {
                history.tell(&policy, random_duration(&mut rng));
            }
            if rng.u8(..) < 10 {
                history.deliver();
            }
            now = now.saturating_add(random_duration(&mut rng));
            let ending = random_ending(&mut rng);
            let decision = decide(&policy, &history, &ending, facts, now, rng.f64());
            history.follow(&policy, &ending, &decision, now);
            let Decision::Retry { delay, attempt, wait } = decision else { break };
            let asked = policy.recover_after.unwrap_or_default();
            let told_cap = policy.retry_after_cap.saturating_add(secs(1));
            let cap = match wait {
                Wait::Backoff => policy.backoff.cap(history.server_base),
                Wait::RetryAfter => told_cap,
                Wait::Recovery => asked.max(told_cap * 2),
            };
            assert!(delay >= policy.backoff.min, "{policy:?} {ending:?} {delay:?}");
            assert!(delay <= cap.max(policy.backoff.min * 2), "{policy:?} {ending:?} {delay:?}");
            assert!(policy.attempts.is_none_or(|most| attempt <= most), "{policy:?}");
            assert!(facts.safe || !history.delivered, "{ending:?} repeated after an event");
            assert!(attempt <= row + 1, "attempts skip");
            row = attempt;
        }
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

#[test]
fn mangled_dates_are_refused_without_a_panic() {
    let mut rng = fastrand::Rng::with_seed(11);
    let forms = [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ];
    for _ in 0..100_000 {
        let mut bytes = rng.choice(forms).unwrap_or(forms[0]).as_bytes().to_vec();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..bytes.len());
            bytes[at] = if rng.bool() { b'0' + rng.u8(..10) } else { rng.u8(..) };
        }
        let text = String::from_utf8_lossy(&bytes);
        let _ = retry_after::parse(Some(&text), None, SystemTime::UNIX_EPOCH);
    }
}
