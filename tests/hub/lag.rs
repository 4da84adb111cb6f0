//! Clients that take nothing.

use std::time::Duration;

use perennial_sse::hub::{Input, Lag, MaxLag, Policy, Reason};

use super::rig::{Rig, policy};

const SECOND: Duration = Duration::from_secs(1);

fn lagging(lag: Lag, events: u64) -> Policy {
    let max_lag = MaxLag { events, bytes: u64::MAX, age: Duration::MAX };
    Policy { lag, max_lag, ..policy() }
}

#[test]
fn one_who_takes_nothing_gets_nothing_and_then_everything() {
    let mut rig = Rig::new(policy());
    let slow = rig.connect(&["a"], None);
    let quick = rig.connect(&["a"], None);
    rig.step(Input::Stall(slow));
    for round in 0..5 {
        rig.publish("a", &format!("{round}"));
    }
    assert!(rig.data(slow).is_empty());
    assert_eq!(rig.data(quick).len(), 5, "the other is not held up");
    rig.step(Input::Resume(slow));
    rig.pages(0);
    rig.publish("a", "5");
    assert_eq!(rig.data(slow), ["0", "1", "2", "3", "4", "5"]);
}

#[test]
fn one_who_is_too_far_behind_is_closed_and_comes_back_where_it_was() {
    let mut rig = Rig::new(lagging(Lag::Disconnect, 3));
    let slow = rig.connect(&["a"], None);
    rig.step(Input::Stall(slow));
    for round in 0..3 {
        rig.publish("a", &format!("{round}"));
    }
    rig.pass(SECOND);
    assert_eq!(rig.heard[&slow].end, None, "three are not too many");
    rig.publish("a", "3");
    rig.pass(SECOND);
    assert_eq!(rig.heard[&slow].end, Some(Reason::Lag));
    let again = rig.connect(&["a"], Some(&rig.last_id(slow)));
    rig.pages(0);
    assert_eq!(rig.data(again), ["0", "1", "2", "3"]);
}

#[test]
fn one_who_comes_back_without_progress_skips() {
    let mut rig = Rig::new(lagging(Lag::Disconnect, 3));
    let slow = rig.connect(&["a"], None);
    let id = rig.last_id(slow);
    rig.step(Input::Stall(slow));
    (0..5).for_each(|round| _ = rig.publish("a", &format!("{round}")));
    rig.pass(SECOND);
    let again = rig.connect(&["a"], Some(&id));
    rig.step(Input::Stall(again));
    rig.publish("a", "5");
    rig.pass(SECOND);
    assert_eq!(rig.heard[&again].end, None);
    assert_eq!(rig.lags.last(), Some(&(again, Lag::Skip)));
    assert_eq!(rig.named(again, "gap"), [r#"{"channel":"a","from":1,"reason":"lag","to":6}"#]);
    rig.step(Input::Resume(again));
    rig.pages(0);
    rig.publish("a", "6");
    assert_eq!(rig.data(again), ["6"]);
}

#[test]
fn age_counts_from_the_first_event_that_is_missing() {
    let max_lag = MaxLag { events: u64::MAX, bytes: u64::MAX, age: 10 * SECOND };
    let mut rig = Rig::new(Policy { lag: Lag::Skip, max_lag, ..policy() });
    let slow = rig.connect(&["a"], None);
    rig.step(Input::Stall(slow));
    for _ in 0..100 {
        rig.pass(SECOND);
    }
    assert!(rig.lags.is_empty(), "nothing is missing");
    rig.publish("a", "0");
    for _ in 0..10 {
        rig.pass(SECOND);
    }
    assert!(rig.lags.is_empty());
    rig.pass(2 * SECOND);
    assert_eq!(rig.lags, [(slow, Lag::Skip)]);
}

#[test]
fn of_several_with_one_key_the_newest_is_enough() {
    let mut rig = Rig::new(lagging(Lag::Latest, 3));
    let slow = rig.connect(&["a"], None);
    rig.step(Input::Stall(slow));
    for (data, key) in [
        ("x1", Some("x")),
        ("plain", None),
        ("y1", Some("y")),
        ("x2", Some("x")),
        ("x3", Some("x")),
    ] {
        rig.publish_key("a", data, key, Vec::new());
    }
    rig.pass(SECOND);
    rig.pass(SECOND);
    assert_eq!(rig.lags, [(slow, Lag::Latest)], "it is told once");
    rig.step(Input::Resume(slow));
    rig.pages(0);
    assert_eq!(rig.data(slow), ["plain", "y1", "x3"]);
    assert!(rig.named(slow, "gap").is_empty());
}

#[test]
fn only_a_little_that_has_no_place_waits_for_one_who_takes_nothing() {
    let mut rig = Rig::new(policy());
    let slow = rig.connect(&["a"], None);
    let frame = || b"data: direct\n\n".to_vec();
    rig.step(Input::Stall(slow));
    for _ in 0..100_000 {
        rig.step(Input::Send(slow, frame()));
    }
    let most = 64 * 1024 / frame().len();
    assert_eq!(rig.data(slow).len(), most);
    assert!(!rig.hub.accepts(slow, frame().len()));
    rig.step(Input::Resume(slow));
    assert!(rig.hub.accepts(slow, frame().len()));
}

#[test]
fn a_peer_that_takes_nothing_for_too_long_is_closed() {
    let mut rig = Rig::new(Policy { write_timeout: Some(10 * SECOND), ..policy() });
    let dead = rig.connect(&["a"], None);
    let slow = rig.connect(&["a"], None);
    for client in [dead, slow] {
        rig.step(Input::Stall(client));
    }
    rig.pass(9 * SECOND);
    rig.step(Input::Resume(slow));
    rig.step(Input::Stall(slow));
    rig.pass(SECOND);
    assert_eq!(rig.heard[&dead].end, Some(Reason::Timeout));
    assert_eq!(rig.heard[&slow].end, None);
}
