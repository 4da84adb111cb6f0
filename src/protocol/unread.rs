//! What a body says outside of all fields.
#![forbid(unsafe_code)]

/// The most that is kept, in bytes: a page of an error, or an answer that is no stream.
const MAX: usize = 16 * 1024;

/// Lines that mean nothing to an event stream, such as a body of JSON that is none.
#[derive(Debug, Default)]
pub(super) struct Unread {
    text: Vec<u8>,
    /// Whether the present line is one of them.
    begun: bool,
}

impl Unread {
    pub(super) fn push(&mut self, piece: &[u8]) {
        let room = MAX.saturating_sub(self.text.len());
        self.text.extend_from_slice(&piece[..piece.len().min(room)]);
        self.begun = true;
    }

    pub(super) fn end_line(&mut self) {
        if std::mem::take(&mut self.begun) && self.text.len() < MAX {
            self.text.push(b'\n');
        }
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text)
    }
}
