//! A store, as `lib/server/store.js` holds it. What it is asked it has at once.

use std::sync::Arc;

use napi_derive::napi;
use serde::Deserialize;

use super::log::mismatched;
use super::options::invalid;
use crate::log::{StoreBounds, StoreError};
use crate::reconnect::millis;
use crate::serve::{Store, store};

/// Small values with a time to live.
#[napi]
pub struct NativeStore {
    store: Arc<Store>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenStore {
    /// That of a store which others of this name are, too; without one it is its own.
    name: Option<String>,
    max_entries: usize,
    max_bytes: usize,
}

#[napi]
impl NativeStore {
    /// Reads the JSON that `lib/options/store.js` makes.
    #[napi(constructor, catch_unwind)]
    pub fn new(json: String) -> napi::Result<Self> {
        let given: GivenStore = serde_json::from_str(&json).map_err(|error| invalid(&error))?;
        let bounds = StoreBounds { entries: given.max_entries, bytes: given.max_bytes };
        let start = || Store::new(bounds);
        let store = match given.name {
            None => start(),
            Some(name) => store(&name, &json, || Ok(start()))
                .map_err(|mismatch| mismatched("store", &name, mismatch))?,
        };
        Ok(Self { store })
    }

    /// The value of a key.
    #[napi(catch_unwind)]
    pub fn get(&self, key: String) -> napi::Result<Option<String>> {
        self.store.get(&key).map_err(failure)
    }

    /// Sets a value for so many milliseconds, or for ever.
    #[napi(catch_unwind)]
    pub fn set(&self, key: String, value: String, ttl: Option<f64>) -> napi::Result<()> {
        self.store.set(&key, value, ttl.map(millis::from)).map_err(failure)
    }

    /// Sets a value where there is none.
    #[napi(catch_unwind)]
    pub fn set_if_absent(
        &self,
        key: String,
        value: String,
        ttl: Option<f64>,
    ) -> napi::Result<bool> {
        self.store.set_if_absent(&key, value, ttl.map(millis::from)).map_err(failure)
    }

    /// The value of a key, which is gone afterwards.
    #[napi(catch_unwind)]
    pub fn take(&self, key: String) -> napi::Result<Option<String>> {
        self.store.take(&key).map_err(failure)
    }

    /// Puts a value in the place of `old`.
    #[napi(catch_unwind)]
    pub fn replace(
        &self,
        key: String,
        old: String,
        value: String,
        ttl: Option<f64>,
    ) -> napi::Result<bool> {
        self.store.replace(&key, &old, value, ttl.map(millis::from)).map_err(failure)
    }

    /// Removes a value.
    #[napi(catch_unwind)]
    pub fn remove(&self, key: String) -> napi::Result<bool> {
        self.store.remove(&key).map_err(failure)
    }
}

fn failure(error: StoreError) -> napi::Error {
    napi::Error::from_reason(error.to_string())
}
