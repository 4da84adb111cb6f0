//! The ready list of one JavaScript environment, and the notifier that says it is not empty.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError};

use super::mailbox::Mailbox;
use super::sync::{AtomicBool, Mutex, MutexGuard, Ordering};
use crate::record::Batch;

/// Lists the mailboxes with something to deliver and wakes the consumer once for all of them.
pub struct ReadyList {
    ready: Mutex<VecDeque<Arc<Mailbox>>>,
    /// Notified, or about to be drained: no further wake-up is needed.
    notified: AtomicBool,
    notifier: Box<dyn Fn() + Send + Sync>,
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
    /// The first record is larger than the batch: drain again with room for this many bytes.
    TooSmall(usize),
}

impl ReadyList {
    /// A ready list whose `notifier` is called, from any thread, when its empty list gets an entry.
    #[must_use]
    pub fn new(notifier: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            ready: Mutex::default(),
            notified: AtomicBool::new(false),
            notifier: Box::new(notifier),
        })
    }

    pub(super) fn enlist(&self, mailbox: Arc<Mailbox>) {
        self.lock().push_back(mailbox);
        if !self.notified.swap(true, Ordering::AcqRel) {
            (self.notifier)();
        }
    }

    /// Fills `batch` from the mailboxes in turn.
    pub fn drain(&self, batch: &mut Batch<'_>) -> Drained {
        // The flag goes down before the list is read: an entry made meanwhile notifies again.
        self.notified.store(false, Ordering::Release);
        let mut turns = self.lock().len();
        while turns > 0
            && let Some(mailbox) = self.pop()
        {
            turns -= 1;
            let before = batch.words_used();
            let Some(size) = mailbox.deliver(batch) else { continue };
            // Something is left, so the batch is full, at least for this mailbox. One that got its
            // share goes to the end of the line; one that got nothing keeps its place.
            let served = batch.words_used() > before;
            let mut ready = self.lock();
            if served {
                ready.push_back(mailbox);
            } else {
                ready.push_front(mailbox);
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

    fn pop(&self) -> Option<Arc<Mailbox>> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Mailbox>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
