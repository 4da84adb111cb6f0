//! What follows an attempt: another one, after a wait or with another key, or the end.

use std::future::poll_fn;
use std::time::Duration;

use tokio::time::sleep;

use super::body_handler::BodyHandler;
use super::control::CallbackReply;
use super::endpoints::Fault;
use super::engine::{Engine, Next};
use super::failure;
use super::judge::{EndedAttempt, RetryAdvice};
use super::notice::{Ask, Notice};
use super::state::State;
use crate::error::{Error, Kind, Phase};
use crate::reconnect::{Cause, Decision, Ending, Wait, decide, repeat};

impl<I: BodyHandler> Engine<I> {
    /// Decides what follows an attempt, and waits if that is what follows.
    pub(super) async fn retry(&mut self, ending: Ending, mut error: Option<Error>) -> Next {
        self.history.advance(self.handler.progress());
        if self.control.take_reset() {
            self.history.reset();
        }
        if let Some(error) = &error {
            self.count(error);
            if error.kind() == Kind::Malformed {
                let notice = Notice::Malformed { error: self.report(error) };
                self.control.mailbox().notify(&notice.to_json());
            }
        }
        let (now, chance) = (self.clock(), self.chance.f64());
        let fault = self.report_failure(&ending, error.as_ref(), now);
        let advice = self.handler.judge(&EndedAttempt {
            options: &self.options,
            ending: &ending,
            error: error.as_ref(),
            bytes: self.delivery.attempt_bytes(),
            events: self.delivery.events(),
        });
        self.release_endpoint();
        if let RetryAdvice::Table { delivered, .. } = advice {
            self.history.delivered = delivered;
        }
        let (facts, free) = (advice.facts(), advice.permits());
        let (policy, history) = (&self.options.retry, &self.history);
        let again = repeat(policy, history, &ending, facts, now, chance);
        let mut decision = match advice {
            RetryAdvice::Table { .. } => decide(policy, history, &ending, facts, now, chance),
            RetryAdvice::Repeat => again,
            RetryAdvice::Final => Decision::Fail(Cause::Final),
        };
        // A clean end that is a failure is one for the caller, too.
        if error.is_none()
            && let Decision::Fail(cause) = decision
        {
            let early = failure::ended_early(cause, self.options.terminal_declared());
            self.count(&early);
            error = Some(early);
        }
        // A key that is refused is no reason to stop while there are others.
        let rotates = free && fault == Some(Fault::Key) && policy.repeats();
        if let Some(error) = &error
            && self.options.callbacks.should_retry
        {
            self.control.enter(State::Deciding);
            let would = rotates || matches!(decision, Decision::Retry { .. });
            let report = self.report(error);
            match self.ask(Ask::Retry, Some(report), would, Phase::Prepare).await {
                Ok(CallbackReply::Retry(Some(false))) => return self.fail(error),
                // Not even a caller's word repeats a request that has begun to answer: nobody says how
                // the two answers would become one.
                Ok(CallbackReply::Retry(Some(true))) if !would && free => decision = again,
                Ok(CallbackReply::Retry(_)) => {}
                Ok(_) => return self.failed(&failure::threw(Phase::Prepare)),
                Err(error) => return self.failed(&error),
            }
        }
        if rotates && self.take_another() {
            // It costs none of the policy's attempts: there are only so many keys.
            self.moves += 1;
            let attempt = self.history.failures + self.moves;
            self.wait(Duration::ZERO, attempt, Wait::Backoff, error.as_ref()).await;
            return Next::Attempt;
        }
        if fault == Some(Fault::Endpoint) {
            decision = self.elsewhere(decision, again, free && ending == Ending::Fatal);
        }
        // The server may have closed a connection that waited long before: no reason to wait again.
        if let Decision::Retry { delay, attempt: 1, .. } = &mut decision
            && error.as_ref().is_some_and(Error::stale)
        {
            *delay = Duration::ZERO;
        }
        if let Decision::Retry { delay, .. } = decision
            && !self.in_time(delay)
        {
            decision = Decision::Fail(Cause::Exhausted);
        }
        self.history.follow(&self.options.retry, &ending, &decision, now);
        match decision {
            Decision::Retry { delay, attempt, wait } => {
                self.wait(delay, attempt + self.moves, wait, error.as_ref()).await;
                Next::Attempt
            }
            Decision::Close(reason) => Next::Close { reason: reason.name(), error: None },
            Decision::Fail(cause) => {
                let error = error.unwrap_or_else(|| {
                    failure::ended_early(cause, self.options.terminal_declared())
                });
                let mut report = self.report(&error);
                if cause == Cause::Exhausted {
                    report.exhaust();
                }
                Next::Close { reason: "error", error: Some(report) }
            }
        }
    }

    /// Whether a wait ends before the stream must, for those who would rather know at once.
    pub(super) fn in_time(&mut self, delay: Duration) -> bool {
        let deadline = self.options.timeouts.total.filter(|_| self.options.impatient);
        deadline.is_none_or(|deadline| self.clock().saturating_add(delay) < deadline)
    }

    pub(super) async fn wait(
        &mut self,
        delay: Duration,
        attempt: u32,
        wait: Wait,
        error: Option<&Error>,
    ) {
        self.last_error = error.map(|error| self.report(error));
        let notice = Notice::Retry {
            attempt,
            max_attempts: self.options.retry.attempts,
            delay: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            recovery: wait == Wait::Recovery,
            error: self.last_error.clone(),
        };
        // The state first: whoever hears of the retry may look at it.
        self.control.lifecycle().waits(attempt, delay);
        self.control.mailbox().notify(&notice.to_json());
        sleep(delay).await;
        // A consumer that has stopped reading must not be piled up with one failure after another.
        poll_fn(|cx| self.control.mailbox().poll_room(0, cx)).await;
    }

    fn fail(&mut self, error: &Error) -> Next {
        Next::Close { reason: "error", error: Some(self.report(error)) }
    }

    fn failed(&mut self, error: &Error) -> Next {
        self.count(error);
        self.fail(error)
    }
}
