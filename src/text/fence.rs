//! Fences of code in Markdown: what opens one, what closes it.
#![forbid(unsafe_code)]

/// A fence that is open: its line, without the end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence<'a> {
    line: &'a str,
    /// The back ticks or tildes.
    marker: &'a str,
}

impl<'a> Fence<'a> {
    /// The fence that a line opens, if it does.
    pub fn opened_by(line: &'a str) -> Option<Self> {
        let marker = marker_of(line)?;
        let words = &line.trim_start_matches(' ')[marker.len()..];
        // `` `a` `` in one line is code within a text.
        (!words.contains('`')).then_some(Self { line, marker })
    }

    /// Whether a line closes it.
    pub fn is_closed_by(&self, line: &str) -> bool {
        marker_of(line).is_some_and(|marker| {
            marker.as_bytes().first() == self.marker.as_bytes().first()
                && marker.len() >= self.marker.len()
                && line.trim().len() == marker.len()
        })
    }

    /// The line that opens it.
    pub const fn line(&self) -> &'a str {
        self.line
    }

    /// What closes it.
    pub const fn marker(&self) -> &'a str {
        self.marker
    }
}

/// The back ticks or tildes that a line begins with, at least three behind at most three blanks.
fn marker_of(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(' ');
    let first = rest.chars().next().filter(|first| matches!(first, '`' | '~'))?;
    let length = rest.len() - rest.trim_start_matches(first).len();
    (line.len() - rest.len() <= 3 && length >= 3).then(|| &rest[..length])
}
