//! A store for applications.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::clock::Clock;
use super::hub::at_once;
use super::log::BadAddress;
use crate::log::{Lifetime, MemoryStore, Store as _, StoreBounds, StoreError};
use crate::redis::{Address, Link, RedisStore};

/// What a store is asked whose replies take time.
#[derive(Clone, Debug)]
pub enum StoreQuestion {
    /// The value of a key.
    Get(String),
    /// The value of a key, which is gone afterwards.
    Take(String),
    /// Whether there was a value, which is gone afterwards.
    Remove(String),
    /// Key, value and time to live.
    Set(String, String, Lifetime),
    /// The same, where there is none.
    SetIfAbsent(String, String, Lifetime),
    /// Key, old value, new value, and time to live.
    Replace(String, String, String, Lifetime),
}

/// What it replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreReply {
    /// Nothing.
    Done,
    /// Whether it was so, or was done.
    Flag(bool),
    /// A value, if there is one.
    Value(Option<String>),
}

/// A store that others share.
#[derive(Debug)]
pub struct SharedStore(RedisStore);

impl SharedStore {
    /// At this address; another prefix is another store.
    ///
    /// # Errors
    ///
    /// Where the address is none.
    pub fn open(runtime: &Handle, address: &Address, prefix: &str) -> Result<Self, BadAddress> {
        let link = Link::to(runtime, address).map_err(|reason| BadAddress(reason.to_string()))?;
        Ok(Self(RedisStore::new(link, prefix)))
    }

    /// Asks something.
    pub async fn ask(&self, question: StoreQuestion) -> Result<StoreReply, StoreError> {
        // It has a clock of its own.
        let now = Duration::ZERO;
        let Self(store) = self;
        Ok(match question {
            StoreQuestion::Get(key) => StoreReply::Value(store.get(&key, now).await?),
            StoreQuestion::Take(key) => StoreReply::Value(store.take(&key, now).await?),
            StoreQuestion::Remove(key) => StoreReply::Flag(store.remove(&key, now).await?),
            StoreQuestion::Set(key, value, lifetime) => {
                store.set(&key, value, lifetime, now).await?;
                StoreReply::Done
            }
            StoreQuestion::SetIfAbsent(key, value, lifetime) => {
                StoreReply::Flag(store.set_if_absent(&key, value, lifetime, now).await?)
            }
            StoreQuestion::Replace(key, old, value, lifetime) => {
                StoreReply::Flag(store.replace(&key, &old, value, lifetime, now).await?)
            }
        })
    }
}

/// A store of this process, and the clock by which its values live.
#[derive(Debug)]
pub struct Store {
    values: MemoryStore,
    clock: Clock,
}

impl Store {
    /// Without values.
    pub fn new(bounds: StoreBounds) -> Arc<Self> {
        Arc::new(Self { values: MemoryStore::new(bounds), clock: Clock::new() })
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        at_once(self.values.get(key, self.clock.now()))
    }

    /// Sets a value.
    pub fn set(&self, key: &str, value: String, lifetime: Lifetime) -> Result<(), StoreError> {
        at_once(self.values.set(key, value, lifetime, self.clock.now()))
    }

    /// Sets a value where there is none; `false` where there is one.
    pub fn set_if_absent(
        &self,
        key: &str,
        value: String,
        lifetime: Lifetime,
    ) -> Result<bool, StoreError> {
        at_once(self.values.set_if_absent(key, value, lifetime, self.clock.now()))
    }

    /// The value of a key, which is gone afterwards.
    pub fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        at_once(self.values.take(key, self.clock.now()))
    }

    /// Puts `new` in the place of `old`; `false` if something else is there, or nothing.
    pub fn replace(
        &self,
        key: &str,
        old: &str,
        new: String,
        lifetime: Lifetime,
    ) -> Result<bool, StoreError> {
        at_once(self.values.replace(key, old, new, lifetime, self.clock.now()))
    }

    /// Removes a value; `false` if there was none.
    pub fn remove(&self, key: &str) -> Result<bool, StoreError> {
        at_once(self.values.remove(key, self.clock.now()))
    }
}
