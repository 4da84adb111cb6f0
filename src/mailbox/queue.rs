//! The records of one mailbox, kept in the form in which they cross into JavaScript.
#![forbid(unsafe_code)]

use super::letter::{HAS_ID, HAS_NAME, HAS_RETRY, Kind, Letter, awaited, fields, unasked};
use super::text;

/// Capacity that an idle queue may keep, in units: enough for a steady trickle of events.
const IDLE_CAPACITY: usize = 2 * 1024;

/// How large bytes may grow by joining: one write to a socket, and well within a batch.
const MERGED_BYTES: usize = 16 * 1024;

/// A first-in, first-out queue of packed records.
///
/// `words` holds, record after record, its kind and flags and the length word of each field;
/// `units` holds the text of the fields, each padded to a whole unit so that UTF-16 stays aligned.
#[derive(Debug, Default)]
pub struct Queue {
    words: Vec<u32>,
    units: Vec<u16>,
    word: usize,
    unit: usize,
    /// Where the last record starts in `words`, if it may still grow.
    open_tail: Option<usize>,
    len: usize,
}

/// The first record of a queue.
#[derive(Clone, Copy, Debug)]
pub struct Front {
    /// How many words it takes.
    pub words: usize,
    /// How many units of text it takes.
    pub units: usize,
    /// Whether it is delivered unasked.
    pub unasked: bool,
    /// Whether it meets the demand of a consumer that asked once.
    pub awaited: bool,
}

impl Queue {
    /// How many records wait.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// How many bytes of text wait.
    pub const fn bytes(&self) -> usize {
        (self.units.len() - self.unit) * 2
    }

    /// Appends a record.
    pub fn push(&mut self, letter: &Letter<'_>) {
        self.compact();
        if let Letter::Bytes(bytes) = letter
            && self.extend_tail(bytes)
        {
            return;
        }
        let start = self.words.len();
        self.words.push(letter.kind() as u32);
        self.open_tail = None;
        self.len += 1;
        match *letter {
            Letter::Event { name, data, id, retry } => {
                self.field(data);
                if let Some(name) = name {
                    self.words[start] |= HAS_NAME;
                    self.field(name);
                }
                if let Some(id) = id {
                    self.words[start] |= HAS_ID;
                    self.field(id);
                }
                if let Some(retry) = retry {
                    self.words[start] |= HAS_RETRY;
                    self.field(retry.to_string().as_bytes());
                }
            }
            Letter::Comment(text) | Letter::Id(text) => self.field(text),
            Letter::Notice(text) => self.field(text.as_bytes()),
            Letter::Bytes(bytes) => {
                self.words.push(0);
                self.open_tail = Some(start);
                self.extend_tail(bytes);
            }
        }
    }

    /// The first record, if any.
    pub fn front(&self) -> Option<Front> {
        let word = *self.words.get(self.word)?;
        let lengths = &self.words[self.word + 1..][..fields(word)];
        let units = lengths.iter().map(|&length| text::units(length)).sum();
        Some(Front {
            words: 1 + lengths.len(),
            units,
            unasked: unasked(word),
            awaited: awaited(word),
        })
    }

    /// Moves the first record to the front of `words` and `units`, which must have room for it.
    pub fn pop_into(&mut self, front: Front, words: &mut [u32], units: &mut [u16]) {
        words[..front.words].copy_from_slice(&self.words[self.word..][..front.words]);
        units[..front.units].copy_from_slice(&self.units[self.unit..][..front.units]);
        self.word += front.words;
        self.unit += front.units;
        self.len -= 1;
        if self.len == 0 {
            self.clear();
        }
    }

    fn clear(&mut self) {
        empty(&mut self.words, IDLE_CAPACITY / 4);
        empty(&mut self.units, IDLE_CAPACITY);
        (self.word, self.unit, self.len, self.open_tail) = (0, 0, 0, None);
    }

    fn field(&mut self, text: &[u8]) {
        let length = text::append(&mut self.units, text);
        self.words.push(length);
    }

    /// Lets bytes join the bytes that wait already, so that one record crosses for all of them.
    fn extend_tail(&mut self, bytes: &[u8]) -> bool {
        let Some(start) = self.open_tail.filter(|&start| start >= self.word) else { return false };
        let held = (self.words[start + 1] >> 1) as usize;
        if held > 0 && held + bytes.len() > MERGED_BYTES {
            return false;
        }
        let Ok(word) = u32::try_from((held + bytes.len()) << 1) else { return false };
        let first = self.units.len() - held.div_ceil(2);
        self.units.resize(first + (held + bytes.len()).div_ceil(2), 0);
        let tail: &mut [u8] = bytemuck::cast_slice_mut(&mut self.units[first..]);
        tail[held..held + bytes.len()].copy_from_slice(bytes);
        self.words[start + 1] = word;
        true
    }

    /// Moves what is left to the front. Words and text each on their own: events without text use
    /// up words only.
    fn compact(&mut self) {
        if spent(self.unit, self.units.len()) {
            self.units.drain(..self.unit);
            self.unit = 0;
        }
        if spent(self.word, self.words.len()) {
            self.open_tail = self.open_tail.and_then(|start| start.checked_sub(self.word));
            self.words.drain(..self.word);
            self.word = 0;
        }
    }
}

/// Whether so much of the space is used up that moving the rest pays.
const fn spent(used: usize, length: usize) -> bool {
    used > 32 * 1024 && used > length / 2
}

/// Empties `space`. A burst must not hold its memory for ever: it is let go once a fill stayed far
/// below it.
fn empty<T>(space: &mut Vec<T>, idle: usize) {
    let used = space.len();
    space.clear();
    if space.capacity() > idle && used < space.capacity() / 4 {
        space.shrink_to(idle);
    }
}

const _: () = assert!(Kind::Notice as u32 <= 0xff, "a kind fits the lowest byte of its word");
