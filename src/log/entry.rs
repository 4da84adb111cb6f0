//! What is appended at a time.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

use super::varint;

/// The form of entries. Another one begins with another number.
const VERSION: u8 = 1;

/// What the frames of an entry are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Text of an event stream: an event each, without its id.
    Frames = 0,
    /// Bytes as they came, in one frame.
    Raw = 1,
    /// The end of a run: one frame, in JSON.
    End = 2,
}

impl Kind {
    /// As it is kept.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Raw => "raw",
            Self::End => "end",
        }
    }
}

/// Frames that were appended together: in memory, and in the bytes that other processes read, the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    kind: Kind,
    bytes: Vec<u8>,
    /// Where each frame ends.
    ends: Vec<u32>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, bytes, ends } = self;
        write!(f, "Entry({kind:?}, {} frames, {} bytes)", ends.len(), bytes.len())
    }
}

/// Bytes that are no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryError {
    /// Of a version that this one does not know.
    Version(u8),
    /// Cut off, or of an unknown kind.
    Malformed,
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(
                f,
                "an entry of the log has version {version}, and {VERSION} is known; update perennial-sse"
            ),
            Self::Malformed => f.write_str("an entry of the log is malformed"),
        }
    }
}

impl Error for EntryError {}

impl Entry {
    /// Without frames.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind, bytes: Vec::new(), ends: Vec::new() }
    }

    /// Appends a frame. An entry has room for 4 GiB, more than any bound.
    pub fn push(&mut self, frame: &[u8]) {
        self.bytes.extend_from_slice(frame);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// What its frames are.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// How many frames it has.
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all its frames.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    /// What it takes in memory, at least.
    #[must_use]
    pub const fn footprint(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<u32>() + size_of::<Self>()
    }

    /// A frame, counted from 0.
    #[must_use]
    pub fn frame(&self, at: usize) -> Option<&[u8]> {
        let end = *self.ends.get(at)? as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.bytes.get(start..end)
    }

    /// As other processes read it: the version, the kind, and each frame behind its length.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 2 + 3 * self.ends.len());
        out.extend([VERSION, self.kind as u8]);
        for frame in (0..).map_while(|at| self.frame(at)) {
            varint::write(frame.len() as u64, &mut out);
            out.extend_from_slice(frame);
        }
        out
    }

    /// Reads what [`Entry::encode`] writes.
    ///
    /// # Errors
    ///
    /// [`EntryError`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        let [version, kind, rest @ ..] = bytes else { return Err(EntryError::Malformed) };
        if *version != VERSION {
            return Err(EntryError::Version(*version));
        }
        let kind = [Kind::Frames, Kind::Raw, Kind::End]
            .into_iter()
            .find(|known| *known as u8 == *kind)
            .ok_or(EntryError::Malformed)?;
        let mut entry = Self::new(kind);
        let mut rest = rest;
        while !rest.is_empty() {
            let frame = varint::read_bytes(&mut rest).ok_or(EntryError::Malformed)?;
            entry.push(frame);
        }
        Ok(entry)
    }

    /// Gives back memory that no frame needs.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}
