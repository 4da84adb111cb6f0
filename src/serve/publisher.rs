//! Brings the events of this process to a log that is shared, in order; while it is away they wait here.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{MaybeDone, maybe_done};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep};

use super::hub::Hub;
use super::hub_request::PublishError;
use super::shared_channels::SharedChannels;
use crate::hub::Had;
use crate::log::{Generation, LogError};
use crate::redis::{Fault, Outgoing};

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It stands there.
    At(Generation, u64),
    /// It was delivered here, and waits for the log.
    Degraded,
}

/// What will have become of an event.
pub struct Reply(oneshot::Receiver<Result<Published, LogError>>);

impl Reply {
    /// Waits for it.
    pub async fn wait(self) -> Result<Published, PublishError> {
        let gone = || Err(LogError::Away("the hub is gone".to_owned()));
        self.0.await.unwrap_or_else(|_| gone()).map_err(PublishError::Log)
    }
}

/// So many are sent at a time.
const BATCH: usize = 64;
/// Waits between attempts while the log is away: the first, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// For how long it is remembered who had an event before the log took it.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Events on their way.
#[derive(Debug)]
pub struct Publisher {
    queue: Mutex<Queue>,
    more: Notify,
    /// Who had events before the log took them, by their numbers.
    had: Mutex<HashMap<u64, (Had, Instant)>>,
    /// Bytes that may wait.
    room: usize,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// The log is away, for this reason: what comes is delivered here first.
    degraded: Option<String>,
}

impl Queue {
    /// Whether the same event waits already, as its id says.
    fn has(&self, event: &Outgoing) -> bool {
        event.dedupe_id.is_some()
            && self.waiting.iter().any(|Waiting { event: other, .. }| {
                other.dedupe_id == event.dedupe_id && other.channel == event.channel
            })
    }
}

#[derive(Debug)]
struct Waiting {
    event: Outgoing,
    /// Those who are here have it.
    delivered: bool,
    reply: Option<oneshot::Sender<Result<Published, LogError>>>,
}

impl Publisher {
    /// Nothing waits.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { queue: Mutex::default(), more: Notify::new(), had: Mutex::default(), room }
    }

    /// Takes an event to the log; what became of it is told later. Events get there in the order in which this is
    /// called.
    pub fn publish(&self, hub: &Hub, event: Outgoing) -> Result<Reply, PublishError> {
        let mut queue = self.queue();
        let size = event.size();
        // One that is larger than all room goes alone.
        if queue.bytes > 0 && queue.bytes + size > self.room {
            let full = "too much waits for Redis to come back; see maxBytes".to_owned();
            return Err(PublishError::Log(LogError::Away(full)));
        }
        let (sender, reply) = oneshot::channel();
        if queue.degraded.is_some() && queue.has(&event) {
            _ = sender.send(Ok(Published::Degraded));
            return Ok(Reply(reply));
        }
        queue.bytes += size;
        let mut waiting = Waiting { event, delivered: false, reply: Some(sender) };
        if queue.degraded.is_some() {
            self.deliver(hub, &mut waiting);
        }
        queue.waiting.push_back(waiting);
        drop(queue);
        self.more.notify_one();
        Ok(Reply(reply))
    }

    /// The log is away: what waits is delivered here.
    pub fn degrade(&self, hub: &Hub, reason: &str) {
        let mut queue = self.queue();
        if queue.degraded.is_none() {
            queue.degraded = Some(reason.to_owned());
            hub.tell_degraded(Some(reason));
        }
        for waiting in &mut queue.waiting {
            if !waiting.delivered {
                self.deliver(hub, waiting);
            }
        }
    }

    /// Those who are here get an event that has no place yet.
    fn deliver(&self, hub: &Hub, waiting: &mut Waiting) {
        let had = hub.deliver_unlogged(&waiting.event.channel, &waiting.event.frame);
        waiting.delivered = true;
        self.had().insert(waiting.event.number, (had, Instant::now()));
        if let Some(reply) = waiting.reply.take() {
            _ = reply.send(Ok(Published::Degraded));
        }
    }

    /// Who had an event before the log took it.
    pub fn had_before(&self, number: u64) -> Option<Had> {
        self.had().get(&number).map(|(had, _)| had.clone())
    }

    /// An event has come back from the log, and those who are here have it: if it still waits for a reply, that
    /// was lost.
    pub fn taken(&self, number: u64, epoch: Generation, offset: u64) {
        let mut queue = self.queue();
        let waiting = queue.waiting.iter_mut().find(|waiting| waiting.event.number == number);
        if let Some(waiting) = waiting {
            waiting.delivered = true;
            if let Some(reply) = waiting.reply.take() {
                _ = reply.send(Ok(Published::At(epoch, offset)));
            }
        }
    }

    /// Forgets who had events that the log has taken long ago.
    pub fn sweep(&self) {
        let oldest = self.queue().waiting.front().map(|waiting| waiting.event.number);
        let waits = |number: u64| oldest.is_some_and(|oldest| number >= oldest);
        self.had().retain(|number, (_, at)| waits(*number) || at.elapsed() < REMEMBERED);
    }

    /// Sends what waits, until the hub is gone.
    pub async fn run(channels: std::sync::Weak<SharedChannels>) {
        let mut wait = WAITS.0;
        loop {
            let Some(held) = channels.upgrade() else { return };
            let publisher = &held.publisher;
            let sent = publisher.send(&held).await;
            match sent {
                Ok(true) => wait = WAITS.0,
                Ok(false) => {
                    let more = publisher.more.notified();
                    // The hub must not live for its publisher.
                    tokio::select! { () = more => {}, () = sleep(WAITS.1) => {} }
                }
                Err(reason) => {
                    if let Some(hub) = held.hub.upgrade() {
                        publisher.degrade(&hub, &reason);
                    }
                    drop(held);
                    sleep(wait).await;
                    wait = (wait * 2).min(WAITS.1);
                }
            }
        }
    }

    /// Sends the first that wait; whether there were any.
    async fn send(&self, channels: &SharedChannels) -> Result<bool, String> {
        let events: Vec<Outgoing> =
            self.queue().waiting.iter().take(BATCH).map(|waiting| waiting.event.clone()).collect();
        if events.is_empty() {
            self.recover(channels);
            return Ok(false);
        }
        let replies = in_order(events.iter().map(|event| {
            let seen = channels.seen(&event.channel);
            channels.log.publish(event, seen, fastrand::u64(..))
        }));
        for (event, reply) in events.iter().zip(replies.await) {
            let reply = match reply {
                Ok((epoch, offset, _)) => Ok(Published::At(epoch, offset)),
                Err(Fault::Refused(reason)) => Err(LogError::Refused(reason)),
                Err(Fault::Away(reason)) => return Err(reason),
            };
            let mut queue = self.queue();
            if let Some(waiting) = queue.waiting.pop_front() {
                queue.bytes -= event.size();
                drop(queue);
                if let Some(sender) = waiting.reply {
                    _ = sender.send(reply);
                }
            }
        }
        Ok(true)
    }

    /// The log has everything again.
    fn recover(&self, channels: &SharedChannels) {
        if channels.log.link().up_since().is_none() {
            return;
        }
        let mut queue = self.queue();
        if queue.waiting.is_empty()
            && queue.degraded.take().is_some()
            && let Some(hub) = channels.hub.upgrade()
        {
            hub.tell_degraded(None);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn had(&self) -> MutexGuard<'_, HashMap<u64, (Had, Instant)>> {
        self.had.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for all; each begins behind the one before it.
async fn in_order<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<Pin<Box<MaybeDone<F>>>> =
        futures.map(|future| Box::pin(maybe_done(future))).collect();
    poll_fn(|cx| {
        let waits =
            all.iter_mut().filter_map(|one| one.as_mut().poll(cx).is_pending().then_some(()));
        if waits.count() > 0 { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    all.iter_mut().filter_map(|one| one.as_mut().take_output()).collect()
}

impl Outgoing {
    fn size(&self) -> usize {
        self.frame.len() + 128
    }
}
