//! Events that the event clock does not count.

use super::options::Timeouts;
use crate::protocol::Event;

/// Their names.
#[derive(Debug)]
pub struct Ignored(Box<[String]>);

impl Ignored {
    /// Those that the caller named.
    #[must_use]
    pub fn new(timeouts: &Timeouts) -> Self {
        Self(timeouts.event_ignore.as_slice().into())
    }

    /// Whether this event is one of them.
    #[inline]
    #[must_use]
    pub fn has(&self, event: &Event<'_>) -> bool {
        !self.0.is_empty() && self.names(event)
    }

    fn names(&self, event: &Event<'_>) -> bool {
        let name = event.name.unwrap_or(b"message");
        self.0.iter().any(|ignored| ignored.as_bytes() == name)
    }
}
