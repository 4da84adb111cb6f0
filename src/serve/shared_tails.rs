//! What this process keeps of shared channels: taken as it rings, read where something is missing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;

use super::hub::Hub;
use super::hub_share::Taken;
use super::shared_channels::{Followed, Known, SharedChannels};
use crate::log::{ChannelFrame, Generation, Key};
use crate::redis::{ChannelHead, Fault, LoggedEvent, age, page};

/// So many channels are looked at together.
const TOGETHER: usize = 64;

impl SharedChannels {
    /// Reads what a channel keeps from an offset on, up to what is here.
    pub(super) async fn load(&self, hub: &Hub, channel: &Arc<str>, from: u64) -> Result<(), Fault> {
        let Some(followed) = self.get(channel) else { return Ok(()) };
        let _state = followed.state.lock().await;
        let key = Key::channel(channel);
        let first = hub.log.first(&key).unwrap_or(0);
        let head = if from < first {
            self.log.head(channel, None, fastrand::u64(..)).await?
        } else {
            return Ok(());
        };
        let mut from = from.max(head.first);
        let mut events: Vec<LoggedEvent> = Vec::new();
        while from < first {
            let some = self.log.read(channel, from, Some(first - 1)).await?;
            let count = some.len();
            events.extend(some);
            from = events.last().map_or(first, |event| event.offset + 1);
            if count < page() {
                break;
            }
        }
        let now = hub.clock.now();
        let frames = events.into_iter().rev().map(|event| {
            let LoggedEvent { offset, at, key, frame, .. } = event;
            (ChannelFrame { offset, text: frame, key }, now.saturating_sub(age(at, head.now)))
        });
        hub.log.prepend(&key, frames, head.epoch, now);
        Ok(())
    }

    pub(super) fn take(
        &self,
        hub: &Hub,
        channel: &Arc<str>,
        epoch: Generation,
        event: LoggedEvent,
    ) -> Taken {
        let (at, offset) = (event.at, event.offset);
        let origin = event.origin.as_ref().filter(|(process, _)| process == self.log.process());
        let own = origin.map(|(_, number)| *number);
        let had = own.and_then(|number| self.publisher.had_before(number));
        let taken = hub.take(channel, epoch, event, had);
        if taken == Taken::Yes {
            if let Some(number) = own {
                self.publisher.taken(number, epoch, offset);
            }
            if let Some(followed) = self.get(channel) {
                followed.at.store(at, Ordering::Relaxed);
            }
        }
        taken
    }

    /// Looks at a channel for what is missing here.
    pub(super) async fn look(&self, channel: &Arc<str>) -> Result<(), Fault> {
        let (Some(followed), Some(hub)) = (self.get(channel), self.hub.upgrade()) else {
            return Ok(());
        };
        let mut state = followed.state.lock().await;
        if state.known != Known::Yes {
            if state.known == Known::Provisionally {
                let head = self.log.head(channel, None, fastrand::u64(..)).await?;
                hub.begin(channel, head.epoch, head.last);
                state.known = Known::Yes;
            }
            return Ok(());
        }
        let (epoch, last) = hub.head_of(channel);
        let seen = (epoch, last, followed.at.load(Ordering::Relaxed));
        let head = self.log.head(channel, Some(seen), fastrand::u64(..)).await?;
        if head.epoch != epoch {
            return self.begin_anew(&hub, channel, &followed, head).await;
        }
        self.fill(&hub, channel, head, last).await
    }

    /// A channel has another epoch: those who are here are told of a gap, and get what they have not seen.
    async fn begin_anew(
        &self,
        hub: &Hub,
        channel: &Arc<str>,
        followed: &Followed,
        head: ChannelHead,
    ) -> Result<(), Fault> {
        let seen = followed.at.swap(0, Ordering::Relaxed);
        let mut from = head.first;
        let mut unseen: Vec<LoggedEvent> = Vec::new();
        while from <= head.last {
            let some = self.log.read(channel, from, None).await?;
            let Some(last) = some.last() else { break };
            from = last.offset + 1;
            unseen.extend(some.into_iter().filter(|event| event.at > seen));
        }
        let first = unseen.first().map_or(head.last + 1, |event| event.offset);
        hub.begin(channel, head.epoch, first - 1);
        for event in unseen {
            _ = self.take(hub, channel, head.epoch, event);
        }
        Ok(())
    }

    async fn fill(
        &self,
        hub: &Hub,
        channel: &Arc<str>,
        head: ChannelHead,
        mut last: u64,
    ) -> Result<(), Fault> {
        while last < head.last {
            let events = self.log.read(channel, last + 1, None).await?;
            let first = events.first().map_or(head.last + 1, |event| event.offset);
            if first > last + 1 {
                // What is between is not kept any more.
                hub.begin(channel, head.epoch, first - 1);
            }
            last = events.last().map_or(head.last, |event| event.offset);
            for event in events {
                _ = self.take(hub, channel, head.epoch, event);
            }
        }
        Ok(())
    }

    /// Looks at channels of which nothing has rung that should have.
    pub(super) async fn check_all(&self) {
        let Some(hub) = self.hub.upgrade() else { return };
        let all: Vec<Arc<str>> = self.followed().keys().cloned().collect();
        for some in all.chunks(TOGETHER) {
            let checked = some.iter().map(|channel| async {
                let (epoch, last) = hub.head_of(channel);
                // If Redis is away, everything is looked at when it is back.
                if !self.log.stands(channel, epoch, last).await.unwrap_or(true) {
                    _ = self.look(channel).await;
                }
            });
            join_all(checked).await;
        }
    }

    pub(super) async fn look_at_all(&self) {
        let all: Vec<Arc<str>> = self.followed().keys().cloned().collect();
        for some in all.chunks(TOGETHER) {
            join_all(some.iter().map(|channel| self.look(channel))).await;
        }
    }
}
