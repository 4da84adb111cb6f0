//! The logs of channels on Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::doorbell::Doorbell;
use super::fault::Fault;
use super::keys::Keys;
use super::link::{Link, Listening};
use super::outbox::LARGEST_MESSAGE;
use super::reply::{Parts, bytes, number, strange};
use super::script::{Args, HEAD, PUBLISH};
use crate::log::{Bounds, Generation};

/// Where a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelHead {
    /// Which run of offsets it is.
    pub epoch: Generation,
    /// The offset of the last event; 0 before the first.
    pub last: u64,
    /// That of the first which is kept; that of the next one, if none is.
    pub first: u64,
    /// The time there, in microseconds since 1970.
    pub now: u64,
}

/// An event as Redis keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// From 1, without holes.
    pub offset: u64,
    /// When it was appended, in microseconds since 1970 there; no other event of the channel has this time and offset.
    pub at: u64,
    /// Of several events with one key only the newest may matter.
    pub key: Option<Arc<str>>,
    /// Its text, without an id.
    pub frame: Arc<[u8]>,
    /// Which process published it, and under which number.
    pub origin: Option<(String, u64)>,
}

/// What rings when something happens to a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An event of this epoch.
    Event(Generation, LoggedEvent),
    /// One that was too large for a message, or another epoch: it is to be looked for.
    Look,
}

/// An event for a channel.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Of which channel.
    pub channel: Arc<str>,
    /// Its text, without an id.
    pub frame: Arc<[u8]>,
    /// Of several events with one key only the newest may matter.
    pub key: Option<Arc<str>>,
    /// Named again within a minute, it is the same event.
    pub dedupe_id: Option<String>,
    /// Of this process's events: when it is sent again, it is known by that.
    pub number: u64,
}

/// Events are read so many at a time.
const PAGE: usize = 256;

/// Keeps channels on Redis.
#[derive(Debug)]
pub struct ChannelLog {
    pub(super) link: Arc<Link>,
    pub(super) keys: Keys,
    bounds: Bounds,
    /// What this process calls itself there.
    process: String,
    numbers: AtomicU64,
}

impl ChannelLog {
    /// Those of a hub.
    #[must_use]
    pub fn new(link: Arc<Link>, prefix: &str, hub: &str, process: &str, bounds: Bounds) -> Self {
        let keys = Keys::new(prefix, "hub", hub);
        Self { link, keys, bounds, process: process.to_owned(), numbers: AtomicU64::new(0) }
    }

    /// The connections.
    #[must_use]
    pub const fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// What this process calls itself.
    #[must_use]
    pub fn process(&self) -> &str {
        &self.process
    }

    /// The number of the next event of this process.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What rings for a channel.
    #[must_use]
    pub fn bell(&self, channel: &str) -> Arc<str> {
        self.keys.channel(channel).bell.into()
    }

    /// From now on a channel rings there; whether it does already is told as well.
    pub async fn listen(
        &self,
        bell: &Arc<str>,
        doorbell: &Arc<Doorbell>,
    ) -> (Listening, Result<(), Fault>) {
        self.link.listen(bell, doorbell).await
    }

    /// Where a channel stands. Whoever has seen events of it says the last: if Redis has lost it, offsets mean
    /// something else from now on.
    pub async fn head(
        &self,
        channel: &str,
        seen: Option<(Generation, u64, u64)>,
        chance: u64,
    ) -> Result<ChannelHead, Fault> {
        let names = self.keys.channel(channel);
        let (epoch, offset, at) = match seen {
            Some((epoch, offset, at)) => (epoch.to_string(), offset, at),
            None => (String::new(), 0, 0),
        };
        let args = Args::default()
            .with(Generation::new(chance).as_str())
            .with(epoch)
            .with(offset)
            .with(at)
            .with(&names.bell)
            .with(self.link.publishes().await?);
        let reply = HEAD.run(&self.link, &[&names.meta, &names.entries], args).await?;
        let mut parts = Parts::of(reply)?;
        let epoch = Generation::parse(&parts.text()?).ok_or_else(|| strange(&redis::Value::Nil))?;
        Ok(ChannelHead { epoch, last: parts.count()?, now: parts.count()?, first: parts.count()? })
    }

    /// Whether a channel stands there still. It asks less than [`ChannelLog::head`], and changes nothing.
    pub async fn stands(&self, channel: &str, epoch: Generation, last: u64) -> Result<bool, Fault> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.keys.channel(channel).meta).arg("epoch").arg("last");
        let mut parts = Parts::of(self.link.query(&command).await?)?;
        let (known, offset) = (parts.value()?, parts.value()?);
        Ok(bytes(known).is_ok_and(|known| known == epoch.as_str().as_bytes())
            && number(&offset).is_ok_and(|offset| offset == last.cast_signed()))
    }

    /// Events from one offset up to another, page by page; the first page.
    pub async fn read(
        &self,
        channel: &str,
        from: u64,
        to: Option<u64>,
    ) -> Result<Vec<LoggedEvent>, Fault> {
        let names = self.keys.channel(channel);
        let mut range = redis::cmd("XRANGE");
        range.arg(&names.entries).arg(format!("{from}-0"));
        range.arg(to.map_or_else(|| "+".to_owned(), |to| format!("{to}-0")));
        let page = Parts::of(self.link.query(range.arg("COUNT").arg(PAGE)).await?)?;
        page.rest().map(logged).collect()
    }

    /// Appends an event: its epoch and offset, and whether it had been appended before.
    pub async fn publish(
        &self,
        event: &Outgoing,
        seen: Option<(Generation, u64)>,
        chance: u64,
    ) -> Result<(Generation, u64, bool), Fault> {
        let names = self.keys.channel(&event.channel);
        let (epoch, offset) = match seen {
            Some((epoch, offset)) => (epoch.to_string(), offset),
            None => (String::new(), 0),
        };
        let publishers = format!("{}:publishers", names.meta);
        let dedupe_id = event.dedupe_id.as_deref().unwrap_or_default();
        let remembered = Keys::remembered(&names, dedupe_id);
        let args = Args::default()
            .with(Generation::new(chance).as_str())
            .with(epoch)
            .with(offset)
            .with(&self.process)
            .with(event.number)
            .with(dedupe_id)
            .with(self.bounds.events)
            .with(self.bounds.bytes)
            .with_ms(self.bounds.age)
            .with(&names.bell)
            .with(self.link.publishes().await?)
            .with(LARGEST_MESSAGE)
            .with(event.key.as_deref().unwrap_or_default())
            .with(&event.frame[..]);
        let keys = [&*names.meta, &*names.entries, &*publishers, &*remembered];
        let mut parts = Parts::of(PUBLISH.run(&self.link, &keys, args).await?)?;
        let epoch = Generation::parse(&parts.text()?).ok_or_else(|| strange(&redis::Value::Nil))?;
        Ok((epoch, parts.count()?, parts.number()? == 1))
    }
}

/// Reads what rings: `epoch offset time origin length-of-key key frame`.
#[must_use]
pub fn hear(message: &[u8]) -> Heard {
    heard(message).unwrap_or(Heard::Look)
}

fn heard(message: &[u8]) -> Option<Heard> {
    let mut parts = message.splitn(6, |byte| *byte == b' ');
    let mut text = || std::str::from_utf8(parts.next()?).ok();
    let epoch = Generation::parse(text()?)?;
    let offset = text()?.parse().ok()?;
    let at = text()?.parse().ok()?;
    let origin = origin_of(text()?);
    let key_length: usize = text()?.parse().ok()?;
    let (key, frame) = parts.next()?.split_at_checked(key_length)?;
    let key = std::str::from_utf8(key).ok()?;
    let key = (!key.is_empty()).then(|| key.into());
    Some(Heard::Event(epoch, LoggedEvent { offset, at, key, frame: frame.into(), origin }))
}

fn origin_of(text: &str) -> Option<(String, u64)> {
    let (process, number) = text.rsplit_once(':')?;
    Some((process.to_owned(), number.parse().ok()?))
}

/// An entry of the stream: its id, and its fields by name.
fn logged(entry: redis::Value) -> Result<LoggedEvent, Fault> {
    let mut entry = Parts::of(entry)?;
    let id = entry.text()?;
    let unknown = || strange(&redis::Value::Nil);
    let offset = id.split('-').next().and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
    let (mut at, mut key, mut frame, mut origin) = (0, None, None, None);
    let mut fields = Parts::of(entry.value()?)?.rest();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        let value = bytes(value)?;
        let text = || String::from_utf8_lossy(&value).into_owned();
        match &bytes(name)?[..] {
            b"t" => at = text().parse().unwrap_or(0),
            b"k" => key = Some(text().into()),
            b"o" => origin = origin_of(&text()),
            b"f" => frame = Some(value.into()),
            _ => {}
        }
    }
    Ok(LoggedEvent { offset, at, key, frame: frame.ok_or_else(unknown)?, origin })
}

/// How long a page is at most.
#[must_use]
pub const fn page() -> usize {
    PAGE
}

/// How long events of a time there have been kept.
#[must_use]
pub fn age(at: u64, now: u64) -> Duration {
    Duration::from_micros(now.saturating_sub(at))
}
