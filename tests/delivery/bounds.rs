//! How much may wait, and when a producer that waits goes on.

use crate::harness::TryPush;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use perennial_sse::delivery::{Demand, Limits, Mailbox};
use perennial_sse::record::Record;

use super::harness::{data, drain, mailbox, pack, ready_list};

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A producer, and how often it was woken.
fn producer() -> (Arc<Woken>, Waker) {
    let woken = Arc::new(Woken::default());
    (Arc::clone(&woken), woken.into())
}

fn poll(mailbox: &Mailbox, cost: usize, waker: &Waker) -> Poll<()> {
    mailbox.poll_room(cost, &mut Context::from_waker(waker))
}

fn fill(mailbox: &Arc<Mailbox>) -> usize {
    (0..1_000_000).take_while(|_| mailbox.try_push(&data("x"))).count()
}

#[test]
fn so_many_events_and_no_more() {
    let (ready_list, _) = ready_list();
    for events in [1, 2, 7, 1024] {
        let mailbox = mailbox(0, events, &ready_list);
        assert_eq!(fill(&mailbox), events);
    }
}

#[test]
fn so_many_bytes_and_no_more() {
    let (ready_list, _) = ready_list();
    let mailbox = Mailbox::new(0, Limits { events: 1000, bytes: 100 }, &ready_list);
    assert!(mailbox.try_push(&data(&"x".repeat(60))));
    assert!(!mailbox.try_push(&data(&"x".repeat(41))));
    assert!(mailbox.try_push(&data(&"x".repeat(40))));
    assert!(!mailbox.try_push(&data("x")));
    assert!(mailbox.try_push(&data("")), "no bytes are no bytes");
}

#[test]
fn name_and_id_count_as_bytes() {
    let (ready_list, _) = ready_list();
    let mailbox = Mailbox::new(0, Limits { events: 1000, bytes: 100 }, &ready_list);
    let text = [b'x'; 30];
    let record = Record::Event { name: Some(&text), data: &text, id: Some(&text), retry: None };
    assert_eq!(record.cost(), 90);
    assert!(mailbox.try_push(&record));
    for record in [Record::Comment(&text), Record::Id(&text), Record::Bytes(&text)] {
        assert_eq!(record.cost(), 30);
        assert!(!mailbox.try_push(&record));
    }
}

#[test]
fn an_event_larger_than_the_bound_enters_an_empty_mailbox_alone() {
    let (ready_list, _) = ready_list();
    let mailbox = Mailbox::new(0, Limits { events: 10, bytes: 100 }, &ready_list);
    let (woken, waker) = producer();
    let large = "x".repeat(100_000);
    mailbox.ask(Demand::Flow);
    assert!(mailbox.try_push(&data("small")));
    assert!(!mailbox.try_push(&data(&large)));
    assert_eq!(poll(&mailbox, large.len(), &waker), Poll::Pending);
    drain(&ready_list);
    assert_eq!(woken.0.load(SeqCst), 1);
    assert_eq!(poll(&mailbox, large.len(), &waker), Poll::Ready(()));
    assert!(mailbox.try_push(&data(&large)));
    assert!(!mailbox.try_push(&data("")), "alone");
    assert_eq!(drain(&ready_list).len(), 1);
    assert!(mailbox.try_push(&data("small")));
}

#[test]
fn notices_need_no_room() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 2, &ready_list);
    assert_eq!(fill(&mailbox), 2);
    mailbox.notify("a");
    mailbox.notify_urgently("b");
    mailbox.ask(Demand::Flow);
    assert_eq!(drain(&ready_list).len(), 4);
}

#[test]
fn what_a_consumer_holds_counts_until_it_asks_again() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 4, &ready_list);
    assert_eq!(fill(&mailbox), 4);
    mailbox.ask(Demand::Once);
    assert_eq!(drain(&ready_list).len(), 4);
    assert_eq!(fill(&mailbox), 0, "four are in its hands");
    mailbox.ask(Demand::Off);
    assert_eq!(fill(&mailbox), 0, "it did not say that it has used them up");
    mailbox.ask(Demand::Once);
    assert_eq!(fill(&mailbox), 4);
}

/// What it waits for is an event: comments and ids do not end its wait, so it will not ask again,
/// and they must not use up the room for the event.
#[test]
fn comments_pass_by_a_consumer_that_waits_for_an_event() {
    for record in [Record::Comment(b"beat"), Record::Id(b"1234")] {
        let (ready_list, _) = ready_list();
        let mailbox = Mailbox::new(0, Limits { events: 4, bytes: 100 }, &ready_list);
        let (woken, waker) = producer();
        mailbox.ask(Demand::Once);
        for round in 0..20 {
            while mailbox.try_push(&record) {}
            assert_eq!(poll(&mailbox, record.cost(), &waker), Poll::Pending);
            assert_eq!(drain(&ready_list).len(), 4, "{record:?} in round {round}");
            assert_eq!(woken.0.load(SeqCst), round + 1, "{record:?}");
        }
        assert!(mailbox.try_push(&data("at last")));
        assert_eq!(drain(&ready_list).len(), 1);
        assert!(mailbox.try_push(&data("unasked")));
        assert_eq!(drain(&ready_list), []);
    }
}

#[test]
fn bytes_in_the_consumers_hands_count_too() {
    let (ready_list, _) = ready_list();
    let mailbox = Mailbox::new(0, Limits { events: 1000, bytes: 100 }, &ready_list);
    assert!(mailbox.try_push(&data(&"x".repeat(80))));
    mailbox.ask(Demand::Once);
    assert_eq!(drain(&ready_list).len(), 1);
    assert!(!mailbox.try_push(&data(&"x".repeat(21))));
    assert!(mailbox.try_push(&data(&"x".repeat(20))));
}

#[test]
fn a_flowing_consumer_holds_nothing() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 4, &ready_list);
    mailbox.ask(Demand::Flow);
    for _ in 0..10 {
        assert_eq!(fill(&mailbox), 4);
        assert_eq!(drain(&ready_list).len(), 4);
    }
}

#[test]
fn a_waiting_producer_is_woken_when_half_the_places_are_free() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 8, &ready_list);
    let (woken, waker) = producer();
    mailbox.ask(Demand::Flow);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Ready(()));
    assert_eq!(fill(&mailbox), 8);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    for left in (0..8).rev() {
        // A head of two words, then a word for each short event: room for exactly one.
        assert_eq!(pack(&ready_list, 3, 8).records().len(), 1);
        assert_eq!(woken.0.load(SeqCst), usize::from(left < 4), "{left} left");
    }
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Ready(()));
    drain(&ready_list);
    assert_eq!(woken.0.load(SeqCst), 1, "nobody waits any more");
}

#[test]
fn a_waiting_producer_is_woken_when_half_the_bytes_are_free() {
    let (ready_list, _) = ready_list();
    let mailbox = Mailbox::new(0, Limits { events: 1000, bytes: 80 }, &ready_list);
    let (woken, waker) = producer();
    mailbox.ask(Demand::Flow);
    let text = "x".repeat(10);
    for _ in 0..8 {
        assert!(mailbox.try_push(&data(&text)));
    }
    assert_eq!(poll(&mailbox, 10, &waker), Poll::Pending);
    for left in (0..8).rev() {
        pack(&ready_list, 4, 8);
        assert_eq!(woken.0.load(SeqCst), usize::from(left <= 4), "{left} left");
    }
}

/// Polled again before it was woken, a producer keeps waiting for half of the room.
#[test]
fn a_second_look_does_not_end_the_wait_early() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 8, &ready_list);
    let (first, waker) = producer();
    mailbox.ask(Demand::Flow);
    assert_eq!(fill(&mailbox), 8);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    pack(&ready_list, 4, 8);
    let (second, waker) = producer();
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    drain(&ready_list);
    assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (0, 1));
}

#[test]
fn asking_again_wakes_the_producer() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 4, &ready_list);
    let (woken, waker) = producer();
    assert_eq!(fill(&mailbox), 4);
    mailbox.ask(Demand::Once);
    drain(&ready_list);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    mailbox.ask(Demand::Off);
    assert_eq!(woken.0.load(SeqCst), 0);
    mailbox.ask(Demand::Once);
    assert_eq!(woken.0.load(SeqCst), 1);
}

#[test]
fn closing_wakes_the_producer() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 1, &ready_list);
    let (woken, waker) = producer();
    assert_eq!(fill(&mailbox), 1);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    mailbox.close();
    assert_eq!(woken.0.load(SeqCst), 1);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Ready(()));
    assert!(mailbox.try_push(&data("x")));
}
