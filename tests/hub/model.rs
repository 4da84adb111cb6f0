//! Random lives of a hub beside a naive oracle, which remembers everything for ever.

use std::collections::BTreeMap;
use std::time::Duration;

use perennial_sse::hub::{ClientNumber, Input, Lag, MaxLag, Policy, Position};

use super::rig::{Rig, policy};

const CHANNELS: [&str; 5] = ["*", "a", "b", "c", "user:ann"];
const OPERATIONS: usize = 100_000;
/// Where the first has shown most of it.
const FEWER: usize = 30_000;

/// A client as the oracle sees it: by what it has heard alone.
struct Follower {
    environment: u16,
    /// For each of its channels the offset of the last event that it knows of.
    seen: BTreeMap<String, u64>,
    /// So many blocks are checked.
    checked: usize,
    /// It was never behind: it hears all channels in the order of publishing.
    steady: bool,
    stalled: bool,
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
            let position = Position::parse(id).expect("a position");
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

fn random_lives(seed: u64, lag: Lag, operations: usize) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let max_lag = MaxLag { events: 12, bytes: u64::MAX, age: Duration::from_secs(60) };
    let policy = Policy {
        lag,
        max_lag,
        heartbeat: Some(Duration::from_secs(15)),
        write_timeout: Some(Duration::from_secs(40)),
        ..policy()
    };
    let mut rig = Rig::new(policy);
    let published = CHANNELS.map(|name| (name.to_owned(), 0)).into();
    let mut oracle = Oracle { published, followers: BTreeMap::new(), lag };
    let mut gone: Vec<(String, BTreeMap<String, u64>)> = Vec::new();
    for step in 0..operations {
        let numbers: Vec<ClientNumber> = oracle.followers.keys().copied().collect();
        let someone = (!numbers.is_empty()).then(|| numbers[chance.usize(0..numbers.len())]);
        match chance.u32(0..100) {
            0..40 => {
                let name = CHANNELS[chance.usize(0..CHANNELS.len())];
                let offset = oracle.published[name] + 1;
                let full: Vec<u16> = (0..2).filter(|_| chance.u32(0..50) == 0).collect();
                for follower in oracle.followers.values_mut() {
                    follower.steady &= !full.contains(&follower.environment);
                }
                let key = ["k", "l"][chance.usize(0..2)];
                let key = chance.bool().then_some(key);
                let got = rig.publish_key(name, &format!("{name}/{offset}/{step}"), key, full);
                assert_eq!(got, offset);
                oracle.published.insert(name.to_owned(), offset);
            }
            40..48 if numbers.len() < 40 => {
                let back = (!gone.is_empty() && chance.bool())
                    .then(|| gone.swap_remove(chance.usize(0..gone.len())));
                let mut names: Vec<&str> =
                    CHANNELS.into_iter().filter(|_| chance.u32(0..3) > 0).collect();
                let mut known = BTreeMap::new();
                if let Some((_, seen)) = &back {
                    if chance.bool() {
                        names = seen
                            .keys()
                            .map(|name| {
                                *CHANNELS.iter().find(|known| *known == name).expect("known")
                            })
                            .collect();
                    }
                    known.clone_from(seen);
                }
                let environment = chance.u16(0..2);
                let id = back.map(|(id, _)| id);
                let number = rig.connect_to(environment, None, &names, id.as_deref(), None);
                let seen: BTreeMap<String, u64> = names
                    .iter()
                    .map(|name| {
                        let place = known.get(*name).unwrap_or(&oracle.published[*name]);
                        ((*name).to_owned(), *place)
                    })
                    .collect();
                let steady = seen.iter().all(|(name, place)| oracle.published[name] == *place);
                oracle.followers.insert(
                    number,
                    Follower { environment, seen, checked: 0, steady, stalled: false, order: 0 },
                );
            }
            48..60 => {
                if let Some(number) = someone {
                    let follower = oracle.followers.get_mut(&number).expect("known");
                    follower.stalled = true;
                    follower.steady = false;
                    rig.step(Input::Stall(number));
                }
            }
            60..72 => {
                if let Some(number) = someone {
                    oracle.followers.get_mut(&number).expect("known").stalled = false;
                    rig.step(Input::Resume(number));
                }
            }
            72..76 => {
                if let Some(number) = someone {
                    oracle.check(&rig, number);
                    let name = CHANNELS[chance.usize(0..CHANNELS.len())];
                    let follower = oracle.followers.get_mut(&number).expect("known");
                    if follower.seen.remove(name).is_some() {
                        rig.step(Input::Unsubscribe(number, name.into()));
                    } else {
                        follower.seen.insert(name.to_owned(), oracle.published[name]);
                        let head = rig.head(name);
                        rig.step(Input::Subscribe(number, head));
                    }
                }
            }
            76..80 => {
                if let Some(number) = someone {
                    oracle.check(&rig, number);
                    let follower = oracle.followers.remove(&number).expect("known");
                    rig.step(Input::Leave(number));
                    gone.push((rig.last_id(number), follower.seen));
                }
            }
            80..95 => _ = rig.page(chance.u16(0..2)),
            _ => rig.pass(Duration::from_millis(chance.u64(0..3000))),
        }
        for number in numbers {
            oracle.check(&rig, number);
            if rig.heard[&number].end.is_some()
                && let Some(follower) = oracle.followers.remove(&number)
            {
                gone.push((rig.last_id(number), follower.seen));
            }
        }
        gone.truncate(50);
        assert_eq!(rig.hub.len(), oracle.followers.len(), "step {step}");
    }
    let numbers: Vec<ClientNumber> = oracle.followers.keys().copied().collect();
    for number in &numbers {
        rig.step(Input::Resume(*number));
    }
    (0..2).for_each(|environment| rig.pages(environment));
    for number in numbers {
        oracle.check(&rig, number);
        for (name, seen) in &oracle.followers[&number].seen {
            assert_eq!(*seen, oracle.published[name], "client {number} has all of {name}");
        }
        rig.step(Input::Leave(number));
    }
    assert_eq!(rig.hub.channel_counts().len(), 0);
    assert!(rig.hub.is_empty() && rig.hub.groups_behind(0) == 0 && rig.hub.groups_behind(1) == 0);
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
