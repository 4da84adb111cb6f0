//! Where lines end.
#![forbid(unsafe_code)]

use memchr::memchr2;

/// Cuts chunks into lines, or pieces of lines, at CR, LF and CRLF (WHATWG HTML 9.2.5).
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The last chunk ended with CR. That CR has ended its line already, because waiting for the
    /// next byte would delay an event; an LF that follows belongs to it.
    after_cr: bool,
}

impl Lines {
    /// Takes the next piece of a line from `input`, and whether the line ends with it.
    pub(super) fn take<'i>(&mut self, input: &mut &'i [u8]) -> Option<(&'i [u8], bool)> {
        if self.after_cr && !input.is_empty() {
            self.after_cr = false;
            *input = input.strip_prefix(b"\n").unwrap_or(input);
        }
        if input.is_empty() {
            return None;
        }
        let Some(at) = ending(input) else {
            let piece = *input;
            *input = &[];
            return Some((piece, false));
        };
        let (piece, ending) = input.split_at(at);
        self.after_cr = ending == b"\r";
        *input = &ending[if ending.starts_with(b"\r\n") { 2 } else { 1 }..];
        Some((piece, true))
    }

    /// Whether an LF that comes next would belong to the last line.
    pub(super) const fn after_cr(&self) -> bool {
        self.after_cr
    }
}

/// Splits off a line that ends with LF or CRLF, and what is behind it.
#[inline]
pub(super) fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = text.split_at(ending(text)?);
    Some((line, strip_ending(rest)?))
}

/// What is behind the LF or CRLF that `text` begins with.
#[inline]
pub(super) fn strip_ending(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// Where the first CR or LF is.
#[inline]
fn ending(text: &[u8]) -> Option<usize> {
    const ONES: u128 = u128::from_ne_bytes([1; 16]);
    const HIGH: u128 = ONES << 7;
    // Bytes below this are rare in text but for the ends of lines.
    const ABOVE: u128 = ONES * 14;
    // A call would cost more than a look at the few bytes of a short line.
    if let Some(front) = text.first_chunk() {
        let word = u128::from_le_bytes(*front);
        let low = word.wrapping_sub(ABOVE) & !word & HIGH;
        let at = low.trailing_zeros() as usize / 8;
        if let Some(b'\r' | b'\n') = front.get(at) {
            return Some(at);
        }
    }
    memchr2(b'\r', b'\n', text)
}
