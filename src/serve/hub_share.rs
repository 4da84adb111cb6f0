//! A hub's side of channels that other processes share.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;

use super::hub::Hub;
use super::hub_request::HubOptions;
use super::log::{BadAddress, RedisOptions};
use super::publisher::Publisher;
use super::shared_channels::SharedChannels;
use super::{shared_hub, shared_presence};
use crate::hub::{self, Had, Head, Input, Place, Position};
use crate::log::{Generation, Key, Lifetime, Publish, Store};
use crate::redis::{ChannelLog, Link, LoggedEvent, RedisStore};

/// What became of an event of a shared channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is delivered.
    Yes,
    /// It was here already.
    Known,
    /// Something before it is missing.
    Missing,
}

/// Channels on Redis for a hub that begins.
pub fn share(
    runtime: &Handle,
    hub: &Arc<Hub>,
    options: &HubOptions,
    redis: &RedisOptions,
) -> Result<Arc<SharedChannels>, BadAddress> {
    let link =
        Link::to(runtime, &redis.address).map_err(|reason| BadAddress(reason.to_string()))?;
    let bounds = options.log.bounds.channel;
    let process = hub.process.to_string();
    let log = ChannelLog::new(Arc::clone(&link), &redis.prefix, &options.name, &process, bounds);
    let positions = RedisStore::new(link, &format!("{}:positions", redis.prefix));
    let bridge = redis.bridge.iter().map(|name| name.as_str().into()).collect();
    let shared = Arc::new(SharedChannels::new(
        Arc::downgrade(hub),
        Arc::new(log),
        positions,
        Publisher::new(bounds.bytes),
        (bridge, redis.local),
    ));
    runtime.spawn(shared_hub::listen(Arc::downgrade(&shared)));
    runtime.spawn(shared_hub::watch_link(Arc::downgrade(&shared)));
    runtime.spawn(shared_presence::keep_up(Arc::downgrade(&shared)));
    runtime.spawn(Publisher::run(Arc::downgrade(&shared)));
    Ok(shared)
}

impl Hub {
    /// A shared channel stands there now: what is kept here of it begins behind that.
    pub(super) fn begin(&self, channel: &Arc<str>, epoch: Generation, last: u64) {
        let mut inner = self.lock();
        let now = self.clock.now();
        self.log.begin(&Key::channel(channel), epoch, last, now);
        let place = Place { epoch, offset: last };
        let head = Head { channel: Arc::clone(channel), place };
        _ = self.apply(&mut inner, Input::Move(head), now);
    }

    /// Where what is kept here of a channel ends.
    pub(super) fn head_of(&self, channel: &Arc<str>) -> (Generation, u64) {
        let Head { place: Place { epoch, offset }, .. } =
            self.head(Arc::clone(channel), self.clock.now());
        (epoch, offset)
    }

    /// What the text of a position says of these channels.
    pub(super) fn position_in(&self, text: &str, channels: &[Arc<str>]) -> Option<Position> {
        self.position(text, channels.iter().map(|name| &**name), self.clock.now())
    }

    /// Whether a snapshot to which a position is relative is here.
    pub(super) fn has_snapshot(&self, key: &str) -> bool {
        let kept = super::hub::at_once(self.store.get(key, self.clock.now()));
        kept.is_ok_and(|kept| kept.is_some())
    }

    /// Keeps one that another process made.
    pub(super) fn keep_snapshot(&self, key: &str, text: String) {
        let now = self.clock.now();
        let lifetime: Lifetime = Some(2 * self.look(|hub| hub.policy().keep));
        // If there is no room, its client is told of a gap.
        _ = super::hub::at_once(self.store.set(key, text, lifetime, now));
    }

    /// Takes an event of a shared channel, if everything before it is here.
    pub(super) fn take(
        &self,
        channel: &Arc<str>,
        epoch: Generation,
        event: LoggedEvent,
        had: Option<Had>,
    ) -> Taken {
        let key = Key::channel(channel);
        let mut inner = self.lock();
        let now = self.clock.now();
        let (known, last) = self.log.channel_head(&key, epoch, now);
        if known != epoch || event.offset > last + 1 {
            return Taken::Missing;
        }
        if event.offset <= last {
            return Taken::Known;
        }
        let LoggedEvent { offset, key: event_key, frame, .. } = event;
        let publish =
            Publish { frame: Arc::clone(&frame), key: event_key, dedupe_id: None, seen: 0, epoch };
        self.log.publish(&key, publish, now);
        let full = inner.full();
        let place = Place { epoch, offset };
        let publish = hub::Publish { channel: Arc::clone(channel), place, frame, had };
        _ = self.apply(&mut inner, Input::Publish(publish, full), now);
        Taken::Yes
    }

    /// Delivers an event that the log does not take for now; who had it.
    pub(super) fn deliver_unlogged(&self, channel: &Arc<str>, frame: &Arc<[u8]>) -> Had {
        let mut inner = self.lock();
        let had = Had { upto: super::hub::newest(), but: inner.hub.lacking(channel) };
        let input = Input::Unlogged(Arc::clone(channel), Arc::clone(frame));
        _ = self.apply(&mut inner, input, self.clock.now());
        had
    }

    /// The log is away, for this reason, or is there again.
    pub(super) fn tell_degraded(&self, reason: Option<&str>) {
        let notice = json!({ "type": "degraded", "degraded": reason.is_some(), "reason": reason });
        for outlet in self.lock().outlets.values() {
            outlet.mailbox.notify(&notice.to_string());
        }
    }

    /// A part of a position is kept where other processes find it.
    pub(super) fn share_snapshot(&self, key: Generation, text: &str, lifetime: Duration) {
        let Some(shared) = self.shared() else { return };
        let (shared, text) = (Arc::clone(shared), text.to_owned());
        let handle = shared.log.link().handle().clone();
        handle.spawn(async move {
            // If Redis is away, its client is told of a gap should it come to another process.
            _ = shared.positions.set(key.as_str(), text, Some(lifetime), Duration::ZERO).await;
        });
    }
}
