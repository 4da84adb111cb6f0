//! Comments for readers that have heard nothing for long.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::sleep_until;

use super::clock::Clock;
use super::reader::Reader;

/// One clock for all readers of a relay.
#[derive(Debug)]
pub struct Heartbeats {
    clock: Clock,
    due: Mutex<Due>,
    earlier: Notify,
}

#[derive(Debug, Default)]
struct Due {
    heap: BinaryHeap<Reverse<Beat>>,
    next: u64,
}

#[derive(Debug)]
struct Beat {
    at: Duration,
    number: u64,
    reader: Weak<Reader>,
}

impl PartialEq for Beat {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Beat {}

impl Ord for Beat {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Beat {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Heartbeats {
    /// Runs for as long as it is held.
    pub fn start(runtime: &Handle, clock: Clock) -> Arc<Self> {
        let heartbeats = Arc::new(Self { clock, due: Mutex::default(), earlier: Notify::new() });
        runtime.spawn(beat(Arc::downgrade(&heartbeats), clock));
        heartbeats
    }

    /// From now on the reader is asked whether it needs one.
    pub fn add(&self, reader: &Arc<Reader>, at: Duration) {
        self.put(at, Arc::downgrade(reader));
        self.earlier.notify_one();
    }

    fn put(&self, at: Duration, reader: Weak<Reader>) {
        let mut due = self.lock();
        due.next += 1;
        let number = due.next;
        due.heap.push(Reverse(Beat { at, number, reader }));
    }

    /// Asks all that are due; when the next one is.
    fn turn(&self) -> Option<Duration> {
        loop {
            let now = self.clock.now();
            let reader = {
                let mut due = self.lock();
                match due.heap.peek() {
                    Some(Reverse(beat)) if beat.at <= now => {}
                    first => return first.map(|Reverse(beat)| beat.at),
                }
                due.heap.pop().and_then(|Reverse(beat)| beat.reader.upgrade())
            };
            if let Some(reader) = reader
                && let Some(next) = reader.beat(now)
            {
                self.put(next, Arc::downgrade(&reader));
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For how long nothing is looked at when there is no reader.
const REST: Duration = Duration::from_secs(60);

async fn beat(heartbeats: Weak<Heartbeats>, clock: Clock) {
    while let Some(heartbeats) = heartbeats.upgrade() {
        let next = heartbeats.turn().unwrap_or_else(|| clock.now() + REST);
        tokio::select! {
            () = heartbeats.earlier.notified() => {}
            () = sleep_until(clock.instant(next)) => {}
        }
    }
}
