//! Whether anybody reads a run.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::policy::OnDisconnect;

/// Since when a run has had no reader.
#[derive(Clone, Copy, Debug)]
pub struct Watching {
    on_disconnect: OnDisconnect,
    /// `None` while there is a reader.
    unwatched: Option<Duration>,
    /// There was a reader.
    seen: bool,
}

impl Watching {
    /// Without a reader yet.
    #[must_use]
    pub const fn new(on_disconnect: OnDisconnect, now: Duration) -> Self {
        Self { on_disconnect, unwatched: Some(now), seen: false }
    }

    /// So many read now; `seen` if a reader was there, also between two looks.
    pub const fn readers(&mut self, readers: usize, seen: bool, now: Duration) {
        self.seen |= seen;
        if readers > 0 {
            self.unwatched = None;
        } else if self.unwatched.is_none() {
            self.unwatched = Some(now);
        }
    }

    /// When the run is to be stopped, unless a reader comes by then. One that had no reader yet is not left by
    /// its last one.
    #[must_use]
    pub fn stops(&self) -> Option<Duration> {
        let since = self.unwatched?;
        match self.on_disconnect {
            OnDisconnect::Continue => None,
            OnDisconnect::Abort => self.seen.then_some(since),
            OnDisconnect::Grace(grace) => Some(since.saturating_add(grace)),
        }
    }
}
