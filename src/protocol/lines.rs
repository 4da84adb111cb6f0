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
        // The blank line that ends an event; to look for its end would cost as much as a line's.
        if *input.first()? == b'\n' {
            let (line, rest) = input.split_at(0);
            *input = &rest[1..];
            return Some((line, true));
        }
        let Some(at) = memchr2(b'\r', b'\n', input) else {
            let piece = *input;
            *input = &input[piece.len()..];
            return Some((piece, false));
        };
        let (piece, ending) = input.split_at(at);
        self.after_cr = ending == b"\r";
        *input = &ending[if ending.starts_with(b"\r\n") { 2 } else { 1 }..];
        Some((piece, true))
    }
}
