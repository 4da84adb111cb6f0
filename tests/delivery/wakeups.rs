//! The consumer is woken when it must be, and not once more.

use crate::harness::TryPush;
use std::sync::atomic::Ordering::SeqCst;

use perennial_sse::delivery::{Demand, Drained, Mailbox};

use super::harness::{data, drain, event, mailbox, pack, ready_list};

#[test]
fn one_wake_up_for_everything_that_comes_before_the_drain() {
    let (ready_list, wakeups) = ready_list();
    let boxes: Vec<_> = (0..10).map(|number| mailbox(number, 100, &ready_list)).collect();
    for mailbox in &boxes {
        mailbox.ask(Demand::Flow);
    }
    assert_eq!(wakeups.load(SeqCst), 0, "nothing waits yet");
    for mailbox in &boxes {
        assert!(mailbox.try_push(&data("a")) && mailbox.try_push(&data("b")));
    }
    assert_eq!(wakeups.load(SeqCst), 1);
    assert_eq!(drain(&ready_list).len(), 20);
    assert!(boxes[3].try_push(&data("c")));
    assert_eq!(wakeups.load(SeqCst), 2);
    assert_eq!(drain(&ready_list), [(3, event("c"))]);
    assert_eq!(drain(&ready_list), []);
    assert_eq!(wakeups.load(SeqCst), 2);
}

#[test]
fn no_ring_while_the_consumer_is_not_asking() {
    let (ready_list, wakeups) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    assert!(mailbox.try_push(&data("a")));
    mailbox.notify("behind the event");
    assert_eq!(wakeups.load(SeqCst), 0);
    mailbox.ask(Demand::Once);
    assert_eq!(wakeups.load(SeqCst), 1);
    mailbox.ask(Demand::Once);
    assert_eq!(wakeups.load(SeqCst), 1, "it is on the list already");
    assert_eq!(drain(&ready_list).len(), 2);
    assert!(mailbox.try_push(&data("b")));
    assert_eq!(wakeups.load(SeqCst), 1, "it asked for one batch");
    mailbox.ask(Demand::Off);
    assert_eq!(wakeups.load(SeqCst), 1);
}

#[test]
fn notices_ring_unasked() {
    let (ready_list, wakeups) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.notify("first in line");
    assert_eq!(wakeups.load(SeqCst), 1);
    assert_eq!(drain(&ready_list).len(), 1);
    assert!(mailbox.try_push(&data("a")));
    mailbox.notify("behind the event");
    assert_eq!(wakeups.load(SeqCst), 1);
    mailbox.notify_urgently("before it");
    assert_eq!(wakeups.load(SeqCst), 2);
    assert_eq!(drain(&ready_list).len(), 1);
}

#[test]
fn no_ring_between_a_full_batch_and_the_next() {
    let (ready_list, wakeups) = ready_list();
    let mailbox = mailbox(0, 100, &ready_list);
    mailbox.ask(Demand::Flow);
    for _ in 0..9 {
        assert!(mailbox.try_push(&data("a")));
    }
    assert_eq!(pack(&ready_list, 6, 64).drained, Drained::More);
    assert!(mailbox.try_push(&data("b")));
    assert_eq!(pack(&ready_list, 10, 0).drained, Drained::TooSmall(2));
    assert!(mailbox.try_push(&data("c")));
    assert_eq!(wakeups.load(SeqCst), 1);
    assert_eq!(drain(&ready_list).len(), 7);
    assert!(mailbox.try_push(&data("d")));
    assert_eq!(wakeups.load(SeqCst), 2);
}

#[test]
fn a_closed_mailbox_is_silent() {
    let (ready_list, wakeups) = ready_list();
    let closed = mailbox(0, 100, &ready_list);
    let other = mailbox(1, 100, &ready_list);
    closed.ask(Demand::Flow);
    other.ask(Demand::Flow);
    assert!(closed.try_push(&data("a")) && other.try_push(&data("b")));
    closed.close();
    assert!(closed.try_push(&data("c")), "what comes is swallowed, the producer need not wait");
    closed.notify("d");
    closed.notify_urgently("e");
    assert_eq!(drain(&ready_list), [(1, event("b"))]);
    closed.notify("f");
    closed.ask(Demand::Once);
    assert_eq!(wakeups.load(SeqCst), 1);
    assert_eq!(drain(&ready_list), []);
}

#[test]
fn a_mailbox_whose_office_is_gone_is_harmless() {
    let (ready_list, wakeups) = ready_list();
    let mailbox = mailbox(0, 1, &ready_list);
    drop(ready_list);
    mailbox.notify("a");
    mailbox.ask(Demand::Flow);
    assert!(!mailbox.try_push(&data("b")));
    mailbox.close();
    assert_eq!(wakeups.load(SeqCst), 0);
}

/// Its number is what the consumer tells mailboxes apart by.
#[test]
fn a_mailbox_knows_its_number() {
    let (ready_list, _) = ready_list();
    assert_eq!(Mailbox::id(&mailbox(u32::MAX, 1, &ready_list)), u32::MAX);
}
