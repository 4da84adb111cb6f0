//! Brings what a producer of this process appends to Redis.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::doorbell::{Doorbell, Ring};
use super::fault::Fault;
use super::keys::Names;
use super::run_commands::{RunCommands, Verdict};
use super::run_log::RunLog;
use crate::log::{End, Entry, Failure, LogError, Tail, Token};

/// So many bytes are appended at a time.
const BATCH: usize = 64 * 1024;
/// A message of Pub/Sub carries entries up to this size; larger ones are read.
pub(super) const LARGEST_MESSAGE: usize = 16 * 1024;
/// A run that was appended to so lately is busy: what it says now waits for the next beat. With what waited before to be
/// joined, 100 ms, no more is lost with this process than was promised, 150 ms.
const BUSY: Duration = Duration::from_millis(150);
/// At least so much time is between two appends of a busy run.
const PAUSE: Duration = Duration::from_millis(40);
/// All busy runs of a process are appended to at the same times: what comes together costs Redis half of what comes alone.
const BEAT: Duration = Duration::from_millis(25);
/// Waits between attempts while Redis is away: the first, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How far Redis has followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// It has the entries up to this one.
    At(u64),
    /// It has everything, and the end.
    Settled,
    /// The run is another's.
    Fenced,
}

/// Entries of one run on their way to Redis. They are kept until the run is over: Redis may lose what it had, and
/// is given it again.
pub struct Outbox {
    commands: RunCommands,
    log: Weak<RunLog>,
    tail: Arc<Tail>,
    durable: bool,
    /// When it began, here and as the log's callers count time.
    began: (Instant, Duration),
    waiting: Mutex<Waiting>,
    more: Notify,
    progress: watch::Sender<Progress>,
}

#[derive(Default)]
struct Waiting {
    /// What readers get only when Redis has it.
    held: Option<Arc<Entry>>,
    end: Option<End>,
}

impl Outbox {
    /// Of a run that begins.
    pub fn start(
        log: &Arc<RunLog>,
        names: Names,
        token: Token,
        tail: &Arc<Tail>,
        now: Duration,
    ) -> Arc<Self> {
        let outbox = Arc::new(Self {
            commands: RunCommands {
                link: Arc::clone(&log.link),
                names,
                token,
                generation: tail.generation(),
                lease: log.options.lease,
                retention: log.options.retention,
                ttl: log.ttl(),
            },
            log: Arc::downgrade(log),
            tail: Arc::clone(tail),
            durable: log.options.durable,
            began: (Instant::now(), now),
            waiting: Mutex::default(),
            more: Notify::new(),
            progress: watch::Sender::new(Progress::At(0)),
        });
        log.link.handle().spawn(Arc::clone(&outbox).run());
        outbox
    }

    /// The entries.
    pub const fn tail(&self) -> &Arc<Tail> {
        &self.tail
    }

    /// Whose they are.
    pub const fn token(&self) -> Token {
        self.commands.token
    }

    /// The next entry. Readers here get it at once, unless they are to get only what Redis has.
    pub async fn append(&self, seq: u64, mut entry: Entry) -> Result<(), LogError> {
        let expected = self.tail.last() + 1;
        if seq != expected {
            return Err(LogError::Hole { expected });
        }
        self.check()?;
        entry.shrink();
        if !self.durable {
            self.tail.append(entry);
            self.more.notify_one();
            return Ok(());
        }
        self.lock().held = Some(Arc::new(entry.clone()));
        self.more.notify_one();
        self.wait_for(|progress| matches!(progress, Progress::At(at) if *at >= seq)).await?;
        self.lock().held = None;
        self.tail.append(entry);
        Ok(())
    }

    /// Nothing follows.
    pub async fn finish(&self, end: End) -> Result<(), LogError> {
        self.check()?;
        self.lock().end = Some(end.clone());
        self.more.notify_one();
        if self.durable {
            self.wait_for(|progress| *progress == Progress::Settled).await?;
        }
        self.tail.finish(end);
        Ok(())
    }

    /// Keeps the run for another lease. That Redis is away is no reason to give it up.
    pub async fn renew(&self) -> Result<(), LogError> {
        let renewed = self.commands.renew().await;
        match self.understand(renewed).await {
            Err(Fault::Away(_)) | Ok(_) => self.check(),
            Err(Fault::Refused(reason)) => Err(LogError::Refused(reason)),
        }
    }

    /// Until Redis has everything, or the run is another's.
    async fn run(self: Arc<Self>) {
        let doorbell = Arc::new(Doorbell::default());
        let orders: Arc<str> = self.commands.names.orders.as_str().into();
        // If Redis is away, the connection that comes back subscribes; renewals tell as well.
        let (_listening, _) = self.commands.link.listen(&orders, &doorbell).await;
        let mut wait = WAITS.0;
        let mut appended = None;
        loop {
            let progress = *self.progress.borrow();
            let Progress::At(acked) = progress else { break };
            let sent = tokio::select! {
                sent = self.send(acked, &mut appended) => sent,
                ring = doorbell.next() => {
                    match ring {
                        Ring::Message(..) => _ = self.tail.stop(),
                        // A fault is met by what is sent next.
                        Ring::Missed => _ = self.renew().await,
                    }
                    continue;
                }
            };
            match sent {
                Ok(()) => wait = WAITS.0,
                Err(Fault::Away(_)) => {
                    sleep(wait).await;
                    wait = (wait * 2).min(WAITS.1);
                }
                Err(Fault::Refused(message)) => self.give_up(message),
            }
        }
        if let Some(log) = self.log.upgrade() {
            log.settled(&self.commands.names, self.commands.token);
        }
    }

    /// Sends what Redis has not, or waits for something to send and for its time. The caller may stop waiting at any
    /// time: what was sent already is sent again, and known by its number.
    async fn send(&self, acked: u64, appended: &mut Option<Instant>) -> Result<(), Fault> {
        let (entries, end) = {
            let waiting = self.lock();
            let mut entries = self.tail.behind(acked, BATCH);
            entries.extend(waiting.held.clone().filter(|_| acked == self.tail.last()));
            (entries, waiting.end.clone())
        };
        if entries.is_empty() && end.is_none() {
            self.more.notified().await;
            return Ok(());
        }
        if !self.durable && end.is_none() && size(&entries) < BATCH {
            let now = Instant::now();
            if let Some(due) = appended.and_then(|last| due(last, now)) {
                // What follows meanwhile goes along.
                sleep_until(due).await;
                *appended = Some(due - BUSY);
                return Ok(());
            }
        }
        if !entries.is_empty() {
            *appended = Some(Instant::now());
            let reply = self.commands.append(acked + 1, &entries).await;
            if let Some(last) = self.understand(reply).await? {
                self.progress.send_replace(Progress::At(last));
            }
        } else if let Some(end) = end {
            let finished = self.commands.finish(acked, &end).await;
            if let Some(last) = self.understand(finished).await? {
                let done = last >= acked;
                let progress = if done { Progress::Settled } else { Progress::At(last) };
                self.progress.send_replace(progress);
            }
        }
        Ok(())
    }

    /// What Redis replies: the last entry that it has, if the run is still this producer's.
    async fn understand(&self, reply: Result<Verdict, Fault>) -> Result<Option<u64>, Fault> {
        match reply? {
            Verdict::Done { last, stops, seen } => {
                if stops {
                    self.tail.stop();
                }
                if let Some(left) = seen.and_then(|seen| self.commands.lease.checked_sub(seen)) {
                    let now = self.began.1 + self.began.0.elapsed();
                    self.tail.read_elsewhere(now + left);
                }
                return Ok(Some(last));
            }
            Verdict::Hole(next) => return Ok(Some(next.saturating_sub(1))),
            Verdict::Missing if self.commands.restore().await? => {
                self.progress.send_replace(Progress::At(0));
                self.more.notify_one();
                return Ok(Some(0));
            }
            Verdict::Missing | Verdict::Fenced => {}
        }
        self.fence();
        Ok(None)
    }

    fn fence(&self) {
        self.progress.send_replace(Progress::Fenced);
        self.tail.finish(End::Lost);
    }

    /// Redis will never take it.
    fn give_up(&self, message: String) {
        self.progress.send_replace(Progress::Fenced);
        self.tail.finish(End::Failed(Failure {
            code: "ERR_SSE_LOG".to_owned(),
            message,
            kind: None,
        }));
    }

    fn check(&self) -> Result<(), LogError> {
        if *self.progress.borrow() == Progress::Fenced { Err(LogError::Fenced) } else { Ok(()) }
    }

    async fn wait_for(&self, reached: impl Fn(&Progress) -> bool) -> Result<(), LogError> {
        let mut progress = self.progress.subscribe();
        let known = progress
            .wait_for(|progress| reached(progress) || *progress == Progress::Fenced)
            .await
            .map(|progress| *progress);
        if known.is_ok_and(|known| known != Progress::Fenced) {
            Ok(())
        } else {
            Err(LogError::Fenced)
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When what waits now is to be appended, by when that was done last; `None`: at once.
fn due(last: Instant, now: Instant) -> Option<Instant> {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    if now >= last + BUSY {
        return None;
    }
    let earliest = (last + PAUSE).max(now);
    let behind = earliest.saturating_duration_since(*BEGAN).as_nanos() % BEAT.as_nanos();
    Some(earliest + BEAT - Duration::from_nanos(u64::try_from(behind).unwrap_or(0)))
}

fn size(entries: &[Arc<Entry>]) -> usize {
    entries.iter().map(|entry| entry.size()).sum()
}
