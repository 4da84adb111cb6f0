//! One producer's bounded queue, and whether its consumer is asking.
#![forbid(unsafe_code)]

use std::sync::{Arc, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use super::deliver::Deliver;
use super::ready_list::ReadyList;
use super::sync::{Mutex, MutexGuard};
use crate::record::{Batch, Kind, Queue, Record, Run, Segments};

/// Whether the consumer wants events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing but notices, until it asks.
    Off,
    /// One batch; then it asks again, which also says that it has used up the last one.
    Once,
    /// Everything as it comes.
    Flow,
}

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Records. Default 8,192: so few take half a millisecond at full speed, several times what it
    /// takes to wake the engine and the consumer. With 1,024 both ends mostly waited, at half the speed.
    pub events: usize,
    /// Bytes of text. Default 8 MiB. A larger event enters an empty mailbox alone.
    pub bytes: usize,
}

/// How much fits into a mailbox. Its one producer may rely on it: consumers only make more room.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    empty: bool,
    events: usize,
    bytes: usize,
}

impl Room {
    /// Whether a record of this cost fits behind those of `records`.
    #[must_use]
    pub fn fits(&self, records: &Queue, cost: usize) -> bool {
        self.empty && records.is_empty()
            || records.len() < self.events && records.bytes() + cost <= self.bytes
    }
}

/// A bounded queue of records for one consumer.
#[derive(Debug)]
pub struct Mailbox {
    id: u32,
    limits: Limits,
    ready_list: Weak<ReadyList>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Questions and answers between engine and consumer: they wait behind nothing. Boxed, for most
    /// streams never have one.
    urgent: Option<Box<Queue>>,
    queue: Segments,
    demand: Demand,
    /// Handed over but not yet used up: the consumer's own queue counts towards the bound.
    held_events: usize,
    held_bytes: usize,
    /// On the ready list.
    listed: bool,
    closed: bool,
    /// A producer that waits for room, and for how much.
    waiting: Option<(usize, Waker)>,
}

impl Inner {
    /// The units of the next record that may be delivered now.
    fn deliverable(&self) -> Option<usize> {
        let urgent = self.urgent.as_ref().and_then(|urgent| urgent.front(true));
        urgent.or_else(|| self.queue.front(self.demand != Demand::Off))
    }

    fn room(&self, limits: Limits) -> Room {
        let events = self.queue.len() + self.held_events;
        let bytes = self.queue.bytes() + self.held_bytes;
        // Behind an event larger than the bound not even an empty one fits.
        let over = bytes > limits.bytes;
        Room {
            // A closed mailbox swallows everything, so that no producer waits at it.
            empty: events == 0 || self.closed,
            events: if over { 0 } else { limits.events.saturating_sub(events) },
            bytes: limits.bytes.saturating_sub(bytes),
        }
    }

    fn fits(&self, limits: Limits, cost: usize) -> bool {
        let events = self.queue.len() + self.held_events;
        let bytes = self.queue.bytes() + self.held_bytes;
        events == 0 || (events < limits.events && bytes + cost <= limits.bytes)
    }

    /// A producer that waits is woken only when half the room is free again, so that a fast one
    /// is not woken for every single event.
    fn relieved(&mut self, limits: Limits) -> Option<Waker> {
        let (cost, _) = self.waiting.as_ref()?;
        let half = Limits { events: limits.events.div_ceil(2), bytes: limits.bytes };
        let roomy = self.queue.bytes() + self.held_bytes <= limits.bytes / 2;
        let free = self.queue.len() + self.held_events == 0;
        if free || (roomy && self.fits(half, *cost)) {
            return self.waiting.take().map(|(_, waker)| waker);
        }
        None
    }
}

impl Mailbox {
    /// An empty mailbox with the number `id` in `ready list`.
    #[must_use]
    pub fn new(id: u32, limits: Limits, ready_list: &Arc<ReadyList>) -> Arc<Self> {
        Arc::new(Self {
            id,
            limits,
            ready_list: Arc::downgrade(ready_list),
            inner: Mutex::new(Inner {
                urgent: None,
                queue: Segments::default(),
                demand: Demand::Off,
                held_events: 0,
                held_bytes: 0,
                listed: false,
                closed: false,
                waiting: None,
            }),
        })
    }

    /// Its number in the ready list.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// How much fits now.
    #[must_use]
    pub fn room(&self) -> Room {
        self.lock().room(self.limits)
    }

    /// Puts in all of `records`, for which there is room; returns how much is left.
    pub fn push(self: &Arc<Self>, records: &mut Queue) -> Room {
        let mut inner = self.lock();
        if inner.closed {
            *records = Queue::default();
            return inner.room(self.limits);
        }
        inner.queue.append(records);
        let room = inner.room(self.limits);
        self.list(inner);
        room
    }

    /// Puts a notice in, which needs no room: the engine makes only a few between two events.
    pub fn notify(self: &Arc<Self>, notice: &str) {
        let mut inner = self.lock();
        if !inner.closed {
            inner.queue.push(&Record::Notice(notice));
            self.list(inner);
        }
    }

    /// Puts a notice in before everything that waits.
    pub fn notify_urgently(self: &Arc<Self>, notice: &str) {
        let mut inner = self.lock();
        if !inner.closed {
            inner.urgent.get_or_insert_default().push(&Record::Notice(notice));
            self.list(inner);
        }
    }

    /// Ready once a record of this cost fits.
    pub fn poll_room(&self, cost: usize, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        if inner.closed || inner.fits(self.limits, cost) && inner.waiting.is_none() {
            return Poll::Ready(());
        }
        inner.waiting = Some((cost, cx.waker().clone()));
        if inner.relieved(self.limits).is_some() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Says what the consumer wants. Asking says that everything handed over so far is used up.
    /// Returns whether something waits that can be delivered at once.
    pub fn ask(self: &Arc<Self>, demand: Demand) -> bool {
        let mut inner = self.lock();
        inner.demand = demand;
        if demand != Demand::Off {
            inner.held_events = 0;
            inner.held_bytes = 0;
        }
        let relieved = inner.relieved(self.limits);
        let waits = inner.deliverable().is_some();
        self.list(inner);
        if let Some(waker) = relieved {
            waker.wake();
        }
        waits
    }

    /// Drops what waits and refuses what comes.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.queue = Segments::default();
        inner.urgent = None;
        let waiting = inner.waiting.take();
        drop(inner);
        if let Some((_, waker)) = waiting {
            waker.wake();
        }
    }

    fn list(self: &Arc<Self>, mut inner: MutexGuard<'_, Inner>) {
        if inner.listed || inner.deliverable().is_none() {
            return;
        }
        inner.listed = true;
        drop(inner);
        if let Some(ready_list) = self.ready_list.upgrade() {
            ready_list.enlist(Arc::<Self>::clone(self));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deliver for Mailbox {
    fn deliver(&self, batch: &mut Batch<'_>) -> Option<usize> {
        let mut inner = self.lock();
        // Still listed while it is read, so that no producer lists it a second time.
        if inner.demand == Demand::Flow {
            inner.held_events = 0;
            inner.held_bytes = 0;
        }
        let mut group = batch.group(self.id);
        if let Some(urgent) = &mut inner.urgent {
            group.take(urgent, true);
            if urgent.is_empty() {
                inner.urgent = None;
            }
        }
        let asking = inner.demand != Demand::Off;
        let mut taken = Run::default();
        while inner.urgent.is_none()
            && let Some(mut queue) = inner.queue.take_front()
        {
            // Copied without the lock: the producer need not wait, and it is the longest part.
            drop(inner);
            let run = group.take(&mut queue, asking);
            inner = self.lock();
            if inner.closed {
                break;
            }
            let read = queue.is_empty();
            inner.queue.give_back(queue, run);
            taken.add(run);
            if !read {
                break;
            }
        }
        if inner.demand == Demand::Once && taken.records > 0 {
            if taken.awaited > 0 {
                inner.demand = Demand::Off;
                inner.held_events += taken.asked;
                inner.held_bytes += taken.asked_units * 2;
            } else {
                // It still waits, so it will not ask again: what passed it by is used up.
                inner.held_events = 0;
                inner.held_bytes = 0;
            }
        }
        group.finish();
        let left = inner.deliverable().map(|units| units * 2);
        inner.listed = left.is_some();
        let relieved = inner.relieved(self.limits);
        drop(inner);
        if let Some(waker) = relieved {
            waker.wake();
        }
        left
    }
}

const _: () = assert!(Kind::Event as u8 == 0, "JavaScript tests for events first");
