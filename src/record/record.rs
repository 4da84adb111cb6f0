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
    /// A piece of an answer's visible text; waits like an event, as do all that follow.
    Content = 5,
    /// A piece of what the model thought.
    Reasoning = 6,
    /// A piece of a refusal.
    Refusal = 7,
    /// A piece of a tool call's arguments.
    Arguments = 8,
    /// Anything else that an answer is made of, in JSON.
    Delta = 9,
}

/// Whose text a piece of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The answer's.
    Content,
    /// The model's thoughts.
    Reasoning,
    /// The refusal's.
    Refusal,
    /// A tool call's.
    Arguments,
}

/// One record, borrowed. Text is UTF-8, possibly malformed.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
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
    /// The next piece of a text. While it waits, it is joined by those that follow.
    Piece {
        /// Whose text it is.
        voice: Voice,
        /// Which alternative answer, below 128.
        choice: u32,
        /// Which tool call, below 128; 0 for other voices.
        index: u32,
        /// The piece.
        text: &'a str,
    },
    /// JSON about an answer.
    Delta(&'a str),
}

/// The event record has a name field.
pub const HAS_NAME: u32 = 1 << 8;
/// The record has an id field.
pub const HAS_ID: u32 = 1 << 9;
/// The event record has a `retry` field, in decimal.
pub const HAS_RETRY: u32 = 1 << 10;
/// The event record has no length words: it has only data and perhaps an id, of one byte a character
/// and so short that their lengths stand in the first word, ten bits and eight.
const SHORT: u32 = 1 << 11;
const DATA: u32 = 12;
const ID: u32 = 22;
const TEN_BITS: u32 = 0x3ff;
const EIGHT_BITS: u32 = 0xff;
/// Where a piece's choice and index stand, seven bits each.
const CHOICE: u32 = 11;
const INDEX: u32 = 18;
const SEVEN_BITS: u32 = 0x7f;

impl Record<'_> {
    /// The kind that crosses for it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Event { .. } => Kind::Event,
            Self::Comment(_) => Kind::Comment,
            Self::Id(_) => Kind::Id,
            Self::Bytes(_) => Kind::Bytes,
            Self::Notice(_) => Kind::Notice,
            Self::Piece { voice, .. } => match voice {
                Voice::Content => Kind::Content,
                Voice::Reasoning => Kind::Reasoning,
                Voice::Refusal => Kind::Refusal,
                Voice::Arguments => Kind::Arguments,
            },
            Self::Delta(_) => Kind::Delta,
        }
    }

    /// Its first word.
    #[must_use]
    pub(super) fn head(&self) -> u32 {
        let kind = self.kind() as u32;
        match *self {
            Self::Event { name, id, retry, .. } => {
                let flag = |given: bool, flag| if given { flag } else { 0 };
                kind | flag(name.is_some(), HAS_NAME)
                    | flag(id.is_some(), HAS_ID)
                    | flag(retry.is_some(), HAS_RETRY)
            }
            Self::Piece { choice, index, .. } => {
                kind | (choice & SEVEN_BITS) << CHOICE | (index & SEVEN_BITS) << INDEX
            }
            _ => kind,
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
            Self::Notice(text) | Self::Delta(text) | Self::Piece { text, .. } => text.len(),
        }
    }
}

/// The first word of an event with the lengths in it, given what it is otherwise and its length words:
/// of its data, and if it has nothing else but an id, of that.
#[inline]
pub fn shortened(word: u32, data: u32, id: u32) -> Option<u32> {
    let plain = word & (HAS_NAME | HAS_RETRY) == 0 && (data | id) & 1 == 0;
    let (data, id) = (data >> 1, id >> 1);
    let short = plain && data <= TEN_BITS && id <= EIGHT_BITS;
    short.then_some(word | SHORT | data << DATA | id << ID)
}

/// How many characters of data and of an id an event has whose lengths are in its first word.
#[inline]
pub const fn short(word: u32) -> Option<(usize, usize)> {
    // Of other kinds these bits say something else.
    if word & (EIGHT_BITS | SHORT) != Kind::Event as u32 | SHORT {
        return None;
    }
    Some(((word >> DATA & TEN_BITS) as usize, (word >> ID & EIGHT_BITS) as usize))
}

/// How many length words follow a record's first word.
pub const fn fields(word: u32) -> usize {
    if short(word).is_some() {
        return 0;
    }
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
    let kind = word & 0xff;
    kind == Kind::Event as u32 || kind == Kind::Bytes as u32 || kind >= Kind::Content as u32
}

/// Whether a record may be joined by what follows with the same first word.
pub const fn grows(word: u32) -> bool {
    let kind = word & 0xff;
    kind == Kind::Bytes as u32 || kind >= Kind::Content as u32 && kind < Kind::Delta as u32
}
