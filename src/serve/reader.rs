//! Hands a run out from a cursor.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use serde_json::json;

use super::clock::Clock;
use super::event_frames::EventFrames;
use super::heartbeats::Heartbeats;
use super::stats::Counters;
use super::wire;
use crate::delivery::{Limits, Mailbox};
use crate::log::{End, Kind, Position, Tail};
use crate::record::{Queue, Record};

/// So much waits for a receiver at most; the rest stays where it is, in the log.
const LIMITS: Limits = Limits { events: 1024, bytes: 64 * 1024 };

/// So much is prepared at a time.
const ENOUGH: usize = LIMITS.bytes / 2;

/// As what a reader hands out frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As the bytes of a response.
    Bytes,
    /// As events.
    Events,
}

/// How a run is read.
#[derive(Clone, Copy, Debug)]
pub struct ReaderOptions {
    /// As what.
    pub form: Form,
    /// Behind which frame.
    pub after: Position,
    /// Whether the receiver is told first that its place was none.
    pub resets: bool,
    /// For how long it may hear nothing; `None` for ever.
    pub heartbeat: Option<Duration>,
    /// Whether it hears of what is no part of the run, such as a wait of its source.
    pub notices: bool,
}

/// One reader of a run. It has no queue: what its receiver has no room for stays in the log.
pub struct Reader {
    itself: Weak<Self>,
    tail: Arc<Tail>,
    mailbox: Arc<Mailbox>,
    form: Form,
    heartbeat: Option<Duration>,
    clock: Clock,
    counters: Arc<Counters>,
    place: Mutex<Place>,
}

#[derive(Debug)]
struct Place {
    position: Position,
    /// Behind this piece, which waits for room.
    pending: Option<(Queue, Position)>,
    events: EventFrames,
    /// Notices that were told, or are not wanted.
    notices: u64,
    /// When something was handed over last.
    sent: Duration,
    /// Everything is handed over, or its receiver has left.
    over: bool,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("place", &*self.lock()).finish_non_exhaustive()
    }
}

impl Reader {
    /// The bounds that its mailbox is to have.
    pub const LIMITS: Limits = LIMITS;

    /// A reader that hands out at once what its mailbox has room for.
    pub(super) fn start(
        tail: Arc<Tail>,
        mailbox: Arc<Mailbox>,
        options: ReaderOptions,
        clock: Clock,
        counters: Arc<Counters>,
        heartbeats: &Heartbeats,
    ) -> Arc<Self> {
        let now = clock.now();
        let notices = tail.notices();
        tail.count_reader(true);
        counters.readers.fetch_add(1, Ordering::Relaxed);
        let reader = Arc::new_cyclic(|itself| Self {
            itself: Weak::clone(itself),
            tail,
            mailbox,
            form: options.form,
            heartbeat: options.heartbeat.map(jittered),
            clock,
            counters,
            place: Mutex::new(Place {
                position: options.after,
                pending: None,
                events: EventFrames::default(),
                notices: if options.notices { notices } else { u64::MAX },
                sent: now,
                over: false,
            }),
        });
        if options.resets {
            reader.reset();
        }
        reader.pump();
        if let Some(heartbeat) = reader.heartbeat {
            heartbeats.add(&reader, now + heartbeat);
        }
        reader
    }

    /// Its receiver has left.
    pub fn close(&self) {
        let mut place = self.lock();
        let was_over = std::mem::replace(&mut place.over, true);
        place.pending = None;
        drop(place);
        self.mailbox.close();
        if !was_over {
            self.leave();
        }
    }

    /// Where its records go.
    pub const fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// A comment, if nothing was handed over for long and nothing waits; when to ask again, unless it is over.
    pub(super) fn beat(&self, now: Duration) -> Option<Duration> {
        // Among bytes as they came, a comment is none.
        let heartbeat = self.heartbeat.filter(|_| !self.tail.is_raw())?;
        let mut place = self.lock();
        if place.over {
            return None;
        }
        if now < place.sent + heartbeat {
            return Some(place.sent + heartbeat);
        }
        if place.pending.is_none() && self.mailbox.room().fits(&Queue::default(), LIMITS.bytes) {
            let mut beat = Queue::default();
            beat.push(&Record::Bytes(wire::HEARTBEAT));
            self.mailbox.push(&mut beat);
        }
        place.sent = now;
        Some(now + heartbeat)
    }

    fn reset(&self) {
        let mut queue = Queue::default();
        let mut bytes = Vec::new();
        wire::reset(self.tail.generation(), &mut bytes);
        match self.form {
            Form::Bytes => queue.push(&Record::Bytes(&bytes)),
            Form::Events => self.lock().events.frame(&bytes, None, &mut queue),
        }
        self.mailbox.push(&mut queue);
    }

    /// Hands out what there is, until there is no room or nothing more.
    fn pump(&self) {
        let waker = self.waker();
        let mut place = self.lock();
        while !place.over {
            if place.pending.is_none() {
                place.pending = self.piece(&mut place);
            }
            let Some((queue, _)) = &place.pending else {
                if let Some(end) = self.tail.end().filter(|_| self.tail.is_behind(place.position)) {
                    place.over = true;
                    drop(place);
                    self.end(&end);
                    return;
                }
                if self.tail.wait(place.position, place.notices, &waker) {
                    return;
                }
                continue;
            };
            let mut cx = Context::from_waker(&waker);
            if self.mailbox.poll_room(queue.bytes(), &mut cx) == Poll::Pending {
                return;
            }
            if let Some((mut queue, position)) = place.pending.take() {
                self.mailbox.push(&mut queue);
                place.position = position;
                place.sent = self.clock.now();
            }
        }
    }

    /// What comes next, as much as is worth handing over at once.
    fn piece(&self, place: &mut Place) -> Option<(Queue, Position)> {
        let mut position = place.position;
        let mut queue = Queue::default();
        let mut bytes = Vec::new();
        if let Some((seen, notice)) = self.tail.read_notice(place.notices)
            && !self.tail.is_raw()
        {
            place.notices = seen;
            bytes.extend_from_slice(notice.as_bytes());
        }
        while !wire::is_full(&bytes)
            && queue.bytes() < ENOUGH
            && let Some((seq, entry, skipped)) = self.tail.read(position)
        {
            if self.form == Form::Events && entry.kind() == Kind::Frames {
                let generation = self.tail.generation();
                let frames = (seq, &*entry, skipped);
                position = place.events.entry(generation, frames, ENOUGH, &mut queue);
            } else {
                position = wire::frames(self.tail.generation(), seq, &entry, skipped, &mut bytes);
            }
        }
        if !bytes.is_empty() {
            queue.push(&Record::Bytes(&bytes));
        }
        (!queue.is_empty()).then_some((queue, position))
    }

    /// The end is told in the response, and to its receiver.
    fn end(&self, end: &End) {
        let mut queue = Queue::default();
        if self.form == Form::Bytes && !self.tail.is_raw() {
            let mut bytes = Vec::new();
            wire::end(self.tail.generation(), end, &mut bytes);
            queue.push(&Record::Bytes(&bytes));
        }
        // Small, and the last: it needs no room.
        self.mailbox.push(&mut queue);
        self.mailbox.notify(&end_notice(end));
        self.leave();
    }

    fn leave(&self) {
        self.tail.count_reader(false);
        self.counters.readers.fetch_sub(1, Ordering::Relaxed);
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::new(Wakeup(Weak::clone(&self.itself))))
    }

    fn lock(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes a reader unless it is gone: a tail that waits for its producer must not keep readers.
struct Wakeup(Weak<Reader>);

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        if let Some(reader) = self.0.upgrade() {
            reader.pump();
        }
    }
}

/// The end of a run, as `lib/server/run.js` reads it.
pub fn end_notice(end: &End) -> String {
    let status = end.status().name();
    let mut notice = match end.failure() {
        Some(failure) => wire::failure_json(&failure),
        None => json!({}),
    };
    notice["type"] = json!("end");
    notice["status"] = json!(status);
    notice.to_string()
}

/// Readers that began together need not all be written to at once.
fn jittered(heartbeat: Duration) -> Duration {
    heartbeat.mul_f64(0.9 + 0.2 * fastrand::f64())
}
