//! Takes parsed items to the mailbox, and keeps what must survive a reconnect.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::body_handler::{BodyHandler, RetryAdvice, Taken, outcome};
use super::control::Control;
use super::dedupe::Dedupe;
use super::options::Options;
use super::record_buffer::RecordBuffer;
use super::request;
use super::terminal::Terminal;
use crate::error::Error;
use crate::pool::{Assignment, Outcome};
use crate::protocol::{Decoder, Event, Item, encode_comment, encode_decoded};
use crate::reconnect::{Ending, Novelty, Progress, RequestFacts};
use crate::record::Record;
use crate::transport::{Request, Response};

/// The way of items from the decoder to the mailbox.
#[derive(Debug)]
pub struct EventHandler {
    control: Arc<Control>,
    terminal: Vec<Terminal>,
    ignored: Vec<String>,
    incomplete: bool,
    dedupe: Option<Dedupe>,
    novelty: Novelty,
    last_event_id: Vec<u8>,
    buffer: RecordBuffer,
    encoded: Vec<u8>,
    events: u64,
}

impl EventHandler {
    pub fn new(control: Arc<Control>, options: &Options) -> Self {
        Self {
            buffer: RecordBuffer::new(Arc::clone(control.mailbox())),
            control,
            terminal: options.terminal.clone(),
            ignored: options.timeouts.event_ignore.clone(),
            incomplete: options.incomplete,
            dedupe: options.dedupe.then(Dedupe::default),
            novelty: Novelty::default(),
            last_event_id: options.last_event_id.clone().into_bytes(),
            encoded: Vec::new(),
            events: 0,
        }
    }

    fn event(&mut self, event: Event<'_>) -> Option<Taken> {
        let Event { name, data, id, retry } = event;
        // A replayed id is behind the last one: to resume after it would repeat even more.
        let fingerprint = self.dedupe.as_ref().map(|dedupe| dedupe.fingerprint(&event));
        if let (Some(dedupe), Some(fingerprint)) = (&mut self.dedupe, fingerprint)
            && dedupe.seen(fingerprint)
        {
            self.control.counts.duplicates.fetch_add(1, Ordering::Relaxed);
            return Some(Taken::Other);
        }
        self.put(&Record::Event { name, data, id, retry })?;
        if let Some(id) = id {
            self.commit(id);
        }
        if let (Some(dedupe), Some(fingerprint)) = (&mut self.dedupe, fingerprint) {
            dedupe.deliver(fingerprint);
        }
        self.events += 1;
        if self.terminal.iter().any(|terminal| terminal.matches(&event)) {
            return Some(Taken::Terminal);
        }
        if !self.ignored.is_empty() {
            let name = name.unwrap_or(b"message");
            if self.ignored.iter().any(|ignored| ignored.as_bytes() == name) {
                return Some(Taken::Other);
            }
        }
        if self.novelty.event(id, (name, data)) {
            self.control.lifecycle().attempt = 0;
        }
        Some(Taken::Event)
    }

    fn commit(&mut self, id: &[u8]) {
        self.last_event_id.clear();
        self.last_event_id.extend_from_slice(id);
    }

    fn put(&mut self, record: &Record<'_>) -> Option<()> {
        if !self.buffer.fits(record.cost()) {
            return None;
        }
        if self.control.encoded() {
            self.put_encoded(record);
        } else {
            self.buffer.push(record);
        }
        if self.buffer.is_high() {
            self.flush();
        }
        Some(())
    }

    fn put_encoded(&mut self, record: &Record<'_>) {
        self.encoded.clear();
        match *record {
            Record::Event { name, data, id, retry } => {
                encode_decoded(&Event { name, data, id, retry }, &mut self.encoded);
            }
            Record::Comment(text) => encode_comment(text, &mut self.encoded),
            // No decoder yields anything else.
            _ => {}
        }
        if !self.encoded.is_empty() {
            self.buffer.push(&Record::Bytes(&self.encoded));
        }
        // Whoever stores `lastEventId` needs it also of a stream that is passed on as bytes.
        if let Record::Event { id: Some(id), .. } | Record::Id(id) = *record {
            self.buffer.push(&Record::Id(id));
        }
    }
}

impl BodyHandler for EventHandler {
    type Framing = Decoder;

    fn framing(&self, max_event_size: Option<usize>) -> Decoder {
        Decoder::new(max_event_size)
    }

    fn complete_request(
        &mut self,
        request: &mut Request,
        options: &Options,
        assignment: Option<&Assignment>,
        _attempt: u64,
    ) -> Result<(), Error> {
        if let Some(assignment) = assignment {
            request::address(request, options, assignment)?;
        }
        request::complete(&mut request.headers, options, &self.last_event_id());
        Ok(())
    }

    fn opened(&mut self, _response: &Response) {
        self.novelty.connected(&self.last_event_id);
        if let Some(dedupe) = &mut self.dedupe {
            dedupe.reconnected();
        }
    }

    fn take(&mut self, item: &Item<'_>) -> Option<Taken> {
        match *item {
            Item::Event(event) => self.event(event),
            Item::Id(id) => {
                self.put(&Record::Id(id))?;
                self.commit(id);
                Some(Taken::Other)
            }
            Item::Retry(millis) => Some(Taken::Retry(Duration::from_millis(millis))),
            Item::Comment(text) => {
                self.put(&Record::Comment(text))?;
                Some(Taken::Other)
            }
        }
    }

    /// It counts if it is terminal, or if the caller wants it.
    fn take_incomplete(&mut self, event: Event<'_>) -> Option<Taken> {
        if self.incomplete || self.terminal.iter().any(|terminal| terminal.matches(&event)) {
            return self.event(event);
        }
        Some(Taken::Other)
    }

    fn buffer(&self) -> &RecordBuffer {
        &self.buffer
    }

    fn flush(&mut self) {
        self.control.count_events(self.events);
        self.buffer.flush();
    }

    async fn make_room(&mut self, item: &Item<'_>) -> Duration {
        self.flush();
        self.buffer.make_room(cost(item)).await
    }

    fn outcome(&self, ending: &Ending, error: Option<&Error>) -> Outcome {
        outcome(ending, error)
    }

    fn judge(&mut self, options: &Options, _: &Ending, _: Option<&Error>, _: u64) -> RetryAdvice {
        let facts =
            RequestFacts { safe: options.safe(), terminal_declared: options.terminal_declared() };
        RetryAdvice::Table { facts, delivered: self.events > 0 }
    }

    fn progress(&self) -> Progress {
        self.novelty.progress()
    }

    fn last_event_id(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.last_event_id)
    }

    fn events(&self) -> u64 {
        self.events
    }
}

/// What an item counts towards the bound of a mailbox.
pub fn cost(item: &Item<'_>) -> usize {
    match *item {
        Item::Event(Event { name, data, id, retry }) => {
            Record::Event { name, data, id, retry }.cost()
        }
        Item::Id(text) | Item::Comment(text) => text.len(),
        Item::Retry(_) => 0,
    }
}
