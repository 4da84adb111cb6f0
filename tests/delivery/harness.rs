//! The consumer's side of a ready list: drains batches and reads what is packed in them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use perennial_sse::delivery::{Deliver, Drained, Limits, Mailbox, ReadyList};
use perennial_sse::record::{Batch, PREFIXED, Packed, Queue, Record, SHARED};

/// The producer's side, a record at a time.
pub trait TryPush {
    /// Puts a record in, if there is room for it.
    fn try_push(&self, record: &Record<'_>) -> bool;
}

impl TryPush for Arc<Mailbox> {
    fn try_push(&self, record: &Record<'_>) -> bool {
        let mut buffer = Queue::default();
        let fits = self.room().fits(&buffer, record.cost());
        if fits {
            buffer.push(record);
            self.push(&mut buffer);
        }
        fits
    }
}

/// A record as the consumer gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    Event {
        name: Option<String>,
        data: String,
        id: Option<String>,
        retry: Option<String>,
    },
    Comment(String),
    Id(String),
    Bytes(Vec<u8>),
    Notice(String),
    /// Its kind, choice and index, and the text.
    Piece([u32; 3], String),
    Delta(String),
    /// A payload that many receivers share, and the prefix of this one.
    Shared(Vec<u8>, Option<String>),
}

/// One payload for many receivers. All of them have a prefix, or none has.
pub struct Broadcast {
    payload: Packed,
    plain: Vec<u32>,
    prefixed: Vec<(u32, Packed)>,
    /// How many have been served.
    served: Mutex<usize>,
}

impl Broadcast {
    pub fn new(payload: &str, plain: &[u32]) -> Arc<Self> {
        Self::with(payload, plain.to_vec(), Vec::new())
    }

    pub fn prefixed(payload: &str, receivers: &[(u32, &str)]) -> Arc<Self> {
        let pack = |&(number, prefix): &(u32, &str)| (number, Packed::text(prefix.as_bytes()));
        Self::with(payload, Vec::new(), receivers.iter().map(pack).collect())
    }

    fn with(payload: &str, plain: Vec<u32>, prefixed: Vec<(u32, Packed)>) -> Arc<Self> {
        let payload = Packed::bytes(payload.as_bytes());
        Arc::new(Self { payload, plain, prefixed, served: Mutex::new(0) })
    }
}

impl Deliver for Broadcast {
    fn deliver(&self, batch: &mut Batch<'_>) -> Option<usize> {
        let mut served = self.served.lock().unwrap();
        let (left, units) = if self.prefixed.is_empty() {
            let plain = &self.plain[*served..];
            let count = batch.share(&self.payload, plain);
            *served += count;
            (plain.len() - count, 0)
        } else {
            let all: Vec<_> =
                self.prefixed[*served..].iter().map(|(id, text)| (*id, text)).collect();
            let count = batch.share_prefixed(&self.payload, &all);
            *served += count;
            (all.len() - count, all[count..].iter().map(|(_, prefix)| prefix.units()).sum())
        };
        (left > 0).then(|| 2 * (self.payload.units() + units))
    }
}

/// The words and units that one drain filled.
#[derive(Debug)]
pub struct Filled {
    pub drained: Drained,
    pub words: Vec<u32>,
    pub units: Vec<u16>,
}

/// Drains once into a batch of this size.
pub fn pack(ready_list: &ReadyList, words: usize, units: usize) -> Filled {
    let mut packed = Filled { drained: Drained::All, words: vec![0; words], units: vec![0; units] };
    let mut batch = Batch::new(&mut packed.words, &mut packed.units);
    packed.drained = ready_list.drain(&mut batch);
    let used = batch.words_used();
    packed.words.truncate(used);
    packed
}

/// Drains until nothing is left, with batches as large as they have to be.
pub fn drain(ready_list: &ReadyList) -> Vec<(u32, Received)> {
    let mut records = Vec::new();
    let mut units = 32 * 1024;
    loop {
        let packed = pack(ready_list, 8 * 1024, units);
        records.extend(packed.records());
        match packed.drained {
            Drained::All => return records,
            Drained::More => {}
            Drained::TooSmall(bytes) => {
                assert!(bytes > units * 2, "{bytes} bytes fit {units} units");
                units = bytes.div_ceil(2);
            }
        }
    }
}

impl Filled {
    /// The records, each with the number of its receiver.
    pub fn records(&self) -> Vec<(u32, Received)> {
        let mut reader = Reader { words: &self.words, units: &self.units };
        let mut records = Vec::new();
        while !reader.words.is_empty() {
            let (number, count) = (reader.word(), reader.word());
            assert!(count & !(SHARED | PREFIXED) > 0, "an empty group");
            if count & SHARED == 0 {
                records.extend((0..count).map(|_| (number, reader.record())));
                continue;
            }
            let (_, payload) = reader.bytes(number);
            for _ in 0..count & !(SHARED | PREFIXED) {
                let number = reader.word();
                let prefix = (count & PREFIXED != 0).then(|| reader.text());
                records.push((number, Received::Shared(payload.clone(), prefix)));
            }
        }
        records
    }
}

struct Reader<'a> {
    words: &'a [u32],
    units: &'a [u16],
}

impl Reader<'_> {
    fn word(&mut self) -> u32 {
        let (first, rest) = self.words.split_first().expect("a word");
        self.words = rest;
        *first
    }

    fn record(&mut self) -> Received {
        let head = self.word();
        match head & 0xff {
            0 if head & 1 << 11 != 0 => {
                let (data, id) = (head >> 12 & 0x3ff, head >> 22);
                Received::Event {
                    data: self.narrow(data),
                    name: None,
                    id: (head & 1 << 9 != 0).then(|| self.narrow(id)),
                    retry: None,
                }
            }
            0 => Received::Event {
                data: self.text(),
                name: (head & 1 << 8 != 0).then(|| self.text()),
                id: (head & 1 << 9 != 0).then(|| self.text()),
                retry: (head & 1 << 10 != 0).then(|| self.text()),
            },
            1 => Received::Comment(self.text()),
            2 => Received::Id(self.text()),
            3 => Received::Bytes(self.field().1),
            4 => Received::Notice(self.text()),
            kind @ 5..=8 => {
                Received::Piece([kind, head >> 11 & 0x7f, head >> 18 & 0x7f], self.text())
            }
            9 => Received::Delta(self.text()),
            kind => panic!("unknown kind {kind}"),
        }
    }

    fn text(&mut self) -> String {
        let (wide, bytes) = self.field();
        if !wide {
            return bytes.into_iter().map(char::from).collect();
        }
        let pairs = bytes.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]]));
        String::from_utf16(&pairs.collect::<Vec<_>>()).expect("well-formed UTF-16")
    }

    fn narrow(&mut self, length: u32) -> String {
        self.bytes(length << 1).1.into_iter().map(char::from).collect()
    }

    fn field(&mut self) -> (bool, Vec<u8>) {
        let word = self.word();
        self.bytes(word)
    }

    fn bytes(&mut self, word: u32) -> (bool, Vec<u8>) {
        let (wide, length) = (word & 1 == 1, (word >> 1) as usize);
        let units = if wide { length } else { length.div_ceil(2) };
        let (field, rest) = self.units.split_at(units);
        self.units = rest;
        let mut bytes: Vec<u8> = field.iter().flat_map(|unit| unit.to_ne_bytes()).collect();
        bytes.truncate(if wide { length * 2 } else { length });
        (wide, bytes)
    }
}

/// A ready list that counts how often it notifies.
pub fn ready_list() -> (Arc<ReadyList>, Arc<AtomicUsize>) {
    let wakeups = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&wakeups);
    let ready_list = ReadyList::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    (ready_list, wakeups)
}

/// A mailbox with so many places and room for text without end.
pub fn mailbox(number: u32, events: usize, ready_list: &Arc<ReadyList>) -> Arc<Mailbox> {
    Mailbox::new(number, Limits { events, bytes: usize::MAX / 4 }, ready_list)
}

/// An event of nothing but data.
pub fn data(text: &str) -> Record<'_> {
    Record::Event { name: None, data: text.as_bytes(), id: None, retry: None }
}

/// What the consumer gets of [`data`].
pub fn event(text: &str) -> Received {
    Received::Event { name: None, data: text.into(), id: None, retry: None }
}

/// What a consumer gets of a [`Broadcast`].
pub fn shared(payload: &str, prefix: Option<&str>) -> Received {
    Received::Shared(payload.into(), prefix.map(str::to_owned))
}

pub fn notice(text: &str) -> Received {
    Received::Notice(text.into())
}

/// The records without the number of their mailbox.
pub fn contents(records: Vec<(u32, Received)>) -> Vec<Received> {
    records.into_iter().map(|(_, record)| record).collect()
}
