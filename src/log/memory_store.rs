//! The store of this process.
#![forbid(unsafe_code)]

use std::collections::{BTreeSet, HashMap};
use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::log::Pending;
use super::store::{Lifetime, Store, StoreError};

/// How much is kept. What is over makes room; what is not never does, since it may be a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreBounds {
    /// Values.
    pub entries: usize,
    /// Bytes of all keys and values.
    pub bytes: usize,
}

/// Keeps values in memory.
#[derive(Debug)]
pub struct MemoryStore {
    bounds: StoreBounds,
    values: Mutex<Values>,
}

#[derive(Debug, Default)]
struct Values {
    kept: HashMap<String, (String, Option<Duration>)>,
    /// When which are over.
    ends: BTreeSet<(Duration, String)>,
    /// Of all keys and values.
    bytes: usize,
}

impl Values {
    /// Drops what is over.
    fn sweep(&mut self, now: Duration) {
        while let Some((until, key)) = self.ends.first()
            && *until <= now
        {
            let key = key.clone();
            self.remove(&key);
        }
    }

    fn put(
        &mut self,
        key: &str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
        bounds: StoreBounds,
    ) -> Result<(), StoreError> {
        let known = self.kept.get(key).map_or(0, |(value, _)| key.len() + value.len());
        let entries = self.kept.len() + usize::from(!self.kept.contains_key(key));
        let bytes = self.bytes - known + key.len() + value.len();
        if entries > bounds.entries || bytes > bounds.bytes {
            return Err(StoreError::Full);
        }
        self.remove(key);
        let until = lifetime.map(|lifetime| now.saturating_add(lifetime));
        if let Some(until) = until {
            self.ends.insert((until, key.to_owned()));
        }
        self.kept.insert(key.to_owned(), (value, until));
        self.bytes = bytes;
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Option<String> {
        let (value, until) = self.kept.remove(key)?;
        if let Some(until) = until {
            self.ends.remove(&(until, key.to_owned()));
        }
        self.bytes -= key.len() + value.len();
        Some(value)
    }
}

impl MemoryStore {
    /// Without values.
    #[must_use]
    pub fn new(bounds: StoreBounds) -> Self {
        Self { bounds, values: Mutex::default() }
    }

    fn with<T: Send + 'static>(
        &self,
        now: Duration,
        act: impl FnOnce(&mut Values) -> Result<T, StoreError>,
    ) -> Pending<'static, T, StoreError> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.sweep(now);
        Box::pin(ready(act(&mut values)))
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, Option<String>, StoreError> {
        self.with(now, |values| Ok(values.kept.get(key).map(|(value, _)| value.clone())))
    }

    fn set<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, (), StoreError> {
        self.with(now, |values| values.put(key, value, lifetime, now, self.bounds))
    }

    fn set_if_absent<'a>(
        &'a self,
        key: &'a str,
        value: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, bool, StoreError> {
        self.with(now, |values| {
            let absent = !values.kept.contains_key(key);
            if absent {
                values.put(key, value, lifetime, now, self.bounds)?;
            }
            Ok(absent)
        })
    }

    fn take<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, Option<String>, StoreError> {
        self.with(now, |values| Ok(values.remove(key)))
    }

    fn replace<'a>(
        &'a self,
        key: &'a str,
        old: &'a str,
        new: String,
        lifetime: Lifetime,
        now: Duration,
    ) -> Pending<'a, bool, StoreError> {
        self.with(now, |values| {
            let same = values.kept.get(key).is_some_and(|(value, _)| value == old);
            if same {
                values.put(key, new, lifetime, now, self.bounds)?;
            }
            Ok(same)
        })
    }

    fn remove<'a>(&'a self, key: &'a str, now: Duration) -> Pending<'a, bool, StoreError> {
        self.with(now, |values| Ok(values.remove(key).is_some()))
    }
}
