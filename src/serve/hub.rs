//! Clients and channels of one name, driven.

use std::collections::HashMap;
use std::iter;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::clock::Clock;
use super::hub_outlet::{HubOutlet, InJavaScript, Outlet};
use super::hub_request::{HubClient, HubEvent, HubOptions, PublishError};
use super::hub_share::share;
use super::hub_turns::{Pages, look};
use super::log::BadAddress;
use super::shared_channels::SharedChannels;
use crate::delivery::{FanOut, Mailbox};
use crate::hub::{
    self, ClientNumber, Close, Connect, EVERYONE, Environment, Filter, Head, HubStats, Input,
    Place, Position, Refusal, Revocation, USER,
};
use crate::log::{
    Away, Generation, Key, Log, MemoryLog, MemoryStore, Pending, Publish, Store, StoreBounds,
};
use crate::protocol::{EncodeError, Outgoing, encode_event};

/// Clients and channels of one name, for as long as the process lives.
pub struct Hub {
    inner: Mutex<Inner>,
    pub(super) log: Arc<MemoryLog>,
    /// Parts of positions that are too long for a header.
    pub(super) store: MemoryStore,
    pub(super) clock: Clock,
    /// Before the ids of this process's clients.
    pub(super) process: Generation,
    /// A client is due earlier than the clock was told.
    pub(super) earlier: Notify,
    /// The channels, if other processes share them: what is kept here is what this process follows.
    shared: OnceLock<Arc<SharedChannels>>,
}

pub(super) struct Inner {
    pub hub: hub::Hub,
    pub outlets: HashMap<Environment, HubOutlet>,
    pub effects: hub::Effects,
    /// When the clock looks next.
    pub looks: Option<Duration>,
}

/// So many bytes wait for an environment; then its clients read the log.
pub(super) const ENOUGH: usize = 256 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Clients have numbers from here on, mailboxes below.
const FIRST_NUMBER: u32 = 1 << 30;

/// Clients choose how often they come, and with how many channels. One whose snapshot was not kept is told of a
/// gap when it comes back.
const SNAPSHOTS: StoreBounds = StoreBounds { entries: 16 * 1024, bytes: 32 * 1024 * 1024 };

static NEXT_NUMBER: AtomicU32 = AtomicU32::new(0);

impl Inner {
    /// Environments that take nothing more for now.
    pub fn full(&self) -> Vec<Environment> {
        let outlets = self.outlets.iter();
        let full = outlets.filter(|(_, outlet)| outlet.clients.bytes() > ENOUGH);
        full.map(|(environment, _)| *environment).collect()
    }
}

impl Hub {
    /// A hub of its own.
    ///
    /// # Errors
    ///
    /// Where the address of Redis is none.
    pub fn start(runtime: &Handle, options: &HubOptions) -> Result<Arc<Self>, BadAddress> {
        let _entered = runtime.enter();
        let clock = Clock::new();
        let hub = Arc::new(Self {
            inner: Mutex::new(Inner {
                hub: hub::Hub::new(options.policy.clone()),
                outlets: HashMap::new(),
                effects: Vec::new(),
                looks: None,
            }),
            log: Arc::new(MemoryLog::new(options.log.bounds)),
            store: MemoryStore::new(SNAPSHOTS),
            clock,
            process: Generation::new(fastrand::u64(..)),
            earlier: Notify::new(),
            shared: OnceLock::new(),
        });
        if let Some(redis) = &options.log.redis {
            let shared = share(runtime, &hub, options, redis)?;
            // It is new: nobody else has set it.
            _ = hub.shared.set(shared);
        }
        runtime.spawn(look(Arc::downgrade(&hub), clock));
        Ok(hub)
    }

    /// The channels, if other processes share them.
    pub fn shared(&self) -> Option<&Arc<SharedChannels>> {
        self.shared.get()
    }

    /// A JavaScript environment has clients from now on. What they get goes to `fan_out`, what concerns the hub to
    /// `mailbox`.
    pub fn open(self: &Arc<Self>, fan_out: &Arc<FanOut>, mailbox: Arc<Mailbox>) -> Environment {
        let environment = self.attach(Arc::new(InJavaScript(Arc::clone(fan_out))), mailbox);
        fan_out.refill_from(Pages { hub: Arc::downgrade(self), environment });
        environment
    }

    /// An environment has clients from now on, which are reached by `clients`.
    pub fn attach(&self, clients: Arc<dyn Outlet>, mailbox: Arc<Mailbox>) -> Environment {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let environment = NEXT.fetch_add(1, Ordering::Relaxed);
        self.lock().outlets.insert(environment, HubOutlet { clients, mailbox });
        environment
    }

    /// An environment is gone, and its clients with it.
    pub fn abandon(&self, environment: Environment) {
        self.step(Input::Abandon(environment));
        self.lock().outlets.remove(&environment);
    }

    /// A client comes: its number and its public name; or why it is not admitted, and when to come back.
    pub fn connect(&self, client: HubClient) -> Result<(ClientNumber, Arc<str>), (Refusal, u64)> {
        let HubClient { environment, name, user, channels, position, expires, issued } = client;
        let own = user.as_ref().map(|user| format!("{USER}{user}"));
        let names = channels.into_iter().chain(own).chain([EVERYONE.to_owned()]);
        let mut inner = self.lock();
        let now = self.clock.now();
        let heads: Vec<Head> = names.map(|name| self.head(name.into(), now)).collect();
        let position = position
            .and_then(|text| self.position(&text, heads.iter().map(|head| &*head.channel), now));
        let next = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        let number = FIRST_NUMBER | (next & (FIRST_NUMBER - 1));
        let id: Arc<str> = format!("{}.{name}", self.process).into();
        let connect = Connect {
            number,
            environment,
            id: Arc::clone(&id),
            user: user.map(Into::into),
            heads,
            position,
            expires,
            issued,
            chance: fastrand::u64(..),
        };
        self.apply(&mut inner, Input::Connect(connect), now)?;
        Ok((number, id))
    }

    /// Appends an event to a channel, and delivers it.
    pub fn publish(
        &self,
        channel: &str,
        event: HubEvent,
    ) -> Result<(Generation, u64), PublishError> {
        let HubEvent { event, data, key, dedupe_id } = event;
        let frame: Arc<[u8]> =
            encode(event.as_deref(), &data).map_err(PublishError::Encode)?.into();
        let log_key = Key::channel(channel);
        // Held until clients have it: what the log took first, they get first.
        let mut inner = self.lock();
        let now = self.clock.now();
        let publish = Publish {
            frame: Arc::clone(&frame),
            key: key.map(Into::into),
            dedupe_id,
            seen: 0,
            epoch: Generation::new(fastrand::u64(..)),
        };
        let published = self.log.publish(&log_key, publish, now);
        let place = Place { epoch: published.epoch, offset: published.offset };
        if !published.repeated {
            let full = inner.full();
            let publish = hub::Publish { channel: channel.into(), place, frame, had: None };
            _ = self.apply(&mut inner, Input::Publish(publish, full), now);
        }
        Ok((place.epoch, place.offset))
    }

    /// An event for one client alone, which is not logged; `false` if it is not here, or takes no more.
    pub fn send(&self, id: &str, event: Option<&str>, data: &str) -> Result<bool, EncodeError> {
        let frame = encode(event, data)?;
        let mut inner = self.lock();
        let Some(number) = inner.hub.number(id) else { return Ok(false) };
        let accepted = inner.hub.accepts(number, frame.len());
        if accepted {
            _ = self.apply(&mut inner, Input::Send(number, frame), self.clock.now());
        }
        Ok(accepted)
    }

    /// A client joins a channel; `false` if it is not here.
    pub fn subscribe(&self, id: &str, channel: &str) -> bool {
        let mut inner = self.lock();
        let now = self.clock.now();
        let Some(number) = inner.hub.number(id) else { return false };
        let head = self.head(channel.into(), now);
        _ = self.apply(&mut inner, Input::Subscribe(number, head), now);
        true
    }

    /// A client leaves a channel; `false` if it is not here.
    pub fn unsubscribe(&self, id: &str, channel: &str) -> bool {
        let mut inner = self.lock();
        let Some(number) = inner.hub.number(id) else { return false };
        let input = Input::Unsubscribe(number, channel.into());
        _ = self.apply(&mut inner, input, self.clock.now());
        true
    }

    /// Lets clients go; how many.
    pub fn disconnect(&self, filter: &Filter, retry: Option<u64>) -> usize {
        let mut inner = self.lock();
        let numbers = inner.hub.find(filter);
        let count = numbers.len();
        let input = Input::Disconnect(numbers, retry, fastrand::u64(..));
        _ = self.apply(&mut inner, input, self.clock.now());
        count
    }

    /// A user is not admitted any more, for a day or until then; its clients end.
    pub fn revoke(&self, user: &str, until: Option<Duration>) {
        let at = self.clock.now();
        let until = until.unwrap_or(at + DAY);
        self.step(Input::Revoke(Revocation { user: user.into(), at, until }));
    }

    /// Lets all go, and admits none; the last is told within `within`.
    pub fn close(&self, spread: Duration, within: Duration) {
        self.step(Input::Close(Close { spread, within, chance: fastrand::u64(..) }));
    }

    /// Takes an input that has no reply.
    pub fn step(&self, input: Input) {
        _ = self.apply(&mut self.lock(), input, self.clock.now());
    }

    /// Looks at what is there.
    pub fn look<T>(&self, look: impl FnOnce(&hub::Hub) -> T) -> T {
        look(&self.lock().hub)
    }

    /// What it has been through, and the bytes of its log.
    pub fn stats(&self) -> (HubStats, usize) {
        (self.lock().hub.stats(), self.log.bytes())
    }

    /// The channels in the text of a client's position.
    pub fn channels_in(&self, position: &str) -> Vec<String> {
        let position = self.position(position, iter::empty(), self.clock.now());
        position.unwrap_or_default().channels().map(str::to_owned).collect()
    }

    /// What the text of a position says, if it is one. If the snapshot that it needs is not there any more, it is
    /// before everything: its client is told of a gap.
    pub(super) fn position<'a>(
        &self,
        text: &str,
        channels: impl Iterator<Item = &'a str>,
        now: Duration,
    ) -> Option<Position> {
        let Some(key) = Position::snapshot_key(text) else { return Position::parse(text) };
        let kept = at_once(self.store.get(key, now)).ok().flatten();
        kept.map_or_else(
            || Some(Position::lost(channels)),
            |kept| Position::parse_snapshot(&kept)?.relative(text),
        )
    }

    pub(super) fn head(&self, channel: Arc<str>, now: Duration) -> Head {
        let key = Key::channel(&channel);
        let epoch = Generation::new(fastrand::u64(..));
        let (epoch, offset) = self.log.channel_head(&key, epoch, now);
        Head { channel, place: Place { epoch, offset } }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of the newest client.
pub(super) fn newest() -> ClientNumber {
    let next = NEXT_NUMBER.load(Ordering::Relaxed);
    FIRST_NUMBER | (next.wrapping_sub(1) & (FIRST_NUMBER - 1))
}

/// What is in memory is there at once.
pub(super) fn at_once<T, E: From<Away>>(mut pending: Pending<'_, T, E>) -> Result<T, E> {
    match pending.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(Away("it is not in memory".to_owned()).into()),
    }
}

pub(super) fn encode(event: Option<&str>, data: &str) -> Result<Vec<u8>, EncodeError> {
    let mut frame = Vec::with_capacity(data.len() + 32);
    encode_event(&Outgoing { event, data: Some(data), ..Outgoing::default() }, &mut frame)?;
    Ok(frame)
}
