//! What the engine asks the caller's functions.

use tokio::time::timeout;

use super::body_handler::BodyHandler;
use super::callback_reply::CallbackReply;
use super::engine::{End, Engine, over};
use super::failure;
use super::notice::{Ask, Notice};
use super::report::Report;
use super::state::State;
use crate::error::{Error, Kind, Phase};
use crate::reconnect::Ending;

impl<H: BodyHandler> Engine<H> {
    /// The body ended cleanly: complete, if the caller's function says so of the events it got.
    pub(super) async fn complete(&mut self) -> End {
        if self.options.callbacks.terminal {
            self.control.enter(State::Draining);
            let number = self.control.question();
            let notice = self.question(number, Ask::Complete, None, false);
            // Behind the events, and for as long as they take: the reply depends on them.
            self.control.mailbox().notify(&notice);
            match self.control.replied(number).await {
                CallbackReply::Complete(true) => return End::Over(Ending::Terminal, None),
                CallbackReply::Threw => return over(failure::threw(Phase::Body)),
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

    /// Puts a question to the caller and waits for the reply, at most as long as for a connection.
    pub(super) async fn ask(
        &self,
        ask: Ask,
        error: Option<Box<Report>>,
        retry: bool,
        phase: Phase,
    ) -> Result<CallbackReply, Error> {
        let number = self.control.question();
        let notice = self.question(number, ask, error, retry);
        self.control.mailbox().notify_urgently(&notice);
        let replied = self.control.replied(number);
        let reply = match self.options.timeouts.connect {
            None => replied.await,
            Some(limit) => timeout(limit, replied).await.map_err(|_| {
                let sentence = format!(
                    "a callback did not answer within {} ms; raise timeouts.connect if it may take longer",
                    limit.as_millis()
                );
                Error::new(Kind::Callback, phase, sentence)
            })?,
        };
        if matches!(reply, CallbackReply::Threw) { Err(failure::threw(phase)) } else { Ok(reply) }
    }

    fn question(&self, number: u32, ask: Ask, error: Option<Box<Report>>, retry: bool) -> String {
        let last_event_id = &self.delivery.last_event_id_text();
        let attempt = self.attempts;
        Notice::Question { number, ask, attempt, last_event_id, error, retry }.to_json()
    }
}
