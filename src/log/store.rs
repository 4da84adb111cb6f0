//! Small values with a time to live: tickets, revocations, what a bot remembers.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::log::Pending;

/// What a value may be replaced by, and for how long it is then kept; `None` for ever.
pub type Lifetime = Option<Duration>;

/// A store of small values. Times are those since 1970; a store that is kept elsewhere has its own clock.
pub trait Store: Send + Sync {
    /// The value of a key.
    fn get<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, Option<String>>;

    /// Sets a value.
    fn set<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, ()>;

    /// Sets a value where there is none; `false` where there is one.
    fn set_if_absent<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, bool>;

    /// The value of a key, which is gone afterwards: one of many who take at a time gets it.
    fn take<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, Option<String>>;

    /// Puts `new` in the place of `old`; `false` if something else is there, or nothing.
    fn replace<'a>(
        &'a self,
        key: &'a str,
        old: &'a str,
        new: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, bool>;

    /// Removes a value; `false` if there was none.
    fn remove<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, bool>;
}
