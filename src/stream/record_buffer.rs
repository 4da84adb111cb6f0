//! Records on their way into a mailbox, handed over in runs.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::cache_prefetch::Extent;
use crate::delivery::{Mailbox, Room};
use crate::record::{Queue, Record};

/// Records are handed over at the latest when so many have gathered, or so many bytes of text: about
/// 50 µs of decoding, which is worth waking the consumer for. A quarter of it costs a tenth more with
/// short events; twice as many bytes outgrow the caches.
const HIGH: usize = 2048;
const HIGH_BYTES: usize = 32 * 1024;

/// Gathers the records of a chunk, so that the mailbox is locked once for all of them.
#[derive(Debug)]
pub struct RecordBuffer {
    mailbox: Arc<Mailbox>,
    /// Empty whenever something is awaited.
    records: Queue,
    room: Room,
}

impl RecordBuffer {
    /// An empty buffer before `mailbox`.
    #[must_use]
    pub fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox, records: Queue::default(), room: Room::default() }
    }

    /// Whether a record of this cost fits now. If not, [`RecordBuffer::make_room`] comes first.
    pub fn fits(&mut self, cost: usize) -> bool {
        // What there was is there still: consumers only make more.
        if self.records.is_empty() && !self.room.fits(&self.records, cost) {
            self.room = self.mailbox.room();
        }
        self.room.fits(&self.records, cost)
    }

    /// Puts a record in for which there is room.
    pub fn push(&mut self, record: &Record<'_>) {
        self.records.push(record);
    }

    /// Whether it is high enough to flush.
    #[must_use]
    pub fn is_high(&self) -> bool {
        self.records.len() >= HIGH || self.records.bytes() >= HIGH_BYTES
    }

    /// Hands over what has gathered.
    pub fn flush(&mut self) {
        if !self.records.is_empty() {
            self.room = self.mailbox.push(&mut self.records);
        }
    }

    /// Where the next records are going to be written.
    pub(super) fn ahead(&self) -> [Extent; 2] {
        let (words, units) = self.records.free();
        [Extent::beginning(words), Extent::beginning(units)]
    }

    /// Waits until a record of this cost fits; returns how long.
    pub async fn make_room(&mut self, cost: usize) -> Duration {
        self.flush();
        let since = Instant::now();
        poll_fn(|cx| self.mailbox.poll_room(cost, cx)).await;
        self.room = self.mailbox.room();
        since.elapsed()
    }
}
