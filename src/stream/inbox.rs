//! Takes parsed items to the mailbox, and keeps what must survive a reconnect.

use std::borrow::Cow;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::control::Control;
use super::dedupe::Dedupe;
use super::options::Options;
use super::terminal::Terminal;
use crate::mailbox::{Letter, Queue, Room};
use crate::protocol::{Event, Item, encode_comment, encode_decoded};

/// What an item was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// An event that the event clock counts.
    Event,
    /// The event that completes the stream.
    Terminal,
    /// The reconnection time that the server wants.
    Retry(Duration),
    /// A comment, an id, or an event that the event clock ignores.
    Other,
}

/// Records are handed over at the latest when so many have piled up, so that the consumer need not
/// wait for the end of a large chunk.
const PILE: usize = 128;

/// The way of items from the decoder to the mailbox.
#[derive(Debug)]
pub struct Inbox {
    control: Arc<Control>,
    terminal: Vec<Terminal>,
    ignored: Vec<String>,
    dedupe: Option<Dedupe>,
    last_event_id: Vec<u8>,
    /// Records on their way, empty whenever something is awaited, and how many fit.
    pile: Queue,
    room: Room,
    encoded: Vec<u8>,
    events: u64,
}

impl Inbox {
    pub fn new(control: Arc<Control>, options: &Options) -> Self {
        Self {
            control,
            terminal: options.terminal.clone(),
            ignored: options.timeouts.event_ignore.clone(),
            dedupe: options.dedupe.then(Dedupe::default),
            last_event_id: options.last_event_id.clone().into_bytes(),
            pile: Queue::default(),
            room: Room::default(),
            encoded: Vec::new(),
            events: 0,
        }
    }

    /// The last id parsed: what a reconnect resumes after.
    pub fn last_event_id(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.last_event_id)
    }

    /// Events parsed so far.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// A new connection begins.
    pub fn reconnected(&mut self) {
        if let Some(dedupe) = &mut self.dedupe {
            dedupe.reconnected();
        }
    }

    /// Takes one item; `None` if the mailbox is full, and then [`Inbox::make_room`] comes first.
    pub fn take(&mut self, item: &Item<'_>) -> Option<Taken> {
        match *item {
            Item::Event(event) => self.event(event),
            Item::Id(id) => {
                self.put(&Letter::Id(id))?;
                self.commit(id);
                Some(Taken::Other)
            }
            Item::Retry(millis) => Some(Taken::Retry(Duration::from_millis(millis))),
            Item::Comment(text) => {
                self.put(&Letter::Comment(text))?;
                Some(Taken::Other)
            }
        }
    }

    /// Takes an event whose blank line never came, if it is terminal or `deliver` says so.
    pub fn take_incomplete(&mut self, event: Event<'_>, deliver: bool) -> Option<Taken> {
        if deliver || self.terminal.iter().any(|terminal| terminal.matches(&event)) {
            return self.event(event);
        }
        Some(Taken::Other)
    }

    /// Hands over what has piled up.
    pub fn flush(&mut self) {
        if !self.pile.is_empty() {
            self.control.counts.events.store(self.events, Ordering::Relaxed);
            self.control.mailbox.push(&mut self.pile);
            self.room = self.control.mailbox.room();
        }
    }

    /// Waits until the consumer has made room for an item that did not fit; returns how long. Until
    /// then the socket is not read.
    pub async fn make_room(&mut self, item: &Item<'_>) -> Duration {
        self.flush();
        let since = Instant::now();
        let cost = match *item {
            Item::Event(Event { name, data, id, retry }) => {
                Letter::Event { name, data, id, retry }.cost()
            }
            Item::Id(text) | Item::Comment(text) => text.len(),
            Item::Retry(_) => 0,
        };
        let mailbox = &self.control.mailbox;
        poll_fn(|cx| mailbox.poll_room(cost, cx)).await;
        self.room = mailbox.room();
        since.elapsed()
    }

    fn event(&mut self, event: Event<'_>) -> Option<Taken> {
        let Event { name, data, id, retry } = event;
        // A replayed id is behind the last one: to resume after it would repeat even more.
        if self.dedupe.as_mut().is_some_and(|dedupe| dedupe.seen(id)) {
            return Some(Taken::Other);
        }
        self.put(&Letter::Event { name, data, id, retry })?;
        if let Some(id) = id {
            self.commit(id);
        }
        if let Some(dedupe) = &mut self.dedupe {
            dedupe.deliver(id);
        }
        self.events += 1;
        if self.terminal.iter().any(|terminal| terminal.matches(&event)) {
            return Some(Taken::Terminal);
        }
        if self.ignored.is_empty() {
            return Some(Taken::Event);
        }
        let name = name.unwrap_or(b"message");
        if self.ignored.iter().any(|ignored| ignored.as_bytes() == name) {
            return Some(Taken::Other);
        }
        Some(Taken::Event)
    }

    fn commit(&mut self, id: &[u8]) {
        self.last_event_id.clear();
        self.last_event_id.extend_from_slice(id);
    }

    fn put(&mut self, letter: &Letter<'_>) -> Option<()> {
        if self.pile.is_empty() {
            self.room = self.control.mailbox.room();
        }
        if !self.room.fits(&self.pile, letter.cost()) {
            return None;
        }
        if self.control.encoded.load(Ordering::Acquire) {
            self.put_encoded(letter);
        } else {
            self.pile.push(letter);
        }
        if self.pile.len() >= PILE {
            self.flush();
        }
        Some(())
    }

    fn put_encoded(&mut self, letter: &Letter<'_>) {
        self.encoded.clear();
        match *letter {
            Letter::Event { name, data, id, retry } => {
                encode_decoded(&Event { name, data, id, retry }, &mut self.encoded);
            }
            Letter::Comment(text) => encode_comment(text, &mut self.encoded),
            Letter::Id(_) | Letter::Bytes(_) | Letter::Notice(_) => {}
        }
        if !self.encoded.is_empty() {
            self.pile.push(&Letter::Bytes(&self.encoded));
        }
        // Whoever stores `lastEventId` needs it also of a stream that is passed on as bytes.
        if let Letter::Event { id: Some(id), .. } | Letter::Id(id) = *letter {
            self.pile.push(&Letter::Id(id));
        }
    }
}
