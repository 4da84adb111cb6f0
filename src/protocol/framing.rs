//! How a body is cut into items.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

use super::item::{Event, Item};

/// Bytes in, items out: one implementation for each wire format.
pub trait Framing: Send {
    /// Takes from the front of `input` until an item is complete.
    ///
    /// `None` means that `input` is exhausted. Pull-based, so that a caller that has no room for another
    /// item can stop in the middle of a chunk and offer the rest later. The items do not depend on
    /// how the body is cut into chunks.
    ///
    /// # Errors
    ///
    /// [`Oversize`] when an event outgrows its bound. The rest of the body is then lost: `input` is
    /// exhausted, and every further call fails in the same way until [`end`](Self::end).
    fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Item<'a>>, Oversize>;

    /// The body ended: the event that was never finished, if it holds data.
    ///
    /// The caller decides whether it counts; WHATWG HTML 9.2.6 discards it. Afterwards the framing
    /// is as new, ready for another body.
    fn end(&mut self) -> Option<Event<'_>>;

    /// What stood in the body outside of all items, lines ended by LF: as much of its beginning as was
    /// asked to be kept, and nothing where none was.
    fn take_unread(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

impl<F: Framing + ?Sized> Framing for Box<F> {
    fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Item<'a>>, Oversize> {
        (**self).next(input)
    }

    fn end(&mut self) -> Option<Event<'_>> {
        (**self).end()
    }

    fn take_unread(&mut self) -> Vec<u8> {
        (**self).take_unread()
    }
}

/// An event, or a line of one, is larger than its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oversize {
    /// The bound, in bytes.
    pub limit: usize,
}

impl fmt::Display for Oversize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event is larger than {} bytes; raise the maximum event size", self.limit)
    }
}

impl Error for Oversize {}
