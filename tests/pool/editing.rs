//! A pool that is edited while its assignments are out.

use perennial_sse::pool::{Nothing, Outcome, Share, Taken};

use super::rig::{Rig, endpoint, hash, key, ms};

#[test]
fn a_name_is_given_once() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    assert_eq!(rig.pool.add(endpoint("a", &["2"])), Err(Taken));
    assert!(rig.pool.remove("a"));
    assert!(!rig.pool.remove("a"));
    assert_eq!(rig.pool.add(endpoint("a", &["2"])), Ok(()));
    assert_eq!(hash(&rig.assignment()), "2");
}

#[test]
fn a_lease_outlives_its_endpoint() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    let assignment = rig.assignment();
    rig.pool.remove("a");
    assert_eq!(rig.nothing(), Nothing::Empty);
    assert_eq!(assignment.endpoint.base_url, "https://a.example/v1");
    assert_eq!(assignment.key.as_deref(), Some(&key("1")));

    // One with the same name and key is another one.
    rig.pool.add(endpoint("a", &["1"])).expect("the name is free");
    let newer = rig.assignment();
    rig.report(&assignment, Outcome::KeyDead);
    for _ in 0..9 {
        rig.report(&assignment, Outcome::EndpointFailed);
    }
    rig.release(&assignment);
    let view = rig.view("a");
    assert_eq!((view.breaker, view.keys[0].state), ("closed", "ok"));
    assert_eq!((view.counters.active, view.counters.failures), (1, 0));
    rig.release(&newer);
    assert_eq!(rig.view("a").counters.active, 0);
    assert!(rig.changes().is_empty());
}

#[test]
fn an_update_changes_the_traffic_and_nothing_else() {
    let mut rig = Rig::new([endpoint("a", &["1", "2"]), endpoint("b", &["3"])]);
    rig.requests(40, Outcome::Success);
    let assignment = rig.assignment();
    while rig.view("a").keys[0].state == "ok" {
        let assignment = rig.assignment();
        if hash(&assignment) == "1" {
            rig.report(&assignment, Outcome::KeyCooling(Some(ms(60_000))));
        }
        rig.release(&assignment);
    }
    let before = rig.view("a");
    assert!(rig.pool.update("a", &Share { weight: Some(3.0), canary: None }));
    let after = rig.view("a");
    assert!(after.weight > 2.9 && after.canary < 0.1);
    assert_eq!(after.counters, before.counters);
    assert_eq!(after.keys, before.keys);
    let asked = |rig: &mut Rig, name: &str| {
        let before = rig.view(name).counters.requests;
        rig.requests(400, Outcome::Success);
        rig.view(name).counters.requests - before
    };
    let share = asked(&mut rig, "a");
    assert!((260..340).contains(&share), "{share} of 400 by a weight of 3 to 1");

    // No callers but those of the canary, and then all the others, too.
    assert!(rig.pool.update("a", &Share { weight: None, canary: Some(1000) }));
    let share = asked(&mut rig, "a");
    assert!((15..80).contains(&share), "{share} of 400 by a tenth");
    assert!(rig.pool.update("a", &Share { weight: Some(1.0), canary: Some(0) }));
    let share = asked(&mut rig, "a");
    assert!((150..250).contains(&share), "{share} of 400 by halves");
    assert!(!rig.pool.update("c", &Share::default()));
    rig.release(&assignment);
    assert_eq!(rig.view("a").counters.active + rig.view("b").counters.active, 0);
}

#[test]
fn an_open_breaker_stays_open_when_the_weight_changes() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.requests(9, Outcome::EndpointFailed);
    assert_eq!(rig.view("a").breaker, "open");
    assert!(rig.pool.update("a", &Share { weight: Some(9.0), canary: Some(1) }));
    assert_eq!(rig.view("a").breaker, "open");
}

#[test]
fn a_lease_outlives_its_key() {
    let mut rig = Rig::new([endpoint("a", &["1", "2"])]);
    let assignment = rig.assignment();
    assert_eq!(hash(&assignment), "1");
    assert!(rig.pool.remove_key("a", "1"));
    assert!(!rig.pool.remove_key("a", "1"));
    assert!(!rig.pool.remove_key("b", "2"));
    rig.report(&assignment, Outcome::KeyDead);
    rig.report(&assignment, Outcome::EndpointFailed);
    assert_eq!(rig.view("a").counters.failures, 1, "the endpoint is still there");
    assert_eq!(rig.view("a").counters.active, 1);
    rig.release(&assignment);
    assert_eq!(rig.view("a").counters.active, 0);
    assert_eq!(rig.keys("a"), ["ok"]);
}

#[test]
fn a_rotated_key_leaves_its_place_to_a_new_one() {
    let mut rig = Rig::new([endpoint("a", &["1", "2"])]);
    let assignment = rig.assignment();
    rig.report(&assignment, Outcome::KeyDead);
    assert!(rig.pool.rotate_key("a", "1", key("3")));
    assert!(!rig.pool.rotate_key("a", "1", key("4")));
    assert!(!rig.pool.rotate_key("b", "2", key("4")));
    rig.report(&assignment, Outcome::KeyDead);
    rig.release(&assignment);
    let view = rig.view("a");
    let keys: Vec<_> = view.keys.iter().map(|key| (key.key.as_str(), key.state)).collect();
    assert_eq!(keys, [("3", "ok"), ("2", "ok")]);
    assert_eq!(hash(&rig.assignment()), "3");
}

#[test]
fn a_key_rotated_to_itself_is_as_new() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.request(Outcome::KeyDead);
    assert!(rig.pool.rotate_key("a", "1", key("1")));
    assert_eq!(hash(&rig.assignment()), "1");
}

#[test]
fn a_key_rotated_to_one_that_is_there_just_goes() {
    let mut rig = Rig::new([endpoint("a", &["1", "2"])]);
    rig.request(Outcome::KeyDead);
    rig.request(Outcome::KeyCooling(None));
    assert!(rig.pool.rotate_key("a", "1", key("2")));
    assert_eq!(rig.keys("a"), ["cooling"]);
}

#[test]
fn a_key_is_added_once() {
    let mut rig = Rig::new([endpoint("a", &["1", "1"])]);
    rig.request(Outcome::KeyDead);
    assert!(rig.pool.add_key("a", key("1")));
    assert_eq!(rig.keys("a"), ["dead"], "adding does not revive");
    assert!(rig.pool.add_key("a", key("2")));
    assert_eq!(hash(&rig.assignment()), "2");
    assert!(!rig.pool.add_key("b", key("2")));
}

#[test]
fn an_endpoint_without_its_last_key_is_not_asked_without_one() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.pool.remove_key("a", "1");
    assert_eq!(rig.nothing(), Nothing::Dead { keys: 0 });
    rig.pool.add_key("a", key("2"));
    assert_eq!(hash(&rig.assignment()), "2");
}

#[test]
fn an_endpoint_that_wanted_no_key_wants_one_once_it_gets_one() {
    let mut rig = Rig::new([endpoint("a", &[])]);
    let assignment = rig.assignment();
    rig.pool.add_key("a", key("1"));
    rig.report(&assignment, Outcome::KeyCooling(Some(ms(50))));
    rig.release(&assignment);
    assert_eq!(hash(&rig.assignment()), "1");
    rig.pool.remove_key("a", "1");
    assert_eq!(rig.nothing(), Nothing::Dead { keys: 0 });
}

#[test]
fn a_probe_of_a_removed_endpoint_blocks_nobody() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.requests(5, Outcome::EndpointFailed);
    rig.now += ms(5000);
    let probe = rig.assignment();
    rig.pool.remove("a");
    rig.pool.add(endpoint("a", &["1"])).expect("the name is free");
    rig.report(&probe, Outcome::EndpointFailed);
    rig.release(&probe);
    assert_eq!(rig.view("a").breaker, "closed");
}
