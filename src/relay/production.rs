//! One run being produced.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::time::Duration;

use super::joining::Joining;
use super::policy::Policy;
use super::watching::Watching;
use crate::log::{End, Entry, Failure, Kind, LogError};

/// What the driver does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Append this entry, and say what became of it.
    Append {
        /// Its number.
        seq: u64,
        /// What it has.
        entry: Entry,
    },
    /// Renew the lease.
    Renew,
    /// Abort the source: what it still says is not wanted.
    Abort,
    /// End the run so.
    Finish(End),
    /// Wait until then, or until something comes.
    Rest(Duration),
    /// Nothing is left to do.
    Over,
}

/// A run that is produced here: frames and orders go in, steps come out.
#[derive(Debug)]
pub struct Production {
    policy: Policy,
    kind: Kind,
    joining: Joining,
    watching: Watching,
    /// What waits to be appended; the last one may grow.
    outbox: VecDeque<Entry>,
    /// Of the last entry that was appended.
    seq: u64,
    /// Bytes of all frames.
    bytes: usize,
    renews: Duration,
    heard: Duration,
    /// How it ends, once it does.
    end: Option<End>,
    /// For which time to stop it was asked whether another process has a reader.
    asked: Option<Duration>,
    /// The source is to be aborted.
    aborts: bool,
    over: bool,
}

impl Production {
    /// Begins now.
    #[must_use]
    pub fn new(policy: Policy, kind: Kind, now: Duration) -> Self {
        Self {
            policy,
            kind,
            joining: Joining::default(),
            watching: Watching::new(policy.on_disconnect, now),
            outbox: VecDeque::new(),
            seq: 0,
            bytes: 0,
            renews: now + policy.lease / 3,
            heard: now,
            end: None,
            asked: None,
            aborts: false,
            over: false,
        }
    }

    /// The source is known: what its frames are, and for how long it may be silent, if it has no clock of its own.
    pub const fn describe(&mut self, kind: Kind, idle: Option<Duration>, now: Duration) {
        self.kind = kind;
        self.policy.idle = idle;
        self.heard = now;
    }

    /// The source says a frame.
    pub fn frame(&mut self, frame: &[u8], now: Duration) {
        if self.end.is_some() || self.over {
            return;
        }
        self.heard = now;
        if self.bytes + frame.len() > self.policy.max_bytes {
            let message = format!(
                "the run is larger than {} bytes; raise maxBytes, or let the source say less",
                self.policy.max_bytes
            );
            self.fail("ERR_SSE_SIZE", message);
            return;
        }
        self.bytes += frame.len();
        if self.outbox.back().is_none_or(Joining::is_full) {
            self.outbox.push_back(Entry::new(self.kind));
        }
        if let Some(last) = self.outbox.back_mut() {
            last.push(frame);
        }
    }

    /// The source has come to its end. The first end counts.
    pub fn end(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    /// The application asks for the end.
    pub fn stop(&mut self) {
        if self.end.is_none() {
            self.end = Some(End::Stopped);
            self.aborts = true;
        }
    }

    /// So many readers are there now; `seen` if there was one, also between two looks.
    pub const fn readers(&mut self, readers: usize, seen: bool, now: Duration) {
        self.watching.readers(readers, seen, now);
    }

    /// A reader in another process is there until then.
    pub fn read_elsewhere(&mut self, until: Duration) {
        self.watching.elsewhere(until);
    }

    /// The run is over without its producer's doing: another has it.
    pub fn fenced(&mut self) {
        if !self.over {
            self.refused(&LogError::Fenced);
        }
    }

    /// What became of an entry; one that was not appended is to be sent again by the driver.
    pub fn appended(&mut self, appended: Result<usize, LogError>, now: Duration) {
        match appended {
            Ok(frames) => self.joining.appended(frames, now),
            Err(error) => self.refused(&error),
        }
    }

    /// What became of the lease.
    pub fn renewed(&mut self, renewed: Result<(), LogError>, now: Duration) {
        self.renews = now + self.policy.lease / 3;
        if let Err(error) = renewed {
            self.refused(&error);
        }
    }

    /// The end is told.
    pub const fn finished(&mut self) {
        self.over = true;
    }

    /// What to do now.
    pub fn next(&mut self, now: Duration) -> Step {
        if std::mem::take(&mut self.aborts) {
            return Step::Abort;
        }
        if self.over {
            return Step::Over;
        }
        let due = self.outbox.front().map(|entry| self.joining.due(entry));
        if due.is_some_and(|due| self.end.is_some() || now >= due)
            && let Some(entry) = self.outbox.pop_front()
        {
            self.seq += 1;
            return Step::Append { seq: self.seq, entry };
        }
        if let Some(end) = &self.end {
            return Step::Finish(end.clone());
        }
        if let Some(at) = self.watching.stops().filter(|at| now >= *at) {
            // A reader in another process is known as of the last renewal.
            if self.asked.replace(at) != Some(at) {
                return Step::Renew;
            }
            self.stop();
            return self.next(now);
        }
        if let Some(idle) = self.policy.idle.filter(|idle| now >= self.heard + *idle) {
            let message = format!(
                "the source said nothing for {} ms; raise idle if it may be silent for longer",
                idle.as_millis()
            );
            self.fail("ERR_SSE_TIMEOUT", message);
            return self.next(now);
        }
        if now >= self.renews {
            return Step::Renew;
        }
        let times = [
            Some(self.renews),
            due,
            self.watching.stops(),
            self.policy.idle.map(|idle| self.heard + idle),
        ];
        Step::Rest(times.into_iter().flatten().min().unwrap_or(self.renews))
    }

    fn fail(&mut self, code: &str, message: String) {
        if self.end.is_none() {
            self.end = Some(End::Failed(Failure { code: code.to_owned(), message, kind: None }));
            self.aborts = true;
        }
    }

    fn refused(&mut self, error: &LogError) {
        match error {
            // The run is another's now: nothing is to be told of it.
            LogError::Fenced => {
                self.aborts = self.end.is_none();
                self.over = true;
            }
            LogError::Hole { .. } | LogError::Full | LogError::Away(_) | LogError::Refused(_) => {
                self.fail("ERR_SSE_LOG", error.to_string());
            }
        }
    }
}
