//! The state of a hub.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use super::catching_up::{CatchingUp, Group};
use super::channels::Channels;
use super::client::{Behind, Client, Mark, Marks, Stage};
use super::closing::Closing;
use super::cohorts::{CohortId, Cohorts};
use super::due::Due;
use super::lagging::Strikes;
use super::pages::Pages;
use super::policy::Policy;
use super::position::Place;
use super::revocations::Revocations;
use super::stats::Counters;
use super::step::{ClientNumber, Effect, Effects, Environment, Filter, Input, Reason, Revocation};
use super::wire;

/// All clients of one name, and where each stands.
#[derive(Debug)]
pub struct Hub {
    pub(super) policy: Policy,
    pub(super) clients: HashMap<ClientNumber, Client>,
    pub(super) ids: HashMap<Arc<str>, ClientNumber>,
    pub(super) users: HashMap<Arc<str>, usize>,
    pub(super) channels: Channels,
    pub(super) cohorts: Cohorts,
    pub(super) catching_up: HashMap<Environment, CatchingUp>,
    /// Whose page is being read.
    pub(super) reading: Option<Group>,
    pub(super) pages: Pages,
    pub(super) due: Due,
    pub(super) strikes: Strikes,
    pub(super) revocations: Revocations,
    pub(super) closing: Option<Closing>,
    pub(super) counters: Counters,
    pub(super) hasher: RandomState,
    /// Made so far.
    pub(super) snapshots: u64,
    /// How often somebody came, went or changed channels.
    pub(super) changes: u64,
}

impl Hub {
    /// Without clients.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            clients: HashMap::new(),
            ids: HashMap::new(),
            users: HashMap::new(),
            channels: Channels::default(),
            cohorts: Cohorts::default(),
            catching_up: HashMap::new(),
            reading: None,
            pages: Pages::default(),
            due: Due::default(),
            strikes: Strikes::default(),
            revocations: Revocations::default(),
            closing: None,
            counters: Counters::default(),
            hasher: RandomState::new(),
            snapshots: 0,
            changes: 0,
        }
    }

    /// Takes an input, and appends what is to be done.
    pub fn step(&mut self, input: Input, now: Duration, effects: &mut Effects) {
        match input {
            Input::Connect(connect) => self.connect(connect, now, effects),
            Input::Publish(publish, full) => self.publish(&publish, &full, now, effects),
            Input::Unlogged(channel, frame) => {
                self.deliver_unlogged(&channel, &frame, now, effects);
            }
            Input::Move(head) => self.move_to(&head),
            Input::Revoke(revocation) => self.revoke(&revocation, effects),
            Input::Send(number, frame) => self.send(number, frame, now, effects),
            Input::Subscribe(number, head) => self.subscribe(number, &head, now, effects),
            Input::Unsubscribe(number, channel) => {
                self.unsubscribe(number, &channel, now, effects);
            }
            Input::Stall(number) => self.stall(number, now),
            Input::Resume(number) => self.resume(number, now),
            Input::Leave(number) => {
                if self.remove(number).is_some() {
                    self.counters.left += 1;
                }
            }
            Input::Abandon(environment) => self.abandon(environment),
            Input::Turn(environment) => self.turn(environment, now, effects),
            Input::Page(replay) => self.page(&replay, now, effects),
            Input::Disconnect(numbers, retry, chance) => {
                self.disconnect(&numbers, retry, chance, effects);
            }
            Input::Close(close) => self.close(close, now),
            Input::Tick => self.tick(now, effects),
        }
    }

    /// When the next [`Input::Tick`] is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.due.next()
    }

    /// What it may take.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How many clients there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// The client with this public name.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<ClientNumber> {
        self.ids.get(id).copied()
    }

    fn revoke(&mut self, revocation: &Revocation, effects: &mut Effects) {
        // It is told more than once: who came back since then with something newer stays.
        if !self.revocations.add(revocation) {
            return;
        }
        let user = Some(revocation.user.to_string());
        for number in self.find(&Filter { user, ..Filter::default() }) {
            self.end(number, Reason::Revoked, effects);
        }
    }

    /// A client ends: it is told why, behind what it was given.
    pub(super) fn end(&mut self, number: ClientNumber, reason: Reason, effects: &mut Effects) {
        if let Some(client) = self.remove(number) {
            self.counters.end(reason);
            effects.push(Effect::End(client.environment, number, reason));
        }
    }

    /// Forgets a client.
    pub(super) fn remove(&mut self, number: ClientNumber) -> Option<Client> {
        let client = self.clients.remove(&number)?;
        self.ids.remove(&client.id);
        self.changes += 1;
        if let Some(user) = &client.user
            && let Some(count) = self.users.get_mut(user)
        {
            *count -= 1;
            if *count == 0 {
                self.users.remove(user);
            }
        }
        if let Some(channels) = self.cohorts.leave(client.cohort, number) {
            self.channels.part(&channels, client.cohort);
        }
        Some(client)
    }

    fn abandon(&mut self, environment: Environment) {
        let theirs = |(number, client): (&ClientNumber, &Client)| {
            (client.environment == environment).then_some(*number)
        };
        let numbers: Vec<ClientNumber> = self.clients.iter().filter_map(theirs).collect();
        for number in numbers {
            self.remove(number);
        }
        self.catching_up.remove(&environment);
    }

    /// A frame without a place, for one client. One that takes nothing gets only a little.
    fn send(&mut self, number: ClientNumber, frame: Vec<u8>, now: Duration, effects: &mut Effects) {
        if self.accepts(number, frame.len()) {
            self.direct(number, frame, now, effects);
        }
    }

    /// Whether a client takes so many bytes that have no place.
    #[must_use]
    pub fn accepts(&self, number: ClientNumber, bytes: usize) -> bool {
        match self.clients.get(&number).map(|client| &client.stage) {
            Some(Stage::Behind(Behind { stalled: Some(_), direct, .. })) => {
                direct + bytes <= wire::MOST_DIRECT
            }
            client => client.is_some(),
        }
    }

    /// Bytes for one client alone.
    pub(super) fn direct(
        &mut self,
        number: ClientNumber,
        bytes: Vec<u8>,
        now: Duration,
        effects: &mut Effects,
    ) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        client.sent = now;
        if let Stage::Behind(behind) = &mut client.stage {
            behind.direct += bytes.len();
        }
        let environment = client.environment;
        self.counters.delivered(bytes.len(), 1);
        effects.push(Effect::Deliver(environment, bytes, Arc::new(vec![number])));
    }

    /// Where the channels of a cohort end.
    pub(super) fn tail(&self, cohort: CohortId) -> Marks {
        let channels = self.cohorts.get(cohort).map(|cohort| Arc::clone(&cohort.channels));
        channels.map_or_else(Marks::default, |channels| self.channels.marks(&channels).collect())
    }

    /// The places of a cohort's channels, for the text of a position.
    pub(super) fn places<'a>(
        &'a self,
        cohort: CohortId,
        marks: &'a [Mark],
    ) -> impl Iterator<Item = (&'a str, Place)> {
        let channels = self.cohorts.get(cohort).map(|cohort| &cohort.channels[..]);
        let names = channels.unwrap_or_default().iter();
        names.zip(marks).map(|(name, mark)| (&**name, mark.place))
    }
}
