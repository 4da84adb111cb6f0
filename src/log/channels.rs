//! All channels of a log in memory, and what they take together.
#![forbid(unsafe_code)]

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::channel::{Bounds, Channel, ChannelFrame, Publication, Publish, Replay};
use super::generation::Generation;
use super::key::Key;

/// The times between the oldest and the newest are looked at in so many steps.
const STEPS: usize = 256;

/// Channels by their keys.
#[derive(Debug)]
pub struct Channels {
    bounds: Bounds,
    all: HashMap<Key, Channel>,
    /// When which have something that need not be kept any more.
    due: BTreeSet<(Duration, Key)>,
    footprint: usize,
}

impl Channels {
    /// None, each of which will keep so much.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, all: HashMap::new(), due: BTreeSet::new(), footprint: 0 }
    }

    /// Bytes that they take.
    pub const fn footprint(&self) -> usize {
        self.footprint
    }

    /// Appends an event to one.
    pub fn publish(&mut self, key: &Key, event: Publish, now: Duration) -> Publication {
        let bounds = self.bounds;
        self.with(key, event.epoch, now, |channel| channel.publish(event, bounds, now))
    }

    /// Where one stands.
    pub fn head(&mut self, key: &Key, epoch: Generation, now: Duration) -> (Generation, u64) {
        self.with(key, epoch, now, |channel| channel.head())
    }

    /// One of another log begins to be kept here, or stands somewhere else now.
    pub fn begin(&mut self, key: &Key, epoch: Generation, last: u64, now: Duration) {
        self.with(key, epoch, now, |channel| {
            let due = channel.due;
            *channel = Channel::at(epoch, last, now);
            channel.due = due;
        });
    }

    /// The first that one keeps, if it is known.
    pub fn first(&self, key: &Key) -> Option<u64> {
        self.all.get(key).map(Channel::first)
    }

    /// Puts events before those that one keeps, the last of them first; with when each came.
    pub fn prepend(
        &mut self,
        key: &Key,
        frames: impl Iterator<Item = (ChannelFrame, Duration)>,
        epoch: Generation,
        now: Duration,
    ) {
        let bounds = self.bounds;
        self.with(key, epoch, now, |channel| {
            for (frame, at) in frames {
                channel.prepend(frame, at);
            }
            channel.trim(bounds, now);
        });
    }

    /// Nobody follows one any more.
    pub fn forget(&mut self, key: &Key) {
        if let Some(channel) = self.all.remove(key) {
            self.footprint -= channel.footprint();
            self.due.remove(&(channel.due, key.clone()));
        }
    }

    /// What one keeps behind a place.
    pub fn replay(
        &mut self,
        key: &Key,
        after: Option<(Generation, u64)>,
        bytes: usize,
        epoch: Generation,
        now: Duration,
    ) -> Replay {
        let bounds = self.bounds;
        self.with(key, epoch, now, |channel| channel.replay(after, bytes, bounds, now))
    }

    /// Drops what need not be kept any more.
    pub fn sweep(&mut self, now: Duration) {
        while let Some((at, _)) = self.due.first()
            && *at <= now
        {
            let Some((_, key)) = self.due.pop_first() else { return };
            let Some(channel) = self.all.get_mut(&key) else { continue };
            let before = channel.footprint();
            channel.trim(self.bounds, now);
            self.footprint -= before;
            if channel.is_forgotten(now) {
                self.all.remove(&key);
            } else {
                self.footprint += channel.footprint();
                channel.due = channel.next_due(self.bounds);
                self.due.insert((channel.due, key));
            }
        }
    }

    /// Drops the oldest of all until `excess` bytes are gone. It looks at everything: a caller asks for much at a time.
    pub fn evict(&mut self, excess: usize) {
        let Some(cut) = cut(self.all.values().flat_map(Channel::ages), excess) else { return };
        let Self { all, due, footprint, .. } = self;
        all.retain(|key, channel| {
            *footprint -= channel.footprint();
            let keeps = channel.forget_before(cut);
            if keeps {
                *footprint += channel.footprint();
            } else {
                due.remove(&(channel.due, key.clone()));
            }
            keeps
        });
    }

    fn with<T>(
        &mut self,
        key: &Key,
        epoch: Generation,
        now: Duration,
        act: impl FnOnce(&mut Channel) -> T,
    ) -> T {
        let channel = self.all.entry(key.clone()).or_insert_with(|| Channel::new(epoch, now));
        // A new one is not noted anywhere.
        let before = if channel.due == Duration::MAX { 0 } else { channel.footprint() };
        let result = act(channel);
        let next = channel.next_due(self.bounds);
        if next < channel.due {
            self.due.remove(&(channel.due, key.clone()));
            channel.due = next;
            self.due.insert((next, key.clone()));
        }
        self.footprint = self.footprint + channel.footprint() - before;
        result
    }
}

/// The time before which everything is to go, so that at least `excess` bytes do.
fn cut(ages: impl Iterator<Item = (Duration, usize)> + Clone, excess: usize) -> Option<Duration> {
    let oldest = ages.clone().map(|(at, _)| at).min()?;
    let newest = ages.clone().map(|(at, _)| at).max()?;
    let step =
        newest.saturating_sub(oldest) / u32::try_from(STEPS).unwrap_or(1) + Duration::from_nanos(1);
    let mut bytes = [0; STEPS];
    for (at, size) in ages {
        let place = at.saturating_sub(oldest).as_nanos() / step.as_nanos();
        bytes[usize::try_from(place).unwrap_or(0).min(STEPS - 1)] += size;
    }
    let mut gone = 0;
    let steps = bytes.iter().take_while(|size| {
        let goes = gone < excess;
        gone += **size;
        goes
    });
    Some(oldest + step * u32::try_from(steps.count()).unwrap_or(0))
}
