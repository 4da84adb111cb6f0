//! The ready list of one JavaScript environment, and the bell that says it is not empty.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError};

use super::mailbox::Mailbox;
use super::queue::{Queue, Run};
use super::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// Lists the mailboxes with something to deliver and rings once for all of them.
pub struct Office {
    ready: Mutex<VecDeque<Arc<Mailbox>>>,
    /// Rung, or about to be drained: no further ring is needed.
    rung: AtomicBool,
    bell: Box<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Office").field("ready", &self.lock().len()).finish_non_exhaustive()
    }
}

/// What a drain left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Everything deliverable is in the batch.
    All,
    /// The batch is full; drain again in the next turn. No bell will ring until then.
    More,
    /// The first record is larger than the batch: drain again with room for this many bytes.
    TooSmall(usize),
}

impl Office {
    /// An office whose `bell` is called, from any thread, when its empty list gets an entry.
    #[must_use]
    pub fn new(bell: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            ready: Mutex::default(),
            rung: AtomicBool::new(false),
            bell: Box::new(bell),
        })
    }

    pub(super) fn enlist(&self, mailbox: Arc<Mailbox>) {
        self.lock().push_back(mailbox);
        if !self.rung.swap(true, Ordering::AcqRel) {
            (self.bell)();
        }
    }

    /// Fills `batch` from the mailboxes in turn.
    pub fn drain(&self, batch: &mut Batch<'_>) -> Drained {
        // The flag goes down before the list is read: an entry made meanwhile rings again.
        self.rung.store(false, Ordering::Release);
        let mut turns = self.lock().len();
        while turns > 0
            && let Some(mailbox) = self.pop()
        {
            turns -= 1;
            let before = batch.words_used;
            let Some(size) = mailbox.deliver(batch) else { continue };
            // Something is left, so the batch is full, at least for this mailbox. One that got its
            // share goes to the end of the line; one that got nothing keeps its place.
            let served = batch.words_used > before;
            let mut ready = self.lock();
            if served {
                ready.push_back(mailbox);
            } else {
                ready.push_front(mailbox);
            }
            drop(ready);
            if batch.words_used == 0 {
                self.rung.store(true, Ordering::Release);
                return Drained::TooSmall(size);
            }
            break;
        }
        if self.lock().is_empty() {
            return Drained::All;
        }
        self.rung.store(true, Ordering::Release);
        Drained::More
    }

    fn pop(&self) -> Option<Arc<Mailbox>> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Mailbox>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records of many mailboxes, packed: for each mailbox its number and the count of its records,
/// then for each record its kind and flags and a length word for every field; of a short event all of
/// that is in one word. The text of the fields lies in `units`, in the same order.
#[derive(Debug)]
pub struct Batch<'a> {
    words: &'a mut [u32],
    units: &'a mut [u16],
    words_used: usize,
    units_used: usize,
}

impl<'a> Batch<'a> {
    /// An empty batch over the given space.
    pub fn new(words: &'a mut [u32], units: &'a mut [u16]) -> Self {
        Self { words, units, words_used: 0, units_used: 0 }
    }

    /// How many words are in use.
    #[must_use]
    pub const fn words_used(&self) -> usize {
        self.words_used
    }

    /// How many units are in use.
    #[must_use]
    pub const fn units_used(&self) -> usize {
        self.units_used
    }

    pub(super) fn group(&mut self, id: u32) -> Group<'_, 'a> {
        let start = self.words_used;
        Group { batch: self, id, start, count: 0 }
    }
}

/// The part of a batch that belongs to one mailbox. It takes no room until a record is in.
pub(super) struct Group<'b, 'a> {
    batch: &'b mut Batch<'a>,
    id: u32,
    start: usize,
    count: u32,
}

const HEADER: usize = 2;

impl Group<'_, '_> {
    /// Takes as many records from `queue` as may be delivered and fit.
    pub(super) fn take(&mut self, queue: &mut Queue, asking: bool) -> Run {
        let batch = &mut *self.batch;
        let header = if self.count == 0 { HEADER } else { 0 };
        let start = batch.words_used + header;
        let words = batch.words.len().saturating_sub(start);
        let run = queue.run(asking, words, batch.units.len() - batch.units_used);
        if run.records > 0 {
            queue.pop_into(run, &mut batch.words[start..], &mut batch.units[batch.units_used..]);
            batch.words_used = start + run.words;
            batch.units_used += run.units;
            // A batch has room for far fewer than 2^32 records.
            self.count += u32::try_from(run.records).unwrap_or(0);
        }
        run
    }

    pub(super) fn finish(self) {
        if self.count > 0 {
            self.batch.words[self.start] = self.id;
            self.batch.words[self.start + 1] = self.count;
        }
    }
}
