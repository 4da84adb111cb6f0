//! What all clients together have received.

use std::collections::VecDeque;

use rustix::time::{ClockId, clock_gettime};

use crate::event::Event;
use crate::latencies::Latencies;

/// Counts deliveries, and tells of each event when it has reached all.
#[derive(Default)]
pub struct Tally {
    /// How many clients read.
    pub readers: usize,
    /// Since the last order to begin.
    pub latencies: Latencies,
    /// The number of the first event that has not reached all.
    first: u64,
    /// How many have it, and each that follows it.
    reached: VecDeque<usize>,
}

impl Tally {
    /// Counts a delivery that was read at this time.
    pub fn count(&mut self, event: Event, now: u64) {
        let late = now.saturating_sub(event.sent);
        self.latencies.add(late);
        if self.reached.is_empty() {
            self.first = event.number;
        }
        let Some(at) = event.number.checked_sub(self.first) else { return };
        let at = at as usize;
        if self.reached.len() <= at {
            self.reached.resize(at + 1, 0);
        }
        self.reached[at] += 1;
        while self.reached.front().is_some_and(|reached| *reached == self.readers) {
            println!(r#"{{"event":{},"last":{late}}}"#, self.first);
            self.reached.pop_front();
            self.first += 1;
        }
    }
}

/// The clock of the events that servers send.
pub fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
