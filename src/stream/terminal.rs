//! The event that says that a stream is complete.

use serde::Deserialize;

use crate::protocol::Event;

/// One pattern; an event matches when every given part is equal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Terminal {
    /// The event's name, `message` for one without.
    pub event: Option<String>,
    /// The whole of its data.
    pub data: Option<String>,
}

impl Terminal {
    /// Whether `event` is the one.
    #[must_use]
    pub fn matches(&self, event: &Event<'_>) -> bool {
        let name = event.name.unwrap_or(b"message");
        self.event.as_ref().is_none_or(|wanted| wanted.as_bytes() == name)
            && self.data.as_ref().is_none_or(|wanted| wanted.as_bytes() == event.data)
    }
}
