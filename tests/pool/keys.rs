//! Keys that rest and keys that are dead.

use perennial_sse::pool::{Nothing, Outcome, Rules};

use super::rig::{Rig, endpoint, hash, ms, rules, secs};

const LIMITED: Outcome = Outcome::KeyCooling(None);

#[test]
fn a_told_rest_is_kept_to_the_millisecond() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.request(Outcome::KeyCooling(Some(secs(3600))));
    assert_eq!(rig.wait(), secs(3600), "longer than any that is not told");
    rig.now += ms(3_599_999);
    assert_eq!(rig.wait(), ms(1));
    rig.now += ms(1);
    assert_eq!(hash(&rig.assignment()), "1");
}

#[test]
fn rests_double_in_a_row_until_a_success() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    for seconds in [5, 10, 20, 40, 60, 60] {
        rig.request(LIMITED);
        assert_eq!(rig.wait(), secs(seconds));
        rig.now += secs(seconds);
    }
    rig.request(Outcome::KeyCooling(Some(secs(2))));
    rig.now += secs(2);
    rig.request(LIMITED);
    assert_eq!(rig.wait(), secs(60), "a told rest is not one in the row");
    rig.now += secs(60);
    rig.request(Outcome::Success);
    rig.request(LIMITED);
    assert_eq!(rig.wait(), secs(5));
}

#[test]
fn a_longest_rest_below_the_first_counts_as_the_first() {
    let rules = Rules { cooldown_max: secs(1), ..rules() };
    let mut rig = Rig::with(rules, [endpoint("a", &["1"])]);
    for _ in 0..3 {
        rig.request(LIMITED);
        assert_eq!(rig.wait(), secs(5));
        rig.now += secs(5);
    }
}

#[test]
fn a_told_rest_of_zero_tells_nothing() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.request(Outcome::KeyCooling(Some(ms(0))));
    assert_eq!(rig.wait(), secs(5));
}

#[test]
fn without_a_cooldown_only_told_rests_are_kept() {
    let rules = Rules { cooldown: ms(0), ..rules() };
    let mut rig = Rig::with(rules, [endpoint("a", &["1"])]);
    rig.requests(3, LIMITED);
    assert_eq!(rig.keys("a"), ["ok"]);
    assert!(rig.changes().is_empty());
    rig.request(Outcome::KeyCooling(Some(secs(1))));
    assert_eq!(rig.wait(), secs(1));
}

#[test]
fn requests_that_began_before_a_rest_do_not_change_it() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    let assignments: Vec<_> = (0..4).map(|_| rig.assignment()).collect();
    rig.report(&assignments[0], LIMITED);
    rig.now += secs(1);
    rig.report(&assignments[1], Outcome::Success);
    assert_eq!(rig.wait(), secs(4), "a success does not end it");
    rig.report(&assignments[2], LIMITED);
    assert_eq!(rig.wait(), secs(4), "one burst is one rest");
    rig.report(&assignments[3], Outcome::KeyCooling(Some(secs(1))));
    assert_eq!(rig.wait(), secs(4), "nothing makes it shorter");
    rig.report(&assignments[3], Outcome::KeyCooling(Some(secs(30))));
    assert_eq!(rig.wait(), secs(30), "but what is told may prolong it");
    rig.now += secs(30);
    rig.request(LIMITED);
    assert_eq!(rig.wait(), secs(10), "the burst was one in the row, and its success no end of it");
}

#[test]
fn a_dead_key_is_never_used() {
    let mut rig = Rig::new([endpoint("a", &["1", "2"])]);
    let assignments = [rig.assignment(), rig.assignment()];
    rig.report(&assignments[0], Outcome::KeyDead);
    for outcome in [Outcome::Success, LIMITED, Outcome::KeyCooling(Some(ms(1)))] {
        rig.report(&assignments[0], outcome);
        rig.now += secs(100);
        for _ in 0..20 {
            assert_eq!(hash(&rig.assignment()), "2");
        }
    }
    rig.report(&assignments[1], LIMITED);
    assert_eq!(rig.wait(), secs(5), "the dead one is not waited for");
    rig.report(&assignments[1], Outcome::KeyDead);
    assert_eq!(rig.nothing(), Nothing::Dead { keys: 2 });
}

#[test]
fn the_wait_is_for_the_first_key_of_all() {
    let mut rig = Rig::new([endpoint("a", &["1"]), endpoint("b", &["2", "3"])]);
    for seconds in [9, 7, 8] {
        rig.request(Outcome::KeyCooling(Some(secs(seconds))));
    }
    assert_eq!(rig.wait(), secs(7));
}

#[test]
fn an_endpoint_that_wants_no_key_rests_as_a_whole() {
    let mut rig = Rig::new([endpoint("a", &[])]);
    rig.request(Outcome::KeyCooling(Some(ms(1500))));
    assert_eq!(rig.wait(), ms(1500));
    assert_eq!(rig.view("a").cools_for, Some(1500));
    rig.now += ms(1500);
    assert_eq!(rig.view("a").cools_for, None);
    rig.request(Outcome::Success);
    let expected = ["a: ok to cooling, rate-limited", "a: cooling to ok, rested"];
    assert_eq!(rig.changes(), expected);
}

#[test]
fn reviving_makes_keys_as_new() {
    let mut rig = Rig::new([endpoint("a", &["1", "2"]), endpoint("b", &["3"])]);
    while rig.keys("a") != ["dead", "cooling"] || rig.keys("b") != ["dead"] {
        let assignment = rig.assignment();
        let outcome = if hash(&assignment) == "2" { LIMITED } else { Outcome::KeyDead };
        rig.report(&assignment, outcome);
    }
    assert!(!rig.pool.revive(Some("c")));
    assert!(rig.pool.revive(Some("a")));
    assert_eq!(rig.keys("a"), ["ok", "ok"]);
    assert_eq!(rig.keys("b"), ["dead"]);
    rig.pool.remove_key("a", "1");
    rig.request(LIMITED);
    assert_eq!(rig.wait(), secs(5), "the row starts anew");
    assert!(rig.pool.revive(None));
    assert_eq!([rig.keys("a"), rig.keys("b")], [["ok"], ["ok"]]);
}
