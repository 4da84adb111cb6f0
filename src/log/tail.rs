//! The entries of one run in this process.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Duration;

use super::cursor::Position;
use super::end::End;
use super::entry::{Entry, Kind};
use super::generation::Generation;

/// What was appended to a run, for all its readers in this process: none has a queue of its own.
#[derive(Debug)]
pub struct Tail {
    generation: Generation,
    kind: OnceLock<Kind>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: Vec<Arc<Entry>>,
    bytes: usize,
    end: Option<End>,
    /// The producer is asked to stop.
    stops: bool,
    readers: usize,
    /// It has, or had, a reader.
    read: bool,
    /// Readers that have read everything.
    waiting: Vec<Waker>,
    /// The last notice, and how many there were.
    notice: Option<Arc<str>>,
    notices: u64,
    producer: Option<Waker>,
    /// Until then a reader in another process counts.
    read_elsewhere: Duration,
    /// Those that wait for the end alone.
    ending: Vec<Waker>,
}

impl Tail {
    /// Of a run to which nothing has been appended.
    #[must_use]
    pub fn new(generation: Generation) -> Self {
        Self { generation, kind: OnceLock::new(), inner: Mutex::default() }
    }

    /// Which run of its id it is.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// The producer says what the frames are going to be.
    pub fn describe(&self, kind: Kind) {
        // A run has one producer: the first word stays.
        let _ = self.kind.set(kind);
    }

    /// Whether its frames are bytes as they came. Until its producer says so, they are events.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.kind.get() == Some(&Kind::Raw)
    }

    /// Appends an entry and wakes readers that wait.
    pub fn append(&self, entry: Entry) {
        let mut inner = self.lock();
        inner.bytes += entry.footprint();
        inner.entries.push(Arc::new(entry));
        wake(inner, true, false);
    }

    /// Tells readers that are there of something that is not kept; wakes those that wait.
    pub fn notice(&self, text: &str) {
        let mut inner = self.lock();
        inner.notice = Some(Arc::from(text));
        inner.notices += 1;
        wake(inner, true, false);
    }

    /// How many notices there were.
    #[must_use]
    pub fn notices(&self) -> u64 {
        self.lock().notices
    }

    /// The last notice, if it is none of the first `seen`, and how many there were.
    #[must_use]
    pub fn read_notice(&self, seen: u64) -> Option<(u64, Arc<str>)> {
        let inner = self.lock();
        let notice = inner.notice.clone().filter(|_| inner.notices > seen)?;
        Some((inner.notices, notice))
    }

    /// Nothing follows; wakes all who wait. The first end stays.
    pub fn finish(&self, end: End) {
        let mut inner = self.lock();
        inner.end.get_or_insert(end);
        wake(inner, true, true);
    }

    /// Asks the producer to stop, and wakes it. `false` once the run has ended.
    pub fn stop(&self) -> bool {
        let mut inner = self.lock();
        inner.stops = true;
        let open = inner.end.is_none();
        wake(inner, false, true);
        open
    }

    /// Whether the producer is asked to stop.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.lock().stops
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.lock().end.clone()
    }

    /// The number of the last entry; 0 before the first.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.lock().entries.len() as u64
    }

    /// Memory that its entries take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// The entry in which the next frame behind `position` is, its number, and how many of its frames are
    /// to be left out.
    #[must_use]
    pub fn read(&self, position: Position) -> Option<(u64, Arc<Entry>, usize)> {
        let inner = self.lock();
        let Position { mut seq, mut index } = position;
        if seq > 0 && inner.at(seq).is_some_and(|entry| index as usize >= entry.frames()) {
            (seq, index) = (seq + 1, 0);
        }
        (seq, index) = if seq == 0 { (1, 0) } else { (seq, index) };
        inner.at(seq).map(|entry| (seq, Arc::clone(entry), index as usize))
    }

    /// Whether nothing can follow `position`, for the run has ended before it.
    #[must_use]
    pub fn is_behind(&self, position: Position) -> bool {
        let inner = self.lock();
        let last = inner.entries.len() as u64;
        inner.end.is_some()
            && (position.seq > last
                || position.seq == last
                    && inner.at(last).is_none_or(|entry| position.index as usize >= entry.frames()))
    }

    /// Wakes `waker`, once, when something comes behind `position` and the notices that were seen, or the end.
    /// `false` if it is there already.
    pub fn wait(&self, position: Position, seen: u64, waker: &Waker) -> bool {
        let mut inner = self.lock();
        let last = inner.entries.len() as u64;
        let frames = inner.at(last).map_or(0, |entry| entry.frames());
        let unread =
            last > position.seq || last == position.seq && frames > position.index as usize;
        if unread || inner.notices > seen || inner.end.is_some() {
            return false;
        }
        inner.waiting.push(waker.clone());
        true
    }

    /// Wakes `waker`, once, at the end. `false` if that is there already.
    pub fn wait_for_end(&self, waker: &Waker) -> bool {
        let mut inner = self.lock();
        let open = inner.end.is_none();
        if open {
            inner.ending.push(waker.clone());
        }
        open
    }

    /// Wakes the producer when it is asked to stop, when readers come or go, and at the end.
    pub fn wake_producer(&self, waker: &Waker) {
        self.lock().producer = Some(waker.clone());
    }

    /// One more reader, or one less.
    pub fn count_reader(&self, more: bool) {
        let mut inner = self.lock();
        inner.readers = if more { inner.readers + 1 } else { inner.readers.saturating_sub(1) };
        inner.read |= more;
        wake(inner, false, true);
    }

    /// Whether it has, or had, a reader in this process.
    #[must_use]
    pub fn was_read(&self) -> bool {
        self.lock().read
    }

    /// A reader in another process counts until then.
    pub fn read_elsewhere(&self, until: Duration) {
        let mut inner = self.lock();
        inner.read_elsewhere = until;
        wake(inner, false, true);
    }

    /// Until when a reader in another process counts; zero if there was none.
    #[must_use]
    pub fn elsewhere(&self) -> Duration {
        self.lock().read_elsewhere
    }

    /// Entries behind that number, of so many bytes, but at least one if there is any.
    #[must_use]
    pub fn behind(&self, seq: u64, bytes: usize) -> Vec<Arc<Entry>> {
        let inner = self.lock();
        let skipped = usize::try_from(seq).unwrap_or(usize::MAX);
        let mut room = Some(bytes);
        let entries = inner.entries.iter().skip(skipped).map_while(|entry| {
            room.take().map(|left| room = left.checked_sub(entry.size()))?;
            Some(Arc::clone(entry))
        });
        entries.collect()
    }

    /// How many readers it has in this process.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.lock().readers
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn at(&self, seq: u64) -> Option<&Arc<Entry>> {
        self.entries.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }
}

/// Without the lock: a reader that is woken reads at once.
fn wake(mut inner: MutexGuard<'_, Inner>, readers: bool, producer: bool) {
    let waiting = if readers { std::mem::take(&mut inner.waiting) } else { Vec::new() };
    let producer = if producer { inner.producer.take() } else { None };
    let ending = if inner.end.is_some() { std::mem::take(&mut inner.ending) } else { Vec::new() };
    drop(inner);
    for waker in waiting.into_iter().chain(producer).chain(ending) {
        waker.wake();
    }
}
