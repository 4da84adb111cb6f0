//! Frames of a run as events, for readers that iterate.

use crate::log::{Cursor, Entry, Generation, Position};
use crate::protocol::{Decoder, Framing, Item};
use crate::record::{Queue, Record};

/// Reads frames back. Each holds whole events, so that nothing is left over between two.
#[derive(Debug)]
pub struct EventFrames(Decoder);

impl Default for EventFrames {
    fn default() -> Self {
        Self(Decoder::new(None))
    }
}

impl EventFrames {
    /// Frames of `entry` behind the first `skipped`, each with its id, until `queue` has `enough` bytes. Returns
    /// the place behind the last.
    pub fn entry(
        &mut self,
        generation: Generation,
        (seq, entry, skipped): (u64, &Entry, usize),
        enough: usize,
        queue: &mut Queue,
    ) -> Position {
        let mut position = Position { seq, index: u32::try_from(skipped).unwrap_or(u32::MAX) };
        while let Some(frame) = entry.frame(position.index as usize)
            && queue.bytes() < enough
        {
            position.index += 1;
            let id = Cursor::At(generation, position).to_string();
            self.frame(frame, Some(&id), queue);
        }
        position
    }

    /// One frame.
    pub fn frame(&mut self, frame: &[u8], id: Option<&str>, queue: &mut Queue) {
        let mut rest = frame;
        while let Ok(Some(item)) = self.0.next(&mut rest) {
            if let Item::Event(event) = item {
                let id = id.map(str::as_bytes);
                queue.push(&Record::Event { name: event.name, data: event.data, id, retry: None });
            }
        }
    }
}
