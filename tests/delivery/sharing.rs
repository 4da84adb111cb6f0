//! Many mailboxes, one batch: who gets how much of it.

use crate::harness::TryPush;
use perennial_sse::delivery::{Demand, Drained};
use perennial_sse::record::{Queue, Record};

use super::harness::{Received, contents, data, drain, event, mailbox, pack, ready_list};

#[test]
fn a_busy_mailbox_does_not_starve_the_others() {
    let (ready_list, _) = ready_list();
    let busy = mailbox(0, 10_000, &ready_list);
    busy.ask(Demand::Flow);
    for _ in 0..1_000 {
        assert!(busy.try_push(&data("busy")));
    }
    let quiet: Vec<_> = (1..=50).map(|number| mailbox(number, 10, &ready_list)).collect();
    for mailbox in &quiet {
        mailbox.ask(Demand::Flow);
        assert!(mailbox.try_push(&data("quiet")));
    }
    let first = pack(&ready_list, 64, 1024);
    assert_eq!(first.drained, Drained::More);
    assert!(first.records().iter().all(|(number, _)| *number == 0));
    // It had its share; now everybody who waited comes first, in the order in which they came.
    let second: Vec<_> = pack(&ready_list, 1024, 1024).records();
    let order: Vec<u32> = second.iter().map(|(number, _)| *number).take(50).collect();
    assert_eq!(order, (1..=50).collect::<Vec<_>>());
    assert_eq!(drain(&ready_list).len(), 1_000 - first.records().len() - (second.len() - 50));
}

#[test]
fn two_busy_mailboxes_take_turns() {
    let (ready_list, _) = ready_list();
    let boxes = [mailbox(0, 10_000, &ready_list), mailbox(1, 10_000, &ready_list)];
    for mailbox in &boxes {
        mailbox.ask(Demand::Flow);
        for _ in 0..100 {
            assert!(mailbox.try_push(&data("x")));
        }
    }
    for turn in 0..10 {
        let packed = pack(&ready_list, 7, 64);
        assert_eq!((packed.words[0], packed.words[1]), (turn % 2, 5), "turn {turn}");
    }
}

#[test]
fn one_that_does_not_fit_keeps_its_place() {
    let (ready_list, _) = ready_list();
    let large = "x".repeat(100);
    let boxes: Vec<_> = (0..3).map(|number| mailbox(number, 10, &ready_list)).collect();
    for (mailbox, text) in boxes.iter().zip(["a", large.as_str(), "c"]) {
        mailbox.ask(Demand::Flow);
        assert!(mailbox.try_push(&data(text)));
    }
    let first = pack(&ready_list, 64, 32);
    assert_eq!((first.drained, first.records()), (Drained::More, vec![(0, event("a"))]));
    let second = pack(&ready_list, 64, 32);
    assert_eq!((second.drained, second.records()), (Drained::TooSmall(100), vec![]));
    let third = pack(&ready_list, 64, 51);
    assert_eq!(third.drained, Drained::All);
    assert_eq!(third.records(), [(1, event(&large)), (2, event("c"))]);
}

#[test]
fn exactly_enough_room_is_enough() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 10, &ready_list);
    mailbox.ask(Demand::Flow);
    for text in ["four", "4444", "fourfour"] {
        assert!(mailbox.try_push(&data(text)));
    }
    let packed = pack(&ready_list, 6, 4);
    assert_eq!(packed.drained, Drained::More);
    assert_eq!(contents(packed.records()), [event("four"), event("4444")]);
    let packed = pack(&ready_list, 4, 4);
    assert_eq!(packed.drained, Drained::All);
    assert_eq!(contents(packed.records()), [event("fourfour")]);
}

#[test]
fn nothing_is_left_of_an_empty_office() {
    let (ready_list, _) = ready_list();
    let packed = pack(&ready_list, 0, 0);
    assert_eq!((packed.drained, packed.words.len()), (Drained::All, 0));
}

#[test]
fn bytes_that_wait_become_one_record() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    // Odd lengths, so that pieces meet within a unit.
    for piece in [&b"data"[..], b": ", b"x", b"", b"\n\n:", b"!"] {
        assert!(mailbox.try_push(&Record::Bytes(piece)));
    }
    assert_eq!(contents(drain(&ready_list)), [Received::Bytes(b"data: x\n\n:!".into())]);
}

#[test]
fn bytes_do_not_join_across_another_record_or_a_drain() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    let bytes = |text: &str| Received::Bytes(text.into());
    assert!(mailbox.try_push(&Record::Bytes(b"a")));
    assert!(mailbox.try_push(&Record::Id(b"7")));
    assert!(mailbox.try_push(&Record::Bytes(b"b")));
    assert!(mailbox.try_push(&Record::Bytes(b"c")));
    assert_eq!(
        contents(pack(&ready_list, 6, 64).records()),
        [bytes("a"), Received::Id("7".into())]
    );
    assert!(mailbox.try_push(&Record::Bytes(b"d")));
    assert_eq!(contents(drain(&ready_list)), [bytes("bcd")]);
    assert!(mailbox.try_push(&Record::Bytes(b"e")));
    assert_eq!(contents(drain(&ready_list)), [bytes("e")]);
}

#[test]
fn joined_bytes_stay_small_and_complete() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 1_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let mut sent = Vec::new();
    for round in 0..1_000_usize {
        let piece = vec![b'a' + u8::try_from(round % 26).unwrap(); 1 + round % 97];
        assert!(mailbox.try_push(&Record::Bytes(&piece)));
        sent.extend(piece);
    }
    let mut got = Vec::new();
    for record in contents(drain(&ready_list)) {
        let Received::Bytes(bytes) = record else { panic!("{record:?}") };
        assert!(bytes.len() <= 16 * 1024);
        got.extend(bytes);
    }
    assert_eq!(got, sent);
}

#[test]
fn an_empty_pile_hides_nothing_that_comes_behind_it() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    mailbox.push(&mut Queue::default());
    let large = "x".repeat(20_000);
    assert!(mailbox.try_push(&data(&large)));
    mailbox.push(&mut Queue::default());
    assert!(mailbox.try_push(&data("small")));
    assert_eq!(contents(drain(&ready_list)), [event(&large), event("small")]);
}

#[test]
fn large_and_small_runs_keep_their_order() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 1_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let texts: Vec<String> =
        (0..100).map(|number| format!("{number} {}", "x".repeat(number % 5 * 7_000))).collect();
    for run in texts.chunks(3) {
        let mut buffer = Queue::default();
        for text in run {
            buffer.push(&data(text));
        }
        mailbox.push(&mut buffer);
    }
    let expected: Vec<Received> = texts.iter().map(|text| event(text)).collect();
    assert_eq!(contents(drain(&ready_list)), expected);
    assert!(mailbox.room().fits(&Queue::default(), usize::MAX / 8), "nothing counts any more");
}
