//! What a mailbox carries.
#![forbid(unsafe_code)]

/// The kind of a record, as JavaScript sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// An event; waits until the consumer asks.
    Event = 0,
    /// A comment; waits like an event.
    Comment = 1,
    /// An id committed by a block without data; waits, so that it keeps its place.
    Id = 2,
    /// Bytes of a re-encoded stream; wait like the events that they are.
    Bytes = 3,
    /// Something about the stream itself, in JSON; delivered unasked once it is first in line.
    Notice = 4,
}

/// One record, borrowed. Text is UTF-8, possibly malformed.
#[derive(Clone, Copy, Debug)]
pub enum Letter<'a> {
    /// An event.
    Event {
        /// Its name; `None` for `message`.
        name: Option<&'a [u8]>,
        /// Its data.
        data: &'a [u8],
        /// The id field of this very event.
        id: Option<&'a [u8]>,
        /// The `retry` field of this very event, in milliseconds.
        retry: Option<u64>,
    },
    /// A comment.
    Comment(&'a [u8]),
    /// An id without an event.
    Id(&'a [u8]),
    /// Bytes of a re-encoded stream.
    Bytes(&'a [u8]),
    /// JSON about the stream itself.
    Notice(&'a str),
}

/// The event record has a name field.
pub const HAS_NAME: u32 = 1 << 8;
/// The record has an id field.
pub const HAS_ID: u32 = 1 << 9;
/// The event record has a `retry` field, in decimal.
pub const HAS_RETRY: u32 = 1 << 10;

impl Letter<'_> {
    /// The kind that crosses for it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Event { .. } => Kind::Event,
            Self::Comment(_) => Kind::Comment,
            Self::Id(_) => Kind::Id,
            Self::Bytes(_) => Kind::Bytes,
            Self::Notice(_) => Kind::Notice,
        }
    }

    /// What it counts towards a mailbox's bound of bytes.
    #[must_use]
    pub fn cost(&self) -> usize {
        match self {
            Self::Event { name, data, id, .. } => {
                data.len() + name.map_or(0, <[u8]>::len) + id.map_or(0, <[u8]>::len)
            }
            Self::Comment(text) | Self::Id(text) | Self::Bytes(text) => text.len(),
            Self::Notice(text) => text.len(),
        }
    }
}

/// How many length words follow a record's first word.
pub const fn fields(word: u32) -> usize {
    1 + ((word & HAS_NAME) >> 8) as usize
        + ((word & HAS_ID) >> 9) as usize
        + ((word & HAS_RETRY) >> 10) as usize
}

/// Whether a record is delivered although the consumer did not ask.
pub const fn unasked(word: u32) -> bool {
    word & 0xff == Kind::Notice as u32
}

/// Whether a record is what an iterator waits for; comments and ids pass it by.
pub const fn awaited(word: u32) -> bool {
    word & 0xff == Kind::Event as u32 || word & 0xff == Kind::Bytes as u32
}
