//! The engine at a pool: a place for each attempt, and whose fault it is when one fails.

use std::time::Duration;

use super::body_handler::BodyHandler;
use super::endpoints::{Fault, Shortage};
use super::engine::Engine;
use crate::error::{Error, Kind, Phase, Refusal};
use crate::pool::{Nothing, Outcome};
use crate::reconnect::{Decision, Ending, Wait};

/// By how much a wait for a key is prolonged at the most.
const SPREAD_MAX: Duration = Duration::from_secs(1);

impl<H: BodyHandler> Engine<H> {
    /// Takes a place at the pool for the next attempt; waits while all that could serve is cooling.
    pub(super) async fn select_endpoint(&mut self) -> Result<(), Error> {
        loop {
            let chance = self.chance.f64();
            let Self { selection: Some(selection), handler, .. } = self else { return Ok(()) };
            let delay = match selection.take(&|endpoint| handler.fits(endpoint), chance) {
                Ok(()) => return Ok(()),
                Err(Shortage::Wait(delay)) => delay,
                Err(Shortage::Nothing(nothing)) => return Err(empty(nothing)),
            };
            if delay > self.options.retry.retry_after_cap || !self.in_time(delay) {
                return Err(cooling(delay));
            }
            // All who wait would come back in one instant.
            let delay = delay + (delay / 10).min(SPREAD_MAX).mul_f64(self.chance.f64());
            let attempt = self.history.failures + self.moves;
            self.wait(delay, attempt, Wait::RetryAfter, Some(&cooling(delay))).await;
        }
    }

    /// The endpoint and the key have done what they should.
    pub(super) fn report_success(&mut self) {
        if let Some(selection) = &mut self.selection {
            selection.report(Outcome::Success);
        }
    }

    /// Gives the place of an attempt back that is over, unless the next one must have the same.
    pub(super) fn release_endpoint(&mut self) {
        if !self.handler.stays()
            && let Some(selection) = &mut self.selection
        {
            selection.leave();
        }
    }

    /// Reports the attempt to the pool; whose fault it was that it failed.
    pub(super) fn report_failure(
        &mut self,
        ending: &Ending,
        error: Option<&Error>,
        now: Duration,
    ) -> Option<Fault> {
        let stable = self.history.is_stable(&self.options.retry, now);
        let outcome = self.handler.outcome(ending, error);
        let selection = self.selection.as_mut()?;
        if stable {
            selection.forget();
        }
        selection.report(outcome)
    }

    /// After an endpoint's fault nobody need wait while another one can be asked. `useless` says
    /// that asking the same one again would be in vain, so that only another one justifies `again`.
    pub(super) fn elsewhere(
        &mut self,
        decision: Decision,
        again: Decision,
        useless: bool,
    ) -> Decision {
        let wanted = if useless { again } else { decision };
        match wanted {
            Decision::Retry { attempt, wait, .. } if self.take_another() => {
                Decision::Retry { delay: Duration::ZERO, attempt, wait }
            }
            _ => decision,
        }
    }

    /// Takes the place for the next attempt now, if it is one that was not tried in vain.
    pub(super) fn take_another(&mut self) -> bool {
        let chance = self.chance.f64();
        let Self { selection, handler, .. } = self;
        selection.as_mut().is_some_and(|selection| {
            !handler.stays() && selection.take_another(&|endpoint| handler.fits(endpoint), chance)
        })
    }
}

/// Nobody of the pool can be asked.
fn empty(nothing: Nothing) -> Error {
    let sentence = match nothing {
        Nothing::Empty => "the pool has no endpoints; add one".to_owned(),
        Nothing::Unfit => {
            "no endpoint of the pool can go on with this answer; declare `prefill` where it can"
                .to_owned()
        }
        Nothing::Dead { keys } => format!(
            "all {keys} keys of the pool were refused; replace them with rotateKey(), or revive() them"
        ),
    };
    Error::new(Kind::Pool, Phase::Prepare, sentence).with_permanent(true)
}

/// Every key of the pool rests, and for too long.
fn cooling(delay: Duration) -> Error {
    let sentence = format!(
        "every key of the pool is cooling, the first for another {} ms; add keys, or ask later",
        delay.as_millis()
    );
    Error::new(Kind::Pool, Phase::Prepare, sentence)
        .with_refusal(Refusal { retry_after: Some(delay), ..Refusal::default() })
}
