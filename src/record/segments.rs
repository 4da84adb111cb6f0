//! What waits in a mailbox: queues one behind the other, so that a large one is moved and not copied.
#![forbid(unsafe_code)]

use std::collections::VecDeque;

use super::queue::{Queue, Run};
use super::record::Record;

/// Below this a queue takes in what comes behind it, in bytes of text: copying so much is cheaper than
/// the memory of a queue for every single event, and more of it at once is a run of its own.
const SMALL: usize = 16 * 1024;

/// How many emptied queues it keeps besides the first. Half a mailbox is emptied before a producer
/// that waits goes on, and what it then hands over are two large queues or many small ones.
const SPARES: usize = 2;

/// Records in the order in which they came.
#[derive(Debug, Default)]
pub struct Segments {
    /// All that a stream with an event now and then ever needs: of a thousand of them, whatever is
    /// elsewhere is in no cache. Empty only if nothing is behind it, or while it is being read.
    first: Queue,
    /// It is being read.
    taken: bool,
    others: VecDeque<Queue>,
    /// Emptied queues, whose memory the next ones can use.
    spares: Vec<Queue>,
    /// The most others of late, up to [`SPARES`]; halved with every emptying of several.
    recent: usize,
    len: usize,
    bytes: usize,
}

impl Segments {
    /// How many records wait, those taken and not given back included.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// How many bytes of text wait, likewise.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The size in units of the first record, if there is one that may be delivered.
    pub fn front(&self, asking: bool) -> Option<usize> {
        let front = if self.taken { self.others.front()? } else { &self.first };
        front.front(asking)
    }

    /// Appends a record.
    pub fn push(&mut self, record: &Record<'_>) {
        self.grow(|queue| queue.push(record));
    }

    /// Appends all of a queue, which is empty afterwards.
    pub fn append(&mut self, records: &mut Queue) {
        // An empty queue in front would hide what is behind it.
        if records.is_empty() {
            return;
        }
        if records.bytes() < SMALL {
            self.grow(|queue| queue.append(records));
            return;
        }
        self.len += records.len();
        self.bytes += records.bytes();
        if !self.taken && self.first.is_empty() {
            std::mem::swap(&mut self.first, records);
        } else {
            let filled = std::mem::replace(records, self.spare());
            self.push_back(filled);
        }
    }

    /// Takes the first queue out, so that it can be read without a lock on all of them; it has to be
    /// [given back](Self::give_back), and counts until then.
    pub fn take_front(&mut self) -> Option<Queue> {
        if self.first.is_empty() {
            return None;
        }
        self.taken = true;
        Some(std::mem::take(&mut self.first))
    }

    /// Gives back what `run` was taken from.
    pub fn give_back(&mut self, queue: Queue, run: Run) {
        self.len = self.len.saturating_sub(run.records);
        self.bytes = self.bytes.saturating_sub(run.units * 2);
        self.taken = false;
        self.first = queue;
        if !self.first.is_empty() {
            return;
        }
        if let Some(next) = self.others.pop_front() {
            self.spares.push(std::mem::replace(&mut self.first, next));
            self.spares.drain(..self.spares.len().saturating_sub(SPARES));
        } else if self.others.capacity() > 0 {
            // A burst must not hold its memory for ever.
            self.others.shrink_to(SPARES);
            self.spares.drain(..self.spares.len().saturating_sub(self.recent));
            self.recent /= 2;
            if self.spares.is_empty() {
                (self.others, self.spares) = Default::default();
            }
        }
    }

    fn spare(&mut self) -> Queue {
        self.spares.pop().unwrap_or_default()
    }

    fn push_back(&mut self, queue: Queue) {
        self.others.push_back(queue);
        self.recent = self.recent.max(self.others.len()).min(SPARES);
    }

    fn grow(&mut self, change: impl FnOnce(&mut Queue)) {
        if self.back().is_none_or(|back| back.bytes() >= SMALL) {
            let empty = self.spare();
            self.push_back(empty);
        }
        if let Some(back) = self.back() {
            let (len, bytes) = (back.len(), back.bytes());
            change(back);
            let (more, longer) = (back.len() - len, back.bytes());
            self.len += more;
            self.bytes = (self.bytes + longer).saturating_sub(bytes);
        }
    }

    fn back(&mut self) -> Option<&mut Queue> {
        let first = (!self.taken).then_some(&mut self.first);
        self.others.back_mut().or(first)
    }
}
