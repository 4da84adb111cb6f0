//! What is delivered to a consumer that asks, and in which order.

use crate::harness::TryPush;
use perennial_sse::delivery::Demand;
use perennial_sse::record::Record;

use super::harness::{Received, contents, data, drain, event, mailbox, notice, pack, ready_list};

#[test]
fn nothing_but_notices_until_asked() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.notify("open");
    assert!(mailbox.try_push(&data("a")));
    mailbox.notify("retry");
    assert_eq!(contents(drain(&ready_list)), [notice("open")]);
    assert_eq!(drain(&ready_list), []);
    mailbox.ask(Demand::Once);
    assert_eq!(contents(drain(&ready_list)), [event("a"), notice("retry")]);
}

#[test]
fn comments_ids_and_bytes_wait_like_events() {
    for record in [Record::Comment(b"x"), Record::Id(b"x"), Record::Bytes(b"x")] {
        let (ready_list, _) = ready_list();
        let mailbox = mailbox(0, 100, &ready_list);
        assert!(mailbox.try_push(&record));
        assert_eq!(drain(&ready_list), [], "{record:?}");
        mailbox.ask(Demand::Once);
        assert_eq!(drain(&ready_list).len(), 1, "{record:?}");
    }
}

#[test]
fn once_is_one_batch() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    for text in ["a", "b", "c"] {
        assert!(mailbox.try_push(&data(text)));
    }
    mailbox.ask(Demand::Once);
    // Two words for the mailbox, one for each short event.
    assert_eq!(contents(pack(&ready_list, 4, 64).records()), [event("a"), event("b")]);
    assert_eq!(drain(&ready_list), []);
    mailbox.ask(Demand::Once);
    assert_eq!(contents(drain(&ready_list)), [event("c")]);
}

#[test]
fn once_outlasts_a_notice() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Once);
    mailbox.notify("open");
    assert_eq!(contents(drain(&ready_list)), [notice("open")]);
    assert!(mailbox.try_push(&data("a")));
    assert_eq!(contents(drain(&ready_list)), [event("a")]);
    assert!(mailbox.try_push(&data("b")));
    assert_eq!(drain(&ready_list), []);
}

#[test]
fn flow_is_everything_as_it_comes_until_it_is_off() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    for text in ["a", "b", "c"] {
        assert!(mailbox.try_push(&data(text)));
        assert_eq!(contents(drain(&ready_list)), [event(text)]);
    }
    assert!(mailbox.try_push(&data("d")));
    mailbox.ask(Demand::Off);
    assert_eq!(drain(&ready_list), [], "off between wake-up and drain");
    mailbox.ask(Demand::Flow);
    assert_eq!(contents(drain(&ready_list)), [event("d")]);
}

#[test]
fn notices_keep_their_place_between_events() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    mailbox.notify("1");
    assert!(mailbox.try_push(&data("2")));
    mailbox.notify("3");
    mailbox.notify("4");
    assert!(mailbox.try_push(&data("5")));
    let expected = [notice("1"), event("2"), notice("3"), notice("4"), event("5")];
    assert_eq!(contents(drain(&ready_list)), expected);
}

#[test]
fn urgent_notices_wait_behind_nothing_but_each_other() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    assert!(mailbox.try_push(&data("3")));
    mailbox.notify("4");
    mailbox.notify_urgently("1");
    mailbox.notify_urgently("2");
    assert_eq!(contents(drain(&ready_list)), [notice("1"), notice("2")]);
    mailbox.notify_urgently("now");
    mailbox.ask(Demand::Once);
    assert_eq!(contents(drain(&ready_list)), [notice("now"), event("3"), notice("4")]);
}

#[test]
fn closing_drops_what_waits() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    assert!(mailbox.try_push(&data("a")));
    mailbox.notify("b");
    mailbox.notify_urgently("c");
    mailbox.close();
    mailbox.close();
    assert_eq!(drain(&ready_list), []);
    mailbox.ask(Demand::Flow);
    assert_eq!(drain(&ready_list), []);
}

#[test]
fn every_field_arrives() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(7, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    for fields in 0..8 {
        let (name, id) = ((fields & 1 != 0).then_some("ping"), (fields & 2 != 0).then_some(""));
        let retry = (fields & 4 != 0).then_some(u64::MAX);
        let record = Record::Event {
            name: name.map(str::as_bytes),
            data: b"{}",
            id: id.map(str::as_bytes),
            retry,
        };
        assert!(mailbox.try_push(&record));
        let expected = Received::Event {
            name: name.map(Into::into),
            data: "{}".into(),
            id: id.map(Into::into),
            retry: retry.map(|retry| retry.to_string()),
        };
        assert_eq!(drain(&ready_list), [(7, expected)]);
    }
}
