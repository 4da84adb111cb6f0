//! The block that is being read: the fields between two blank lines.
#![forbid(unsafe_code)]

use super::item::Event;

/// How much capacity a buffer may keep for the next event, in bytes.
///
/// Only an event that straddles chunks is buffered at all, so a fresh allocation is rare, while
/// idle capacity is paid for by every one of thousands of streams.
const KEPT_CAPACITY: usize = 4 * 1024;

/// Empties `buffer`, and gives its memory back when it had grown large.
pub(super) fn recycle(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_CAPACITY {
        *buffer = Vec::new();
    } else {
        buffer.clear();
    }
}

/// The fields so far of a block that does not lie whole in one chunk, or has several data lines.
#[derive(Debug, Default)]
pub(super) struct Block {
    data: Vec<u8>,
    name: Vec<u8>,
    id: Vec<u8>,
    has_data: bool,
    has_id: bool,
    retry: Option<u64>,
}

impl Block {
    pub(super) fn start_data_line(&mut self) {
        if self.has_data {
            self.data.push(b'\n');
        }
        self.has_data = true;
    }

    pub(super) fn push_data(&mut self, piece: &[u8]) {
        self.data.extend_from_slice(piece);
    }

    pub(super) fn set_name(&mut self, name: &[u8]) {
        recycle(&mut self.name);
        self.name.extend_from_slice(name);
    }

    pub(super) fn set_id(&mut self, id: &[u8]) {
        recycle(&mut self.id);
        self.id.extend_from_slice(id);
        self.has_id = true;
    }

    pub(super) fn set_retry(&mut self, retry: u64) {
        self.retry = Some(retry);
    }

    pub(super) const fn retry(&self) -> Option<u64> {
        self.retry
    }

    pub(super) const fn forget_retry(&mut self) {
        self.retry = None;
    }

    pub(super) const fn has_data(&self) -> bool {
        self.has_data
    }

    /// Whether nothing is reported when it ends.
    pub(super) const fn says_nothing(&self) -> bool {
        !self.has_data && !self.has_id
    }

    /// Whether it is as new, but for the reconnection time.
    pub(super) const fn is_blank(&self) -> bool {
        self.says_nothing() && self.name.is_empty()
    }

    /// The bytes of data, name and id so far.
    pub(super) const fn size(&self) -> usize {
        self.data.len() + self.name.len() + self.id.len()
    }

    /// The event that this block is, if it holds data.
    pub(super) fn event(&self) -> Option<Event<'_>> {
        self.has_data.then(|| Event {
            name: (!self.name.is_empty()).then_some(&self.name[..]),
            data: &self.data,
            id: self.id(),
            retry: self.retry,
        })
    }

    /// The id, when an `id` field stood in this block.
    pub(super) fn id(&self) -> Option<&[u8]> {
        self.has_id.then_some(&self.id)
    }

    /// Starts the next block.
    pub(super) fn clear(&mut self) {
        for buffer in [&mut self.data, &mut self.name, &mut self.id] {
            recycle(buffer);
        }
        (self.has_data, self.has_id, self.retry) = (false, false, None);
    }
}
