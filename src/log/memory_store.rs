//! The store of this process.
#![forbid(unsafe_code)]

use std::collections::{BTreeSet, HashMap};
use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::log::Pending;
use super::store::{Lifetime, Store};

/// Keeps values in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Values>);

#[derive(Debug, Default)]
struct Values {
    values: HashMap<String, (String, Option<Duration>)>,
    /// When which are over.
    ends: BTreeSet<(Duration, String)>,
}

impl Values {
    /// Drops what is over.
    fn sweep(&mut self, now: Duration) {
        while let Some((until, _)) = self.ends.first()
            && *until <= now
        {
            if let Some((_, key)) = self.ends.pop_first() {
                self.values.remove(&key);
            }
        }
    }

    fn put(&mut self, key: &str, value: String, lifetime: Lifetime, now: Duration) {
        self.remove(key);
        let until = lifetime.map(|lifetime| now.saturating_add(lifetime));
        if let Some(until) = until {
            self.ends.insert((until, key.to_owned()));
        }
        self.values.insert(key.to_owned(), (value, until));
    }

    fn remove(&mut self, key: &str) -> Option<String> {
        let (value, until) = self.values.remove(key)?;
        if let Some(until) = until {
            self.ends.remove(&(until, key.to_owned()));
        }
        Some(value)
    }
}

impl MemoryStore {
    fn with<T: Send + 'static>(
        &self,
        now: Duration,
        act: impl FnOnce(&mut Values) -> T,
    ) -> Pending<'static, T> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.sweep(now);
        Box::pin(ready(Ok(act(&mut values))))
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, Option<String>> {
        self.with(now, |values| values.values.get(key).map(|(value, _)| value.clone()))
    }

    fn set<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, ()> {
        self.with(now, |values| values.put(key, value, lifetime, now))
    }

    fn set_if_absent<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, bool> {
        self.with(now, |values| {
            let absent = !values.values.contains_key(key);
            if absent {
                values.put(key, value, lifetime, now);
            }
            absent
        })
    }

    fn take<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, Option<String>> {
        self.with(now, |values| values.remove(key))
    }

    fn replace<'a>(
        &'a self,
        key: &'a str,
        old: &'a str,
        new: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, bool> {
        self.with(now, |values| {
            let same = values.values.get(key).is_some_and(|(value, _)| value == old);
            if same {
                values.put(key, new, lifetime, now);
            }
            same
        })
    }

    fn remove<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, bool> {
        self.with(now, |values| values.remove(key).is_some())
    }
}
