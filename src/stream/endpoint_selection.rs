//! The engine at a pool: a place for each attempt, and whose fault it is when one fails.

use std::time::Duration;

use super::body_handler::BodyHandler;
use super::endpoints::Shortage;
use super::engine::Engine;
use crate::error::{Error, Kind, Phase, Refusal};
use crate::pool::{Nothing, Outcome};
use crate::reconnect::{Ending, PoolPart, Wait, wait_for_pool};

impl<H: BodyHandler> Engine<H> {
    /// Takes a place at the pool for the next attempt; waits while all that could serve is cooling.
    pub(super) async fn select_endpoint(&mut self) -> Result<(), Error> {
        loop {
            let chance = self.chance.f64();
            let Self { selection: Some(selection), handler, .. } = self else { return Ok(()) };
            let rest = match selection.take(&|endpoint| handler.fits(endpoint), chance) {
                Ok(()) => return Ok(()),
                Err(Shortage::Wait(rest)) => rest,
                Err(Shortage::Nothing(nothing)) => return Err(empty(nothing)),
            };
            let (left, chance) = (self.left(), self.chance.f64());
            let Some(delay) = wait_for_pool(&self.options.retry, rest, left, chance) else {
                return Err(cooling(rest));
            };
            let attempt = self.history.repetition();
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

    /// Reports the attempt to the pool; which part of it the attempt failed for.
    pub(super) fn report_failure(
        &mut self,
        ending: &Ending,
        error: Option<&Error>,
        now: Duration,
    ) -> Option<PoolPart> {
        let stable = self.history.is_stable(&self.options.retry, now);
        let outcome = self.handler.outcome(ending, error);
        let selection = self.selection.as_mut()?;
        if stable {
            selection.forget();
        }
        selection.report(outcome)
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

/// No endpoint of the pool can be asked.
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
