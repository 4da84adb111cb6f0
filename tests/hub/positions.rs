//! Positions, and what a client gets that comes back with one.

use std::time::Duration;

use perennial_sse::hub::{Place, Position};
use perennial_sse::log::Generation;

use super::rig::{Rig, policy};

#[test]
fn the_first_id_has_all_channels_so_that_the_first_event_of_a_quiet_one_is_not_lost() {
    let mut rig = Rig::new(policy());
    let client = rig.connect(&["a", "quiet"], None);
    let id = rig.last_id(client);
    rig.publish("quiet", "first");
    let again = rig.connect(&["a", "quiet"], Some(&id));
    rig.pages(0);
    assert_eq!(rig.data(again), ["first"]);
}

#[test]
fn a_position_is_that_of_the_client_who_has_it_not_of_the_channel() {
    let mut rig = Rig::new(policy());
    let client = rig.connect(&["a", "b"], None);
    for round in 0..3 {
        rig.publish("a", &format!("a{round}"));
        rig.publish("b", &format!("b{round}"));
    }
    assert_eq!(rig.data(client), ["a0", "b0", "a1", "b1", "a2", "b2"]);
    let ids: Vec<String> = rig.heard[&client].blocks.iter().filter_map(|b| b.id.clone()).collect();
    for (place, id) in ids.iter().enumerate() {
        let again = rig.connect(&["a", "b"], Some(id));
        rig.pages(0);
        let mut missed = rig.data(again);
        missed.sort_unstable();
        let mut expected = rig.data(client).split_off(place);
        expected.sort_unstable();
        assert_eq!(missed, expected, "behind {place} events");
    }
}

#[test]
fn clients_that_come_back_together_are_served_together() {
    let mut rig = Rig::new(policy());
    let first = rig.connect(&["a"], None);
    let id = rig.last_id(first);
    for round in 0..20 {
        rig.publish("a", &format!("{round}"));
    }
    let clients: Vec<u32> = (0..500).map(|_| rig.connect(&["a"], Some(&id))).collect();
    rig.pages(0);
    assert_eq!(rig.pages, 1, "the log is read once for all of them");
    for client in clients {
        assert_eq!(rig.data(client).len(), 20);
    }
}

#[test]
fn clients_that_come_back_one_after_another_read_each_page_once() {
    let mut rig = Rig::new(policy());
    let first = rig.connect(&["a"], None);
    let id = rig.last_id(first);
    for round in 0..20 {
        rig.publish("a", &format!("{round}"));
    }
    for round in 20..220 {
        let again = rig.connect(&["a"], Some(&id));
        rig.pages(0);
        assert_eq!(rig.data(again).len(), 20);
        rig.pass(Duration::from_millis(10));
        rig.step(perennial_sse::hub::Input::Leave(again));
        assert_eq!(rig.pages, 1, "client {round}");
    }
    rig.publish("a", "20");
    let again = rig.connect(&["a"], Some(&id));
    rig.pages(0);
    assert_eq!(rig.data(again).last(), Some(&"20"), "what came since is read");
    assert_eq!((rig.data(again).len(), rig.pages), (21, 2));
}

#[test]
fn what_the_log_lacks_is_told_as_a_gap_once() {
    let mut rig = Rig::new(policy());
    let first = rig.connect(&["a"], None);
    let id = rig.last_id(first);
    for round in 0..100 {
        rig.publish("a", &format!("{round}"));
    }
    let again = rig.connect(&["a"], Some(&id));
    rig.pages(0);
    let gaps = rig.named(again, "gap");
    assert_eq!(gaps, [r#"{"channel":"a","from":1,"reason":"trimmed","to":70}"#]);
    assert_eq!(rig.data(again).first(), Some(&"70"));
    assert_eq!(rig.data(again).len(), 30);
    let once_more = rig.connect(&["a"], Some(&rig.last_id(again)));
    rig.pages(0);
    assert_eq!(rig.named(once_more, "gap"), [""; 0]);
}

#[test]
fn a_place_in_another_life_of_a_channel_is_a_gap() {
    let mut rig = Rig::new(policy());
    rig.publish("a", "1");
    let strange = [("a", Place { epoch: Generation::new(77_777), offset: 1 })];
    let mut text = Vec::new();
    perennial_sse::hub::write_position(strange.into_iter(), &mut text);
    let client = rig.connect(&["a"], std::str::from_utf8(&text).ok());
    rig.pages(0);
    let gaps = rig.named(client, "gap");
    assert_eq!(gaps, [r#"{"channel":"a","from":0,"reason":"epoch","to":0}"#]);
    assert_eq!(rig.data(client), ["1"]);
}

#[test]
fn channels_that_were_joined_and_left_are_in_the_position_or_not() {
    let mut rig = Rig::new(policy());
    let client = rig.connect(&["a"], None);
    let head = rig.head("b");
    rig.step(perennial_sse::hub::Input::Subscribe(client, head));
    let with = Position::parse(&rig.last_id(client)).expect("a position");
    assert_eq!(with.channels().collect::<Vec<_>>(), ["a", "b"]);
    rig.publish("b", "to b");
    rig.step(perennial_sse::hub::Input::Unsubscribe(client, "a".into()));
    rig.publish("a", "to a");
    let without = Position::parse(&rig.last_id(client)).expect("a position");
    assert_eq!(without.channels().collect::<Vec<_>>(), ["b"]);
    assert_eq!(rig.data(client), ["to b"]);
}

#[test]
fn what_is_no_position_is_none() {
    let mut text = Vec::new();
    let place = Place { epoch: Generation::new(5), offset: u64::MAX };
    perennial_sse::hub::write_position([("a", place), ("b", place)].into_iter(), &mut text);
    let text = String::from_utf8(text).expect("text");
    let position = Position::parse(&text).expect("a position");
    assert_eq!(position.of("b"), Some(place));
    for end in 0..text.len() {
        // Cut where a channel ends it is a shorter one; anywhere else it is none.
        if let Some(cut) = Position::parse(&text[..end]) {
            assert!(cut.channels().count() < 2);
        }
    }
    let mut chance = fastrand::Rng::with_seed(1);
    for _ in 0..20_000 {
        let mut bytes = text.clone().into_bytes();
        let at = chance.usize(0..bytes.len());
        bytes[at] = chance.u8(..);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            _ = Position::parse(text);
        }
    }
    for text in ["", "A", "AQ==", "0", "Ag", "AQEqAuDEdRyOAAEqAuDEdRyOAA", &"A".repeat(1025)] {
        assert_eq!(Position::parse(text), None, "{text}");
    }
    assert_eq!(Position::parse("AQ"), Some(Position::default()));
}

#[test]
fn a_client_of_many_channels_has_a_short_position_all_the_same() {
    let names: Vec<String> =
        (0..200).map(|number| format!("a channel with the number {number}")).collect();
    let channels: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut rig = Rig::new(policy());
    let client = rig.connect(&channels, None);
    let mut chance = fastrand::Rng::with_seed(3);
    let mut ids = vec![rig.last_id(client)];
    for round in 0..3000 {
        let channel = channels[chance.usize(0..channels.len())];
        rig.publish(channel, &format!("{round}"));
        ids.push(rig.last_id(client));
    }
    assert_eq!(rig.data(client).len(), 3000);
    assert!(ids.iter().all(|id| id.len() <= 1024));
    assert!(rig.kept.len() < 10, "{} snapshots", rig.kept.len());
    for (place, id) in ids.iter().enumerate().skip(2900) {
        let again = rig.connect(&channels, Some(id));
        rig.pages(0);
        assert_eq!(rig.data(again).len(), 3000 - place);
        rig.step(perennial_sse::hub::Input::Leave(again));
    }
}

#[test]
fn a_position_is_kept_anew_before_it_is_forgotten() {
    let names: Vec<String> =
        (0..100).map(|number| format!("a channel with the number {number}")).collect();
    let channels: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut rig = Rig::new(policy());
    let client = rig.connect(&channels, None);
    let first = rig.last_id(client);
    rig.pass(super::rig::BOUNDS.age);
    rig.publish(channels[0], "late");
    let second = rig.last_id(client);
    assert_ne!(Position::snapshot_key(&first), Position::snapshot_key(&second));
    for text in ["~", "~short", "~AAAAAAAA", "~AAAAAAAA!!", &format!("~{}", "A".repeat(2000))] {
        assert_eq!(rig.position(text), None, "{text}");
    }
}
