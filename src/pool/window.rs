//! Requests and failures of the last minute, or however long a window is.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::time::Duration;

/// Into how many slices a window is cut: its error is one of them.
const SLICES: u8 = 10;

/// A sliding window in bounded memory.
#[derive(Debug)]
pub(super) struct Window {
    /// Nanoseconds.
    width: u128,
    /// At most `SLICES`, the newest last.
    slices: VecDeque<Slice>,
}

#[derive(Debug)]
struct Slice {
    number: u128,
    tally: Tally,
}

/// Requests, and how many of them failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub requests: u32,
    pub failures: u32,
}

impl Window {
    pub(super) fn new(length: Duration) -> Self {
        let width = (length.as_nanos() / u128::from(SLICES)).max(1);
        Self { width, slices: VecDeque::new() }
    }

    pub(super) fn count(&mut self, failed: bool, now: Duration) {
        let number = self.number(now);
        self.slices.retain(|slice| slice.lasts(number));
        if self.slices.back().is_none_or(|slice| slice.number != number) {
            self.slices.push_back(Slice { number, tally: Tally::default() });
        }
        if let Some(Slice { tally, .. }) = self.slices.back_mut() {
            tally.add(Tally { requests: 1, failures: u32::from(failed) });
        }
    }

    pub(super) fn tally(&self, now: Duration) -> Tally {
        let number = self.number(now);
        let mut sum = Tally::default();
        for slice in self.slices.iter().filter(|slice| slice.lasts(number)) {
            sum.add(slice.tally);
        }
        sum
    }

    pub(super) fn clear(&mut self) {
        self.slices.clear();
    }

    /// The slice of this moment. A clock that goes backwards stands still here.
    fn number(&self, now: Duration) -> u128 {
        let newest = self.slices.back().map_or(0, |slice| slice.number);
        (now.as_nanos() / self.width).max(newest)
    }
}

impl Slice {
    fn lasts(&self, number: u128) -> bool {
        number - self.number < u128::from(SLICES)
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
    }

    /// The share of failures; 0 without requests.
    pub(super) fn share(self) -> f64 {
        f64::from(self.failures) / f64::from(self.requests.max(1))
    }
}
