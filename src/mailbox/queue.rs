//! The records of one mailbox, kept in the form in which they cross into JavaScript.
#![forbid(unsafe_code)]

use super::letter::{HAS_ID, HAS_NAME, HAS_RETRY, Kind, Letter, awaited, fields, grows, unasked};
use super::text;

/// Capacity that an idle queue may keep, in units: enough for a steady trickle of events.
const IDLE_CAPACITY: usize = 2 * 1024;

/// How large a record may grow by joining: one write to a socket, and well within a batch.
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
    /// The largest fill of late, in words or units; halved with every emptying.
    recent: usize,
}

/// Records at the front of a queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// How many.
    pub records: usize,
    /// How many words they take.
    pub words: usize,
    /// How many units of text they take.
    pub units: usize,
    /// Of the records, those that a consumer must ask for, and their units.
    pub asked: usize,
    pub asked_units: usize,
    /// Whether one of them meets the demand of a consumer that asked once.
    pub awaited: bool,
}

impl Run {
    /// Makes one of this and what was taken behind it.
    pub const fn add(&mut self, next: Self) {
        self.records += next.records;
        self.words += next.words;
        self.units += next.units;
        self.asked += next.asked;
        self.asked_units += next.asked_units;
        self.awaited |= next.awaited;
    }
}

impl Queue {
    /// How many records wait.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes of text wait.
    pub const fn bytes(&self) -> usize {
        (self.units.len() - self.unit) * 2
    }

    /// Appends a record.
    pub fn push(&mut self, letter: &Letter<'_>) {
        self.compact();
        let start = self.words.len();
        let head = letter.head();
        self.words.push(head);
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
            Letter::Notice(text) | Letter::Delta(text) | Letter::Piece { text, .. } => {
                self.field(text.as_bytes());
            }
            Letter::Bytes(bytes) => {
                let length = text::append_bytes(&mut self.units, bytes);
                self.words.push(length);
            }
        }
        self.settle(start);
    }

    /// Appends all of another queue, which is empty afterwards.
    pub fn append(&mut self, other: &mut Self) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            std::mem::swap(self, other);
            other.clear();
            return;
        }
        self.compact();
        // The first record alone: it may join the last one here.
        let first = other.run_of(1);
        let start = self.words.len();
        self.words.extend_from_slice(&other.words[other.word..][..first.words]);
        self.units.extend_from_slice(&other.units[other.unit..][..first.units]);
        self.settle(start);
        if other.len > 1 {
            let (word, unit) = (other.word + first.words, other.unit + first.units);
            let start = self.words.len();
            self.words.extend_from_slice(&other.words[word..]);
            self.units.extend_from_slice(&other.units[unit..]);
            self.len += other.len - 1;
            self.open_tail = other.open_tail.map(|tail| start + tail - word);
        }
        other.clear();
    }

    /// The size in units of the first record, if there is one that may be delivered.
    pub fn front(&self, asking: bool) -> Option<usize> {
        let (word, units, _) = self.record(self.word)?;
        (asking || unasked(word)).then_some(units)
    }

    /// The longest run of deliverable records that fits into so many words and units.
    pub fn run(&self, asking: bool, words: usize, units: usize) -> Run {
        let mut run = Run::default();
        while let Some((word, text, size)) = self.record(self.word + run.words) {
            let unasked = unasked(word);
            if !asking && !unasked || run.words + size > words || run.units + text > units {
                break;
            }
            run.records += 1;
            run.words += size;
            run.units += text;
            if !unasked {
                run.asked += 1;
                run.asked_units += text;
            }
            run.awaited |= awaited(word);
        }
        run
    }

    /// Moves a run to the front of `words` and `units`.
    pub fn pop_into(&mut self, run: Run, words: &mut [u32], units: &mut [u16]) {
        words[..run.words].copy_from_slice(&self.words[self.word..][..run.words]);
        units[..run.units].copy_from_slice(&self.units[self.unit..][..run.units]);
        self.word += run.words;
        self.unit += run.units;
        self.len -= run.records;
        if self.is_empty() {
            self.clear();
        }
    }

    /// The first word of the record that begins there, its units of text and its words.
    fn record(&self, at: usize) -> Option<(u32, usize, usize)> {
        let word = *self.words.get(at)?;
        let fields = fields(word);
        let lengths = &self.words[at + 1..][..fields];
        let units = lengths.iter().map(|&length| text::units(length)).sum();
        Some((word, units, 1 + fields))
    }

    fn clear(&mut self) {
        self.recent = self.units.len().max(self.words.len()).max(self.recent / 2);
        empty(&mut self.words, self.recent, IDLE_CAPACITY / 4);
        empty(&mut self.units, self.recent, IDLE_CAPACITY);
        (self.word, self.unit, self.len, self.open_tail) = (0, 0, 0, None);
    }

    fn field(&mut self, text: &[u8]) {
        let length = text::append(&mut self.units, text);
        self.words.push(length);
    }

    /// The first records, as many as there are up to `records`.
    fn run_of(&self, records: usize) -> Run {
        let mut run = Run::default();
        while run.records < records
            && let Some((_, units, words)) = self.record(self.word + run.words)
        {
            run.records += 1;
            run.words += words;
            run.units += units;
        }
        run
    }

    /// Counts the record that was written last and begins at `start`, or lets it join the one before
    /// it, so that one record crosses for both.
    fn settle(&mut self, start: usize) {
        if !self.join(start) {
            self.len += 1;
            self.open_tail = grows(self.words[start]).then_some(start);
        }
    }

    fn join(&mut self, start: usize) -> bool {
        let Some(tail) = self.open_tail.filter(|&tail| tail >= self.word) else { return false };
        if self.words[tail] != self.words[start] {
            return false;
        }
        let (held, added) = (self.words[tail + 1], self.words[start + 1]);
        let bytes = (text::units(held) + text::units(added)) * 2;
        if text::units(held) > 0 && bytes > MERGED_BYTES {
            return false;
        }
        self.words[tail + 1] = text::join(&mut self.units, held, added);
        self.words.truncate(start);
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

/// Empties `space`. A burst must not hold its memory for ever: it is let go once a few fills stayed
/// far below it. Not at the first, or a busy stream would fetch and return it for every batch.
fn empty<T>(space: &mut Vec<T>, recent: usize, idle: usize) {
    space.clear();
    if space.capacity() > idle && recent < space.capacity() / 4 {
        space.shrink_to(idle.max(recent));
    }
}

const _: () = assert!(Kind::Notice as u32 <= 0xff, "a kind fits the lowest byte of its word");
