//! How often something was asked.
#![forbid(unsafe_code)]

use serde::Serialize;

/// How often a key or an endpoint was asked, and how that went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Leases given.
    pub requests: u64,
    /// Failures reported that it is to blame for.
    pub failures: u64,
    /// Leases not given back yet.
    pub active: u32,
}

impl Counters {
    /// An assignment was given.
    pub(super) fn begin(&mut self) {
        self.requests = self.requests.saturating_add(1);
        self.active = self.active.saturating_add(1);
    }

    /// It is to blame for a failure.
    pub(super) fn fail(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// An assignment came back.
    pub(super) fn end(&mut self) {
        self.active = self.active.saturating_sub(1);
    }
}
