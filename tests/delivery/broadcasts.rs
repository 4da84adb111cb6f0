//! One payload, many receivers: what a batch carries of it, and who is served when.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use perennial_sse::delivery::{Demand, Drained};
use perennial_sse::record::{Batch, Packed};
use serde_json::{Value, json};

use super::harness::{
    Broadcast, TryPush, contents, data, drain, event, mailbox, pack, ready_list, shared,
};

/// The form of a batch, as `__test__/batch.test.js` reads it.
const FORM: &str = include_str!("../../__test__/support/shared-batch.json");

#[test]
fn the_form_is_the_one_that_javascript_reads() {
    let form: Value = serde_json::from_str(FORM).unwrap();
    let (mut words, mut units) = ([0; 64], [0; 64]);
    let mut batch = Batch::new(&mut words, &mut units);
    for group in form["groups"].as_array().unwrap() {
        let payload = Packed::bytes(group["payload"].as_str().unwrap().as_bytes());
        let receivers = group["receivers"].as_array().unwrap();
        let number = |at: &Value| u32::try_from(at["number"].as_u64().unwrap()).unwrap();
        let prefix = |at: &Value| at["prefix"].as_str().map(|text| Packed::text(text.as_bytes()));
        let numbers: Vec<u32> = receivers.iter().map(number).collect();
        let prefixes: Vec<Packed> = receivers.iter().filter_map(prefix).collect();
        let served = if prefixes.is_empty() {
            batch.share(&payload, &numbers)
        } else {
            let pairs: Vec<_> = numbers.iter().copied().zip(&prefixes).collect();
            batch.share_prefixed(&payload, &pairs)
        };
        assert_eq!(served, numbers.len());
    }
    let used = (batch.words_used(), batch.units_used());
    assert_eq!(json!(words[..used.0]), form["words"]);
    assert_eq!(json!(units[..used.1]), form["units"]);
}

#[test]
fn a_payload_is_stored_once_for_all() {
    let (ready_list, wakeups) = ready_list();
    let numbers: Vec<u32> = (0..1_000).collect();
    let payload = "data: tick\n\n";
    ready_list.enlist(Broadcast::new(payload, &numbers));
    assert_eq!(wakeups.load(SeqCst), 1);
    let packed = pack(&ready_list, 8 * 1024, payload.len().div_ceil(2));
    assert_eq!(packed.drained, Drained::All);
    assert_eq!(packed.words.len(), 2 + numbers.len(), "one word a receiver");
    let expected: Vec<_> = numbers.iter().map(|number| (*number, shared(payload, None))).collect();
    assert_eq!(packed.records(), expected);
}

#[test]
fn each_receiver_gets_its_own_prefix() {
    let (ready_list, _) = ready_list();
    let receivers = [(7, "id: 1\n"), (9, ""), (8, "id: \u{e9}\n"), (6, "id: \u{2192}\n")];
    ready_list.enlist(Broadcast::prefixed("data: x\n\n", &receivers));
    let expected = receivers.map(|(number, prefix)| (number, shared("data: x\n\n", Some(prefix))));
    assert_eq!(drain(&ready_list), expected);
}

#[test]
fn a_full_batch_leaves_the_other_receivers_for_the_next() {
    let numbers: Vec<u32> = (0..100).collect();
    let text = |number: &u32| format!("id: {number}\n");
    let prefixes: Vec<String> = numbers.iter().map(text).collect();
    let pairs: Vec<_> = numbers.iter().copied().zip(prefixes.iter().map(String::as_str)).collect();
    for (entry, words, units) in [
        (Broadcast::new("data: x\n\n", &numbers), 12, 64),
        (Broadcast::prefixed("data: x\n\n", &pairs), 16, 64),
        (Broadcast::prefixed("data: x\n\n", &pairs), 512, 18),
    ] {
        let (ready_list, wakeups) = ready_list();
        ready_list.enlist(entry);
        let (mut seen, mut batches) = (Vec::new(), 0);
        loop {
            let packed = pack(&ready_list, words, units);
            seen.extend(packed.records().into_iter().map(|(number, _)| number));
            batches += 1;
            if packed.drained == Drained::All {
                break;
            }
            assert_eq!(packed.drained, Drained::More);
        }
        assert!(batches >= 10, "{batches}");
        assert_eq!(seen, numbers, "each once, in order");
        assert_eq!(wakeups.load(SeqCst), 1, "the consumer drains on by itself");
    }
}

#[test]
fn one_that_is_larger_than_a_batch_travels_alone() {
    let large = "x".repeat(1_000);
    for entry in
        [Broadcast::new(&large, &[1, 2]), Broadcast::prefixed(&large, &[(1, "a"), (2, "b")])]
    {
        let (ready_list, _) = ready_list();
        let mailbox = mailbox(3, 10, &ready_list);
        mailbox.ask(Demand::Flow);
        ready_list.enlist(entry);
        assert!(mailbox.try_push(&data("behind")));
        let Drained::TooSmall(bytes) = pack(&ready_list, 64, 32).drained else {
            panic!("it does not fit")
        };
        let packed = pack(&ready_list, 64, bytes / 2);
        let receivers: Vec<u32> = packed.records().iter().map(|(number, _)| *number).collect();
        assert_eq!(receivers, [1, 2]);
        assert_eq!(contents(drain(&ready_list)), [event("behind")]);
    }
}

#[test]
fn what_does_not_fit_leaves_a_batch_as_it_was() {
    let (payload, prefix) = (Packed::bytes(b"four"), Packed::text(b"ab"));
    for (words, units) in [(2, 8), (8, 1)] {
        let (mut words, mut units) = (vec![0; words], vec![0; units]);
        let mut batch = Batch::new(&mut words, &mut units);
        assert_eq!(batch.share(&payload, &[1]), 0);
        assert_eq!(batch.share_prefixed(&payload, &[(1, &prefix)]), 0);
        assert_eq!(batch.share(&payload, &[]), 0);
        assert_eq!((batch.words_used(), batch.units_used()), (0, 0));
    }
    // The payload has room, its only prefix has not.
    let (mut words, mut units) = ([0; 8], [0; 2]);
    let mut batch = Batch::new(&mut words, &mut units);
    assert_eq!(batch.share_prefixed(&payload, &[(1, &prefix)]), 0);
    assert_eq!((batch.words_used(), batch.units_used()), (0, 0));
}

#[test]
fn it_takes_turns_with_mailboxes() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(1, 10, &ready_list);
    mailbox.ask(Demand::Flow);
    assert!(mailbox.try_push(&data("a")));
    let broadcast = Broadcast::new("x", &[2, 3]);
    ready_list.enlist(Arc::<Broadcast>::clone(&broadcast));
    assert!(mailbox.try_push(&data("b")));
    let expected =
        [(1, event("a")), (1, event("b")), (2, shared("x", None)), (3, shared("x", None))];
    assert_eq!(drain(&ready_list), expected);
}
