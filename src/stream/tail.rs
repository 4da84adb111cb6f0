//! What a body ended in, or failed at, for the report of it.

use std::collections::VecDeque;

/// How much is kept, in bytes.
const MAX: usize = 1024;

/// The end of a body, or what a failure is about.
#[derive(Debug, Default)]
pub struct Tail(VecDeque<u8>);

impl Tail {
    /// The body went on with `chunk`.
    pub fn keep(&mut self, chunk: &[u8]) {
        let chunk = last(chunk);
        let surplus = (self.0.len() + chunk.len()).saturating_sub(MAX);
        self.0.drain(..surplus);
        self.0.extend(chunk);
    }

    /// Keeps what a failure is about, where the end of the body is not kept.
    pub fn quote(&mut self, text: &[u8]) {
        if self.0.is_empty() {
            self.0.extend(last(text));
        }
    }

    /// Forgets what was kept: another body begins, or something else is to be quoted.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What is kept, if anything is.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        (!self.0.is_empty()).then(|| self.0.iter().copied().collect())
    }
}

fn last(text: &[u8]) -> &[u8] {
    &text[text.len().saturating_sub(MAX)..]
}
