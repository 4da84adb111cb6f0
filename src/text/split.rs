//! A text in pieces of so many bytes.
#![forbid(unsafe_code)]

use super::cut::cut;
use super::fence::Fence;

/// The least bytes of a piece: the size of the largest code point.
pub const LEAST: usize = 4;

/// How far back the beginning of a line is looked for, in bytes: one of a fence is shorter.
const LONGEST_LINE: usize = 256;

/// The pieces of a text, each of at most `limit` bytes and none of them empty.
///
/// A piece ends between two characters as people see them (graphemes), behind the end of a line, of a sentence or of a
/// word where its second half has one. A grapheme that is larger than a piece is divided between code points. A
/// fence of code that a piece leaves open is closed at its end and opened again by the next one, unless that took
/// more than half of a piece; but for these lines the pieces are the text.
///
/// # Panics
///
/// If `limit` is less than [`LEAST`].
#[must_use]
pub fn split_utf8(text: &str, limit: usize) -> Vec<String> {
    assert!(limit >= LEAST, "a piece has at least {LEAST} bytes");
    let mut pieces = Vec::new();
    let mut place = Place { at: 0, fence: None };
    while place.at < text.len() {
        let (piece, next) = piece(text, place, limit);
        pieces.push(piece);
        place = next;
    }
    pieces
}

/// Where a piece begins.
#[derive(Clone, Copy)]
struct Place<'a> {
    at: usize,
    /// What is open there.
    fence: Option<Fence<'a>>,
}

fn piece<'a>(text: &'a str, place: Place<'a>, limit: usize) -> (String, Place<'a>) {
    let opening = place.fence.filter(|fence| fits(fence, limit));
    let mut piece = String::new();
    if let Some(fence) = opening {
        piece.push_str(fence.line());
        piece.push('\n');
    }
    let room = limit - piece.len();
    if text.len() - place.at <= room {
        piece.push_str(&text[place.at..]);
        return (piece, Place { at: text.len(), fence: None });
    }
    // What is open at the end depends on the end, and the end on what closes it.
    let mut closing = 0;
    let (mut end, mut fence) = loop {
        let end = end_of(text, place, room - closing);
        let fence = open_at(text, place, end);
        let needed =
            fence.filter(|fence| fits(fence, limit)).map_or(0, |fence| fence.marker().len() + 1);
        if needed <= closing {
            break (end, fence);
        }
        closing = needed;
    };
    if let Some(closed) = fence.and_then(|fence| closing_line(text, end, fence, place.at + room)) {
        end = closed;
        fence = None;
    }
    piece.push_str(&text[place.at..end]);
    if let Some(open) = fence.filter(|fence| fits(fence, limit)) {
        if !piece.ends_with('\n') {
            piece.push('\n');
        }
        piece.push_str(open.marker());
    }
    (piece, Place { at: end, fence })
}

/// Whether closing a fence and opening it again leaves half of a piece for the text.
const fn fits(fence: &Fence<'_>, limit: usize) -> bool {
    fence.line().len() + fence.marker().len() + 2 <= limit / 2
}

/// Where a piece ends that has so much room: not behind a line that only opens a fence, and not within one.
fn end_of(text: &str, place: Place<'_>, room: usize) -> usize {
    let end = place.at + cut(&text[place.at..], room);
    let head = text[..end].trim_end_matches(['\n', '\r', ' ']);
    let start = head.rfind('\n').map_or(0, |at| at + 1);
    let line = &head[start..];
    if start <= place.at {
        return end;
    }
    let opens = Fence::opened_by(line).is_some() && open_at(text, place, start).is_none();
    let divides =
        !line.is_empty() && line.trim_start_matches(' ').trim_matches(['`', '~']).is_empty();
    let unfinished = divides && !ends_line(text, end) && !text[..end].ends_with('\n');
    if opens || unfinished { start } else { end }
}

/// Whether a line ends at `at`.
fn ends_line(text: &str, at: usize) -> bool {
    at == text.len() || text[at..].starts_with('\n') || text[at..].starts_with("\r\n")
}

/// The fence that is open at `end`, whatever a line that is not over yet says.
fn open_at<'a>(text: &'a str, place: Place<'a>, end: usize) -> Option<Fence<'a>> {
    let mut fence = place.fence;
    // A piece may begin within a line.
    let mut start = line_start(text, place.at);
    let mut at = place.at;
    for piece in text[place.at..end].split_inclusive('\n') {
        at += piece.len();
        let whole = piece.ends_with('\n') || ends_line(text, at);
        if let Some(start) = start.filter(|_| whole) {
            let line = text[start..at].trim_end_matches(['\n', '\r']);
            fence = match fence {
                Some(open) if open.is_closed_by(line) => None,
                None => Fence::opened_by(line),
                open => open,
            };
        }
        start = Some(at);
    }
    fence
}

/// Where the line at `at` begins, unless it is too long for a fence.
fn line_start(text: &str, at: usize) -> Option<usize> {
    let bytes = &text.as_bytes()[..at];
    let from = at.saturating_sub(LONGEST_LINE);
    let found = bytes[from..].iter().rposition(|byte| *byte == b'\n');
    found.map(|index| from + index + 1).or_else(|| (from == 0).then_some(0))
}

/// The end of the line that closes a fence, if that line comes next and ends at most at `most`.
fn closing_line(text: &str, at: usize, fence: Fence<'_>, most: usize) -> Option<usize> {
    let line = text[at..].split_inclusive('\n').next()?;
    let starts = line_start(text, at) == Some(at);
    let closes = starts && fence.is_closed_by(line.trim_end_matches(['\n', '\r']));
    (closes && at + line.len() <= most).then_some(at + line.len())
}
