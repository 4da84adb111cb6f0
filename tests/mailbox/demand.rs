//! What is delivered to a consumer that asks, and in which order.

use crate::post::TryPush;
use perennial_sse::mailbox::{Demand, Letter};

use super::post::{Record, contents, data, drain, event, mailbox, notice, office, pack};

#[test]
fn nothing_but_notices_until_asked() {
    let (office, _) = office();
    let mailbox = mailbox(0, 100, &office);
    mailbox.notify("open");
    assert!(mailbox.try_push(&data("a")));
    mailbox.notify("retry");
    assert_eq!(contents(drain(&office)), [notice("open")]);
    assert_eq!(drain(&office), []);
    mailbox.ask(Demand::Once);
    assert_eq!(contents(drain(&office)), [event("a"), notice("retry")]);
}

#[test]
fn comments_ids_and_bytes_wait_like_events() {
    for letter in [Letter::Comment(b"x"), Letter::Id(b"x"), Letter::Bytes(b"x")] {
        let (office, _) = office();
        let mailbox = mailbox(0, 100, &office);
        assert!(mailbox.try_push(&letter));
        assert_eq!(drain(&office), [], "{letter:?}");
        mailbox.ask(Demand::Once);
        assert_eq!(drain(&office).len(), 1, "{letter:?}");
    }
}

#[test]
fn once_is_one_batch() {
    let (office, _) = office();
    let mailbox = mailbox(0, 100, &office);
    for text in ["a", "b", "c"] {
        assert!(mailbox.try_push(&data(text)));
    }
    mailbox.ask(Demand::Once);
    // Two words for the mailbox, one for each short event.
    assert_eq!(contents(pack(&office, 4, 64).records()), [event("a"), event("b")]);
    assert_eq!(drain(&office), []);
    mailbox.ask(Demand::Once);
    assert_eq!(contents(drain(&office)), [event("c")]);
}

#[test]
fn once_outlasts_a_notice() {
    let (office, _) = office();
    let mailbox = mailbox(0, 100, &office);
    mailbox.ask(Demand::Once);
    mailbox.notify("open");
    assert_eq!(contents(drain(&office)), [notice("open")]);
    assert!(mailbox.try_push(&data("a")));
    assert_eq!(contents(drain(&office)), [event("a")]);
    assert!(mailbox.try_push(&data("b")));
    assert_eq!(drain(&office), []);
}

#[test]
fn flow_is_everything_as_it_comes_until_it_is_off() {
    let (office, _) = office();
    let mailbox = mailbox(0, 100, &office);
    mailbox.ask(Demand::Flow);
    for text in ["a", "b", "c"] {
        assert!(mailbox.try_push(&data(text)));
        assert_eq!(contents(drain(&office)), [event(text)]);
    }
    assert!(mailbox.try_push(&data("d")));
    mailbox.ask(Demand::Off);
    assert_eq!(drain(&office), [], "off between bell and drain");
    mailbox.ask(Demand::Flow);
    assert_eq!(contents(drain(&office)), [event("d")]);
}

#[test]
fn notices_keep_their_place_between_events() {
    let (office, _) = office();
    let mailbox = mailbox(0, 100, &office);
    mailbox.ask(Demand::Flow);
    mailbox.notify("1");
    assert!(mailbox.try_push(&data("2")));
    mailbox.notify("3");
    mailbox.notify("4");
    assert!(mailbox.try_push(&data("5")));
    let expected = [notice("1"), event("2"), notice("3"), notice("4"), event("5")];
    assert_eq!(contents(drain(&office)), expected);
}

#[test]
fn urgent_notices_wait_behind_nothing_but_each_other() {
    let (office, _) = office();
    let mailbox = mailbox(0, 100, &office);
    assert!(mailbox.try_push(&data("3")));
    mailbox.notify("4");
    mailbox.notify_urgently("1");
    mailbox.notify_urgently("2");
    assert_eq!(contents(drain(&office)), [notice("1"), notice("2")]);
    mailbox.notify_urgently("now");
    mailbox.ask(Demand::Once);
    assert_eq!(contents(drain(&office)), [notice("now"), event("3"), notice("4")]);
}

#[test]
fn closing_drops_what_waits() {
    let (office, _) = office();
    let mailbox = mailbox(0, 100, &office);
    mailbox.ask(Demand::Flow);
    assert!(mailbox.try_push(&data("a")));
    mailbox.notify("b");
    mailbox.notify_urgently("c");
    mailbox.close();
    mailbox.close();
    assert_eq!(drain(&office), []);
    mailbox.ask(Demand::Flow);
    assert_eq!(drain(&office), []);
}

#[test]
fn every_field_arrives() {
    let (office, _) = office();
    let mailbox = mailbox(7, 100, &office);
    mailbox.ask(Demand::Flow);
    for fields in 0..8 {
        let (name, id) = ((fields & 1 != 0).then_some("ping"), (fields & 2 != 0).then_some(""));
        let retry = (fields & 4 != 0).then_some(u64::MAX);
        let letter = Letter::Event {
            name: name.map(str::as_bytes),
            data: b"{}",
            id: id.map(str::as_bytes),
            retry,
        };
        assert!(mailbox.try_push(&letter));
        let expected = Record::Event {
            name: name.map(Into::into),
            data: "{}".into(),
            id: id.map(Into::into),
            retry: retry.map(|retry| retry.to_string()),
        };
        assert_eq!(drain(&office), [(7, expected)]);
    }
}
