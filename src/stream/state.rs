//! Where a stream is, and what it has been through.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// Where a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not dialled yet.
    Idle,
    /// The caller's callbacks compute the request of this attempt.
    Preparing {
        /// Counted from 1.
        attempt: u64,
    },
    /// Dialling, or waiting for the response head.
    Connecting {
        /// Counted from 1.
        attempt: u64,
    },
    /// Events arrive.
    Open,
    /// The body is over; the caller has yet to say whether the answer was complete.
    Draining,
    /// The caller decides whether to retry.
    Deciding,
    /// Waiting before the next attempt.
    Waiting {
        /// The whole wait.
        delay: Duration,
    },
    /// Over.
    Closed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle => f.write_str("idle"),
            Self::Preparing { attempt } => write!(f, "preparing (attempt {attempt})"),
            Self::Connecting { attempt } => write!(f, "connecting (attempt {attempt})"),
            Self::Open => f.write_str("open"),
            Self::Draining => f.write_str("draining"),
            Self::Deciding => f.write_str("deciding"),
            Self::Waiting { delay } => write!(f, "waiting ({} ms)", delay.as_millis()),
            Self::Closed => f.write_str("closed"),
        }
    }
}

/// What a stream has been through so far. Times in milliseconds.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// The printed [`State`].
    pub state: String,
    /// Connections tried.
    pub attempts: u64,
    /// Of these, how many were not the first.
    pub retries: u64,
    /// The last failures, also those that a retry made good, oldest first.
    pub errors: VecDeque<Failure>,
    /// How many there were in all.
    pub error_count: u64,
    /// The last of them: its code and sentence.
    pub last_error: Option<String>,
    /// Time without a connection since the first one opened, in all outages together.
    pub downtime: u64,
    /// How long the present connection has been open; 0 without one.
    pub connected_for: u64,
    /// Events parsed.
    pub events: u64,
    /// Events that `dedupe` dropped.
    pub duplicates: u64,
    /// Body bytes received, after decompression.
    pub bytes: u64,
    /// Consecutive attempts without progress.
    pub attempt: u32,
    /// The wait that is under way, in whole.
    pub delay: Option<u64>,
}

/// How many failures are kept: enough to see what a night was like.
const FAILURES: usize = 16;

/// A failure, as the statistics keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Which attempt it ended, from 1.
    pub attempt: u64,
    /// Its code.
    pub code: &'static str,
    /// Its sentence.
    pub message: String,
}

/// The life of a stream so far, from which [`Stats`] are made.
#[derive(Debug)]
pub(super) struct Lifecycle {
    pub state: State,
    pub attempts: u64,
    pub errors: VecDeque<Failure>,
    pub error_count: u64,
    pub last_error: Option<String>,
    pub downtime: Duration,
    pub down_since: Option<Instant>,
    pub open_since: Option<Instant>,
    pub attempt: u32,
    /// A connection that was up this long is stable.
    pub stable_after: Duration,
}

/// What is counted for every chunk and event, without a lock.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub events: AtomicU64,
    pub duplicates: AtomicU64,
    pub bytes: AtomicU64,
}

impl Lifecycle {
    pub const fn new(stable_after: Duration) -> Self {
        Self {
            state: State::Idle,
            attempts: 0,
            errors: VecDeque::new(),
            error_count: 0,
            last_error: None,
            downtime: Duration::ZERO,
            down_since: None,
            open_since: None,
            attempt: 0,
            stable_after,
        }
    }

    /// A new state; a closed stream stays closed, however far its task still gets.
    pub fn enter(&mut self, state: State) {
        if self.state != State::Closed {
            self.state = state;
        }
    }

    /// A connection opened at `now`.
    pub fn opened(&mut self, now: Instant) {
        self.enter(State::Open);
        if let Some(since) = self.down_since.take() {
            self.downtime += now - since;
        }
        self.open_since = Some(now);
    }

    /// A failure: the oldest gives way.
    pub fn failed(&mut self, failure: Failure) {
        self.error_count += 1;
        self.last_error = Some(format!("{}: {}", failure.code, failure.message));
        if self.errors.len() == FAILURES {
            self.errors.pop_front();
        }
        self.errors.push_back(failure);
    }

    /// A failure, or an end, is waited out.
    pub fn waits(&mut self, attempt: u32, delay: Duration) {
        self.attempt = attempt;
        self.enter(State::Waiting { delay });
    }

    /// The connection, if one was open, is over since `now`.
    pub fn dropped(&mut self, now: Instant) {
        if self.open_since.take().is_some() {
            self.down_since = Some(now);
        }
    }

    /// The stream is over since `now`; its statistics stay as they are.
    pub fn closed(&mut self, now: Instant) {
        if let Some(since) = self.down_since.take() {
            self.downtime += now - since;
        }
        self.open_since = None;
        self.state = State::Closed;
    }

    pub fn stats(&self, counts: &Counts, now: Instant) -> Stats {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let up = self.open_since.map(|since| now - since);
        let stable = up.is_some_and(|up| up >= self.stable_after);
        let outage = self.down_since.map_or(Duration::ZERO, |since| now - since);
        Stats {
            state: self.state.to_string(),
            attempts: self.attempts,
            retries: self.attempts.saturating_sub(1),
            errors: self.errors.clone(),
            error_count: self.error_count,
            last_error: self.last_error.clone(),
            downtime: millis(self.downtime + outage),
            connected_for: up.map_or(0, millis),
            events: counts.events.load(Ordering::Relaxed),
            duplicates: counts.duplicates.load(Ordering::Relaxed),
            bytes: counts.bytes.load(Ordering::Relaxed),
            attempt: if stable { 0 } else { self.attempt },
            delay: match self.state {
                State::Waiting { delay } => Some(millis(delay)),
                _ => None,
            },
        }
    }
}
