//! The body handler of a stream of events.

use std::time::Duration;

use super::decode::{Decode, Meaning};
use super::dedupe::Dedupe;
use super::delivery::Delivery;
use super::ignored::Ignored;
use super::judge::Judge;
use super::options::Options;
use super::prepare_request::PrepareRequest;
use super::terminal::Terminal;
use crate::protocol::{Decoder, Event, Item};
use crate::reconnect::{Novelty, Progress};
use crate::transport::Response;

/// Delivers events as they are; recognises the terminal one, replays, and what is new.
#[derive(Debug)]
pub struct EventHandler {
    terminal: Box<[Terminal]>,
    ignored: Ignored,
    incomplete: bool,
    dedupe: Option<Dedupe>,
    novelty: Novelty,
}

impl EventHandler {
    /// For a stream with these options.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            terminal: options.terminal.as_slice().into(),
            ignored: Ignored::new(&options.timeouts),
            incomplete: options.incomplete,
            dedupe: options.dedupe.then(Dedupe::default),
            novelty: Novelty::default(),
        }
    }

    fn event(&mut self, event: &Event<'_>, delivery: &mut Delivery) -> Meaning {
        // A replayed id is behind the last one: to resume after it would repeat even more.
        if let Some(dedupe) = &mut self.dedupe
            && dedupe.repeats(event)
        {
            return Meaning::Duplicate;
        }
        delivery.event(event);
        if self.is_terminal(event) {
            Meaning::Terminal
        } else if self.ignored.has(event) {
            Meaning::Other
        } else if self.novelty.event(event.id, (event.name, event.data)) {
            Meaning::Progress
        } else {
            Meaning::Event
        }
    }

    fn is_terminal(&self, event: &Event<'_>) -> bool {
        self.terminal.iter().any(|terminal| terminal.matches(event))
    }
}

impl Decode for EventHandler {
    type Framing = Decoder;

    fn framing(&self, max_event_size: Option<usize>) -> Decoder {
        Decoder::new(max_event_size)
    }

    fn opened(&mut self, _response: &Response, delivery: &Delivery) {
        self.novelty.connected(delivery.last_event_id());
        if let Some(dedupe) = &mut self.dedupe {
            dedupe.reconnected();
        }
    }

    fn take(&mut self, item: &Item<'_>, delivery: &mut Delivery) -> Meaning {
        match *item {
            Item::Event(event) => return self.event(&event, delivery),
            Item::Id(id) => delivery.id(id),
            Item::Retry(millis) => return Meaning::Retry(Duration::from_millis(millis)),
            Item::Comment(text) => delivery.comment(text),
        }
        Meaning::Other
    }

    /// If it is terminal, or if the caller wants it.
    fn accepts_incomplete(&self, event: &Event<'_>) -> bool {
        self.incomplete || self.is_terminal(event)
    }
}

impl PrepareRequest for EventHandler {}

impl Judge for EventHandler {
    fn progress(&self) -> Progress {
        self.novelty.progress()
    }
}
