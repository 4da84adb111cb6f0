//! Which of several runs of one id it is, and who may append to it.
#![forbid(unsafe_code)]

use std::fmt;

/// Characters that an id on the wire may have anywhere.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LENGTH: usize = 8;

/// One run of an id, or one epoch of a channel: positions of another mean nothing in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation([u8; LENGTH]);

impl Generation {
    /// The one that chance says.
    #[must_use]
    pub fn new(chance: u64) -> Self {
        Self(std::array::from_fn(|at| {
            ALPHABET[usize::from((chance >> (6 * at)).to_le_bytes()[0] & 63)]
        }))
    }

    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|byte| ALPHABET.contains(byte)).then_some(Self(bytes))
    }

    /// In as few bytes as it takes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 6] {
        let place = |byte| ALPHABET.iter().position(|known| known == byte).unwrap_or_default();
        let bits = self.0.iter().rev().fold(0, |bits, byte| (bits << 6) | place(byte) as u64);
        let mut bytes = [0; 6];
        bytes.copy_from_slice(&bits.to_le_bytes()[..6]);
        bytes
    }

    /// Reads what [`Generation::to_bytes`] makes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 6]) -> Self {
        Self::new(bytes.iter().rev().fold(0, |bits, byte| (bits << 8) | u64::from(*byte)))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Of letters, digits, `-` and `_` alone.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the producer of a generation shows when it appends; another has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(pub u64);
