//! Clients and channels of one name, driven.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::clock::Clock;
use super::hub_outlet::HubOutlet;
use crate::delivery::{FanOut, Mailbox, Refill};
use crate::hub::{
    self, ClientNumber, Close, Connect, EVERYONE, Effect, Environment, Filter, Head, HubStats,
    Input, Place, Policy, Position, Refusal, USER,
};
use crate::log::{Generation, Key, Log, LogError, MemoryBounds, MemoryLog, Pending, Publish};
use crate::protocol::{EncodeError, Outgoing, encode_event};

/// What a hub is made with.
#[derive(Clone, Debug)]
pub struct HubOptions {
    /// What clients may take.
    pub policy: Policy,
    /// What the log keeps.
    pub log: MemoryBounds,
}

/// A client that comes.
#[derive(Debug)]
pub struct HubClient {
    /// Where it lives.
    pub environment: Environment,
    /// What its public name ends with: nobody else knows it, so it must not be one that can be guessed.
    pub name: String,
    /// Whose it is.
    pub user: Option<String>,
    /// Its channels, besides those of all and of its user.
    pub channels: Vec<String>,
    /// The text of where it stood when it was here last.
    pub position: Option<String>,
    /// For how long it is admitted.
    pub expires: Option<Duration>,
}

/// An event for a channel.
#[derive(Clone, Debug, Default)]
pub struct HubEvent {
    /// Its type.
    pub event: Option<String>,
    /// Its data.
    pub data: String,
    /// Of several with one key only the newest may matter.
    pub key: Option<String>,
    /// Named again within a minute, it is the same event.
    pub dedupe_id: Option<String>,
}

/// Why an event was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// It cannot be encoded.
    Encode(EncodeError),
    /// The log did not take it.
    Log(LogError),
}

/// Clients and channels of one name, for as long as the process lives.
pub struct Hub {
    inner: Mutex<Inner>,
    log: Arc<MemoryLog>,
    clock: Clock,
    /// Before the ids of this process's clients.
    process: Generation,
    /// Somebody is due earlier than was said.
    earlier: Notify,
}

struct Inner {
    hub: hub::Hub,
    outlets: HashMap<Environment, HubOutlet>,
    effects: hub::Effects,
    /// When the clock looks next.
    looks: Option<Duration>,
}

/// So many bytes wait for an environment; then its clients read the log.
const ENOUGH: usize = 256 * 1024;
/// How often it is looked for what the log need not keep.
const SWEEP: Duration = Duration::from_secs(1);
/// Clients have numbers from here on, mailboxes below.
const FIRST_NUMBER: u32 = 1 << 30;

static NEXT_NUMBER: AtomicU32 = AtomicU32::new(0);

impl Hub {
    /// A hub of its own.
    #[must_use]
    pub fn start(runtime: &Handle, options: HubOptions) -> Arc<Self> {
        let _entered = runtime.enter();
        let clock = Clock::new();
        let hub = Arc::new(Self {
            inner: Mutex::new(Inner {
                hub: hub::Hub::new(options.policy),
                outlets: HashMap::new(),
                effects: Vec::new(),
                looks: None,
            }),
            log: Arc::new(MemoryLog::new(options.log)),
            clock,
            process: Generation::new(fastrand::u64(..)),
            earlier: Notify::new(),
        });
        runtime.spawn(look(Arc::downgrade(&hub), clock));
        hub
    }

    /// An environment has clients from now on. What they get goes to `fan_out`, what concerns the hub to `mailbox`.
    pub fn open(self: &Arc<Self>, fan_out: Arc<FanOut>, mailbox: Arc<Mailbox>) -> Environment {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let environment = Environment::try_from(number).unwrap_or(Environment::MAX);
        fan_out.refill_from(Pages { hub: Arc::downgrade(self), environment });
        self.lock().outlets.insert(environment, HubOutlet { fan_out, mailbox });
        environment
    }

    /// An environment is gone, and its clients with it.
    pub fn abandon(&self, environment: Environment) {
        self.step(Input::Abandon(environment));
        self.lock().outlets.remove(&environment);
    }

    /// A client comes: its number and its public name; or why it is not admitted, and when to come back.
    pub fn connect(&self, client: HubClient) -> Result<(ClientNumber, Arc<str>), (Refusal, u64)> {
        let HubClient { environment, name, user, channels, position, expires } = client;
        let own = user.as_ref().map(|user| format!("{USER}{user}"));
        let names = channels.into_iter().chain(own).chain([EVERYONE.to_owned()]);
        let mut inner = self.lock();
        let now = self.clock.now();
        let heads = names.filter_map(|name| self.head(name.into(), now)).collect();
        let next = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        let number = FIRST_NUMBER | (next & (FIRST_NUMBER - 1));
        let id: Arc<str> = format!("{}.{name}", self.process).into();
        let connect = Connect {
            number,
            environment,
            id: Arc::clone(&id),
            user: user.map(Into::into),
            heads,
            position: position.and_then(|text| Position::parse(&text)),
            expires,
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
        let published = at_once(self.log.publish(&log_key, publish, now));
        let published = published.map_err(PublishError::Log)?;
        let place = Place { epoch: published.epoch, offset: published.offset };
        if !published.repeated {
            let outlets = inner.outlets.iter();
            let full = outlets.filter(|(_, outlet)| outlet.fan_out.bytes() > ENOUGH);
            let full = full.map(|(environment, _)| *environment).collect();
            let publish = hub::Publish { channel: channel.into(), place, frame };
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
        if let Some(head) = self.head(channel.into(), now) {
            _ = self.apply(&mut inner, Input::Subscribe(number, head), now);
        }
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

    fn head(&self, channel: Arc<str>, now: Duration) -> Option<Head> {
        let key = Key::channel(&channel);
        let head = self.log.channel_head(&key, Generation::new(fastrand::u64(..)), now);
        let (epoch, offset) = at_once(head).ok()?;
        Some(Head { channel, place: Place { epoch, offset } })
    }

    /// Does what follows from an input.
    fn apply(&self, inner: &mut Inner, input: Input, now: Duration) -> Result<(), (Refusal, u64)> {
        let mut effects = std::mem::take(&mut inner.effects);
        inner.hub.step(input, now, &mut effects);
        let mut refused = Ok(());
        for effect in effects.drain(..) {
            if let Effect::Refuse(refusal, retry) = effect {
                refused = Err((refusal, retry));
            } else {
                super::hub_outlet::apply(&inner.outlets, effect);
            }
        }
        inner.effects = effects;
        for (environment, outlet) in &inner.outlets {
            if inner.hub.groups_behind(*environment) > 0 {
                outlet.fan_out.wake();
            }
        }
        let next = inner.hub.next_due();
        if next.is_some_and(|next| inner.looks.is_none_or(|looks| next < looks)) {
            inner.looks = next;
            self.earlier.notify_one();
        }
        refused
    }

    /// Hands a page to each group of an environment that is behind; whether there is more.
    fn refill(&self, environment: Environment) -> bool {
        let mut inner = self.lock();
        for _ in 0..inner.hub.groups_behind(environment) {
            let Some(read) = inner.hub.next_read(environment) else { break };
            let now = self.clock.now();
            let key = Key::channel(&read.channel);
            let epoch = Generation::new(fastrand::u64(..));
            let page = self.log.replay(&key, Some(read.after), read.bytes, epoch, now);
            let Ok(page) = at_once(page) else { break };
            _ = self.apply(&mut inner, Input::Page(page), now);
            let outlet = inner.outlets.get(&environment);
            if outlet.is_none_or(|outlet| outlet.fan_out.bytes() > ENOUGH) {
                break;
            }
        }
        inner.hub.groups_behind(environment) > 0
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Brings the clients of one environment what they have not got.
struct Pages {
    hub: Weak<Hub>,
    environment: Environment,
}

impl Refill for Pages {
    fn refill(&self) -> bool {
        self.hub.upgrade().is_some_and(|hub| hub.refill(self.environment))
    }
}

/// Looks at clients when they are due, and lets the log forget.
async fn look(hub: Weak<Hub>, clock: Clock) {
    let mut sweeps = Instant::now() + SWEEP;
    while let Some(held) = hub.upgrade() {
        let now = clock.now();
        let next = {
            let mut inner = held.lock();
            _ = held.apply(&mut inner, Input::Tick, now);
            inner.looks = inner.hub.next_due();
            inner.looks
        };
        if Instant::now() >= sweeps {
            held.log.sweep(now);
            sweeps = Instant::now() + SWEEP;
        }
        let until = next.map_or(sweeps, |next| clock.instant(next).min(sweeps));
        tokio::select! {
            () = held.earlier.notified() => {}
            () = sleep_until(until) => {}
        }
    }
}

/// A log in memory has everything at once.
fn at_once<T>(mut pending: Pending<'_, T>) -> Result<T, LogError> {
    match pending.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(LogError::Away("it is not in memory".to_owned())),
    }
}

fn encode(event: Option<&str>, data: &str) -> Result<Vec<u8>, EncodeError> {
    let mut frame = Vec::with_capacity(data.len() + 32);
    encode_event(&Outgoing { event, data: Some(data), ..Outgoing::default() }, &mut frame)?;
    Ok(frame)
}
