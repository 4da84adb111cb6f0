//! For how long frames wait for others.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::log::Entry;

/// The shortest wait: a frame that comes later than this after the last one goes at once.
const SHORTEST: Duration = Duration::from_millis(20);
/// The longest: what a reader does not notice yet.
const LONGEST: Duration = Duration::from_millis(100);
/// So many bytes go without waiting.
const FULL: usize = 4096;

/// The wait of one run: it grows while frames come so fast that each append has several, and falls back when one
/// is alone.
#[derive(Clone, Copy, Debug)]
pub struct Joining {
    window: Duration,
    last: Option<Duration>,
}

impl Default for Joining {
    fn default() -> Self {
        Self { window: SHORTEST, last: None }
    }
}

impl Joining {
    /// Whether no frame is added to an entry any more.
    #[must_use]
    pub const fn is_full(entry: &Entry) -> bool {
        entry.size() >= FULL
    }

    /// When an entry that waits is to be appended.
    #[must_use]
    pub fn due(&self, entry: &Entry) -> Duration {
        match self.last {
            Some(last) if !Self::is_full(entry) => last + self.window,
            _ => Duration::ZERO,
        }
    }

    /// So many frames were appended.
    pub fn appended(&mut self, frames: usize, now: Duration) {
        self.window = if frames > 1 { (self.window * 2).min(LONGEST) } else { SHORTEST };
        self.last = Some(now);
    }
}
