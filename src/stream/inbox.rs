//! Takes parsed items to the mailbox, and keeps what must survive a reconnect.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::control::Control;
use super::dedupe::Dedupe;
use super::options::Options;
use super::terminal::Terminal;
use crate::mailbox::Letter;
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

/// The way of items from the decoder to the mailbox.
#[derive(Debug)]
pub struct Inbox {
    control: Arc<Control>,
    terminal: Vec<Terminal>,
    ignored: Vec<String>,
    dedupe: Option<Dedupe>,
    last_event_id: String,
    encoded: Vec<u8>,
    events: u64,
    waited: Duration,
}

impl Inbox {
    pub fn new(control: Arc<Control>, options: &Options) -> Self {
        Self {
            control,
            terminal: options.terminal.clone(),
            ignored: options.timeouts.event_ignore.clone(),
            dedupe: options.dedupe.then(Dedupe::default),
            last_event_id: options.last_event_id.clone(),
            encoded: Vec::new(),
            events: 0,
            waited: Duration::ZERO,
        }
    }

    /// The last id parsed: what a reconnect resumes after.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Events parsed so far.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// How long the consumer made us wait since the last call.
    pub fn take_waited(&mut self) -> Duration {
        std::mem::take(&mut self.waited)
    }

    /// A new connection begins.
    pub fn reconnected(&mut self) {
        if let Some(dedupe) = &mut self.dedupe {
            dedupe.reconnected();
        }
    }

    /// Takes one item; waits while the mailbox is full, and so stops reading the socket.
    pub async fn take(&mut self, item: Item<'_>) -> Taken {
        match item {
            Item::Event(event) => self.event(event).await,
            Item::Id(id) => {
                self.put(Letter::Id(id)).await;
                self.commit(id);
                Taken::Other
            }
            Item::Retry(millis) => Taken::Retry(Duration::from_millis(millis)),
            Item::Comment(text) => {
                self.put(Letter::Comment(text)).await;
                Taken::Other
            }
        }
    }

    /// Takes an event whose blank line never came, if it is terminal or `deliver` says so.
    pub async fn take_incomplete(&mut self, event: Event<'_>, deliver: bool) -> Taken {
        if deliver || self.terminal.iter().any(|terminal| terminal.matches(&event)) {
            return self.event(event).await;
        }
        Taken::Other
    }

    async fn event(&mut self, event: Event<'_>) -> Taken {
        let Event { name, data, id, retry } = event;
        // A replayed id is behind the last one: to resume after it would repeat even more.
        if self.dedupe.as_mut().is_some_and(|dedupe| dedupe.seen(id)) {
            return Taken::Other;
        }
        self.put(Letter::Event { name, data, id, retry }).await;
        // Only now: while it waited for room, the stream may have been told to reconnect, and then
        // this event must come again.
        if let Some(id) = id {
            self.commit(id);
        }
        if let Some(dedupe) = &mut self.dedupe {
            dedupe.deliver(id);
        }
        self.events += 1;
        self.control.counts.events.store(self.events, Ordering::Relaxed);
        if self.terminal.iter().any(|terminal| terminal.matches(&event)) {
            return Taken::Terminal;
        }
        let name = name.unwrap_or(b"message");
        if self.ignored.iter().any(|ignored| ignored.as_bytes() == name) {
            return Taken::Other;
        }
        Taken::Event
    }

    fn commit(&mut self, id: &[u8]) {
        self.last_event_id = String::from_utf8_lossy(id).into_owned();
    }

    async fn put(&mut self, letter: Letter<'_>) {
        if !self.control.encoded.load(Ordering::Acquire) {
            return self.push(&letter).await;
        }
        let mut bytes = std::mem::take(&mut self.encoded);
        bytes.clear();
        match letter {
            Letter::Event { name, data, id, retry } => {
                encode_decoded(&Event { name, data, id, retry }, &mut bytes);
            }
            Letter::Comment(text) => encode_comment(text, &mut bytes),
            Letter::Id(_) | Letter::Bytes(_) | Letter::Notice(_) => {}
        }
        if !bytes.is_empty() {
            self.push(&Letter::Bytes(&bytes)).await;
        }
        self.encoded = bytes;
        // Whoever stores `lastEventId` needs it also of a stream that is passed on as bytes.
        if let Letter::Event { id: Some(id), .. } | Letter::Id(id) = letter {
            self.push(&Letter::Id(id)).await;
        }
    }

    async fn push(&mut self, letter: &Letter<'_>) {
        let mailbox = &self.control.mailbox;
        while !mailbox.try_push(letter) {
            let since = Instant::now();
            poll_fn(|cx| mailbox.poll_room(letter.cost(), cx)).await;
            self.waited += since.elapsed();
        }
    }
}
