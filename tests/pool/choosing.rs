//! Tiers, weights, keys, and what an answer tried before.

use std::collections::HashMap;

use perennial_sse::pool::{Ask, Endpoint, Nothing, Outcome, Pick, Tried};

use super::rig::{Die, Rig, endpoint, hash, key, ms};

fn tier(name: &str, priority: i32) -> Endpoint {
    Endpoint { priority, ..endpoint(name, &[name]) }
}

fn weighing(name: &str, weight: f64) -> Endpoint {
    Endpoint { weight, ..endpoint(name, &[name]) }
}

/// How many of `count` requests each endpoint got.
fn traffic(rig: &mut Rig, count: u32) -> HashMap<String, f64> {
    let mut traffic = HashMap::new();
    for _ in 0..count {
        let assignment = rig.request(Outcome::Success);
        *traffic.entry(assignment.endpoint.name.clone()).or_default() += 1.0 / f64::from(count);
    }
    traffic
}

#[test]
fn each_endpoint_gets_its_weights_share() {
    let endpoints = [weighing("a", 1.0), weighing("b", 2.0), weighing("c", 7.0)];
    let traffic = traffic(&mut Rig::new(endpoints), 20_000);
    for (name, share) in [("a", 0.1), ("b", 0.2), ("c", 0.7)] {
        assert!((traffic[name] - share).abs() < 0.01, "{name}: {traffic:?}");
    }
}

#[test]
fn weightless_endpoints_are_asked_where_nothing_else_can_be() {
    let mut rig = Rig::new([weighing("a", 0.0), weighing("b", 1e-300), weighing("c", f64::NAN)]);
    assert_eq!(traffic(&mut rig, 200).len(), 1);
    rig.pool.remove("b");
    let traffic = traffic(&mut rig, 20_000);
    assert!((traffic["a"] - 0.5).abs() < 0.02, "{traffic:?}");
}

#[test]
fn the_next_tier_is_asked_when_the_first_cannot_be() {
    let mut rig = Rig::new([tier("third", 7), tier("first", -1), tier("second", 0)]);
    for name in ["first", "second", "third"] {
        let assignment = rig.assignment();
        assert_eq!(assignment.endpoint.name, name);
        rig.report(&assignment, Outcome::KeyDead);
    }
    assert_eq!(rig.nothing(), Nothing::Dead { keys: 3 });
}

#[test]
fn the_next_tier_is_left_when_the_first_can_be_asked_again() {
    let mut rig = Rig::new([tier("first", 1), tier("second", 2)]);
    rig.request(Outcome::KeyCooling(Some(ms(10))));
    assert_eq!(rig.request(Outcome::Success).endpoint.name, "second");
    rig.now += ms(10);
    assert_eq!(rig.request(Outcome::Success).endpoint.name, "first");
}

#[test]
fn an_answer_goes_through_all_tiers_before_it_tries_again() {
    let mut rig = Rig::new([tier("a", 0), tier("b", 0), tier("c", 1)]);
    let mut tried = Vec::new();
    let mut names = Vec::new();
    for _ in 0..4 {
        let assignment = rig.after(&tried);
        rig.release(&assignment);
        tried.push(Tried::endpoint(&assignment));
        names.push(assignment.endpoint.name.clone());
    }
    names[..2].sort();
    assert_eq!(names[..3], ["a", "b", "c"]);
    assert_ne!(names[3], "c", "the lowest tier comes first again");
}

#[test]
fn a_key_that_failed_leaves_the_endpoints_others_untried() {
    let other = Endpoint { priority: 1, ..endpoint("b", &["b1"]) };
    let mut rig = Rig::new([endpoint("a", &["a1", "a2"]), other]);
    let first = rig.assignment();
    let second = rig.after(&[Tried::key(&first)]);
    let third = rig.after(&[Tried::key(&first), Tried::key(&second)]);
    assert_eq!([hash(&first), hash(&second), hash(&third)], ["a1", "a2", "b1"]);
}

#[test]
fn untried_keys_of_tried_endpoints_come_before_tried_keys() {
    let mut rig =
        Rig::new([tier("a", 0), Endpoint { priority: 9, ..endpoint("b", &["b1", "b2"]) }]);
    let a = rig.assignment();
    let b = rig.after(&[Tried::endpoint(&a)]);
    assert_eq!(hash(&b), "b1");
    let tried = [Tried::endpoint(&a), Tried::endpoint(&b)];
    let untried = rig.after(&tried);
    assert_eq!(hash(&untried), "b2", "although its tier is the last");
    let tried = [tried[0], tried[1], Tried::endpoint(&untried)];
    assert_eq!(hash(&rig.after(&tried)), "a", "all are tried: the first tier again");
}

#[test]
fn the_least_busy_key_is_asked_then_the_one_that_rested_longest() {
    let mut rig = Rig::new([endpoint("a", &["1", "2", "3"])]);
    let assignments: Vec<_> = (0..3).map(|_| rig.assignment()).collect();
    assert_eq!(assignments.iter().map(hash).collect::<Vec<_>>(), ["1", "2", "3"]);
    rig.release(&assignments[2]);
    assert_eq!(hash(&rig.assignment()), "3", "the others are busy");
    rig.release(&assignments[1]);
    rig.release(&assignments[0]);
    let next = [rig.assignment(), rig.assignment()];
    assert_eq!(next.each_ref().map(hash), ["1", "2"], "1 rested longer than 2");
}

#[test]
fn a_new_key_does_not_catch_up_alone() {
    let mut rig = Rig::new([endpoint("a", &["1", "2"])]);
    rig.requests(1000, Outcome::Success);
    rig.pool.add_key("a", key("3"));
    rig.requests(300, Outcome::Success);
    let requests: Vec<_> = rig.view("a").keys.iter().map(|key| key.counters.requests).collect();
    assert_eq!(requests, [600, 600, 100]);
}

#[test]
fn an_endpoint_that_wants_no_key_is_asked_without() {
    let mut rig = Rig::new([endpoint("a", &[])]);
    let assignment = rig.request(Outcome::Success);
    assert!(assignment.key.is_none());
    assert!(rig.view("a").keys.is_empty());
    // Without a key there is none to blame.
    rig.request(Outcome::KeyDead);
    assert!(rig.assignment().key.is_none());
    assert_eq!(rig.view("a").counters.failures, 1);
}

#[test]
fn only_what_fits_is_asked() {
    let mut rig = Rig::new([endpoint("a", &["a1"]), endpoint("b", &["b1"])]);
    let mut die = Die::new(3);
    for _ in 0..50 {
        let fits = |endpoint: &Endpoint| {
            assert!(endpoint.keys.is_empty(), "keys stay in the pool");
            endpoint.name == "b"
        };
        let ask = Ask { affinity: None, tried: &[], fits: &fits };
        match rig.pool.pick(&ask, rig.now, die.chance()) {
            Pick::Go(assignment) => assert_eq!(assignment.endpoint.name, "b"),
            other => panic!("{other:?}"),
        }
    }
    let ask = Ask { affinity: None, tried: &[], fits: &|_| false };
    let unfit = rig.pool.pick(&ask, rig.now, 0.5);
    assert!(matches!(unfit, Pick::Nothing(Nothing::Unfit)));
    assert_eq!(Rig::new([]).nothing(), Nothing::Empty);
}
