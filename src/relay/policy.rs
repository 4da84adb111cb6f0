//! What a run may take.
#![forbid(unsafe_code)]

use std::time::Duration;

/// What becomes of a run that has no reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisconnect {
    /// It goes on.
    Continue,
    /// It is stopped when the last reader has left.
    Abort,
    /// It is stopped when it has had no reader for so long.
    Grace(Duration),
}

/// What a run may take, in time and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// For how long a run is kept whose producer does not renew.
    pub lease: Duration,
    /// For how long a source without a clock of its own may be silent; `None` for one that has a clock.
    pub idle: Option<Duration>,
    /// Bytes of all frames.
    pub max_bytes: usize,
    /// What becomes of a run that has no reader.
    pub on_disconnect: OnDisconnect,
}
