//! Events of the bodies to deltas, and what the engine asks of an answer.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use url::Url;

use super::attempt::{Attempt, Billed};
use super::chunk::Chunks;
use super::delta_assembler::DeltaAssembler;
use super::failure::{error_of, fault, unproven};
use super::options::{ChatOptions, Malformed, Resume};
use super::overlap_trimmer::OverlapTrimmer;
use super::plan::{Plan, Wreck};
use super::request;
use super::retry_advice::outcome_of;
use super::state::SharedChatState;
use crate::delivery::Mailbox;
use crate::error::{Error, Kind, Phase};
use crate::llm::{Class, Dialect, Failure, Family, Stage};
use crate::pool::{Assignment, Endpoint, Outcome, PrefillStyle};
use crate::protocol::{Event, Framing, Item};
use crate::reconnect::Ending;
use crate::record::Record;
use crate::stream::{
    BodyHandler, Completion, Control, Engine, Notice, Options, RecordBuffer, Report, RetryAdvice,
    Scene, Taken, cost,
};
use crate::transport::{Request, Response, Transport};

/// An answer that is not asked for yet: its handle, its state, and the engine to
/// give to [`Control::start`].
pub fn chat(
    runtime: &Handle,
    transport: Arc<dyn Transport>,
    options: Options,
    chat_options: ChatOptions,
    mailbox: Arc<Mailbox>,
    seed: u64,
) -> (Arc<Control>, Arc<SharedChatState>, Engine<ChatHandler>) {
    let shared =
        SharedChatState::new(Arc::clone(&mailbox), chat_options.bounds, &chat_options.request_id);
    let control = Control::new(mailbox, runtime.clone(), options.retry.reset_after);
    let handler =
        ChatHandler::new(Arc::clone(&control), Arc::clone(&shared), chat_options, &options);
    let engine = Engine::new(Arc::clone(&control), transport, options, handler, seed);
    (control, shared, engine)
}

/// Reads one answer out of as many bodies as it takes.
pub struct ChatHandler {
    control: Arc<Control>,
    pub(super) shared: Arc<SharedChatState>,
    pub(super) chat_options: ChatOptions,
    ignored: Vec<String>,
    pub(super) dialect: Box<dyn Dialect>,
    pub(super) assembler: DeltaAssembler,
    buffer: RecordBuffer,
    /// The policies that are left.
    pub(super) policies: Vec<Resume>,
    /// What the next attempt asks for, or the present one did.
    pub(super) plan: Plan,
    /// Bytes that came before the present attempt.
    before: u64,
    /// Behind which event the server was asked for the rest, if it was.
    pub(super) fetched: Option<u64>,
    pub(super) body: Option<bytes::Bytes>,
    events: u64,
    /// Where the present body comes from.
    url: Option<Url>,
    /// How many events could not be read.
    skipped: u32,
    /// Events that came before the present attempt.
    earlier: u64,
}

/// How many events that were passed over are told of: a server may send nothing else.
const TOLD_OF: u32 = 100;

impl ChatHandler {
    fn new(
        control: Arc<Control>,
        shared: Arc<SharedChatState>,
        chat_options: ChatOptions,
        options: &Options,
    ) -> Self {
        Self {
            buffer: RecordBuffer::new(Arc::clone(control.mailbox())),
            control,
            shared,
            ignored: options.timeouts.event_ignore.clone(),
            dialect: chat_options.family.dialect(),
            assembler: DeltaAssembler::new(chat_options.family, chat_options.choices),
            policies: chat_options.resume.clone(),
            chat_options,
            plan: Plan::Ask,
            before: 0,
            fetched: None,
            body: options.body.clone(),
            events: 0,
            url: None,
            skipped: 0,
            earlier: 0,
        }
    }

    fn event(&mut self, event: &Event<'_>) -> Result<Taken, Failure> {
        let Self { dialect, assembler, buffer, shared, .. } = self;
        let mut state = shared.lock();
        let state = &mut *state;
        let mut put = |record: &Record<'_>| buffer.push(record);
        if state.form.raw {
            let Event { name, data, id, retry } = *event;
            put(&Record::Event { name, data, id, retry });
        }
        let mut says = false;
        dialect.decode(event, &mut |delta| {
            says = true;
            assembler.push(&delta, state, &mut put);
        })?;
        if let Some(failure) = assembler.failure.take() {
            return Err(failure);
        }
        if !says && state.form.bytes {
            put(&Record::Bytes(&Chunks::comment(b"")));
        }
        let reached = assembler.evidence.stage();
        if reached == Stage::Done {
            assembler.complete(state, &mut put);
            return Ok(Taken::Terminal);
        }
        if reached == Stage::Unproven {
            return Ok(Taken::Failed(unproven(assembler.has_begun())));
        }
        if reached == Stage::Finished {
            return Ok(Taken::Finished);
        }
        let name = event.name.unwrap_or(b"message");
        let ignored = self.ignored.iter().any(|ignored| ignored.as_bytes() == name);
        // Some keep a line warm with chunks that hold nothing. Other dialects name what they do.
        let empty = !says && self.chat_options.family == Family::ChatCompletions;
        Ok(if ignored || empty { Taken::Other } else { Taken::Event })
    }

    /// Passes over an event that cannot be read, and says so.
    fn skip(&mut self, error: &Error) {
        self.skipped = self.skipped.saturating_add(1);
        if self.skipped > TOLD_OF {
            return;
        }
        self.flush();
        let attempt = self.shared.lock().attempts.last().map_or(1, |attempt| attempt.attempt);
        let scene = Scene {
            attempt,
            retryable: true,
            url: self.url.as_ref(),
            last_event_id: "",
            events: self.events,
            bytes: self.control.received(),
            tail: None,
        };
        let notice = Notice::Malformed { error: Box::new(Report::new(error, &scene)) };
        self.control.mailbox().notify(&notice.to_json());
    }

    /// What keeps this side alive keeps the client of a response alive, too.
    fn comment(&mut self, text: &[u8]) -> Option<Taken> {
        if self.shared.lock().form.bytes {
            if !self.buffer.fits(text.len()) {
                return None;
            }
            self.buffer.push(&Record::Bytes(&Chunks::comment(text)));
        }
        Some(Taken::Other)
    }

    /// Closes the entry of the present attempt.
    pub(super) fn log(&mut self, received: u64, close: impl FnOnce(&mut Attempt)) {
        let bytes = received - self.before;
        let usage = self.assembler.usage();
        if let Some(attempt) = self.shared.lock().attempts.last_mut() {
            attempt.bytes = bytes;
            attempt.usage = usage;
            close(attempt);
        }
    }
}

impl BodyHandler for ChatHandler {
    type Framing = Box<dyn Framing>;

    fn framing(&self, max_event_size: Option<usize>) -> Self::Framing {
        self.chat_options.family.framing(max_event_size)
    }

    fn complete_request(
        &mut self,
        request: &mut Request,
        options: &Options,
        assignment: Option<&Assignment>,
        attempt: u64,
    ) -> Result<(), Error> {
        let Some(assignment) = assignment else {
            return Err(Error::new(Kind::Request, Phase::Prepare, "an answer needs an endpoint"));
        };
        let Self { chat_options, shared, assembler, dialect, plan, .. } = self;
        let mut state = shared.lock();
        let resume = plan.resume(state.begun);
        state.attempts.push(Attempt {
            attempt,
            endpoint: assignment.endpoint.name.clone(),
            key: assignment.key.as_ref().map(|key| key.hash.clone()),
            status: None,
            bytes: 0,
            usage: None,
            billed: Billed::Perhaps,
            resume,
            error: None,
        });
        // Before anything can fail: what is told of an attempt is told of this one.
        self.before = self.control.received();
        self.earlier = self.events;
        let dressed = match *plan {
            Plan::Ask => {
                *dialect = chat_options.family.dialect();
                assembler.ask(chat_options.family, chat_options.choices, attempt, state.begun);
                request::ask(request, options, chat_options, assignment, self.body.clone())
            }
            Plan::Continue => {
                let message = state.message();
                let wreck = Wreck {
                    message,
                    kept: false,
                    pieces: assembler.pieces,
                    body: self.body.as_ref(),
                };
                let begun = assignment.endpoint.prefill.and_then(|prefill| wreck.begin(prefill));
                let Some(begun) = begun else {
                    let sentence = "the answer cannot be continued";
                    return Err(Error::new(Kind::Request, Phase::Prepare, sentence));
                };
                let trimmer = OverlapTrimmer::new(&begun.text, &begun.space, begun.echo);
                *dialect = chat_options.family.dialect();
                assembler.go_on(chat_options.family, attempt, trimmer);
                request::ask(request, options, chat_options, assignment, Some(begun.body.into()))
            }
            Plan::Server => {
                dialect.resume();
                let (id, cursor) =
                    (assembler.id().unwrap_or_default().to_owned(), dialect.cursor());
                assembler.fetch(attempt);
                self.fetched = cursor;
                let cursor = cursor.unwrap_or_default();
                request::fetch_rest(request, options, chat_options, assignment, &id, cursor)
            }
        };
        self.assembler.trust_done(assignment.endpoint.done_proves);
        request::put(&mut request.headers, "x-request-attempt", &attempt.to_string());
        dressed
    }

    fn fits(&self, endpoint: &Endpoint) -> bool {
        let styled = endpoint.prefill.is_some_and(|prefill| {
            // A pool may serve several families, of which only one has this style.
            (prefill.style == PrefillStyle::Anthropic)
                == (self.chat_options.family == Family::Anthropic)
        });
        styled || self.plan != Plan::Continue
    }

    fn stays(&self) -> bool {
        self.plan == Plan::Server
    }

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

    fn opened(&mut self, response: &Response) {
        if let Some(attempt) = self.shared.lock().attempts.last_mut() {
            attempt.status = Some(response.status.as_u16());
        }
        self.url = Some(response.url.clone());
    }

    fn take(&mut self, item: &Item<'_>) -> Option<Taken> {
        let event = match item {
            Item::Event(event) => event,
            Item::Comment(text) => return self.comment(text),
            _ => return Some(Taken::Other),
        };
        // What an event amounts to is at most about its own size.
        if !self.buffer.fits(cost(item)) {
            return None;
        }
        self.events += 1;
        let taken = self.event(event);
        if self.buffer.is_high() {
            self.flush();
        }
        Some(taken.unwrap_or_else(|failure| {
            let error = error_of(&failure);
            let skips = self.chat_options.malformed == Malformed::Skip;
            if skips && failure.class() == Class::Malformed {
                self.skip(&error);
                return Taken::Other;
            }
            Taken::Failed(error)
        }))
    }

    /// It counts if it is whole; half of an event is none.
    fn take_incomplete(&mut self, event: Event<'_>) -> Option<Taken> {
        if !self.buffer.fits(cost(&Item::Event(event))) {
            return None;
        }
        Some(match self.event(&event) {
            Ok(taken) => taken,
            Err(failure) if failure.class() == Class::Malformed => Taken::Other,
            Err(failure) => Taken::Failed(error_of(&failure)),
        })
    }

    fn buffer(&self) -> &RecordBuffer {
        &self.buffer
    }

    fn flush(&mut self) {
        self.control.count_events(self.events);
        self.buffer.flush();
    }

    async fn make_room(&mut self, item: &Item<'_>) -> Duration {
        self.flush();
        self.buffer.make_room(cost(item)).await
    }

    fn ended(&mut self) -> Completion {
        if !self.complete() {
            let sentence = "the body ended before the answer was complete";
            let error = Error::new(Kind::Truncated, Phase::Body, sentence).with_sent(true);
            return Completion::Failed(error);
        }
        let Self { assembler, shared, buffer, .. } = self;
        assembler.complete(&mut shared.lock(), &mut |record| buffer.push(record));
        Completion::Complete
    }

    fn complete(&self) -> bool {
        self.assembler.evidence.is_complete()
    }

    fn is_unheard(&self) -> bool {
        self.events == self.earlier
    }

    fn explain_unread(&self, error: &Error, unread: &[u8]) -> Option<Error> {
        if error.fault().is_some() {
            return None;
        }
        let text = String::from_utf8_lossy(unread);
        Failure::of_stray(&text, self.is_unheard()).map(|failure| error_of(&failure))
    }

    fn outcome(&self, ending: &Ending, error: Option<&Error>) -> Outcome {
        outcome_of(ending, error)
    }

    fn judge(
        &mut self,
        _options: &Options,
        ending: &Ending,
        error: Option<&Error>,
        received: u64,
    ) -> RetryAdvice {
        self.retry_advice(ending, error, received)
    }

    /// As after a cut: by the caller's policy if there is one that can go on, else from the beginning,
    /// which is what the caller asked for.
    fn interrupted(&mut self, received: u64) {
        self.log(received, |_| {});
        let begun = self.shared.lock().begun;
        self.plan = if begun { self.next_plan().unwrap_or(Plan::Ask) } else { Plan::Ask };
    }

    fn over(&mut self, error: Option<&Report>, received: u64) {
        if error.is_none() {
            self.log(received, Attempt::succeed);
        } else if self.shared.lock().attempts.last().is_some_and(|it| it.error.is_none()) {
            let code = error.map(Report::code);
            self.log(received, |attempt| attempt.error = code);
        }
        let failure =
            error.map(|error| (error.message(), error.kind().unwrap_or("server"), error.code()));
        let Self { shared, buffer, .. } = self;
        shared.lock().close(failure, &mut |record| buffer.push(record));
        self.flush();
    }

    fn last_event_id(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn events(&self) -> u64 {
        self.events
    }
}
