//! Endpoints that fail too often.

use perennial_sse::pool::{Assignment, BreakerRules, Endpoint, Outcome, Rules, Tried};

use super::rig::{Rig, breaker, endpoint, ms, rules, secs};

const FAILED: Outcome = Outcome::EndpointFailed;

/// One endpoint, and one that is asked only when the first cannot be.
fn pair() -> Rig {
    Rig::new([endpoint("a", &["a1"]), Endpoint { priority: 1, ..endpoint("b", &["b1"]) }])
}

/// As [`pair`], with the first one's breaker open for 5 s.
fn broken() -> Rig {
    let mut rig = pair();
    rig.requests(5, FAILED);
    assert_eq!(rig.view("a").breaker, "open");
    rig
}

#[test]
fn a_breaker_opens_at_half_of_five() {
    let mut rig = pair();
    rig.requests(4, FAILED);
    assert_eq!(rig.view("a").breaker, "closed", "four are too few");
    rig.request(FAILED);
    assert_eq!(rig.view("a").breaker, "open");
    assert_eq!(rig.view("a").opens_for, Some(5000));
    assert_eq!(rig.assignment().endpoint.name, "b");

    let mut rig = pair();
    rig.requests(11, Outcome::Success);
    rig.requests(10, FAILED);
    assert_eq!(rig.view("a").breaker, "closed", "10 of 21");
    rig.request(FAILED);
    assert_eq!(rig.view("a").breaker, "open", "11 of 22");
}

#[test]
fn what_is_older_than_the_window_does_not_count() {
    let mut rig = pair();
    rig.requests(4, FAILED);
    rig.now += secs(53);
    rig.request(Outcome::Success);
    rig.now += secs(7);
    rig.requests(3, FAILED);
    assert_eq!(rig.view("a").breaker, "closed", "3 of 4: the first four are a minute old");
    rig.request(FAILED);
    assert_eq!(rig.view("a").breaker, "open", "4 of 5");

    let mut rig = pair();
    rig.requests(4, FAILED);
    rig.now += secs(53);
    rig.request(FAILED);
    assert_eq!(rig.view("a").breaker, "open", "within a minute");
}

#[test]
fn answers_about_the_key_count_as_requests_but_not_as_failures() {
    let rules = Rules { cooldown: ms(0), ..rules() };
    let mut rig = Rig::with(rules, [endpoint("a", &["1"])]);
    rig.requests(20, Outcome::KeyCooling(None));
    assert_eq!(rig.view("a").breaker, "closed");
    assert_eq!(rig.view("a").counters.failures, 0);
    rig.requests(19, FAILED);
    assert_eq!(rig.view("a").breaker, "closed", "19 of 39");
    rig.request(FAILED);
    assert_eq!(rig.view("a").breaker, "open", "20 of 40");
}

#[test]
fn neutral_outcomes_count_nowhere() {
    let mut rig = pair();
    rig.requests(100, Outcome::Neutral);
    rig.requests(4, FAILED);
    assert_eq!(rig.view("a").breaker, "closed");
    rig.request(FAILED);
    assert_eq!(rig.view("a").breaker, "open", "5 of 5, not of 105");
}

#[test]
fn a_stream_that_is_cut_after_it_began_counts_twice() {
    let mut rig = pair();
    for _ in 0..2 {
        let assignment = rig.request(Outcome::Success);
        rig.report(&assignment, FAILED);
    }
    assert_eq!(rig.view("a").breaker, "closed", "2 of 4");
    rig.request(FAILED);
    assert_eq!(rig.view("a").breaker, "open", "3 of 5");
}

#[test]
fn one_request_probes_while_the_others_go_elsewhere() {
    let mut rig = broken();
    rig.now += ms(4999);
    assert_eq!(rig.assignment().endpoint.name, "b");
    rig.now += ms(1);
    assert_eq!(rig.view("a").breaker, "half-open");
    let probe = rig.assignment();
    assert_eq!(probe.endpoint.name, "a");
    for _ in 0..10 {
        assert_eq!(rig.assignment().endpoint.name, "b");
    }
    rig.report(&probe, Outcome::Success);
    assert_eq!(rig.assignment().endpoint.name, "a");
    rig.requests(4, FAILED);
    assert_eq!(rig.view("a").breaker, "closed", "it began anew");
}

#[test]
fn a_probe_that_reports_nothing_lets_another_one_probe() {
    for silence in [None, Some(Outcome::Neutral), Some(Outcome::KeyCooling(Some(ms(1))))] {
        let mut rig = broken();
        rig.now += secs(5);
        let probe = rig.assignment();
        if let Some(outcome) = silence {
            rig.report(&probe, outcome);
        }
        rig.now += ms(1);
        assert_eq!(rig.assignment().endpoint.name, "b", "{silence:?}: not given back yet");
        rig.release(&probe);
        assert_eq!(rig.view("a").breaker, "half-open", "{silence:?}");
        assert_eq!(rig.assignment().endpoint.name, "a", "{silence:?}");
    }
}

#[test]
fn each_probe_that_fails_doubles_the_time_up_to_a_minute() {
    let mut rig = broken();
    for seconds in [5, 10, 20, 40, 60, 60] {
        assert_eq!(rig.view("a").opens_for, Some(seconds * 1000));
        rig.now += secs(seconds);
        assert_eq!(rig.request(FAILED).endpoint.name, "a");
    }
    rig.now += secs(60);
    rig.request(Outcome::Success);
    rig.requests(5, FAILED);
    assert_eq!(rig.view("a").opens_for, Some(5000), "the time starts anew");
}

#[test]
fn only_the_probe_decides() {
    let mut rig = pair();
    let old = rig.assignment();
    rig.requests(5, FAILED);
    rig.report(&old, Outcome::Success);
    assert_eq!(rig.view("a").breaker, "open");
    rig.now += secs(5);
    let probe = rig.assignment();
    rig.report(&old, FAILED);
    rig.report(&old, Outcome::Success);
    rig.release(&old);
    assert_eq!(rig.view("a").breaker, "half-open");
    assert_eq!(rig.assignment().endpoint.name, "b", "the probe is still out");
    rig.report(&probe, FAILED);
    assert_eq!(rig.view("a").opens_for, Some(10_000));
}

#[test]
fn where_all_are_open_the_least_bad_is_asked() {
    let mut rig = Rig::new(["a", "b", "c"].map(|name| endpoint(name, &[name])));
    let assignments: Vec<_> = ["a", "b", "c"].map(|name| lease_of(&mut rig, name)).into();
    rig.report(&assignments[1], Outcome::Success);
    for assignment in assignments.iter().rev() {
        for _ in 0..5 {
            rig.report(assignment, FAILED);
        }
        rig.now += ms(10);
    }
    // b failed 5 times of 6, the others always; of these c opens first.
    let first = rig.assignment();
    let second = rig.after(&[Tried::endpoint(&first)]);
    let third = rig.after(&[Tried::endpoint(&first), Tried::endpoint(&second)]);
    let names = [&first, &second, &third].map(|assignment| assignment.endpoint.name.as_str());
    assert_eq!(names, ["b", "c", "a"]);

    rig.report(&first, Outcome::Success);
    assert_eq!(rig.view("b").breaker, "open", "going round a breaker proves nothing");
}

#[test]
fn what_is_older_than_the_window_makes_nobody_worse() {
    let breaker = BreakerRules { open_for: secs(500), ..breaker() };
    let rules = Rules { breaker: Some(breaker), ..rules() };
    let mut rig = Rig::with(rules, ["a", "b"].map(|name| endpoint(name, &[name])));
    let assignments = ["a", "b"].map(|name| lease_of(&mut rig, name));
    (0..5).for_each(|_| rig.report(&assignments[0], FAILED));
    rig.now += secs(60);
    (0..5).for_each(|_| rig.report(&assignments[1], Outcome::Success));
    (0..5).for_each(|_| rig.report(&assignments[1], FAILED));
    assert_eq!(["a", "b"].map(|name| rig.view(name).breaker), ["open", "open"]);
    assert_eq!(rig.assignment().endpoint.name, "a", "nobody knows how bad it is");
}

#[test]
fn a_long_life_takes_no_more_memory_than_a_window() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    let mut size = |requests| {
        for _ in 0..requests {
            rig.request(Outcome::Success);
            rig.now += secs(1);
        }
        format!("{:?}", rig.pool).len()
    };
    let (young, old) = (size(1000), size(10_000));
    assert!(old < young + 100, "{young} to {old} characters");
}

#[test]
fn of_two_equally_bad_the_lower_tier_is_asked() {
    let endpoints = [1, 0].map(|priority| {
        let name = if priority == 0 { "first" } else { "second" };
        Endpoint { priority, ..endpoint(name, &[name]) }
    });
    let mut rig = Rig::new(endpoints);
    rig.requests(10, FAILED);
    assert_eq!(["first", "second"].map(|name| rig.view(name).breaker), ["open", "open"]);
    assert_eq!(rig.assignment().endpoint.name, "first");
}

#[test]
fn where_one_is_closed_it_is_asked_again_rather_than_an_open_one() {
    let mut rig = broken();
    let tried = [Tried::endpoint(&rig.assignment())];
    assert_eq!(rig.after(&tried).endpoint.name, "b");
}

#[test]
fn without_a_breaker_an_endpoint_is_asked_however_often_it_fails() {
    let rules = Rules { breaker: None, ..rules() };
    let mut rig = Rig::with(rules, [endpoint("a", &["1"])]);
    rig.requests(1000, FAILED);
    assert_eq!(rig.view("a").breaker, "closed");
    assert!(rig.changes().is_empty());
}

#[test]
fn a_share_of_zero_opens_at_the_first_failure_not_at_a_success() {
    let breaker = BreakerRules { requests: 0, failures: 0.0, ..breaker() };
    let rules = Rules { breaker: Some(breaker), ..rules() };
    let mut rig = Rig::with(rules, [endpoint("a", &["1"])]);
    rig.requests(9, Outcome::Success);
    assert_eq!(rig.view("a").breaker, "closed");
    rig.request(FAILED);
    assert_eq!(rig.view("a").breaker, "open");
}

#[test]
fn a_longest_time_below_the_first_counts_as_the_first() {
    let breaker = BreakerRules { open_max: secs(1), ..breaker() };
    let mut rig = Rig::with(Rules { breaker: Some(breaker), ..rules() }, [endpoint("a", &["1"])]);
    rig.requests(5, FAILED);
    rig.now += secs(5);
    rig.request(FAILED);
    assert_eq!(rig.view("a").opens_for, Some(5000));
}

#[test]
fn reviving_closes_a_breaker_as_new() {
    let mut rig = broken();
    rig.now += secs(5);
    rig.request(FAILED);
    rig.pool.revive(Some("a"));
    assert_eq!(rig.view("a").breaker, "closed");
    rig.requests(4, FAILED);
    assert_eq!(rig.view("a").breaker, "closed");
    rig.request(FAILED);
    assert_eq!(rig.view("a").opens_for, Some(5000));
}

/// An assignment of the endpoint with this name.
fn lease_of(rig: &mut Rig, name: &str) -> Assignment {
    loop {
        let assignment = rig.assignment();
        if assignment.endpoint.name == name {
            return assignment;
        }
        rig.release(&assignment);
    }
}
