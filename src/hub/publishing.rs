//! Events reach clients: at once, or page by page.
#![forbid(unsafe_code)]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::catching_up::{CatchingUp, Group};
use super::client::{Behind, Client, Mark, Marks, Stage};
use super::cohorts::CohortId;
use super::hub::Hub;
use super::pages::Page;
use super::policy::Lag;
use super::position::Place;
use super::step::{ClientNumber, Effect, Effects, Environment, Gap, Head, Publish, Read};
use super::wire;
use crate::log::{ChannelFrame, Replay};

/// So much of the log is handed to a client at a time that is behind.
const PAGE: usize = 32 * 1024;

impl Hub {
    pub(super) fn publish(
        &mut self,
        publish: &Publish,
        full: &[Environment],
        now: Duration,
        effects: &mut Effects,
    ) {
        // One that was delivered before the log took it was counted then.
        self.counters.published += u64::from(publish.had.is_none());
        let Some(channel) = self.channels.get_mut(&publish.channel) else { return };
        let before = channel.place;
        let follows =
            before.epoch == publish.place.epoch && before.offset + 1 == publish.place.offset;
        let cohorts = std::mem::take(&mut channel.cohorts);
        for id in &cohorts {
            let takes = |cohort: &super::cohorts::Cohort| !full.contains(&cohort.environment);
            if !follows || !self.cohorts.get(*id).is_some_and(takes) {
                self.hold_back(*id);
            }
        }
        if let Some(channel) = self.channels.get_mut(&publish.channel) {
            channel.place = publish.place;
            channel.bytes += publish.frame.len() as u64;
        }
        for id in &cohorts {
            self.deliver(*id, publish, now, effects);
        }
        if let Some(channel) = self.channels.get_mut(&publish.channel) {
            channel.cohorts = cohorts;
        }
    }

    /// A frame for all of a cohort that have everything before it. Those that have it already are told where they
    /// stand.
    fn deliver(&mut self, id: CohortId, publish: &Publish, now: Duration, effects: &mut Effects) {
        let Some(cohort) = self.cohorts.get(id) else { return };
        if cohort.live.is_empty() {
            return;
        }
        let (environment, mut live) = (cohort.environment, Arc::clone(&cohort.live));
        let Publish { frame, had, .. } = publish;
        let mut bytes = Vec::with_capacity(frame.len() + 64);
        let marks = self.tail(id);
        self.write_id(id, &marks, &mut bytes, (now, effects));
        if let Some(had) = had {
            let (have, lack) = live.iter().partition(|number| had.contains(**number));
            self.send_to(environment, [&bytes, &b"\n"[..]].concat(), Arc::new(have), effects);
            live = Arc::new(lack);
        }
        bytes.extend_from_slice(frame);
        self.send_to(environment, bytes, live, effects);
        if let Some(cohort) = self.cohorts.get_mut(id) {
            cohort.sent = now;
        }
    }

    fn send_to(
        &mut self,
        environment: Environment,
        bytes: Vec<u8>,
        numbers: Arc<Vec<ClientNumber>>,
        effects: &mut Effects,
    ) {
        if !numbers.is_empty() {
            self.counters.delivered(bytes.len(), numbers.len());
            effects.push(Effect::Deliver(environment, bytes, numbers));
        }
    }

    /// A frame that has no place yet, for all that have everything.
    pub(super) fn deliver_unlogged(
        &mut self,
        channel: &str,
        frame: &[u8],
        now: Duration,
        effects: &mut Effects,
    ) {
        self.counters.published += 1;
        let cohorts = self.channels.get(channel).map(|channel| channel.cohorts.clone());
        for id in cohorts.unwrap_or_default() {
            let Some(cohort) = self.cohorts.get_mut(id) else { continue };
            cohort.sent = now;
            let (environment, live) = (cohort.environment, Arc::clone(&cohort.live));
            self.send_to(environment, frame.to_vec(), live, effects);
        }
    }

    /// The log says that a channel stands somewhere else: those in it read the log from where they stand.
    pub(super) fn move_to(&mut self, head: &Head) {
        let Some(channel) = self.channels.get(&head.channel) else { return };
        if channel.place == head.place {
            return;
        }
        for id in channel.cohorts.clone() {
            self.hold_back(id);
        }
        if let Some(channel) = self.channels.get_mut(&head.channel) {
            channel.place = head.place;
        }
    }

    /// The live clients of a cohort stay where they are, and read the log from there.
    fn hold_back(&mut self, id: CohortId) {
        let marks = self.tail(id);
        let Some(cohort) = self.cohorts.get_mut(id) else { return };
        let live = cohort.take_live();
        if live.is_empty() {
            return;
        }
        let turns = self.catching_up.entry(cohort.environment).or_default();
        let marks = turns.add_all(id, marks, live.to_vec());
        for number in live.iter() {
            self.fall_behind(*number, Arc::clone(&marks), None);
            if let Some(Client { stage: Stage::Behind(behind), .. }) = self.clients.get_mut(number)
            {
                behind.queued = true;
            }
        }
    }

    /// Serves the next group of an environment that is behind: with a page that was read lately, or one that is to be
    /// read.
    pub(super) fn turn(&mut self, environment: Environment, now: Duration, effects: &mut Effects) {
        let turns = |hub: &mut Self| hub.catching_up.get_mut(&environment)?.next();
        while let Some(mut group) = turns(self) {
            group.members.retain(|number| self.takes_turn(*number, &group.marks));
            if group.members.is_empty() {
                continue;
            }
            let Some((seat, channel)) = self.first_behind(&group) else {
                for number in &group.members {
                    self.go_live(group.cohort, *number);
                }
                continue;
            };
            let key = (group.cohort, Arc::clone(&group.marks));
            if let Some(page) = self.pages.get(&key, now) {
                return self.hand_over(group, &page, now, effects);
            }
            let Mark { place, .. } = group.marks[seat];
            let bytes = if self.policy.lag == Lag::Latest { usize::MAX } else { PAGE };
            self.reading = Some(group);
            effects.push(Effect::Read(Read { channel, after: (place.epoch, place.offset), bytes }));
            return;
        }
    }

    /// How many groups of an environment are behind and take something.
    #[must_use]
    pub fn groups_behind(&self, environment: Environment) -> usize {
        self.catching_up.get(&environment).map_or(0, CatchingUp::len)
    }

    /// Whether a client of a group still stands where the group does; it does not wait in it any more.
    fn takes_turn(&mut self, number: ClientNumber, marks: &Marks) -> bool {
        let Some(client) = self.clients.get_mut(&number) else { return false };
        let Stage::Behind(behind) = &mut client.stage else { return false };
        if !Arc::ptr_eq(&behind.marks, marks) {
            return false;
        }
        // One that went to another group and came back is in this one twice.
        std::mem::take(&mut behind.queued) && behind.stalled.is_none()
    }

    fn first_behind(&self, group: &Group) -> Option<(usize, Arc<str>)> {
        let channels = &self.cohorts.get(group.cohort)?.channels;
        let mut seats = channels.iter().zip(group.marks.iter()).enumerate();
        seats.find_map(|(seat, (name, mark))| {
            let place = self.channels.get(name)?.place;
            (place != mark.place).then(|| (seat, Arc::clone(name)))
        })
    }

    /// What the log keeps behind the place of the group that is being read for.
    pub(super) fn page(&mut self, replay: &Replay, now: Duration, effects: &mut Effects) {
        let Some(group) = self.reading.take() else { return };
        let Some((seat, channel)) = self.first_behind(&group) else { return };
        let Some(end) = self.channels.get(&channel).map(super::channels::Channel::mark) else {
            return;
        };
        let mut marks = group.marks.to_vec();
        let mut bytes = Vec::new();
        let before = marks[seat].place;
        let first = replay.frames.first().map_or(replay.last + 1, |frame| frame.offset);
        let mut gap = None;
        if replay.gap {
            marks[seat].place = Place { epoch: replay.epoch, offset: first - 1 };
            gap = Some(missing(channel, before, marks[seat].place));
        } else if replay.frames.is_empty() {
            // What the hub was told of is all there is.
            marks[seat].place = end.place;
        }
        if let Some(gap) = &gap {
            self.write_id(group.cohort, &marks, &mut bytes, (now, effects));
            wire::gap(&self.policy.names, gap, &mut bytes);
        }
        let mut events = 0;
        for frame in self.chosen(&replay.frames) {
            let mark = &mut marks[seat];
            mark.place = Place { epoch: replay.epoch, offset: frame.offset };
            mark.bytes = end.bytes.min(mark.bytes + frame.text.len() as u64);
            self.write_id(group.cohort, &marks, &mut bytes, (now, effects));
            bytes.extend_from_slice(&frame.text);
            events += 1;
        }
        if marks[seat].place == end.place {
            marks[seat].bytes = end.bytes;
        }
        let page = Arc::new(Page { marks: marks.into(), bytes, events, gap });
        self.pages.add((group.cohort, Arc::clone(&group.marks)), &page, now);
        self.hand_over(group, &page, now, effects);
    }

    /// A group gets a page, and stands behind it.
    fn hand_over(&mut self, group: Group, page: &Page, now: Duration, effects: &mut Effects) {
        let Group { cohort, members, .. } = group;
        let Some(environment) = self.cohorts.get(cohort).map(|cohort| cohort.environment) else {
            return;
        };
        let mut marks = Arc::clone(&page.marks);
        let done = self.tail(cohort)[..] == marks[..];
        if !done {
            let turns = self.catching_up.entry(environment).or_default();
            marks = turns.add_all(cohort, marks, members.clone());
        }
        for number in &members {
            let Some(client) = self.clients.get_mut(number) else { continue };
            client.sent = now;
            if let Some(gap) = &page.gap {
                self.counters.gaps += 1;
                effects.push(Effect::TellGap(environment, *number, gap.clone()));
            }
            if done {
                self.go_live(cohort, *number);
            } else if let Stage::Behind(behind) = &mut client.stage {
                *behind = Behind { marks: Arc::clone(&marks), queued: true, direct: 0, ..*behind };
            }
        }
        if !page.bytes.is_empty() {
            self.counters.deliveries += (page.events * members.len()) as u64;
            self.counters.bytes += (page.bytes.len() * members.len()) as u64;
            effects.push(Effect::Deliver(environment, page.bytes.clone(), Arc::new(members)));
        }
    }

    /// Of several frames with one key the newest, where the hub is to leave out the others.
    fn chosen<'a>(&self, frames: &'a [ChannelFrame]) -> Vec<&'a ChannelFrame> {
        if self.policy.lag != Lag::Latest {
            return frames.iter().collect();
        }
        let mut seen = HashSet::new();
        let mut chosen: Vec<&ChannelFrame> = frames
            .iter()
            .rev()
            .filter(|frame| frame.key.as_deref().is_none_or(|key| seen.insert(key)))
            .collect();
        chosen.reverse();
        chosen
    }
}

fn missing(channel: Arc<str>, before: Place, behind: Place) -> Gap {
    let anew = before.epoch != behind.epoch;
    let (from, reason) = if anew { (0, "epoch") } else { (before.offset + 1, "trimmed") };
    Gap { channel, from, to: behind.offset, reason }
}
