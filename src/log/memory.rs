//! The log of this process.
#![forbid(unsafe_code)]

use std::collections::{BTreeSet, HashMap};
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::channel::Bounds;
use super::channels::Channels;
use super::end::{End, Status};
use super::entry::Entry;
use super::generation::Token;
use super::key::Key;
use super::log::{Acquired, Claim, Head, Log, LogError, Pending, Restart, Role};
use super::tail::Tail;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBounds {
    /// Of each channel; runs are bounded by what they are told.
    pub channel: Bounds,
    /// Of all together: ended runs go, the oldest first; then the oldest events of all channels; then no run
    /// begins.
    pub total: usize,
}

/// Keeps runs and channels in memory.
#[derive(Debug)]
pub struct MemoryLog {
    pub(super) bounds: MemoryBounds,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Run {
    tail: Arc<Tail>,
    token: Token,
    /// When its producer is given up.
    leased: Duration,
    /// When it goes, once it has ended.
    expires: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Inner {
    runs: HashMap<Key, Run>,
    /// Ended runs, by when they go.
    ended: BTreeSet<(Duration, Key)>,
    pub(super) channels: Channels,
    bytes: usize,
}

impl MemoryLog {
    /// Without runs and channels.
    #[must_use]
    pub fn new(bounds: MemoryBounds) -> Self {
        let inner = Inner {
            runs: HashMap::new(),
            ended: BTreeSet::new(),
            channels: Channels::new(bounds.channel),
            bytes: 0,
        };
        Self { bounds, inner: Mutex::new(inner) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The run that a producer may change.
    fn of(&mut self, key: &Key, token: Token) -> Result<&mut Run, LogError> {
        let run = self.runs.get_mut(key).ok_or(LogError::Fenced)?;
        if run.token == token && run.expires.is_none() { Ok(run) } else { Err(LogError::Fenced) }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(run) = self.runs.remove(key) {
            self.bytes -= run.tail.bytes();
            if let Some(expires) = run.expires {
                self.ended.remove(&(expires, key.clone()));
            }
        }
    }

    /// Drops runs that are over for long enough.
    fn expire(&mut self, now: Duration) {
        while let Some((expires, _)) = self.ended.first()
            && *expires <= now
        {
            if let Some((_, key)) = self.ended.first().cloned() {
                self.remove(&key);
            }
        }
    }

    /// Drops ended runs, the oldest first, until `total` is kept; whether that is enough.
    pub(super) fn make_room(&mut self, total: usize) -> bool {
        while self.total() > total
            && let Some((_, key)) = self.ended.first().cloned()
        {
            self.remove(&key);
        }
        let excess = self.total().saturating_sub(total);
        if excess > 0 {
            self.channels.evict(excess + total / 16);
        }
        self.total() <= total
    }

    const fn total(&self) -> usize {
        self.bytes + self.channels.footprint()
    }

    /// The run of a key; one whose lease is over has lost its producer.
    fn run(&mut self, key: &Key, now: Duration) -> Option<&Run> {
        let run = self.runs.get_mut(key)?;
        if run.expires.is_none() && run.leased <= now {
            run.tail.finish(End::Lost);
            // Its producer can no longer say for how long.
            let expires = now + LOST;
            run.expires = Some(expires);
            self.ended.insert((expires, key.clone()));
        }
        self.runs.get(key)
    }
}

/// For how long a run without its producer is kept.
const LOST: Duration = Duration::from_secs(600);

/// Whether a run that is there may begin anew.
fn restarts(run: &Run, restart: Restart) -> bool {
    match run.tail.end() {
        Some(End::Failed(_)) => run.tail.last() == 0,
        Some(End::Lost) => restart == Restart::Lost || run.tail.last() == 0,
        _ => false,
    }
}

impl Log for MemoryLog {
    fn acquire<'a>(&'a self, key: &'a Key, claim: Claim, now: Duration) -> Pending<'a, Acquired> {
        let mut inner = self.lock();
        inner.expire(now);
        if let Some(run) = inner.run(key, now).filter(|run| !restarts(run, claim.restart)) {
            let tail = Arc::clone(&run.tail);
            return Box::pin(ready(Ok(Acquired { role: Role::Reader, tail })));
        }
        if !inner.make_room(self.bounds.total) {
            return Box::pin(ready(Err(LogError::Full)));
        }
        inner.remove(key);
        let tail = Arc::new(Tail::new(claim.generation));
        let run = Run {
            tail: Arc::clone(&tail),
            token: claim.token,
            leased: now + claim.lease,
            expires: None,
        };
        inner.runs.insert(key.clone(), run);
        Box::pin(ready(Ok(Acquired { role: Role::Producer, tail })))
    }

    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease: Duration,
        now: Duration,
    ) -> Pending<'a, ()> {
        let renewed = self.lock().of(key, token).map(|run| run.leased = now + lease);
        Box::pin(ready(renewed))
    }

    fn append<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        seq: u64,
        mut entry: Entry,
        _now: Duration,
    ) -> Pending<'a, ()> {
        entry.shrink();
        let mut inner = self.lock();
        let appended = inner.of(key, token).and_then(|run| {
            let expected = run.tail.last() + 1;
            if seq == expected {
                Ok(Arc::clone(&run.tail))
            } else {
                Err(LogError::Hole { expected })
            }
        });
        let appended = appended.map(|tail| {
            inner.bytes += entry.footprint();
            drop(inner);
            tail.append(entry);
        });
        Box::pin(ready(appended))
    }

    fn finish<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        end: End,
        retention: Duration,
        now: Duration,
    ) -> Pending<'a, ()> {
        let mut inner = self.lock();
        let expires = now.saturating_add(retention);
        let finished = inner.of(key, token).map(|run| {
            run.expires = Some(expires);
            Arc::clone(&run.tail)
        });
        let finished = finished.map(|tail| {
            inner.ended.insert((expires, key.clone()));
            inner.expire(now);
            drop(inner);
            tail.finish(end);
        });
        Box::pin(ready(finished))
    }

    fn head<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, Option<Head>> {
        let mut inner = self.lock();
        inner.expire(now);
        let head = inner.run(key, now).map(|Run { tail, .. }| Head {
            generation: tail.generation(),
            status: tail.end().map_or(Status::Open, |end| end.status()),
            last: tail.last(),
        });
        Box::pin(ready(Ok(head)))
    }

    fn tail<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, Option<Arc<Tail>>> {
        let mut inner = self.lock();
        inner.expire(now);
        let tail = inner.run(key, now).map(|run| Arc::clone(&run.tail));
        Box::pin(ready(Ok(tail)))
    }

    fn stop<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, bool> {
        let mut inner = self.lock();
        let tail = inner.run(key, now).map(|run| Arc::clone(&run.tail));
        drop(inner);
        Box::pin(ready(Ok(tail.is_some_and(|tail| tail.stop()))))
    }

    fn bytes(&self) -> usize {
        self.lock().total()
    }

    fn sweep(&self, now: Duration) {
        let mut inner = self.lock();
        inner.expire(now);
        let open: Vec<Key> = inner
            .runs
            .iter()
            .filter(|(_, run)| run.expires.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        for key in open {
            inner.run(&key, now);
        }
        inner.channels.sweep(now);
    }
}
