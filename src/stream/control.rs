//! The handle on a running stream: commands go in, statistics come out.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::alarm::alarm;
use super::body_handler::BodyHandler;
use super::callback_reply::CallbackReply;
use super::engine::Engine;
use super::notice::Notice;
use super::outlets::Outlets;
use super::sink::{Sink, SinkEnd};
use super::state::{Counts, Lifecycle, State, Stats};
use crate::delivery::{Demand, Mailbox};

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
    pub(super) outlets: Outlets,
    /// Each attempt is told of when it starts.
    announces: AtomicBool,
    pub(super) counts: Counts,
    runtime: Handle,
    lifecycle: Mutex<Lifecycle>,
    orders: Mutex<Orders>,
    ordered: Notify,
    questions: AtomicU32,
    task: OnceLock<AbortHandle>,
    /// Of the task's state, in bytes: what is to be fetched of it; see `cache_prefetch`.
    task_size: AtomicUsize,
}

#[derive(Debug, Default)]
struct Orders {
    command: Option<Command>,
    reset_retries: bool,
    reply: Option<(u32, CallbackReply)>,
}

impl Control {
    /// A handle on a stream that does not run yet.
    #[must_use]
    pub fn new(mailbox: Arc<Mailbox>, runtime: Handle, stable_after: Duration) -> Arc<Self> {
        Arc::new(Self {
            mailbox,
            outlets: Outlets::default(),
            announces: AtomicBool::new(false),
            counts: Counts::default(),
            runtime,
            lifecycle: Mutex::new(Lifecycle::new(stable_after)),
            orders: Mutex::default(),
            ordered: Notify::new(),
            questions: AtomicU32::new(0),
            task: OnceLock::new(),
            task_size: AtomicUsize::new(0),
        })
    }

    /// Lets the engine run, unless the stream was closed before. Does nothing the second time.
    pub fn start<H: BodyHandler>(&self, engine: Engine<H>) {
        // Under the lock, so that a call of close either comes first or finds the task to abort.
        let lifecycle = self.lifecycle();
        if lifecycle.state != State::Closed {
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
        self.abort(SinkEnd::Closed);
    }

    /// Ends the stream from this side of the boundary: its consumer is told that it is closed.
    pub fn stop(&self) {
        if self.abort(SinkEnd::Closed) {
            self.mailbox.notify(&Notice::Close { reason: "closed", error: None }.to_json());
        }
    }

    /// Ends the stream with its JavaScript environment.
    pub fn abandon(&self) {
        self.mailbox.close();
        self.abort(SinkEnd::Abandoned);
    }

    /// Whether there was something to end.
    fn abort(&self, end: SinkEnd<'_>) -> bool {
        let mut lifecycle = self.lifecycle();
        // A stream that is over may still be reading a few bytes so that its connection can serve
        // the next one; that is bounded, and not cut short.
        if lifecycle.state == State::Closed {
            return false;
        }
        lifecycle.closed(Instant::now());
        drop(lifecycle);
        if let Some(task) = self.task.get() {
            task.abort();
        }
        self.outlets.end(end);
        true
    }

    /// Says what the consumer wants; see [`Mailbox::ask`].
    pub fn ask(&self, demand: Demand) -> bool {
        self.mailbox.ask(demand)
    }

    /// Whether events leave as the bytes of an event stream from now on.
    pub fn encode(&self, encoded: bool) {
        self.outlets.encode(encoded);
    }

    /// Whether events pass the mailbox by, since a sink takes them and there is no listener.
    pub fn mute(&self, muted: bool) {
        self.outlets.mute(muted);
    }

    /// From now on events go to `sink` as well; to it comes everything, or `false` is returned: the stream
    /// has been open before, or is over, or has a sink.
    pub fn attach(&self, sink: Arc<dyn Sink>) -> bool {
        let lifecycle = self.lifecycle();
        let unopened = lifecycle.open_since.is_none() && lifecycle.down_since.is_none();
        if !unopened || lifecycle.state == State::Closed {
            return false;
        }
        self.outlets.attach(sink)
    }

    /// The same for a stream whose past is known otherwise, unless it is over or has a sink.
    pub fn attach_late(&self, sink: Arc<dyn Sink>) -> bool {
        let lifecycle = self.lifecycle();
        lifecycle.state != State::Closed && self.outlets.attach(sink)
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
        self.lifecycle().attempt = 0;
        self.order(|orders| orders.reset_retries = true);
    }

    /// Replies to the question with this number.
    pub fn reply(&self, question: u32, reply: CallbackReply) {
        // A late reply to an earlier question must not displace the one that is waited for.
        self.order(|orders| {
            if orders.reply.as_ref().is_none_or(|(replied, _)| *replied <= question) {
                orders.reply = Some((question, reply));
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
        self.lifecycle().stats(&self.counts, Instant::now())
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

    pub(super) fn announces(&self) -> bool {
        self.announces.load(Ordering::Acquire)
    }

    pub(super) fn task_size(&self) -> usize {
        self.task_size.load(Ordering::Relaxed)
    }

    pub(super) fn lifecycle(&self) -> MutexGuard<'_, Lifecycle> {
        self.lifecycle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, state: State) {
        self.lifecycle().enter(state);
    }

    /// The engine is done; `false` if the stream was closed before that.
    pub(super) fn end(&self) -> bool {
        let mut lifecycle = self.lifecycle();
        let ended = lifecycle.state != State::Closed;
        lifecycle.closed(Instant::now());
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

    /// Resolves with the reply to this question; replies to earlier ones are dropped.
    pub(super) async fn replied(&self, question: u32) -> CallbackReply {
        self.until(|orders| {
            orders.reply.take().and_then(|(number, reply)| (number == question).then_some(reply))
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
