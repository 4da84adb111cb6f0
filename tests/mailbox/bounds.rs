//! How much may wait, and when a producer that waits goes on.

use crate::post::TryPush;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use perennial_sse::mailbox::{Demand, Letter, Limits, Mailbox};

use super::post::{data, drain, mailbox, office, pack};

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
    let (office, _) = office();
    for events in [1, 2, 7, 1024] {
        let mailbox = mailbox(0, events, &office);
        assert_eq!(fill(&mailbox), events);
    }
}

#[test]
fn so_many_bytes_and_no_more() {
    let (office, _) = office();
    let mailbox = Mailbox::new(0, Limits { events: 1000, bytes: 100 }, &office);
    assert!(mailbox.try_push(&data(&"x".repeat(60))));
    assert!(!mailbox.try_push(&data(&"x".repeat(41))));
    assert!(mailbox.try_push(&data(&"x".repeat(40))));
    assert!(!mailbox.try_push(&data("x")));
    assert!(mailbox.try_push(&data("")), "no bytes are no bytes");
}

#[test]
fn name_and_id_count_as_bytes() {
    let (office, _) = office();
    let mailbox = Mailbox::new(0, Limits { events: 1000, bytes: 100 }, &office);
    let text = [b'x'; 30];
    let letter = Letter::Event { name: Some(&text), data: &text, id: Some(&text), retry: None };
    assert_eq!(letter.cost(), 90);
    assert!(mailbox.try_push(&letter));
    for letter in [Letter::Comment(&text), Letter::Id(&text), Letter::Bytes(&text)] {
        assert_eq!(letter.cost(), 30);
        assert!(!mailbox.try_push(&letter));
    }
}

#[test]
fn an_event_larger_than_the_bound_enters_an_empty_mailbox_alone() {
    let (office, _) = office();
    let mailbox = Mailbox::new(0, Limits { events: 10, bytes: 100 }, &office);
    let (woken, waker) = producer();
    let large = "x".repeat(100_000);
    mailbox.ask(Demand::Flow);
    assert!(mailbox.try_push(&data("small")));
    assert!(!mailbox.try_push(&data(&large)));
    assert_eq!(poll(&mailbox, large.len(), &waker), Poll::Pending);
    drain(&office);
    assert_eq!(woken.0.load(SeqCst), 1);
    assert_eq!(poll(&mailbox, large.len(), &waker), Poll::Ready(()));
    assert!(mailbox.try_push(&data(&large)));
    assert!(!mailbox.try_push(&data("")), "alone");
    assert_eq!(drain(&office).len(), 1);
    assert!(mailbox.try_push(&data("small")));
}

#[test]
fn notices_need_no_room() {
    let (office, _) = office();
    let mailbox = mailbox(0, 2, &office);
    assert_eq!(fill(&mailbox), 2);
    mailbox.notify("a");
    mailbox.notify_urgently("b");
    mailbox.ask(Demand::Flow);
    assert_eq!(drain(&office).len(), 4);
}

#[test]
fn what_a_consumer_holds_counts_until_it_asks_again() {
    let (office, _) = office();
    let mailbox = mailbox(0, 4, &office);
    assert_eq!(fill(&mailbox), 4);
    mailbox.ask(Demand::Once);
    assert_eq!(drain(&office).len(), 4);
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
    for letter in [Letter::Comment(b"beat"), Letter::Id(b"1234")] {
        let (office, _) = office();
        let mailbox = Mailbox::new(0, Limits { events: 4, bytes: 100 }, &office);
        let (woken, waker) = producer();
        mailbox.ask(Demand::Once);
        for round in 0..20 {
            while mailbox.try_push(&letter) {}
            assert_eq!(poll(&mailbox, letter.cost(), &waker), Poll::Pending);
            assert_eq!(drain(&office).len(), 4, "{letter:?} in round {round}");
            assert_eq!(woken.0.load(SeqCst), round + 1, "{letter:?}");
        }
        assert!(mailbox.try_push(&data("at last")));
        assert_eq!(drain(&office).len(), 1);
        assert!(mailbox.try_push(&data("unasked")));
        assert_eq!(drain(&office), []);
    }
}

#[test]
fn bytes_in_the_consumers_hands_count_too() {
    let (office, _) = office();
    let mailbox = Mailbox::new(0, Limits { events: 1000, bytes: 100 }, &office);
    assert!(mailbox.try_push(&data(&"x".repeat(80))));
    mailbox.ask(Demand::Once);
    assert_eq!(drain(&office).len(), 1);
    assert!(!mailbox.try_push(&data(&"x".repeat(21))));
    assert!(mailbox.try_push(&data(&"x".repeat(20))));
}

#[test]
fn a_flowing_consumer_holds_nothing() {
    let (office, _) = office();
    let mailbox = mailbox(0, 4, &office);
    mailbox.ask(Demand::Flow);
    for _ in 0..10 {
        assert_eq!(fill(&mailbox), 4);
        assert_eq!(drain(&office).len(), 4);
    }
}

#[test]
fn a_waiting_producer_is_woken_when_half_the_places_are_free() {
    let (office, _) = office();
    let mailbox = mailbox(0, 8, &office);
    let (woken, waker) = producer();
    mailbox.ask(Demand::Flow);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Ready(()));
    assert_eq!(fill(&mailbox), 8);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    for left in (0..8).rev() {
        // A head of two words, then a word for each short event: room for exactly one.
        assert_eq!(pack(&office, 3, 8).records().len(), 1);
        assert_eq!(woken.0.load(SeqCst), usize::from(left < 4), "{left} left");
    }
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Ready(()));
    drain(&office);
    assert_eq!(woken.0.load(SeqCst), 1, "nobody waits any more");
}

#[test]
fn a_waiting_producer_is_woken_when_half_the_bytes_are_free() {
    let (office, _) = office();
    let mailbox = Mailbox::new(0, Limits { events: 1000, bytes: 80 }, &office);
    let (woken, waker) = producer();
    mailbox.ask(Demand::Flow);
    let text = "x".repeat(10);
    for _ in 0..8 {
        assert!(mailbox.try_push(&data(&text)));
    }
    assert_eq!(poll(&mailbox, 10, &waker), Poll::Pending);
    for left in (0..8).rev() {
        pack(&office, 4, 8);
        assert_eq!(woken.0.load(SeqCst), usize::from(left <= 4), "{left} left");
    }
}

/// Polled again before it was woken, a producer keeps waiting for half of the room.
#[test]
fn a_second_look_does_not_end_the_wait_early() {
    let (office, _) = office();
    let mailbox = mailbox(0, 8, &office);
    let (first, waker) = producer();
    mailbox.ask(Demand::Flow);
    assert_eq!(fill(&mailbox), 8);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    pack(&office, 4, 8);
    let (second, waker) = producer();
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    drain(&office);
    assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (0, 1));
}

#[test]
fn asking_again_wakes_the_producer() {
    let (office, _) = office();
    let mailbox = mailbox(0, 4, &office);
    let (woken, waker) = producer();
    assert_eq!(fill(&mailbox), 4);
    mailbox.ask(Demand::Once);
    drain(&office);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    mailbox.ask(Demand::Off);
    assert_eq!(woken.0.load(SeqCst), 0);
    mailbox.ask(Demand::Once);
    assert_eq!(woken.0.load(SeqCst), 1);
}

#[test]
fn closing_wakes_the_producer() {
    let (office, _) = office();
    let mailbox = mailbox(0, 1, &office);
    let (woken, waker) = producer();
    assert_eq!(fill(&mailbox), 1);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Pending);
    mailbox.close();
    assert_eq!(woken.0.load(SeqCst), 1);
    assert_eq!(poll(&mailbox, 1, &waker), Poll::Ready(()));
    assert!(mailbox.try_push(&data("x")));
}
