//! How events leave a stream.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use super::sink::{Sink, SinkEnd};

/// As the bytes of a stream instead of one by one.
const ENCODED: u8 = 1;
/// Not to the mailbox: a sink takes them, and there is no listener.
const MUTED: u8 = 2;
/// To a sink.
const SINK: u8 = 4;

/// How events leave a stream: to its mailbox, to a sink, or to both.
#[derive(Debug, Default)]
pub(super) struct Outlets {
    /// Read with each event.
    bits: AtomicU8,
    sink: OnceLock<Arc<dyn Sink>>,
}

/// How one event leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlet(u8);

impl Outlet {
    /// One by one to the mailbox, and nowhere else.
    pub const fn is_mailbox(self) -> bool {
        self.0 == 0
    }

    /// As the bytes of a stream.
    pub const fn encoded(self) -> bool {
        self.0 & ENCODED != 0
    }

    /// Not to the mailbox.
    pub const fn muted(self) -> bool {
        self.0 & MUTED != 0
    }

    /// To a sink.
    pub const fn sunk(self) -> bool {
        self.0 & SINK != 0
    }
}

impl Outlets {
    /// How an event leaves now.
    pub fn now(&self) -> Outlet {
        Outlet(self.bits.load(Ordering::Acquire))
    }

    /// Whether events leave as bytes.
    pub fn encode(&self, encoded: bool) {
        self.set(ENCODED, encoded);
    }

    /// Whether events pass the mailbox by.
    pub fn mute(&self, muted: bool) {
        self.set(MUTED, muted);
    }

    /// Events go to `sink` as well; `false` if there is one.
    pub fn attach(&self, sink: Arc<dyn Sink>) -> bool {
        let attached = self.sink.set(sink).is_ok();
        self.set(SINK, true);
        attached
    }

    /// The sink, if there is one.
    pub fn sink(&self) -> Option<&Arc<dyn Sink>> {
        self.sink.get()
    }

    /// Tells the sink that nothing follows.
    pub fn end(&self, end: SinkEnd<'_>) {
        if let Some(sink) = self.sink() {
            sink.end(end);
        }
    }

    fn set(&self, bit: u8, on: bool) {
        if on {
            self.bits.fetch_or(bit, Ordering::AcqRel);
        } else {
            self.bits.fetch_and(!bit, Ordering::AcqRel);
        }
    }
}
