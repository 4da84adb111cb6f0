//! Clients come, join channels and leave them.
#![forbid(unsafe_code)]

use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use super::client::{Behind, Client, Mark, Marks, Stage};
use super::cohorts::{ChannelSet, CohortId};
use super::hub::Hub;
use super::position::Position;
use super::step::{ClientNumber, Connect, Effect, Effects, Environment, Head, Refusal};
use super::wire;

impl Hub {
    pub(super) fn connect(&mut self, connect: Connect, now: Duration, effects: &mut Effects) {
        let retry = wire::spread(self.policy.retry_delay, connect.chance);
        if let Some(refusal) = self.refusal(&connect, now) {
            self.counters.refused += 1;
            effects.push(Effect::Refuse(refusal, retry));
            return;
        }
        let Connect { number, environment, id, user, mut heads, position, expires, chance, .. } =
            connect;
        heads.sort_by(|one, other| one.channel.cmp(&other.channel));
        heads.dedup_by(|one, other| one.channel == other.channel);
        let tail: Vec<Mark> = heads.iter().map(|head| self.channels.know(head)).collect();
        let channels: ChannelSet = heads.into_iter().map(|head| head.channel).collect();
        let marks: Marks = match &position {
            Some(position) => from_position(&channels, &tail, position),
            None => tail.as_slice().into(),
        };
        let cohort = self.enter(environment, &channels);
        let came_with = self.fingerprint(cohort, &marks);
        let age = self.policy.max_connection_age;
        self.clients.insert(
            number,
            Client {
                id: Arc::clone(&id),
                environment,
                user: user.clone(),
                cohort,
                stage: Stage::Live,
                sent: now,
                heartbeat: self.policy.heartbeat.map(|heartbeat| wire::jittered(heartbeat, chance)),
                expires: expires.map(|expires| now.saturating_add(expires)),
                ages: age.map(|age| now.saturating_add(wire::shortened(age, chance))),
                due: Duration::MAX,
                struck: self.strikes.has(came_with),
                came_with,
                retry,
                leaves: None,
            },
        );
        self.ids.insert(Arc::clone(&id), number);
        if let Some(user) = user {
            *self.users.entry(user).or_default() += 1;
        }
        let mut greeting = format!("retry: {retry}\n").into_bytes();
        self.write_id(cohort, &marks, &mut greeting, (now, effects));
        wire::greeting(&self.policy.names, &id, &mut greeting);
        self.direct(number, greeting, now, effects);
        if *marks == *tail {
            self.go_live(cohort, number);
        } else {
            self.fall_behind(number, marks, None);
            self.queue(number);
        }
        self.look_again(number, now);
    }

    fn refusal(&self, connect: &Connect, now: Duration) -> Option<Refusal> {
        if self.closing.is_some() {
            return Some(Refusal::Closing);
        }
        if self.policy.max_clients.is_some_and(|most| self.clients.len() >= most) {
            return Some(Refusal::Clients);
        }
        let user = connect.user.as_ref()?;
        if self.revocations.refuses(user, connect.issued, now) {
            return Some(Refusal::Revoked);
        }
        let count = self.users.get(user).copied().unwrap_or_default();
        self.policy.max_per_user.filter(|most| count >= *most).map(|_| Refusal::User)
    }

    /// Of where a client stands, and with what.
    fn fingerprint(&self, cohort: CohortId, marks: &[Mark]) -> u64 {
        let mut text = Vec::new();
        super::position::write(self.places(cohort, marks), &mut text);
        self.hasher.hash_one(text)
    }

    fn enter(&mut self, environment: Environment, channels: &ChannelSet) -> CohortId {
        self.changes += 1;
        let (cohort, is_new) = self.cohorts.enter(environment, Arc::clone(channels));
        if is_new {
            self.channels.join(channels, cohort);
        }
        cohort
    }

    /// A client has everything.
    pub(super) fn go_live(&mut self, cohort: CohortId, number: ClientNumber) {
        if let Some(client) = self.clients.get_mut(&number) {
            client.stage = Stage::Live;
        }
        if let Some(cohort) = self.cohorts.get_mut(cohort) {
            cohort.add_live(number);
        }
    }

    /// A client stands at these marks, and is not among the live ones of its cohort.
    pub(super) fn fall_behind(
        &mut self,
        number: ClientNumber,
        marks: Marks,
        stalled: Option<Duration>,
    ) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        client.stage = Stage::Behind(Behind {
            marks,
            queued: false,
            stalled,
            missed: None,
            direct: 0,
            told: false,
        });
    }

    /// A client that is behind waits for its turn, unless it does already.
    pub(super) fn queue(&mut self, number: ClientNumber) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let Stage::Behind(behind) = &mut client.stage else { return };
        if !behind.queued && behind.stalled.is_none() {
            behind.queued = true;
            let marks = Arc::clone(&behind.marks);
            let turns = self.catching_up.entry(client.environment).or_default();
            behind.marks = turns.add_all(client.cohort, marks, vec![number]);
        }
    }

    pub(super) fn subscribe(
        &mut self,
        number: ClientNumber,
        head: &Head,
        now: Duration,
        effects: &mut Effects,
    ) {
        let Some(client) = self.clients.get(&number) else { return };
        let Some(cohort) = self.cohorts.get(client.cohort) else { return };
        let Err(seat) = cohort.channels.binary_search(&head.channel) else { return };
        let mut channels = cohort.channels.to_vec();
        channels.insert(seat, Arc::clone(&head.channel));
        let mark = self.channels.know(head);
        self.change(number, &channels.into(), |marks| marks.insert(seat, mark), now, effects);
    }

    pub(super) fn unsubscribe(
        &mut self,
        number: ClientNumber,
        channel: &str,
        now: Duration,
        effects: &mut Effects,
    ) {
        let Some(client) = self.clients.get(&number) else { return };
        let Some(cohort) = self.cohorts.get(client.cohort) else { return };
        let seat = cohort.channels.binary_search_by(|known| (**known).cmp(channel));
        let Ok(seat) = seat else { return };
        let mut channels = cohort.channels.to_vec();
        channels.remove(seat);
        self.change(number, &channels.into(), |marks| _ = marks.remove(seat), now, effects);
    }

    /// Moves a client to the cohort with these channels, and tells it where it stands: else it would come back
    /// with a position that lacks one of them.
    fn change(
        &mut self,
        number: ClientNumber,
        channels: &ChannelSet,
        edit: impl FnOnce(&mut Vec<Mark>),
        now: Duration,
        effects: &mut Effects,
    ) {
        let Some(client) = self.clients.get(&number) else { return };
        let (environment, old) = (client.environment, client.cohort);
        let before = client.stage.clone();
        let mut marks = match &before {
            Stage::Live => self.tail(old).to_vec(),
            Stage::Behind(behind) => behind.marks.to_vec(),
        };
        edit(&mut marks);
        let marks: Marks = marks.into();
        let cohort = self.enter(environment, channels);
        if let Some(channels) = self.cohorts.leave(old, number) {
            self.channels.part(&channels, old);
        }
        if let Some(client) = self.clients.get_mut(&number) {
            client.cohort = cohort;
        }
        let mut position = Vec::new();
        self.write_id(cohort, &marks, &mut position, (now, effects));
        position.push(b'\n');
        match before {
            Stage::Live => self.go_live(cohort, number),
            Stage::Behind(before) => {
                self.fall_behind(number, marks, before.stalled);
                if let Some(Client { stage: Stage::Behind(behind), .. }) =
                    self.clients.get_mut(&number)
                {
                    *behind = Behind { marks: Arc::clone(&behind.marks), queued: false, ..before };
                }
                self.queue(number);
            }
        }
        self.direct(number, position, now, effects);
    }
}

/// Where a client stands that comes back: in channels that its position does not have, at their end.
fn from_position(channels: &[Arc<str>], tail: &[Mark], position: &Position) -> Marks {
    let places = channels.iter().zip(tail);
    places
        .map(|(name, end)| position.of(name).map_or(*end, |place| Mark { place, bytes: end.bytes }))
        .collect()
}
