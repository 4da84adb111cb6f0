//! Clients that take nothing, and what becomes of those that are too far behind; whose time has come.
#![forbid(unsafe_code)]

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::client::{Behind, Stage};
use super::hub::Hub;
use super::policy::{Lag, MaxLag};
use super::step::{ClientNumber, Effect, Effects, Environment, Gap, Reason};
use super::wire;

/// How often a client that takes nothing is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Positions with which clients came that were closed for their lag: one who comes back with the same has made
/// no progress.
#[derive(Debug, Default)]
pub struct Strikes {
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

/// So many are remembered.
const REMEMBERED: usize = 4096;

impl Strikes {
    /// Whether a client was closed that came so.
    pub fn has(&self, came_with: u64) -> bool {
        self.known.contains(&came_with)
    }

    /// One was.
    pub fn add(&mut self, came_with: u64) {
        if self.known.insert(came_with) {
            self.order.push_back(came_with);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl Hub {
    /// A client's socket takes nothing: it stays where it is.
    pub(super) fn stall(&mut self, number: ClientNumber, now: Duration) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        match &mut client.stage {
            Stage::Behind(behind) => _ = behind.stalled.get_or_insert(now),
            Stage::Live => {
                let id = client.cohort;
                let marks = self.tail(id);
                if let Some(cohort) = self.cohorts.get_mut(id) {
                    cohort.remove_live(number);
                }
                self.fall_behind(number, marks, Some(now));
            }
        }
        self.look_again(number, now);
    }

    /// It takes more again.
    pub(super) fn resume(&mut self, number: ClientNumber, now: Duration) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let Stage::Behind(behind) = &mut client.stage else { return };
        if behind.stalled.take().is_none() {
            return;
        }
        behind.direct = 0;
        let marks = Arc::clone(&behind.marks);
        let (cohort, waits) = (client.cohort, behind.queued);
        if !waits && self.tail(cohort) == marks {
            self.go_live(cohort, number);
        } else {
            self.queue(number);
        }
        self.look_again(number, now);
    }

    /// Looks at all whose time has come.
    pub(super) fn tick(&mut self, now: Duration, effects: &mut Effects) {
        let mut beats: HashMap<Environment, Vec<ClientNumber>> = HashMap::new();
        while let Some((at, number)) = self.due.pop(now) {
            let Some(client) = self.clients.get_mut(&number).filter(|client| client.due == at)
            else {
                continue;
            };
            client.due = Duration::MAX;
            self.look_at(number, now, &mut beats, effects);
            self.look_again(number, now);
        }
        for (environment, numbers) in beats {
            self.counters.heartbeats += numbers.len() as u64;
            effects.push(Effect::Deliver(environment, wire::HEARTBEAT.to_vec(), Arc::new(numbers)));
        }
    }

    fn look_at(
        &mut self,
        number: ClientNumber,
        now: Duration,
        beats: &mut HashMap<Environment, Vec<ClientNumber>>,
        effects: &mut Effects,
    ) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let over = |time: Option<Duration>| time.is_some_and(|time| time <= now);
        if over(client.leaves) {
            return self.let_go(number, now, effects);
        }
        if over(client.expires) || over(client.ages) {
            let reason = if over(client.expires) { Reason::Expired } else { Reason::Age };
            let retry = client.retry;
            self.direct(number, wire::retry(retry), now, effects);
            return self.end(number, reason, effects);
        }
        if let Some(since) = client.stalled() {
            if self.policy.write_timeout.is_some_and(|timeout| since + timeout <= now) {
                return self.end(number, Reason::Timeout, effects);
            }
            return self.look_at_lag(number, now, effects);
        }
        let heard = match self.cohorts.get(client.cohort) {
            Some(cohort) if matches!(client.stage, Stage::Live) => cohort.sent.max(client.sent),
            _ => client.sent,
        };
        if client.heartbeat.is_some_and(|heartbeat| heard + heartbeat <= now) {
            client.sent = now;
            beats.entry(client.environment).or_default().push(number);
        } else {
            client.sent = heard;
        }
    }

    /// Says when a client is to be looked at again.
    pub(super) fn look_again(&mut self, number: ClientNumber, now: Duration) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let next = match client.stalled() {
            Some(since) => {
                let timeout = self.policy.write_timeout.map(|timeout| since + timeout);
                Some(timeout.map_or(now + LOOK, |timeout| timeout.min(now + LOOK)))
            }
            None => client.heartbeat.map(|heartbeat| client.sent + heartbeat),
        };
        let times = [next, client.expires, client.ages, client.leaves];
        let earliest = times.into_iter().flatten().min();
        if let Some(at) = earliest.filter(|at| *at < client.due) {
            client.due = at;
            self.due.add(at, number);
        }
    }

    fn look_at_lag(&mut self, number: ClientNumber, now: Duration, effects: &mut Effects) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let Some(cohort) = self.cohorts.get(client.cohort) else { return };
        let Stage::Behind(behind) = &mut client.stage else { return };
        let (mut events, mut bytes) = (0_u64, 0_u64);
        for (name, mark) in cohort.channels.iter().zip(behind.marks.iter()) {
            let Some(channel) = self.channels.get(name) else { continue };
            if channel.place != mark.place {
                events += channel.place.offset.saturating_sub(mark.place.offset).max(1);
                bytes += channel.bytes.saturating_sub(mark.bytes);
            }
        }
        if events == 0 {
            return;
        }
        let age = now.saturating_sub(*behind.missed.get_or_insert(now));
        let MaxLag { events: most_events, bytes: most_bytes, age: oldest } = self.policy.max_lag;
        if events <= most_events && bytes <= most_bytes && age <= oldest {
            return;
        }
        let struck = client.struck;
        let lag = match self.policy.lag {
            Lag::Disconnect if struck => Lag::Skip,
            lag => lag,
        };
        if std::mem::replace(&mut behind.told, true) && lag == Lag::Latest {
            return;
        }
        let (environment, came_with) = (client.environment, client.came_with);
        self.counters.lagged += 1;
        effects.push(Effect::TellLag(environment, number, (events, bytes, age), lag));
        match lag {
            Lag::Latest => {}
            Lag::Skip => self.skip(number, now, effects),
            Lag::Disconnect => {
                self.strikes.add(came_with);
                self.end(number, Reason::Lag, effects);
            }
        }
    }

    /// A client goes on at the end, and is told what it misses.
    fn skip(&mut self, number: ClientNumber, now: Duration, effects: &mut Effects) {
        let Some(client) = self.clients.get(&number) else { return };
        let Stage::Behind(Behind { marks, .. }) = &client.stage else { return };
        let (id, environment, marks) = (client.cohort, client.environment, Arc::clone(marks));
        let tail = self.tail(id);
        let Some(cohort) = self.cohorts.get(id) else { return };
        let channels = Arc::clone(&cohort.channels);
        let mut bytes = Vec::new();
        let mut passed = marks.to_vec();
        for (seat, name) in channels.iter().enumerate() {
            let (before, end) = (marks[seat].place, tail[seat].place);
            if before != end {
                let channel = Arc::clone(name);
                let gap = Gap { channel, from: before.offset + 1, to: end.offset, reason: "lag" };
                // One who is cut off between two gaps is told of the second later.
                passed[seat] = tail[seat];
                self.write_id(id, &passed, &mut bytes, (now, effects));
                wire::gap(&self.policy.names, &gap, &mut bytes);
                effects.push(Effect::TellGap(environment, number, gap));
                self.counters.gaps += 1;
            }
        }
        if let Some(Stage::Behind(behind)) =
            self.clients.get_mut(&number).map(|client| &mut client.stage)
        {
            // It does not wait among those that stand where it stood.
            let stalled = behind.stalled;
            *behind = Behind {
                marks: tail,
                queued: false,
                missed: None,
                told: false,
                stalled,
                direct: 0,
            };
        }
        self.direct(number, bytes, now, effects);
    }
}
