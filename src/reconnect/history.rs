//! What the engine remembers between attempts.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::{Ending, Policy, Progress, Step, Wait};

/// What happened to a stream so far. Plain data; every time is counted from one fixed moment on a
/// monotonic clock, for example the stream's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Repetitions in a row without progress.
    pub failures: u32,
    /// The last delay that the backoff gave in this row.
    pub previous: Option<Duration>,
    /// What the stream's `retry:` field set, clamped.
    pub server_base: Option<Duration>,
    /// When the current outage began, moved forward by connections too short to end it.
    pub outage_since: Option<Duration>,
    /// When the current response was accepted.
    pub connected_at: Option<Duration>,
    /// Moves to another key of a pool, which the policy does not count, in the whole life of the stream.
    pub moves: u32,
    /// What the current connection brought.
    pub progress: Progress,
    /// The wait before the current attempt.
    pub waited: Duration,
}

impl History {
    /// A response was accepted.
    pub fn connect(&mut self, now: Duration) {
        self.connected_at = Some(now);
    }

    /// The current connection brought this.
    pub fn advance(&mut self, progress: Progress) {
        self.progress = self.progress.max(progress);
    }

    /// The stream carried `retry:`; `asked` is clamped as the policy says and outlives the attempt.
    pub fn tell(&mut self, policy: &Policy, asked: Duration) {
        self.server_base = Some(asked.min(policy.server_max).max(policy.server_min));
    }

    /// Whether the present connection has been up for long enough to forget what came before it.
    #[must_use]
    pub fn is_stable(&self, policy: &Policy, now: Duration) -> bool {
        self.connected_at.is_some_and(|since| now.saturating_sub(since) >= policy.reset_after)
    }

    /// Forgets failures, as after a stable connection.
    pub fn reset(&mut self) {
        self.failures = 0;
        self.previous = None;
        self.outage_since = None;
    }

    /// The connection, if there was one, was given up without an ending: nothing is decided.
    pub fn disconnect(&mut self, policy: &Policy, now: Duration) {
        if self.connected_at.is_some() {
            *self = self.ended(policy, None, now);
        }
    }

    /// The number of the present repetition as the caller is told it, moves to another key included.
    #[must_use]
    pub const fn repetition(&self) -> u32 {
        self.failures.saturating_add(self.moves)
    }

    /// The attempt ended so at `now`, and this step is obeyed.
    pub fn follow(&mut self, policy: &Policy, ending: &Ending, step: &Step, now: Duration) {
        let Step::Retry { delay, wait, .. } = *step else { return };
        if wait == Wait::OtherKey {
            self.moves = self.moves.saturating_add(1);
            return;
        }
        *self = self.ended(policy, Some(ending), now);
        self.waited = delay;
        if wait == Wait::Recovery {
            self.reset();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if wait == Wait::Backoff {
            self.previous = Some(delay);
        }
    }

    /// The history as it stands once the current attempt is over: no connection, an outage running,
    /// and nothing held against the server if the connection was stable or made progress.
    ///
    /// An event without a new id is progress only if its connection ended cleanly or outlived the wait
    /// before it: a server that crashes after each greeting must not be asked without growing waits.
    pub(super) fn ended(mut self, policy: &Policy, ending: Option<&Ending>, now: Duration) -> Self {
        let stable = self.is_stable(policy, now);
        let progress = std::mem::take(&mut self.progress);
        if let Some(since) = self.connected_at.take() {
            let up = now.saturating_sub(since);
            let lasted = ending == Some(&Ending::End) || up > self.waited;
            let progressed = match progress {
                Progress::None => false,
                Progress::Event => lasted,
                Progress::NewId => true,
            };
            if stable || progressed {
                self.reset();
            }
            // Time with a connection is no outage, even if it was too short to be called stable.
            self.outage_since = self.outage_since.map(|began| began.saturating_add(up));
        }
        self.outage_since = self.outage_since.or(Some(now));
        self
    }

    /// How long the stream has been without a connection.
    pub(super) fn outage(&self, now: Duration) -> Duration {
        self.outage_since.map_or(Duration::ZERO, |began| now.saturating_sub(began))
    }
}
