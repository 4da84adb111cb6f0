//! Whether an endpoint fails too often to be asked.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::BreakerRules;
use super::change::Turn;
use super::window::Window;

/// Closed, everything passes; open, nothing; half-open, one request probes.
#[derive(Debug)]
pub(super) struct Breaker {
    /// `None`: it never opens.
    rules: Option<BreakerRules>,
    state: State,
    /// How long it was open last, or will be at first.
    open_time: Duration,
    window: Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        until: Duration,
    },
    HalfOpen {
        /// The assignment that probes.
        probe: Option<u64>,
    },
}

impl Breaker {
    pub(super) fn new(rules: Option<BreakerRules>) -> Self {
        Self {
            rules,
            state: State::Closed,
            open_time: rules.map_or(Duration::ZERO, |rules| rules.open_for),
            window: Window::new(rules.map_or(Duration::ZERO, |rules| rules.window)),
        }
    }

    /// Whether another request may pass.
    pub(super) fn passes(&self) -> bool {
        matches!(self.state, State::Closed | State::HalfOpen { probe: None })
    }

    /// A request passes, or goes round it: where all are open, the least bad is asked all the same.
    pub(super) fn begin(&mut self, assignment: u64) {
        if self.state == (State::HalfOpen { probe: None }) {
            self.state = State::HalfOpen { probe: Some(assignment) };
        }
    }

    /// A request is over. A probe that reported nothing lets another one probe.
    pub(super) fn end(&mut self, assignment: u64) {
        if self.state == (State::HalfOpen { probe: Some(assignment) }) {
            self.state = State::HalfOpen { probe: None };
        }
    }

    /// Counts a request and concludes nothing: an answer about the key proves neither that the
    /// endpoint serves nor that it does not.
    pub(super) fn count(&mut self, failed: bool, now: Duration) {
        if self.rules.is_some() {
            self.window.count(failed, now);
        }
    }

    /// A request was served or failed. Half-open, only the probe decides; open, nothing does.
    pub(super) fn report(&mut self, failed: bool, assignment: u64, now: Duration) -> Option<Turn> {
        let rules = self.rules?;
        let probes = self.state == (State::HalfOpen { probe: Some(assignment) });
        if probes && !failed {
            return self.close("probe-succeeded");
        }
        self.count(failed, now);
        if probes {
            self.open_time = rules.longer_open(self.open_time);
            return self.turn(self.opened(now), "probe-failed");
        }
        let tally = self.window.tally(now);
        let often = tally.requests >= rules.requests && tally.share() >= rules.failures;
        // A success would open it where any share of failures is too much.
        if failed && often && self.state == State::Closed {
            return self.turn(self.opened(now), "failures");
        }
        None
    }

    /// Notices what time did.
    pub(super) fn settle(&mut self, now: Duration) -> Option<Turn> {
        match self.state {
            State::Open { until } if until <= now => {
                self.turn(State::HalfOpen { probe: None }, "rested")
            }
            _ => None,
        }
    }

    /// As new.
    pub(super) fn revive(&mut self) -> Option<Turn> {
        self.close("revived")
    }

    /// The share of failures within the window.
    pub(super) fn share(&self, now: Duration) -> f64 {
        self.window.tally(now).share()
    }

    /// How long it stays open, if it is.
    pub(super) fn opens_in(&self, now: Duration) -> Option<Duration> {
        match self.state {
            State::Open { until } => until.checked_sub(now).filter(|left| !left.is_zero()),
            State::Closed | State::HalfOpen { .. } => None,
        }
    }

    /// Its state at this moment.
    pub(super) fn name(&self, now: Duration) -> &'static str {
        match self.state {
            State::Open { until } if until <= now => State::HalfOpen { probe: None }.name(),
            state => state.name(),
        }
    }

    fn close(&mut self, reason: &'static str) -> Option<Turn> {
        self.window.clear();
        self.open_time = self.rules?.open_for;
        self.turn(State::Closed, reason)
    }

    fn opened(&self, now: Duration) -> State {
        State::Open { until: now.saturating_add(self.open_time) }
    }

    fn turn(&mut self, state: State, reason: &'static str) -> Option<Turn> {
        let from = self.state.name();
        self.state = state;
        let to = state.name();
        (from != to).then_some(Turn { from, to, reason })
    }
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen { .. } => "half-open",
        }
    }
}
