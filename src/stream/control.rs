//! The handle on a running stream: commands go in, statistics come out.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use url::Url;

use super::alarm::alarm;
use super::engine::Engine;
use super::intake::Intake;
use super::state::{Counts, Record, State, Stats};
use crate::mailbox::{Demand, Mailbox};

/// What a caller's callback said.
#[derive(Debug)]
pub enum Answer {
    /// The request of an attempt.
    Request(Box<Parts>),
    /// Retry, do not retry, or as the policy says.
    Retry(Option<bool>),
    /// Whether the events so far complete the stream.
    Complete(bool),
    /// The callback threw.
    Threw,
}

/// The parts of a request that callbacks compute; `None` keeps the part as it was.
#[derive(Debug)]
pub struct Parts {
    /// Where to.
    pub url: Option<Url>,
    /// All of the caller's headers.
    pub headers: Option<HeaderMap>,
    /// The body.
    pub body: Option<Bytes>,
}

/// What the engine is to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Connect afresh, whatever is under way.
    Reconnect,
    /// The stream is complete.
    Finish,
    /// A function of the caller threw.
    Fail,
}

/// A handle on one stream; closing or dropping every handle in JavaScript ends it.
#[derive(Debug)]
pub struct Control {
    mailbox: Arc<Mailbox>,
    /// Events leave as the bytes of a stream instead of one by one.
    encoded: AtomicBool,
    /// Each attempt is told of when it starts.
    announces: AtomicBool,
    pub(super) counts: Counts,
    runtime: Handle,
    record: Mutex<Record>,
    orders: Mutex<Orders>,
    ordered: Notify,
    questions: AtomicU32,
    task: OnceLock<AbortHandle>,
    /// Of the task's state, in bytes: what is to be fetched of it; see `prefetch`.
    task_size: AtomicUsize,
}

#[derive(Debug, Default)]
struct Orders {
    command: Option<Command>,
    reset_retries: bool,
    answer: Option<(u32, Answer)>,
}

impl Control {
    /// A handle on a stream that does not run yet.
    #[must_use]
    pub fn new(mailbox: Arc<Mailbox>, runtime: Handle, stable_after: Duration) -> Arc<Self> {
        Arc::new(Self {
            mailbox,
            encoded: AtomicBool::new(false),
            announces: AtomicBool::new(false),
            counts: Counts::default(),
            runtime,
            record: Mutex::new(Record::new(stable_after)),
            orders: Mutex::default(),
            ordered: Notify::new(),
            questions: AtomicU32::new(0),
            task: OnceLock::new(),
            task_size: AtomicUsize::new(0),
        })
    }

    /// Lets the engine run, unless the stream was closed before. Does nothing the second time.
    pub fn start<I: Intake>(&self, engine: Engine<I>) {
        // Under the lock, so that whoever closes either comes first or finds the task to abort.
        let record = self.record();
        if record.state != State::Closed {
            self.task.get_or_init(|| {
                let run = Box::new(engine).run();
                self.task_size.store(size_of_val(&run), Ordering::Relaxed);
                self.runtime.spawn(run).abort_handle()
            });
        }
    }

    /// Ends the stream at once: its connection closes, nothing more is delivered or attempted.
    pub fn close(&self) {
        self.mailbox.close();
        let mut record = self.record();
        // A stream that is over may still be reading a few bytes so that its connection can serve
        // the next one; that is bounded, and not cut short.
        if record.state == State::Closed {
            return;
        }
        record.closed(Instant::now());
        drop(record);
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }

    /// Says what the consumer wants; see [`Mailbox::ask`].
    pub fn ask(&self, demand: Demand) -> bool {
        self.mailbox.ask(demand)
    }

    /// Whether events leave as the bytes of an event stream from now on.
    pub fn encode(&self, encoded: bool) {
        self.encoded.store(encoded, Ordering::Release);
    }

    /// Whether each attempt is told of when it starts.
    pub fn announce(&self, announces: bool) {
        self.announces.store(announces, Ordering::Release);
    }

    /// Connects afresh now, without counting it as a retry.
    pub fn reconnect(&self) {
        // An end that was ordered stays one.
        self.order(|orders| _ = orders.command.get_or_insert(Command::Reconnect));
    }

    /// Ends the stream as complete, because a caller's function said so.
    pub fn finish(&self) {
        self.order(|orders| orders.command = Some(Command::Finish));
    }

    /// Ends the stream with an error, because a caller's function threw.
    pub fn fail(&self) {
        self.order(|orders| orders.command = Some(Command::Fail));
    }

    /// Forgets the failures so far, as after a stable connection.
    pub fn reset_retries(&self) {
        self.record().attempt = 0;
        self.order(|orders| orders.reset_retries = true);
    }

    /// Answers the question with this number.
    pub fn answer(&self, question: u32, answer: Answer) {
        // A late answer to an earlier question must not displace the one that is waited for.
        self.order(|orders| {
            if orders.answer.as_ref().is_none_or(|(answered, _)| *answered <= question) {
                orders.answer = Some((question, answer));
            }
        });
    }

    /// Sends an alarm notice with this number after `delay`.
    pub fn alarm(&self, number: u32, delay: Duration) {
        alarm(&self.runtime, &self.mailbox, number, delay);
    }

    /// What the stream has been through so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.record().stats(&self.counts, Instant::now())
    }

    /// Where its records go.
    #[must_use]
    pub const fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Counts the events parsed so far.
    pub fn count_events(&self, events: u64) {
        self.counts.events.store(events, Ordering::Relaxed);
    }

    /// Bytes of all bodies so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.counts.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn encoded(&self) -> bool {
        self.encoded.load(Ordering::Acquire)
    }

    pub(super) fn announces(&self) -> bool {
        self.announces.load(Ordering::Acquire)
    }

    pub(super) fn task_size(&self) -> usize {
        self.task_size.load(Ordering::Relaxed)
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, state: State) {
        self.record().enter(state);
    }

    /// The engine is done; `false` if the stream was closed before that.
    pub(super) fn end(&self) -> bool {
        let mut record = self.record();
        let ended = record.state != State::Closed;
        record.closed(Instant::now());
        ended
    }

    /// A number that no other question of this stream has.
    pub(super) fn question(&self) -> u32 {
        self.questions.fetch_add(1, Ordering::Relaxed)
    }

    /// Resolves with the next command.
    pub(super) async fn command(&self) -> Command {
        self.until(|orders| orders.command.take()).await
    }

    /// Resolves with the answer to this question; answers to earlier ones are dropped.
    pub(super) async fn answered(&self, question: u32) -> Answer {
        self.until(|orders| {
            orders.answer.take().and_then(|(number, answer)| (number == question).then_some(answer))
        })
        .await
    }

    /// Whether retries were reset since the last call.
    pub(super) fn take_reset(&self) -> bool {
        std::mem::take(&mut self.orders().reset_retries)
    }

    fn order(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut self.orders());
        self.ordered.notify_waiters();
    }

    async fn until<T>(&self, mut take: impl FnMut(&mut Orders) -> Option<T>) -> T {
        loop {
            // Registered before the look, so that an order given in between is not missed.
            let ordered = self.ordered.notified();
            if let Some(value) = take(&mut self.orders()) {
                return value;
            }
            ordered.await;
        }
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
