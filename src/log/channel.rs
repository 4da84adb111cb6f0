//! The bounded log of one channel.
#![forbid(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::generation::Generation;
use super::log::Publish;

/// How much of a channel is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Events.
    pub events: usize,
    /// Bytes of their frames.
    pub bytes: usize,
    /// Of the oldest.
    pub age: Duration,
}

/// For how long a `dedupe_id` is remembered.
const DEDUPE: Duration = Duration::from_secs(60);
/// For how long epoch and last offset outlive the events: else a quiet channel would come back with gaps that
/// are none.
const QUIET: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Where an event stands in its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Of the channel.
    pub epoch: Generation,
    /// From 1, without holes.
    pub offset: u64,
    /// It had been published before.
    pub repeated: bool,
}

/// An event of a channel, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelFrame {
    /// From 1, without holes.
    pub offset: u64,
    /// Its text, without an id.
    pub text: Arc<[u8]>,
    /// Of several events with one key only the newest may matter.
    pub key: Option<Arc<str>>,
}

/// What a reader that comes back is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Of the channel now.
    pub epoch: Generation,
    /// The offset of the last event; 0 before the first.
    pub last: u64,
    /// The first of what is kept behind the reader's place.
    pub frames: Vec<ChannelFrame>,
    /// Whether something is missing in between.
    pub gap: bool,
}

#[derive(Debug)]
struct Kept {
    at: Duration,
    frame: Arc<[u8]>,
    key: Option<Arc<str>>,
}

/// The log of one channel. Its epoch changes when it cannot say any more what it had.
#[derive(Debug)]
pub struct Channel {
    epoch: Generation,
    /// Of the last event.
    last: u64,
    kept: VecDeque<Kept>,
    bytes: usize,
    ids: HashMap<String, u64>,
    /// The same in the order in which they are forgotten.
    order: VecDeque<(Duration, String)>,
    touched: Duration,
}

impl Channel {
    /// Without events.
    #[must_use]
    pub fn new(epoch: Generation, now: Duration) -> Self {
        Self {
            epoch,
            last: 0,
            kept: VecDeque::new(),
            bytes: 0,
            ids: HashMap::new(),
            order: VecDeque::new(),
            touched: now,
        }
    }

    /// Appends an event, unless its id came within the last minute.
    pub fn publish(&mut self, event: Publish, bounds: Bounds, now: Duration) -> Publication {
        self.trim(bounds, now);
        self.touched = now;
        let known = event.dedupe_id.as_ref().and_then(|id| self.ids.get(id));
        if let Some(offset) = known {
            return Publication { epoch: self.epoch, offset: *offset, repeated: true };
        }
        if event.seen > self.last {
            let Publish { epoch, .. } = event;
            *self = Self::new(epoch, now);
        }
        self.last += 1;
        self.bytes += event.frame.len();
        self.kept.push_back(Kept { at: now, frame: event.frame, key: event.key });
        if let Some(id) = event.dedupe_id {
            self.order.push_back((now + DEDUPE, id.clone()));
            self.ids.insert(id, self.last);
        }
        self.trim(bounds, now);
        Publication { epoch: self.epoch, offset: self.last, repeated: false }
    }

    /// Where the channel stands: its epoch, and the offset of its last event.
    #[must_use]
    pub const fn head(&self) -> (Generation, u64) {
        (self.epoch, self.last)
    }

    /// What is kept behind a place; at most so many `bytes`, but at least one event.
    pub fn replay(
        &mut self,
        after: Option<(Generation, u64)>,
        bytes: usize,
        bounds: Bounds,
        now: Duration,
    ) -> Replay {
        self.trim(bounds, now);
        self.touched = now;
        let first = self.last - self.kept.len() as u64 + 1;
        // The log never gave an offset that is not reached yet: it is a gap as well.
        let known = after.filter(|(epoch, offset)| *epoch == self.epoch && *offset <= self.last);
        let (from, gap) = match (after, known) {
            (None, _) => (first, false),
            (Some(_), None) => (first, true),
            (Some(_), Some((_, offset))) => (first.max(offset + 1), offset + 1 < first),
        };
        let skipped = usize::try_from(from - first).unwrap_or(usize::MAX);
        let mut room = Some(bytes);
        let frames = (from..).zip(self.kept.iter().skip(skipped)).map_while(|(offset, kept)| {
            room.take().map(|left| room = left.checked_sub(kept.frame.len()))?;
            Some(ChannelFrame { offset, text: Arc::clone(&kept.frame), key: kept.key.clone() })
        });
        Replay { epoch: self.epoch, last: self.last, frames: frames.collect(), gap }
    }

    /// Bytes of the frames that are kept.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Drops what is beyond the bounds.
    pub fn trim(&mut self, bounds: Bounds, now: Duration) {
        while let Some(oldest) = self.kept.front()
            && (self.kept.len() > bounds.events
                || self.bytes > bounds.bytes
                || now >= oldest.at + bounds.age)
        {
            self.bytes -= oldest.frame.len();
            self.kept.pop_front();
        }
        while self.order.front().is_some_and(|(until, _)| now >= *until) {
            if let Some((_, id)) = self.order.pop_front() {
                self.ids.remove(&id);
            }
        }
    }

    /// Whether no reader can still have a place in it.
    #[must_use]
    pub fn is_forgotten(&self, now: Duration) -> bool {
        self.kept.is_empty() && now >= self.touched + QUIET
    }
}
