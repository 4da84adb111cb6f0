//! Memory that is filled at its end and read from its front.
#![forbid(unsafe_code)]

use std::ops::Range;

/// How far ahead free space is made ready, in values: memory that is never used costs nothing then.
const AHEAD: usize = 4 * 1024;

/// Values behind one another, first in and first out.
#[derive(Debug, Default)]
pub struct Fifo<T> {
    /// Ready to be written to without being filled first for every record.
    space: Vec<T>,
    used: Range<usize>,
}

impl<T: Copy + Default> Fifo<T> {
    /// How much waits.
    pub const fn len(&self) -> usize {
        self.used.end - self.used.start
    }

    /// What waits.
    pub fn as_slice(&self) -> &[T] {
        &self.space[self.used.clone()]
    }

    /// The same, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.space[self.used.clone()]
    }

    /// The free space behind what waits.
    pub fn free(&self) -> &[T] {
        &self.space[self.used.end..]
    }

    /// The free space behind what waits, of at least this length; see [`Fifo::lengthen`].
    #[inline]
    pub fn room(&mut self, length: usize) -> &mut [T] {
        if self.space.len() - self.used.end < length {
            self.make_room(length);
        }
        &mut self.space[self.used.end..]
    }

    /// Appends what was written to the front of the free space.
    pub fn lengthen(&mut self, length: usize) {
        self.used.end += length;
    }

    /// Appends values.
    pub fn extend_from_slice(&mut self, values: &[T]) {
        self.room(values.len())[..values.len()].copy_from_slice(values);
        self.lengthen(values.len());
    }

    /// Takes away all but the first so many.
    pub fn truncate(&mut self, length: usize) {
        self.used.end = self.used.end.min(self.used.start + length);
    }

    /// Moves the first values to `target` and fills it with them.
    pub fn take(&mut self, target: &mut [T]) {
        target.copy_from_slice(&self.as_slice()[..target.len()]);
        self.used.start += target.len();
    }

    /// How far it has been filled since it was last cleared.
    pub const fn fill(&self) -> usize {
        self.used.end
    }

    /// Empties it. A burst must not hold its memory for ever: it is let go once a few fills stayed
    /// far below it. Not at the first, or a busy stream would fetch and return it for every batch.
    pub fn clear(&mut self, recent: usize, idle: usize) {
        self.used = 0..0;
        if self.space.capacity() > idle && recent < self.space.capacity() / 4 {
            let kept = idle.max(recent);
            self.space.truncate(kept);
            self.space.shrink_to(kept);
        }
    }

    /// Moves what waits to the front if that frees half of the space, so that each value is moved
    /// once at the most for each that is appended; grows otherwise.
    #[cold]
    fn make_room(&mut self, length: usize) {
        if self.used.start > self.space.len() / 2 {
            self.space.copy_within(self.used.clone(), 0);
            self.used = 0..self.used.len();
        }
        let needed = self.used.end + length;
        self.space.reserve(needed.saturating_sub(self.space.len()));
        let ready = self.space.capacity().min(needed + AHEAD).max(self.space.len());
        self.space.resize(ready, T::default());
    }
}
