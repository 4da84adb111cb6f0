//! What an answer makes of an attempt that ended: whose fault it was, and what follows.

use super::attempt::Attempt;
use super::failure::{error_of, fault};
use super::handler::ChatHandler;
use super::options::Resume;
use super::plan::{Plan, Wreck, choose};
use super::request::names_a_path;
use crate::error::{Error, Kind, Phase};
use crate::llm::Failure;
use crate::pool::Outcome;
use crate::reconnect::{Ending, RequestFacts, RetryAdvice};
use crate::stream::{Delivery, EndedAttempt, Judge, Report, outcome};

impl Judge for ChatHandler {
    fn absent(&self) -> Option<Error> {
        let sentence = "the server answered with status 204 instead of an answer";
        Some(Error::new(Kind::Truncated, Phase::Response, sentence).with_sent(true))
    }

    fn explain(&self, error: Error) -> Error {
        match error.refusal() {
            Some(refusal) if error.kind() == Kind::Status => {
                let failure = Failure::of_refusal(refusal.status, &refusal.body);
                error.with_fault(fault(&failure))
            }
            _ => error,
        }
    }

    fn explain_unread(&self, error: &Error, unread: &[u8], unheard: bool) -> Option<Error> {
        if error.fault().is_some() {
            return None;
        }
        let text = String::from_utf8_lossy(unread);
        Failure::of_stray(&text, unheard).map(|failure| error_of(&failure))
    }

    fn outcome(&self, ending: &Ending, error: Option<&Error>) -> Outcome {
        outcome_of(ending, error)
    }

    /// Closes the entry of the attempt, and says what follows it.
    fn judge(&mut self, ended: &EndedAttempt<'_>) -> RetryAdvice {
        let EndedAttempt { ending, error, bytes, .. } = *ended;
        self.log(bytes, |attempt| {
            if let Some(error) = error {
                attempt.fail(error);
            }
        });
        let vain = error.is_some_and(|error| self.is_vain(ending, error));
        let begun = self.shared.lock().begun;
        if *ending == Ending::Fatal && !vain && !begun {
            return by_the_table(false);
        }
        if *ending == Ending::Fatal && !vain {
            return RetryAdvice::Final;
        }
        let server = self.policies.contains(&Resume::Server) && self.kept();
        if begun || server || self.plan == Plan::Server {
            let advice = self.plan_on(ending, vain);
            if begun || !matches!(advice, RetryAdvice::Final) {
                return advice;
            }
        }
        self.plan = Plan::Ask;
        if vain {
            return RetryAdvice::Repeat;
        }
        // What OpenAI's and Anthropic's servers say to their own clients.
        match error.and_then(|error| header(error, "x-should-retry")) {
            Some("true") => RetryAdvice::Repeat,
            Some("false") => RetryAdvice::Final,
            _ => by_the_table(false),
        }
    }

    /// As after a cut: by the caller's policy if there is one that can go on, else from the beginning,
    /// which is what the caller asked for.
    fn interrupted(&mut self, bytes: u64) {
        self.log(bytes, |_| {});
        let begun = self.shared.lock().begun;
        self.plan = if begun { self.next_plan().unwrap_or(Plan::Ask) } else { Plan::Ask };
    }

    fn over(&mut self, error: Option<&Report>, delivery: &mut Delivery) {
        let bytes = delivery.attempt_bytes();
        if error.is_none() {
            self.log(bytes, Attempt::succeed);
        } else if self.shared.lock().attempts.last().is_some_and(|it| it.error.is_none()) {
            let code = error.map(Report::code);
            self.log(bytes, |attempt| attempt.error = code);
        }
        let failure =
            error.map(|error| (error.message(), error.kind().unwrap_or("server"), error.code()));
        self.shared.lock().close(failure, &mut |record| delivery.push(record));
    }
}

impl ChatHandler {
    /// How to go on after a failure, now that something has been delivered.
    fn plan_on(&mut self, ending: &Ending, vain: bool) -> RetryAdvice {
        if vain {
            let tried = self.plan.resume(true);
            self.policies.retain(|policy| Some(*policy) != tried);
        }
        let Some(plan) = self.next_plan() else { return RetryAdvice::Final };
        self.plan = plan;
        // What the caller wants done about a broken answer is not for the table to refuse.
        if vain || matches!(ending, Ending::Lost | Ending::Unanswered) {
            return RetryAdvice::Repeat;
        }
        by_the_table(plan == Plan::Server)
    }

    /// Whether an attempt that went on with the answer showed that its policy cannot work here.
    fn is_vain(&self, ending: &Ending, error: &Error) -> bool {
        let status = match *ending {
            Ending::Status { status, .. } => status,
            _ => 0,
        };
        let refused = !matches!(status, 0 | 401..=403 | 408 | 425 | 429 | 500..);
        match (self.plan, error.kind()) {
            (Plan::Continue, Kind::Status) => refused && status >= 400,
            (Plan::Server, Kind::ContentType | Kind::Redirect) => true,
            (Plan::Server, Kind::Status) => refused || (status >= 500 && self.has_another()),
            (Plan::Server, Kind::Provider) => {
                let gone = error.fault().is_some_and(|fault| fault.class == "not-found");
                gone || (status >= 500 && self.has_another())
            }
            (Plan::Server, Kind::Malformed) => self.has_another(),
            (Plan::Server, Kind::Truncated) => {
                let nothing = self.dialect.cursor() == self.fetched;
                error.phase() == Phase::Response || (nothing && self.has_another())
            }
            _ => false,
        }
    }

    /// Whether a policy other than to ask the server applies.
    fn has_another(&self) -> bool {
        let others = self.policies.iter().copied().filter(|policy| *policy != Resume::Server);
        self.choose(&others.collect::<Vec<_>>()).is_some()
    }

    fn choose(&self, policies: &[Resume]) -> Option<Plan> {
        let state = self.shared.lock();
        let wreck = Wreck {
            message: state.message(),
            kept: self.kept(),
            pieces: self.assembler.pieces,
            body: self.body.as_ref(),
        };
        choose(&self.chat_options, policies, wreck)
    }

    /// How the next attempt goes on with what came, by the policies that are left.
    fn next_plan(&self) -> Option<Plan> {
        self.choose(&self.policies)
    }

    /// Whether the server can be asked for the rest.
    fn kept(&self) -> bool {
        self.dialect.cursor().is_some() && self.assembler.id().is_some_and(names_a_path)
    }
}

/// As the table of endings says. A repetition gives nothing twice: it is planned to go on with what came.
const fn by_the_table(safe: bool) -> RetryAdvice {
    RetryAdvice::Table(RequestFacts { safe, delivered: false, terminal_declared: true })
}

/// What an ending says about the endpoint and the key: a provider's words say more than a status.
fn outcome_of(ending: &Ending, error: Option<&Error>) -> Outcome {
    let retry_after = match *ending {
        Ending::Status { retry_after, .. } => retry_after,
        _ => None,
    };
    match error.and_then(Error::fault).map(|fault| fault.class) {
        Some("auth" | "permission" | "quota") => Outcome::KeyDead,
        Some("rate-limit") => Outcome::KeyCooling(retry_after),
        Some("overloaded" | "server" | "timeout" | "malformed") => Outcome::EndpointFailed,
        Some(_) => Outcome::Neutral,
        None => outcome(ending, error),
    }
}

/// A header of a refusal.
fn header<'a>(error: &'a Error, name: &str) -> Option<&'a str> {
    let headers = &error.refusal()?.headers;
    headers.iter().find(|(own, _)| own == name).map(|(_, value)| &**value)
}
