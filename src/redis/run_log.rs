//! The log of runs on Redis.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::fault::Fault;
use super::following::follow;
use super::keys::{Keys, Names};
use super::link::Link;
use super::outbox::Outbox;
use super::reply::Parts;
use super::script::{ACQUIRE, Args};
use crate::log::{
    Acquired, Claim, Generation, Key, Log, LogError, MemoryBounds, MemoryLog, Restart, Role, Tail,
    Token,
};

/// How the log of a relay is kept on Redis.
#[derive(Clone, Debug)]
pub struct RunLogOptions {
    /// Where keys stand.
    pub prefix: String,
    /// Of the relay.
    pub name: String,
    /// For how long a run is kept whose producer does not renew.
    pub lease: Duration,
    /// For how long a run is kept that is over.
    pub retention: Duration,
    /// Whether readers get a frame only when Redis has it.
    pub durable: bool,
    /// Whether runs are produced without Redis while it is away.
    pub local: bool,
    /// What is kept of them, and bytes of all runs that are followed.
    pub bounds: MemoryBounds,
}

/// Keeps runs on Redis. Those that are produced or read here are in this process as well.
pub struct RunLog {
    pub(super) link: Arc<Link>,
    pub(super) options: RunLogOptions,
    keys: Keys,
    known: Mutex<HashMap<Key, Known>>,
    /// Runs that began while Redis was away.
    pub(super) local: MemoryLog,
}

/// A run of which this process has the entries.
enum Known {
    Produced(Arc<Outbox>),
    Followed(Weak<Tail>),
}

/// Between questions about a run whose metadata Redis has lost: its producer writes it again.
const AGAIN: Duration = Duration::from_millis(200);

impl RunLog {
    /// Over these connections.
    #[must_use]
    pub fn new(link: Arc<Link>, options: RunLogOptions) -> Arc<Self> {
        let keys = Keys::new(&options.prefix, "relay", &options.name);
        let local = MemoryLog::new(options.bounds);
        Arc::new(Self { link, options, keys, known: Mutex::default(), local })
    }

    /// What the keys of a run are called.
    pub(super) fn names(&self, key: &Key) -> Names {
        match key {
            Key::Run { owner, id } => self.keys.run(owner.as_deref(), id),
            Key::Channel(name) => self.keys.channel(name),
        }
    }

    /// How long keys of an open run live when its producer is gone and nobody watches.
    pub(super) fn ttl(&self) -> Duration {
        self.options.retention + 4 * self.options.lease
    }

    async fn claim(&self, key: &Key, claim: &Claim) -> Result<(Role, Generation), Fault> {
        let names = self.names(key);
        let until = Instant::now() + self.options.lease;
        loop {
            self.link.up().await?;
            // One whole lease was watched, as far as this connection goes.
            let watched = self.link.up_since().is_some_and(|up| up.elapsed() >= claim.lease);
            let args = Args::default()
                .with(claim.generation.as_str())
                .with(claim.token.0)
                .with_ms(claim.lease)
                .with_ms(self.ttl())
                .with(if watched { self.link.promptly() } else { 0 })
                .with_flag(claim.restart == Restart::Lost)
                .with_flag(Instant::now() >= until);
            let reply = ACQUIRE.run(&self.link, &[&names.meta, &names.entries], args).await;
            let mut parts = match reply {
                // Whether it was done is not known: the same token asks again.
                Err(Fault::Away(_)) if Instant::now() < until => continue,
                reply => Parts::of(reply?)?,
            };
            let role = match &*parts.text()? {
                "producer" => Role::Producer,
                "reader" => Role::Reader,
                _ => {
                    sleep(AGAIN).await;
                    continue;
                }
            };
            let generation = Generation::parse(&parts.text()?);
            return Ok((
                role,
                generation.ok_or_else(|| super::reply::strange(&redis::Value::Nil))?,
            ));
        }
    }

    pub(super) async fn take(
        self: &Arc<Self>,
        key: &Key,
        claim: Claim,
        now: Duration,
    ) -> Result<Acquired, LogError> {
        loop {
            let (role, generation) = self.claim(key, &claim).await?;
            if role == Role::Producer {
                let tail = Arc::new(Tail::new(generation));
                let outbox = Outbox::start(self, self.names(key), claim.token, &tail, now);
                self.known().insert(key.clone(), Known::Produced(outbox));
                return Ok(Acquired { role, tail });
            }
            // One that is gone in the meantime may begin anew.
            if let Some(tail) = self.find(key).await? {
                return Ok(Acquired { role, tail });
            }
        }
    }

    /// The entries of a run, also of one that is produced or read here.
    pub(super) async fn find(self: &Arc<Self>, key: &Key) -> Result<Option<Arc<Tail>>, Fault> {
        if let Some(tail) = self.tail_of(key) {
            return Ok(Some(tail));
        }
        let Some(tail) = follow(self, key).await? else { return Ok(None) };
        let mut known = self.known();
        known.retain(|_, known| known.is_alive());
        // In the meantime it may have begun here, or somebody else may have found it.
        match known.get(key) {
            Some(Known::Produced(outbox)) => return Ok(Some(Arc::clone(outbox.tail()))),
            Some(Known::Followed(other)) => {
                if let Some(other) = other.upgrade() {
                    return Ok(Some(other));
                }
            }
            None => {}
        }
        known.insert(key.clone(), Known::Followed(Arc::downgrade(&tail)));
        Ok(Some(tail))
    }

    /// The entries of a run that this process has.
    fn tail_of(&self, key: &Key) -> Option<Arc<Tail>> {
        match self.known().get(key)? {
            Known::Produced(outbox) => Some(Arc::clone(outbox.tail())),
            Known::Followed(tail) => tail.upgrade(),
        }
    }

    pub(super) fn outbox(&self, key: &Key, token: Token) -> Option<Arc<Outbox>> {
        match self.known().get(key)? {
            Known::Produced(outbox) if outbox.token() == token => Some(Arc::clone(outbox)),
            _ => None,
        }
    }

    /// Everything of a run is in Redis, or it is another's.
    pub(super) fn settled(&self, names: &Names, token: Token) {
        let mut known = self.known();
        let settled = known.iter_mut().find(|(key, known)| {
            matches!(known, Known::Produced(outbox) if outbox.token() == token)
                && self.names(key).meta == names.meta
        });
        if let Some((_, known)) = settled
            && let Known::Produced(outbox) = known
        {
            *known = Known::Followed(Arc::downgrade(outbox.tail()));
        }
    }

    /// A run whose tail is followed no more.
    pub(super) fn forget(&self, key: &Key, tail: &Arc<Tail>) {
        let mut known = self.known();
        if let Some(Known::Followed(followed)) = known.get(key)
            && std::ptr::eq(followed.as_ptr(), Arc::as_ptr(tail))
        {
            known.remove(key);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Key, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks a producer of this process to stop, if it is one.
    pub(super) fn stop_here(&self, key: &Key) -> Option<bool> {
        match self.known().get(key)? {
            Known::Produced(outbox) => Some(outbox.tail().stop()),
            Known::Followed(_) => None,
        }
    }

    /// Bytes of all entries in this process.
    pub(super) fn bytes(&self) -> usize {
        let known = self.known();
        let tails = known.values().filter_map(|known| match known {
            Known::Produced(outbox) => Some(Arc::clone(outbox.tail())),
            Known::Followed(tail) => tail.upgrade(),
        });
        tails.map(|tail| tail.bytes()).sum::<usize>() + self.local.bytes()
    }

    /// Whether a failure is one for which a run goes on without Redis.
    pub(super) const fn goes_local(&self, error: &LogError) -> bool {
        self.options.local && matches!(error, LogError::Away(_))
    }
}

impl Known {
    fn is_alive(&self) -> bool {
        match self {
            Self::Produced(_) => true,
            Self::Followed(tail) => tail.strong_count() > 0,
        }
    }
}
