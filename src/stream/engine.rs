//! The state machine of a stream: prepare, connect, read, decide, wait, again.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;
use tokio::select;
use tokio::time::Instant;
use url::Url;

use super::attempt::{BodyEnd, Reader};
use super::body_handler::BodyHandler;
use super::control::{CallbackReply, Command, Control};
use super::endpoints::EndpointSelection;
use super::event_handler::EventHandler;
use super::failure;
use super::head::{Head, judge};
use super::leftover::Leftover;
use super::notice::{Ask, Notice, pairs};
use super::options::Options;
use super::report::{Report, Scene};
use super::secrets::Secrets;
use super::state::{Failure, State};
use crate::delivery::Mailbox;
use crate::error::{Error, Kind, Phase};
use crate::reconnect::{Ending, History};
use crate::transport::{Body, Request, Response, Transport, within};

/// A stream of events that has not dialled yet: its handle, and the engine to give to
/// [`Control::start`].
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
    let handler = EventHandler::new(Arc::clone(&control), &options);
    let engine = Engine::new(Arc::clone(&control), transport, options, handler, seed);
    (control, engine)
}

/// The state machine of one stream.
pub struct Engine<I: BodyHandler = EventHandler> {
    pub(super) options: Options,
    transport: Arc<dyn Transport>,
    pub(super) control: Arc<Control>,
    pub(super) handler: I,
    pub(super) selection: Option<EndpointSelection>,
    pub(super) history: History,
    /// The moment from which `history` counts.
    pub(super) started: Option<Instant>,
    pub(super) chance: fastrand::Rng,
    pub(super) attempts: u64,
    /// Moves to another key that cost no attempt of the policy.
    pub(super) moves: u32,
    /// Where the present attempt goes, redirects included.
    url: Option<Url>,
    /// The failure of the last attempt, for the callbacks of the next.
    pub(super) last_error: Option<Box<Report>>,
    /// What must not be shown of the present attempt, if the options do not say so already.
    secrets: Option<Box<Secrets>>,
    /// The end of the body, where truncation is an error.
    tail: VecDeque<u8>,
}

/// How an attempt ended.
pub(super) enum End {
    /// Complete; what is left of the body.
    Terminal(Option<Box<dyn Body>>),
    /// By itself, with an error or without.
    Over(Ending, Option<Error>),
}

/// What comes after an attempt.
pub(super) enum Next {
    Attempt,
    Close { reason: &'static str, error: Option<Box<Report>> },
}

impl<I: BodyHandler> Engine<I> {
    /// An engine at rest, for whatever `handler` makes of its bodies.
    pub fn new(
        control: Arc<Control>,
        transport: Arc<dyn Transport>,
        options: Options,
        handler: I,
        seed: u64,
    ) -> Self {
        let endpoints = options.endpoints.clone();
        Self {
            handler,
            selection: endpoints
                .map(|endpoints| EndpointSelection::new(endpoints, options.affinity)),
            url: options.url.clone(),
            options,
            transport,
            control,
            history: History::default(),
            started: None,
            chance: fastrand::Rng::with_seed(seed),
            attempts: 0,
            moves: 0,
            last_error: None,
            secrets: None,
            tail: VecDeque::new(),
        }
    }

    /// Boxed, or the task would have room for it twice: as its argument and as its variable. So is what
    /// most streams never, or only at their end, wait for.
    pub(super) async fn run(mut self: Box<Self>) {
        let total = self.options.timeouts.total;
        let mut leftover = None;
        let ended = {
            // Pinned, or each arm would have room of its own for it.
            let live = pin!(self.live(&mut leftover));
            match total {
                None => Ok(live.await),
                Some(total) => Box::pin(within(total, live)).await.ok_or(total),
            }
        };
        let (reason, error) = ended.unwrap_or_else(|total| {
            if self.handler.complete() {
                self.handler.ended();
                return ("terminal", None);
            }
            let option = if self.options.impatient { "deadline" } else { "timeouts.total" };
            let sentence = format!(
                "the stream did not complete within {} ms; raise {option} if it may take longer",
                total.as_millis()
            );
            let mut error = Error::new(Kind::Timeout, Phase::Total, sentence).with_sent(true);
            // What kept it from completing, if something did.
            if let Some(last) = self.control.lifecycle().last_error.take() {
                error = error.with_source(last);
            }
            self.count(&error);
            ("error", Some(self.report(&error)))
        });
        let leftover = match leftover.map(Leftover::new) {
            Some(leftover) => Box::pin(leftover.read_at_once()).await,
            None => None,
        };
        if !self.control.end() {
            return;
        }
        let received = self.control.received();
        self.handler.over(error.as_deref(), received);
        self.control.mailbox().notify(&Notice::Close { reason, error }.to_json());
        if let Some(leftover) = leftover {
            Box::pin(leftover.read_on()).await;
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
            control.lifecycle().dropped(Instant::now());
            let (ending, error) = match end {
                Err(Command::Finish) => return ("terminal", None),
                Err(Command::Fail) => return self.thrown(),
                Err(Command::Reconnect) => {
                    let now = self.clock();
                    self.history.advance(self.handler.progress());
                    let received = self.control.received();
                    self.handler.interrupted(received);
                    self.release_endpoint();
                    self.history.disconnect(&self.options.retry, now);
                    continue;
                }
                Ok(End::Terminal(body)) => {
                    self.report_success();
                    *leftover = body;
                    return ("terminal", None);
                }
                Ok(End::Over(ending, error)) => (ending, error),
            };
            let next = select! {
                biased;
                command = control.command() => Err(command),
                next = Box::pin(self.retry(ending, error)) => Ok(next),
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
        // What an earlier body said is not this attempt's.
        self.tail.clear();
        // Boxed, and gone once the stream is open, which it is for nearly all of its life.
        let mut body = match Box::pin(self.open()).await {
            Ok(body) => body,
            Err(end) => return end,
        };
        let Self { options, control, handler, history, tail, .. } = self;
        let policy = &options.retry;
        let mut told = |delay| history.tell(policy, delay);
        let mut reader = Reader { options, control, handler, told: &mut told, tail };
        let end = reader.read(&mut *body).await;
        match end {
            BodyEnd::Terminal => End::Terminal(Some(body)),
            BodyEnd::Complete => End::Terminal(None),
            BodyEnd::Clean => Box::pin(self.complete()).await,
            BodyEnd::Failed(error) => over(error),
        }
    }

    /// Sends the request and accepts the response: the body of a stream, or how the attempt ended.
    async fn open(&mut self) -> Result<Box<dyn Body>, End> {
        Box::pin(self.select_endpoint()).await.map_err(over)?;
        self.attempts += 1;
        self.control.lifecycle().attempts = self.attempts;
        if self.control.announces() {
            let last_event_id = &self.handler.last_event_id();
            let notice = Notice::Attempt { attempt: self.attempts, last_event_id };
            self.control.mailbox().notify(&notice.to_json());
        }
        // Given away before the wait, or there would be room for it here, too.
        let dialling = {
            let request = Box::pin(self.prepare()).await.map_err(over)?;
            self.url = Some(request.url.clone());
            if self.selection.is_some()
                || self.options.callbacks.url
                || self.options.callbacks.headers
            {
                self.secrets = Some(Box::new(Secrets::of(&request.headers, self.url.as_ref())));
            }
            self.control.enter(State::Connecting { attempt: self.attempts });
            self.transport.dial(request)
        };
        let response = dialling.await.map_err(over)?;
        match Box::pin(judge(response, &self.options)).await {
            Head::Stream(response) => {
                self.opened(&response);
                Ok(response.body)
            }
            Head::NoContent => {
                Err(self.handler.absent().map_or(End::Over(Ending::NoContent, None), over))
            }
            Head::Refused(error) => Err(over(self.handler.explain(error))),
        }
    }

    /// The request of this attempt: as configured, save what callbacks compute anew and what the
    /// handler adds.
    async fn prepare(&mut self) -> Result<Request, Error> {
        let callbacks = self.options.callbacks;
        let mut url = self.options.url.clone();
        let mut headers = self.options.headers.clone();
        let mut body = self.options.body.clone();
        if callbacks.url || callbacks.headers || callbacks.body {
            self.control.enter(State::Preparing { attempt: self.attempts });
            match self.ask(Ask::Request, self.last_error.clone(), true, Phase::Prepare).await? {
                CallbackReply::Request(parts) => {
                    url = parts.url.or(url);
                    headers = parts.headers.unwrap_or(headers);
                    body = parts.body.or(body);
                }
                _ => return Err(failure::threw(Phase::Prepare)),
            }
        }
        let assignment = self.selection.as_ref().and_then(EndpointSelection::assignment);
        // Of a pool's endpoint the handler makes the whole address.
        let base = assignment.and_then(|assignment| assignment.endpoint.base_url.parse().ok());
        let Some(url) = url.or(base) else {
            return Err(Error::new(Kind::Request, Phase::Prepare, "the request has no URL"));
        };
        let mut request = Request {
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
        };
        self.handler.complete_request(&mut request, &self.options, assignment, self.attempts)?;
        Ok(request)
    }

    fn opened(&mut self, response: &Response) {
        let now = self.clock();
        self.history.connect(now);
        self.control.lifecycle().opened(Instant::now());
        self.handler.opened(response);
        let Response { status, headers, url, .. } = response;
        let notice =
            Notice::Open { status: status.as_u16(), headers: pairs(headers), url: url.as_str() };
        self.control.mailbox().notify(&notice.to_json());
        self.url = Some(url.clone());
    }

    pub(super) fn count(&self, error: &Error) {
        let report = self.report(error);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.control.lifecycle().failed(Failure {
            at: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            attempt: self.attempts,
            code: report.code(),
            message: report.message().to_owned(),
        });
    }

    pub(super) fn report(&self, error: &Error) -> Box<Report> {
        let shown = matches!(error.kind(), Kind::Truncated | Kind::Provider | Kind::Malformed);
        let shown = shown && !self.tail.is_empty();
        let tail: Option<Vec<u8>> = shown.then(|| self.tail.iter().copied().collect());
        let mut report = Report::new(
            error,
            &Scene {
                attempt: self.attempts,
                retryable: failure::transient(error, &self.options.retry),
                url: self.url.as_ref(),
                last_event_id: &self.handler.last_event_id(),
                events: self.handler.events(),
                bytes: self.control.received(),
                tail: tail.as_deref(),
            },
        );
        self.secrets().iter().for_each(|secret| report.hide(secret));
        Box::new(report)
    }

    /// What a careless server may quote of the last request.
    fn secrets(&self) -> Secrets {
        let Options { headers, url, proxy, .. } = &self.options;
        let kept = self.secrets.as_deref().cloned();
        let mut secrets = kept.unwrap_or_else(|| Secrets::of(headers, url.as_ref()));
        proxy.urls().for_each(|url| secrets.user(url));
        if let Some(key) = self.selection.as_ref().and_then(EndpointSelection::secret) {
            secrets.key(key);
        }
        secrets.sorted()
    }

    /// Time since the stream started.
    pub(super) fn clock(&mut self) -> Duration {
        let now = Instant::now();
        now - *self.started.get_or_insert(now)
    }
}

impl<I: BodyHandler> Drop for Engine<I> {
    /// Reached with the stream still open only when the engine panicked: whoever waits for the
    /// stream must hear of it.
    fn drop(&mut self) {
        if self.control.end() {
            let sentence = "the stream's engine failed, which is a bug; please report it";
            let error = Error::new(Kind::Internal, Phase::Body, sentence);
            let notice = Notice::Close { reason: "error", error: Some(self.report(&error)) };
            self.control.mailbox().notify(&notice.to_json());
        }
    }
}

pub(super) fn over(error: Error) -> End {
    End::Over(failure::ending(&error), Some(error))
}
