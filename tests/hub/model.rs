//! Random lives of a hub beside a naive oracle, which remembers everything for ever.

use std::collections::BTreeMap;
use std::time::Duration;

use perennial_sse::hub::{ClientNumber, Input, Lag, MaxLag, Policy};

use super::rig::{Rig, policy};

const CHANNELS: [&str; 5] = ["*", "a", "b", "c", "user:ann"];
const OPERATIONS: usize = 100_000;
/// Where the first has shown most of it.
const FEWER: usize = 30_000;

/// A client as the oracle sees it: by what it has heard alone.
struct Follower {
    environment: u32,
    /// For each of its channels the offset of the last event that it knows of.
    seen: BTreeMap<String, u64>,
    /// So many blocks are checked.
    checked: usize,
    /// It was never behind: it hears all channels in the order of publishing.
    steady: bool,
    order: usize,
}

struct Oracle {
    /// How many events each channel has had.
    published: BTreeMap<String, u64>,
    followers: BTreeMap<ClientNumber, Follower>,
    lag: Lag,
}

#[derive(Clone, Debug)]
struct Gap {
    channel: String,
    from: u64,
    to: u64,
}

fn gap(json: &str) -> Gap {
    let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let number = |name: &str| value[name].as_u64().expect("a number");
    let channel = value["channel"].as_str().expect("a name").to_owned();
    Gap { channel, from: number("from"), to: number("to") }
}

impl Oracle {
    /// Reads what a client has heard since the last time.
    fn check(&mut self, rig: &Rig, number: ClientNumber) {
        let Some(follower) = self.followers.get_mut(&number) else { return };
        let blocks = &rig.heard[&number].blocks[follower.checked..];
        follower.checked += blocks.len();
        for block in blocks {
            match (block.event.as_deref(), &block.data) {
                (Some("gap"), Some(data)) => {
                    let Gap { channel, from, to } = gap(data);
                    let seen = follower.seen.get_mut(&channel).expect("a channel of its own");
                    assert_eq!(from, *seen + 1, "client {number}, {channel}");
                    assert!(to >= from && to <= self.published[&channel]);
                    *seen = to;
                }
                (None, Some(data)) => {
                    let (channel, rest) = data.split_once('/').expect("ours");
                    let (offset, order) = rest.split_once('/').expect("ours");
                    let (offset, order): (u64, usize) =
                        (offset.parse().expect("a number"), order.parse().expect("a number"));
                    let seen = follower.seen.get_mut(channel).expect("a channel of its own");
                    if self.lag == Lag::Latest {
                        assert!(offset > *seen, "client {number}: {data} behind {seen}");
                    } else {
                        assert_eq!(offset, *seen + 1, "client {number}: {data}");
                    }
                    *seen = offset;
                    if follower.steady {
                        assert!(order > follower.order, "in the order of publishing");
                        follower.order = order;
                    }
                }
                _ => {}
            }
            let Some(id) = &block.id else { continue };
            let position = rig.position(id).expect("a position");
            let names: Vec<&str> = position.channels().collect();
            if block.data.is_some() {
                assert!(names.iter().eq(follower.seen.keys()), "{names:?}");
                for (name, seen) in &follower.seen {
                    assert_eq!(position.of(name).map(|place| place.offset), Some(*seen));
                }
            }
        }
    }
}

struct Life {
    rig: Rig,
    oracle: Oracle,
    chance: fastrand::Rng,
    /// Those that have gone: their last id, and what they know of.
    gone: Vec<(String, BTreeMap<String, u64>)>,
}

impl Life {
    fn new(seed: u64, lag: Lag) -> Self {
        let max_lag = MaxLag { events: 12, bytes: u64::MAX, age: Duration::from_secs(60) };
        let policy = Policy {
            lag,
            max_lag,
            heartbeat: Some(Duration::from_secs(15)),
            write_timeout: Some(Duration::from_secs(40)),
            ..policy()
        };
        let published = CHANNELS.map(|name| (name.to_owned(), 0)).into();
        Self {
            rig: Rig::new(policy),
            oracle: Oracle { published, followers: BTreeMap::new(), lag },
            chance: fastrand::Rng::with_seed(seed),
            gone: Vec::new(),
        }
    }

    fn channel(&mut self) -> &'static str {
        CHANNELS[self.chance.usize(0..CHANNELS.len())]
    }

    fn operate(&mut self, step: usize, someone: Option<ClientNumber>) {
        match (self.chance.u32(0..100), someone) {
            (0..40, _) => self.publish(step),
            (40..48, _) if self.oracle.followers.len() < 40 => self.connect(),
            (48..60, Some(number)) => {
                let follower = self.oracle.followers.get_mut(&number).expect("known");
                follower.steady = false;
                self.rig.step(Input::Stall(number));
            }
            (60..72, Some(number)) => self.rig.step(Input::Resume(number)),
            (72..76, Some(number)) => self.change_channels(number),
            (76..80, Some(number)) => {
                self.oracle.check(&self.rig, number);
                self.rig.step(Input::Leave(number));
                self.forget(number);
            }
            (80..95, _) => _ = self.rig.page(self.chance.u32(0..2)),
            _ => self.rig.pass(Duration::from_millis(self.chance.u64(0..3000))),
        }
    }

    fn publish(&mut self, step: usize) {
        let name = self.channel();
        let offset = self.oracle.published[name] + 1;
        let full: Vec<u32> = (0..2).filter(|_| self.chance.u32(0..50) == 0).collect();
        for follower in self.oracle.followers.values_mut() {
            follower.steady &= !full.contains(&follower.environment);
        }
        let key = [None, Some("k"), Some("l")][self.chance.usize(0..3)];
        let data = format!("{name}/{offset}/{step}");
        assert_eq!(self.rig.publish_key(name, &data, key, full), offset);
        self.oracle.published.insert(name.to_owned(), offset);
    }

    fn connect(&mut self) {
        let back = (!self.gone.is_empty() && self.chance.bool())
            .then(|| self.gone.swap_remove(self.chance.usize(0..self.gone.len())));
        let (id, known) = back.map_or_else(Default::default, |(id, known)| (Some(id), known));
        let as_before = id.is_some() && self.chance.bool();
        let mut names: Vec<&str> = CHANNELS.into();
        names.retain(
            |name| {
                if as_before { known.contains_key(*name) } else { self.chance.u32(0..3) > 0 }
            },
        );
        let environment = self.chance.u32(0..2);
        let number = self.rig.connect_to(environment, None, &names, id.as_deref(), None);
        let published = &self.oracle.published;
        let place = |name: &str| *known.get(name).unwrap_or(&published[name]);
        let seen: BTreeMap<String, u64> =
            names.iter().map(|name| ((*name).to_owned(), place(name))).collect();
        let steady = seen.iter().all(|(name, place)| published[name] == *place);
        let follower = Follower { environment, seen, checked: 0, steady, order: 0 };
        self.oracle.followers.insert(number, follower);
    }

    fn change_channels(&mut self, number: ClientNumber) {
        self.oracle.check(&self.rig, number);
        let name = self.channel();
        let follower = self.oracle.followers.get_mut(&number).expect("known");
        if follower.seen.remove(name).is_some() {
            self.rig.step(Input::Unsubscribe(number, name.into()));
        } else {
            follower.seen.insert(name.to_owned(), self.oracle.published[name]);
            let head = self.rig.head(name);
            self.rig.step(Input::Subscribe(number, head));
        }
    }

    fn forget(&mut self, number: ClientNumber) {
        let follower = self.oracle.followers.remove(&number).expect("known");
        self.gone.push((self.rig.last_id(number), follower.seen));
        self.gone.truncate(50);
    }

    /// Everybody takes everything, and has all there is.
    fn finish(mut self) {
        let numbers: Vec<ClientNumber> = self.oracle.followers.keys().copied().collect();
        for number in &numbers {
            self.rig.step(Input::Resume(*number));
        }
        (0..2).for_each(|environment| self.rig.pages(environment));
        for number in numbers {
            self.oracle.check(&self.rig, number);
            for (name, seen) in &self.oracle.followers[&number].seen {
                let published = self.oracle.published[name];
                assert_eq!(*seen, published, "client {number} has all of {name}");
            }
            self.rig.step(Input::Leave(number));
        }
        let hub = &self.rig.hub;
        assert_eq!(hub.channel_counts().len(), 0);
        assert!(hub.is_empty() && hub.groups_behind(0) == 0 && hub.groups_behind(1) == 0);
    }
}

fn random_lives(seed: u64, lag: Lag, operations: usize) {
    let mut life = Life::new(seed, lag);
    for step in 0..operations {
        let numbers: Vec<ClientNumber> = life.oracle.followers.keys().copied().collect();
        let someone = (!numbers.is_empty()).then(|| numbers[life.chance.usize(0..numbers.len())]);
        life.operate(step, someone);
        for number in numbers {
            life.oracle.check(&life.rig, number);
            let is_there = life.oracle.followers.contains_key(&number);
            if is_there && life.rig.heard[&number].end.is_some() {
                life.forget(number);
            }
        }
        assert_eq!(life.rig.hub.len(), life.oracle.followers.len(), "step {step}");
    }
    life.finish();
}

#[test]
fn random_lives_where_those_who_lag_are_closed() {
    random_lives(1, Lag::Disconnect, OPERATIONS);
}

#[test]
fn random_lives_where_those_who_lag_skip() {
    random_lives(2, Lag::Skip, FEWER);
}

#[test]
fn random_lives_where_those_who_lag_get_the_newest() {
    random_lives(3, Lag::Latest, FEWER);
}
