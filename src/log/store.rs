//! Small values with a time to live: tickets, revocations, what a bot remembers.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::log::{Away, Pending};

/// What a value may be replaced by, and for how long it is then kept; `None` for ever.
pub type Lifetime = Option<Duration>;

/// Why an operation of a store failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// There is no room for another value.
    Full,
    /// The store cannot be reached.
    Away(String),
    /// The store will not do it.
    Refused(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => {
                f.write_str("the store is full; raise maxEntries or maxBytes, or give values a ttl")
            }
            Self::Away(reason) => write!(f, "the store cannot be reached: {reason}"),
            Self::Refused(reason) => write!(f, "the store does not take it: {reason}"),
        }
    }
}

impl Error for StoreError {}

impl From<Away> for StoreError {
    fn from(Away(reason): Away) -> Self {
        Self::Away(reason)
    }
}

/// A store of small values. Times are those since 1970; a store that is kept elsewhere has its own clock.
pub trait Store: Send + Sync {
    /// The value of a key.
    fn get<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, Option<String>, StoreError>;

    /// Sets a value.
    fn set<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, (), StoreError>;

    /// Sets a value where there is none; `false` where there is one.
    fn set_if_absent<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, bool, StoreError>;

    /// The value of a key, which is gone afterwards: one of many who take at a time gets it.
    fn take<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, Option<String>, StoreError>;

    /// Puts `new` in the place of `old`; `false` if something else is there, or nothing.
    fn replace<'a>(
        &'a self,
        key: &'a str,
        old: &'a str,
        new: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, bool, StoreError>;

    /// Removes a value; `false` if there was none.
    fn remove<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, bool, StoreError>;
}
