//! What a log can do, wherever it is kept.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::end::{End, Status};
use super::entry::Entry;
use super::generation::{Generation, Token};
use super::key::Key;
use super::tail::Tail;

/// What an operation resolves with; a log, or a store, in memory has it at once.
pub type Pending<'a, T, E = LogError> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// Why an operation of a log failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogError {
    /// Another producer has the run, or the run is over: this one must stop.
    Fenced,
    /// An entry is missing before this one; the next has to have this number.
    Hole {
        /// The number that is expected.
        expected: u64,
    },
    /// There is no room for another run.
    Full,
    /// The log cannot be reached.
    Away(String),
    /// The log will not do it.
    Refused(String),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced => f.write_str("another producer has taken the run over"),
            Self::Hole { expected } => write!(f, "entry {expected} of the log is missing"),
            Self::Full => {
                f.write_str("the log is full of open runs; raise totalBytes or end some of them")
            }
            Self::Away(reason) => write!(f, "the log cannot be reached: {reason}"),
            Self::Refused(reason) => write!(f, "the log does not take it: {reason}"),
        }
    }
}

impl Error for LogError {}

impl From<Away> for LogError {
    fn from(Away(reason): Away) -> Self {
        Self::Away(reason)
    }
}

/// What is kept elsewhere cannot be reached, for this reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away(pub String);

/// Whether an id that has ended may be run again, under a new generation. One that failed before its first
/// frame always may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It stays as it ended.
    Never,
    /// If its producer was lost.
    Lost,
}

/// What a producer brings to have a run.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Of the run, if it begins.
    pub generation: Generation,
    /// Which no other claim has.
    pub token: Token,
    /// For how long the run is its own unless it renews.
    pub lease: Duration,
    /// What may begin anew.
    pub restart: Restart,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The run is the claim's.
    Producer,
    /// It is another claim's, or over.
    Reader,
}

/// A run, and what the claim is to it.
#[derive(Clone, Debug)]
pub struct Acquired {
    /// Whose it is.
    pub role: Role,
    /// Its entries.
    pub tail: Arc<Tail>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which one it is.
    pub generation: Generation,
    /// Whether it goes on.
    pub status: Status,
    /// The number of its last entry.
    pub last: u64,
}

/// An append-only log of runs, each with one producer. Times are those since 1970; a log
/// that is kept elsewhere has its own clock and passes over `now`.
pub trait Log: Send + Sync {
    /// Takes a run for its producer, or finds whose it is.
    fn acquire<'a>(&'a self, key: &'a Key, claim: Claim, now: Duration) -> Pending<'a, Acquired>;

    /// Keeps a run for another `lease`.
    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease: Duration,
        now: Duration,
    ) -> Pending<'a, ()>;

    /// Appends the entry with the number `seq`, which is the next one.
    fn append<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        seq: u64,
        entry: Entry,
        now: Duration,
    ) -> Pending<'a, ()>;

    /// Ends a run; it is kept for `retention`.
    fn finish<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        end: End,
        retention: Duration,
        now: Duration,
    ) -> Pending<'a, ()>;

    /// Where a run stands, if there is one.
    fn head<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, Option<Head>>;

    /// The entries of a run for readers, if there is one.
    fn tail<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, Option<Arc<Tail>>>;

    /// Asks the producer of a run to stop, wherever it is. `false` if there is no open run.
    fn stop<'a>(&'a self, key: &'a Key, now: Duration) -> Pending<'a, bool>;

    /// Bytes that it takes in this process.
    fn bytes(&self) -> usize;

    /// Drops what is older than it is kept for; ends runs whose lease is over.
    fn sweep(&self, now: Duration);
}
