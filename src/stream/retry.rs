//! What follows an attempt: the engine collects the facts, asks for the next step, and obeys.

use std::future::poll_fn;
use std::time::Duration;

use tokio::time::sleep;

use super::body_handler::BodyHandler;
use super::callback_reply::CallbackReply;
use super::engine::{Engine, Next};
use super::failure;
use super::judge::EndedAttempt;
use super::notice::{Ask, Notice};
use super::sink::SinkRetry;
use super::state::State;
use crate::error::{Error, Kind, Phase};
use crate::reconnect::{Cause, Ending, Facts, PoolFacts, ShouldRetry, Step, Wait, next_step};

impl<H: BodyHandler> Engine<H> {
    /// Takes the next step after an attempt, and waits if that is what it says.
    pub(super) async fn retry(&mut self, ending: Ending, mut error: Option<Error>) -> Next {
        let mut facts = self.collect(ending, error.as_ref());
        loop {
            let step = next_step(&self.options.retry, &facts);
            match step {
                Step::AskCaller { retries } => {
                    let error = self.failure(&mut error);
                    match self.ask_caller(error, retries).await {
                        Ok(said) => facts.should_retry = said,
                        Err(error) => return self.failed(&error),
                    }
                    facts.left = self.left();
                }
                Step::TakeAnother => {
                    let another = Some(self.take_another());
                    facts.pool = facts.pool.map(|pool| PoolFacts { another, ..pool });
                }
                Step::Retry { delay, attempt, wait } => {
                    self.history.follow(&self.options.retry, &facts.ending, &step, facts.now);
                    self.wait(delay, attempt, wait, error.as_ref()).await;
                    return Next::Attempt;
                }
                Step::Close(reason) => return Next::Close { reason: reason.name(), error: None },
                Step::Fail(cause) => {
                    let mut report = self.report(self.failure(&mut error));
                    if cause == Cause::Exhausted {
                        report.exhaust();
                    }
                    return Next::Close { reason: "error", error: Some(report) };
                }
            }
        }
    }

    /// Brings the records of the attempt up to date, and says what is known of its ending.
    fn collect(&mut self, ending: Ending, error: Option<&Error>) -> Facts {
        self.history.advance(self.handler.progress());
        if self.control.take_reset() {
            self.history.reset();
        }
        if let Some(error) = error {
            self.count(error);
            if error.kind() == Kind::Malformed {
                let notice = Notice::Malformed { error: self.report(error) };
                self.control.mailbox().notify(&notice.to_json());
            }
        }
        let (now, chance) = (self.clock(), self.chance.f64());
        let failed = self.report_failure(&ending, error, now);
        let advice = self.handler.judge(&EndedAttempt {
            options: &self.options,
            ending: &ending,
            error,
            bytes: self.delivery.attempt_bytes(),
            events: self.delivery.events(),
        });
        self.release_endpoint();
        Facts {
            history: self.history,
            ending,
            stale: error.is_some_and(Error::stale),
            advice,
            pool: failed.map(|failed| PoolFacts { failed, another: None }),
            should_retry: if self.options.callbacks.should_retry {
                ShouldRetry::Unasked
            } else {
                ShouldRetry::Absent
            },
            left: self.left(),
            now,
            chance,
        }
    }

    /// The failure of the attempt; of one that ended cleanly, that it should not have.
    fn failure<'a>(&self, error: &'a mut Option<Error>) -> &'a Error {
        error.get_or_insert_with(|| {
            let early = failure::ended_early(self.options.terminal_declared());
            self.count(&early);
            early
        })
    }

    /// Asks the caller's `shouldRetry` about a failure; `retries` is what happens if it has no opinion.
    async fn ask_caller(&self, error: &Error, retries: bool) -> Result<ShouldRetry, Error> {
        self.control.enter(State::Deciding);
        let report = self.report(error);
        match self.ask(Ask::Retry, Some(report), retries, Phase::Prepare).await? {
            CallbackReply::Retry(Some(true)) => Ok(ShouldRetry::Yes),
            CallbackReply::Retry(Some(false)) => Ok(ShouldRetry::No),
            CallbackReply::Retry(None) => Ok(ShouldRetry::Undecided),
            _ => Err(failure::threw(Phase::Prepare)),
        }
    }

    /// The time until the deadline, of a stream that fails at once instead of waiting in vain.
    pub(super) fn left(&self) -> Option<Duration> {
        let deadline = self.options.timeouts.total.filter(|_| self.options.impatient)?;
        Some(deadline.saturating_sub(self.clock()))
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
        if let Some(sink) = self.control.outlets.sink() {
            sink.retry(SinkRetry { attempt, delay, error: self.last_error.as_deref() });
        }
        // The state first: a listener that hears of the retry may look at it.
        self.control.lifecycle().waits(attempt, delay);
        self.control.mailbox().notify(&notice.to_json());
        sleep(delay).await;
        // A consumer that has stopped reading must not be piled up with one failure after another.
        poll_fn(|cx| self.control.mailbox().poll_room(0, cx)).await;
    }

    fn failed(&mut self, error: &Error) -> Next {
        self.count(error);
        Next::Close { reason: "error", error: Some(self.report(error)) }
    }
}
