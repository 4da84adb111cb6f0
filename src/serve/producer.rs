//! Appends what a source says to the log of its run.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Wake, Waker};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep_until;

use super::clock::Clock;
use super::stats::{Counters, count};
use crate::log::{End, Key, Kind, Log, LogError, Tail, Token};
use crate::relay::{Policy, Production, Step};

/// Ends the source of a run, from any thread.
type Abort = Box<dyn FnOnce() + Send>;

/// What a producer needs of its relay.
pub struct Place {
    pub key: Key,
    pub token: Token,
    pub log: Arc<dyn Log>,
    pub tail: Arc<Tail>,
    pub clock: Clock,
    pub counters: Arc<Counters>,
    pub lease: Duration,
    pub retention: Duration,
}

/// The producer of one run: what a source says waits here until it is appended.
pub struct Producer {
    place: Place,
    production: Mutex<Production>,
    changed: Notify,
    source: Mutex<Source>,
}

/// What ends the source, each time more of it is known.
#[derive(Default)]
struct Source {
    aborts: Vec<Abort>,
    /// It is ended, or has ended itself: what is attached later is ended at once.
    over: bool,
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("production", &*self.lock()).finish_non_exhaustive()
    }
}

/// Wakes the producer when its tail has something to tell it. The tail, which the producer holds, must not hold the
/// producer.
struct TailWaker(Weak<Producer>);

impl Wake for TailWaker {
    fn wake(self: Arc<Self>) {
        if let Some(producer) = self.0.upgrade() {
            producer.changed.notify_one();
        }
    }
}

impl Producer {
    /// A producer that has yet to [run](Self::run), and to get its source: its maker has all the time that it takes.
    pub fn new(place: Place, policy: Policy) -> Arc<Self> {
        let production = Production::new(policy, Kind::Frames, place.clock.now());
        count(&place.counters.produced);
        Arc::new(Self {
            place,
            production: Mutex::new(production),
            changed: Notify::new(),
            source: Mutex::default(),
        })
    }

    /// The source is known. One without a clock of its own may be silent for `idle`.
    pub fn describe(&self, kind: Kind, idle: Option<Duration>) {
        self.place.tail.describe(kind);
        self.lock().describe(kind, idle, self.place.clock.now());
        self.changed.notify_one();
    }

    /// Calls `abort` when the source is to end, which may be now.
    pub fn on_abort(&self, abort: impl FnOnce() + Send + 'static) {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        if !source.over {
            source.aborts.push(Box::new(abort));
            return;
        }
        drop(source);
        abort();
    }

    /// The source says a frame; see [`Producer::flush`].
    pub fn frame(&self, frame: &[u8]) {
        self.place.counters.frames.fetch_add(1, Ordering::Relaxed);
        self.place.counters.bytes.fetch_add(frame.len() as u64, Ordering::Relaxed);
        let now = self.place.clock.now();
        self.lock().frame(frame, now);
    }

    /// What was said may be appended.
    pub fn flush(&self) {
        self.changed.notify_one();
    }

    /// Readers that want to are told of something that is no part of the run.
    pub fn notice(&self, frame: &str) {
        self.place.tail.notice(frame);
    }

    /// The source has come to its end; the first counts.
    pub fn end(&self, end: End) {
        self.lock().end(end);
        self.changed.notify_one();
    }

    /// Appends, renews and waits until the run is over.
    pub async fn run(self: Arc<Self>) {
        let waker = Waker::from(Arc::new(TailWaker(Arc::downgrade(&self))));
        let Place { tail, clock, .. } = &self.place;
        loop {
            tail.wake_producer(&waker);
            let (stops, readers, seen) = (tail.stops(), tail.readers(), tail.was_read());
            let (ended, elsewhere) = (tail.end().is_some(), tail.elsewhere());
            let step = {
                let mut production = self.lock();
                let now = clock.now();
                production.readers(readers, seen, now);
                production.read_elsewhere(elsewhere);
                if ended {
                    production.fenced();
                }
                if stops {
                    production.stop();
                }
                production.next(now)
            };
            match step {
                Step::Append { seq, entry } => self.append(seq, entry).await,
                Step::Renew => self.renew().await,
                Step::Abort => self.abort(),
                Step::Finish(end) => self.finish(end).await,
                Step::Rest(until) => {
                    tokio::select! {
                        () = self.changed.notified() => {}
                        () = sleep_until(clock.instant(until)) => {}
                    }
                }
                Step::Over => break,
            }
        }
        // It has ended itself, or was told to.
        self.leave();
    }

    async fn append(&self, seq: u64, entry: crate::log::Entry) {
        let Place { key, token, log, clock, .. } = &self.place;
        let frames = entry.frames();
        let appended = log.append(key, *token, seq, entry, clock.now()).await;
        self.lock().appended(appended.map(|()| frames), clock.now());
    }

    async fn renew(&self) {
        let Place { key, token, log, clock, lease, .. } = &self.place;
        let renewed = log.renew(key, *token, *lease, clock.now()).await;
        self.lock().renewed(renewed, clock.now());
    }

    async fn finish(&self, end: End) {
        let Place { key, token, log, clock, retention, counters, .. } = &self.place;
        counters.ended(&end);
        let finished = log.finish(key, *token, end, *retention, clock.now()).await;
        // A run that another has taken over has another end.
        debug_assert!(matches!(finished, Ok(()) | Err(LogError::Fenced)));
        self.lock().finished();
    }

    fn abort(&self) {
        for abort in self.leave() {
            abort();
        }
    }

    /// Nothing is to be said to the source any more.
    fn leave(&self) -> Vec<Abort> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.over = true;
        std::mem::take(&mut source.aborts)
    }

    fn lock(&self) -> MutexGuard<'_, Production> {
        self.production.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
