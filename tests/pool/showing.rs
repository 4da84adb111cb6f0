//! What may be seen of a pool: views, changes, and never a secret.

use perennial_sse::pool::{Endpoint, Key, Outcome, Prefill, PrefillStyle};
use serde_json::{json, to_value};

use super::rig::{Rig, endpoint, ms, secs};

#[test]
fn a_view_has_the_shape_that_javascript_sees() {
    let first = Endpoint { weight: 2.5, priority: -1, ..endpoint("a", &["1", "2"]) };
    let second = Endpoint { canary: 250, ..endpoint("b", &[]) };
    let mut rig = Rig::new([first, second]);
    let assignment = rig.assignment();
    rig.report(&assignment, Outcome::KeyCooling(Some(ms(1500))));
    rig.now += ms(1) / 2;
    let expected = json!([
        {
            "name": "a", "baseUrl": "https://a.example/v1", "weight": 2.5, "priority": -1,
            "canary": 0.0, "breaker": "closed", "requests": 1, "failures": 0, "active": 1,
            "keys": [
                { "key": "1", "state": "cooling", "coolsFor": 1500,
                  "requests": 1, "failures": 1, "active": 1 },
                { "key": "2", "state": "ok", "requests": 0, "failures": 0, "active": 0 },
            ],
        },
        {
            "name": "b", "baseUrl": "https://b.example/v1", "weight": 1.0, "priority": 0,
            "canary": 0.025, "breaker": "closed", "requests": 0, "failures": 0, "active": 0,
            "keys": [],
        },
    ]);
    assert_eq!(to_value(rig.pool.view(rig.now)).expect("plain data"), expected);
}

#[test]
fn a_view_shows_what_time_did_without_a_call() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.requests(5, Outcome::EndpointFailed);
    rig.request(Outcome::KeyCooling(None));
    let view = rig.view("a");
    assert_eq!((view.breaker, view.opens_for), ("open", Some(5000)));
    assert_eq!((view.keys[0].state, view.keys[0].cools_for), ("cooling", Some(5000)));
    rig.now += secs(5);
    let view = rig.view("a");
    assert_eq!((view.breaker, view.opens_for), ("half-open", None));
    assert_eq!((view.keys[0].state, view.keys[0].cools_for), ("ok", None));
}

#[test]
fn changes_are_told_once_with_from_and_to() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.requests(5, Outcome::EndpointFailed);
    rig.now += secs(5);
    rig.request(Outcome::EndpointFailed);
    rig.now += secs(10);
    rig.request(Outcome::Success);
    let expected = [
        "a: closed to open, failures",
        "a: open to half-open, rested",
        "a: half-open to open, probe-failed",
        "a: open to half-open, rested",
        "a: half-open to closed, probe-succeeded",
    ];
    assert_eq!(rig.changes(), expected);

    let assignments = [rig.assignment(), rig.assignment()];
    for assignment in &assignments {
        rig.report(assignment, Outcome::KeyCooling(None));
    }
    rig.now += secs(5);
    rig.pool.settle(rig.now);
    rig.pool.settle(rig.now);
    for assignment in &assignments {
        rig.report(assignment, Outcome::KeyDead);
    }
    rig.pool.revive(None);
    rig.pool.revive(None);
    let expected = [
        "a 1: ok to cooling, rate-limited",
        "a 1: cooling to ok, rested",
        "a 1: ok to dead, refused",
        "a 1: dead to ok, revived",
    ];
    assert_eq!(rig.changes(), expected);
    assert!(rig.changes().is_empty());
}

#[test]
fn a_change_serializes_as_javascript_sees_it() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    rig.requests(5, Outcome::EndpointFailed);
    rig.request(Outcome::KeyDead);
    let changes = to_value(rig.pool.take_changes()).expect("plain data");
    let expected = json!([
        { "endpoint": "a", "from": "closed", "to": "open", "reason": "failures" },
        { "endpoint": "a", "key": "1", "from": "ok", "to": "dead", "reason": "refused" },
    ]);
    assert_eq!(changes, expected);
}

#[test]
fn changes_that_nobody_takes_do_not_pile_up() {
    let mut rig = Rig::new([endpoint("a", &["1"])]);
    for _ in 0..10_000 {
        rig.request(Outcome::KeyDead);
        rig.pool.revive(None);
    }
    let changes = rig.changes();
    assert_eq!(changes.len(), 1024);
    assert_eq!(changes[1023], "a 1: dead to ok, revived");
}

#[test]
fn secrets_are_seen_nowhere() {
    let declared = Endpoint {
        base_url: "https://me:SECRET@a.example:8443/v1/x@y?key=SECRET&v=SECRET&SECRET#SECRET"
            .into(),
        headers: vec![("x-token".into(), "SECRET".into())],
        keys: vec![Key { hash: "1".into(), secret: "SECRET".into() }],
        ..endpoint("a", &[])
    };
    let debug = format!("{declared:?}");
    assert!(debug.contains("x-token") && debug.contains("hash: \"1\""), "{debug}");
    let mut rig = Rig::new([declared]);
    let pick = rig.pick(None, &[]);
    let assignment = rig.assignment();
    rig.report(&assignment, Outcome::KeyDead);
    let view = rig.pool.view(rig.now);
    assert_eq!(view[0].base_url, "https://a.example:8443/v1/x@y?key=***&v=***&***");
    let changes = rig.pool.take_changes();
    let debugs = format!("{:?} {pick:?} {assignment:?} {view:?} {changes:?}", rig.pool);
    let json = to_value((view, changes)).expect("plain data").to_string();
    for seen in [debug, debugs, json] {
        assert!(!seen.contains("SECRET"), "{seen}");
    }
    assert_eq!(assignment.key.map(|key| key.secret.clone()).as_deref(), Some("SECRET"));
}

#[test]
fn urls_that_are_none_are_shown_without_what_may_be_secret() {
    for (url, shown) in [
        ("", ""),
        ("/v1", "/v1"),
        ("a.example?", "a.example"),
        ("http://", "http://"),
        ("http://me@", "http://"),
        ("http://me:p@ss@a/b", "http://a/b"),
        ("http://a?&x=1&&y", "http://a?x=***&***"),
        ("日本@例え", "例え"),
    ] {
        let rig = Rig::new([Endpoint { base_url: url.into(), ..endpoint("a", &[]) }]);
        assert_eq!(rig.view("a").base_url, shown, "{url}");
    }
}

#[test]
fn an_endpoint_is_read_from_json() {
    let endpoint: Endpoint = serde_json::from_value(json!({
        "name": "a", "baseUrl": "https://a.example", "weight": 1, "priority": -2, "canary": 10_000,
        "headers": [["x-a", "b"]], "doneProves": false, "keyHeader": null,
        "prefill": { "style": "deepseek", "echo": null },
        "keys": [{ "hash": "1", "secret": "s" }],
    }))
    .expect("as the boundary has it");
    assert_eq!(endpoint.headers, [("x-a".to_owned(), "b".to_owned())]);
    assert_eq!((endpoint.priority, endpoint.canary, endpoint.key_header), (-2, 10_000, None));
    let expected = Prefill { style: PrefillStyle::Deepseek, echo: None };
    assert_eq!(endpoint.prefill, Some(expected));
    assert_eq!(endpoint.keys, [Key { hash: "1".into(), secret: "s".into() }]);
}
