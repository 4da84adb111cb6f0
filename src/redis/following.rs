//! Follows a run that another process produces.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::doorbell::{Doorbell, Ring};
use super::fault::Fault;
use super::keys::Names;
use super::link::Listening;
use super::reply::{Parts, bytes, strange};
use super::run_log::RunLog;
use super::script::{Args, WATCH};
use crate::log::{End, Entry, Failure, Generation, Key, Kind, Status, Tail};

/// Where a run stands in Redis.
#[derive(Clone, Debug)]
pub struct Watched {
    pub status: Status,
    pub generation: Generation,
    pub token: String,
    pub last: u64,
    failure: Option<Failure>,
    kind: Kind,
}

/// Entries are read so many at a time.
const PAGE: usize = 256;
/// How often it is looked at what a doorbell may have missed, at the longest.
const LOOK: Duration = Duration::from_millis(2500);

/// Asks where a run stands. `reads` if it has readers here, `gives_up` if a producer whose lease is over is lost.
pub async fn watch(
    log: &RunLog,
    names: &Names,
    reads: bool,
    gives_up: bool,
) -> Result<Option<Watched>, Fault> {
    let args = Args::default()
        .with_flag(reads)
        .with(if gives_up { log.link.promptly() } else { 0 })
        .with_ms(log.options.retention)
        .with(&names.bell)
        .with(log.link.publishes().await?);
    let reply = WATCH.run(&log.link, &[&names.meta, &names.entries], args).await?;
    if reply == redis::Value::Nil || reply == redis::Value::Boolean(false) {
        return Ok(None);
    }
    let mut parts = Parts::of(reply)?;
    let unknown = || strange(&redis::Value::Nil);
    Ok(Some(Watched {
        status: Status::parse(&parts.text()?).ok_or_else(unknown)?,
        generation: Generation::parse(&parts.text()?).ok_or_else(unknown)?,
        token: parts.text()?,
        last: parts.count()?,
        failure: serde_json::from_str(&parts.text()?).ok(),
        kind: if parts.text()? == Kind::Raw.name() { Kind::Raw } else { Kind::Frames },
    }))
}

/// The entries of a run, which come as they are appended elsewhere; `None` if there is no such run.
pub async fn follow(log: &Arc<RunLog>, key: &Key) -> Result<Option<Arc<Tail>>, Fault> {
    let names = log.names(key);
    let doorbell = Arc::new(Doorbell::default());
    let bell: Arc<str> = names.bell.as_str().into();
    // Before it is read: what is appended in between rings.
    let (listening, listens) = log.link.listen(&bell, &doorbell).await;
    listens?;
    let Some(watched) = watch(log, &names, true, false).await? else { return Ok(None) };
    let tail = Arc::new(Tail::new(watched.generation));
    if watched.kind == Kind::Raw {
        tail.describe(Kind::Raw);
    }
    let mut follower = Follower {
        log: Arc::downgrade(log),
        key: key.clone(),
        names,
        token: watched.token.clone(),
        tail: Arc::clone(&tail),
        since: Instant::now(),
        missing: None,
    };
    follower.fill(log).await?;
    follower.apply(&watched);
    if tail.end().is_none() {
        log.link.handle().spawn(follower.run(doorbell, listening));
    }
    Ok(Some(tail))
}

/// One run that is followed.
struct Follower {
    log: Weak<RunLog>,
    key: Key,
    names: Names,
    token: String,
    tail: Arc<Tail>,
    /// Since when it has been watched without a break.
    since: Instant,
    /// Since when Redis has known nothing of it.
    missing: Option<Instant>,
}

impl Follower {
    async fn run(mut self, doorbell: Arc<Doorbell>, _listening: Listening) {
        let mut look = Instant::now();
        loop {
            let Some(log) = self.log.upgrade() else { return };
            let lease = log.options.lease;
            let followed = tokio::select! {
                ring = doorbell.next() => match ring {
                    Ring::Message(_, message) => self.hear(&log, &message).await,
                    Ring::Missed => {
                        self.since = Instant::now();
                        self.look(&log).await
                    }
                },
                () = sleep_until(look) => {
                    look = Instant::now() + LOOK.min(lease / 3);
                    // Nobody holds it but this task.
                    if Arc::strong_count(&self.tail) == 1 {
                        log.forget(&self.key, &self.tail);
                        return;
                    }
                    self.look(&log).await
                }
            };
            match followed {
                Ok(()) => {}
                // Nobody is given up for what Redis did not say.
                Err(Fault::Away(_)) => self.since = Instant::now(),
                Err(Fault::Refused(message)) => self.fail(message),
            }
            if self.tail.end().is_some() {
                return;
            }
        }
    }

    /// The producer rings: `generation seq sizes entries`, of which the first has that number, or `generation end`.
    async fn hear(&mut self, log: &RunLog, message: &[u8]) -> Result<(), Fault> {
        let mut parts = message.splitn(4, |byte| *byte == b' ');
        let (Some(generation), Some(place)) = (parts.next(), parts.next()) else { return Ok(()) };
        if generation != self.tail.generation().as_str().as_bytes() {
            return Ok(());
        }
        if place == b"end" {
            return self.look(log).await;
        }
        let entries = parts.next().zip(parts.next()).and_then(|(sizes, all)| split(sizes, all));
        match (text(place).and_then(|seq| seq.parse::<u64>().ok()), entries) {
            (Some(first), Some(entries)) if first <= self.tail.last() + 1 => {
                let known = usize::try_from(self.tail.last() + 1 - first).unwrap_or(usize::MAX);
                entries.into_iter().skip(known).try_for_each(|entry| self.take(entry))
            }
            _ => self.fill(log).await,
        }
    }

    fn take(&self, entry: &[u8]) -> Result<(), Fault> {
        let entry = Entry::decode(entry).map_err(|error| Fault::Refused(error.to_string()))?;
        if self.tail.last() == 0 {
            self.tail.describe(entry.kind());
        }
        self.tail.append(entry);
        Ok(())
    }

    /// Reads what follows the last entry.
    async fn fill(&mut self, log: &RunLog) -> Result<(), Fault> {
        loop {
            let last = self.tail.last();
            let mut range = redis::cmd("XRANGE");
            range.arg(&self.names.entries).arg(format!("{}-0", last + 1)).arg("+");
            let page = Parts::of(log.link.query(range.arg("COUNT").arg(PAGE)).await?)?;
            let mut count = 0;
            for entry in page.rest() {
                count += 1;
                let mut entry = Parts::of(entry)?;
                // Numbers without holes; where one is missing, the producer appends it again.
                if entry.text()? != format!("{}-0", self.tail.last() + 1) {
                    return Ok(());
                }
                let mut fields = Parts::of(entry.value()?)?;
                fields.value()?;
                self.take(&bytes(fields.value()?)?)?;
            }
            if count < PAGE {
                return Ok(());
            }
        }
    }

    /// Asks where it stands, and catches up.
    async fn look(&mut self, log: &RunLog) -> Result<(), Fault> {
        let lease = log.options.lease;
        let reads = self.tail.readers() > 0;
        let gives_up = self.since.elapsed() >= lease;
        let asked = Instant::now();
        let watched = watch(log, &self.names, reads, gives_up).await?;
        if asked.elapsed() > lease / 3 {
            // Redis stood still: its producer could not renew either.
            self.since = Instant::now();
        }
        let Some(watched) = watched else {
            let since = *self.missing.get_or_insert_with(Instant::now);
            // A producer that lives writes it again.
            if since.elapsed() > lease {
                self.tail.finish(End::Lost);
            }
            return Ok(());
        };
        self.missing = None;
        if watched.generation != self.tail.generation() || watched.token != self.token {
            // The id was run anew.
            self.tail.finish(End::Lost);
            return Ok(());
        }
        if watched.last > self.tail.last() {
            self.fill(log).await?;
        }
        self.apply(&watched);
        Ok(())
    }

    /// Ends the run here, if it has ended there.
    fn apply(&self, watched: &Watched) {
        let end = match watched.status {
            Status::Open => return,
            Status::Done => End::Done,
            Status::Stopped => End::Stopped,
            Status::Lost => End::Lost,
            Status::Error => End::Failed(watched.failure.clone().unwrap_or_default()),
        };
        if self.tail.last() >= watched.last {
            self.tail.finish(end);
        } else {
            self.fail(
                "Redis lost a part of the run; see what it evicts, and how it persists".into(),
            );
        }
    }

    fn fail(&self, message: String) {
        let code = "ERR_SSE_LOG".to_owned();
        self.tail.finish(End::Failed(Failure { code, message, kind: None }));
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Entries that stand one behind the other, by their sizes with commas between; `None` if that is not so.
fn split<'a>(sizes: &[u8], mut all: &'a [u8]) -> Option<Vec<&'a [u8]>> {
    let mut entries = Vec::new();
    for size in text(sizes)?.split(',') {
        let (entry, rest) = all.split_at_checked(size.parse().ok()?)?;
        entries.push(entry);
        all = rest;
    }
    all.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn entries_of_a_message_are_parted_by_their_sizes() {
        assert_eq!(split(b"1,2,3", b"abbccc"), Some(vec![&b"a"[..], b"bb", b"ccc"]));
        assert_eq!(split(b"4", b"a, b"), Some(vec![&b"a, b"[..]]));
        for (sizes, all) in
            [("", "x"), ("1", ""), ("1", "xy"), ("1,x", "xy"), ("-1", "x"), ("9", "x")]
        {
            assert_eq!(split(sizes.as_bytes(), all.as_bytes()), None, "{sizes} {all}");
        }
    }
}
