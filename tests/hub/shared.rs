//! A hub whose log others share: events that the log takes later, channels that stand somewhere else, users that are
//! not admitted any more.

use std::time::Duration;

use perennial_sse::hub::{Had, Head, Input, Place, Reason, Refusal, Revocation};
use perennial_sse::log::{Generation, Key};

use super::rig::{Rig, policy};

fn unlogged(data: &str) -> Input {
    Input::Unlogged("a".into(), format!("data: {data}\n\n").into_bytes().into())
}

#[test]
fn who_had_an_event_before_the_log_took_it_is_told_its_place_alone() {
    let mut rig = Rig::new(policy());
    let here = rig.connect(&["a"], None);
    let before = rig.last_id(here);
    let behind = rig.connect(&["a"], None);
    rig.step(Input::Stall(behind));
    rig.publish("a", "0");
    let had = Had { upto: behind, but: rig.hub.lacking("a") };
    assert_eq!(had.but, [behind]);
    rig.step(unlogged("1"));
    let later = rig.connect(&["a"], None);
    rig.publish_late("a", "1", had);
    rig.step(Input::Resume(behind));
    rig.pages(0);
    for (client, data) in [(here, vec!["0", "1"]), (behind, vec!["0", "1"]), (later, vec!["1"])] {
        assert_eq!(rig.data(client), data);
    }
    assert_eq!(rig.last_id(here), rig.last_id(behind), "all stand behind it");
    assert_eq!(rig.last_id(here), rig.last_id(later));
    let again = rig.connect(&["a"], Some(&before));
    rig.pages(0);
    assert_eq!(rig.data(again), ["0", "1"], "the log has it, once");
}

#[test]
fn a_channel_that_begins_anew_is_told_as_a_gap_to_those_who_are_here() {
    let mut rig = Rig::new(policy());
    let client = rig.connect(&["a"], None);
    rig.publish("a", "0");
    let epoch = Generation::new(4711);
    rig.log.begin(&Key::channel("a"), epoch, 7, rig.now);
    rig.step(Input::Move(Head { channel: "a".into(), place: Place { epoch, offset: 7 } }));
    rig.pages(0);
    let gaps = rig.named(client, "gap");
    assert_eq!(gaps.len(), 1);
    assert!(gaps[0].contains("epoch"), "{}", gaps[0]);
    rig.publish("a", "8");
    assert_eq!(rig.data(client), ["0", "8"]);
    let id = rig.last_id(client);
    let place = rig.position(&id).and_then(|position| position.of("a"));
    assert_eq!(place, Some(Place { epoch, offset: 8 }));
}

#[test]
fn a_channel_that_stands_where_it_stood_is_no_gap() {
    let mut rig = Rig::new(policy());
    let client = rig.connect(&["a"], None);
    rig.publish("a", "0");
    let head = rig.head("a");
    rig.step(Input::Move(head));
    assert!(!rig.page(0));
    assert_eq!(rig.named(client, "gap"), [""; 0]);
}

#[test]
fn a_revoked_user_ends_and_comes_back_only_with_what_was_issued_later() {
    let mut rig = Rig::new(policy());
    let ann = rig.connect_to(0, Some("ann"), &["a"], None, None);
    let bob = rig.connect_to(0, Some("bob"), &["a"], None, None);
    let at = rig.now;
    let until = at + Duration::from_secs(60);
    rig.step(Input::Revoke(Revocation { user: "ann".into(), at, until }));
    assert_eq!(rig.heard[&ann].end, Some(Reason::Revoked));
    assert_eq!(rig.heard[&bob].end, None);

    let (before, after) = (at / 2, at * 2);
    assert!(!rig.admits("ann", None), "it does not say when it was issued");
    assert!(!rig.admits("ann", Some(before)));
    assert!(rig.admits("ann", Some(after)));
    let again = rig.connect_issued("ann", after);
    rig.step(Input::Revoke(Revocation { user: "ann".into(), at, until }));
    assert_eq!(rig.heard[&again].end, None, "a revocation that is told again ends nobody");
    assert!(rig.refused.iter().all(|(refusal, _)| *refusal == Refusal::Revoked));
    rig.pass(Duration::from_secs(61));
    assert!(rig.admits("ann", None));
    assert!(!rig.admits("ann", Some(before)), "what is old stays old");
}
