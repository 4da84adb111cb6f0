//! Events of the bodies to deltas, and what the engine asks of an answer.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use url::Url;

use super::attempt::{Attempt, Billed};
use super::chunk::Chunks;
use super::failure::{error_of, fault, unproven};
use super::plan::{Plan, Wreck};
use super::question::{Malformed, Question, Resume};
use super::request;
use super::scribe::Scribe;
use super::seam::Seam;
use super::story::Story;
use super::verdict::blame;
use crate::error::{Error, Kind, Phase};
use crate::llm::{Class, Dialect, Failure, Family, Stage};
use crate::mailbox::{Letter, Mailbox};
use crate::pool::{Endpoint, Lease, Outcome, PrefillStyle};
use crate::protocol::{Event, Framing, Item};
use crate::reconnect::Ending;
use crate::stream::{
    Completion, Control, Engine, Intake, Notice, Options, Pile, Report, Scene, Taken, Verdict, cost,
};
use crate::transport::{Request, Response, Transport};

/// An answer that is not asked for yet: its handle, the story that it will tell, and the engine to
/// give to [`Control::start`].
pub fn answer(
    runtime: &Handle,
    transport: Arc<dyn Transport>,
    options: Options,
    question: Question,
    mailbox: Arc<Mailbox>,
    seed: u64,
) -> (Arc<Control>, Arc<Story>, Engine<AnswerInbox>) {
    let story = Story::new(Arc::clone(&mailbox), question.bounds, &question.request_id);
    let control = Control::new(mailbox, runtime.clone(), options.retry.reset_after);
    let inbox = AnswerInbox::new(Arc::clone(&control), Arc::clone(&story), question, &options);
    let engine = Engine::new(Arc::clone(&control), transport, options, inbox, seed);
    (control, story, engine)
}

/// Reads one answer out of as many bodies as it takes.
pub struct AnswerInbox {
    control: Arc<Control>,
    pub(super) story: Arc<Story>,
    pub(super) question: Question,
    ignored: Vec<String>,
    pub(super) dialect: Box<dyn Dialect>,
    pub(super) scribe: Scribe,
    pile: Pile,
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

impl AnswerInbox {
    fn new(
        control: Arc<Control>,
        story: Arc<Story>,
        question: Question,
        options: &Options,
    ) -> Self {
        Self {
            pile: Pile::new(Arc::clone(control.mailbox())),
            control,
            story,
            ignored: options.timeouts.event_ignore.clone(),
            dialect: question.family.dialect(),
            scribe: Scribe::new(question.family, question.choices),
            policies: question.resume.clone(),
            question,
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
        let Self { dialect, scribe, pile, story, .. } = self;
        let mut told = story.lock();
        let told = &mut *told;
        let mut put = |letter: &Letter<'_>| pile.push(letter);
        if told.form.raw {
            let Event { name, data, id, retry } = *event;
            put(&Letter::Event { name, data, id, retry });
        }
        let mut says = false;
        dialect.decode(event, &mut |delta| {
            says = true;
            scribe.hear(&delta, told, &mut put);
        })?;
        if let Some(failure) = scribe.failure.take() {
            return Err(failure);
        }
        if !says && told.form.bytes {
            put(&Letter::Bytes(&Chunks::comment(b"")));
        }
        let stage = scribe.evidence.stage();
        if stage == Stage::Done {
            scribe.complete(told, &mut put);
            return Ok(Taken::Terminal);
        }
        if stage == Stage::Unproven {
            return Ok(Taken::Failed(unproven(scribe.has_begun())));
        }
        if stage == Stage::Finished {
            return Ok(Taken::Finished);
        }
        let name = event.name.unwrap_or(b"message");
        let ignored = self.ignored.iter().any(|ignored| ignored.as_bytes() == name);
        // Some keep a line warm with chunks that hold nothing. Other dialects name what they do.
        let empty = !says && self.question.family == Family::ChatCompletions;
        Ok(if ignored || empty { Taken::Other } else { Taken::Event })
    }

    /// Passes over an event that cannot be read, and says so.
    fn skip(&mut self, error: &Error) {
        self.skipped = self.skipped.saturating_add(1);
        if self.skipped > TOLD_OF {
            return;
        }
        self.flush();
        let attempt = self.story.lock().attempts.last().map_or(1, |attempt| attempt.attempt);
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
        if self.story.lock().form.bytes {
            if !self.pile.fits(text.len()) {
                return None;
            }
            self.pile.push(&Letter::Bytes(&Chunks::comment(text)));
        }
        Some(Taken::Other)
    }

    /// Closes the record of the present attempt.
    pub(super) fn log(&mut self, received: u64, close: impl FnOnce(&mut Attempt)) {
        let bytes = received - self.before;
        let usage = self.scribe.usage();
        if let Some(attempt) = self.story.lock().attempts.last_mut() {
            attempt.bytes = bytes;
            attempt.usage = usage;
            close(attempt);
        }
    }
}

impl Intake for AnswerInbox {
    type Framing = Box<dyn Framing>;

    fn framing(&self, max_event_size: Option<usize>) -> Self::Framing {
        self.question.family.framing(max_event_size)
    }

    fn dress(
        &mut self,
        request: &mut Request,
        options: &Options,
        lease: Option<&Lease>,
        attempt: u64,
    ) -> Result<(), Error> {
        let Some(lease) = lease else {
            return Err(Error::new(Kind::Request, Phase::Prepare, "an answer needs an endpoint"));
        };
        let Self { question, story, scribe, dialect, plan, .. } = self;
        let mut told = story.lock();
        let resume = plan.resume(told.begun);
        told.attempts.push(Attempt {
            attempt,
            endpoint: lease.endpoint.name.clone(),
            key: lease.key.as_ref().map(|key| key.hash.clone()),
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
                *dialect = question.family.dialect();
                scribe.ask(question.family, question.choices, attempt, told.begun);
                request::ask(request, options, question, lease, self.body.clone())
            }
            Plan::Continue => {
                let message = told.message();
                let wreck =
                    Wreck { message, kept: false, pieces: scribe.pieces, body: self.body.as_ref() };
                let begun = lease.endpoint.prefill.and_then(|prefill| wreck.begin(prefill));
                let Some(begun) = begun else {
                    let sentence = "the answer cannot be continued";
                    return Err(Error::new(Kind::Request, Phase::Prepare, sentence));
                };
                let seam = Seam::new(&begun.text, &begun.space, begun.echo);
                *dialect = question.family.dialect();
                scribe.go_on(question.family, attempt, seam);
                request::ask(request, options, question, lease, Some(begun.body.into()))
            }
            Plan::Server => {
                dialect.resume();
                let (id, cursor) = (scribe.id().unwrap_or_default().to_owned(), dialect.cursor());
                scribe.fetch(attempt);
                self.fetched = cursor;
                let cursor = cursor.unwrap_or_default();
                request::fetch_rest(request, options, question, lease, &id, cursor)
            }
        };
        self.scribe.trust_done(lease.endpoint.done_proves);
        request::put(&mut request.headers, "x-request-attempt", &attempt.to_string());
        dressed
    }

    fn fits(&self, endpoint: &Endpoint) -> bool {
        let styled = endpoint.prefill.is_some_and(|prefill| {
            // A pool may serve several families, of which only one has this style.
            (prefill.style == PrefillStyle::Anthropic)
                == (self.question.family == Family::Anthropic)
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
        if let Some(attempt) = self.story.lock().attempts.last_mut() {
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
        if !self.pile.fits(cost(item)) {
            return None;
        }
        self.events += 1;
        let taken = self.event(event);
        if self.pile.is_high() {
            self.flush();
        }
        Some(taken.unwrap_or_else(|failure| {
            let error = error_of(&failure);
            let skips = self.question.malformed == Malformed::Skip;
            if skips && failure.class() == Class::Malformed {
                self.skip(&error);
                return Taken::Other;
            }
            Taken::Failed(error)
        }))
    }

    /// It counts if it is whole; half of an event is none.
    fn take_incomplete(&mut self, event: Event<'_>) -> Option<Taken> {
        if !self.pile.fits(cost(&Item::Event(event))) {
            return None;
        }
        Some(match self.event(&event) {
            Ok(taken) => taken,
            Err(failure) if failure.class() == Class::Malformed => Taken::Other,
            Err(failure) => Taken::Failed(error_of(&failure)),
        })
    }

    fn pile(&self) -> &Pile {
        &self.pile
    }

    fn flush(&mut self) {
        self.control.count_events(self.events);
        self.pile.flush();
    }

    async fn make_room(&mut self, item: &Item<'_>) -> Duration {
        self.flush();
        self.pile.make_room(cost(item)).await
    }

    fn ended(&mut self) -> Completion {
        if !self.complete() {
            let sentence = "the body ended before the answer was complete";
            let error = Error::new(Kind::Truncated, Phase::Body, sentence).with_sent(true);
            return Completion::Failed(error);
        }
        let Self { scribe, story, pile, .. } = self;
        scribe.complete(&mut story.lock(), &mut |letter| pile.push(letter));
        Completion::Complete
    }

    fn complete(&self) -> bool {
        self.scribe.evidence.is_complete()
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
        blame(ending, error)
    }

    fn judge(
        &mut self,
        _options: &Options,
        ending: &Ending,
        error: Option<&Error>,
        received: u64,
    ) -> Verdict {
        self.verdict(ending, error, received)
    }

    /// As after a cut: by the caller's policy if there is one that can go on, else from the beginning,
    /// which is what the caller asked for.
    fn interrupted(&mut self, received: u64) {
        self.log(received, |_| {});
        let begun = self.story.lock().begun;
        self.plan = if begun { self.next_plan().unwrap_or(Plan::Ask) } else { Plan::Ask };
    }

    fn over(&mut self, error: Option<&Report>, received: u64) {
        if error.is_none() {
            self.log(received, Attempt::succeed);
        } else if self.story.lock().attempts.last().is_some_and(|it| it.error.is_none()) {
            let code = error.map(Report::code);
            self.log(received, |attempt| attempt.error = code);
        }
        let failure =
            error.map(|error| (error.message(), error.kind().unwrap_or("server"), error.code()));
        let Self { story, pile, .. } = self;
        story.lock().close(failure, &mut |letter| pile.push(letter));
        self.flush();
    }

    fn last_event_id(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn events(&self) -> u64 {
        self.events
    }
}
