//! What a relay has been through.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::log::{End, Status};

/// Counters of one relay, without a lock.
#[derive(Debug, Default)]
pub struct Counters {
    pub produced: AtomicU64,
    pub joined: AtomicU64,
    pub done: AtomicU64,
    pub failed: AtomicU64,
    pub stopped: AtomicU64,
    pub lost: AtomicU64,
    pub readers: AtomicU64,
    pub resumed: AtomicU64,
    pub resets: AtomicU64,
    pub frames: AtomicU64,
    pub bytes: AtomicU64,
}

/// What a relay has been through in this process.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RelayStats {
    /// Runs that are produced here now.
    pub open: u64,
    /// Runs that were produced here.
    pub produced: u64,
    /// Calls of `run` and `resume` that found a run.
    pub joined: u64,
    /// Ends, by kind.
    pub done: u64,
    /// Sources that failed.
    pub failed: u64,
    /// Runs that were stopped.
    pub stopped: u64,
    /// Producers that are gone.
    pub lost: u64,
    /// Readers now.
    pub readers: u64,
    /// Readers that came with a cursor which was understood.
    pub resumed: u64,
    /// Readers that came with one which was not.
    pub resets: u64,
    /// Frames that sources said.
    pub frames: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Bytes that the log takes in memory.
    pub log_bytes: u64,
}

/// Counts one more.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    /// Counts an end.
    pub fn ended(&self, end: &End) {
        count(match end.status() {
            Status::Open | Status::Done => &self.done,
            Status::Error => &self.failed,
            Status::Stopped => &self.stopped,
            Status::Lost => &self.lost,
        });
    }

    /// What was counted.
    pub fn stats(&self, log_bytes: usize) -> RelayStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let produced = read(&self.produced);
        let over = [&self.done, &self.failed, &self.stopped, &self.lost].map(read);
        RelayStats {
            open: produced.saturating_sub(over.iter().sum()),
            produced,
            joined: read(&self.joined),
            done: over[0],
            failed: over[1],
            stopped: over[2],
            lost: over[3],
            readers: read(&self.readers),
            resumed: read(&self.resumed),
            resets: read(&self.resets),
            frames: read(&self.frames),
            bytes: read(&self.bytes),
            log_bytes: log_bytes as u64,
        }
    }
}
