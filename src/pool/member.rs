//! One endpoint, and what is known of it.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use super::breaker::Breaker;
use super::change::Changes;
use super::slot::Slot;
use super::{Assignment, Counters, Endpoint, Key, Outcome, Rules, Share};

/// One endpoint of a pool, and what is known of it.
#[derive(Debug)]
pub(super) struct Member {
    /// Tells it from one that had its name before.
    pub id: u64,
    /// As declared, without its keys.
    pub endpoint: Arc<Endpoint>,
    pub breaker: Breaker,
    /// One for each key. One without a key, and no other, if none is wanted.
    pub slots: Vec<Slot>,
    pub counters: Counters,
}

impl Member {
    /// `serial` gives numbers that nothing else in the pool has.
    pub(super) fn new(
        mut endpoint: Endpoint,
        rules: &Rules,
        mut serial: impl FnMut() -> u64,
    ) -> Self {
        let keys = std::mem::take(&mut endpoint.keys);
        let breaker = Breaker::new(rules.breaker);
        let slots = vec![Slot::new(serial(), None)];
        let counters = Counters::default();
        let mut member =
            Self { id: serial(), endpoint: Arc::new(endpoint), breaker, slots, counters };
        for key in keys {
            member.add_key(key, serial());
        }
        member
    }

    /// Changes its share. Leases keep the endpoint as it was.
    pub(super) fn update(&mut self, share: &Share) {
        let endpoint = Arc::make_mut(&mut self.endpoint);
        endpoint.weight = share.weight.unwrap_or(endpoint.weight);
        endpoint.canary = share.canary.unwrap_or(endpoint.canary);
    }

    /// Adds a key, unless it is there. From now on the endpoint wants one.
    pub(super) fn add_key(&mut self, key: Key, id: u64) {
        self.slots.retain(|slot| slot.key.is_some());
        if self.position(&key.hash).is_none() {
            self.slots.push(Slot::new(id, Some(key)));
        }
    }

    pub(super) fn remove_key(&mut self, hash: &str) -> bool {
        let position = self.position(hash);
        position.map(|at| self.slots.remove(at)).is_some()
    }

    /// Puts a new key in the place of another.
    pub(super) fn rotate_key(&mut self, hash: &str, successor: Key, id: u64) -> bool {
        let Some(at) = self.position(hash) else { return false };
        if self.position(&successor.hash).is_some_and(|there| there != at) {
            self.slots.remove(at);
        } else {
            self.slots[at] = Slot::new(id, Some(successor));
        }
        true
    }

    /// An assignment for a request with the key in slot number `at`.
    pub(super) fn assignment(&mut self, at: usize, id: u64) -> Assignment {
        self.counters.begin();
        self.breaker.begin(id);
        let slot = &mut self.slots[at];
        slot.begin(id);
        let (endpoint, key) = (Arc::clone(&self.endpoint), slot.key.clone());
        Assignment { endpoint, key, id, member: self.id, slot: slot.id }
    }

    pub(super) fn report(
        &mut self,
        assignment: &Assignment,
        outcome: Outcome,
        rules: &Rules,
        now: Duration,
        changes: &mut Changes,
    ) {
        // Without a key there is none to blame.
        let blameless = outcome == Outcome::KeyDead && assignment.key.is_none();
        let outcome = if blameless { Outcome::EndpointFailed } else { outcome };
        let turn = match outcome {
            Outcome::Success => self.breaker.report(false, assignment.id, now),
            Outcome::EndpointFailed => {
                self.counters.fail();
                self.breaker.report(true, assignment.id, now)
            }
            Outcome::KeyDead | Outcome::KeyCooling(_) => {
                self.breaker.count(false, now);
                None
            }
            Outcome::Neutral => return,
        };
        let name = &self.endpoint.name;
        changes.note(name, None, turn);
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.id == assignment.slot) {
            let turn = slot.report(outcome, rules, now);
            changes.note(name, slot.hash(), turn);
        }
    }

    pub(super) fn release(&mut self, assignment: &Assignment) {
        self.counters.end();
        self.breaker.end(assignment.id);
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.id == assignment.slot) {
            slot.counters.end();
        }
    }

    /// Notices what time did.
    pub(super) fn settle(&mut self, now: Duration, changes: &mut Changes) {
        let name = &self.endpoint.name;
        changes.note(name, None, self.breaker.settle(now));
        for slot in &mut self.slots {
            let turn = slot.settle(now);
            changes.note(name, slot.hash(), turn);
        }
    }

    /// As new.
    pub(super) fn revive(&mut self, changes: &mut Changes) {
        let name = &self.endpoint.name;
        changes.note(name, None, self.breaker.revive());
        for slot in &mut self.slots {
            let turn = slot.revive();
            changes.note(name, slot.hash(), turn);
        }
    }

    fn position(&self, hash: &str) -> Option<usize> {
        self.slots.iter().position(|slot| slot.hash() == Some(hash))
    }
}
