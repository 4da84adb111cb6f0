//! What the engine asks the caller's functions.

use tokio::time::timeout;

use super::control::Answer;
use super::engine::{End, Engine, over};
use super::failure;
use super::intake::Intake;
use super::notice::{Ask, Notice};
use super::report::Report;
use super::state::State;
use crate::error::{Error, Kind, Phase};
use crate::reconnect::Ending;

impl<I: Intake> Engine<I> {
    /// The body ended cleanly: complete, if the caller's function says so of the events it got.
    pub(super) async fn complete(&mut self) -> End {
        if self.options.callbacks.terminal {
            self.control.enter(State::Draining);
            let number = self.control.question();
            let notice = self.question(number, Ask::Complete, None, false);
            // Behind the events, and for as long as they take: the answer depends on them.
            self.control.mailbox().notify(&notice);
            match self.control.answered(number).await {
                Answer::Complete(true) => return End::Over(Ending::Terminal, None),
                Answer::Threw => return over(failure::threw(Phase::Body)),
                _ => {}
            }
        }
        End::Over(Ending::End, None)
    }

    /// The function that the caller gave as `terminal` threw.
    pub(super) fn thrown(&self) -> (&'static str, Option<Box<Report>>) {
        let error = failure::threw(Phase::Body);
        self.count(&error);
        ("error", Some(self.report(&error)))
    }

    /// Puts a question to the caller and waits for the answer, at most as long as for a connection.
    pub(super) async fn ask(
        &self,
        ask: Ask,
        error: Option<Box<Report>>,
        retry: bool,
        phase: Phase,
    ) -> Result<Answer, Error> {
        let number = self.control.question();
        let notice = self.question(number, ask, error, retry);
        self.control.mailbox().notify_urgently(&notice);
        let answered = self.control.answered(number);
        let answer = match self.options.timeouts.connect {
            None => answered.await,
            Some(limit) => timeout(limit, answered).await.map_err(|_| {
                let sentence = format!(
                    "a callback did not answer within {} ms; raise timeouts.connect if it may take longer",
                    limit.as_millis()
                );
                Error::new(Kind::Callback, phase, sentence)
            })?,
        };
        if matches!(answer, Answer::Threw) { Err(failure::threw(phase)) } else { Ok(answer) }
    }

    fn question(&self, number: u32, ask: Ask, error: Option<Box<Report>>, retry: bool) -> String {
        let last_event_id = &self.intake.last_event_id();
        let attempt = self.attempts;
        Notice::Question { number, ask, attempt, last_event_id, error, retry }.to_json()
    }
}
