//! Events to bytes.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::io::Write;

use memchr::{memchr2, memchr3};

use super::item::Event;
use super::lines::Lines;

/// An event to be sent. Every field may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outgoing<'a> {
    /// A comment ahead of the event; several lines become several comments.
    pub comment: Option<&'a str>,
    /// The event type. Empty means `message`, as absence does, and is not written.
    pub event: Option<&'a str>,
    /// The id that a client resumes from. Empty makes the client forget its id.
    pub id: Option<&'a str>,
    /// The reconnection time in milliseconds.
    pub retry: Option<u64>,
    /// The data. CR, LF and CRLF each begin another data line and arrive as LF. Without data a
    /// client dispatches nothing, but keeps the id and the reconnection time.
    pub data: Option<&'a str>,
}

/// A field that cannot be sent as it is: it holds CR, LF or NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The event type.
    Event,
    /// The id.
    Id,
}

impl EncodeError {
    /// The name of the field.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Id => "id",
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must not contain CR, LF or NUL; remove them before encoding", self.field())
    }
}

impl Error for EncodeError {}

/// Appends `event` to `out`, ready to be sent.
///
/// Nothing but a comment makes comment lines alone; nothing at all makes no bytes.
///
/// # Errors
///
/// [`EncodeError`] when `event` or `id` holds CR, LF or NUL: they would end the line, and let
/// the author of the text write further fields. `out` is then left as it was.
pub fn encode_event(event: &Outgoing<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let breaks = |text: Option<&str>| {
        text.is_some_and(|text| memchr3(b'\r', b'\n', b'\0', text.as_bytes()).is_some())
    };
    if breaks(event.event) {
        return Err(EncodeError::Event);
    }
    if breaks(event.id) {
        return Err(EncodeError::Id);
    }
    if let Some(comment) = event.comment {
        encode_comment(comment.as_bytes(), out);
    }
    let start = out.len();
    encode_fields(
        event.event.map(str::as_bytes),
        event.id.map(str::as_bytes),
        event.retry,
        event.data.map(str::as_bytes),
        out,
    );
    if out.len() > start {
        out.push(b'\n');
    }
    Ok(())
}

/// Appends a decoded event to `out`, byte for byte what it said, invalid UTF-8 included.
///
/// A name with CR or LF, or an id with CR, LF or NUL, which no decoder yields, is left out.
pub fn encode_decoded(event: &Event<'_>, out: &mut Vec<u8>) {
    let name = event.name.filter(|name| memchr2(b'\r', b'\n', name).is_none());
    let id = event.id.filter(|id| memchr3(b'\r', b'\n', b'\0', id).is_none());
    encode_fields(name, id, event.retry, Some(event.data), out);
    out.push(b'\n');
}

/// Appends a comment to `out`, each line of it as a comment of its own.
///
/// No blank line follows: a comment ends with its line, and some clients take a blank line behind
/// a comment for an empty event.
pub fn encode_comment(text: &[u8], out: &mut Vec<u8>) {
    encode_lines(b"", text, out);
}

fn encode_fields(
    name: Option<&[u8]>,
    id: Option<&[u8]>,
    retry: Option<u64>,
    data: Option<&[u8]>,
    out: &mut Vec<u8>,
) {
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        encode_line(b"event", name, out);
    }
    if let Some(id) = id {
        encode_line(b"id", id, out);
    }
    if let Some(retry) = retry {
        // Writing to a vector cannot fail.
        let _ = writeln!(out, "retry: {retry}");
    }
    if let Some(data) = data {
        encode_lines(b"data", data, out);
    }
}

fn encode_lines(field: &[u8], text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    let mut lines = Lines::default();
    let mut open = true;
    while let Some((line, ended)) = lines.take(&mut rest) {
        encode_line(field, line, out);
        open = ended;
    }
    if open {
        encode_line(field, b"", out);
    }
}

/// Writes the space that readers which match `data: ` literally expect, but none behind which
/// nothing follows. The colon stays even then: not every reader knows fields without one.
fn encode_line(field: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(field);
    out.push(b':');
    if !value.is_empty() {
        out.push(b' ');
        out.extend_from_slice(value);
    }
    out.push(b'\n');
}
