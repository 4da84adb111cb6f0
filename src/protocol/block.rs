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

/// Fields of the block that lie whole in the current chunk and were not copied. They count before
/// those of [`Block`].
#[derive(Clone, Copy, Default)]
pub(super) struct Fresh<'i> {
    pub(super) data: Option<&'i [u8]>,
    pub(super) name: Option<&'i [u8]>,
    pub(super) id: Option<&'i [u8]>,
}

/// Fields of the block that had to be copied: the chunk they came in is gone, or data has several
/// lines.
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
    /// Copies what lies in the current chunk, because the chunk is about to go.
    pub(super) fn hold(&mut self, fresh: Fresh<'_>) {
        if let Some(data) = fresh.data {
            self.start_data_line();
            self.push_data(data);
        }
        if let Some(name) = fresh.name {
            self.set_name(name);
        }
        if let Some(id) = fresh.id {
            self.set_id(id);
        }
    }

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

    pub(super) fn has_data(&self, fresh: &Fresh<'_>) -> bool {
        self.has_data || fresh.data.is_some()
    }

    /// The bytes of data, name and id so far.
    pub(super) fn size(&self, fresh: &Fresh<'_>) -> usize {
        let data = fresh.data.unwrap_or(&self.data);
        let name = fresh.name.unwrap_or(&self.name);
        let id = fresh.id.unwrap_or(&self.id);
        data.len() + name.len() + id.len()
    }

    /// The event that this block is, if it holds data.
    pub(super) fn event<'a, 'i: 'a>(&'a self, fresh: Fresh<'i>) -> Option<Event<'a>> {
        let name = fresh.name.unwrap_or(&self.name);
        self.has_data(&fresh).then(|| Event {
            name: (!name.is_empty()).then_some(name),
            data: fresh.data.unwrap_or(&self.data),
            id: self.id(fresh),
            retry: self.retry,
        })
    }

    /// The id, when an `id` field stood in this block.
    pub(super) fn id<'a, 'i: 'a>(&'a self, fresh: Fresh<'i>) -> Option<&'a [u8]> {
        fresh.id.or_else(|| self.has_id.then_some(&self.id))
    }

    /// Starts the next block.
    pub(super) fn clear(&mut self) {
        for buffer in [&mut self.data, &mut self.name, &mut self.id] {
            recycle(buffer);
        }
        (self.has_data, self.has_id, self.retry) = (false, false, None);
    }
}
