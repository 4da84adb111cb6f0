//! The first part of a body handler: what its bodies mean.

use std::time::Duration;

use super::delivery::Delivery;
use crate::error::Error;
use crate::protocol::{Event, Framing, Item};
use crate::transport::Response;

/// What an item meant.
#[derive(Debug)]
pub enum Meaning {
    /// An event that the event clock counts.
    Event,
    /// An event that the event clock counts, and that ends an outage.
    Progress,
    /// An event with or after which nothing need follow: the rest is waited for, but not for long.
    Finished,
    /// The event that completes the stream.
    Terminal,
    /// An event that was delivered before, and was not delivered again.
    Duplicate,
    /// An event that could not be read and was passed over; the consumer is told of it.
    Skipped(Error),
    /// The reconnection time that the server wants.
    Retry(Duration),
    /// A comment, an id, or an event that the event clock ignores.
    Other,
    /// The attempt fails here, although the connection is fine.
    Failed(Error),
}

/// What the end of a body means.
#[derive(Debug)]
pub enum Completion {
    /// The stream is complete.
    Complete,
    /// What the table of endings says of a clean end.
    Clean,
    /// The attempt failed.
    Failed(Error),
}

/// Says what bodies mean, and delivers it.
pub trait Decode {
    /// How its bodies are cut into items.
    type Framing: Framing;

    /// A framing for a new body.
    fn framing(&self, max_event_size: Option<usize>) -> Self::Framing;

    /// A response was accepted; the items of its body follow.
    fn opened(&mut self, _response: &Response, _delivery: &Delivery) {}

    /// Takes one item and delivers what it brings. The engine has seen to it that there is room for as
    /// much as the item has text.
    fn take(&mut self, item: &Item<'_>, delivery: &mut Delivery) -> Meaning;

    /// Whether an event counts whose blank line never came. WHATWG HTML 9.2.6 discards it.
    fn accepts_incomplete(&self, _event: &Event<'_>) -> bool {
        false
    }

    /// Takes an event whose blank line never came, and which counts.
    fn take_incomplete(&mut self, event: Event<'_>, delivery: &mut Delivery) -> Meaning {
        self.take(&Item::Event(event), delivery)
    }

    /// The body ended cleanly, or it ended while the stream was [complete](Self::is_complete).
    fn ended(&mut self, _delivery: &mut Delivery) -> Completion {
        Completion::Clean
    }

    /// Whether the stream is complete although its body may not be.
    fn is_complete(&self) -> bool {
        false
    }
}
