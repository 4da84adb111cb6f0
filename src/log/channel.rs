//! The bounded log of one channel.
#![forbid(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::generation::Generation;

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

/// What a channel takes without events, with its place in the log, and what an event takes beside its frame.
const OVERHEAD: usize = 400;
const EVENT: usize = 72;

/// What it takes to remember an id.
const fn remembering(id: &str) -> usize {
    2 * id.len() + 112
}

/// An event for a channel.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Its text, without an id.
    pub frame: Arc<[u8]>,
    /// Of several events with one key only the newest may matter.
    pub key: Option<Arc<str>>,
    /// Named again within a minute, it is the same event.
    pub dedupe_id: Option<String>,
    /// The highest offset that this process has seen of the channel: a log that is behind it has lost
    /// something, and begins a new epoch.
    pub seen: u64,
    /// Of a new epoch, if one begins.
    pub epoch: Generation,
}

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
    /// Bytes of the ids that are remembered, and what keeping them takes.
    remembered: usize,
    /// When it is to be looked at, as who keeps it has noted.
    pub due: Duration,
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
            remembered: 0,
            due: Duration::MAX,
        }
    }

    /// One of another log, which stands there.
    #[must_use]
    pub fn at(epoch: Generation, last: u64, now: Duration) -> Self {
        Self { last, ..Self::new(epoch, now) }
    }

    /// The offset of the first event that is kept; that of the next one, if none is.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.last - self.kept.len() as u64 + 1
    }

    /// Puts an event before all others, which came then; its offset is the one before the first.
    pub fn prepend(&mut self, frame: ChannelFrame, at: Duration) {
        if frame.offset + 1 == self.first() {
            self.bytes += frame.text.len();
            self.kept.push_front(Kept { at, frame: frame.text, key: frame.key });
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
            *self = Self { due: self.due, ..Self::new(epoch, now) };
        }
        self.last += 1;
        self.bytes += event.frame.len();
        self.kept.push_back(Kept { at: now, frame: event.frame, key: event.key });
        if let Some(id) = event.dedupe_id {
            self.remembered += remembering(&id);
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
        let first = self.first();
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

    /// Bytes that it takes.
    #[must_use]
    pub fn footprint(&self) -> usize {
        OVERHEAD + self.bytes + self.kept.len() * EVENT + self.remembered
    }

    /// What it takes, by when that came. A channel without events counts from when it was last used.
    pub fn ages(&self) -> impl Iterator<Item = (Duration, usize)> + Clone {
        let itself = (self.kept.is_empty()).then_some((self.touched, OVERHEAD + self.remembered));
        let kept = self.kept.iter().map(|kept| (kept.at, kept.frame.len() + EVENT));
        itself.into_iter().chain(kept)
    }

    /// Drops what came before; whether anything is left.
    pub fn forget_before(&mut self, cut: Duration) -> bool {
        let was_empty = self.kept.is_empty();
        while self.kept.front().is_some_and(|oldest| oldest.at < cut) {
            self.drop_oldest();
        }
        !was_empty || self.touched >= cut
    }

    /// When something of it need not be kept any more.
    #[must_use]
    pub fn next_due(&self, bounds: Bounds) -> Duration {
        self.kept
            .front()
            .map_or_else(|| self.touched.saturating_add(QUIET), |oldest| oldest.at + bounds.age)
    }

    /// Drops what is beyond the bounds.
    pub fn trim(&mut self, bounds: Bounds, now: Duration) {
        while let Some(oldest) = self.kept.front()
            && (self.kept.len() > bounds.events
                || self.bytes > bounds.bytes
                || now >= oldest.at + bounds.age)
        {
            self.drop_oldest();
        }
        while self.order.front().is_some_and(|(until, _)| now >= *until) {
            if let Some((_, id)) = self.order.pop_front() {
                self.remembered -= remembering(&id);
                self.ids.remove(&id);
            }
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.kept.pop_front() {
            self.bytes -= oldest.frame.len();
        }
        // One that was busy once, of many, must not hold room for ever.
        if self.kept.is_empty() {
            self.kept = VecDeque::new();
        }
    }

    /// Whether no reader can still have a place in it.
    #[must_use]
    pub fn is_forgotten(&self, now: Duration) -> bool {
        self.kept.is_empty() && now >= self.touched + QUIET
    }
}
