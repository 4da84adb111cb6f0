//! A log in memory: appends a second on one core, and what 10,000 readers of one run take.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::log::{
    Bounds, Claim, Entry, Generation, Key, Kind, Log, MemoryBounds, MemoryLog, Position, Restart,
    Tail, Token,
};

const APPENDS: u64 = 1_000_000;
const READERS: usize = 10_000;
const EVENTS: u64 = 100;
/// So many a second the readers are to get.
const RATE: f64 = 20.0;
/// A chunk of an answer.
const FRAME: [u8; 160] = [b'x'; 160];
const TOKEN: Token = Token(1);

/// Prints both.
pub fn run() {
    let (log, key, tail) = begin();
    let started = Instant::now();
    for seq in 1..=APPENDS {
        append(&log, &key, seq);
    }
    let took = started.elapsed();
    println!("\nappends of {} B to one run in memory", FRAME.len());
    println!("  {:>10.0} a second", APPENDS as f64 / took.as_secs_f64());
    assert_eq!(tail.last(), APPENDS);

    let (log, key, tail) = begin();
    let readers: Vec<_> = (0..READERS).map(|_| Reader::new(&tail)).collect();
    for reader in &readers {
        Arc::clone(reader).wake();
    }
    let started = Instant::now();
    for seq in 1..=EVENTS {
        append(&log, &key, seq);
    }
    let took = started.elapsed();
    let frames: u64 = readers.iter().map(|reader| reader.frames.load(Ordering::Relaxed)).sum();
    assert_eq!(frames, EVENTS * READERS as u64);
    let share = took.as_secs_f64() / EVENTS as f64 * RATE * 100.0;
    println!("{READERS} cursors on one run");
    println!("  {:>10.0} ns each frame", took.as_secs_f64() * 1e9 / frames as f64);
    println!("  {share:>10.1} % of a core at {RATE} events/s");
}

fn begin() -> (MemoryLog, Key, Arc<Tail>) {
    let channel = Bounds { events: 1, bytes: 1, age: Duration::ZERO };
    let log = MemoryLog::new(MemoryBounds { channel, total: usize::MAX });
    let key = Key::run(Some("owner"), "an-id-of-usual-length");
    let claim = Claim {
        generation: Generation::new(1),
        token: TOKEN,
        lease: Duration::from_secs(3600),
        restart: Restart::Never,
    };
    let tail = now(log.acquire(&key, claim, Duration::ZERO)).tail;
    (log, key, tail)
}

fn append(log: &MemoryLog, key: &Key, seq: u64) {
    let mut entry = Entry::new(Kind::Frames);
    entry.push(&FRAME);
    now(log.append(key, TOKEN, seq, entry, Duration::ZERO));
}

/// A log in memory has everything at once, and no reason to refuse it here.
fn now<T>(future: impl Future<Output = Result<T, crate::log::LogError>>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(value)) => value,
        _ => panic!("a log in memory waits for nothing"),
    }
}

/// Reads what there is when it is woken, and waits again.
struct Reader {
    tail: Arc<Tail>,
    seq: AtomicU64,
    frames: AtomicU64,
}

impl Reader {
    fn new(tail: &Arc<Tail>) -> Arc<Self> {
        let (seq, frames) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { tail: Arc::clone(tail), seq, frames })
    }
}

impl Wake for Reader {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        loop {
            let seq = self.seq.load(Ordering::Relaxed);
            let position = Position { seq, index: u32::from(seq > 0) };
            if let Some((seq, entry, skipped)) = self.tail.read(position) {
                black_box(entry.frame(skipped));
                self.frames.fetch_add(1, Ordering::Relaxed);
                self.seq.store(seq, Ordering::Relaxed);
            } else if self.tail.wait(position, 0, &waker) {
                return;
            }
        }
    }
}
