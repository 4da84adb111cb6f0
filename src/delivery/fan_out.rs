//! Payloads on their way to many receivers of one environment.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, Weak};

use super::deliver::Deliver;
use super::ready_list::ReadyList;
use super::sync::{Mutex, MutexGuard};
use crate::record::{Batch, Packed, Queue, Record};

/// Neighbouring payloads for the same receivers become one, up to so many bytes: a receiver writes once for all of
/// them.
const JOINED: usize = 16 * 1024;

/// What brings more once everything has been delivered: its producer need not queue it before.
pub trait Refill: Send + Sync {
    /// Puts in what there is, some of it; whether there is more.
    fn refill(&self) -> bool;
}

/// Payloads for many receivers each, and notices for single ones, in order.
pub struct FanOut {
    ready_list: Weak<ReadyList>,
    inner: Mutex<Inner>,
    refill: OnceLock<Box<dyn Refill>>,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Piece>,
    bytes: usize,
    /// More is there than is queued.
    more: bool,
    /// On the ready list.
    listed: bool,
}

#[derive(Debug)]
enum Piece {
    Payload(Payload),
    Notice(u32, Queue),
}

#[derive(Debug)]
struct Payload {
    bytes: Vec<u8>,
    /// Packed when the first receiver gets it.
    packed: Option<Packed>,
    receivers: Arc<Vec<u32>>,
    /// So many have it.
    given: usize,
}

impl fmt::Debug for FanOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FanOut").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

impl FanOut {
    /// An empty one.
    #[must_use]
    pub fn new(ready_list: &Arc<ReadyList>) -> Arc<Self> {
        Arc::new(Self {
            ready_list: Arc::downgrade(ready_list),
            inner: Mutex::default(),
            refill: OnceLock::new(),
        })
    }

    /// Says what brings more; once.
    pub fn refill_from(&self, refill: impl Refill + 'static) {
        // A second one has nothing that the first has not.
        _ = self.refill.set(Box::new(refill));
    }

    /// How many bytes wait; those for many receivers count once.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Puts a payload in for these receivers.
    pub fn push(self: &Arc<Self>, bytes: Vec<u8>, receivers: Arc<Vec<u32>>) {
        let mut inner = self.lock();
        inner.bytes += bytes.len();
        if let Some(Piece::Payload(last)) = inner.queue.back_mut()
            && last.packed.is_none()
            && Arc::ptr_eq(&last.receivers, &receivers)
            && last.bytes.len() + bytes.len() <= JOINED
        {
            last.bytes.extend_from_slice(&bytes);
        } else {
            let payload = Payload { bytes, packed: None, receivers, given: 0 };
            inner.queue.push_back(Piece::Payload(payload));
        }
        self.list(inner);
    }

    /// Puts a notice in for one receiver, behind what it was given.
    pub fn notify(self: &Arc<Self>, receiver: u32, notice: &str) {
        let mut queue = Queue::default();
        queue.push(&Record::Notice(notice));
        let mut inner = self.lock();
        inner.queue.push_back(Piece::Notice(receiver, queue));
        self.list(inner);
    }

    /// There is more to refill from.
    pub fn wake(self: &Arc<Self>) {
        let mut inner = self.lock();
        inner.more = true;
        self.list(inner);
    }

    fn list(self: &Arc<Self>, mut inner: MutexGuard<'_, Inner>) {
        if inner.listed {
            return;
        }
        inner.listed = true;
        drop(inner);
        if let Some(ready_list) = self.ready_list.upgrade() {
            ready_list.enlist(Arc::<Self>::clone(self));
        }
    }

    /// Gets more, if nothing is queued; without the lock, for what brings it pushes.
    fn fill(&self) {
        loop {
            let mut inner = self.lock();
            if !inner.queue.is_empty() || !std::mem::take(&mut inner.more) {
                return;
            }
            drop(inner);
            if self.refill.get().is_some_and(|refill| refill.refill()) {
                self.lock().more = true;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Moves what fits; how many bytes the first needs that does not.
    fn deliver(&mut self, batch: &mut Batch<'_>) -> Option<usize> {
        while let Some(piece) = self.queue.front_mut() {
            match piece {
                Piece::Payload(payload) => {
                    let packed =
                        payload.packed.get_or_insert_with(|| Packed::bytes(&payload.bytes));
                    payload.given += batch.share(packed, &payload.receivers[payload.given..]);
                    if payload.given < payload.receivers.len() {
                        return Some(packed.units() * 2);
                    }
                    self.bytes -= payload.bytes.len();
                }
                Piece::Notice(receiver, queue) => {
                    let needed = queue.bytes() + 2;
                    let mut group = batch.group(*receiver);
                    group.take(queue, true);
                    group.finish();
                    if !queue.is_empty() {
                        return Some(needed);
                    }
                }
            }
            self.queue.pop_front();
        }
        None
    }
}

impl Deliver for FanOut {
    fn deliver(&self, batch: &mut Batch<'_>) -> Option<usize> {
        self.fill();
        let mut inner = self.lock();
        // Still listed while it is read, so that it is not listed a second time.
        let left = inner.deliver(batch);
        // What is behind waits for the next turn: by then receivers have said whether they take more.
        let left = left.or_else(|| inner.more.then_some(0));
        inner.listed = left.is_some();
        left
    }
}
