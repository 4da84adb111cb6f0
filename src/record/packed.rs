//! One text, or bytes, packed once for many receivers.
#![forbid(unsafe_code)]

use super::fifo::Fifo;
use super::text;

/// A text, or bytes, in the form in which it crosses into JavaScript.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Its length word.
    length: u32,
    units: Box<[u16]>,
}

impl Packed {
    /// Text is UTF-8, possibly malformed.
    #[must_use]
    pub fn text(text: &[u8]) -> Self {
        Self::new(|units| text::append(units, text))
    }

    /// Bytes as they are.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::new(|units| text::append_bytes(units, bytes))
    }

    /// How many units of a batch it takes.
    #[must_use]
    pub const fn units(&self) -> usize {
        self.units.len()
    }

    pub(super) const fn length(&self) -> u32 {
        self.length
    }

    pub(super) fn write(&self, target: &mut [u16]) {
        target[..self.units.len()].copy_from_slice(&self.units);
    }

    fn new(append: impl FnOnce(&mut Fifo<u16>) -> u32) -> Self {
        let mut units = Fifo::default();
        let length = append(&mut units);
        Self { length, units: units.as_slice().into() }
    }
}
