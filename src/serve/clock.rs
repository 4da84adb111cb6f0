//! The time since 1970 that does not jump.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Counts from the moment it was made, whatever becomes of the system's clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    base: Duration,
    since: Instant,
}

impl Clock {
    /// Beginning now.
    pub fn new() -> Self {
        let base = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { base, since: Instant::now() }
    }

    /// The time since 1970.
    pub fn now(&self) -> Duration {
        self.base + self.since.elapsed()
    }

    /// When that is for the runtime.
    pub fn instant(&self, time: Duration) -> Instant {
        self.since + time.saturating_sub(self.base)
    }
}
