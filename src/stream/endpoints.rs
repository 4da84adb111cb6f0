//! A pool that many streams share, and the place of one stream at it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::pool::{Ask, Change, Endpoint, Key, Lease, Nothing, Outcome, Pick, Pool, Tried};

/// A pool that many streams share: adds the clock and the lock that the pool itself has not.
pub struct Endpoints {
    pool: Mutex<Pool>,
    epoch: Instant,
    changed: Box<dyn Fn(Change) + Send + Sync>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").finish_non_exhaustive()
    }
}

impl Endpoints {
    /// Shares `pool`; `changed` hears of every change of state, from any thread.
    #[must_use]
    pub fn new(pool: Pool, changed: impl Fn(Change) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { pool: Mutex::new(pool), epoch: Instant::now(), changed: Box::new(changed) })
    }

    /// Looks at the pool or changes it, as it stands now; what that changes is told.
    pub fn with<T>(&self, act: impl FnOnce(&mut Pool, Duration) -> T) -> T {
        let now = self.epoch.elapsed();
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut pool, now);
        let changes = pool.take_changes();
        drop(pool);
        for change in changes {
            (self.changed)(change);
        }
        result
    }
}

/// Why there is nobody to ask now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortage {
    /// All that could serve is cooling, the first for so long.
    Wait(Duration),
    /// Nobody will be.
    Nothing(Nothing),
}

/// Whose fault it was that an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Endpoint,
    Key,
}

/// The place of one stream at a pool: what it uses now, and what it has tried in this outage.
#[derive(Debug)]
pub(super) struct Seat {
    endpoints: Arc<Endpoints>,
    affinity: Option<u16>,
    tried: Vec<Tried>,
    lease: Option<Lease>,
    /// The key that was used last, in case that somebody quotes it.
    quotable: Option<Arc<Key>>,
}

impl Seat {
    pub fn new(endpoints: Arc<Endpoints>, affinity: Option<u16>) -> Self {
        Self { endpoints, affinity, tried: Vec::new(), lease: None, quotable: None }
    }

    /// What the present attempt uses.
    pub const fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// Takes the endpoint and key for the next attempt; a lease that was taken ahead is kept.
    pub fn take(&mut self, fits: &dyn Fn(&Endpoint) -> bool, chance: f64) -> Result<(), Shortage> {
        if self.lease.is_some() {
            return Ok(());
        }
        let ask = Ask { affinity: self.affinity, tried: &self.tried, fits };
        match self.endpoints.with(|pool, now| pool.pick(&ask, now, chance)) {
            Pick::Go(lease) => {
                self.quotable.clone_from(&lease.key);
                self.lease = Some(lease);
                Ok(())
            }
            Pick::Wait(delay) => Err(Shortage::Wait(delay)),
            Pick::Nothing(nothing) => Err(Shortage::Nothing(nothing)),
        }
    }

    /// Takes an endpoint or a key that was not tried yet, if one can be asked at once.
    pub fn take_another(&mut self, fits: &dyn Fn(&Endpoint) -> bool, chance: f64) -> bool {
        if self.take(fits, chance).is_err() {
            return false;
        }
        let tried = self
            .lease
            .as_ref()
            .is_some_and(|lease| self.tried.iter().any(|tried| tried.covers(lease)));
        if tried {
            self.leave();
        }
        !tried
    }

    /// Says what came of the present attempt, and whose fault it was.
    pub fn report(&mut self, outcome: Outcome) -> Option<Fault> {
        let lease = self.lease.as_ref()?;
        self.endpoints.with(|pool, now| pool.report(lease, outcome, now));
        match outcome {
            Outcome::EndpointFailed => {
                self.tried.push(Tried::endpoint(lease));
                Some(Fault::Endpoint)
            }
            Outcome::KeyDead | Outcome::KeyCooling(_) => {
                self.tried.push(Tried::key(lease));
                Some(Fault::Key)
            }
            Outcome::Success | Outcome::Neutral => None,
        }
    }

    /// The key that was used last.
    pub fn secret(&self) -> Option<&str> {
        self.quotable.as_ref().map(|key| &*key.secret)
    }

    /// After a good time nothing is held against anybody.
    pub fn forget(&mut self) {
        self.tried.clear();
    }

    /// The present attempt is over.
    pub fn leave(&mut self) {
        if let Some(lease) = self.lease.take() {
            self.endpoints.with(|pool, now| pool.release(&lease, now));
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}
