//! The part of every body handler that the engine owns: the way of what bodies bring to the mailbox.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::cache_prefetch::Extent;
use super::control::Control;
use super::outlets::Outlet;
use super::record_buffer::RecordBuffer;
use crate::protocol::{Event, Item, encode_comment, encode_decoded};
use crate::record::Record;

/// Delivers records to one stream's mailbox, in the form that the consumer wants; counts what came, and
/// keeps the last id.
#[derive(Debug)]
pub struct Delivery {
    control: Arc<Control>,
    buffer: RecordBuffer,
    /// The bytes of one event, where the consumer wants bytes.
    encoded: Vec<u8>,
    last_event_id: Vec<u8>,
    events: u64,
    before: Before,
}

/// What had come before the present attempt.
#[derive(Debug, Default)]
struct Before {
    events: u64,
    bytes: u64,
}

impl Delivery {
    /// To the mailbox of `control`, for a stream that resumes after this id.
    pub(super) fn new(control: Arc<Control>, last_event_id: &str) -> Self {
        Self {
            buffer: RecordBuffer::new(Arc::clone(control.mailbox())),
            control,
            encoded: Vec::new(),
            last_event_id: last_event_id.as_bytes().to_vec(),
            events: 0,
            before: Before::default(),
        }
    }

    /// Delivers an event, counts it, and commits its id.
    #[inline]
    pub fn event(&mut self, event: &Event<'_>) {
        let Event { name, data, id, retry } = *event;
        let outlet = self.control.outlets.now();
        if outlet.is_mailbox() {
            self.push(&Record::Event { name, data, id, retry });
        } else {
            self.event_elsewhere(event, outlet);
        }
        self.count_event();
        if let Some(id) = id {
            self.commit(id);
        }
    }

    /// Out of line: most streams have nothing but their mailbox.
    #[cold]
    #[inline(never)]
    fn event_elsewhere(&mut self, event: &Event<'_>, outlet: Outlet) {
        let Event { name, data, id, retry } = *event;
        if outlet.sunk() {
            self.sink(event);
        }
        if outlet.muted() {
            // A sink has it.
        } else if outlet.encoded() {
            self.encoded.clear();
            encode_decoded(event, &mut self.encoded);
            self.push_encoded(id);
        } else {
            self.push(&Record::Event { name, data, id, retry });
        }
    }

    /// Delivers a comment.
    pub fn comment(&mut self, text: &[u8]) {
        let outlet = self.control.outlets.now();
        if outlet.muted() {
            // No event of the stream.
        } else if outlet.encoded() {
            self.encoded.clear();
            encode_comment(text, &mut self.encoded);
            self.push_encoded(None);
        } else {
            self.push(&Record::Comment(text));
        }
    }

    /// Commits an id that came without an event, and delivers it.
    pub fn id(&mut self, id: &[u8]) {
        if !self.control.outlets.now().muted() {
            self.push(&Record::Id(id));
        }
        self.commit(id);
    }

    /// Delivers a record as it is.
    pub fn push(&mut self, record: &Record<'_>) {
        self.buffer.push(record);
    }

    /// Counts an event that is delivered in another form, or not at all.
    pub const fn count_event(&mut self) {
        self.events += 1;
    }

    /// The last id that was committed: what a reconnect resumes after.
    #[must_use]
    pub fn last_event_id(&self) -> &[u8] {
        &self.last_event_id
    }

    /// Bytes that came in the present attempt, or the last one.
    #[must_use]
    pub fn attempt_bytes(&self) -> u64 {
        self.control.received() - self.before.bytes
    }

    /// Events that came so far.
    pub(super) const fn events(&self) -> u64 {
        self.events
    }

    /// Whether no event came in the present attempt.
    pub(super) const fn is_unheard(&self) -> bool {
        self.events == self.before.events
    }

    /// The last id as a request and a report have it.
    pub(super) fn last_event_id_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.last_event_id)
    }

    /// An attempt begins.
    pub(super) fn begin_attempt(&mut self) {
        self.before = Before { events: self.events, bytes: self.control.received() };
    }

    /// Whether there is room for what this item brings. If not, [`Delivery::make_room`] comes first.
    #[inline]
    pub(super) fn fits(&mut self, item: &Item<'_>) -> bool {
        cost(item).is_none_or(|cost| self.buffer.fits(cost) || self.control.outlets.now().muted())
    }

    /// Waits until there is room for what this item brings; returns how long.
    pub(super) async fn make_room(&mut self, item: &Item<'_>) -> Duration {
        self.flush();
        self.buffer.make_room(cost(item).unwrap_or(0)).await
    }

    /// Hands over what was delivered if it is much.
    #[inline]
    pub(super) fn flush_if_high(&mut self) {
        if self.buffer.is_high() {
            self.flush();
        }
    }

    /// Hands over what was delivered.
    pub(super) fn flush(&mut self) {
        self.control.count_events(self.events);
        self.buffer.flush();
        if let Some(sink) = self.control.outlets.sink() {
            sink.flush();
        }
    }

    /// Where the next records are going to be written.
    pub(super) fn ahead(&self) -> [Extent; 2] {
        self.buffer.ahead()
    }

    /// The id and the wait are those of the way here.
    fn sink(&mut self, event: &Event<'_>) {
        self.encoded.clear();
        encode_decoded(&Event { id: None, retry: None, ..*event }, &mut self.encoded);
        if let Some(sink) = self.control.outlets.sink() {
            sink.frame(&self.encoded);
        }
    }

    fn push_encoded(&mut self, id: Option<&[u8]>) {
        self.buffer.push(&Record::Bytes(&self.encoded));
        // A caller who stores `lastEventId` needs it also of a stream that is passed on as bytes.
        if let Some(id) = id {
            self.buffer.push(&Record::Id(id));
        }
    }

    fn commit(&mut self, id: &[u8]) {
        self.last_event_id.clear();
        self.last_event_id.extend_from_slice(id);
    }
}

/// How much room an item needs; `None` if it brings nothing to deliver.
fn cost(item: &Item<'_>) -> Option<usize> {
    match *item {
        Item::Event(Event { name, data, id, retry }) => {
            Some(Record::Event { name, data, id, retry }.cost())
        }
        Item::Id(text) | Item::Comment(text) => Some(text.len()),
        Item::Retry(_) => None,
    }
}
