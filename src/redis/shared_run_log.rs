//! The log of runs on Redis, as relays see it.

use std::sync::Arc;
use std::time::Duration;

use super::following::{Watched, watch};
use super::reply::number;
use super::run_log::RunLog;
use super::script::{Args, STOP};
use crate::log::{Acquired, Claim, End, Entry, Head, Key, Log, LogError, Pending, Tail, Token};

/// A log that its own tasks hold, too.
#[derive(Clone)]
pub struct SharedRunLog(pub Arc<RunLog>);

impl Log for SharedRunLog {
    fn acquire<'a>(&'a self, key: &'a Key, claim: Claim, now: Duration) -> Pending<'a, Acquired> {
        Box::pin(async move {
            match self.0.take(key, claim, now).await {
                Err(error) if self.0.goes_local(&error) => {
                    self.0.local.acquire(key, claim, now).await
                }
                taken => taken,
            }
        })
    }

    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease: Duration,
        now: Duration,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            match self.0.outbox(key, token) {
                Some(outbox) => outbox.renew().await,
                None => self.0.local.renew(key, token, lease, now).await,
            }
        })
    }

    fn append<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        seq: u64,
        entry: Entry,
        now: Duration,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            match self.0.outbox(key, token) {
                Some(outbox) => outbox.append(seq, entry).await,
                None => self.0.local.append(key, token, seq, entry, now).await,
            }
        })
    }

    fn finish<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        end: End,
        retention: Duration,
        now: Duration,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            match self.0.outbox(key, token) {
                Some(outbox) => outbox.finish(end).await,
                None => self.0.local.finish(key, token, end, retention, now).await,
            }
        })
    }

    fn head<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, Option<Head>> {
        Box::pin(async move {
            match watch(&self.0, &self.0.names(key), false, false).await {
                Ok(watched) => Ok(watched.map(|watched| watched.head())),
                Err(fault) => {
                    let error = LogError::from(fault);
                    if self.0.goes_local(&error) {
                        return self.0.local.head(key, now).await;
                    }
                    Err(error)
                }
            }
        })
    }

    fn tail<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, Option<Arc<Tail>>> {
        Box::pin(async move {
            match self.0.find(key).await.map_err(LogError::from) {
                Err(error) if self.0.goes_local(&error) => self.0.local.tail(key, now).await,
                found => found,
            }
        })
    }

    fn stop<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, bool> {
        Box::pin(async move {
            let names = self.0.names(key);
            let publishes = self.0.link.publishes().await.map_err(LogError::from);
            let stopped = match publishes {
                Ok(publishes) => {
                    let args = Args::default().with(&names.orders).with(publishes);
                    STOP.run(&self.0.link, &[&names.meta], args).await.map_err(LogError::from)
                }
                Err(error) => Err(error),
            };
            match stopped {
                Ok(stopped) => Ok(number(&stopped)? == 1),
                Err(error) if self.0.goes_local(&error) => self.0.local.stop(key, now).await,
                // Its producer is here: it needs no Redis to hear of it.
                Err(error) => self.0.stop_here(key).ok_or(error),
            }
        })
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }

    fn sweep(&self, now: Duration) {
        self.0.local.sweep(now);
    }
}

impl Watched {
    fn head(&self) -> Head {
        Head { generation: self.generation, status: self.status, last: self.last }
    }
}
