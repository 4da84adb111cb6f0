//! The connections of this process to one Redis.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use redis::{Cmd, RedisError, Value};
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, Notify, watch};
use tokio::time::{Instant, timeout};

use super::address::Address;
use super::connection::Connection;
use super::doorbell::Doorbell;
use super::fault::{Fault, is_broken};
use super::listeners::Listeners;

/// Where the connections stand.
#[derive(Clone)]
pub enum State {
    /// For the first time they are being made.
    Connecting,
    /// One is for commands, one for doorbells.
    Up {
        /// For commands.
        commands: Connection,
        /// For doorbells.
        doorbells: Connection,
        /// Since when.
        since: Instant,
    },
    /// They broke, or could not be made.
    Down(Arc<str>),
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => f.write_str("Connecting"),
            Self::Up { .. } => f.write_str("Up"),
            Self::Down(reason) => write!(f, "Down({reason})"),
        }
    }
}

/// Connections to one Redis, which are made again whenever they break. All logs and stores of a process that have
/// the same address share one.
pub struct Link {
    address: Address,
    handle: Handle,
    state: watch::Sender<State>,
    pub(super) listeners: Listeners,
    /// Names that the connection has subscribed to; held while that changes.
    subscribed: AsyncMutex<HashSet<Arc<str>>>,
    /// The connections are to be looked at.
    pub(super) suspicion: Notify,
    /// What time it was there when, in milliseconds since 1970.
    clock: Mutex<Option<(u64, Instant)>>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("state", &*self.state.borrow()).finish_non_exhaustive()
    }
}

/// How late something may be done that was asked.
const SLACK: Duration = Duration::from_millis(500);

static LINKS: Mutex<Vec<(Address, Weak<Link>)>> = Mutex::new(Vec::new());

impl Link {
    /// The connections to this address.
    ///
    /// # Errors
    ///
    /// Where the address is none.
    pub fn to(handle: &Handle, address: &Address) -> Result<Arc<Self>, RedisError> {
        let mut links = LINKS.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|(_, link)| link.strong_count() > 0);
        let known = links.iter().find(|(known, _)| known == address);
        if let Some(link) = known.and_then(|(_, link)| link.upgrade()) {
            return Ok(link);
        }
        let gate = address.gate()?;
        let link = Arc::new(Self {
            address: address.clone(),
            handle: handle.clone(),
            state: watch::Sender::new(State::Connecting),
            listeners: Listeners::default(),
            subscribed: AsyncMutex::default(),
            suspicion: Notify::new(),
            clock: Mutex::default(),
        });
        links.push((address.clone(), Arc::downgrade(&link)));
        handle.spawn(super::supervision::supervise(Arc::downgrade(&link), gate));
        Ok(link)
    }

    /// Where things run.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// How long it may take to get in, and to get a reply.
    pub const fn patience(&self) -> Duration {
        self.address.patience
    }

    /// Where the connections stand, and when that changes.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Since when the connections are up, if they are.
    pub fn up_since(&self) -> Option<Instant> {
        match &*self.state.borrow() {
            State::Up { since, .. } => Some(*since),
            State::Connecting | State::Down(_) => None,
        }
    }

    /// The latest time there, in milliseconds since 1970, at which something that is asked now may be done: a server
    /// that stood still does what waited for it, and knows nothing of the meantime. 0 if that is not known.
    pub fn promptly(&self) -> u64 {
        let clock = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.map_or(0, |(then, at)| {
            then + u64::try_from((at.elapsed() + SLACK).as_millis()).unwrap_or(0)
        })
    }

    /// It is that time there.
    pub(super) fn set_clock(&self, time: u64) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        *clock = Some((time, Instant::now()));
    }

    /// Asks one thing. While the first connection is being made it waits for that; else it fails at once if there
    /// is none.
    pub async fn query(&self, command: &Cmd) -> Result<Value, Fault> {
        let commands = self.commands().await?;
        commands.query(command).await.map_err(|error| self.failed(error))
    }

    /// The connection for commands.
    pub(super) async fn commands(&self) -> Result<Connection, Fault> {
        let mut state = self.state.subscribe();
        let known = state.wait_for(|state| !matches!(state, State::Connecting));
        let known = timeout(self.address.patience, known).await;
        match known.as_ref().map(|known| known.as_deref()) {
            Ok(Ok(State::Up { commands, .. })) => Ok(commands.clone()),
            Ok(Ok(State::Down(reason))) => Err(Fault::Away(reason.to_string())),
            _ => Err(Fault::Away("Redis does not answer".to_owned())),
        }
    }

    /// The command that rings.
    pub async fn publishes(&self) -> Result<&'static str, Fault> {
        Ok(if self.commands().await?.is_sharded() { "SPUBLISH" } else { "PUBLISH" })
    }

    /// Waits for a connection as long as patience lasts.
    pub async fn up(&self) -> Result<(), Fault> {
        let mut state = self.state.subscribe();
        let up = state.wait_for(|state| matches!(state, State::Up { .. }));
        if timeout(self.address.patience, up).await.is_ok() {
            return Ok(());
        }
        Err(match &*self.state.borrow() {
            State::Down(reason) => Fault::Away(reason.to_string()),
            _ => Fault::Away("Redis does not answer".to_owned()),
        })
    }

    /// Something failed: if the connection is at fault, it is given up.
    pub(super) fn failed(&self, error: RedisError) -> Fault {
        let broken = is_broken(&error);
        let fault = Fault::from(error);
        if broken && let Fault::Away(reason) = &fault {
            self.suspect(reason);
        }
        fault
    }

    /// The connection to one server is no good any more. That to a cluster sees to itself.
    fn suspect(&self, reason: &str) {
        let given_up = self.state.send_if_modified(|state| {
            let given_up = matches!(state, State::Up { commands, .. } if !commands.is_sharded());
            if given_up {
                *state = State::Down(reason.into());
            }
            given_up
        });
        if given_up {
            self.suspicion.notify_one();
        }
    }

    pub(super) fn change(&self, state: State) {
        self.state.send_replace(state);
    }

    /// From now on what is published under a name rings there, until what is returned is dropped. If there is no
    /// connection, the next one subscribes.
    pub async fn listen(
        self: &Arc<Self>,
        name: &Arc<str>,
        doorbell: &Arc<Doorbell>,
    ) -> (Listening, Result<(), Fault>) {
        self.listeners.add(name, doorbell);
        let listening = Listening {
            link: Arc::clone(self),
            name: Arc::clone(name),
            doorbell: Arc::clone(doorbell),
        };
        (listening, self.subscribe(name).await)
    }

    async fn subscribe(&self, name: &Arc<str>) -> Result<(), Fault> {
        self.commands().await?;
        let mut subscribed = self.subscribed.lock().await;
        if !subscribed.contains(name) {
            let doorbells = self.doorbells();
            let doorbells = doorbells.ok_or_else(|| Fault::Away("Redis is away".to_owned()))?;
            doorbells.subscribe(&[name]).await.map_err(|error| self.failed(error))?;
            subscribed.insert(Arc::clone(name));
        }
        Ok(())
    }

    /// The new connection subscribes to all that the old one had; those who listen have missed something.
    pub(super) async fn subscribe_again(&self, doorbells: &Connection) -> Result<(), RedisError> {
        let mut subscribed = self.subscribed.lock().await;
        subscribed.clear();
        let names = self.listeners.names();
        for some in names.chunks(256) {
            let some: Vec<&str> = some.iter().map(|name| &**name).collect();
            doorbells.subscribe(&some).await?;
        }
        subscribed.extend(names);
        Ok(())
    }

    fn doorbells(&self) -> Option<Connection> {
        match &*self.state.borrow() {
            State::Up { doorbells, .. } => Some(doorbells.clone()),
            State::Connecting | State::Down(_) => None,
        }
    }

    async fn forget(&self, name: &Arc<str>) {
        let mut subscribed = self.subscribed.lock().await;
        if self.listeners.has(name) || !subscribed.remove(name) {
            return;
        }
        if let Some(doorbells) = self.doorbells() {
            _ = doorbells.unsubscribe(name).await;
        }
    }
}

/// Listens to a name until it is dropped.
pub struct Listening {
    link: Arc<Link>,
    name: Arc<str>,
    doorbell: Arc<Doorbell>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if self.link.listeners.remove(&self.name, &self.doorbell) {
            let (link, name) = (Arc::clone(&self.link), Arc::clone(&self.name));
            self.link.handle.spawn(async move { link.forget(&name).await });
        }
    }
}
