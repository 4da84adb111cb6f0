//! Who goes to a canary, and who never does.

use perennial_sse::pool::{Endpoint, Outcome, Pick, Tried};

use super::rig::{Rig, endpoint, key, ms};

fn canary(name: &str, canary: u16) -> Endpoint {
    Endpoint { canary, ..endpoint(name, &[name]) }
}

/// Where a caller of this affinity goes.
fn side(rig: &mut Rig, affinity: Option<u16>) -> String {
    match rig.pick(affinity, &[]) {
        Pick::Go(assignment) => {
            rig.release(&assignment);
            assignment.endpoint.name.clone()
        }
        other => panic!("expected an assignment, got {other:?}"),
    }
}

#[test]
fn a_canary_gets_its_share_of_callers_and_keeps_them() {
    let mut rig = Rig::new([endpoint("a", &["a1"]), canary("new", 500), endpoint("b", &["b1"])]);
    let mut sides = Vec::new();
    for place in 0..10_000 {
        let side = side(&mut rig, Some(place));
        sides.push(side == "new");
    }
    assert_eq!(sides.iter().filter(|new| **new).count(), 500);
    for (place, new) in (0..10_000).zip(sides) {
        assert_eq!(side(&mut rig, Some(place)) == "new", new, "{place} changed sides");
    }
}

#[test]
fn chance_gives_a_canary_its_share_and_the_others_theirs() {
    let heavy = Endpoint { weight: 3.0, ..endpoint("b", &["b1"]) };
    let mut rig = Rig::new([endpoint("a", &["a1"]), heavy, canary("new", 2000)]);
    let count = |rig: &mut Rig, name| {
        let hits = (0..10_000).filter(|_| side(rig, None) == name).count();
        f64::from(u32::try_from(hits).expect("at most 10,000")) / 10_000.0
    };
    for (name, share) in [("new", 0.2), ("a", 0.2), ("b", 0.6)] {
        let got = count(&mut rig, name);
        assert!((got - share).abs() < 0.01, "{name}: {got}");
    }
}

#[test]
fn several_canaries_have_callers_of_their_own() {
    let mut rig = Rig::new([canary("x", 1000), endpoint("a", &["a1"]), canary("y", 3000)]);
    for (place, name) in
        [(0, "x"), (999, "x"), (1000, "y"), (3999, "y"), (4000, "a"), (9999, "a"), (10_000, "x")]
    {
        assert_eq!(side(&mut rig, Some(place)), name, "{place}");
    }
    // More than all: the first in order come first.
    let mut rig = Rig::new([canary("x", 9000), canary("y", 9000), endpoint("a", &["a1"])]);
    assert_eq!(side(&mut rig, Some(8999)), "x");
    assert_eq!(side(&mut rig, Some(9999)), "y");
}

#[test]
fn callers_of_a_canary_go_elsewhere_while_it_cannot_be_asked() {
    let mut rig = Rig::new([endpoint("a", &["a1"]), canary("new", 10_000)]);
    let assignment = rig.assignment();
    assert_eq!(assignment.endpoint.name, "new");

    let Pick::Go(other) = rig.pick(Some(1), &[Tried::endpoint(&assignment)]) else {
        panic!("an assignment")
    };
    assert_eq!(other.endpoint.name, "a", "it was tried");

    rig.report(&assignment, Outcome::KeyCooling(Some(ms(10))));
    assert_eq!(side(&mut rig, Some(1)), "a", "its key cools");
    rig.now += ms(10);
    assert_eq!(side(&mut rig, Some(1)), "new");

    for _ in 0..5 {
        rig.report(&assignment, Outcome::EndpointFailed);
    }
    assert_eq!(side(&mut rig, Some(1)), "a", "its breaker is open");
}

#[test]
fn callers_who_leave_a_canary_spread_evenly() {
    let others = ["a", "b"].map(|name| endpoint(name, &[name]));
    // The second one has the last tenth only: more than all callers there are not.
    let canaries = [canary("x", 9000), canary("y", 9000)];
    let mut rig = Rig::new(canaries.into_iter().chain(others));
    for name in ["x", "y"] {
        rig.pool.remove_key(name, name);
        let sides: Vec<_> = (0..10_000).map(|_| side(&mut rig, None)).collect();
        let [a, b] = ["a", "b"].map(|name| sides.iter().filter(|side| *side == name).count());
        assert!(a + b > 900 && a.abs_diff(b) < (a + b) / 10, "{name}: {a} and {b}");
        rig.pool.add_key(name, key(name));
    }
}

#[test]
fn a_canarys_other_key_keeps_the_caller_on_its_side() {
    let new = Endpoint { canary: 1, ..endpoint("new", &["1", "2"]) };
    let mut rig = Rig::new([endpoint("a", &["a1"]), new]);
    let Pick::Go(first) = rig.pick(Some(0), &[]) else { panic!("an assignment") };
    let Pick::Go(second) = rig.pick(Some(0), &[Tried::key(&first)]) else {
        panic!("an assignment")
    };
    assert_eq!([&first.endpoint.name, &second.endpoint.name], ["new", "new"]);
    assert_ne!(first.key, second.key);
}

#[test]
fn a_canary_gets_no_other_traffic_unless_nothing_else_can_be_asked() {
    let mut rig = Rig::new([endpoint("a", &["a1"]), canary("new", 1)]);
    let assignment = rig.assignment();
    let tried = [Tried::endpoint(&assignment)];
    let again = rig.after(&tried);
    assert_eq!(again.endpoint.name, "a", "rather the same again");
    rig.report(&assignment, Outcome::KeyCooling(None));
    assert_eq!(rig.after(&tried).endpoint.name, "new", "rather than a wait");
}
