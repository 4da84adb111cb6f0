//! What an answer makes of an attempt that ended: whose fault it was, and what follows.

use super::inbox::AnswerInbox;
use super::plan::{Plan, Wreck, choose};
use super::question::Resume;
use crate::error::{Error, Kind};
use crate::pool::Outcome;
use crate::reconnect::{Ending, RequestFacts};
use crate::stream::{Verdict, outcome};

impl AnswerInbox {
    /// Closes the record of the attempt, and says what follows it.
    pub(super) fn verdict(
        &mut self,
        ending: &Ending,
        error: Option<&Error>,
        received: u64,
    ) -> Verdict {
        self.log(received, |attempt| {
            if let Some(error) = error {
                attempt.fail(error);
            }
        });
        if *ending == Ending::Fatal && !self.story.lock().begun {
            let facts = RequestFacts { safe: false, terminal_declared: true };
            return Verdict::Table { facts, delivered: false };
        }
        if *ending == Ending::Fatal {
            return Verdict::Final;
        }
        let begun = self.story.lock().begun;
        let server = self.policies.contains(&Resume::Server) && self.kept();
        if begun || server || self.plan == Plan::Server {
            let verdict = self.plan_on(ending, error);
            if begun || !matches!(verdict, Verdict::Final) {
                return verdict;
            }
        }
        self.plan = Plan::Ask;
        // What OpenAI's and Anthropic's servers say to their own clients.
        match error.and_then(|error| told(error, "x-should-retry")) {
            Some("true") => Verdict::Repeat,
            Some("false") => Verdict::Final,
            _ => {
                let facts = RequestFacts { safe: false, terminal_declared: true };
                Verdict::Table { facts, delivered: false }
            }
        }
    }

    /// How to go on after a failure, now that something has been delivered.
    fn plan_on(&mut self, ending: &Ending, error: Option<&Error>) -> Verdict {
        let refused = match *ending {
            Ending::Status { status, .. } if error.is_some_and(|it| it.kind() == Kind::Status) => {
                (400..500).contains(&status) && !matches!(status, 401..=403 | 408 | 425 | 429)
            }
            _ => false,
        };
        let refused = refused && self.plan != Plan::Ask;
        if refused {
            let vain = self.plan.resume(true);
            self.policies.retain(|policy| Some(*policy) != vain);
        }
        let told = self.story.lock();
        let wreck = Wreck {
            message: told.message(),
            kept: self.kept(),
            pieces: self.scribe.pieces,
            body: self.body.as_ref(),
        };
        let plan = choose(&self.question, &self.policies, wreck);
        drop(told);
        let Some(plan) = plan else { return Verdict::Final };
        self.plan = plan;
        // What the caller wants done about a broken answer is not for the table to refuse.
        if refused || matches!(ending, Ending::Lost | Ending::Unanswered) {
            return Verdict::Repeat;
        }
        let facts = RequestFacts { safe: plan == Plan::Server, terminal_declared: true };
        Verdict::Table { facts, delivered: false }
    }

    /// Whether the server can be asked for the rest.
    fn kept(&self) -> bool {
        self.dialect.cursor().is_some() && self.scribe.id().is_some()
    }
}

/// What an ending says about the endpoint and the key: a provider's words say more than a status.
pub(super) fn blame(ending: &Ending, error: Option<&Error>) -> Outcome {
    let told = match *ending {
        Ending::Status { retry_after, .. } => retry_after,
        _ => None,
    };
    match error.and_then(Error::fault).map(|fault| fault.class) {
        Some("auth" | "permission" | "quota") => Outcome::KeyDead,
        Some("rate-limit") => Outcome::KeyCooling(told),
        Some("overloaded" | "server" | "timeout" | "malformed") => Outcome::EndpointFailed,
        Some(_) => Outcome::Neutral,
        None => outcome(ending, error),
    }
}

/// A header of a refusal.
fn told<'a>(error: &'a Error, name: &str) -> Option<&'a str> {
    let headers = &error.refusal()?.headers;
    headers.iter().find(|(own, _)| own == name).map(|(_, value)| &**value)
}
