//! A pool that many streams share, and the place of one stream at it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::pool::{Ask, Assignment, Change, Endpoint, Key, Nothing, Outcome, Pick, Pool, Tried};
use crate::reconnect::PoolPart;

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

/// Why there is no endpoint to ask now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortage {
    /// All that could serve is cooling, the first for so long.
    Wait(Duration),
    /// None will be.
    Nothing(Nothing),
}

/// The place of one stream at a pool: what it uses now, and what it has tried in this outage.
#[derive(Debug)]
pub(super) struct EndpointSelection {
    endpoints: Arc<Endpoints>,
    affinity: Option<u16>,
    tried: Vec<Tried>,
    assignment: Option<Assignment>,
    /// The key that was used last, in case that a server quotes it.
    quotable: Option<Arc<Key>>,
}

impl EndpointSelection {
    pub fn new(endpoints: Arc<Endpoints>, affinity: Option<u16>) -> Self {
        Self { endpoints, affinity, tried: Vec::new(), assignment: None, quotable: None }
    }

    /// What the present attempt uses.
    pub const fn assignment(&self) -> Option<&Assignment> {
        self.assignment.as_ref()
    }

    /// Takes the endpoint and key for the next attempt; an assignment that was taken ahead is kept.
    pub fn take(&mut self, fits: &dyn Fn(&Endpoint) -> bool, chance: f64) -> Result<(), Shortage> {
        if self.assignment.is_some() {
            return Ok(());
        }
        let ask = Ask { affinity: self.affinity, tried: &self.tried, fits };
        match self.endpoints.with(|pool, now| pool.pick(&ask, now, chance)) {
            Pick::Go(assignment) => {
                self.quotable.clone_from(&assignment.key);
                self.assignment = Some(assignment);
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
            .assignment
            .as_ref()
            .is_some_and(|assignment| self.tried.iter().any(|tried| tried.covers(assignment)));
        if tried {
            self.leave();
        }
        !tried
    }

    /// Says what came of the present attempt, and which part of the pool it failed for.
    pub fn report(&mut self, outcome: Outcome) -> Option<PoolPart> {
        let assignment = self.assignment.as_ref()?;
        self.endpoints.with(|pool, now| pool.report(assignment, outcome, now));
        match outcome {
            Outcome::EndpointFailed => {
                self.tried.push(Tried::endpoint(assignment));
                Some(PoolPart::Endpoint)
            }
            Outcome::KeyDead | Outcome::KeyCooling(_) => {
                self.tried.push(Tried::key(assignment));
                Some(PoolPart::Key)
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
        if let Some(assignment) = self.assignment.take() {
            self.endpoints.with(|pool, now| pool.release(&assignment, now));
        }
    }
}

impl Drop for EndpointSelection {
    fn drop(&mut self) {
        self.leave();
    }
}
