//! The channels of a hub that other processes share: this process keeps what it follows of them.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;

use super::hub::Hub;
use super::hub_share::Taken;
use super::publisher::Publisher;
use crate::hub::{EVERYONE, Position, USER};
use crate::log::{Generation, Key, LogError, Store};
use crate::redis::{ChannelLog, Doorbell, Fault, Heard, Listening, RedisStore, Ring, hear};

/// For how long a channel without clients is followed: those who reload come back to it.
const LINGER: Duration = Duration::from_secs(30);

/// Channels on Redis, of which those that have clients here are followed.
pub struct SharedChannels {
    pub(super) hub: Weak<Hub>,
    pub(super) log: Arc<ChannelLog>,
    /// Revocations up to then are known here.
    pub(super) revoked: AsyncMutex<Option<Duration>>,
    /// Parts of positions that are too long for a header.
    pub(super) positions: RedisStore,
    pub(super) publisher: Publisher,
    /// Whether channels of which nothing is known begin here while Redis is away.
    pub(super) local: bool,
    pub(super) doorbell: Arc<Doorbell>,
    /// Names of Pub/Sub whose plain messages go into the channels of the same names.
    pub(super) bridge: Vec<Arc<str>>,
    /// By the names of the channels.
    followed: Mutex<HashMap<Arc<str>, Arc<Followed>>>,
    /// The channels by what rings for them.
    bells: Mutex<HashMap<Arc<str>, Arc<str>>>,
}

/// A channel that is followed.
pub(super) struct Followed {
    /// Held while it is looked for what is missing.
    pub state: AsyncMutex<Following>,
    /// When the last event came there, in its time.
    pub at: AtomicU64,
    used: Mutex<Instant>,
}

#[derive(Default)]
pub(super) struct Following {
    listening: Option<Listening>,
    /// What is known here of where it stands.
    pub known: Known,
}

/// What is known of where a channel stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing.
    #[default]
    No,
    /// Redis is away: it begins here, until Redis says something else.
    Provisionally,
    /// What Redis says.
    Yes,
}

impl SharedChannels {
    /// None yet.
    pub fn new(
        hub: Weak<Hub>,
        log: Arc<ChannelLog>,
        positions: RedisStore,
        publisher: Publisher,
        (bridge, local): (Vec<Arc<str>>, bool),
    ) -> Self {
        Self {
            hub,
            log,
            revoked: AsyncMutex::default(),
            positions,
            publisher,
            local,
            doorbell: Arc::default(),
            bridge,
            followed: Mutex::default(),
            bells: Mutex::default(),
        }
    }

    /// What a client that is going to come needs is here afterwards: its channels, and what it has not got of them.
    pub async fn prepare(
        &self,
        channels: &[String],
        user: Option<&str>,
        position: Option<&str>,
    ) -> Result<(), LogError> {
        let Some(hub) = self.hub.upgrade() else { return Ok(()) };
        if let Some(text) = position {
            self.fetch_snapshot(&hub, text).await?;
        }
        if channels.is_empty() {
            return Ok(());
        }
        self.learn_revocations(&hub).await?;
        let own = user.map(|user| format!("{USER}{user}"));
        let names = channels.iter().cloned().chain(own).chain([EVERYONE.to_owned()]);
        let names: Vec<Arc<str>> = names.map(Into::into).collect();
        try_join_all(names.iter().map(|name| self.follow(name))).await?;
        let position = position.and_then(|text| hub.position_in(text, &names));
        let Some(position) = position else { return Ok(()) };
        for name in &names {
            if let Some(place) = position.of(name) {
                if self.is_provisional(name).await {
                    // It would be told of a gap that is none.
                    return Err(LogError::Away(
                        "Redis does not say where a channel stands".to_owned(),
                    ));
                }
                if place.offset > hub.head_of(name).1 {
                    // Another process was told of it before this one.
                    self.look(name).await?;
                }
                let (epoch, last) = hub.head_of(name);
                if place.epoch != epoch {
                    self.load(&hub, name, 1).await?;
                } else if place.offset < last {
                    self.load(&hub, name, place.offset + 1).await?;
                }
            }
        }
        Ok(())
    }

    async fn is_provisional(&self, channel: &str) -> bool {
        let Some(followed) = self.get(channel) else { return false };
        followed.state.lock().await.known == Known::Provisionally
    }

    /// A channel is followed afterwards.
    async fn follow(&self, channel: &Arc<str>) -> Result<(), Fault> {
        let followed =
            Arc::clone(self.followed().entry(Arc::clone(channel)).or_insert_with(|| {
                Arc::new(Followed {
                    state: AsyncMutex::default(),
                    at: AtomicU64::new(0),
                    used: Mutex::new(Instant::now()),
                })
            }));
        followed.touch();
        let mut state = followed.state.lock().await;
        if state.known != Known::No {
            return Ok(());
        }
        if state.listening.is_none() {
            let bell = self.log.bell(channel);
            self.bells().insert(Arc::clone(&bell), Arc::clone(channel));
            let (listening, listens) = self.log.listen(&bell, &self.doorbell).await;
            // If Redis is away, the connection that comes back subscribes.
            state.listening = Some(listening);
            if let Err(fault) = listens {
                return self.begin_here(channel, &mut state, fault);
            }
        }
        let head = match self.log.head(channel, None, fastrand::u64(..)).await {
            Ok(head) => head,
            Err(fault) => return self.begin_here(channel, &mut state, fault),
        };
        if let Some(hub) = self.hub.upgrade() {
            hub.begin(channel, head.epoch, head.last);
        }
        state.known = Known::Yes;
        Ok(())
    }

    /// Redis is away: a channel of which nothing is known begins here, if that is wanted.
    fn begin_here(
        &self,
        channel: &Arc<str>,
        state: &mut Following,
        fault: Fault,
    ) -> Result<(), Fault> {
        if !self.local || matches!(fault, Fault::Refused(_)) {
            return Err(fault);
        }
        if let Some(hub) = self.hub.upgrade() {
            hub.begin(channel, Generation::new(fastrand::u64(..)), 0);
        }
        state.known = Known::Provisionally;
        Ok(())
    }

    /// A position that is relative to a snapshot needs it.
    async fn fetch_snapshot(&self, hub: &Hub, text: &str) -> Result<(), LogError> {
        let Some(key) = Position::snapshot_key(text) else { return Ok(()) };
        if hub.has_snapshot(key) {
            return Ok(());
        }
        let kept = self.positions.get(key, Duration::ZERO).await;
        match kept {
            Ok(Some(kept)) => hub.keep_snapshot(key, kept),
            Ok(None) => {}
            Err(error) => return Err(LogError::Away(error.to_string())),
        }
        Ok(())
    }

    /// What rings.
    pub(super) async fn hear(&self, ring: Ring) {
        match ring {
            Ring::Message(bell, message) => {
                let channel = self.bells().get(&bell).cloned();
                match channel {
                    Some(channel) => self.heard(&channel, &message).await,
                    None => self.obey(&bell, &message).await,
                }
            }
            Ring::Missed => self.look_at_all().await,
        }
    }

    async fn heard(&self, channel: &Arc<str>, message: &[u8]) {
        let Some(hub) = self.hub.upgrade() else { return };
        let taken = match hear(message) {
            Heard::Event(epoch, event) => self.take(&hub, channel, epoch, event),
            Heard::Look => Taken::Missing,
        };
        if taken == Taken::Missing {
            // If Redis is away, everything is looked at when it is back.
            _ = self.look(channel).await;
        }
    }

    /// The last event of a channel that was seen here, if it is followed.
    pub(super) fn seen(&self, channel: &Arc<str>) -> Option<(crate::log::Generation, u64)> {
        let followed = self.get(channel)?;
        let known = followed.state.try_lock().is_ok_and(|state| state.known == Known::Yes);
        known.then(|| self.hub.upgrade().map(|hub| hub.head_of(channel)))?
    }

    /// Lets go of channels that have had no clients for long.
    pub(super) fn sweep(&self, hub: &Hub) {
        let mut followed = self.followed();
        let is_over = |channel: &Arc<str>, followed: &Arc<Followed>| {
            let used = *followed.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.elapsed() > LINGER
                && !hub.look(|hub| hub.has_channel(channel))
                && Arc::strong_count(followed) == 1
        };
        let over: Vec<Arc<str>> = followed
            .iter()
            .filter(|(channel, followed)| is_over(channel, followed))
            .map(|(channel, _)| Arc::clone(channel))
            .collect();
        for channel in over {
            followed.remove(&channel);
            self.bells().remove(&self.log.bell(&channel));
            hub.log.forget(&Key::channel(&channel));
        }
    }

    pub(super) fn get(&self, channel: &str) -> Option<Arc<Followed>> {
        self.followed().get(channel).cloned()
    }

    pub(super) fn followed(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Followed>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<str>>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}
