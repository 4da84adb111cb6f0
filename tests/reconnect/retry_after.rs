//! What a server may ask for in `Retry-After`, and how it is obeyed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use perennial_sse::reconnect::{Cause, History, Step, Wait, retry_after};

use super::policies;
use super::rig::{GET, HALF, POST, assert_spread, busy, delay_of, ms, secs, step};

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
    let (subscribe, request) = (policies::subscribe(), policies::request());
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
            let next = step(policy, &History::default(), &busy(told), facts, ms(0), rng.f64());
            assert!(matches!(next, Step::Retry { wait: Wait::RetryAfter, .. }));
            delay_of(next)
        };
        let delays: Vec<_> = (0..2000).map(|_| draw()).collect();
        assert_spread(&delays, low, high, &format!("{facts:?} told {told:?}"));
    }
    let hour = step(&subscribe, &History::default(), &busy(secs(3600)), GET, ms(0), 0.9);
    assert_eq!(delay_of(hour), secs(3600));
    for told in [ms(60_001), Duration::MAX] {
        let next = step(&request, &History::default(), &busy(told), POST, ms(0), HALF);
        assert_eq!(next, Step::Fail(Cause::RetryAfter(told)));
    }
}

#[test]
fn a_retry_after_of_zero_leaves_the_backoff_growing() {
    let policy = policies::subscribe();
    let mut history = History::default();
    for expected in [ms(500), secs(1), secs(2)] {
        let next = step(&policy, &history, &busy(Duration::ZERO), GET, ms(0), 0.0);
        assert_eq!(delay_of(next), expected);
        history.follow(&policy, &busy(Duration::ZERO), &next, ms(0));
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
