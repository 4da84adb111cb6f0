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
    /// Until then a reader in another process counts, as far as it is known.
    elsewhere: Duration,
}

impl Watching {
    /// Without a reader yet.
    #[must_use]
    pub const fn new(on_disconnect: OnDisconnect, now: Duration) -> Self {
        Self { on_disconnect, unwatched: Some(now), seen: false, elsewhere: Duration::ZERO }
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

    /// A reader in another process counts until then.
    pub fn elsewhere(&mut self, until: Duration) {
        self.seen |= until > Duration::ZERO;
        self.elsewhere = self.elsewhere.max(until);
    }

    /// When the run is to be stopped, unless a reader comes by then. One that had no reader yet is not left by
    /// its last one.
    #[must_use]
    pub fn stops(&self) -> Option<Duration> {
        let since = self.unwatched?.max(self.elsewhere);
        match self.on_disconnect {
            OnDisconnect::Continue => None,
            OnDisconnect::Abort => self.seen.then_some(since),
            OnDisconnect::Grace(grace) => Some(since.saturating_add(grace)),
        }
    }
}
