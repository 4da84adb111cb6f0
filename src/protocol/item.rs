//! What a body says.
#![forbid(unsafe_code)]

/// One thing that a body said, in the order in which it said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A block with data ended at its blank line.
    Event(Event<'a>),
    /// A comment line ended: its text without the colon and one space after it, cut to
    /// [`MAX_COMMENT`](super::MAX_COMMENT) bytes.
    Comment(&'a [u8]),
    /// A valid `retry` line ended: the new reconnection time in milliseconds, saturating and not
    /// clamped.
    Retry(u64),
    /// A block without data ended, and an `id` field stood in it: the id counts although nothing
    /// is dispatched (WHATWG HTML 9.2.6, dispatch step 1). Empty means reset.
    Id(&'a [u8]),
}

/// An event as it stood in the body. Every field is raw bytes, without CR or LF but in `data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event type. `None` means `message`: the field was absent or empty.
    pub name: Option<&'a [u8]>,
    /// The data lines, joined by LF.
    pub data: &'a [u8],
    /// The id, when an `id` field stood in this very block. Empty means reset.
    pub id: Option<&'a [u8]>,
    /// The reconnection time in milliseconds, when a valid `retry` field stood in this block. It
    /// was already reported as [`Item::Retry`] when its line ended.
    pub retry: Option<u64>,
}
