//! A hub over a log in memory, and what its clients have heard.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use perennial_sse::hub::{
    ClientNumber, Connect, Effect, Effects, Environment, Had, Head, Hub, Input, Lag, MaxLag, Names,
    Place, Policy, Position, Publish, Read, Reason, Refusal,
};
use perennial_sse::log::{self, Bounds, Generation, Key, MemoryBounds, MemoryLog};

pub fn policy() -> Policy {
    Policy {
        heartbeat: None,
        retry_delay: (2000, 4000),
        lag: Lag::Disconnect,
        max_lag: MaxLag { events: u64::MAX, bytes: u64::MAX, age: Duration::MAX },
        max_clients: None,
        max_per_user: None,
        max_connection_age: None,
        write_timeout: None,
        keep: BOUNDS.age,
        names: Names {
            connected: "connected".into(),
            gap: "gap".into(),
            shutdown: "shutdown".into(),
        },
    }
}

/// One block of an event stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    pub id: Option<String>,
    pub event: Option<String>,
    pub data: Option<String>,
    pub retry: Option<u64>,
}

/// What a client has heard.
#[derive(Debug, Default)]
pub struct Heard {
    pub blocks: Vec<Block>,
    pub last_id: Option<String>,
    pub end: Option<Reason>,
    pub beats: usize,
}

pub struct Rig {
    pub hub: Hub,
    pub log: MemoryLog,
    pub now: Duration,
    pub heard: BTreeMap<ClientNumber, Heard>,
    pub refused: Vec<(Refusal, u64)>,
    pub lags: Vec<(ClientNumber, Lag)>,
    pub pages: usize,
    pub kept: HashMap<String, String>,
    issued: Option<Duration>,
    next: ClientNumber,
    epochs: u64,
}

pub const BOUNDS: Bounds = Bounds { events: 30, bytes: 4000, age: Duration::from_secs(3600) };

impl Rig {
    pub fn new(policy: Policy) -> Self {
        Self {
            hub: Hub::new(policy),
            log: MemoryLog::new(MemoryBounds { channel: BOUNDS, total: usize::MAX }),
            now: Duration::from_secs(1000),
            heard: BTreeMap::new(),
            refused: Vec::new(),
            lags: Vec::new(),
            pages: 0,
            kept: HashMap::new(),
            issued: None,
            next: 0,
            epochs: 0,
        }
    }

    pub fn step(&mut self, input: Input) {
        let mut effects = Effects::new();
        self.hub.step(input, self.now, &mut effects);
        for effect in effects {
            match effect {
                Effect::Deliver(_, bytes, receivers) => {
                    assert!(!bytes.is_empty() && !receivers.is_empty());
                    for number in receivers.iter() {
                        self.hear(*number, &bytes);
                    }
                }
                Effect::End(_, number, reason) => {
                    let heard = self.heard.get_mut(&number).expect("a client that came");
                    assert_eq!(heard.end.replace(reason), None, "it ends once");
                }
                Effect::Refuse(refusal, retry) => self.refused.push((refusal, retry)),
                Effect::TellLag(_, number, _, lag) => self.lags.push((number, lag)),
                Effect::Read(read) => self.read(&read),
                Effect::TellGap(..) => {}
                Effect::Keep(key, text) => _ = self.kept.insert(key.to_string(), text),
            }
        }
    }

    fn hear(&mut self, number: ClientNumber, bytes: &[u8]) {
        let heard = self.heard.entry(number).or_default();
        assert_eq!(heard.end, None, "nothing comes behind the end");
        let text = std::str::from_utf8(bytes).expect("text");
        for block in text.split_terminator("\n\n") {
            if block == ":" {
                heard.beats += 1;
                continue;
            }
            let block = parse(block);
            if let Some(id) = &block.id {
                heard.last_id = Some(id.clone());
            }
            heard.blocks.push(block);
        }
    }

    /// What the text of a position says.
    pub fn position(&self, text: &str) -> Option<Position> {
        let Some(key) = Position::snapshot_key(text) else { return Position::parse(text) };
        Position::parse_snapshot(self.kept.get(key)?)?.relative(text)
    }

    pub fn head(&mut self, channel: &str) -> Head {
        self.epochs += 1;
        let key = Key::channel(channel);
        let epoch = Generation::new(self.epochs);
        let (epoch, offset) = self.log.channel_head(&key, epoch, self.now);
        Head { channel: channel.into(), place: Place { epoch, offset } }
    }

    pub fn connect(&mut self, channels: &[&str], position: Option<&str>) -> ClientNumber {
        self.connect_to(0, None, channels, position, None)
    }

    pub fn connect_to(
        &mut self,
        environment: Environment,
        user: Option<&str>,
        channels: &[&str],
        position: Option<&str>,
        expires: Option<Duration>,
    ) -> ClientNumber {
        self.next += 1;
        let number = self.next;
        let heads = channels.iter().map(|channel| self.head(channel)).collect();
        self.step(Input::Connect(Connect {
            number,
            environment,
            id: format!("client-{number}").into(),
            user: user.map(Into::into),
            heads,
            position: position.and_then(|text| self.position(text)),
            expires,
            issued: self.issued,
            chance: u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        }));
        number
    }

    /// A client of a user that shows something which was issued then.
    pub fn connect_issued(&mut self, user: &str, issued: Duration) -> ClientNumber {
        self.issued = Some(issued);
        let number = self.connect_to(0, Some(user), &["a"], None, None);
        self.issued = None;
        number
    }

    /// Whether a client of a user is admitted with something that was issued then.
    pub fn admits(&mut self, user: &str, issued: Option<Duration>) -> bool {
        self.issued = issued;
        let refused = self.refused.len();
        self.connect_to(0, Some(user), &["a"], None, None);
        self.issued = None;
        self.refused.len() == refused
    }

    /// Publishes an event; returns its offset.
    pub fn publish(&mut self, channel: &str, data: &str) -> u64 {
        self.publish_key(channel, data, None, Vec::new())
    }

    /// The log takes an event that these had before.
    pub fn publish_late(&mut self, channel: &str, data: &str, had: Had) {
        self.append(channel, data, None, Vec::new(), Some(had));
    }

    pub fn publish_key(
        &mut self,
        channel: &str,
        data: &str,
        key: Option<&str>,
        full: Vec<Environment>,
    ) -> u64 {
        self.append(channel, data, key, full, None)
    }

    fn append(
        &mut self,
        channel: &str,
        data: &str,
        key: Option<&str>,
        full: Vec<Environment>,
        had: Option<Had>,
    ) -> u64 {
        self.epochs += 1;
        let frame: Arc<[u8]> = format!("data: {data}\n\n").into_bytes().into();
        let publish = log::Publish {
            frame: Arc::clone(&frame),
            key: key.map(Into::into),
            dedupe_id: None,
            seen: 0,
            epoch: Generation::new(self.epochs),
        };
        let log_key = Key::channel(channel);
        let published = self.log.publish(&log_key, publish, self.now);
        let place = Place { epoch: published.epoch, offset: published.offset };
        self.step(Input::Publish(Publish { channel: channel.into(), place, frame, had }, full));
        place.offset
    }

    /// Reads one page for those of an environment that are behind; whether there was one.
    pub fn page(&mut self, environment: Environment) -> bool {
        let waits = self.hub.groups_behind(environment) > 0;
        self.step(Input::Turn(environment));
        waits
    }

    fn read(&mut self, read: &Read) {
        self.pages += 1;
        let key = Key::channel(&read.channel);
        let page =
            self.log.replay(&key, Some(read.after), read.bytes, Generation::new(0), self.now);
        self.step(Input::Page(page));
    }

    pub fn pages(&mut self, environment: Environment) {
        for _ in 0..100_000 {
            if !self.page(environment) {
                return;
            }
        }
        panic!("it never ends");
    }

    pub fn pass(&mut self, time: Duration) {
        self.now += time;
        self.step(Input::Tick);
    }

    pub fn data(&self, number: ClientNumber) -> Vec<&str> {
        let blocks = self.heard[&number].blocks.iter();
        let events = blocks.filter(|block| block.event.is_none());
        events.filter_map(|block| block.data.as_deref()).collect()
    }

    pub fn named(&self, number: ClientNumber, name: &str) -> Vec<&str> {
        let blocks = self.heard[&number].blocks.iter();
        let events = blocks.filter(|block| block.event.as_deref() == Some(name));
        events.filter_map(|block| block.data.as_deref()).collect()
    }

    pub fn last_id(&self, number: ClientNumber) -> String {
        self.heard[&number].last_id.clone().expect("an id")
    }
}

fn parse(block: &str) -> Block {
    let fields: HashMap<&str, &str> =
        block.lines().map(|line| line.split_once(": ").expect("a field")).collect();
    let field = |name| fields.get(name).map(|value: &&str| (*value).to_owned());
    Block {
        id: field("id"),
        event: field("event"),
        data: field("data"),
        retry: field("retry").map(|retry| retry.parse().expect("a number")),
    }
}
