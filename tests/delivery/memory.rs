//! What mailboxes keep: counted by the allocator.
#![expect(unsafe_code, reason = "an allocator that counts has to be one")]

use crate::harness::TryPush;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use perennial_sse::delivery::{Demand, Drained, ReadyList};
use perennial_sse::record::{Batch, Queue, Record};

use super::harness::{data, mailbox, ready_list};

/// Counts for each thread on its own, because tests run side by side.
struct Meter;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn note(bytes: isize) {
    // A thread that is ending has no counter left, and nobody reads it.
    let _ = HELD.try_with(|held| held.set(held.get() + bytes));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(-layout.size().cast_signed());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static METER: Meter = Meter;

/// How many bytes more `work` left held.
fn held(work: impl FnOnce()) -> isize {
    let before = HELD.get();
    work();
    HELD.get() - before
}

/// Takes what one batch holds and forgets it.
fn take(ready_list: &ReadyList, words: &mut [u32], units: &mut [u16]) -> Drained {
    ready_list.drain(&mut Batch::new(words, units))
}

fn empty(ready_list: &ReadyList) {
    let (mut words, mut units) = (vec![0; 1 << 12], vec![0; 1 << 15]);
    while take(ready_list, &mut words, &mut units) != Drained::All {}
}

#[test]
fn a_burst_lets_go_of_its_memory() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let kept = held(|| {
        for _ in 0..10_000 {
            assert!(mailbox.try_push(&data(&"x".repeat(1_000))));
        }
        empty(&ready_list);
        for _ in 0..2 {
            assert!(mailbox.try_push(&data("and then a trickle")));
            empty(&ready_list);
        }
    });
    assert!(kept <= 8 * 1024, "{kept} bytes held");
}

#[test]
fn a_burst_of_events_without_text_does_too() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 1_000_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let kept = held(|| {
        for _ in 0..100_000 {
            assert!(mailbox.try_push(&data("")));
        }
        empty(&ready_list);
        for _ in 0..2 {
            assert!(mailbox.try_push(&data("")));
            empty(&ready_list);
        }
    });
    assert!(kept <= 8 * 1024, "{kept} bytes held");
}

#[test]
fn a_burst_of_large_runs_does_too() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let kept = held(|| {
        for _ in 0..10 {
            let mut run = Queue::default();
            for _ in 0..256 {
                run.push(&data(&"x".repeat(300)));
            }
            mailbox.push(&mut run);
        }
        empty(&ready_list);
        for _ in 0..8 {
            assert!(mailbox.try_push(&data("and then a trickle")));
            empty(&ready_list);
        }
    });
    assert!(kept <= 8 * 1024, "{kept} bytes held");
}

#[test]
fn not_even_the_list_of_many_runs_stays() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 1_000_000, &ready_list);
    mailbox.ask(Demand::Flow);
    let kept = held(|| {
        for _ in 0..4_000 {
            let mut run = Queue::default();
            for _ in 0..60 {
                run.push(&data(&"x".repeat(300)));
            }
            mailbox.push(&mut run);
        }
        empty(&ready_list);
    });
    // What the last runs needed the next may need, too.
    assert!(kept <= 128 * 1024, "{kept} bytes held");
}

/// A mailbox that is never quite empty, as one of a consumer just as fast as its server.
fn never_empty(record: &Record<'_>, words: usize) -> isize {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 1_024, &ready_list);
    mailbox.ask(Demand::Flow);
    // Room for one record; two words are the mailbox's.
    let (mut words, mut units) = (vec![0; 2 + words], [0; 2 * 1024]);
    held(|| {
        for _ in 0..10 {
            assert!(mailbox.try_push(record));
        }
        for _ in 0..200_000 {
            assert!(mailbox.try_push(record));
            assert_eq!(take(&ready_list, &mut words, &mut units), Drained::More);
        }
    })
}

#[test]
fn a_queue_that_is_never_empty_does_not_grow() {
    for (text, words) in [("some text", 1), (&"x".repeat(4_000), 2)] {
        let kept = never_empty(&data(text), words);
        assert!(kept <= 512 * 1024, "{kept} bytes held for {} a record", text.len());
    }
}

#[test]
fn a_queue_of_events_without_text_does_not_grow_either() {
    for (record, words) in [(data(""), 1), (Record::Comment(b""), 2), (Record::Id(b""), 2)] {
        let kept = never_empty(&record, words);
        assert!(kept <= 512 * 1024, "{kept} bytes held for {record:?}");
    }
}

#[test]
fn a_closed_mailbox_holds_nothing() {
    let (ready_list, _) = ready_list();
    let mailbox = mailbox(0, 100_000, &ready_list);
    let kept = held(|| {
        for _ in 0..10_000 {
            assert!(mailbox.try_push(&data("some text")));
        }
        mailbox.notify_urgently("a question");
        mailbox.close();
    });
    // The place on the ready list's list, until the next drain.
    assert!(kept <= 256, "{kept} bytes held");
    drop(mailbox);
    empty(&ready_list);
}
