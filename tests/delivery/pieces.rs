//! Pieces of an answer: they join while they wait, whatever their characters need.

use perennial_sse::delivery::Demand;
use perennial_sse::record::{Record, Voice};

use super::harness::{Received, TryPush, contents, drain, event, mailbox, ready_list};

fn content(text: &str) -> Record<'_> {
    Record::Piece { voice: Voice::Content, choice: 0, index: 0, text }
}

fn said(text: &str) -> Received {
    Received::Piece([5, 0, 0], text.into())
}

#[test]
fn pieces_that_wait_become_one_record() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    // Odd and even lengths, one byte a character and two, in every order of meeting.
    let pieces = ["a", "bc", "d", "你", "e", "好", "fgh", "", "é", "😀", "i"];
    for piece in pieces {
        assert!(mailbox.try_push(&content(piece)));
    }
    assert_eq!(contents(drain(&ready_list)), [said(&pieces.concat())]);
    assert!(mailbox.try_push(&content("later")));
    assert_eq!(contents(drain(&ready_list)), [said("later")]);
}

#[test]
fn a_pile_joins_what_waits_with_its_first_piece_alone() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    let mut buffer = perennial_sse::record::Queue::default();
    assert!(mailbox.try_push(&content("a")));
    buffer.push(&content("é"));
    buffer.push(&Record::Event { name: None, data: b"x", id: None, retry: None });
    buffer.push(&content("你"));
    mailbox.push(&mut buffer);
    // An empty one changes nothing.
    mailbox.push(&mut buffer);
    assert!(mailbox.try_push(&content("b")));
    assert_eq!(contents(drain(&ready_list)), [said("aé"), event("x"), said("你b")]);
}

#[test]
fn what_follows_a_pile_joins_its_last_piece_alone() {
    let data = Record::Event { name: None, data: b"x", id: None, retry: None };
    let first = || Received::Delta("{}".into());
    for (records, expected) in [
        ([content("a"), data], vec![first(), said("a"), event("x"), said("b")]),
        ([data, content("a")], vec![first(), event("x"), said("ab")]),
    ] {
        let (ready_list, _) = ready_list();
        let mailbox = mailbox(0, 100, &ready_list);
        mailbox.ask(Demand::Flow);
        assert!(mailbox.try_push(&Record::Delta("{}")));
        let mut buffer = perennial_sse::record::Queue::default();
        for record in &records {
            buffer.push(record);
        }
        mailbox.push(&mut buffer);
        assert!(mailbox.try_push(&content("b")));
        assert_eq!(contents(drain(&ready_list)), expected);
    }
}

#[test]
fn only_pieces_of_one_text_join() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    let places = [
        (Voice::Content, 0, 0),
        (Voice::Reasoning, 0, 0),
        (Voice::Refusal, 0, 0),
        (Voice::Content, 127, 0),
        (Voice::Arguments, 127, 0),
        (Voice::Arguments, 127, 127),
    ];
    for (voice, choice, index) in places {
        for text in ["x", "y"] {
            assert!(mailbox.try_push(&Record::Piece { voice, choice, index, text }));
        }
    }
    assert!(mailbox.try_push(&Record::Delta("{}")));
    assert!(mailbox.try_push(&Record::Delta("{}")));
    let piece = |place| Received::Piece(place, "xy".into());
    let delta = || Received::Delta("{}".into());
    assert_eq!(
        contents(drain(&ready_list)),
        [
            piece([5, 0, 0]),
            piece([6, 0, 0]),
            piece([7, 0, 0]),
            piece([5, 127, 0]),
            piece([8, 127, 0]),
            piece([8, 127, 127]),
            delta(),
            delta(),
        ]
    );
}

/// A record of more words than a piece, right behind one, and a piece behind that.
#[test]
fn an_event_between_pieces_stays_whole() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    let text = Some(&b"xy"[..]);
    for retry in [None, Some(7)] {
        for (name, id) in [(None, None), (text, None), (None, text), (text, text)] {
            assert!(mailbox.try_push(&content("a")));
            assert!(mailbox.try_push(&Record::Event { name, data: b"data", id, retry }));
            assert!(mailbox.try_push(&content("b")));
            assert!(mailbox.try_push(&content("c")));
            let owned = |text: Option<&[u8]>| text.map(|_| "xy".to_owned());
            let event = Received::Event {
                name: owned(name),
                data: "data".into(),
                id: owned(id),
                retry: retry.map(|retry: u64| retry.to_string()),
            };
            assert_eq!(contents(drain(&ready_list)), [said("a"), event, said("bc")]);
        }
    }
}

#[test]
fn joined_pieces_stay_small_and_complete() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 1_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let mut sent = String::new();
    for round in 0..if cfg!(miri) { 500_usize } else { 5_000 } {
        let piece = ["word ", "字", "ü", "longer words, and several"][round % 7 % 4];
        assert!(mailbox.try_push(&content(piece)));
        sent.push_str(piece);
    }
    let mut got = String::new();
    for record in contents(drain(&ready_list)) {
        let Received::Piece(_, text) = record else { panic!("{record:?}") };
        assert!(text.encode_utf16().count() <= 8 * 1024);
        got.push_str(&text);
    }
    assert_eq!(got, sent);
}

#[test]
fn pieces_wait_until_they_are_asked_for() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    assert!(mailbox.try_push(&content("a")));
    assert!(mailbox.try_push(&Record::Delta("{}")));
    assert_eq!(contents(drain(&ready_list)), []);
    mailbox.ask(Demand::Once);
    assert_eq!(contents(drain(&ready_list)), [said("a"), Received::Delta("{}".into())]);
    assert!(mailbox.try_push(&content("b")));
    assert_eq!(contents(drain(&ready_list)), []);
}
