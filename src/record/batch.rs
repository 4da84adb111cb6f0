//! What one drain brings across: records of many receivers, packed into space that JavaScript owns.
#![forbid(unsafe_code)]

use super::queue::{Queue, Run};

/// Records of many mailboxes, packed: for each mailbox its number and the count of its records,
/// then for each record its kind and flags and a length word for every field; of a short event all of
/// that is in one word. The text of the fields lies in `units`, in the same order.
#[derive(Debug)]
pub struct Batch<'a> {
    words: &'a mut [u32],
    units: &'a mut [u16],
    words_used: usize,
    units_used: usize,
}

impl<'a> Batch<'a> {
    /// An empty batch over the given space.
    pub fn new(words: &'a mut [u32], units: &'a mut [u16]) -> Self {
        Self { words, units, words_used: 0, units_used: 0 }
    }

    /// How many words are in use.
    #[must_use]
    pub const fn words_used(&self) -> usize {
        self.words_used
    }

    /// How many units are in use.
    #[must_use]
    pub const fn units_used(&self) -> usize {
        self.units_used
    }

    pub(crate) fn group(&mut self, id: u32) -> Group<'_, 'a> {
        let start = self.words_used;
        Group { batch: self, id, start, count: 0 }
    }
}

/// The part of a batch that belongs to one mailbox. It takes no room until a record is in.
pub(crate) struct Group<'b, 'a> {
    batch: &'b mut Batch<'a>,
    id: u32,
    start: usize,
    count: u32,
}

const HEADER: usize = 2;

impl Group<'_, '_> {
    /// Takes as many records from `queue` as may be delivered and fit.
    pub(crate) fn take(&mut self, queue: &mut Queue, asking: bool) -> Run {
        let batch = &mut *self.batch;
        let header = if self.count == 0 { HEADER } else { 0 };
        let start = batch.words_used + header;
        let words = batch.words.len().saturating_sub(start);
        let run = queue.run(asking, words, batch.units.len() - batch.units_used);
        if run.records > 0 {
            queue.pop_into(run, &mut batch.words[start..], &mut batch.units[batch.units_used..]);
            batch.words_used = start + run.words;
            batch.units_used += run.units;
            // A batch has room for far fewer than 2^32 records.
            self.count += u32::try_from(run.records).unwrap_or(0);
        }
        run
    }

    pub(crate) fn finish(self) {
        if self.count > 0 {
            self.batch.words[self.start] = self.id;
            self.batch.words[self.start + 1] = self.count;
        }
    }
}
