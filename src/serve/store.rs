//! A store for applications.

use std::sync::Arc;

use super::clock::Clock;
use super::hub::at_once;
use crate::log::{Lifetime, MemoryStore, Store as _, StoreBounds, StoreError};

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
