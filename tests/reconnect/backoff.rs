//! How long the backoff waits, and how chance spreads that.

use std::time::Duration;

use perennial_sse::reconnect::{Backoff, Ending, History, Jitter, Policy};

use super::policies;
use super::rig::{GET, HALF, assert_spread, backoff, busy, delay_of, ms, sample, secs, step};

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

    let policy = policies::subscribe();
    let mut history = History::default();
    for (asked, kept) in
        [(Duration::ZERO, ms(100)), (ms(250), ms(250)), (Duration::MAX, secs(3600))]
    {
        history.tell(&policy, asked);
        assert_eq!(history.server_base, Some(kept));
        let delay = delay_of(step(&policy, &history, &Ending::End, GET, ms(0), 0.0));
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
fn decorrelated_delays_follow_the_previous_backoff() {
    let policy = Policy { backoff: backoff(Jitter::Decorrelated), ..policies::subscribe() };
    let mut history = History::default();
    let mut wait = |ending| {
        let next = step(&policy, &history, &ending, GET, ms(0), 1.0);
        history.follow(&policy, &ending, &next, ms(0));
        delay_of(next)
    };
    assert_eq!(wait(Ending::Lost), secs(3));
    assert_eq!(wait(Ending::Lost), secs(9));
    assert_eq!(wait(busy(secs(600))), secs(601));
    assert_eq!(wait(Ending::Lost), secs(27));
}
