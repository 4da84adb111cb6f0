//! Endpoints, and which of them to ask.
#![forbid(unsafe_code)]

use std::fmt;
use std::time::Duration;

use super::change::Changes;
use super::choice::{Choice, choose};
use super::member::Member;
use super::{Ask, Assignment, Change, Endpoint, EndpointView, Key, Outcome, Pick, Rules, Share};

/// Endpoints, and which of them to ask. Every `now` is counted from one fixed moment on a monotonic
/// clock. No value overflows or panics; where `now` goes backwards, rests get longer.
#[derive(Debug)]
pub struct Pool {
    rules: Rules,
    /// In the order in which they were added.
    members: Vec<Member>,
    /// The last number given to an endpoint, a key or an assignment.
    serial: u64,
    changes: Changes,
}

/// The pool already has an endpoint of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken;

impl fmt::Display for Taken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the pool already has an endpoint of this name")
    }
}

impl std::error::Error for Taken {}

impl Pool {
    /// A pool without endpoints.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self { rules, members: Vec::new(), serial: 0, changes: Changes::default() }
    }

    /// Adds an endpoint. Of keys with the same hash the first counts.
    pub fn add(&mut self, endpoint: Endpoint) -> Result<(), Taken> {
        if self.members.iter().any(|member| member.endpoint.name == endpoint.name) {
            return Err(Taken);
        }
        let Self { rules, serial, .. } = self;
        let member = Member::new(endpoint, rules, || next(serial));
        self.members.push(member);
        Ok(())
    }

    /// Removes an endpoint; its assignments go on. Whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.members.len();
        self.members.retain(|member| member.endpoint.name != name);
        self.members.len() < before
    }

    /// Changes the traffic that an endpoint gets. Counters, breaker, keys and assignments stay what they are.
    /// Whether there is such an endpoint.
    pub fn update(&mut self, name: &str, share: &Share) -> bool {
        self.named(name).map(|member| member.update(share)).is_some()
    }

    /// Adds a key to an endpoint, unless it has one of this hash. An endpoint that wanted no key now
    /// does. Whether there is such an endpoint.
    pub fn add_key(&mut self, name: &str, key: Key) -> bool {
        let id = next(&mut self.serial);
        self.named(name).map(|member| member.add_key(key, id)).is_some()
    }

    /// Removes a key; its assignments go on. An endpoint without its last key is not asked, until it gets
    /// another. Whether there was such a key.
    pub fn remove_key(&mut self, name: &str, hash: &str) -> bool {
        self.named(name).is_some_and(|member| member.remove_key(hash))
    }

    /// Puts a key in the place of another, whose assignments go on. The successor is as new; if the
    /// endpoint has it already, it stays what it is. Whether there was such a key.
    pub fn rotate_key(&mut self, name: &str, hash: &str, successor: Key) -> bool {
        let id = next(&mut self.serial);
        self.named(name).is_some_and(|member| member.rotate_key(hash, successor, id))
    }

    /// Makes dead and cooling keys and the breaker of one endpoint, or all, as new; counters stay.
    /// Whether there is such an endpoint.
    pub fn revive(&mut self, name: Option<&str>) -> bool {
        let Self { members, changes, .. } = self;
        let named = |member: &&mut Member| name.is_none_or(|name| member.endpoint.name == name);
        let revived = members.iter_mut().filter(named).map(|member| member.revive(changes)).count();
        revived > 0 || name.is_none()
    }

    /// Whom to ask. `chance` is uniform in `[0, 1)`.
    ///
    /// A caller who belongs to a canary goes there, unless it was tried or cannot be asked; all
    /// others go elsewhere as long as anything else can be asked. There, the endpoints that fit,
    /// have a key that is ok and are let through by their breaker: first what was not tried, then
    /// untried keys of endpoints that were, then what was; among equals the lowest priority; among
    /// those by weight. If breakers hold back all there is, the least bad. A dead key is never used,
    /// nor one that cools.
    #[must_use]
    pub fn pick(&mut self, ask: &Ask<'_>, now: Duration, chance: f64) -> Pick {
        self.settle(now);
        match choose(&self.members, ask, now, chance) {
            Choice::Go(member, slot) => {
                let id = next(&mut self.serial);
                Pick::Go(self.members[member].assignment(slot, id))
            }
            Choice::Wait(wait) => Pick::Wait(wait),
            Choice::Nothing(nothing) => Pick::Nothing(nothing),
        }
    }

    /// What became of a request. May be called again, when what began well is cut later: each call
    /// but [`Outcome::Neutral`] counts as one request.
    pub fn report(&mut self, assignment: &Assignment, outcome: Outcome, now: Duration) {
        self.settle(now);
        let Self { rules, members, changes, .. } = self;
        if let Some(member) = members.iter_mut().find(|member| member.id == assignment.member) {
            member.report(assignment, outcome, rules, now, changes);
        }
    }

    /// The request is over. Once for each assignment, or what is still active is counted wrong.
    pub fn release(&mut self, assignment: &Assignment, now: Duration) {
        self.settle(now);
        if let Some(member) = self.members.iter_mut().find(|member| member.id == assignment.member)
        {
            member.release(assignment);
        }
    }

    /// Notices what time did: keys that have rested, breakers that now let a probe through. All
    /// calls with a `now` do so first; this is for a caller that waits for changes.
    pub fn settle(&mut self, now: Duration) {
        for member in &mut self.members {
            member.settle(now, &mut self.changes);
        }
    }

    /// What changed since the last call, the oldest first; of very many the newest.
    #[must_use]
    pub fn take_changes(&mut self) -> Vec<Change> {
        self.changes.take()
    }

    /// All endpoints as they may be shown, in the order in which they were added.
    #[must_use]
    pub fn view(&self, now: Duration) -> Vec<EndpointView> {
        self.members.iter().map(|member| EndpointView::new(member, now)).collect()
    }

    fn named(&mut self, name: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.endpoint.name == name)
    }
}

/// A number that was not given before.
fn next(serial: &mut u64) -> u64 {
    *serial = serial.wrapping_add(1);
    *serial
}
