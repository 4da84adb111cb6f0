//! What waits in a mailbox: queues one behind the other, so that a large one is moved and not copied.
#![forbid(unsafe_code)]

use std::collections::VecDeque;

use super::letter::Letter;
use super::queue::{Queue, Run};

/// Below this a queue takes in what comes behind it, in bytes of text: copying so much is cheaper than
/// the memory of a queue for every single event, and more of it at once is a run of its own.
const SMALL: usize = 16 * 1024;

/// How many queues a mailbox keeps room for.
const FEW: usize = 4;

/// Records in the order in which they came.
#[derive(Debug, Default)]
pub struct Segments {
    queues: VecDeque<Queue>,
    /// An emptied queue, whose memory the next one can use.
    spare: Option<Queue>,
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
        self.queues.front()?.front(asking)
    }

    /// Appends a record.
    pub fn push(&mut self, letter: &Letter<'_>) {
        self.grow(|queue| queue.push(letter));
    }

    /// Appends all of a queue, which is empty afterwards.
    pub fn append(&mut self, records: &mut Queue) {
        // An empty queue in front would hide what is behind it.
        if records.is_empty() {
            return;
        }
        let small = self.queues.back().is_none_or(|back| back.bytes() < SMALL);
        if small && records.bytes() < SMALL {
            self.grow(|queue| queue.append(records));
        } else {
            self.len += records.len();
            self.bytes += records.bytes();
            let empty = self.spare.take().unwrap_or_default();
            self.queues.push_back(std::mem::replace(records, empty));
        }
    }

    /// Takes the first queue out, so that it can be read without a lock on all of them; it has to be
    /// [given back](Self::give_back), and counts until then.
    pub fn take_front(&mut self) -> Option<Queue> {
        self.queues.pop_front()
    }

    /// Gives back what `run` was taken from.
    pub fn give_back(&mut self, queue: Queue, run: Run) {
        self.len = self.len.saturating_sub(run.records);
        self.bytes = self.bytes.saturating_sub(run.units * 2);
        if queue.is_empty() {
            self.spare = Some(queue);
            if self.queues.is_empty() {
                // A burst must not hold its memory for ever.
                self.queues.shrink_to(FEW);
            }
        } else {
            self.queues.push_front(queue);
        }
    }

    fn grow(&mut self, change: impl FnOnce(&mut Queue)) {
        if self.queues.back().is_none_or(|back| back.bytes() >= SMALL) {
            self.queues.push_back(self.spare.take().unwrap_or_default());
        }
        if let Some(back) = self.queues.back_mut() {
            let (len, bytes) = (back.len(), back.bytes());
            change(back);
            self.len += back.len() - len;
            self.bytes = (self.bytes + back.bytes()).saturating_sub(bytes);
        }
    }
}
