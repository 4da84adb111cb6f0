//! What one drain brings across: records of many receivers, packed into space that JavaScript owns.
//!
//! A batch is made of groups, each of which begins with two words:
//!
//! * The records of one receiver: its number, and the count of its records. For each record follow its
//!   kind and flags and a length word for every field; of a short event all of that is in one word.
//! * One payload for many receivers: the length word of the payload, which is bytes, and the count of
//!   receivers with [`SHARED`] set. For each receiver follows its number; if [`PREFIXED`] is set as
//!   well, each time with the length word of its prefix, which is text.
//!
//! The text of all fields lies in `units`, in the same order, a payload before the prefixes.
#![forbid(unsafe_code)]

use super::packed::Packed;
use super::queue::{Queue, Run};

/// In the second word of a group: one payload for many receivers.
pub const SHARED: u32 = 1 << 31;
/// Beside [`SHARED`]: each receiver has a prefix.
pub const PREFIXED: u32 = 1 << 30;

/// The words before what is in a group.
const HEADER: usize = 2;

/// Records of many receivers, packed.
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

    /// The records of the receiver with this number.
    pub(crate) fn group(&mut self, id: u32) -> Group<'_, 'a> {
        let start = self.words_used;
        Group { batch: self, id, start, count: 0 }
    }

    /// Puts in one payload for as many of `receivers` as there is room for, the first ones; returns how
    /// many. It takes no room if there is none for the first.
    pub fn share(&mut self, payload: &Packed, receivers: &[u32]) -> usize {
        let room = self.words.len().saturating_sub(self.words_used + HEADER);
        let count = room.min(receivers.len());
        if count == 0 || payload.units() > self.free_units() {
            return 0;
        }
        let start = self.words_used;
        self.write(payload);
        let words = &mut self.words[start + HEADER..][..count];
        words.copy_from_slice(&receivers[..count]);
        self.finish_shared(start, payload, count, SHARED);
        self.words_used = start + HEADER + count;
        count
    }

    /// The same, with a prefix for each receiver.
    pub fn share_prefixed(&mut self, payload: &Packed, receivers: &[(u32, &Packed)]) -> usize {
        let room = self.words.len().saturating_sub(self.words_used + HEADER) / 2;
        let mut free = self.free_units().saturating_sub(payload.units());
        let fits = |(_, prefix): &&(u32, &Packed)| {
            let left = free.checked_sub(prefix.units());
            free = left.unwrap_or(free);
            left.is_some()
        };
        let count = receivers.iter().take(room).take_while(fits).count();
        if count == 0 || payload.units() > self.free_units() {
            return 0;
        }
        let start = self.words_used;
        self.write(payload);
        for (at, (receiver, prefix)) in receivers[..count].iter().enumerate() {
            let place = start + HEADER + 2 * at;
            self.words[place] = *receiver;
            self.words[place + 1] = prefix.length();
            self.write(prefix);
        }
        self.finish_shared(start, payload, count, SHARED | PREFIXED);
        self.words_used = start + HEADER + 2 * count;
        count
    }

    fn finish_shared(&mut self, start: usize, payload: &Packed, count: usize, flags: u32) {
        self.words[start] = payload.length();
        // A batch has room for far fewer than 2^30 receivers.
        self.words[start + 1] = u32::try_from(count).unwrap_or(0) | flags;
    }

    fn write(&mut self, packed: &Packed) {
        packed.write(&mut self.units[self.units_used..]);
        self.units_used += packed.units();
    }

    const fn free_units(&self) -> usize {
        self.units.len() - self.units_used
    }
}

/// The part of a batch that belongs to one receiver. It takes no room until a record is in.
pub(crate) struct Group<'b, 'a> {
    batch: &'b mut Batch<'a>,
    id: u32,
    start: usize,
    count: u32,
}

impl Group<'_, '_> {
    /// Takes as many records from `queue` as may be delivered and fit.
    pub(crate) fn take(&mut self, queue: &mut Queue, asking: bool) -> Run {
        let batch = &mut *self.batch;
        let header = if self.count == 0 { HEADER } else { 0 };
        let start = batch.words_used + header;
        let words = batch.words.len().saturating_sub(start);
        let run = queue.run(asking, words, batch.free_units());
        if run.records > 0 {
            queue.pop_into(run, &mut batch.words[start..], &mut batch.units[batch.units_used..]);
            batch.words_used = start + run.words;
            batch.units_used += run.units;
            // A batch has room for far fewer than 2^30 records.
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
