//! Producers on threads, one consumer: nothing is lost, nothing overtakes, nobody sleeps for ever.

use crate::harness::TryPush;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use perennial_sse::delivery::{Demand, Drained, Limits, Mailbox, ReadyList};
use perennial_sse::record::Record;

use super::harness::{Received, pack};

const PRODUCERS: u32 = 4;
const LETTERS: usize = 3_000;
/// Far beyond what any step takes: who waits this long was not woken.
const PATIENCE: Duration = Duration::from_secs(30);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Pushes, and sleeps while there is no room.
fn put(mailbox: &Arc<Mailbox>, record: &Record<'_>) {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let deadline = Instant::now() + PATIENCE;
    while !mailbox.try_push(record) {
        while mailbox.poll_room(record.cost(), &mut Context::from_waker(&waker)) == Poll::Pending {
            assert!(Instant::now() < deadline, "a producer was not woken");
            thread::park_timeout(PATIENCE);
        }
    }
}

/// Sends everything; returns how many urgent notices were among it.
fn produce(mailbox: &Arc<Mailbox>, seed: u64) -> usize {
    let mut urgent = 0;
    let mut chance = fastrand::Rng::with_seed(seed);
    for number in 0..LETTERS {
        let text = format!("{number}:{}", "\u{e9}".repeat(chance.usize(..40)));
        match chance.u8(..20) {
            0 => mailbox.notify(&text),
            1 => put(mailbox, &Record::Comment(text.as_bytes())),
            _ => {
                let data = text.as_bytes();
                put(mailbox, &Record::Event { name: None, data, id: None, retry: None });
            }
        }
        if chance.u8(..100) == 0 {
            mailbox.notify_urgently("urgent");
            urgent += 1;
        }
        if chance.u8(..50) == 0 {
            thread::yield_now();
        }
    }
    urgent
}

/// The place of a record among those of its producer; `None` for an urgent one.
fn number(record: &Received) -> Option<usize> {
    let (Received::Event { data: text, .. } | Received::Comment(text) | Received::Notice(text)) =
        record
    else {
        panic!("{record:?}");
    };
    text.split_once(':').map(|(number, _)| number.parse().unwrap())
}

struct Consumer {
    ready_list: Arc<ReadyList>,
    notifier: mpsc::Receiver<()>,
    boxes: Vec<Arc<Mailbox>>,
    chance: fastrand::Rng,
    drains: usize,
    urgent: usize,
}

impl Consumer {
    /// Takes everything, in batches of any size, asking in any way.
    fn run(&mut self) -> HashMap<u32, usize> {
        let mut next: HashMap<u32, usize> = (0..PRODUCERS).map(|number| (number, 0)).collect();
        for mailbox in &self.boxes {
            mailbox.ask(Demand::Once);
        }
        while next.values().any(|next| *next < LETTERS) {
            self.notifier.recv_timeout(PATIENCE).expect("nothing was notified");
            while self.turn(&mut next) {}
        }
        next
    }

    /// One drain; says whether another must follow although nothing notifies.
    fn turn(&mut self, next: &mut HashMap<u32, usize>) -> bool {
        let packed = pack(&self.ready_list, self.chance.usize(8..200), self.chance.usize(64..600));
        self.drains += 1;
        for (number, record) in packed.records() {
            let Some(place) = self::number(&record) else {
                self.urgent += 1;
                continue;
            };
            assert_eq!(next.insert(number, place + 1), Some(place), "mailbox {number}");
        }
        for mailbox in &self.boxes {
            mailbox.ask(self.chance.choice([Demand::Once, Demand::Flow]).unwrap());
        }
        packed.drained != Drained::All
    }
}

fn stress(seed: u64) {
    let (wake, notifier) = mpsc::channel();
    let wakeups = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&wakeups);
    let ready_list = ReadyList::new(move || {
        counter.fetch_add(1, SeqCst);
        let _ = wake.send(());
    });
    let limits = Limits { events: 16, bytes: 512 };
    let boxes: Vec<_> = (0..PRODUCERS).map(|id| Mailbox::new(id, limits, &ready_list)).collect();
    let producers: Vec<_> = boxes
        .iter()
        .map(|mailbox| {
            let mailbox = Arc::clone(mailbox);
            thread::spawn(move || produce(&mailbox, seed * 100 + u64::from(mailbox.id())))
        })
        .collect();
    let chance = fastrand::Rng::with_seed(seed);
    let mut consumer = Consumer { ready_list, notifier, boxes, chance, drains: 0, urgent: 0 };
    let mut got = consumer.run();
    let urgent: usize = producers.into_iter().map(|producer| producer.join().unwrap()).sum();
    while consumer.turn(&mut got) {}
    assert!(got.values().all(|got| *got == LETTERS), "{got:?}");
    assert_eq!(consumer.urgent, urgent);
    // Between two wake-ups lies a drain: a second one before it is in vain.
    assert!(wakeups.load(SeqCst) <= consumer.drains + 1);
}

#[test]
fn nothing_is_lost_between_threads() {
    for seed in 0..6 {
        stress(seed);
    }
}

/// A record too large for the batch is announced with its size, whatever happens to it meanwhile:
/// a size of zero would look like an empty batch, after which nobody drains.
#[test]
fn a_record_too_large_is_announced_with_its_size() {
    let ready_list = ReadyList::new(|| {});
    let mailbox = Mailbox::new(0, Limits { events: 16, bytes: 512 }, &ready_list);
    put(&mailbox, &Record::Comment(&[b'x'; 100]));
    let done = Arc::new(AtomicUsize::new(0));
    let fickle = thread::spawn({
        let (mailbox, done) = (Arc::clone(&mailbox), Arc::clone(&done));
        move || {
            while done.load(SeqCst) == 0 {
                mailbox.ask(Demand::Flow);
                mailbox.ask(Demand::Off);
            }
        }
    });
    let deadline = Instant::now() + PATIENCE;
    let (mut drains, mut announced) = (0, 0);
    while drains < 20_000 || announced == 0 {
        drains += 1;
        match pack(&ready_list, 8, 1).drained {
            Drained::TooSmall(100) => announced += 1,
            // It was taken off the list just then, and perhaps put on again.
            Drained::All | Drained::More => {
                assert!(Instant::now() < deadline, "nothing was announced");
            }
            Drained::TooSmall(size) => panic!("{size} bytes"),
        }
    }
    done.store(1, SeqCst);
    fickle.join().unwrap();
}
