//! One key, and what is known of it.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use super::change::Turn;
use super::{Counters, Key, Outcome, Rules};

/// One key of an endpoint, and what is known of it. An endpoint that wants no key has one slot
/// without: it too may ask for a rest.
#[derive(Debug)]
pub(super) struct Slot {
    pub id: u64,
    pub key: Option<Arc<Key>>,
    pub counters: Counters,
    /// The last assignment. Between keys equally busy the one that rested longest is asked: going by the
    /// number of requests, a key that is new or was cooling would have to catch up alone.
    pub last: u64,
    health: Health,
    /// The next rest that the provider did not tell, if one came before.
    rest: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Ok,
    Cooling { until: Duration },
    Dead,
}

impl Slot {
    pub(super) fn new(id: u64, key: Option<Key>) -> Self {
        let counters = Counters::default();
        Self { id, key: key.map(Arc::new), counters, last: 0, health: Health::Ok, rest: None }
    }

    /// The name of the key, if there is one.
    pub(super) fn hash(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.hash.as_str())
    }

    pub(super) fn is_ok(&self) -> bool {
        self.health == Health::Ok
    }

    pub(super) fn is_dead(&self) -> bool {
        self.health == Health::Dead
    }

    /// An assignment was given.
    pub(super) fn begin(&mut self, assignment: u64) {
        self.counters.begin();
        self.last = assignment;
    }

    pub(super) fn report(
        &mut self,
        outcome: Outcome,
        rules: &Rules,
        now: Duration,
    ) -> Option<Turn> {
        match outcome {
            // What a key at rest still served began before the rest, and says nothing of it.
            Outcome::Success if self.is_ok() => self.rest = None,
            Outcome::KeyDead => {
                self.counters.fail();
                return self.turn(Health::Dead, "refused");
            }
            Outcome::KeyCooling(told) => {
                self.counters.fail();
                return self.cool(told, rules, now);
            }
            Outcome::Success | Outcome::EndpointFailed | Outcome::Neutral => {}
        }
        None
    }

    /// Notices what time did.
    pub(super) fn settle(&mut self, now: Duration) -> Option<Turn> {
        match self.health {
            Health::Cooling { until } if until <= now => self.turn(Health::Ok, "rested"),
            _ => None,
        }
    }

    /// As new.
    pub(super) fn revive(&mut self) -> Option<Turn> {
        self.rest = None;
        self.turn(Health::Ok, "revived")
    }

    /// How long it rests, if it does.
    pub(super) fn cools_for(&self, now: Duration) -> Option<Duration> {
        match self.health {
            Health::Cooling { until } => until.checked_sub(now).filter(|left| !left.is_zero()),
            Health::Ok | Health::Dead => None,
        }
    }

    /// Its state at this moment.
    pub(super) fn name(&self, now: Duration) -> &'static str {
        match self.health {
            Health::Cooling { until } if until <= now => Health::Ok.name(),
            health => health.name(),
        }
    }

    fn cool(&mut self, told: Option<Duration>, rules: &Rules, now: Duration) -> Option<Turn> {
        let told = told.filter(|told| !told.is_zero());
        let until = match (self.health, told) {
            (Health::Dead, _) => return None,
            (Health::Ok, Some(told)) => now.saturating_add(told),
            (Health::Ok, None) => {
                let rest = self.rest.unwrap_or(rules.cooldown);
                self.rest = Some(rules.longer_rest(rest));
                now.saturating_add(rest)
            }
            // One of those that began before the rest: one burst is not several in a row.
            (Health::Cooling { until }, told) => {
                until.max(now.saturating_add(told.unwrap_or_default()))
            }
        };
        if until > now { self.turn(Health::Cooling { until }, "rate-limited") } else { None }
    }

    fn turn(&mut self, health: Health, reason: &'static str) -> Option<Turn> {
        let from = self.health.name();
        self.health = health;
        let to = health.name();
        (from != to).then_some(Turn { from, to, reason })
    }
}

impl Health {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Cooling { .. } => "cooling",
            Self::Dead => "dead",
        }
    }
}
