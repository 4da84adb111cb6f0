//! The state machine of a stream: prepare, connect, read, decide, wait, again.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::select;
use tokio::time::Instant;
use url::Url;

use super::body_handler::BodyHandler;
use super::control::{Command, Control};
use super::delivery::Delivery;
use super::endpoints::EndpointSelection;
use super::event_handler::EventHandler;
use super::leftover::Leftover;
use super::notice::Notice;
use super::options::Options;
use super::reading::BodyEnd;
use super::report::Report;
use super::secrets::Secrets;
use super::sink::SinkEnd;
use super::tail::Tail;
use crate::delivery::Mailbox;
use crate::error::{Error, Kind, Phase};
use crate::reconnect::{Ending, History, ending_of};
use crate::transport::{Body, Transport, within};

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
    let handler = EventHandler::new(&options);
    Engine::new(runtime, transport, options, handler, mailbox, seed)
}

/// The state machine of one stream.
pub struct Engine<H: BodyHandler = EventHandler> {
    pub(super) options: Options,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) control: Arc<Control>,
    pub(super) handler: H,
    pub(super) delivery: Delivery,
    pub(super) selection: Option<EndpointSelection>,
    pub(super) history: History,
    /// The moment from which `history` counts, and the total time: the first dial, or what comes before it.
    started: Instant,
    pub(super) chance: fastrand::Rng,
    pub(super) attempts: u64,
    /// Events that were passed over.
    pub(super) skipped: u32,
    /// Where the present attempt goes, redirects included.
    pub(super) url: Option<Url>,
    /// The failure of the last attempt, for the callbacks of the next.
    pub(super) last_error: Option<Box<Report>>,
    /// What must not be shown of the present attempt, if the options do not say so already.
    pub(super) secrets: Option<Box<Secrets>>,
    /// The end of the body, where truncation is an error.
    pub(super) tail: Tail,
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

impl<H: BodyHandler> Engine<H> {
    /// An engine at rest, for what `handler` makes of its bodies, and its handle. Its records go to
    /// `mailbox`; `seed` makes its jitter repeatable.
    pub fn new(
        runtime: &Handle,
        transport: Arc<dyn Transport>,
        options: Options,
        handler: H,
        mailbox: Arc<Mailbox>,
        seed: u64,
    ) -> (Arc<Control>, Self) {
        let control = Control::new(mailbox, runtime.clone(), options.retry.reset_after);
        let endpoints = options.endpoints.clone();
        let engine = Self {
            handler,
            delivery: Delivery::new(Arc::clone(&control), &options.last_event_id),
            selection: endpoints
                .map(|endpoints| EndpointSelection::new(endpoints, options.affinity)),
            url: options.url.clone(),
            options,
            transport,
            control: Arc::clone(&control),
            history: History::default(),
            started: Instant::now(),
            chance: fastrand::Rng::with_seed(seed),
            attempts: 0,
            skipped: 0,
            last_error: None,
            secrets: None,
            tail: Tail::default(),
        };
        (control, engine)
    }

    /// Boxed, or the task would have room for it twice: as its argument and as its variable. So is what
    /// most streams never, or only at their end, wait for.
    pub(super) async fn run(mut self: Box<Self>) {
        self.started = Instant::now();
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
            if self.handler.is_complete() {
                self.handler.ended(&mut self.delivery);
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
        self.handler.over(error.as_deref(), &mut self.delivery);
        self.delivery.flush();
        self.control.outlets.end(error.as_deref().map_or(SinkEnd::Complete, SinkEnd::Failed));
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
                    self.handler.interrupted(self.delivery.attempt_bytes());
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
        match self.read(&mut *body).await {
            BodyEnd::Terminal => End::Terminal(Some(body)),
            BodyEnd::Complete => End::Terminal(None),
            BodyEnd::Clean => Box::pin(self.complete()).await,
            BodyEnd::Failed(error) => over(error),
        }
    }

    /// Time since the stream started.
    pub(super) fn clock(&self) -> Duration {
        self.started.elapsed()
    }
}

impl<H: BodyHandler> Drop for Engine<H> {
    /// Reached with the stream still open only when the engine panicked: a consumer that waits for the
    /// stream must hear of it.
    fn drop(&mut self) {
        if self.control.end() {
            let sentence = "the stream's engine failed, which is a bug; please report it";
            let error = Error::new(Kind::Internal, Phase::Body, sentence);
            let report = self.report(&error);
            self.control.outlets.end(SinkEnd::Failed(&report));
            let notice = Notice::Close { reason: "error", error: Some(report) };
            self.control.mailbox().notify(&notice.to_json());
        }
    }
}

pub(super) fn over(error: Error) -> End {
    End::Over(ending_of(&error, SystemTime::now()), Some(error))
}
