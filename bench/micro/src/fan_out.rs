//! One payload for many receivers, as a hub sends it: what the core takes to bring it across.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::delivery::{Deliver, Demand, Drained, Limits, Mailbox, ReadyList};
use crate::record::{Batch, Packed, Queue, Record};

const RECEIVERS: u32 = 10_000;
const ROUNDS: usize = 200;
/// The room of a batch, as `lib/core/batch.js` has it.
const WORDS: usize = 8 * 1024 - 1;
const UNITS: usize = 32 * 1024;
/// A usual event, 300 bytes of data.
const PAYLOAD: [u8; 308] = {
    let mut payload = [b'x'; 308];
    payload[306] = b'\n';
    payload[307] = b'\n';
    payload
};

/// Prints the best of several rounds.
pub fn run() {
    println!("\none payload of {} B to {RECEIVERS} receivers", PAYLOAD.len());
    let own = own_records();
    for (name, (time, batches)) in [
        ("a mailbox and a copy each", own),
        ("shared", shared()),
        ("shared, a prefix each", prefixed()),
    ] {
        let each = time.as_secs_f64() * 1e9 / f64::from(RECEIVERS);
        let ratio = time.as_secs_f64() / own.0.as_secs_f64();
        println!("  {name:<34} {each:>6.1} ns/receiver  {batches:>4} batches  {ratio:>5.3}×");
    }
}

/// The payload as a record of its own in the mailbox of each receiver.
fn own_records() -> (Duration, usize) {
    let ready_list = ReadyList::new(|| ());
    let limits = Limits { events: 8, bytes: 64 * 1024 };
    let boxes: Vec<_> =
        (0..RECEIVERS).map(|number| Mailbox::new(number, limits, &ready_list)).collect();
    for mailbox in &boxes {
        mailbox.ask(Demand::Flow);
    }
    best(&ready_list, || {
        let mut records = Queue::default();
        for mailbox in &boxes {
            records.push(&Record::Bytes(&PAYLOAD));
            mailbox.push(&mut records);
        }
    })
}

fn shared() -> (Duration, usize) {
    let ready_list = ReadyList::new(|| ());
    let numbers: Vec<u32> = (0..RECEIVERS).collect();
    best(&ready_list, || {
        let payload = Packed::bytes(&PAYLOAD);
        let receivers = Receivers::Plain(numbers.clone());
        ready_list.enlist(Arc::new(Broadcast { payload, receivers, served: AtomicUsize::new(0) }));
    })
}

fn prefixed() -> (Duration, usize) {
    static PREFIXES: OnceLock<Vec<Packed>> = OnceLock::new();
    let prefixes = PREFIXES.get_or_init(|| {
        (0..RECEIVERS).map(|number| Packed::text(format!("id: {number:06}\n").as_bytes())).collect()
    });
    let ready_list = ReadyList::new(|| ());
    let pairs: Vec<_> = (0..RECEIVERS).zip(prefixes).collect();
    best(&ready_list, || {
        let payload = Packed::bytes(&PAYLOAD);
        let receivers = Receivers::Prefixed(pairs.clone());
        ready_list.enlist(Arc::new(Broadcast { payload, receivers, served: AtomicUsize::new(0) }));
    })
}

/// The best time of a round, and how many batches it took.
fn best(ready_list: &ReadyList, publish: impl Fn()) -> (Duration, usize) {
    let (mut words, mut units) = (vec![0; WORDS], vec![0; UNITS]);
    let mut best = (Duration::MAX, 0);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        publish();
        let mut batches = 0;
        loop {
            let mut batch = Batch::new(&mut words, &mut units);
            let drained = ready_list.drain(&mut batch);
            black_box(batch.units_used());
            batches += 1;
            if drained == Drained::All {
                break;
            }
            assert_eq!(drained, Drained::More);
        }
        best = best.min((started.elapsed(), batches));
    }
    best
}

enum Receivers {
    Plain(Vec<u32>),
    Prefixed(Vec<(u32, &'static Packed)>),
}

struct Broadcast {
    payload: Packed,
    receivers: Receivers,
    served: AtomicUsize,
}

impl Deliver for Broadcast {
    fn deliver(&self, batch: &mut Batch<'_>) -> Option<usize> {
        let served = self.served.load(Ordering::Relaxed);
        let (count, all) = match &self.receivers {
            Receivers::Plain(all) => (batch.share(&self.payload, &all[served..]), all.len()),
            Receivers::Prefixed(all) => {
                (batch.share_prefixed(&self.payload, &all[served..]), all.len())
            }
        };
        self.served.store(served + count, Ordering::Relaxed);
        (served + count < all).then_some(2 * self.payload.units())
    }
}
