//! The framing of line-delimited JSON.
#![forbid(unsafe_code)]

use memchr::memchr;

use crate::protocol::{Event, Framing, Item, Oversize};

/// The UTF-8 byte order mark.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Cuts a body into lines at LF; each line that is not blank is an event without a name.
///
/// A line that lies whole in one chunk is lent out of it.
#[derive(Debug)]
pub struct JsonLines {
    /// What of the current line came in earlier chunks; or the last line, which was lent out.
    line: Vec<u8>,
    state: State,
    limit: usize,
}

/// What [`JsonLines`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The beginning of a line, perhaps empty.
    Filling,
    /// A line that was handed out and is forgotten when the next one is asked for.
    Lent,
    /// Nothing: a line was too large.
    Failed,
}

impl JsonLines {
    /// A framing at the start of a body. `max_event_size` bounds a line, in bytes; `None` disables
    /// the bound.
    #[must_use]
    pub fn new(max_event_size: Option<usize>) -> Self {
        let limit = max_event_size.unwrap_or(usize::MAX);
        Self { line: Vec::new(), state: State::Filling, limit }
    }

    fn take_back(&mut self) {
        if self.state == State::Lent {
            self.state = State::Filling;
            // A single long line must not hold its memory for the rest of a long stream.
            if self.line.capacity() > KEPT {
                self.line = Vec::new();
            }
            self.line.clear();
        }
    }

    fn fail(&mut self, input: &mut &[u8]) -> Oversize {
        *input = &[];
        self.line = Vec::new();
        self.state = State::Failed;
        Oversize { limit: self.limit }
    }
}

/// How much memory is kept from line to line, in bytes: many times what a line of a chat has.
const KEPT: usize = 64 * 1024;

impl Framing for JsonLines {
    fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Item<'a>>, Oversize> {
        self.take_back();
        if self.state == State::Failed {
            return Err(self.fail(input));
        }
        while !input.is_empty() {
            let end = memchr(b'\n', input);
            let (piece, rest) = input.split_at(end.unwrap_or(input.len()));
            if piece.len() > self.limit.saturating_sub(self.line.len()) {
                return Err(self.fail(input));
            }
            *input = rest.get(1..).unwrap_or_default();
            if end.is_none() {
                self.line.extend_from_slice(piece);
            } else if self.line.is_empty() {
                let data = trim(piece);
                if !data.is_empty() {
                    return Ok(Some(Item::Event(event(data))));
                }
            } else {
                self.line.extend_from_slice(piece);
                if trim(&self.line).is_empty() {
                    self.line.clear();
                    continue;
                }
                self.state = State::Lent;
                return Ok(Some(Item::Event(event(trim(&self.line)))));
            }
        }
        Ok(None)
    }

    fn end(&mut self) -> Option<Event<'_>> {
        self.take_back();
        self.state = State::Lent;
        let data = trim(&self.line);
        (!data.is_empty()).then(|| event(data))
    }
}

/// The line without the white space around it, and without a mark that begins a body.
fn trim(line: &[u8]) -> &[u8] {
    line.strip_prefix(MARK).unwrap_or(line).trim_ascii()
}

const fn event(data: &[u8]) -> Event<'_> {
    Event { name: None, data, id: None, retry: None }
}
