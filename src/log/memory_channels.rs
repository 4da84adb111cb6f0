//! The channels of the log of this process.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::channel::{ChannelFrame, Publication, Publish, Replay};
use super::generation::Generation;
use super::key::Key;
use super::memory::MemoryLog;

impl MemoryLog {
    /// Appends an event to a channel.
    pub fn publish(&self, key: &Key, event: Publish, now: Duration) -> Publication {
        let mut inner = self.lock();
        let publication = inner.channels.publish(key, event, now);
        inner.make_room(self.bounds.total);
        publication
    }

    /// Where a channel stands: its epoch, and the offset of its last event. One that is not known begins with
    /// `epoch`.
    pub fn channel_head(&self, key: &Key, epoch: Generation, now: Duration) -> (Generation, u64) {
        self.lock().channels.head(key, epoch, now)
    }

    /// Keeps a channel of another log here, which stands there.
    pub fn begin(&self, key: &Key, epoch: Generation, last: u64, now: Duration) {
        self.lock().channels.begin(key, epoch, last, now);
    }

    /// The offset of the first event that is kept of a channel; that of the next one, if none is.
    pub fn first(&self, key: &Key) -> Option<u64> {
        self.lock().channels.first(key)
    }

    /// Puts events of another log before those that are kept, the last of them first; with when each came.
    pub fn prepend(
        &self,
        key: &Key,
        frames: impl Iterator<Item = (ChannelFrame, Duration)>,
        epoch: Generation,
        now: Duration,
    ) {
        self.lock().channels.prepend(key, frames, epoch, now);
    }

    /// Nobody follows a channel any more.
    pub fn forget(&self, key: &Key) {
        self.lock().channels.forget(key);
    }

    /// What a channel keeps behind an offset of an epoch, from the first that is kept without one; at most so
    /// many `bytes`, but at least one event. A channel that is not known begins with `epoch`.
    pub fn replay(
        &self,
        key: &Key,
        after: Option<(Generation, u64)>,
        bytes: usize,
        epoch: Generation,
        now: Duration,
    ) -> Replay {
        self.lock().channels.replay(key, after, bytes, epoch, now)
    }
}
