//! The ready list of one JavaScript environment: who has something to deliver.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError};

use super::deliver::Deliver;
use super::notifier::Notifier;
use super::sync::{AtomicBool, Mutex, MutexGuard, Ordering};
use crate::record::Batch;

/// Lists those that have something to deliver, and wakes the consumer once for all of them.
pub struct ReadyList {
    ready: Mutex<VecDeque<Arc<dyn Deliver>>>,
    /// Notified, or about to be drained: no further wake-up is needed.
    notified: AtomicBool,
    notifier: Box<dyn Notifier>,
}

impl fmt::Debug for ReadyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyList").field("ready", &self.lock().len()).finish_non_exhaustive()
    }
}

/// What a drain left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Everything deliverable is in the batch.
    All,
    /// The batch is full; drain again in the next turn. Nothing notifies until then.
    More,
    /// What comes first is larger than the batch: drain again with room for this many bytes.
    TooSmall(usize),
}

impl ReadyList {
    /// An empty list. The notifier is called, from any thread, when it gets its first entry.
    #[must_use]
    pub fn new(notifier: impl Notifier + 'static) -> Arc<Self> {
        Arc::new(Self {
            ready: Mutex::default(),
            notified: AtomicBool::new(false),
            notifier: Box::new(notifier),
        })
    }

    /// Puts one that has something to deliver at the end. It must not be on the list already.
    pub fn enlist(&self, entry: Arc<dyn Deliver>) {
        self.lock().push_back(entry);
        if !self.notified.swap(true, Ordering::AcqRel) {
            self.notifier.notify();
        }
    }

    /// Fills `batch` from all that are listed, in turn.
    pub fn drain(&self, batch: &mut Batch<'_>) -> Drained {
        // The flag goes down before the list is read: an entry made meanwhile notifies again.
        self.notified.store(false, Ordering::Release);
        let mut turns = self.lock().len();
        while turns > 0
            && let Some(entry) = self.pop()
        {
            turns -= 1;
            let before = batch.words_used();
            let Some(size) = entry.deliver(batch) else { continue };
            // Something is left, so the batch is full, at least for this one. If it got its share, it
            // goes to the end of the line; if it got nothing, it keeps its place.
            let served = batch.words_used() > before;
            let mut ready = self.lock();
            if served {
                ready.push_back(entry);
            } else {
                ready.push_front(entry);
            }
            drop(ready);
            if batch.words_used() == 0 {
                self.notified.store(true, Ordering::Release);
                return Drained::TooSmall(size);
            }
            break;
        }
        if self.lock().is_empty() {
            return Drained::All;
        }
        self.notified.store(true, Ordering::Release);
        Drained::More
    }

    fn pop(&self) -> Option<Arc<dyn Deliver>> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<dyn Deliver>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
