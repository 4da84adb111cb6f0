//! What a hub may take, as options say it.
#![forbid(unsafe_code)]

use std::time::Duration;

/// What becomes of a client that is too far behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// It is closed, and comes back with its position; one that makes no progress so skips.
    Disconnect,
    /// It goes on at the end, and is told of the gap.
    Skip,
    /// Of several events with one key it gets the newest.
    Latest,
}

impl Lag {
    /// As options call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::Skip => "skip",
            Self::Latest => "latest",
        }
    }
}

/// From where on a client that takes nothing is too far behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxLag {
    /// Events behind the end of its channels.
    pub events: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// Age of the first of them.
    pub age: Duration,
}

/// What the events of the hub itself are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The first.
    pub connected: String,
    /// Something is missing here.
    pub gap: String,
    /// The last, when the hub is closed.
    pub shutdown: String,
}

/// What a hub may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// For how long a client may hear nothing; `None` for ever.
    pub heartbeat: Option<Duration>,
    /// Between these a client that has lost its connection is to wait, in milliseconds.
    pub retry_delay: (u64, u64),
    /// What becomes of a client that is too far behind.
    pub lag: Lag,
    /// What too far is.
    pub max_lag: MaxLag,
    /// How many clients are admitted; `None` for any number.
    pub max_clients: Option<usize>,
    /// And of one user.
    pub max_per_user: Option<usize>,
    /// How long a connection lasts; then its client comes back.
    pub max_connection_age: Option<Duration>,
    /// For how long a client may take nothing that waits for it.
    pub write_timeout: Option<Duration>,
    /// For how long a position is to be understood, at least.
    pub keep: Duration,
    /// What its own events are called.
    pub names: Names,
}
