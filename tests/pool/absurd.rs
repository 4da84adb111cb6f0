//! Values that nobody means.

use std::time::Duration;

use perennial_sse::pool::{Ask, BreakerRules, Endpoint, Outcome, Pick, Pool, Rules};

use super::rig::{Die, Rig, endpoint, ms, secs};

const TIMES: [Duration; 5] =
    [Duration::ZERO, Duration::from_nanos(1), secs(1), secs(u64::MAX), Duration::MAX];
const NUMBERS: [f64; 9] =
    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 0.5, 1.0, 7.0, f64::MAX];

#[test]
fn absurd_values_neither_panic_nor_leave_nobody() {
    let mut die = Die::new(77);
    let outcomes = [
        Outcome::Success,
        Outcome::KeyCooling(None),
        Outcome::KeyCooling(Some(Duration::MAX)),
        Outcome::EndpointFailed,
        Outcome::EndpointFailed,
        Outcome::EndpointFailed,
        Outcome::Neutral,
    ];
    for _ in 0..3000 {
        let mut time = || TIMES[die.below(TIMES.len())];
        let breaker = BreakerRules {
            window: time(),
            requests: 1,
            failures: 0.1,
            open_for: time(),
            open_max: time(),
        };
        let rules = Rules { cooldown: time(), cooldown_max: time(), breaker: Some(breaker) };
        let rules = match die.below(4) {
            0 => Rules { breaker: None, ..rules },
            1 => {
                let failures = NUMBERS[die.below(NUMBERS.len())];
                let requests = if die.below(2) == 0 { 0 } else { u32::MAX };
                Rules { breaker: Some(BreakerRules { failures, requests, ..breaker }), ..rules }
            }
            _ => rules,
        };
        let mut pool = Pool::new(rules);
        for name in ["a", "b", "c"] {
            let weight = NUMBERS[die.below(NUMBERS.len())];
            let priority = [i32::MIN, 0, i32::MAX][die.below(3)];
            let canary = [0, 0, 1, 10_000, u16::MAX][die.below(5)];
            let declared =
                Endpoint { weight, priority, canary, ..endpoint(name, &[name, "other"]) };
            pool.add(declared).expect("names differ");
        }
        for _ in 0..20 {
            // Backwards as often as forwards.
            let now = TIMES[die.below(TIMES.len())];
            let affinity = [None, Some(0), Some(9999), Some(u16::MAX)][die.below(4)];
            let ask = Ask { affinity, tried: &[], fits: &|_| true };
            match pool.pick(&ask, now, NUMBERS[die.below(NUMBERS.len())]) {
                Pick::Go(assignment) => {
                    pool.report(&assignment, outcomes[die.below(outcomes.len())], now);
                    pool.release(&assignment, TIMES[die.below(TIMES.len())]);
                }
                Pick::Wait(wait) => assert!(!wait.is_zero()),
                Pick::Nothing(nothing) => panic!("{nothing:?} although no key is dead"),
            }
            let view = serde_json::to_string(&pool.view(now)).expect("plain data");
            assert!(!view.contains(":null"), "{view}");
        }
    }
}

#[test]
fn every_chance_leads_to_an_endpoint() {
    let endpoints = ["a", "b", "c"].map(|name| endpoint(name, &[name]));
    let mut rig = Rig::new(endpoints);
    let ask = Ask { affinity: None, tried: &[], fits: &|_| true };
    for (chance, name) in [
        (f64::NAN, "a"),
        (f64::NEG_INFINITY, "a"),
        (-0.5, "a"),
        (0.0, "a"),
        (1.0_f64.next_down(), "c"),
        (1.0, "c"),
        (f64::INFINITY, "c"),
    ] {
        match rig.pool.pick(&ask, rig.now, chance) {
            Pick::Go(assignment) => assert_eq!(assignment.endpoint.name, name, "{chance}"),
            other => panic!("{chance}: {other:?}"),
        }
    }
}

#[test]
fn a_chance_of_one_is_still_a_chance() {
    let all = Endpoint { canary: 10_000, ..endpoint("all", &["1"]) };
    let mut rig = Rig::new([all, endpoint("a", &["2"])]);
    let ask = Ask { affinity: None, tried: &[], fits: &|_| true };
    match rig.pool.pick(&ask, rig.now, 1.0) {
        Pick::Go(assignment) => assert_eq!(assignment.endpoint.name, "all"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn infinite_weights_share_evenly() {
    let weight = f64::INFINITY;
    let heavy = ["a", "b"].map(|name| Endpoint { weight, ..endpoint(name, &[name]) });
    let mut rig = Rig::new(heavy);
    let hits = (0..1000).filter(|_| rig.assignment().endpoint.name == "a").count();
    assert!((450..550).contains(&hits), "{hits}");
}

#[test]
fn a_clock_that_goes_backwards_ends_no_rest_early() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.request(Outcome::KeyCooling(Some(secs(5))));
    rig.now -= secs(100);
    assert_eq!(rig.wait(), secs(105));
    rig.now += ms(104_999);
    assert_eq!(rig.wait(), ms(1));
}

#[test]
fn leases_given_back_twice_count_no_less_than_nothing() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    let assignment = rig.assignment();
    rig.release(&assignment);
    rig.release(&assignment);
    assert_eq!(rig.view("a").counters.active, 0);
    assert_eq!(rig.view("a").keys[0].counters.active, 0);
}
