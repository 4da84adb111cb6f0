//! The records of one mailbox, kept in the form in which they cross into JavaScript.
#![forbid(unsafe_code)]

use super::fifo::Fifo;
use super::record::{Kind, Record, awaited, fields, grows, short, shortened, unasked};
use super::text;

/// Capacity that an idle queue may keep, in units: enough for a steady trickle of events.
const IDLE_CAPACITY: usize = 2 * 1024;

/// How large a record may grow by joining: one write to a socket, and well within a batch.
const MERGED_BYTES: usize = 16 * 1024;

/// The most words of a record: the first, and a length for each field of an event.
const MOST_WORDS: usize = 5;

/// The words of a record that may grow.
const GROWING_WORDS: usize = 2;

/// A first-in, first-out queue of packed records.
///
/// `words` holds, record after record, its kind and flags and the length word of each field, or of a
/// short event all of that in one word;
/// `units` holds the text of the fields, each padded to a whole unit so that UTF-16 stays aligned.
#[derive(Debug, Default)]
pub struct Queue {
    words: Fifo<u32>,
    units: Fifo<u16>,
    /// All that waits.
    all: Run,
    /// The first word of the last record, if it may still grow.
    open: Option<u32>,
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
    /// Of the records, those that meet the demand of a consumer that asked once.
    pub awaited: usize,
}

impl Run {
    /// One record with this first word.
    fn one(word: u32, words: usize, units: usize) -> Self {
        let asked = usize::from(!unasked(word));
        let awaited = usize::from(awaited(word));
        Self { records: 1, words, units, asked, asked_units: asked * units, awaited }
    }

    /// Makes one of this and what was taken behind it.
    pub const fn add(&mut self, next: Self) {
        self.records += next.records;
        self.words += next.words;
        self.units += next.units;
        self.asked += next.asked;
        self.asked_units += next.asked_units;
        self.awaited += next.awaited;
    }

    /// Takes away a part of this.
    const fn subtract(&mut self, part: Self) {
        self.records -= part.records;
        self.words -= part.words;
        self.units -= part.units;
        self.asked -= part.asked;
        self.asked_units -= part.asked_units;
        self.awaited -= part.awaited;
    }

    /// Whether it has room in so many words and units.
    const fn fits(&self, words: usize, units: usize) -> bool {
        self.words <= words && self.units <= units
    }
}

impl Queue {
    /// How many records wait.
    pub const fn len(&self) -> usize {
        self.all.records
    }

    /// Whether nothing waits.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes of text wait.
    pub const fn bytes(&self) -> usize {
        self.all.units * 2
    }

    /// Where the next record is going to be written, as far as there is room.
    pub fn free(&self) -> (&[u32], &[u16]) {
        (self.words.free(), self.units.free())
    }

    /// Appends a record.
    pub fn push(&mut self, record: &Record<'_>) {
        let mut head = record.head();
        let units = &mut self.units;
        let before = units.len();
        let space = self.words.room(MOST_WORDS);
        space[0] = head;
        let mut words = 2;
        match *record {
            Record::Event { name, data, id, retry } => {
                space[1] = text::append(units, data);
                if let Some(name) = name {
                    space[words] = text::append(units, name);
                    words += 1;
                }
                let mut id_length = 0;
                if let Some(id) = id {
                    id_length = text::append(units, id);
                    space[words] = id_length;
                    words += 1;
                }
                if let Some(retry) = retry {
                    space[words] = text::append(units, retry.to_string().as_bytes());
                    words += 1;
                }
                if let Some(short) = shortened(head, space[1], id_length) {
                    head = short;
                    space[0] = short;
                    words = 1;
                }
            }
            Record::Comment(text) | Record::Id(text) => space[1] = text::append(units, text),
            Record::Notice(text) | Record::Delta(text) | Record::Piece { text, .. } => {
                space[1] = text::append(units, text.as_bytes());
            }
            Record::Bytes(bytes) => space[1] = text::append_bytes(units, bytes),
        }
        let units = units.len() - before;
        self.words.lengthen(words);
        self.settle(head, words, units);
    }

    /// Appends all of another queue, which is empty afterwards.
    pub fn append(&mut self, other: &mut Self) {
        if self.is_empty() {
            std::mem::swap(self, other);
        }
        // The first record alone: it may join the last one here.
        if let Some((word, units, words)) = other.record(0) {
            self.words.extend_from_slice(&other.words.as_slice()[..words]);
            self.units.extend_from_slice(&other.units.as_slice()[..units]);
            self.settle(word, words, units);
            if other.len() > 1 {
                self.words.extend_from_slice(&other.words.as_slice()[words..]);
                self.units.extend_from_slice(&other.units.as_slice()[units..]);
                other.all.subtract(Run::one(word, words, units));
                self.all.add(other.all);
                self.open = other.open;
            }
        }
        other.clear();
    }

    /// The size in units of the first record, if there is one that may be delivered.
    pub fn front(&self, asking: bool) -> Option<usize> {
        let (word, units, _) = self.record(0)?;
        (asking || unasked(word)).then_some(units)
    }

    /// The longest run of deliverable records that fits into so many words and units.
    pub fn run(&self, asking: bool, words: usize, units: usize) -> Run {
        // Nearly always, and then the records need not be looked at.
        if asking && self.all.fits(words, units) {
            return self.all;
        }
        let mut run = Run::default();
        while let Some((word, text, size)) = self.record(run.words) {
            let mut longer = run;
            longer.add(Run::one(word, size, text));
            if !asking && !unasked(word) || !longer.fits(words, units) {
                break;
            }
            run = longer;
        }
        run
    }

    /// Moves a run to the front of `words` and `units`.
    pub fn pop_into(&mut self, run: Run, words: &mut [u32], units: &mut [u16]) {
        self.words.take(&mut words[..run.words]);
        self.units.take(&mut units[..run.units]);
        self.all.subtract(run);
        if self.is_empty() {
            self.clear();
        }
    }

    /// The first word of the record that begins there, its units of text and its words.
    fn record(&self, at: usize) -> Option<(u32, usize, usize)> {
        let (&word, lengths) = self.words.as_slice().get(at..)?.split_first()?;
        if let Some((data, id)) = short(word) {
            return Some((word, data.div_ceil(2) + id.div_ceil(2), 1));
        }
        let fields = fields(word);
        let units = lengths[..fields].iter().map(|&length| text::units(length)).sum();
        Some((word, units, 1 + fields))
    }

    fn clear(&mut self) {
        self.recent = self.units.fill().max(self.words.fill()).max(self.recent / 2);
        self.words.clear(self.recent, IDLE_CAPACITY / 4);
        self.units.clear(self.recent, IDLE_CAPACITY);
        self.all = Run::default();
        self.open = None;
    }

    /// Counts the record that was written last, or lets it join the one before it, so that one record
    /// crosses for both.
    #[inline]
    fn settle(&mut self, head: u32, words: usize, units: usize) {
        if self.open != Some(head) || !self.join(head) {
            self.all.add(Run::one(head, words, units));
            self.open = grows(head).then_some(head);
        }
    }

    /// Both records have two words, as all that may grow.
    #[inline(never)]
    fn join(&mut self, word: u32) -> bool {
        let [.., held, _, added] = self.words.as_mut_slice() else { return false };
        let (held_units, added_units) = (text::units(*held), text::units(*added));
        if held_units > 0 && (held_units + added_units) * 2 > MERGED_BYTES {
            return false;
        }
        *held = text::join(&mut self.units, *held, *added);
        let joint = text::units(*held);
        self.words.truncate(self.words.len() - GROWING_WORDS);
        self.all.subtract(Run::one(word, GROWING_WORDS, held_units));
        self.all.add(Run::one(word, GROWING_WORDS, joint));
        true
    }
}

const _: () = assert!(Kind::Notice as u32 <= 0xff, "a kind fits the lowest byte of its word");
