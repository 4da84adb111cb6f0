//! The state machine of a stream: prepare, connect, read, decide, wait, again.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::select;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::attempt::{BodyEnd, Reader, read_leftover};
use super::control::{Answer, Command, Control};
use super::head::{Head, judge};
use super::inbox::Inbox;
use super::notice::{Ask, Notice, pairs};
use super::options::Options;
use super::report::{Report, Scene};
use super::state::State;
use super::{failure, request};
use crate::error::{Error, Kind, Phase};
use crate::mailbox::Mailbox;
use crate::reconnect::{Cause, Decision, Ending, History, RequestFacts, Wait, decide, repeat};
use crate::transport::{Body, Request, Transport};

/// A stream that has not dialled yet: its handle, and the engine to give to [`Control::start`].
///
/// Its records go to `mailbox`; `seed` makes its jitter repeatable.
pub fn stream(
    runtime: &Handle,
    transport: Arc<dyn Transport>,
    options: Options,
    mailbox: Arc<Mailbox>,
    seed: u64,
) -> (Arc<Control>, Engine) {
    let control = Control::new(mailbox, runtime.clone(), options.retry.reset_after);
    let engine = Engine {
        inbox: Inbox::new(Arc::clone(&control), &options),
        url: options.url.clone(),
        options,
        transport,
        control: Arc::clone(&control),
        history: History::default(),
        started: None,
        chance: fastrand::Rng::with_seed(seed),
        attempts: 0,
        last_error: None,
        tail: VecDeque::new(),
    };
    (control, engine)
}

/// The state machine of one stream.
pub struct Engine {
    options: Options,
    transport: Arc<dyn Transport>,
    control: Arc<Control>,
    inbox: Inbox,
    history: History,
    /// The moment from which `history` counts.
    started: Option<Instant>,
    chance: fastrand::Rng,
    attempts: u64,
    /// Where the present attempt goes, redirects included.
    url: Option<Url>,
    /// The failure of the last attempt, for the callbacks of the next.
    last_error: Option<Box<Report>>,
    /// The end of the body, where truncation is an error.
    tail: VecDeque<u8>,
}

/// How an attempt ended.
enum End {
    /// With its terminal event; what is left of the body.
    Terminal(Box<dyn Body>),
    /// By itself, with an error or without.
    Over(Ending, Option<Error>),
}

/// What comes after an attempt.
enum Next {
    Attempt,
    Close { reason: &'static str, error: Option<Box<Report>> },
}

impl Engine {
    pub(super) async fn run(mut self) {
        let total = self.options.timeouts.total;
        let mut leftover = None;
        let live = self.live(&mut leftover);
        let outcome = match total {
            None => Ok(live.await),
            Some(total) => timeout(total, live).await.map_err(|_| total),
        };
        let (reason, error) = outcome.unwrap_or_else(|total| {
            let sentence = format!(
                "the stream did not complete within {} ms; raise timeouts.total if it may take longer",
                total.as_millis()
            );
            let mut error = Error::new(Kind::Timeout, Phase::Total, sentence).with_sent(true);
            // What kept it from completing, if something did.
            if let Some(last) = self.control.record().last_error.take() {
                error = error.with_source(last);
            }
            self.count(&error);
            ("error", Some(self.report(&error)))
        });
        if !self.control.end() {
            return;
        }
        self.control.mailbox.notify(&Notice::Close { reason, error }.to_json());
        if let Some(body) = leftover {
            read_leftover(body).await;
        }
    }

    async fn live(
        &mut self,
        leftover: &mut Option<Box<dyn Body>>,
    ) -> (&'static str, Option<Box<Report>>) {
        let control = Arc::clone(&self.control);
        loop {
            let end = select! {
                biased;
                command = control.command() => Err(command),
                end = self.attempt() => Ok(end),
            };
            control.record().dropped(Instant::now());
            let (ending, error) = match end {
                Err(Command::Finish) => return ("terminal", None),
                Err(Command::Fail) => return self.thrown(),
                Err(Command::Reconnect) => {
                    let now = self.clock();
                    self.history.disconnect(&self.options.retry, now);
                    continue;
                }
                Ok(End::Terminal(body)) => {
                    *leftover = Some(body);
                    return ("terminal", None);
                }
                Ok(End::Over(ending, error)) => (ending, error),
            };
            let next = select! {
                biased;
                command = control.command() => Err(command),
                next = self.follow(ending, error) => Ok(next),
            };
            match next {
                Err(Command::Finish) => return ("terminal", None),
                Err(Command::Fail) => return self.thrown(),
                Err(Command::Reconnect) | Ok(Next::Attempt) => {}
                Ok(Next::Close { reason, error }) => return (reason, error),
            }
        }
    }

    async fn attempt(&mut self) -> End {
        self.attempts += 1;
        self.control.record().attempts = self.attempts;
        let request = match self.prepare().await {
            Ok(request) => request,
            Err(error) => return over(error),
        };
        self.url = Some(request.url.clone());
        self.control.enter(State::Connecting { attempt: self.attempts });
        let response = match self.transport.dial(request).await {
            Ok(response) => response,
            Err(error) => return over(error),
        };
        let mut response = match judge(response, &self.options.accept).await {
            Head::Stream(response) => response,
            Head::NoContent => return End::Over(Ending::NoContent, None),
            Head::Refused(error) => return over(error),
        };
        self.opened(&response.headers, response.status.as_u16(), &response.url);
        self.url = Some(response.url);

        self.inbox.reconnected();
        self.tail.clear();
        let Self { options, control, inbox, history, tail, .. } = self;
        let policy = &options.retry;
        let mut told = |delay| history.tell(policy, delay);
        let mut reader = Reader { options, control, inbox, told: &mut told, tail };
        let end = reader.read(&mut *response.body).await;
        match end {
            BodyEnd::Terminal => End::Terminal(response.body),
            BodyEnd::Clean => self.complete().await,
            BodyEnd::Failed(error) => over(error),
        }
    }

    /// The request of this attempt: as configured, save what callbacks compute anew.
    async fn prepare(&mut self) -> Result<Request, Error> {
        let callbacks = self.options.callbacks;
        let mut url = self.options.url.clone();
        let mut headers = self.options.headers.clone();
        let mut body = self.options.body.clone();
        if callbacks.url || callbacks.headers || callbacks.body {
            self.control.enter(State::Preparing { attempt: self.attempts });
            match self.ask(Ask::Request, self.last_error.clone(), true, Phase::Prepare).await? {
                Answer::Request(parts) => {
                    url = parts.url.or(url);
                    headers = parts.headers.unwrap_or(headers);
                    body = parts.body.or(body);
                }
                _ => return Err(failure::threw(Phase::Prepare)),
            }
        }
        let Some(url) = url else {
            return Err(Error::new(Kind::Request, Phase::Prepare, "the request has no URL"));
        };
        request::complete(&mut headers, &self.options, &self.inbox.last_event_id());
        Ok(Request {
            method: self.options.method.clone(),
            url,
            headers,
            body,
            connect_timeout: self.options.timeouts.connect,
            headers_timeout: self.options.timeouts.headers,
            max_redirects: self.options.max_redirects,
            tls: self.options.tls.clone(),
            proxy: self.options.proxy.clone(),
            http2: self.options.http2,
        })
    }

    fn opened(&mut self, headers: &http::HeaderMap, status: u16, url: &Url) {
        let now = self.clock();
        self.history.connect(now);
        self.control.record().opened(Instant::now());
        let notice = Notice::Open { status, headers: pairs(headers), url: url.as_str() };
        self.control.mailbox.notify(&notice.to_json());
    }

    /// The body ended cleanly: complete, if the caller's function says so of the events it got.
    async fn complete(&mut self) -> End {
        if self.options.callbacks.terminal {
            self.control.enter(State::Draining);
            let number = self.control.question();
            let notice = self.question(number, Ask::Complete, None, false);
            // Behind the events, and for as long as they take: the answer depends on them.
            self.control.mailbox.notify(&notice);
            match self.control.answered(number).await {
                Answer::Complete(true) => return End::Over(Ending::Terminal, None),
                Answer::Threw => return over(failure::threw(Phase::Body)),
                _ => {}
            }
        }
        End::Over(Ending::End, None)
    }

    /// Decides what follows an attempt, and waits if that is what follows.
    async fn follow(&mut self, ending: Ending, error: Option<Error>) -> Next {
        if self.control.take_reset() {
            self.history.reset();
        }
        if self.inbox.events() > 0 {
            self.history.deliver();
        }
        if let Some(error) = &error {
            self.count(error);
        }
        let request = RequestFacts {
            safe: self.options.safe(),
            terminal_declared: self.options.terminal_declared(),
        };
        let now = self.clock();
        let chance = self.chance.f64();
        let policy = &self.options.retry;
        let mut decision = decide(policy, &self.history, &ending, request, now, chance);
        if let Some(error) = &error
            && self.options.callbacks.should_retry
        {
            self.control.enter(State::Deciding);
            let would = matches!(decision, Decision::Retry { .. });
            let report = self.report(error);
            match self.ask(Ask::Retry, Some(report), would, Phase::Prepare).await {
                Ok(Answer::Retry(Some(false))) => decision = Decision::Fail(Cause::Final),
                // Not even a caller's word repeats a request that has begun to answer: nobody says how
                // the two answers would become one.
                Ok(Answer::Retry(Some(true)))
                    if !would && (request.safe || !self.history.delivered) =>
                {
                    let policy = &self.options.retry;
                    decision = repeat(policy, &self.history, &ending, request, now, chance);
                }
                Ok(Answer::Retry(_)) => {}
                Ok(_) => return self.failed(&failure::threw(Phase::Prepare)),
                Err(error) => return self.failed(&error),
            }
        }
        self.history.follow(&self.options.retry, &decision, now);
        match decision {
            Decision::Retry { delay, attempt, wait } => {
                self.wait(delay, attempt, wait, error.as_ref()).await;
                Next::Attempt
            }
            Decision::Close(reason) => Next::Close { reason: reason.name(), error: None },
            Decision::Fail(cause) => {
                let error = error.unwrap_or_else(|| {
                    failure::ended_early(cause, self.options.terminal_declared())
                });
                Next::Close { reason: "error", error: Some(self.report(&error)) }
            }
        }
    }

    async fn wait(&mut self, delay: Duration, attempt: u32, wait: Wait, error: Option<&Error>) {
        self.last_error = error.map(|error| self.report(error));
        let notice = Notice::Retry {
            attempt,
            max_attempts: self.options.retry.attempts,
            delay: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            recovery: wait == Wait::Recovery,
            error: self.last_error.clone(),
        };
        // The state first: whoever hears of the retry may look at it.
        self.control.record().waits(attempt, delay);
        self.control.mailbox.notify(&notice.to_json());
        sleep(delay).await;
        // A consumer that has stopped reading must not be piled up with one failure after another.
        poll_fn(|cx| self.control.mailbox.poll_room(0, cx)).await;
    }

    /// The function that the caller gave as `terminal` threw.
    fn thrown(&self) -> (&'static str, Option<Box<Report>>) {
        let error = failure::threw(Phase::Body);
        self.count(&error);
        ("error", Some(self.report(&error)))
    }

    fn failed(&mut self, error: &Error) -> Next {
        self.count(error);
        Next::Close { reason: "error", error: Some(self.report(error)) }
    }

    /// Puts a question to the caller and waits for the answer, at most as long as for a connection.
    async fn ask(
        &self,
        ask: Ask,
        error: Option<Box<Report>>,
        retry: bool,
        phase: Phase,
    ) -> Result<Answer, Error> {
        let number = self.control.question();
        let notice = self.question(number, ask, error, retry);
        self.control.mailbox.notify_urgently(&notice);
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
        let last_event_id = &self.inbox.last_event_id();
        let attempt = self.attempts;
        Notice::Question { number, ask, attempt, last_event_id, error, retry }.to_json()
    }

    fn count(&self, error: &Error) {
        let mut record = self.control.record();
        record.errors += 1;
        record.last_error = Some(format!("{}: {error}", error.code()));
    }

    fn report(&self, error: &Error) -> Box<Report> {
        let truncated = error.kind() == Kind::Truncated && !self.tail.is_empty();
        let tail: Option<Vec<u8>> = truncated.then(|| self.tail.iter().copied().collect());
        Box::new(Report::new(
            error,
            &Scene {
                attempt: self.attempts,
                retryable: failure::transient(error, &self.options.retry),
                url: self.url.as_ref(),
                last_event_id: &self.inbox.last_event_id(),
                events: self.inbox.events(),
                bytes: self.control.counts.bytes.load(Ordering::Relaxed),
                tail: tail.as_deref(),
            },
        ))
    }

    /// Time since the stream started.
    fn clock(&mut self) -> Duration {
        let now = Instant::now();
        now - *self.started.get_or_insert(now)
    }
}

impl Drop for Engine {
    /// Reached with the stream still open only when the engine panicked: whoever waits for the
    /// stream must hear of it.
    fn drop(&mut self) {
        if self.control.end() {
            let sentence = "the stream's engine failed, which is a bug; please report it";
            let error = Error::new(Kind::Internal, Phase::Body, sentence);
            let notice = Notice::Close { reason: "error", error: Some(self.report(&error)) };
            self.control.mailbox.notify(&notice.to_json());
        }
    }
}

fn over(error: Error) -> End {
    End::Over(failure::ending(&error), Some(error))
}
